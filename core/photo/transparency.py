"""What lies beneath transparent parts of a photo, kept from deciding what becomes of the visible ones.

Programs leave white, black or anything else where a photo is cut out. The network and the detector look at the whole
picture, so hidden pixels are first filled with the colours of the visible ones around them.
"""

import cv2
import numpy as np

Array = np.ndarray

_FULL = 0.5
"""Opacity from which a pixel counts by its own colour alone; below, the filling fades in."""


def opacity_of(alpha: Array | None) -> Array | None:
    """How far each pixel of a photo counts by its own colour, (H, W) float32 in [0, 1]; None if all do, or none does.

    Args:
        alpha: (H, W) float32 in [0, 1], or None.
    """
    if alpha is None:
        return None
    full = min(_FULL, float(alpha.max()))  # of a photo that is faint everywhere the faint pixels count
    if full <= 0 or float(alpha.min()) >= full:
        return None
    return np.minimum(alpha / np.float32(full), np.float32(1))


def filled(pixels: Array, opacity: Array) -> Array:
    """``pixels`` with the colours of visible pixels where they are hidden.

    The colours spread through halved copies of the picture: each hidden pixel takes the mean of the visible ones of
    the smallest block around it that holds any (S. J. Gortler et al., *The Lumigraph*, SIGGRAPH 1996, section 3.4).

    Args:
        pixels: (H, W, 3) float32.
        opacity: (H, W) float32 in [0, 1], 1 where a pixel is its own, not 0 everywhere.

    Returns:
        A new array of the shape of ``pixels``; where ``opacity`` is 1 it is the same, where it is 0 the values in
        ``pixels`` play no part.
    """
    weight = opacity[..., None]
    own = pixels * weight
    height, width = opacity.shape
    if height * width > 1:
        size = ((width + 1) // 2, (height + 1) // 2)
        smaller, share = _halved(own, size), _halved(opacity, size)
        known = share > 0
        smaller[known] /= share[known][:, None]
        coverage = np.where(known, np.minimum(share * 4, 1), 0).astype(np.float32)
        spread = filled(smaller, coverage) if coverage.min() < 1 else smaller
        around = cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
        around *= 1 - weight
        own += around
    return own


def put_back(pixels: Array, shown: Array, restored: Array, opacity: Array) -> Array:
    """``restored`` for a photo whose hidden pixels were filled.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], the photo.
        shown: what :func:`filled` made of it.
        restored: what a network made of ``shown``; overwritten.
        opacity: as for :func:`filled`.

    Returns:
        ``restored`` where ``opacity`` is 1, ``pixels`` where it is 0; between, ``pixels`` changed as the network
        changed ``shown``, in [0, 1].
    """
    hidden = opacity == 0
    between = (opacity < 1) & ~hidden
    restored[between] = np.clip(pixels[between] + (restored[between] - shown[between]), 0, 1)
    restored[hidden] = pixels[hidden]
    return restored


def _halved(values: Array, size: tuple[int, int]) -> Array:
    """The mean of 2×2 blocks; the last row and column count twice where a side is odd."""
    height, width = values.shape[:2]
    if height % 2 or width % 2:
        values = cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)
