"""Transparent photos: hidden pixels are filled before restoration, so that they do not influence the visible ones.

Programs leave white, black or any other colour where a photo is cut out. The network and the detector use the whole
image, so hidden pixels are first filled with the colours of the visible pixels around them.
"""

import cv2
import numpy as np

Array = np.ndarray

_VISIBLE = 0.5
"""Alpha from which a pixel is not filled at all; below, its own colour fades into the filling."""


def opacity_from_alpha(alpha: Array | None) -> Array | None:
    """The weight of each pixel's own colour against the filling.

    Args:
        alpha: (H, W) float32 in [0, 1], or None.

    Returns:
        (H, W) float32 in [0, 1]; None if all pixels are visible, or none is.
    """
    if alpha is None:
        return None
    visible = min(_VISIBLE, float(alpha.max()))  # in a photo that is translucent everywhere, the most opaque pixels
    if visible <= 0 or float(alpha.min()) >= visible:
        return None
    return np.minimum(alpha / np.float32(visible), np.float32(1))


def fill_hidden(pixels: Array, opacity: Array) -> Array:
    """Fill hidden pixels with the colours of visible ones.

    The colours spread through repeatedly halved copies of the image (pull-push): each hidden pixel gets the mean of the
    visible pixels in the smallest block around it that contains any. Source: S. J. Gortler et al., *The Lumigraph*,
    SIGGRAPH 1996, section 3.4.

    Args:
        pixels: (H, W, 3) float32.
        opacity: (H, W) float32 in [0, 1], not 0 everywhere; see :func:`opacity_from_alpha`.

    Returns:
        A new array of the shape of ``pixels``: the same values where ``opacity`` is 1, independent of ``pixels`` where
        it is 0.
    """
    weight = opacity[..., None]
    filled: Array = pixels * weight
    height, width = opacity.shape
    if height * width > 1:
        size = ((width + 1) // 2, (height + 1) // 2)
        smaller, share = _halved(filled, size), _halved(opacity, size)
        has_visible = share > 0
        smaller[has_visible] /= share[has_visible][:, None]
        coverage = np.where(has_visible, np.minimum(share * 4, 1), 0).astype(np.float32)
        spread = fill_hidden(smaller, coverage) if coverage.min() < 1 else smaller
        around = cv2.resize(spread, (width, height), interpolation=cv2.INTER_LINEAR)
        around *= 1 - weight
        filled += around
    return filled


def keep_hidden(pixels: Array, filled: Array, restored: Array, opacity: Array) -> Array:
    """Keep the original hidden pixels in the result of a photo whose hidden pixels were filled.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], the photo.
        filled: result of :func:`fill_hidden` for it.
        restored: ``filled`` as restored by a network; overwritten.
        opacity: as for :func:`fill_hidden`.

    Returns:
        ``restored`` where ``opacity`` is 1, ``pixels`` where it is 0; between them ``pixels`` plus the network's
        change of ``filled``, in [0, 1].
    """
    hidden = opacity == 0
    between = (opacity < 1) & ~hidden
    restored[between] = np.clip(pixels[between] + (restored[between] - filled[between]), 0, 1)
    restored[hidden] = pixels[hidden]
    return restored


def _halved(values: Array, size: tuple[int, int]) -> Array:
    """Means of 2×2 blocks; the last row and column count twice where a side is odd."""
    height, width = values.shape[:2]
    if height % 2 or width % 2:
        values = cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)
