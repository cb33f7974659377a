"""The part of a photo that is inspected: a crop, reduced if it is large."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError
from core.messages import Message, message

LONGEST = 512
"""Longer side in pixels beyond which a region is reduced."""

Crop = tuple[int, int, int, int]
"""x, y, width and height in pixels of the photo."""


@dataclass(frozen=True, eq=False)
class Region:
    """The pixels that the network gets, and their origin.

    Attributes:
        pixels: (H, W, 3) float32 sRGB in [0, 1].
        crop: x, y, width and height in the photo.
        photo_size: width and height of the photo.
    """

    pixels: NDArray[np.float32]
    crop: Crop
    photo_size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels of the copy per pixel of the photo; 1.0 unless it was reduced."""
        return float(self.pixels.shape[1] / self.crop[2])

    @property
    def is_whole(self) -> bool:
        """Whether it covers the whole photo."""
        return self.crop == (0, 0, *self.photo_size)

    @property
    def description(self) -> Message:
        """The region in words, e.g. ``"crop 300×200 at (40, 60), reduced to 150×100"``."""
        x, y, width, height = self.crop
        rows, columns = self.pixels.shape[:2]
        size, position, reduced = f"{width}×{height}", f"({x}, {y})", f"{columns}×{rows}"
        if (columns, rows) == (width, height):
            if self.is_whole:
                return message("whole photo {size}, at full size", size=size)
            return message("crop {size} at {position}, at full size", size=size, position=position)
        if self.is_whole:
            return message("whole photo {size}, reduced to {reduced}", size=size, reduced=reduced)
        return message("crop {size} at {position}, reduced to {reduced}", size=size, position=position, reduced=reduced)


def region_of(pixels: NDArray[np.float32], crop: Crop | None = None, longest: int = LONGEST) -> Region:
    """Cut a region from a photo, and reduce it if it is larger than ``longest``.

    A reduced copy shows less of fine degradations such as noise; a crop shows all of them.

    Args:
        pixels: (H, W, 3) float32 in [0, 1].
        crop: x, y, width, height; parts outside the photo are cut off. None takes the whole photo.
        longest: side in pixels, at least 16.

    Raises:
        RestorationError: the crop is outside the photo or empty.
        ValueError: ``longest`` is too small.
    """
    if longest < 16:
        raise ValueError(f"longest = {longest}: must be 16 or more")
    height, width = pixels.shape[:2]
    left, top, across, down = crop or (0, 0, width, height)
    right, bottom = min(left + across, width), min(top + down, height)
    left, top = max(left, 0), max(top, 0)
    if right <= left or bottom <= top:
        raise RestorationError(
            message(
                "The crop {crop} is outside the photo, which has {size} pixels. Give x,y,width,height within it.",
                crop=",".join(map(str, crop or ())),
                size=f"{width}×{height}",
            )
        )
    part = pixels[top:bottom, left:right]
    factor = longest / max(part.shape[:2])
    if factor < 1:
        size = (max(1, round((right - left) * factor)), max(1, round((bottom - top) * factor)))
        part = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_AREA), 0, 1)
    return Region(np.ascontiguousarray(part, np.float32), (left, top, right - left, bottom - top), (width, height))
