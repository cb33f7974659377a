"""Blending a restored picture into what it was made from."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

_BAND_BYTES = 1 << 19
"""Of pixels that are blended at a time, so that they stay in the processor's cache."""


def mix(pixels: Pixels, restored: Pixels, strength: float) -> Pixels:
    """``pixels + strength * (restored - pixels)``, in one pass over the memory.

    Args:
        pixels: (H, W, 3) float32; not changed.
        restored: the same shape; not changed.
        strength: 0 to 1.

    Returns:
        (H, W, 3) float32: one of the two themselves where the strength is 0 or 1, else new memory.
    """
    if strength in (0, 1):
        return restored if strength else pixels
    made = np.empty_like(pixels)
    rows = max(_BAND_BYTES // max(pixels[:1].nbytes, 1), 1)
    for top in range(0, len(pixels), rows):
        source, band = pixels[top : top + rows], made[top : top + rows]
        np.subtract(restored[top : top + rows], source, out=band)
        np.multiply(band, np.float32(strength), out=band)
        np.add(source, band, out=band)
    return made
