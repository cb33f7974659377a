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
    def aspect(self) -> float:
        """Height by width."""
        return float(self.pixels.shape[0] / self.pixels.shape[1])

    @property
    def is_whole(self) -> bool:
        """Whether it covers the whole photo."""
        return self.crop == (0, 0, *self.photo_size)

    @property
    def description(self) -> Message:
        """The region in words, e.g. ``"crop 300×200 at (40, 60), reduced to 150×100"``."""
        rows, columns = self.pixels.shape[:2]
        return _description(self.crop, self.photo_size, (columns, rows))


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
    height, width = pixels.shape[:2]
    (left, top, across, down), size = _extent((width, height), crop, longest)
    part = pixels[top : top + down, left : left + across]
    if size != (across, down):
        part = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_AREA), 0, 1)
    return Region(np.ascontiguousarray(part, np.float32), (left, top, across, down), (width, height))


def describe_region(photo_size: tuple[int, int], crop: Crop | None = None, longest: int = LONGEST) -> Message:
    """Describe the region that :func:`region_of` would cut, without its pixels; see :attr:`Region.description`.

    Args:
        photo_size: width and height of the photo.
        crop: as for :func:`region_of`.
        longest: as for :func:`region_of`.

    Raises:
        RestorationError: the crop is outside the photo or empty.
        ValueError: ``longest`` is too small.
    """
    cut, size = _extent(photo_size, crop, longest)
    return _description(cut, photo_size, size)


def _extent(photo_size: tuple[int, int], crop: Crop | None, longest: int) -> tuple[Crop, tuple[int, int]]:
    """Return a crop without its parts outside the photo, and its width and height after the reduction."""
    if longest < 16:
        raise ValueError(f"longest = {longest}: must be 16 or more")
    width, height = photo_size
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
    across, down = right - left, bottom - top
    factor = min(1.0, longest / max(across, down))
    return (left, top, across, down), (max(1, round(across * factor)), max(1, round(down * factor)))


def _description(crop: Crop, photo_size: tuple[int, int], pixels: tuple[int, int]) -> Message:
    x, y, width, height = crop
    size, position, reduced = f"{width}×{height}", f"({x}, {y})", f"{pixels[0]}×{pixels[1]}"
    is_whole = crop == (0, 0, *photo_size)
    if pixels == (width, height):
        if is_whole:
            return message("whole photo {size}, at full size", size=size)
        return message("crop {size} at {position}, at full size", size=size, position=position)
    if is_whole:
        return message("whole photo {size}, reduced to {reduced}", size=size, reduced=reduced)
    return message("crop {size} at {position}, reduced to {reduced}", size=size, position=position, reduced=reduced)
