"""What a restoration has done to a photo, in numbers, and when that looks like harm."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from core.degradations import degradation
from core.detection import FAMILIES, Detection
from core.inference import Step

Pixels = NDArray[np.float32]

_LEVEL = 1.0 / 255.0
_UNCLIPPED = (np.float32(_LEVEL / 2), np.float32(1 - _LEVEL / 2))
_SAME = (np.float32(0), np.nextafter(np.float32(_LEVEL - 1e-6), np.float32(0)))
"""Bounds, both included, of channels that are not clipped, and of differences below a level."""

_BAND_PIXELS = 2**20  # compared at a time, which bounds the scratch memory
_COLOUR_SIDE = 32
"""Colours are compared in pictures of at most this many pixels a side."""

_MORE_CLIPPED = 0.01
_MORE_CLIPPED_OF_LIGHT = 0.05
"""Harm: a larger share than this of the pixels is clipped that was not. Noise, rain and blur leave tones as they are;
what removes haze and darkness brings back black and white, and the bounds for it are wider."""

_CAST = 5.0
_CAST_OF_LIGHT = 20.0
"""Harm: the mean colour moves by more than this in the a*b* plane; again wider for haze and darkness."""

_MORE_PROBABLE = 0.3
_PROBABLE = 0.6
"""Harm: a degradation is this much more probable than before, and as probable as this."""


@dataclass(frozen=True)
class Changes:
    """How one photo differs from another of the same size.

    Attributes:
        colour_shift: mean CIEDE2000 difference. Both photos are averaged over square blocks first, to at most 32 blocks
            a side: what is compared are the colours of areas, and grain that is gone does not count.
        cast: how far the mean colour has moved in the a*b* plane of CIELAB.
        clipped_before: share, 0 to 1, of pixels with a channel at the end of its range, to half a level of 8 bits.
        clipped_after: the same of the other photo.
        changed: share, 0 to 1, of pixels of which a channel differs by at least one level of 8 bits.
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
        after: of the same shape and kind.
        to_srgb: gives sRGB for pixels of that kind, any shape that ends in 3; nothing needs to be done for sRGB.
    """
    height, width = before.shape[:2]
    rows = max(_BAND_PIXELS // width, 1)
    counts = np.zeros(3, np.int64)
    for top in range(0, height, rows):
        old, new = before[top : top + rows], after[top : top + rows]
        changed = _outside(cv2.absdiff(new, old), *_SAME)
        counts += np.array([_outside(old, *_UNCLIPPED), _outside(new, *_UNCLIPPED), changed])
    shares = counts / (height * width)
    old_lab, new_lab = (rgb2lab(to_srgb(_blocks(pixels))) for pixels in (before, after))
    moved = (new_lab - old_lab)[..., 1:].mean(axis=(0, 1))
    return Changes(
        colour_shift=float(deltaE_ciede2000(old_lab, new_lab).mean()),
        cast=float(np.hypot(*moved)),
        clipped_before=float(shares[0]),
        clipped_after=float(shares[1]),
        changed=float(shares[2]),
    )


def harm(
    changes: Changes, steps: Iterable[Step], before: Detection | None = None, after: Detection | None = None
) -> tuple[str, ...]:
    """Why a result looks worse than its source, a sentence each; none if it does not.

    Args:
        changes: from source to result.
        steps: what was done.
        before: what the detector found in the source, if it was asked.
        after: what it finds in the result.
    """
    found = []
    light = any(degradation(step.degradation).family in ("haze", "low-light") for step in steps)
    if changes.clipped_after - changes.clipped_before > (_MORE_CLIPPED_OF_LIGHT if light else _MORE_CLIPPED):
        found.append(
            f"{changes.clipped_after:.1%} of the pixels are clipped to black or white, "
            f"{changes.clipped_before:.1%} were before.".replace("%", " %")
        )
    if changes.cast > (_CAST_OF_LIGHT if light else _CAST):
        found.append(f"The photo has taken on a colour cast of ΔE {changes.cast:.1f}.")
    if before is not None and after is not None:
        for family in FAMILIES:
            was, now = before.probabilities[family], after.probabilities[family]
            if now >= _PROBABLE and now - was >= _MORE_PROBABLE:
                name = family.replace("-", " ")
                found.append(f"It looks more affected by {name} than before: probability {now:.2f}, was {was:.2f}.")
    return tuple(found)


def _outside(pixels: NDArray[Any], low: np.float32, high: np.float32) -> int:
    # Pixels with a channel beyond these bounds. NumPy's minima over three numbers take many times as long.
    rows, columns = pixels.shape[:2]
    return rows * columns - cv2.countNonZero(cv2.inRange(pixels, (float(low),) * 3, (float(high),) * 3))


def _blocks(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    shrink = max(height, width) / _COLOUR_SIDE
    if shrink <= 1:
        return pixels
    size = (max(round(width / shrink), 1), max(round(height / shrink), 1))
    return np.clip(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), 0, 1)
