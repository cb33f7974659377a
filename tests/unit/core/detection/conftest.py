"""A detector with random weights, small enough to run in milliseconds."""

from pathlib import Path

import pytest
import torch

from core.detection.calibration import Calibration, Platt
from core.detection.detection import CLASSES, FAMILIES
from core.detection.files import DetectorFile, save_detector
from core.detection.network import DetectorConfig, DetectorNetwork

SMALL = DetectorConfig(
    widths=(4, 6, 8), features=8, hidden=8, crop=16, view=16, native_crops=3, reduced_crops=2, reduced_side=64
)


@pytest.fixture
def small_config() -> DetectorConfig:
    return SMALL


@pytest.fixture
def small_detector() -> DetectorFile:
    torch.manual_seed(5)
    calibration = Calibration(
        {name: Platt(1.0 + 0.1 * i, 0.2 * i - 0.3) for i, name in enumerate(CLASSES)},
        {name: 0.5 + 0.02 * i for i, name in enumerate(FAMILIES)},
    )
    return DetectorFile(SMALL, DetectorNetwork(SMALL).state_dict(), calibration, {"name": "small"})


@pytest.fixture
def small_file(small_detector: DetectorFile, tmp_path: Path) -> Path:
    return save_detector(tmp_path / "small.safetensors", small_detector)
