from pathlib import Path

import pytest

from training import cli


def test_train_command_trains_and_resumes(
    config_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(config_file), "--data", str(data), "--run", str(tmp_path / "run")]
    assert cli.train([*arguments, "--until", "1"]) == 0
    assert cli.train([*arguments, "--until", "2"]) == 0
    assert (tmp_path / "run" / "last.safetensors").exists()
    (data / "depth" / "0.png").unlink()
    assert cli.train(arguments) == 1
    assert "0.png" in capsys.readouterr().err


def test_bundled_configurations_are_found_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.train(["compact", "--data", str(tmp_path), "--run", str(tmp_path / "run")]) == 1
    assert "clean_bsds" in capsys.readouterr().err  # the configuration was found, its data was not
