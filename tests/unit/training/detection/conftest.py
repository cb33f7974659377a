"""A data folder with a few small pictures, and a configuration of a detector that trains on them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from training.detection import DetectorTraining, load_detector_config

CONFIG = """
name = "small-detector"
seed = 4
validate_every = 2
save_every = 100
autocast = "float32"

[detector]
holdout = 0.2
native_crops = 2
reduced_crops = 2
validation = 16
kernels = "kernels.npz"
kernel_names = ["a"]

[detector.network]
widths = [4, 6, 8]
features = 8
hidden = 8
crop = 32
view = 32
native_crops = 3
reduced_crops = 2

[detector.shares]
noise = 0.2
rain = 0.2
haze = 0.2
blur = 0.2
low-light = 0.2
"low-light+noise" = 0.1

[[detector.source]]
folder = "clean"

[[detector.source]]
folder = "rain"
family = "rain"
share = 0.5

[[detector.source]]
folder = "indoor"
depth = "depth"
share = 0.5

[optimiser]
lr = 1e-2
warmup = 1
ema = 0.5

[[stage]]
steps = 4
patch = 32
batch = 4
"""


def write_picture(file: Path, seed: int, grey: bool = False) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (20, 25) if grey else (20, 25, 3), np.uint8)
    picture = cv2.resize(small, (150, 120), interpolation=cv2.INTER_CUBIC)
    file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for index in range(4):
        write_picture(root / "clean" / f"{index}.png", index)
        write_picture(root / "rain" / "degraded" / f"{index}.png", 20 + index)
        write_picture(root / "rain" / "clean" / f"{index}.png", 30 + index)
        write_picture(root / "indoor" / f"{index}.png", 40 + index)
        write_picture(root / "depth" / f"{index}.png", 50 + index, grey=True)
    np.savez(root / "kernels.npz", a=np.eye(5))
    return root


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    file = tmp_path / "small-detector.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def config(config_file: Path) -> DetectorTraining:
    return load_detector_config(config_file)
