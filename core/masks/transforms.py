"""Masks of a photo that is rotated, mirrored or cropped."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.masks.pictures import decode_picture, encode_picture
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
        x, y = point[0] * self.before[0], point[1] * self.before[1]
        a, b, c, d = self.matrix
        moved = (a * x + b * y + self.offset[0], c * x + d * y + self.offset[1])
        return _limited(moved[0] / self.after[0]), _limited(moved[1] / self.after[1])

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

    Ranges and the sky are not geometry and stay as they are; they are determined anew in the changed photo.

    Raises:
        MaskError: the mask lies so far outside of the changed photo that it cannot be expressed.
    """
    components = tuple(replace(component, shape=_transformed(component, change)) for component in mask.components)
    return Mask(components, mask.inverted, min(mask.feather * change.scale, 0.2))


def _transformed(component: Component, change: FrameChange) -> Shape:
    match component.shape:
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
        case LuminanceRange() | ColourRange() | Sky():
            return component.shape


def _stroke(stroke: Stroke, change: FrameChange) -> Stroke:
    points = tuple(change.point(point) for point in stroke.points)
    return replace(stroke, points=points, size=min(stroke.size * change.scale, 2.0))


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
