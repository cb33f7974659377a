"""Masks of a photo that is rotated, mirrored or cropped."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.errors import MaskError
from core.masks.pictures import decode_picture, encode_picture
from core.masks.rendering import MaskRenderer
from core.masks.shapes import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Picture,
    Point,
    RadialGradient,
    Shape,
    Sky,
    Stroke,
)

_QUARTERS = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))
"""Matrices of clockwise rotations by 0 to 3 quarter turns."""

_DRAWN_SIDE = 1024
"""Longer side of the picture that replaces a shape, at most."""


@dataclass(frozen=True)
class FrameChange:
    """A rotation, reflection or crop of a photo, or several of them one after the other; nothing is scaled.

    Attributes:
        before: width and height of the photo in pixels.
        after: width and height of the changed photo.
        matrix: ``(a, b, c, d)``, by which pixel positions are changed: the point (x, y) moves to
            (a x + b y + offset_x, c x + d y + offset_y). It is a rotation, with or without a reflection.
        offset: in pixels.
    """

    before: tuple[int, int]
    after: tuple[int, int]
    matrix: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def crop(cls, size: tuple[int, int], region: tuple[int, int, int, int]) -> "FrameChange":
        """The crop of a photo of this size to ``region``: left, top, right, bottom."""
        left, top, right, bottom = region
        return cls(size, (right - left, bottom - top), offset=(-float(left), -float(top)))

    @classmethod
    def rotation(cls, size: tuple[int, int], degrees: float, after: tuple[int, int] | None = None) -> "FrameChange":
        """A clockwise rotation about the centre of the photo.

        Args:
            size: of the photo.
            degrees: any angle.
            after: size of the rotated photo, which has the same centre; None: the sides of the photo, exchanged if it
                is rotated by an odd number of quarter turns.
        """
        quarters = round(degrees / 90)
        if after is None:
            after = (size[1], size[0]) if quarters % 2 else size
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        if degrees % 90 == 0:
            cosine, sine = round(cosine), round(sine)
        x, y = size[0] / 2, size[1] / 2
        offset = (after[0] / 2 - cosine * x + sine * y, after[1] / 2 - sine * x - cosine * y)
        return cls(size, after, (cosine, -sine, sine, cosine), offset)

    @classmethod
    def reflection(cls, size: tuple[int, int]) -> "FrameChange":
        """Left and right are exchanged."""
        return cls(size, size, (-1.0, 0.0, 0.0, 1.0), (float(size[0]), 0.0))

    def then(self, other: "FrameChange") -> "FrameChange":
        """This change and then ``other``, whose ``before`` is this one's ``after``."""
        a, b, c, d = other.matrix
        e, f, g, h = self.matrix
        x, y = self.offset
        matrix = (a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h)
        return FrameChange(
            self.before, other.after, matrix, (a * x + b * y + other.offset[0], c * x + d * y + other.offset[1])
        )

    def point(self, point: Point) -> Point:
        """Where a point of the photo (shares of its sides) lies in the changed photo; far outside, it is limited."""
        x, y = self._place(point)
        return _limited(x), _limited(y)

    def holds(self, point: Point) -> bool:
        """Whether :meth:`point` need not limit a point."""
        place = self._place(point)
        return place == tuple(map(_limited, place))

    def _place(self, point: Point) -> Point:
        x, y = point[0] * self.before[0], point[1] * self.before[1]
        a, b, c, d = self.matrix
        moved = (a * x + b * y + self.offset[0], c * x + d * y + self.offset[1])
        return moved[0] / self.after[0], moved[1] / self.after[1]

    @property
    def inverse(self) -> "FrameChange":
        """The change back."""
        a, b, c, d = self.matrix  # a rotation or reflection: its inverse is its transpose
        x, y = self.offset
        return FrameChange(self.after, self.before, (a, c, b, d), (-(a * x + c * y), -(b * x + d * y)))

    @property
    def quarters(self) -> int | None:
        """Clockwise quarter turns; None if it is not a rotation by these."""
        matrix = tuple(round(value, 6) for value in self.matrix)
        return _QUARTERS.index(matrix) if matrix in _QUARTERS else None

    @property
    def scale(self) -> float:
        """By what lengths, which are shares of the longer side, are multiplied."""
        return max(self.before) / max(self.after)

    @property
    def angle(self) -> float:
        """Degrees by which the direction to the right is turned clockwise."""
        return math.degrees(math.atan2(self.matrix[2], self.matrix[0]))

    @property
    def reflects(self) -> bool:
        """Whether it contains a reflection."""
        a, b, c, d = self.matrix
        return a * d - b * c < 0


def transformed(mask: Mask, change: FrameChange) -> Mask:
    """The mask of the changed photo that selects the same places.

    Ranges stay as they are, and a sky notes where up was; in a crop, both are determined by the whole photo, see
    :class:`core.masks.rendering.MaskRenderer`. What lies too far outside of a small crop, or is too large or too small
    in the changed photo, becomes a picture.

    Raises:
        MaskError: the mask lies so far outside of the changed photo that it cannot be expressed.
    """
    components = tuple(replace(component, shape=_transformed(component, change)) for component in mask.components)
    return Mask(components, mask.inverted, min(mask.feather * change.scale, 0.2))


def _transformed(component: Component, change: FrameChange) -> Shape:
    shape = component.shape
    try:
        if not _is_drawable(shape) or all(map(change.holds, _points(shape))):
            return _moved(shape, change)
    except MaskError:
        if change.quarters is None or not _is_drawable(shape):
            raise
    return _moved(shape, change) if change.quarters is None else _drawn(shape, change, change.quarters)


def _is_drawable(shape: Shape) -> bool:
    """Whether a picture can replace the shape; what a brush erases is taken from other parts of the mask too."""
    if isinstance(shape, Brush):
        return not any(stroke.erase for stroke in shape.strokes)
    return isinstance(shape, LinearGradient | RadialGradient)


def _points(shape: Shape) -> list[Point]:
    match shape:
        case Brush(strokes=strokes):
            return [point for stroke in strokes for point in stroke.points]
        case LinearGradient(start=start, end=end):
            return [start, end]
        case RadialGradient(centre=centre):
            return [centre]
    return []


def _drawn(shape: Shape, change: FrameChange, quarters: int) -> Picture:
    """The shape as a picture of the changed photo."""
    width, height = change.before
    (x0, y0), (x1, y1) = (_inverse_pixels(change, corner) for corner in ((0, 0), change.after))
    region = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    scale = min(_DRAWN_SIDE / max(change.after), 1.0)
    size = [max(round((region[side + 2] - region[side]) * scale), 1) for side in (0, 1)]
    renderer = MaskRenderer(np.broadcast_to(np.float32(0), (height, width, 3)))  # these shapes ignore the colours
    values = renderer.render(Mask.from_shape(shape), (size[0], size[1]), region)
    return encode_picture(np.ascontiguousarray(np.rot90(values, -quarters)))


def _inverse_pixels(change: FrameChange, point: tuple[float, float]) -> tuple[float, float]:
    a, b, c, d = change.inverse.matrix
    x, y = change.inverse.offset
    return a * point[0] + b * point[1] + x, c * point[0] + d * point[1] + y


def _moved(shape: Shape, change: FrameChange) -> Shape:
    match shape:
        case Brush(strokes=strokes):
            return Brush(tuple(_stroke(stroke, change) for stroke in strokes))
        case LinearGradient(start=start, end=end):
            return LinearGradient(change.point(start), change.point(end))
        case RadialGradient() as shape:
            angle = (-shape.angle if change.reflects else shape.angle) + change.angle
            radii = (shape.radii[0] * change.scale, shape.radii[1] * change.scale)
            return replace(shape, centre=change.point(shape.centre), radii=radii, angle=math.fmod(angle, 360))
        case Picture() as picture:
            return _picture(picture, change)
        case Sky() as shape:
            return replace(shape, turns=_turns(shape.turns, change))
        case LuminanceRange() | ColourRange():
            return shape


def _turns(turns: int, change: FrameChange) -> int:
    """Where up is after the change, as clockwise quarter turns; of other angles, the nearest."""
    x, y = ((0, -1), (1, 0), (0, 1), (-1, 0))[turns]
    a, b, c, d = change.matrix
    return round(math.degrees(math.atan2(a * x + b * y, -(c * x + d * y))) / 90) % 4


def _stroke(stroke: Stroke, change: FrameChange) -> Stroke:
    points = tuple(change.point(point) for point in stroke.points)
    return replace(stroke, points=points, size=min(max(stroke.size * change.scale, 1e-4), 2.0))


def _picture(picture: Picture, change: FrameChange) -> Picture:
    pixels = decode_picture(picture)
    height, width = pixels.shape
    dense = max(height, width) / max(change.before)  # pixels of the mask picture for one of the photo
    size = (max(round(change.after[0] * dense), 1), max(round(change.after[1] * dense), 1))
    a, b, c, d = change.matrix
    to_photo = np.array([[change.before[0] / width, 0, 0], [0, change.before[1] / height, 0], [0, 0, 1]])
    moved = np.array([[a, b, change.offset[0]], [c, d, change.offset[1]], [0, 0, 1]])
    to_picture = np.array([[size[0] / change.after[0], 0, 0], [0, size[1] / change.after[1], 0], [0, 0, 1]])
    corner = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts from the centre of the first pixel
    matrix = np.linalg.inv(corner) @ to_picture @ moved @ to_photo @ corner
    warped = cv2.warpAffine(pixels, matrix[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return encode_picture(warped.astype(np.float32) / np.float32(255))


def _limited(share: float) -> float:
    return min(max(share, -4.0), 5.0)
