"""Distances between a restored picture and its clean original."""

import numpy as np
from numpy.typing import NDArray


def psnr(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Peak signal-to-noise ratio, ``-10 log10(mean((a - b)^2))``, for values in [0, 1].

    >>> psnr(np.zeros(4), np.full(4, 0.1))
    20.0

    Args:
        a: float array of any shape.
        b: float array of the same shape.

    Returns:
        dB; infinity for equal arrays.

    Raises:
        ValueError: the shapes differ.
    """
    if a.shape != b.shape:
        raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
    error = float(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else float(round(-10.0 * np.log10(error), 12))


def ssim(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Structural similarity of RGB pictures, mean over channels, as scikit-image computes it (7x7 uniform window).

    Args:
        a: (H, W, 3) float in [0, 1], sides at least 7.
        b: the same shape.

    Returns:
        -1 to 1; 1 for equal pictures.

    Raises:
        ValueError: the shapes differ, or a side is shorter than the window.
    """
    from skimage.metrics import structural_similarity  # heavy, and not needed for training

    return float(structural_similarity(a, b, data_range=1.0, channel_axis=2))
