"""A photo for the screen: 8 bits per channel, at full size, half size, quarter size and so on, as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.photo import Photo

_BACKDROP = 0.25
"""The grey level, in [0, 1], behind transparent pixels."""

_BAND_PIXELS = 2**20
"""Pixels that are converted at a time, which limits the temporary memory."""

_SMALLEST = 256
"""Minimum length in pixels of the longer side of a level."""


@dataclass(frozen=True, eq=False)
class Pyramid:
    """The pixels of one photo at full size, half size, quarter size and so on.

    Drawing a reduced photo from the smallest level that is large enough takes time in proportion to the size of the
    window, not of the photo, and avoids aliasing.

    Attributes:
        levels: (H, W, 3) uint8 RGB arrays, C-contiguous and read-only, the full size first. Odd sides are rounded up
            when they are halved.
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
            pixels: (H, W, 3) float32 RGB in [0, 1].
            alpha: (H, W) float32 in [0, 1], or None for an opaque photo.
            to_srgb: converts some rows of ``pixels`` to sRGB in [0, 1].
        """
        level: np.ndarray = np.empty(pixels.shape, np.uint8)
        rows = max(_BAND_PIXELS // pixels.shape[1], 1)
        for top in range(0, len(pixels), rows):
            band = to_srgb(pixels[top : top + rows])
            if alpha is not None:
                opacity = alpha[top : top + rows, :, None]  # (rows, W, 1)
                band = band * opacity + np.float32(_BACKDROP) * (1.0 - opacity)
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
        """Return the index of the smallest level that has at least one pixel for every device pixel.

        Args:
            zoom: device pixels per photo pixel.
        """
        best = 0
        for index, level in enumerate(self.levels):
            if level.shape[1] >= self.width * zoom and level.shape[0] >= self.height * zoom:
                best = index
        return best
