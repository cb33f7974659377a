"""``dfpir doctor``: findings, advice, exit status, and reports without the user's name."""

import json
from pathlib import Path

import pytest

from core.cli import doctor, main
from core.cli.doctor import Finding
from core.evaluation import golden


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the self-test, which restores five pictures."""
    monkeypatch.delitem(doctor._CHECKS, "self-test")


@pytest.mark.usefixtures("quick")
def test_sound_installation_has_findings_of_every_topic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    for words in (
        "Versions",
        "torch:",
        "libvips:",
        "Devices",
        "cpu:",
        "Models",
        "hash verified",
        "Folders",
        "No faults",
    ):
        assert words in output
    assert "FAULT" not in output


@pytest.mark.usefixtures("quick")
def test_findings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {finding["topic"] for finding in findings} == {"versions", "devices", "models", "extras", "folders"}
    assert all(set(finding) == {"topic", "name", "told", "well", "advice"} for finding in findings)


@pytest.mark.usefixtures("quick")
def test_changed_or_missing_model_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = golden.expected()
    content["models"] = {"dfpir-compact": "0" * 64, "dfpir-gone": "1" * 64}
    monkeypatch.setattr(golden, "expected", lambda: content)
    assert main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert (
        "FAULT dfpir-compact" in output
        and "FAULT dfpir-gone: missing" in output
        and "Install the program again" in output
    )


def test_missing_golden_results_are_a_fault_and_other_checks_continue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(golden, "golden_file", lambda: tmp_path / "none.json")
    findings = list(doctor.examine())
    assert [finding.topic for finding in findings if not finding.passed] == ["models", "self-test"]
    assert any(finding.topic == "folders" for finding in findings)


@pytest.mark.usefixtures("quick")
def test_folder_that_cannot_be_written_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))  # a file in place of the folder: not even root writes
    faults = [finding for finding in doctor.examine() if not finding.passed]
    assert [(fault.topic, fault.name) for fault in faults] == [("folders", "caches")]
    assert faults[0].advice


def test_self_test_compares_with_the_golden_results(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"haze": golden.samples()["haze"]}
    monkeypatch.setattr(golden, "samples", lambda: one)
    content = golden.expected()
    monkeypatch.setattr(golden, "expected", lambda: content)

    def findings() -> list[Finding]:
        return [finding for finding in doctor.examine() if finding.topic == "self-test"]

    assert [finding.passed for finding in findings()] == [True, True]
    content["restored"]["haze"] = [value // 2 for value in content["restored"]["haze"]]
    content["detected"]["haze"]["haze"] = 1 - content["detected"]["haze"]["haze"]
    assert [finding.passed for finding in findings()] == [False, False]


def test_home_folder_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert doctor.without_home(tmp_path / "a" / "b") == str(Path("~") / "a" / "b")
    assert doctor.without_home(Path("/elsewhere")) == str(Path("/elsewhere"))

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert doctor.without_home(Path("/elsewhere")) == str(Path("/elsewhere"))
