"""What a restoration has changed in a photo, in numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

_LEVEL = 1.0 / 255.0
_UNCLIPPED = (np.float32(_LEVEL / 2), np.float32(1 - _LEVEL / 2))
_UNCHANGED = (np.float32(0), np.nextafter(np.float32(_LEVEL - 1e-6), np.float32(0)))
"""Bounds, both included, of channels that are not clipped, and of differences below one level of 8 bits."""

_BAND_PIXELS = 2**20
"""Pixels compared at a time, which limits the temporary memory."""

_COLOUR_SIDE = 32
"""Colours are compared in images reduced to at most this many pixels per side."""


@dataclass(frozen=True)
class Changes:
    """How a photo differs from another of the same size.

    Attributes:
        colour_shift: mean CIEDE2000 difference. Both photos are first averaged over square blocks, at most 32
            a side, so that the colours of areas are compared and removed grain does not count.
        cast: distance by which the mean colour moves in the a*b* plane of CIELAB.
        clipped_before: share, 0 to 1, of pixels with a channel at the end of its range, within half a level of 8 bits.
        clipped_after: the same of the other photo.
        changed: share, 0 to 1, of pixels with a channel that differs by at least one level of 8 bits.
    """

    colour_shift: float
    cast: float
    clipped_before: float
    clipped_after: float
    changed: float


def compare(before: Pixels, after: Pixels, to_srgb: Callable[[Pixels], Pixels] = lambda pixels: pixels) -> Changes:
    """Compare two photos.

    Args:
        before: (H, W, 3) float32 in [0, 1].
        after: of the same shape and colour space.
        to_srgb: converts pixels of their colour space, any shape that ends in 3, to sRGB; by default they are sRGB.
    """
    from skimage.color import deltaE_ciede2000, rgb2lab

    height, width = before.shape[:2]
    rows = max(_BAND_PIXELS // width, 1)
    counts = np.zeros(3, np.int64)
    for top in range(0, height, rows):
        old, new = before[top : top + rows], after[top : top + rows]
        changed = _count_outside(cv2.absdiff(new, old), *_UNCHANGED)
        counts += np.array([_count_outside(old, *_UNCLIPPED), _count_outside(new, *_UNCLIPPED), changed])
    shares = counts / (height * width)
    old_lab, new_lab = (rgb2lab(to_srgb(_block_means(pixels))) for pixels in (before, after))
    shift = (new_lab - old_lab)[..., 1:].mean(axis=(0, 1))
    return Changes(
        colour_shift=float(deltaE_ciede2000(old_lab, new_lab).mean()),  # type: ignore[no-untyped-call]
        cast=float(np.hypot(*shift)),
        clipped_before=float(shares[0]),
        clipped_after=float(shares[1]),
        changed=float(shares[2]),
    )


def _count_outside(pixels: NDArray[np.integer[Any] | np.floating[Any]], low: np.float32, high: np.float32) -> int:
    # Pixels with a channel beyond these bounds. NumPy's minima over three numbers take many times as long.
    rows, columns = pixels.shape[:2]
    return int(rows * columns - cv2.countNonZero(cv2.inRange(pixels, (float(low),) * 3, (float(high),) * 3)))


def _block_means(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    shrink = max(height, width) / _COLOUR_SIDE
    if shrink <= 1:
        return pixels
    size = (max(round(width / shrink), 1), max(round(height / shrink), 1))
    return np.clip(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), 0, 1)
