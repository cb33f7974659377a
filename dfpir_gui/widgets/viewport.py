"""Zoom and position of the photo on the canvas. No Qt.

View coordinates are device pixels from the top left corner of the pane. Photo coordinates are photo pixels; (0, 0) is
the outer corner of the first pixel.
"""

import math
from dataclasses import dataclass

MAX_ZOOM = 64.0
"""The largest zoom, 6400 %."""


@dataclass(frozen=True)
class Box:
    """A rectangle of whole device pixels; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in device pixels, never negative."""
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        """Height in device pixels, never negative."""
        return max(0, self.bottom - self.top)


class Viewport:
    """Zoom and position of a photo in a view.

    While :attr:`fitted` is true, the whole photo is shown as large as possible, also after the view is resized.

    Attributes:
        zoom: device pixels per photo pixel; 1.0 is 100 %.
        fitted: whether the zoom follows the size of the view.
        split: share of the visible photo, 0.0 to 1.0, to the left of the split. The split is fixed to the view, so it
            stays visible while the photo is moved.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.fitted = True
        self.split = 0.5
        self._photo = (1, 1)
        self._view = (1, 1)
        self._centre = (0.5, 0.5)  # the photo point in the middle of the view

    def set_photo(self, width: int, height: int) -> None:
        """Set the size of another photo in pixels; it is shown fitted."""
        self._photo = (width, height)
        self.fit()

    def set_view(self, width: int, height: int) -> None:
        """Set the size of the view in device pixels."""
        self._view = (max(1, width), max(1, height))
        if self.fitted:
            self.fit()

    @property
    def centre(self) -> tuple[float, float]:
        """The photo point in the middle of the view."""
        return self._centre

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole photo fits the view."""
        return min(self._view[0] / self._photo[0], self._view[1] / self._photo[1], MAX_ZOOM)

    @property
    def min_zoom(self) -> float:
        """The smallest zoom: a quarter of the smaller of the fitting zoom and 100 %."""
        return min(self.fit_zoom, 1.0) / 4

    def fit(self) -> None:
        """Show the whole photo, also after the view is resized."""
        self.fitted = True
        self.zoom = self.fit_zoom
        self._centre = (self._photo[0] / 2, self._photo[1] / 2)

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Zoom about view point (x, y), by default the middle.

        The photo point there stays in place, unless it must move so that the photo stays visible when zooming out.
        """
        x = self._view[0] / 2 if x is None else x
        y = self._view[1] / 2 if y is None else y
        px, py = self.to_photo(x, y)
        self.fitted = False
        self.zoom = min(max(zoom, self.min_zoom), MAX_ZOOM)
        self._place(px, py, x, y)

    def pan(self, dx: float, dy: float) -> None:
        """Move the photo by (dx, dy) device pixels."""
        if dx or dy:
            self.fitted = False
            cx, cy = self._centre
            self._place(cx, cy, self._view[0] / 2 + dx, self._view[1] / 2 + dy)

    def centre_on(self, px: float, py: float, zoom: float) -> None:
        """Move photo point (px, py) to the middle at this zoom, even if that leaves a margin."""
        self.fitted = False
        self.zoom = min(max(zoom, self.min_zoom), MAX_ZOOM)
        self._centre = (px, py)

    def _place(self, px: float, py: float, x: float, y: float) -> None:
        """Move photo point (px, py) to view point (x, y), as far as the photo stays visible."""
        centre = []
        for p, v, photo, view in zip((px, py), (x, y), self._photo, self._view, strict=True):
            if self.zoom <= self.fit_zoom:
                centre.append(photo / 2)  # the whole photo is visible: centre it
            else:
                centre.append(min(max(p + (view / 2 - v) / self.zoom, 0.0), float(photo)))
        self._centre = (centre[0], centre[1])

    @property
    def origin(self) -> tuple[int, int]:
        """View position of the top left corner of the photo, in whole device pixels so that 100 % is exact."""
        return (
            round(self._view[0] / 2 - self._centre[0] * self.zoom),
            round(self._view[1] / 2 - self._centre[1] * self.zoom),
        )

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """Return the photo point at view point (x, y); it may be outside the photo."""
        return (
            self._centre[0] + (x - self._view[0] / 2) / self.zoom,
            self._centre[1] + (y - self._view[1] / 2) / self.zoom,
        )

    def to_view(self, px: float, py: float) -> tuple[float, float]:
        """Return the view point of photo point (px, py)."""
        return (
            self._view[0] / 2 + (px - self._centre[0]) * self.zoom,
            self._view[1] / 2 + (py - self._centre[1]) * self.zoom,
        )

    @property
    def visible(self) -> Box:
        """The part of the view that the photo covers."""
        left, top = self.origin
        right = left + max(1, round(self._photo[0] * self.zoom))
        bottom = top + max(1, round(self._photo[1] * self.zoom))
        return Box(max(0, left), max(0, top), min(self._view[0], right), min(self._view[1], bottom))

    @property
    def region(self) -> tuple[int, int, int, int]:
        """The visible part of the photo in whole photo pixels: left, top, and exclusive right and bottom."""
        box = self.visible
        left, top = self.to_photo(box.left, box.top)
        right, bottom = self.to_photo(box.right, box.bottom)
        return (
            min(max(math.floor(left), 0), self._photo[0] - 1),
            min(max(math.floor(top), 0), self._photo[1] - 1),
            min(max(math.ceil(right), 1), self._photo[0]),
            min(max(math.ceil(bottom), 1), self._photo[1]),
        )

    @property
    def split_column(self) -> int:
        """The first view column to the right of the split."""
        box = self.visible
        return box.left + round(self.split * box.width)

    def set_split_column(self, x: float) -> None:
        """Move the split to view column ``x``, clipped to the visible photo."""
        box = self.visible
        self.split = min(max((x - box.left) / max(1, box.width), 0.0), 1.0)

    def move_split(self, by: float) -> None:
        """Move the split by a share of the visible photo; positive is to the right."""
        self.split = min(max(self.split + by, 0.0), 1.0)
