"""Pictures to degrade."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest


@pytest.fixture
def random_picture() -> Callable[..., np.ndarray]:
    """Independent random values."""

    def make(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
        return np.random.default_rng(seed).random((height, width, 3), np.float32)

    return make


@pytest.fixture
def scene() -> np.ndarray:
    """Like a photograph: a sky, darker ground, edges of objects, texture, a lamp; (96, 128, 3) float32, 8 bit."""
    rng = np.random.default_rng(4)
    rows = np.linspace(0.0, 1.0, 96, dtype=np.float32)[:, None, None]
    picture = np.where(rows < 0.35, [0.65, 0.75, 0.85], [0.35, 0.4, 0.3]) * np.ones((96, 128, 3))
    for _ in range(40):
        x, y, size = rng.integers(128), rng.integers(30, 96), rng.integers(3, 16)
        picture[y : y + size, x : x + size] = rng.uniform(0.05, 0.8, 3)
    picture += cv2.GaussianBlur(rng.normal(0.0, 0.12, (96, 128, 1)), (0, 0), 0.8)[:, :, None] * (rows > 0.35)
    picture[40:44, 60:64] = 1.0
    return (np.round(np.clip(picture, 0.0, 1.0) * 255) / 255).astype(np.float32)
