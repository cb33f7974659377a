"""The points at which masks are evaluated."""

from collections.abc import Sequence
from copy import copy
from typing import TypeAlias

import numpy as np

Pixels: TypeAlias = np.ndarray

Region: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom in photo pixels; right and bottom are just outside."""

EVERYTHING: Region = (0.0, 0.0, 1.0, 1.0)

_MATRIX_ROWS = 64
"""A matrix product of more rows than this takes longer than interpolating between two of them."""


class Grid:
    """The points at which a mask is evaluated: the centres of the pixels of a region.

    Args:
        region: left, top, right and bottom as shares of the photo's width and height.
        size: width and height of the result in pixels.
        photo: width and height of the photo in any unit.
        rows: of the photo, if the points are all pixels of these.

    Attributes:
        shape: (height, width) of the result.
        rows: as passed.
        whole: whether the region is the whole photo.
        x: (width,) shares of the photo's width.
        y: (height,) shares of the photo's height.
        unit_x: width of the photo, as a share of its longer side.
        unit_y: height of the photo, as a share of its longer side.
        step: size of a pixel, as a share of the longer side.
    """

    def __init__(
        self, region: Region, size: tuple[int, int], photo: tuple[float, float], rows: slice | None = None
    ) -> None:
        width, height = size
        left, top, right, bottom = region
        self.shape = (height, width)
        self.rows = rows
        self.whole = region == EVERYTHING
        self.x = left + (np.arange(width) + 0.5) * ((right - left) / width)
        self.y = top + (np.arange(height) + 0.5) * ((bottom - top) / height)
        longer = max(photo)
        self.unit_x, self.unit_y = photo[0] / longer, photo[1] / longer
        self.step = max((right - left) / width * self.unit_x, (bottom - top) / height * self.unit_y)

    def within(self, region: Region) -> "Grid":
        """The same points in another photo of which this one is a part, for :meth:`sample`.

        Args:
            region: of the other photo, shares of its sides.
        """
        left, top, right, bottom = region
        other = copy(self)
        other.x, other.y = left + self.x * (right - left), top + self.y * (bottom - top)
        return other

    @property
    def points_across(self) -> float:
        """Number of points that the longer side of the photo would have."""
        return 1 / self.step

    def sample(self, values: np.ndarray) -> Pixels:
        """A map of the whole photo at the points, interpolated linearly: float32, uint8 is scaled to [0, 1]."""
        height, width = values.shape
        scale = np.float32(1 / 255 if values.dtype == np.uint8 else 1)
        y0, y1, wy = _neighbours(self.y * height - 0.5, height)
        x0, x1, wx = _neighbours(self.x * width - 0.5, width)
        first, last = int(y0.min()), int(y1.max()) + 1
        part = values[first:last].astype(np.float32) * scale
        if not wx.any() and np.array_equal(x0, np.arange(x0[0], x0[0] + len(x0))):
            across = part[:, x0[0] : x0[0] + len(x0)]
        else:
            across = part[:, x0]
            across += (part[:, x1] - across) * wx
        if not wy.any():
            return np.ascontiguousarray(across[y0 - first])
        result: Pixels = across[y0 - first]
        result += (across[y1 - first] - result) * wy[:, None]
        return result

    def sample_all(self, maps: Sequence[Pixels]) -> list[Pixels]:
        """Several maps of the same size, like :meth:`sample`; neighbouring rows are weighted by a matrix product."""
        height, width = maps[0].shape
        y0, y1, wy = _neighbours(self.y * height - 0.5, height)
        x0, x1, wx = _neighbours(self.x * width - 0.5, width)
        first, last = int(y0.min()), int(y1.max()) + 1
        if last - first > _MATRIX_ROWS:
            return [self.sample(values) for values in maps]
        weights: Pixels = np.zeros((len(y0), last - first), np.float32)
        rows = np.arange(len(y0))
        weights[rows, y1 - first] = wy
        weights[rows, y0 - first] += 1 - wy
        sampled = []
        for values in maps:
            across = values[first:last][:, x0]
            across += (values[first:last][:, x1] - across) * wx
            sampled.append(weights @ across)
        return sampled


def grid_for(size: tuple[int, int]) -> Grid:
    """The grid of a whole photo, rendered with this width and height; for :func:`paint_stroke`."""
    return Grid(EVERYTHING, size, (float(size[0]), float(size[1])))


def _neighbours(places: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, Pixels]:
    """Indices of the entries before and after ``places``, and the weight of the latter."""
    places = np.clip(places, 0, count - 1)
    nearest = np.rint(places)
    places = np.where(np.abs(places - nearest) < 1e-6, nearest, places)  # so that equal sizes are copied exactly
    before = places.astype(np.intp)
    return before, np.minimum(before + 1, count - 1), (places - before).astype(np.float32)
