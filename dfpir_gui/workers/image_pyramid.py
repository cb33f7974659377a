"""A photo for the screen: 8 bits per channel, at full size, half size, quarter size and so on, as plain arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from core.photo import Photo

_BACKDROP = 0.25
"""The grey level, in [0, 1], behind transparent pixels."""

_BAND_PIXELS = 2**20
"""Pixels that are converted at a time, which limits the temporary memory."""

_OVERVIEW_SIDE = 2048

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
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each level, the full size first."""
        return [(level.shape[1], level.shape[0]) for level in self.levels]

    def part(self, index: int, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """A part of a level, in pixels of that level; (h, w, 3) uint8 RGB, not contiguous in general."""
        return self.levels[index][top:bottom, left:right]

    @property
    def width(self) -> int:
        """Width of the full size, in pixels."""
        return int(self.levels[0].shape[1])

    @property
    def height(self) -> int:
        """Height of the full size, in pixels."""
        return int(self.levels[0].shape[0])

    @property
    def overview(self) -> np.ndarray:
        """The largest level of at most 2048 pixels per side: (H, W, 3) uint8 RGB."""
        return next((level for level in self.levels if max(level.shape[:2]) <= _OVERVIEW_SIDE), self.levels[-1])

    def level_for(self, zoom: float) -> int:
        """Return the index of the smallest level that has at least one pixel for every device pixel.

        Args:
            zoom: device pixels per photo pixel.
        """
        return _level_for(self.sizes, zoom)


class MixedPyramid:
    """A blend of two pyramids of the same size: ``base + strength * (full - base)``, computed where it is drawn.

    It shows a changed strength or mask at once. The exact result, which is blended before it is rounded to 8 bits, may
    differ slightly.

    Args:
        base: the photo without the step, for the screen.
        full: the photo with the step at full strength, for the screen.
        strength: 0 to 1.
        mask: where the step applies, at any size: (h, w) float32 in [0, 1]; None is everywhere.
    """

    def __init__(self, base: Pyramid, full: Pyramid, strength: float, mask: np.ndarray | None = None) -> None:
        self.base = base
        self.full = full
        self.strength = strength
        self.mask = mask

    @property
    def width(self) -> int:
        """Width of the full size, in pixels."""
        return self.base.width

    @property
    def height(self) -> int:
        """Height of the full size, in pixels."""
        return self.base.height

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each level, the full size first."""
        return self.base.sizes

    @cached_property
    def levels(self) -> tuple[np.ndarray, ...]:
        """All levels as in :class:`Pyramid`; computed when they are first needed."""
        return tuple(self.part(index, 0, 0, *size) for index, size in enumerate(self.sizes))

    def part(self, index: int, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """A part of a level, in pixels of that level; (h, w, 3) uint8 RGB, C-contiguous."""
        base, full = (pyramid.levels[index][top:bottom, left:right] for pyramid in (self.base, self.full))
        if self.mask is not None:
            weights = self._weights(index, left, top, right, bottom)
            mixed = cv2.blendLinear(np.ascontiguousarray(full), np.ascontiguousarray(base), weights, 1 - weights)
            return np.asarray(mixed).reshape(base.shape)
        mixed = cv2.addWeighted(full, self.strength, base, 1 - self.strength, 0.0)
        return np.asarray(mixed).reshape(base.shape)

    def _weights(self, index: int, left: int, top: int, right: int, bottom: int) -> np.ndarray:
        """The mask times the strength in a part of a level, interpolated: (h, w) float32."""
        assert self.mask is not None
        width, height = self.sizes[index]
        across, down = self.mask.shape[1] / width, self.mask.shape[0] / height
        to_mask = np.array([[across, 0, (left + 0.5) * across - 0.5], [0, down, (top + 0.5) * down - 0.5]])
        weights = cv2.warpAffine(
            self.mask,
            to_mask,
            (right - left, bottom - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.multiply(weights, np.float32(self.strength), dtype=np.float32).reshape(bottom - top, right - left)

    def level_for(self, zoom: float) -> int:
        """As :meth:`Pyramid.level_for`."""
        return _level_for(self.sizes, zoom)


ScreenPicture = Pyramid | MixedPyramid
"""What the canvas can show."""


def _level_for(sizes: list[tuple[int, int]], zoom: float) -> int:
    (full_width, full_height), best = sizes[0], 0
    for index, (width, height) in enumerate(sizes):
        if width >= full_width * zoom and height >= full_height * zoom:
            best = index
    return best
