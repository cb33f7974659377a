"""Which part of a photo is looked at, and how large: a crop, or a reduced copy."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError

LONGEST = 512
"""Longer side in pixels beyond which a region is looked at in a reduced copy."""

Crop = tuple[int, int, int, int]
"""x, y, width and height in pixels of the photo."""


@dataclass(frozen=True, eq=False)
class Region:
    """The pixels that the network is given, and where they come from.

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
        return self.pixels.shape[1] / self.crop[2]

    @property
    def is_whole(self) -> bool:
        """Whether it shows the photo from edge to edge."""
        return self.crop == (0, 0, *self.photo_size)

    @property
    def words(self) -> str:
        """What is looked at, for people: ``"crop 300x200 at (40, 60), reduced to 150x100"``."""
        x, y, width, height = self.crop
        part = f"whole photo {width}×{height}" if self.is_whole else f"crop {width}×{height} at ({x}, {y})"
        shown_height, shown_width = self.pixels.shape[:2]
        reduced = (shown_width, shown_height) != (width, height)
        return f"{part}, reduced to {shown_width}×{shown_height}" if reduced else f"{part}, at full size"


def region_of(pixels: NDArray[np.float32], crop: Crop | None = None, longest: int = LONGEST) -> Region:
    """A part of a photo, reduced if it is larger than ``longest``.

    A reduced copy shows less of fine damage such as noise: prefer a crop where that matters.

    Args:
        pixels: (H, W, 3) float32 in [0, 1].
        crop: x, y, width, height; what lies outside the photo is cut off. None takes the whole photo.
        longest: side in pixels, at least 16.

    Raises:
        RestorationError: the crop lies outside the photo or is empty.
        ValueError: ``longest`` is too small.
    """
    if longest < 16:
        raise ValueError(f"longest = {longest}: wanted 16 or more")
    height, width = pixels.shape[:2]
    left, top, across, down = crop or (0, 0, width, height)
    right, bottom = min(left + across, width), min(top + down, height)
    left, top = max(left, 0), max(top, 0)
    if right <= left or bottom <= top:
        raise RestorationError(
            f"The crop {','.join(map(str, crop or ()))} holds nothing of the photo, which has {width}×{height} pixels. "
            "Give x,y,width,height within it."
        )
    part = pixels[top:bottom, left:right]
    factor = longest / max(part.shape[:2])
    if factor < 1:
        size = (max(1, round((right - left) * factor)), max(1, round((bottom - top) * factor)))
        part = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_AREA), 0, 1)
    return Region(np.ascontiguousarray(part, np.float32), (left, top, right - left, bottom - top), (width, height))
