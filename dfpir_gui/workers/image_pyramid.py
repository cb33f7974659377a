"""A photo for the screen: eight bits a channel, in halving sizes, as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.photo import Photo

_BACKDROP = 0.25
"""The grey, in [0, 1], that transparent pixels are shown on."""

_BAND_PIXELS = 2**20  # converted at a time, which bounds the scratch memory

_SMALLEST = 256
"""No level is made whose longer side would come out shorter than this many pixels."""


@dataclass(frozen=True, eq=False)
class Pyramid:
    """The pixels of one photo at full size, half, a quarter and so on.

    Drawing a shrunk photo from the level that is just large enough costs as much as the window has
    pixels, however large the photo is, and does not alias.

    Attributes:
        levels: ``(H, W, 3)`` uint8 RGB arrays, C-contiguous and read-only, the full size first. Each
            covers the same picture; odd sides are rounded up when they are halved.
    """

    levels: tuple[np.ndarray, ...]

    @classmethod
    def from_pixels(
        cls,
        pixels: np.ndarray,
        alpha: np.ndarray | None = None,
        to_srgb: Callable[[np.ndarray], np.ndarray] = lambda pixels: pixels,
    ) -> "Pyramid":
        """Make the pyramid of an array.

        Args:
            pixels: ``(H, W, 3)`` float32 RGB in [0, 1].
            alpha: ``(H, W)`` float32 in [0, 1], or None for an opaque photo.
            to_srgb: gives sRGB in [0, 1] for some rows of ``pixels``; nothing needs to be done for sRGB.
        """
        level = np.empty(pixels.shape, np.uint8)
        rows = max(_BAND_PIXELS // pixels.shape[1], 1)
        for top in range(0, len(pixels), rows):
            band = to_srgb(pixels[top : top + rows])
            if alpha is not None:
                cover = alpha[top : top + rows, :, None]  # (rows, W, 1)
                band = band * cover + np.float32(_BACKDROP) * (1.0 - cover)
            cv2.convertScaleAbs(band, level[top : top + rows], alpha=255.0)  # rounds to the nearest of 0..255
        levels = [level]
        while max(level.shape[:2]) >= 2 * _SMALLEST:
            height, width = level.shape[:2]
            level = cv2.resize(level, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
            levels.append(level)
        for level in levels:
            level.flags.writeable = False
        return cls(tuple(levels))

    @classmethod
    def from_photo(cls, photo: Photo) -> "Pyramid":
        """Make the pyramid of a photo, converted from its own colours to sRGB."""
        return cls.from_pixels(photo.pixels, photo.transparency, photo.space.to_srgb)

    @property
    def width(self) -> int:
        """Width of the full size, in pixels."""
        return int(self.levels[0].shape[1])

    @property
    def height(self) -> int:
        """Height of the full size, in pixels."""
        return int(self.levels[0].shape[0])

    def level_for(self, zoom: float) -> int:
        """Return the index of the smallest level that still has a pixel for every device pixel.

        Args:
            zoom: device pixels per photo pixel.
        """
        best = 0
        for index, level in enumerate(self.levels):
            if level.shape[1] >= self.width * zoom and level.shape[0] >= self.height * zoom:
                best = index
        return best
