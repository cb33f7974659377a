"""What a restoration has changed in a photo, in numbers, and warnings where the result may be worse than its source."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.degradations import FAMILY_NOUNS, degradation
from core.detection import FAMILIES, Detection
from core.messages import Message, message
from core.photo import Photo
from core.steps import Step

Pixels = NDArray[np.float32]

_LEVEL = 1.0 / 255.0
_UNCLIPPED = (np.float32(_LEVEL / 2), np.float32(1 - _LEVEL / 2))
_UNCHANGED = (np.float32(0), np.nextafter(np.float32(_LEVEL - 1e-6), np.float32(0)))
"""Bounds, both included, of channels that are not clipped, and of differences below one level of 8 bits."""

_BAND_PIXELS = 2**20
"""Pixels compared at a time, which limits the temporary memory."""

_COLOUR_SIDE = 32
"""Colours are compared in images reduced to at most this many pixels per side."""

_CLIPPED_INCREASE = 0.01
_CLIPPED_INCREASE_OF_LIGHT = 0.05
"""Warn when the share of clipped pixels increases by more. Removing noise, rain and blur preserves tones; removing haze
and darkness restores black and white, so its limit is higher."""

_CAST = 5.0
_CAST_OF_LIGHT = 20.0
"""Warn when the mean colour moves by more than this in the a*b* plane; the limit is higher for haze and darkness."""

_PROBABILITY_INCREASE = 0.3
_PROBABILITY = 0.6
"""Warn when a degradation's probability increases by this much and reaches this value."""


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


@dataclass(frozen=True)
class QualityReport:
    """What a restoration has changed.

    Attributes:
        changes: from the source to the result, in numbers.
        warnings: why the result may be worse than its source, a sentence each; empty if nothing indicates it.
    """

    changes: Changes
    warnings: tuple[Message, ...]


def quality_report(
    source: Photo,
    result: Photo,
    steps: Iterable[Step],
    before: Detection | None = None,
    after: Detection | None = None,
) -> QualityReport:
    """Compare a result with its source; arguments as for :func:`compare` and :func:`quality_warnings`."""
    changes = compare(source.pixels, result.pixels, source.space.to_srgb)
    return QualityReport(changes, quality_warnings(changes, steps, before, after))


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


def quality_warnings(
    changes: Changes, steps: Iterable[Step], before: Detection | None = None, after: Detection | None = None
) -> tuple[Message, ...]:
    """Why a result may be worse than its source, a sentence each; empty if nothing indicates it.

    Args:
        changes: from source to result.
        steps: what was done.
        before: the detection in the source, if known.
        after: the detection in the result, if known.
    """
    warnings = []
    restores_light = any(degradation(step.degradation).family in ("haze", "low-light") for step in steps)
    clipped_limit = _CLIPPED_INCREASE_OF_LIGHT if restores_light else _CLIPPED_INCREASE
    if changes.clipped_after - changes.clipped_before > clipped_limit:
        warnings.append(
            message(
                "{after:.1f} % of the pixels are clipped to black or white; before it was {before:.1f} %.",
                after=100 * changes.clipped_after,
                before=100 * changes.clipped_before,
            )
        )
    if changes.cast > (_CAST_OF_LIGHT if restores_light else _CAST):
        warnings.append(message("The photo has acquired a colour cast of ΔE {value:.1f}.", value=changes.cast))
    if before is not None and after is not None:
        for family in FAMILIES:
            old, new = before.probabilities[family], after.probabilities[family]
            if new >= _PROBABILITY and new - old >= _PROBABILITY_INCREASE:
                warnings.append(
                    message(
                        "It looks more affected by {degradation} than before: the probability rose from {before:.2f} "
                        "to {after:.2f}.",
                        degradation=FAMILY_NOUNS[family],
                        before=old,
                        after=new,
                    )
                )
    return tuple(warnings)


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
