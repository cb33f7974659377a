"""The command that calibrates a trained detector."""

from pathlib import Path

import pytest
import torch

from core.detection.calibration import Calibration
from core.detection.files import load_detector
from training.detection import DetectorTraining, calibrate
from training.detection.objective import DetectionObjective


@pytest.fixture
def detector(config: DetectorTraining, data: Path, tmp_path: Path) -> Path:
    objective, file = DetectionObjective(config, data), tmp_path / "detector.safetensors"
    torch.manual_seed(0)
    objective.export(objective.network(), file, {"name": "small", "steps": 3})
    return file


def test_the_file_is_calibrated_anew_and_keeps_weights_and_card(detector: Path, config_file: Path, data: Path) -> None:
    before = load_detector(detector)
    arguments = [str(config_file), "--data", str(data), "--detector", str(detector), "--samples", "40"]
    assert calibrate.main(arguments) == 0
    after = load_detector(detector)
    assert before.calibration == Calibration() != after.calibration
    assert after.card == before.card and after.config == before.config
    assert all(torch.equal(after.state[name], tensor) for name, tensor in before.state.items())
    again = calibrate.calibrate(config_file, data, detector, 40)
    assert again == after.calibration  # it depends on the weights alone


def test_what_cannot_be_read_is_an_error_message(
    detector: Path, config_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = detector.read_bytes()
    for config, folder, file, named in (
        (tmp_path / "none.toml", data, detector, "none.toml"),
        (config_file, tmp_path / "nowhere", detector, "nowhere"),
        (config_file, data, tmp_path / "none.safetensors", "none.safetensors"),
    ):
        assert calibrate.main([str(config), "--data", str(folder), "--detector", str(file)]) == 1
        assert named in capsys.readouterr().err
    assert detector.read_bytes() == before
