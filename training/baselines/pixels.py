"""Between pictures in [0, 1] and the 8-bit ones that OpenCV's filters take."""

import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture


def to_bytes(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Float in [0, 1], clipped to it, any shape -> uint8."""
    return (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def to_unit(picture: NDArray[np.uint8]) -> Picture:
    """uint8 of any shape -> float32 in [0, 1]."""
    return picture.astype(np.float32) / np.float32(255.0)
