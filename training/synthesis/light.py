"""Conversion between sRGB-encoded values and linear light (IEC 61966-2-1), luma, and saturation."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""


def to_linear(encoded: Picture) -> Picture:
    """sRGB-encoded float32 in [0, 1], any shape -> linear light in [0, 1]."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_encoded(linear: Picture) -> Picture:
    """Linear light, any shape -> sRGB-encoded float32 in [0, 1]; values outside [0, 1] are clipped first."""
    clipped = np.clip(linear, 0.0, 1.0)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055).astype(np.float32)


def with_saturation(picture: Picture, factor: float) -> Picture:
    """The picture with its saturation multiplied by ``factor`` at constant luma; not clipped.

    Args:
        picture: (H, W, 3) float32, encoded.
        factor: 0 removes all colour, 1 changes nothing.
    """
    grey = (picture @ LUMA)[:, :, None]
    return np.asarray(grey + (picture - grey) * np.float32(factor), np.float32)
