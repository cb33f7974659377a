"""Low light: a gamma curve, and adaptive equalisation."""

import cv2
import numpy as np

from training.data.pictures import to_bytes, to_unit
from training.synthesis.light import Picture

MEAN = 0.45
"""Target mean of the gamma curve, a mid-tone."""

STEEPEST = 20.0
"""Exponents lie between 1 / STEEPEST and STEEPEST."""

CLIP_LIMIT, TILES = 8.0, 8
"""Clip limit of CLAHE relative to the mean of the histogram, and tiles per side."""


def gamma_to_mean(picture: Picture) -> Picture:
    """``picture ** g``, with the g that brings the mean over pixels and channels to 0.45.

    Args:
        picture: (H, W, 3) float32 sRGB-encoded in [0, 1].

    Returns:
        The same shape and range; a picture that cannot be brightened enough (black) gets the smallest exponent, 1/20.
    """
    levels = np.linspace(0.0, 1.0, 256)
    counts = np.bincount(to_bytes(picture).ravel(), minlength=256)
    low, high = -np.log(STEEPEST), np.log(STEEPEST)
    for _ in range(40):  # the mean falls as the exponent grows: halve the interval
        middle = (low + high) / 2
        if np.average(levels ** np.exp(middle), weights=counts) > MEAN:
            low = middle
        else:
            high = middle
    return (picture ** np.float32(np.exp(high))).astype(np.float32)


def clahe(picture: Picture) -> Picture:
    """Contrast limited adaptive histogram equalisation of CIE L (Zuiderveld, *Graphics Gems IV*, 1994).

    OpenCV's implementation with a clip limit of 8 on 8x8 tiles; a and b are unchanged.

    Args:
        picture: (H, W, 3) float32 RGB in [0, 1].

    Returns:
        The same shape and range, multiples of 1/255.
    """
    lab = cv2.cvtColor(to_bytes(picture), cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(CLIP_LIMIT, (TILES, TILES)).apply(np.ascontiguousarray(lab[:, :, 0]))
    return to_unit(np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8))
