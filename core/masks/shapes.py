"""The values of masks: frozen, comparable, checked when they are made.

Positions are shares of the photo's width and height, from the upper left corner of the upright photo: (0.5, 0.5) is its
centre whatever its size, and also that of another photo of a batch that has another shape. Lengths (brush sizes,
radii, feathering) are shares of the longer side, the same in both directions, so that circles stay circles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from core.errors import MaskError
from core.messages import Message, message

Point = tuple[float, float]
"""Shares of the photo's width and height. Points may lie outside the photo."""

MAX_COMPONENTS = 50
MAX_STROKES = 4000
MAX_POINTS = 20_000
"""Of one stroke."""

MAX_TOTAL_POINTS = 200_000
"""Of all strokes of a brush."""

MAX_PICTURE_BYTES = 4 * 2**20
"""Of an encoded mask picture."""

_FURTHEST = 4.0
"""Points lie at most this far outside the photo."""

_DECIMALS = 5
"""Of positions and lengths: a hundredth of a pixel of a photo that is 1000 pixels wide, a tenth of one of 10 000."""

_PNG = b"\x89PNG\r\n\x1a\n"


class Mode(StrEnum):
    """How a component changes what the components before it select: the fuzzy union, difference and intersection.

    With the values ``m`` so far and ``c`` of the component: ``max(m, c)``, ``min(m, 1 - c)``, ``min(m, c)``. The same
    component twice has the same effect as once.
    """

    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


@dataclass(frozen=True)
class Stroke:
    """One stroke of a brush.

    Attributes:
        points: the path, at least one point; rounded to five decimals.
        size: diameter, a share of the longer side, above 0 to 2.
        hardness: share of the radius, 0 to 1, that is fully covered; from there the cover falls to 0 at the radius.
        erase: whether it removes from the mask.

    Raises:
        MaskError: a value is out of range.
    """

    points: tuple[Point, ...]
    size: float
    hardness: float = 0.5
    erase: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.points) <= MAX_POINTS:
            raise MaskError(message("A stroke must have 1 to {count} points.", count=MAX_POINTS))
        object.__setattr__(self, "points", tuple(_point(point) for point in self.points))
        _set(self, "size", 1e-4, 2.0, message("brush size"))
        _set(self, "hardness", 0.0, 1.0, message("hardness"))


@dataclass(frozen=True)
class Brush:
    """Strokes, in the order in which they were painted.

    Those of a component that adds are painted over what the components before it select, so that erasing removes from
    these, too. Others are painted on an empty mask first.

    Attributes:
        strokes: at least one.

    Raises:
        MaskError: there is no stroke, or there are too many strokes or points.
    """

    strokes: tuple[Stroke, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.strokes) <= MAX_STROKES:
            raise MaskError(message("A brush must have 1 to {count} strokes.", count=MAX_STROKES))
        if sum(len(stroke.points) for stroke in self.strokes) > MAX_TOTAL_POINTS:
            raise MaskError(message("The strokes of a brush have more than {count} points.", count=MAX_TOTAL_POINTS))


@dataclass(frozen=True)
class LinearGradient:
    """Falls from 1 at ``start`` to 0 at ``end``; it is constant across, and before and behind.

    Attributes:
        start: up to here the mask is 1.
        end: from here on it is 0.

    Raises:
        MaskError: a point is too far outside, or both are the same.
    """

    start: Point
    end: Point

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _point(self.start))
        object.__setattr__(self, "end", _point(self.end))
        if math.dist(self.start, self.end) < 1e-4:
            raise MaskError(message("The ends of a gradient must be different points."))


@dataclass(frozen=True)
class RadialGradient:
    """1 inside an ellipse, 0 outside.

    Attributes:
        centre: of the ellipse.
        radii: its semi-axes, shares of the longer side, each above 0 to 4.
        angle: of the first semi-axis in degrees, clockwise from the right, -360 to 360.
        feather: share of the radius, 0 to 1, over which the mask falls towards the outline.

    Raises:
        MaskError: a value is out of range.
    """

    centre: Point
    radii: tuple[float, float]
    angle: float = 0.0
    feather: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", _point(self.centre))
        radii = tuple(_number(radius, 1e-3, 4.0, message("radius")) for radius in _pair(self.radii))
        object.__setattr__(self, "radii", radii)
        _set(self, "angle", -360.0, 360.0, message("angle"))
        _set(self, "feather", 0.0, 1.0, message("feather"))


@dataclass(frozen=True)
class LuminanceRange:
    """1 where the lightness L* of CIELAB, from 0 (black) to 1 (white), lies in a range.

    Attributes:
        low: the darkest lightness.
        high: the brightest lightness.
        softness: lightness over which the mask falls to 0 on both sides, 0 to 1.

    Raises:
        MaskError: a value is out of range, or ``low`` is above ``high``.
    """

    low: float = 0.5
    high: float = 1.0
    softness: float = 0.1

    def __post_init__(self) -> None:
        _set(self, "low", 0.0, 1.0, message("darkest lightness"))
        _set(self, "high", 0.0, 1.0, message("brightest lightness"))
        _set(self, "softness", 0.0, 1.0, message("softness"))
        if self.low > self.high:
            raise MaskError(message("The darkest lightness of a range must not be above the brightest."))


@dataclass(frozen=True)
class ColourRange:
    """1 where hue and chroma are near those of a colour, whatever the lightness.

    Attributes:
        colour: the picked colour, sRGB, each 0 to 1.
        tolerance: distance in the a*b* plane of CIELAB up to which the mask is 1, 0 to 200.
        softness: distance over which it falls to 0 from there, 0 to 200.

    Raises:
        MaskError: a value is out of range.
    """

    colour: tuple[float, float, float]
    tolerance: float = 15.0
    softness: float = 10.0

    def __post_init__(self) -> None:
        if not isinstance(self.colour, Sequence) or len(self.colour) != 3:
            raise MaskError(message("A picked colour must have three channels."))
        colour = tuple(_number(channel, 0.0, 1.0, message("channel of a picked colour")) for channel in self.colour)
        object.__setattr__(self, "colour", colour)
        _set(self, "tolerance", 0.0, 200.0, message("tolerance"))
        _set(self, "softness", 0.0, 200.0, message("softness"))


@dataclass(frozen=True)
class Sky:
    """1 where a photo shows sky, as far as that can be told: bright, smooth, and joined to the upper edge.

    Attributes:
        sensitivity: 0 to 1; larger values let the sky reach across rougher and darker parts.
        turns: quarter turns clockwise, 0 to 3, by which the photo was rotated since its sky was selected: what was the
            upper edge then is the right one after one turn.

    Raises:
        MaskError: the sensitivity is out of range, or it is another number of turns.
    """

    sensitivity: float = 0.5
    turns: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.turns, bool) or self.turns not in range(4):
            _number(self.turns, 0, 3, message("quarter turns"))
            raise MaskError(message("A photo can be rotated by 0 to 3 quarter turns, not {count}.", count=self.turns))
        object.__setattr__(self, "turns", int(self.turns))
        _set(self, "sensitivity", 0.0, 1.0, message("sensitivity"))


@dataclass(frozen=True)
class Picture:
    """A grey picture stretched over the photo; white is 1. :mod:`core.masks.pictures` makes and decodes it.

    Attributes:
        png: the encoded picture, grey with 8 bits. It is part of the mask, so that a recipe does not depend on files.

    Raises:
        MaskError: it is too large or no PNG file.
    """

    png: bytes

    def __post_init__(self) -> None:
        if not self.png.startswith(_PNG) or len(self.png) > MAX_PICTURE_BYTES:
            raise MaskError(
                message("A mask picture must be a PNG file of at most {size} bytes.", size=MAX_PICTURE_BYTES)
            )

    def __repr__(self) -> str:
        return f"Picture(png=<{len(self.png)} bytes>)"


Shape: TypeAlias = Brush | LinearGradient | RadialGradient | LuminanceRange | ColourRange | Sky | Picture
"""What a component consists of."""


@dataclass(frozen=True)
class Component:
    """One part of a mask.

    Attributes:
        shape: what it selects.
        mode: how it changes what the components before it select.
        inverted: whether it selects the opposite.
    """

    shape: Shape
    mode: Mode = Mode.ADD
    inverted: bool = False

    @property
    def fits_other_photos(self) -> bool:
        """Whether it makes sense on another photo: gradients, ranges and sky do, strokes and pictures do not."""
        return not isinstance(self.shape, Brush | Picture)


@dataclass(frozen=True)
class Mask:
    """Where a step applies: 1 is everywhere inside, 0 outside.

    Attributes:
        components: combined in order, beginning with nothing selected; if the first one subtracts or intersects, with
            everything selected.
        inverted: whether the opposite is selected in the end.
        feather: standard deviation of the blur of the whole mask, a share of the longer side, 0 to 0.2.

    Raises:
        MaskError: there is no component, there are too many, or the feather is out of range.
    """

    components: tuple[Component, ...]
    inverted: bool = False
    feather: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.components) <= MAX_COMPONENTS:
            raise MaskError(message("A mask must have 1 to {count} components.", count=MAX_COMPONENTS))
        _set(self, "feather", 0.0, 0.2, message("feather"))

    @classmethod
    def from_shape(cls, shape: Shape, *, inverted: bool = False) -> "Mask":
        """The mask of a single shape."""
        return cls((Component(shape),), inverted)

    def with_sky_at_top(self) -> "Mask":
        """The mask for photos that are not rotated like the one that it was made for: their sky is at the top."""
        if not any(isinstance(component.shape, Sky) and component.shape.turns for component in self.components):
            return self
        return replace(
            self,
            components=tuple(
                replace(component, shape=replace(component.shape, turns=0))
                if isinstance(component.shape, Sky)
                else component
                for component in self.components
            ),
        )

    def for_other_photo(self) -> "Mask | None":
        """The mask without the components that make no sense on another photo; None if nothing is left."""
        kept = tuple(component for component in self.components if component.fits_other_photos)
        return replace(self, components=kept) if kept else None


def _point(values: Sequence[float]) -> Point:
    x, y = _pair(values)
    name = message("position")
    return _number(x, -_FURTHEST, 1 + _FURTHEST, name), _number(y, -_FURTHEST, 1 + _FURTHEST, name)


def _pair(values: Sequence[float]) -> tuple[float, float]:
    if not isinstance(values, Sequence) or len(values) != 2:
        raise MaskError(message("A position in a mask must be two numbers."))
    return values[0], values[1]


def _number(value: object, low: float, high: float, name: Message) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise MaskError(
            message(
                "Mask: {name} {value} is out of range; it must be a number from {low} to {high}.",
                name=name,
                value=repr(value)[:40],
                low=low,
                high=high,
            )
        )
    return round(float(value), _DECIMALS)


def _set(values: object, name: str, low: float, high: float, label: Message) -> None:
    object.__setattr__(values, name, _number(getattr(values, name), low, high, label))
