import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import DFPIRError
from training import cli, launch
from training.launch import make_objective
from training.restoration.objective import RestorationObjective


def test_configuration_selects_the_objective(
    config_file: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = make_objective(config_file, data, None, tmp_path / "cache")
    assert isinstance(objective, RestorationObjective) and any((tmp_path / "cache").iterdir())
    detector = tmp_path / "detector.toml"
    detector.write_text("[detector]\n", encoding="utf-8")
    configs = {"detector.toml": SimpleNamespace(photographs=None), "real.toml": SimpleNamespace(photographs=object())}
    detection = SimpleNamespace(
        load_detector_config=lambda file: configs[file.name], DetectionObjective=lambda *arguments: arguments
    )
    monkeypatch.setitem(sys.modules, "training.detection", detection)
    assert make_objective(detector, data, None, None) == (configs["detector.toml"], data, None, None)
    with pytest.raises(DFPIRError, match="--cache"):
        make_objective(detector, data, None, tmp_path / "cache")
    real = detector.rename(tmp_path / "real.toml")
    assert make_objective(real, data, None, tmp_path) == (configs["real.toml"], data, None, tmp_path)


def test_profile_prints_speeds_without_a_run(
    config_file: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level("INFO")
    assert cli.train([str(config_file), "--data", str(data), "--device", "cpu", "--profile", "1"]) == 0
    assert "loader alone" in caplog.text and "step alone" in caplog.text and not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("native", "autocast", "warned"), [(False, "bfloat16", True), (True, "bfloat16", False), (False, "float32", False)]
)
def test_slow_bfloat16_is_warned_of(
    config_file: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    native: bool,
    autocast: str,
    warned: bool,
) -> None:
    monkeypatch.setattr(launch, "native_bfloat16", lambda: native)
    config_file.write_text(f'autocast = "{autocast}"\n' + config_file.read_text(encoding="utf-8"), encoding="utf-8")
    run = tmp_path / "run"
    assert cli.train([str(config_file), "--data", str(data), "--device", "cpu", "--until", "1", "--run", str(run)]) == 0
    assert ('autocast = "float32"' in caplog.text) is warned


@pytest.mark.parametrize("wrong", [["--until", "0"], ["--profile", "-1"], ["--profile", "many"]])
def test_counts_must_be_positive(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.train(["compact", "--data", "x", *wrong])
    message = capsys.readouterr().err.splitlines()[-1]
    assert wrong[0] in message and wrong[1] in message
