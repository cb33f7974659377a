"""Masks as pixels, of any part of a photo and at any size.

Everything is computed in photo coordinates, so that a part equals the crop of the whole and a reduced rendering equals
the reduction of the full one, up to sampling. A photo is rendered in bands of rows and never needs more memory than
that, besides some maps of fixed size: of what depends on the photo's colours, see :mod:`core.masks.selection`, and of
feathered masks.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np

from core.masks.drawing import brush_points, limits, linear, radial
from core.masks.grid import EVERYTHING, Grid, Pixels, Region
from core.masks.pictures import decode_picture
from core.masks.selection import OVERVIEW_SIDE, GuidedMap, select_colours, select_lightness, select_sky
from core.masks.shapes import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    Picture,
    RadialGradient,
    Shape,
    Sky,
)

BAND_PIXELS = 2**20
"""Pixels of a mask that callers should render at a time, to limit the temporary memory."""

_FEATHER_SIGMA = 6.0
_FEATHER_SIDES = (64, 4096)
"""Feathered masks are computed on a grid on which the standard deviation of the blur is this many points, if its longer
side is within these limits: a blurred mask has no finer details."""

_Kept: TypeAlias = GuidedMap | Pixels | tuple[Pixels, Pixels | None]

_Guided: TypeAlias = LuminanceRange | ColourRange | Sky

_QUICK_SIDE = 512
"""Longer side of what :meth:`MaskRenderer.render_quickly` selects in."""

_KEPT_MAPS = 12
_KEPT_FULL = 2
"""Selections at full size that are kept: one byte for each pixel."""


@dataclass(frozen=True, eq=False)
class WholePhoto:
    """The photo that a cropped one is a part of, rotated like it.

    Attributes:
        pixels: (h, w, 3) float32, reduced by :func:`overview`.
        region: what the crop keeps, as shares of the sides.
    """

    pixels: Pixels
    region: Region


class MaskRenderer:
    """Renders masks for one photo. May be used by several threads.

    Args:
        pixels: (H, W, 3) float32, the photo before any step; not changed. Masks of colours and of the sky refer to it.
        to_srgb: converts pixels, any shape that ends in 3, to sRGB; by default they are sRGB.
        whole: for a cropped photo, what it is a part of, so that colours and the sky are selected as without the crop.
    """

    def __init__(
        self,
        pixels: Pixels,
        to_srgb: Callable[[Pixels], Pixels] = lambda pixels: pixels,
        whole: WholePhoto | None = None,
    ) -> None:
        self._pixels = pixels
        self._to_srgb = to_srgb
        self._whole = whole
        self._whole_srgb: Pixels | None = None
        self._offset = (0, 0)
        self._shape = pixels.shape[:2]
        self._overview: tuple[Pixels, Pixels] | None = None
        self._maps: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._full: OrderedDict[_Guided, tuple[np.ndarray, np.ndarray]] = OrderedDict()
        self._lock = threading.RLock()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the photo in pixels."""
        height, width = self._pixels.shape[:2]
        return width, height

    def within(self, region: tuple[int, int, int, int]) -> "MaskRenderer":
        """A renderer for the crop of the photo to ``region`` (left, top, right, bottom), for :meth:`rows`."""
        left, top, right, bottom = region
        part = MaskRenderer(self._pixels, self._to_srgb, self._whole)
        part._whole_srgb = self._whole_srgb
        part._offset, part._shape = (left, top), (bottom - top, right - left)
        part._overview, part._maps, part._lock = self._overview, self._maps, self._lock
        return part

    def rows(self, mask: Mask, top: int, bottom: int) -> Pixels:
        """The mask in rows ``top`` to ``bottom`` of the photo, or of the crop: (bottom - top, W) float32 in [0, 1]."""
        left, above = self._offset
        width = self._shape[1]
        guide = self._pixels[above + top : above + bottom, left : left + width]
        rows = slice(top, bottom) if self._shape == self._pixels.shape[:2] else None
        region = (left, above + top, left + width, above + bottom)
        return self._render(mask, region, guide, (width, bottom - top), rows)

    def render(self, mask: Mask, size: tuple[int, int] | None = None, region: Region | None = None) -> Pixels:
        """The mask in a region of the photo, at any size.

        Args:
            mask: what is rendered.
            size: width and height of the result; None: one pixel for each photo pixel.
            region: the part of the photo; None: all of it.

        Returns:
            (height, width) float32 in [0, 1].
        """
        left, top, right, bottom = region or (0, 0, *self.size)
        width, height = size or (round(right - left), round(bottom - top))
        guide = None
        if any(isinstance(component.shape, LuminanceRange | ColourRange | Sky) for component in mask.components):
            guide = self._guide((left, top, right, bottom), (width, height))
        return self._render(mask, (left, top, right, bottom), guide, (width, height))

    def render_quickly(self, mask: Mask, size: tuple[int, int]) -> Pixels:
        """The mask of the whole photo for a view that follows a slider: within about 50 ms, whatever its parts.

        Ranges and the sky do not follow the edges of the photo as exactly as in :meth:`render`.

        Args:
            mask: what is rendered.
            size: width and height of the result; at most some hundreds of pixels keep it quick.

        Returns:
            (height, width) float32 in [0, 1].
        """
        grid = Grid(EVERYTHING, size, self.size)
        if not mask.feather:
            return self._combine(mask, grid, None)
        scale = min(_QUICK_SIDE / max(size), 1.0)
        size = (max(round(size[0] * scale), 1), max(round(size[1] * scale), 1))
        values = self._combine(mask, Grid(EVERYTHING, size, self.size), None)
        sigma = max(mask.feather * max(size), 1e-3)
        blurred = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return grid.sample(np.clip(blurred, 0, 1).astype(np.float32).reshape(size[::-1]))

    def finds(self, shape: Sky | LuminanceRange | ColourRange) -> bool:
        """Whether the sky was found in the photo, or a range selects anything in it; in all of a cropped photo."""
        guided = self._kept(shape, lambda: self._guided_map(shape))
        assert isinstance(guided, GuidedMap)
        return any(values.any() for values in guided.maps)

    def _guide(self, region: Region, size: tuple[int, int]) -> Pixels:
        """The photo's pixels in ``region``, averaged to ``size``."""
        pixels = self._pixels
        photo_width, photo_height = self.size
        reduction = min(OVERVIEW_SIDE / max(self.size), 1.0)
        if region == (0, 0, *self.size) and size == self._overview_size:
            return self._overview_pixels()[0]
        if 2 * size[0] <= reduction * (region[2] - region[0]):  # averages of averages, in much less time
            pixels = self._overview_pixels()[0]
            across, down = pixels.shape[1] / photo_width, pixels.shape[0] / photo_height
            region = (region[0] * across, region[1] * down, region[2] * across, region[3] * down)
            photo_height, photo_width = pixels.shape[:2]
        left, top = max(math.floor(region[0]), 0), max(math.floor(region[1]), 0)
        right, bottom = min(math.ceil(region[2]), photo_width), min(math.ceil(region[3]), photo_height)
        return _averaged(pixels[top:bottom, left:right], size)

    def _render(
        self, mask: Mask, region: Region, guide: Pixels | None, size: tuple[int, int], rows: slice | None = None
    ) -> Pixels:
        width, height = self.size
        shares = (region[0] / width, region[1] / height, region[2] / width, region[3] / height)
        grid = Grid(shares, size, (width, height), rows)
        if not mask.feather:
            return self._combine(mask, grid, guide)
        return grid.sample(self._feathered(mask))

    def _feathered(self, mask: Mask) -> Pixels:
        """The blurred mask of the whole photo, on a grid of its own."""

        def compute() -> Pixels:
            longer = float(np.clip(_FEATHER_SIGMA / mask.feather, *_FEATHER_SIDES))
            scale = min(longer / max(self.size), 1.0)
            size = (max(round(self.size[0] * scale), 1), max(round(self.size[1] * scale), 1))
            grid = Grid(EVERYTHING, size, self.size)
            values = self._combine(mask, grid, self._guide((0, 0, *self.size), size))
            blurred = cv2.GaussianBlur(values, (0, 0), mask.feather * max(size), borderType=cv2.BORDER_REPLICATE)
            return np.clip(blurred, 0, 1).astype(np.float32)

        kept = self._kept(mask, compute)
        assert isinstance(kept, np.ndarray)
        return kept

    def _combine(self, mask: Mask, grid: Grid, guide: Pixels | None) -> Pixels:
        begin = 0.0 if mask.components[0].mode is Mode.ADD else 1.0
        values: Pixels = np.full(grid.shape, begin, np.float32)
        for component in mask.components:
            self._apply(component, values, grid, guide)
        return np.subtract(1, values, out=values) if mask.inverted else values

    def _apply(self, component: Component, values: Pixels, grid: Grid, guide: Pixels | None) -> None:
        """Change ``values`` in place."""
        shape, inverted = component.shape, component.inverted
        if isinstance(shape, Brush) and component.mode is Mode.ADD and not inverted:
            low, high = self._brush_bounds(shape, grid)
            np.maximum(values, low, out=values)
            if high is not None:
                np.minimum(values, high, out=values)
            return
        selected = self._select(shape, grid, guide)
        if inverted != (component.mode is Mode.SUBTRACT):
            selected = 1 - selected
        if component.mode is Mode.ADD:
            np.maximum(values, selected, out=values)
        else:
            np.minimum(values, selected, out=values)

    def _select(self, shape: Shape, grid: Grid, guide: Pixels | None) -> Pixels:
        match shape:
            case Brush():
                return self._brush_bounds(shape, grid)[0]
            case LinearGradient():
                return linear(shape, grid)
            case RadialGradient():
                return radial(shape, grid)
            case Picture():
                return grid.sample(_reduced(shape, grid.points_across))
            case LuminanceRange() | ColourRange() | Sky():
                return self._select_quickly(shape, grid) if guide is None else self._select_guided(shape, grid, guide)

    def _select_quickly(self, shape: _Guided, grid: Grid) -> Pixels:
        """The selection in a small photo, interpolated."""

        def compute() -> Pixels:
            small = self._kept("small", self._small_srgb)
            assert isinstance(small, np.ndarray)
            return _selected(shape, small)

        selected = self._kept((shape, "quick"), compute)
        assert isinstance(selected, np.ndarray)
        return self._whole_grid(grid).sample(selected)

    def _whole_grid(self, grid: Grid) -> Grid:
        """The same points in the whole photo."""
        return grid if self._whole is None else grid.within(self._whole.region)

    def _small_srgb(self) -> Pixels:
        srgb = self._whole_pixels()[1]
        scale = min(_QUICK_SIDE / max(srgb.shape[:2]), 1.0)
        size = (max(round(srgb.shape[1] * scale), 1), max(round(srgb.shape[0] * scale), 1))
        return _resized(srgb, size, cv2.INTER_AREA)

    def _select_guided(self, shape: _Guided, grid: Grid, guide: Pixels) -> Pixels:
        """Kept in steps of 1/255 for all rows of the photo, and for small renderings of all of it."""

        def compute() -> np.ndarray:
            guided = self._kept(shape, lambda: self._guided_map(shape))
            assert isinstance(guided, GuidedMap)
            return cv2.convertScaleAbs(guided.apply(self._whole_grid(grid).sample_all(guided.maps), guide), alpha=255.0)

        if grid.rows is not None:
            selected = self._selected_rows(shape, grid.rows, compute)
        elif grid.whole and max(grid.shape) <= OVERVIEW_SIDE:
            kept = self._kept((shape, grid.shape), compute)
            assert isinstance(kept, np.ndarray)
            selected = kept
        else:
            selected = compute()
        values: Pixels = np.multiply(selected, np.float32(1 / 255), dtype=np.float32)
        return values

    def _selected_rows(self, shape: _Guided, rows: slice, compute: Callable[[], np.ndarray]) -> np.ndarray:
        with self._lock:
            if shape not in self._full:
                self._full[shape] = np.empty(self._pixels.shape[:2], np.uint8), np.zeros(len(self._pixels), np.bool_)
                while len(self._full) > _KEPT_FULL:
                    self._full.popitem(last=False)
            self._full.move_to_end(shape)
            selected, known = self._full[shape]
        if not known[rows].all():
            selected[rows] = compute()
            known[rows] = True
        return selected[rows]

    def _brush_bounds(self, brush: Brush, grid: Grid) -> tuple[Pixels, Pixels | None]:
        """The strokes in one: they limit a mask to values from the first map on to the second one; None is 1.

        Painting with a cover ``s`` is ``max(m, s)`` and erasing is ``min(m, 1 - s)``, so that any sequence of strokes
        amounts to such limits. Soft strokes have no fine details: they are painted on a coarser grid and interpolated.
        """
        points = brush_points(brush)
        if points * 1.5 > grid.points_across:
            return limits(brush, grid, None)
        scale = points / max(self.size)
        size = (max(round(self.size[0] * scale), 1), max(round(self.size[1] * scale), 1))

        def compute() -> tuple[Pixels, Pixels | None]:
            return limits(brush, Grid(EVERYTHING, size, self.size), self._previous_strokes(brush, size))

        kept = self._kept(brush, compute)
        assert isinstance(kept, tuple)
        low, high = kept
        return grid.sample(low), None if high is None else grid.sample(high)

    def _previous_strokes(self, brush: Brush, size: tuple[int, int]) -> tuple[int, Pixels, Pixels | None] | None:
        """The kept limits of the first strokes of ``brush`` on a grid of this size, and their number."""
        with self._lock:
            known = list(self._maps.items())
        for key, kept in reversed(known):
            if isinstance(key, Brush) and isinstance(kept, tuple) and kept[0].shape == size[::-1]:
                count = len(key.strokes)
                if count < len(brush.strokes) and brush.strokes[:count] == key.strokes:
                    return count, kept[0], kept[1]
        return None

    def _guided_map(self, shape: _Guided) -> GuidedMap:
        own, srgb = self._whole_pixels()
        return GuidedMap.fit(_selected(shape, srgb), own)

    def _whole_pixels(self) -> tuple[Pixels, Pixels]:
        """What selections are made in: the photo before a crop, reduced, in its own colours and in sRGB."""
        if self._whole is None:
            return self._overview_pixels()
        with self._lock:
            if self._whole_srgb is None:
                self._whole_srgb = np.clip(self._to_srgb(self._whole.pixels), 0, 1)
            return self._whole.pixels, self._whole_srgb

    def _overview_pixels(self) -> tuple[Pixels, Pixels]:
        """The photo, reduced, in its own colours and in sRGB."""
        with self._lock:
            if self._overview is None:
                own = overview(self._pixels)
                self._overview = own, np.clip(self._to_srgb(own), 0, 1)
            return self._overview

    @property
    def _overview_size(self) -> tuple[int, int]:
        return _size_of_overview(*self.size)

    def _kept(self, key: Hashable, compute: Callable[[], _Kept]) -> _Kept:
        """Those used last are kept, since all bands of a photo need the same."""
        with self._lock:
            kept = self._maps.get(key)
            if kept is not None:
                self._maps.move_to_end(key)
                return kept
        computed = compute()  # not under the lock: the window must not wait for a worker thread
        with self._lock:
            self._maps[key] = computed
            while len(self._maps) > _KEPT_MAPS:
                self._maps.popitem(last=False)
        return computed


def _selected(shape: _Guided, srgb: Pixels) -> Pixels:
    """What a shape selects in a reduced photo: (h, w) float32."""
    match shape:
        case LuminanceRange():
            return select_lightness(srgb, shape.low, shape.high, shape.softness)
        case ColourRange():
            return select_colours(srgb, shape.colour, shape.tolerance, shape.softness)
        case Sky():
            turned_back = np.ascontiguousarray(np.rot90(srgb, shape.turns))
            return np.ascontiguousarray(np.rot90(select_sky(turned_back, shape.sensitivity), -shape.turns))


def _reduced(picture: Picture, points_across: float) -> np.ndarray:
    """The picture, halved as long as it keeps at least as many pixels as are sampled, so that none is left out."""
    halvings = max(math.floor(math.log2(max(decode_picture(picture).shape) / points_across) + 1e-6), 0)
    return _halved(picture, halvings)


@lru_cache(maxsize=4)
def _halved(picture: Picture, halvings: int) -> np.ndarray:
    pixels = decode_picture(picture)
    if not halvings:
        return pixels
    height, width = (max(round(side / 2**halvings), 1) for side in pixels.shape)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).view(np.uint8)


def overview(pixels: Pixels) -> Pixels:
    """A photo (H, W, 3) reduced to the size in which colours and the sky are selected; small ones stay as they are."""
    return _averaged(pixels, _size_of_overview(pixels.shape[1], pixels.shape[0]))


def _size_of_overview(width: int, height: int) -> tuple[int, int]:
    scale = min(OVERVIEW_SIDE / max(width, height), 1.0)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _averaged(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Pixels at another width and height."""
    if pixels.shape[1::-1] == size:
        return pixels
    shrinks = pixels.shape[1] >= size[0] and pixels.shape[0] >= size[1]
    return _resized(pixels, size, cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _resized(pixels: Pixels, size: tuple[int, int], interpolation: int) -> Pixels:
    return cv2.resize(pixels, size, interpolation=interpolation).astype(np.float32, copy=False).reshape(*size[::-1], 3)
