"""A data folder with a few small pictures, and a configuration that trains on them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.restoration.config import TrainingConfig, load_config

CONFIG = """
name = "small"
seed = 5
holdout = 1
validate_every = 2
save_every = 100

[model]
dim = 8
blocks = [1, 1, 1, 1]
refinement_blocks = 1
heads = [1, 1, 2, 2]
expansion = 1.5
prompt_dim = 32
stem = 2
dgpb_residual = true

[optimiser]
lr = 1e-3
muon_lr = 0.02
warmup = 2
ema = 0.9

[[stage]]
steps = 4
patch = 32
batch = 3

[[stage]]
steps = 2
patch = 48
batch = 2

[task.noise]
kind = "noise"
degradation = "noise25"
folders = ["clean"]
share = 1.0

[task.rain]
kind = "pairs"
degradation = "rain"
folders = ["rain"]
share = 1.0

[task.haze]
kind = "haze"
degradation = "haze"
folders = ["clean"]
depth = "depth"
share = 1.0

[task.blur]
kind = "blur"
degradation = "blur"
folders = ["clean"]
kernels = "kernels.npz"
names = ["a"]
share = 1.0

[task.dark]
kind = "low-light"
degradation = "low-light"
folders = ["clean"]
share = 1.0

[task.clean]
kind = "clean"
folders = ["clean"]
share = 1.0
"""


@pytest.fixture(name="write_picture")
def _write_picture() -> Callable[..., None]:
    """Writes a random picture: (file, seed, height=70, width=90, grey=False)."""
    return write_picture


def write_picture(file: Path, seed: int, height: int = 70, width: int = 90, grey: bool = False) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    small = np.random.default_rng(seed).integers(0, 256, (7, 9) if grey else (7, 9, 3), np.uint8)
    picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for index in range(3):
        write_picture(root / "clean" / f"{index}.png", index)
        write_picture(root / "depth" / f"{index}.png", 10 + index, grey=True)
        write_picture(root / "rain" / "degraded" / f"{index}.png", 20 + index)
        write_picture(root / "rain" / "clean" / f"{index}.png", 30 + index)
    np.savez(root / "kernels.npz", a=np.ones((3, 3)))
    return root


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def config(config_file: Path) -> TrainingConfig:
    return load_config(config_file)
