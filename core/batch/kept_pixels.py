"""The pixels of withheld results in full depth, from which other strengths follow without the network.

A step changes a photo by ``strength * mask * (restored - photo)``. So the result of another strength is the photo plus
a multiple of the change, whatever the mask.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.errors import PhotoError
from core.io import atomic
from core.photo import Photo
from core.steps import Step

_LEVELS = 65535
_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)
_LEAST_STRENGTH = 0.05
"""Below it, dividing by the strength would magnify the rounding."""


@dataclass(frozen=True)
class KeptPixels:
    """A withheld result in full depth, and what it was made with.

    Attributes:
        file: see :func:`write_pixels`.
        strength: of its only step.
        device: that it was computed on.
    """

    file: Path
    strength: float
    device: str


def pixels_beside(result: Path) -> Path:
    """Where the pixels of a result are kept that has no name yet, or waits for a decision."""
    return result.with_name(f"{result.name}.pixels")


def write_pixels(photo: Photo, file: Path) -> None:
    """Write the pixels of a photo with 16 bits per channel, without any conversion.

    Raises:
        OSError: the file cannot be written.
        MemoryError: there is not enough memory.
    """
    levels = np.rint(np.clip(photo.pixels, 0, 1) * np.float32(_LEVELS)).astype(np.uint16)
    atomic.publish(cv2.imencode(".png", levels, _FAST)[1].data, file, overwrite=True)


def scaled_result(photo: Photo, kept: KeptPixels, strength: float) -> Photo | None:
    """The result of another strength, at most that of the kept one; None if the file cannot be used.

    Args:
        photo: what was restored.
        kept: the result of it.
        strength: of the same step.
    """
    try:
        levels = cv2.imdecode(np.fromfile(kept.file, np.uint8), cv2.IMREAD_UNCHANGED)
        if levels is None or levels.shape != photo.pixels.shape or levels.dtype != np.uint16:
            return None
        change = levels.astype(np.float32) / np.float32(_LEVELS) - photo.pixels
        return photo.with_pixels(photo.pixels + np.float32(strength / kept.strength) * change)
    except (OSError, cv2.error, MemoryError, PhotoError):
        return None


def differs_in_strength(made: tuple[Step, ...] | None, wanted: tuple[Step, ...] | None) -> bool:
    """Whether both are the same single step with the same mask, and the second is the weaker one."""
    if made is None or wanted is None or len(made) != 1 or len(wanted) != 1:
        return False
    (first,), (second,) = made, wanted
    is_same = (first.degradation, first.mask) == (second.degradation, second.mask)
    return is_same and first.strength >= _LEAST_STRENGTH and 0 < second.strength <= first.strength
