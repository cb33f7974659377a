"""Which part of the photo the canvas shows, and how large: plain arithmetic, no toolkit.

All view coordinates here are device pixels of the canvas, measured from its top left corner; photo
coordinates are photo pixels, (0, 0) being the outer corner of the first pixel.
"""

import math
from dataclasses import dataclass

MAX_ZOOM = 64.0
"""The largest zoom: 6400 %."""


@dataclass(frozen=True)
class Box:
    """A rectangle of whole device pixels; ``right`` and ``bottom`` lie just outside."""

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
    """Zoom and position of a photo inside a canvas.

    While :attr:`fitted` is true the photo is kept as large as the canvas allows, also when the canvas
    changes its size.

    Attributes:
        zoom: device pixels per photo pixel; 1.0 is 100 %.
        fitted: whether the zoom follows the canvas.
        split: the share of the visible photo, 0.0 to 1.0, that lies left of the before/after line. The line
            belongs to the canvas, not to the photo: it stays in sight while the photo moves under it.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.fitted = True
        self.split = 0.5
        self._photo = (1, 1)
        self._view = (1, 1)
        self._centre = (0.5, 0.5)  # the photo point in the middle of the canvas

    def set_photo(self, width: int, height: int) -> None:
        """Take another photo of this size, in pixels; it is shown fitted."""
        self._photo = (width, height)
        self.fit()

    def set_view(self, width: int, height: int) -> None:
        """Follow the canvas to this size, in device pixels."""
        self._view = (max(1, width), max(1, height))
        if self.fitted:
            self.fit()

    @property
    def centre(self) -> tuple[float, float]:
        """The photo point in the middle of the canvas."""
        return self._centre

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole photo just fits."""
        return min(self._view[0] / self._photo[0], self._view[1] / self._photo[1], MAX_ZOOM)

    @property
    def min_zoom(self) -> float:
        """The smallest zoom: a quarter of the fitted one, or of 100 % if that is less."""
        return min(self.fit_zoom, 1.0) / 4

    def fit(self) -> None:
        """Show the whole photo, and keep doing so."""
        self.fitted = True
        self.zoom = self.fit_zoom
        self._centre = (self._photo[0] / 2, self._photo[1] / 2)

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Zoom so that the photo point under view point (x, y), by default the middle, stays there.

        Only when zooming out may the point move, so that the photo does not leave the canvas.
        """
        x = self._view[0] / 2 if x is None else x
        y = self._view[1] / 2 if y is None else y
        px, py = self.to_photo(x, y)
        self.fitted = False
        self.zoom = min(max(zoom, self.min_zoom), MAX_ZOOM)
        self._put(px, py, x, y)

    def pan(self, dx: float, dy: float) -> None:
        """Move the photo by (dx, dy) device pixels."""
        if dx or dy:
            self.fitted = False
            cx, cy = self._centre
            self._put(cx, cy, self._view[0] / 2 + dx, self._view[1] / 2 + dy)

    def look_at(self, px: float, py: float, zoom: float) -> None:
        """Bring photo point (px, py) into the middle at this zoom, even if the photo then leaves a margin."""
        self.fitted = False
        self.zoom = min(max(zoom, self.min_zoom), MAX_ZOOM)
        self._centre = (px, py)

    def _put(self, px: float, py: float, x: float, y: float) -> None:
        """Bring photo point (px, py) under view point (x, y), as far as the photo stays in sight."""
        centre = []
        for p, v, photo, view in zip((px, py), (x, y), self._photo, self._view, strict=True):
            if self.zoom <= self.fit_zoom:
                centre.append(photo / 2)  # everything is in sight: nothing to move
            else:
                centre.append(min(max(p + (view / 2 - v) / self.zoom, 0.0), float(photo)))
        self._centre = (centre[0], centre[1])

    @property
    def origin(self) -> tuple[int, int]:
        """Where the top left corner of the photo lies: whole device pixels, so that 100 % is exact."""
        return (
            round(self._view[0] / 2 - self._centre[0] * self.zoom),
            round(self._view[1] / 2 - self._centre[1] * self.zoom),
        )

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """Return the photo point under view point (x, y); it may lie outside the photo."""
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
        """The part of the canvas that the photo covers."""
        left, top = self.origin
        right = left + max(1, round(self._photo[0] * self.zoom))
        bottom = top + max(1, round(self._photo[1] * self.zoom))
        return Box(max(0, left), max(0, top), min(self._view[0], right), min(self._view[1], bottom))

    @property
    def region(self) -> tuple[int, int, int, int]:
        """The part of the photo in sight, in whole photo pixels: left, top, and right and bottom just outside."""
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
        """The first view column that belongs to the right side of the before/after line."""
        box = self.visible
        return box.left + round(self.split * box.width)

    def put_split(self, x: float) -> None:
        """Move the before/after line to view column ``x``, or as near as the visible photo allows."""
        box = self.visible
        self.split = min(max((x - box.left) / max(1, box.width), 0.0), 1.0)

    def move_split(self, by: float) -> None:
        """Move the before/after line by a share of the visible photo; positive is to the right."""
        self.split = min(max(self.split + by, 0.0), 1.0)
