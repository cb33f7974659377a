"""Rotation and crop of a photo before it is restored, as plain values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import RestorationError
from core.messages import Message, message

Crop = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

SAME_SHAPE = 1.05
"""Ratio of the aspect ratios of two photos up to which a crop of one suits the other."""

Matrix = tuple[tuple[float, float, float], tuple[float, float, float]]
"""An affine map of points: ``x' = a x + b y + c`` and ``y' = d x + e y + f``, as ``((a, b, c), (d, e, f))``."""


@dataclass(frozen=True)
class Geometry:
    """Quarter turns, then a crop.

    Points have continuous coordinates in pixels: (0, 0) is the outer corner of the first pixel. *Source* is the upright
    photo as it was opened, *result* the rotated and cropped one.

    Attributes:
        quarters: quarter turns clockwise, 0 to 3.
        crop: what is kept, in pixels of the rotated photo; None keeps all.

    Raises:
        RestorationError: another number of turns, or a crop without pixels or with negative coordinates.
    """

    quarters: int = 0
    crop: Crop | None = None

    def __post_init__(self) -> None:
        if self.quarters not in range(4):
            raise RestorationError(
                message("A photo can be rotated by 0 to 3 quarter turns, not {count}.", count=self.quarters)
            )
        if self.crop is not None:
            left, top, width, height = self.crop
            if left < 0 or top < 0 or width < 1 or height < 1:
                raise RestorationError(
                    message("The crop {crop} is invalid: it must have pixels inside the photo.", crop=list(self.crop))
                )

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        return not self.quarters and self.crop is None

    def rotated_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of a source of this size after the quarter turns, before the crop."""
        return (height, width) if self.quarters % 2 else (width, height)

    def box(self, width: int, height: int) -> Crop:
        """The crop for a source of this size; the whole rotated photo if nothing is cropped.

        Raises:
            RestorationError: the crop is not inside the rotated photo.
        """
        across, down = self.rotated_size(width, height)
        if self.crop is None:
            return 0, 0, across, down
        left, top, kept_width, kept_height = self.crop
        if left + kept_width > across or top + kept_height > down:
            raise RestorationError(
                message(
                    "The crop {crop} is not inside the photo, which has {width} × {height} pixels.",
                    crop=list(self.crop),
                    width=across,
                    height=down,
                )
            )
        return self.crop

    def result_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the result of a source of this size."""
        return self.box(width, height)[2:]

    def matrix(self, width: int, height: int) -> Matrix:
        """The map from points of a source of this size to points of the result."""
        left, top, _, _ = self.box(width, height)
        rotations: tuple[Matrix, ...] = (
            ((1, 0, 0), (0, 1, 0)),
            ((0, -1, height), (1, 0, 0)),
            ((-1, 0, width), (0, -1, height)),
            ((0, 1, 0), (-1, 0, width)),
        )
        (a, b, c), (d, e, f) = rotations[self.quarters]
        return (a, b, c - left), (d, e, f - top)

    def inverse_matrix(self, width: int, height: int) -> Matrix:
        """The map from points of the result to points of a source of this size."""
        (a, b, c), (d, e, f) = self.matrix(width, height)  # a rotation: its inverse is its transpose
        return (a, d, -(a * c + d * f)), (b, e, -(b * c + e * f))

    def turned(self, by: int, width: int, height: int) -> "Geometry":
        """Rotate the result further, by ``by`` quarter turns clockwise; the crop keeps the same part of the photo.

        Args:
            by: quarter turns; negative ones are anticlockwise.
            width: of the source.
            height: of the source.
        """
        quarters = (self.quarters + by) % 4
        if self.crop is None:
            return Geometry(quarters)
        left, top, across, down = self.crop
        rotated = self.rotated_size(width, height)
        corners = Geometry(by % 4).matrix(*rotated)
        (x0, y0), (x1, y1) = (transform(corners, *point) for point in ((left, top), (left + across, top + down)))
        crop = (min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
        return Geometry(quarters, tuple(round(value) for value in crop))  # type: ignore[arg-type]

    def cropped(self, crop: Crop | None, width: int, height: int) -> "Geometry":
        """With another crop; one that covers the whole photo becomes None."""
        across, down = self.rotated_size(width, height)
        return replace(self, crop=None if crop == (0, 0, across, down) else crop)

    def scaled(self, source: tuple[int, int], other: tuple[int, int]) -> "Geometry":
        """The geometry for a source of another size: the crop keeps the same shares of width and height.

        Args:
            source: width and height of the source that this geometry is for.
            other: width and height of the other one.
        """
        if self.crop is None:
            return self
        (across, down), (to_across, to_down) = self.rotated_size(*source), self.rotated_size(*other)
        left, top, width, height = self.crop
        left_to, top_to = round(left * to_across / across), round(top * to_down / down)
        right = min(max(round((left + width) * to_across / across), left_to + 1), to_across)
        bottom = min(max(round((top + height) * to_down / down), top_to + 1), to_down)
        left_to, top_to = min(left_to, right - 1), min(top_to, bottom - 1)
        return replace(self, crop=(left_to, top_to, right - left_to, bottom - top_to))

    def to_dict(self) -> dict[str, object]:
        """The geometry as plain values for JSON: ``{"quarters": 1, "crop": [0, 0, 640, 480]}``."""
        return {"quarters": self.quarters, "crop": None if self.crop is None else list(self.crop)}

    @classmethod
    def from_dict(cls, values: object) -> "Geometry":
        """Inverse of :meth:`to_dict`.

        Raises:
            RestorationError: as for the constructor.
            ValueError: the values are not those of a geometry: an entry is missing, unknown or of another type.
        """
        if not isinstance(values, Mapping) or set(values) != {"quarters", "crop"}:
            raise ValueError(f"not a geometry: {values!r}")
        quarters, crop = values["quarters"], values["crop"]
        numbers = [quarters, *(crop if isinstance(crop, list) else [])]
        is_crop = crop is None or (isinstance(crop, list) and len(crop) == 4)
        if not is_crop or not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            raise ValueError(f"not a geometry: {values!r}")
        return cls(quarters, None if crop is None else (crop[0], crop[1], crop[2], crop[3]))


def relative_matrix(before: Geometry, after: Geometry, width: int, height: int) -> Matrix:
    """The map from points of the result of ``before`` to points of the result of ``after``, for a source of this size.

    By it, places that were marked in a rotated and cropped photo move with the photo.
    """
    (a, b, c), (d, e, f) = after.matrix(width, height)
    (p, q, r), (s, t, u) = before.inverse_matrix(width, height)
    return (a * p + b * s, a * q + b * t, a * r + b * u + c), (d * p + e * s, d * q + e * t, d * r + e * u + f)


UNCHANGED = Geometry()
"""The geometry that changes nothing."""


def transform(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Map a point by ``matrix``."""
    (a, b, c), (d, e, f) = matrix
    return a * x + b * y + c, d * x + e * y + f


def geometry_for_other(
    geometry: Geometry, size: tuple[int, int], width: int, height: int
) -> tuple[Geometry, Message | None]:
    """The geometry of one photo for another, and a note if the crop is left out.

    The crop keeps its shares of width and height. It is left out for photos of another shape, since it would cut off
    something else there.

    Args:
        geometry: rotation and crop.
        size: width and height of the upright photo that they were made for.
        width: of the other upright photo.
        height: of the other upright photo.
    """
    if geometry.crop is None:
        return geometry, None
    if abs(math.log(width / height * size[1] / size[0])) > math.log(SAME_SHAPE):
        return Geometry(geometry.quarters), message(
            "The crop was left out: it was made for a photo of another shape ({width} × {height} px).",
            width=size[0],
            height=size[1],
        )
    return geometry.scaled(size, (width, height)), None
