import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.checkpoints import Checkpoint, save_checkpoint
from core.steps import Step
from training.evaluation.cli import main


@pytest.fixture
def silent_model(tiny_checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """A network whose last layer is zero: it returns its input, so its gain is zero."""
    state = {**tiny_checkpoint.state, "head.weight": tiny_checkpoint.state["head.weight"] * 0}
    return save_checkpoint(tmp_path / "silent.safetensors", replace(tiny_checkpoint, state=state))


def _main(*arguments: object) -> int:
    return main([*map(str, arguments), "--device", "cpu"])


def test_command_prints_a_table_and_writes_every_score(
    sets: Path, silent_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "scores.json"
    assert _main("--data", sets, "--model", silent_model, "--kernels", sets / "kernels.npz", "--json", out) == 0
    table = capsys.readouterr().out
    assert sum("| +0.00 |" in line for line in table.splitlines()) == 5 and "cbsd68 noise50" in table
    content = json.loads(out.read_text())
    assert content["protocol"] == "rgb-crop16" and [entry["pictures"] for entry in content["sets"]] == [4, 4, 4, 4, 2]
    scores = content["sets"][0]["scores"]
    assert len(scores) == 4 and scores[0]["input"]["psnr"] == pytest.approx(scores[0]["output"]["psnr"], abs=1e-3)


def test_everything_at_once(
    sets: Path,
    silent_model: Path,
    tmp_path: Path,
    write_picture: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Finding:
        def proposals(self) -> tuple[Step, ...]:
            return (Step("rain"),)

    class Detector:
        def detect(self, photo: Any) -> Finding:
            return Finding()

    monkeypatch.setitem(sys.modules, "core.detection", SimpleNamespace(Detector=Detector))
    write_picture(tmp_path / "real" / "haze" / "1.png", 3)
    status = _main(
        *("--data", sets, "--model", silent_model, "--protocol", "y-uint8", "--sets", "rain*", "--limit", 2),
        *("--extra-limit", 1, "--prompts", "detected", "all", "--clean", "--baselines"),
        *("--worst", tmp_path / "worst", "--real", tmp_path / "real", "--sheets", tmp_path / "sheets"),
    )
    assert status == 0
    text = capsys.readouterr().out
    for expected in ("y-uint8", "| rain100l | 2 |", "detected prompt", "noise15", "median 3x3", "cbsd68", "haze.png"):
        assert expected in text
    assert len(list((tmp_path / "worst").glob("rain100l-*.png"))) == 2
    assert (tmp_path / "sheets" / "haze.png").exists()


def test_the_whole_suite_in_one_command(
    sets: Path,
    train: Path,
    silent_model: Path,
    tmp_path: Path,
    write_picture: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (train / "blur_kernels").mkdir()
    (sets / "kernels.npz").rename(train / "blur_kernels" / "kernels.npz")
    write_picture(tmp_path / "train_real" / "haze" / "1.png", 3)
    out = tmp_path / "scores.json"
    assert _main("--suite", tmp_path, "--model", silent_model, "--limit", 1, "--json", out) == 0
    text = capsys.readouterr().out
    assert "float32" in text and "| cbsd68 sigma 75 | 1 |" in text and "| O-HAZE | 1 |" in text
    content = json.loads(out.read_text())
    assert len(content["sets"]) == 5 + 11 + 6 and len(content["best"]) == 6 + 2 and len(content["clean"]) == 7
    assert content["brightness"][0]["ratio"] == pytest.approx(1.0, abs=1e-3)
    for entry in content["best"]:
        assert entry["psnr"] == pytest.approx(entry["input_psnr"], abs=1e-3)
    with pytest.raises(SystemExit):
        _main("--suite", tmp_path, "--data", sets)
    assert "--suite implies" in capsys.readouterr().err


def test_command_names_what_is_wrong(sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("--data", tmp_path / "nowhere") == 1
    assert "nowhere" in capsys.readouterr().err
    assert _main("--data", sets, "--model", tmp_path / "none.safetensors") == 1
    assert "none.safetensors" in capsys.readouterr().err
    for arguments, said in (
        ([], "--data"),
        (["--real", "x"], "--sheets"),
        (["--data", "x", "--limit", "0"], "the minimum is 1"),
        (["--data", "x", "--protocol", "mine"], "rgb-crop16"),
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2 and said in capsys.readouterr().err


def test_lpips_without_its_package_names_the_extra(
    sets: Path, silent_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lpips", None)
    assert _main("--data", sets, "--model", silent_model, "--lpips") == 1
    assert "dfpir-studio[lpips]" in capsys.readouterr().err
