"""Brush strokes and gradients as pixels."""

import math

import numpy as np

from core.masks.grid import Grid, Pixels
from core.masks.shapes import Brush, LinearGradient, RadialGradient, Stroke

_SOFT_POINTS = 16
"""Points of the grid over which the cover of a soft stroke falls from 1 to 0."""

_CHUNK = 512
"""Columns of a stroke that are painted at a time; those that it does not touch are skipped."""


def paint_stroke(values: Pixels, stroke: Stroke, grid: Grid) -> None:
    """Paint a stroke over a mask.

    Args:
        values: (H, W) float32 in [0, 1]; changed in place.
        stroke: what is painted.
        grid: the points of ``values``.
    """
    radius = stroke.size / 2
    inner, outer = radius * stroke.hardness, radius
    if outer - inner < grid.step:  # an edge is as wide as a pixel, or it would have steps
        inner, outer = radius - grid.step / 2, radius + grid.step / 2
    x, y = grid.x * grid.unit_x, grid.y * grid.unit_y
    points = np.array(stroke.points) * (grid.unit_x, grid.unit_y)
    rows, columns = _span(y, points[:, 1], outer), _span(x, points[:, 0], outer)
    if rows.start >= rows.stop:
        return
    for left in range(columns.start, columns.stop, _CHUNK):
        chunk = slice(left, min(left + _CHUNK, columns.stop))
        squares = _squared_distances(points, x[chunk], y[rows], outer)
        if squares is None:
            continue
        cover = np.sqrt(squares, out=squares)
        np.subtract(np.float32(outer), cover, out=cover)
        cover *= np.float32(1 / (outer - inner))
        cover = _smooth(cover)
        part = values[rows, chunk]
        if stroke.erase:
            np.minimum(part, np.subtract(1, cover, out=cover), out=part)
        else:
            np.maximum(part, cover, out=part)


def limits(
    brush: Brush, grid: Grid, previous: tuple[int, Pixels, Pixels | None] | None
) -> tuple[Pixels, Pixels | None]:
    """The strokes in one: a mask is limited to values from the first map on to the second one.

    Args:
        brush: the strokes.
        grid: the points.
        previous: number of first strokes whose limits are known, and these; not changed.

    Returns:
        Two (H, W) float32 in [0, 1]; None instead of the second one if it would be 1 everywhere.
    """
    begin, low, high = previous or (0, np.zeros(grid.shape, np.float32), None)
    if previous is not None:
        low, high = low.copy(), None if high is None else high.copy()
    for stroke in brush.strokes[begin:]:
        if stroke.erase and high is None:
            high = np.ones(grid.shape, np.float32)
        paint_stroke(low, stroke, grid)
        if high is not None:
            paint_stroke(high, stroke, grid)
    return low, high


def brush_points(brush: Brush) -> float:
    """Points along the longer side of a photo with which the strokes of a brush can be interpolated."""
    narrowest = min(stroke.size / 2 * (1 - stroke.hardness) for stroke in brush.strokes)
    return _SOFT_POINTS / narrowest if narrowest > 0 else math.inf


def _squared_distances(points: np.ndarray, x: np.ndarray, y: np.ndarray, furthest: float) -> Pixels | None:
    """Squared distances to a path, at most that of ``furthest``; None if nothing is nearer."""
    squares: Pixels | None = None
    ends = points[1:] if len(points) > 1 else points
    for (ax, ay), (bx, by) in zip(points, ends, strict=False):
        rows = _span(y, np.array([ay, by]), furthest)
        columns = _span(x, np.array([ax, bx]), furthest)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        if squares is None:
            squares = np.full((len(y), len(x)), np.float32(furthest * furthest), np.float32)
        dx, dy = (x[columns] - ax).astype(np.float32), (y[rows] - ay).astype(np.float32)[:, None]
        vx, vy = np.float32(bx - ax), np.float32(by - ay)
        length = vx * vx + vy * vy
        if length > 0:
            along = dx * (vx / length) + dy * (vy / length)  # (rows, columns)
            np.clip(along, 0, 1, out=along)
            across = dx - along * vx
            down = dy - np.multiply(along, vy, out=along)
            distances = np.multiply(across, across, out=across)
            distances += np.multiply(down, down, out=down)
        else:
            distances = dx * dx + dy * dy
        part = squares[rows, columns]
        np.minimum(part, distances, out=part)
    return squares


def _span(places: np.ndarray, ends: np.ndarray, margin: float) -> slice:
    """The indices of the ascending ``places`` that lie between ``ends``, or at most ``margin`` outside."""
    first = int(np.searchsorted(places, ends.min() - margin, "left"))
    return slice(first, int(np.searchsorted(places, ends.max() + margin, "right")))


def _smooth(values: Pixels) -> Pixels:
    """0 below 0, 1 above 1, and a cubic between them whose slope is 0 at both ends; in place."""
    np.clip(values, 0, 1, out=values)
    smooth: Pixels = np.multiply(values * values, 3 - 2 * values, out=values)
    return smooth


def linear(shape: LinearGradient, grid: Grid) -> Pixels:
    """A linear gradient at the points of a grid: (H, W) float32 in [0, 1]."""
    (ax, ay), (bx, by) = shape.start, shape.end
    vx, vy = (bx - ax) * grid.unit_x, (by - ay) * grid.unit_y
    length = vx * vx + vy * vy
    across = (grid.x - ax) * grid.unit_x * (vx / length)
    down = (grid.y - ay) * grid.unit_y * (vy / length)
    return _smooth(1 - (across.astype(np.float32) + down.astype(np.float32)[:, None]))


def radial(shape: RadialGradient, grid: Grid) -> Pixels:
    """A radial gradient at the points of a grid: (H, W) float32 in [0, 1]."""
    dx = ((grid.x - shape.centre[0]) * grid.unit_x).astype(np.float32)
    dy = ((grid.y - shape.centre[1]) * grid.unit_y).astype(np.float32)[:, None]
    cosine, sine = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    along = (dx * np.float32(cosine) + dy * np.float32(sine)) / np.float32(shape.radii[0])
    aside = (dy * np.float32(cosine) - dx * np.float32(sine)) / np.float32(shape.radii[1])
    distance = np.sqrt(along * along + aside * aside)
    width = max(shape.feather, grid.step / min(shape.radii))
    return _smooth((1 - distance) / np.float32(width))
