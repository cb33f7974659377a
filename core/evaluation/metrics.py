"""Metrics between a restored picture and its clean original."""

from collections.abc import Callable

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


def ssim(a: NDArray[np.floating], b: NDArray[np.floating], *, gaussian: bool = False) -> float:
    """Structural similarity as computed by scikit-image; for RGB the mean over the channels.

    Args:
        a: (H, W, 3) or (H, W) float in [0, 1].
        b: the same shape.
        gaussian: False uses scikit-image's default window, 7x7 and uniform; True the 11x11 Gaussian (σ 1.5, population
            covariance) of Wang et al., *Image quality assessment*, IEEE TIP 2004, over the pixels whose window is
            within the picture.

    Returns:
        -1 to 1; 1 for equal pictures.

    Raises:
        ValueError: the shapes differ, or a side is shorter than the window.
    """
    from skimage.metrics import structural_similarity  # slow to import, and not needed for training

    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False} if gaussian else {}
    similarity: Callable[..., float] = structural_similarity  # it has no type hints
    return float(similarity(a, b, data_range=1.0, channel_axis=2 if a.ndim == 3 else None, **window))


def luma(picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """The Y of ITU-R BT.601 in its limited range, as in MATLAB's ``rgb2ycbcr``.

    ``Y = (16 + 65.481 R + 128.553 G + 24.966 B) / 255``: black is 16/255 and white 235/255.

    Args:
        picture: (H, W, 3) float RGB in [0, 1].

    Returns:
        (H, W) float64 in [16/255, 235/255], not rounded.
    """
    weighted: NDArray[np.float64] = picture.astype(np.float64) @ np.array([65.481, 128.553, 24.966])
    return (16.0 + weighted) / 255.0
