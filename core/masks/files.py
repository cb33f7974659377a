"""Masks as plain values for JSON. Files may come from strangers: every value is checked."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import MaskError
from core.masks.shapes import (
    MAX_COMPONENTS,
    MAX_PICTURE_BYTES,
    MAX_POINTS,
    MAX_STROKES,
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    Picture,
    Point,
    RadialGradient,
    Shape,
    Sky,
    Stroke,
)
from core.messages import message

VERSION = 2
"""Of the format. Masks of later versions are refused. Version 2 added the turns of a sky; masks without them are
written as version 1, which earlier programs read."""

_MAX_POINT_CHARACTERS = 30


def mask_to_dict(mask: Mask) -> dict[str, Any]:
    """A mask as plain values."""
    return {
        "version": VERSION if any(map(_is_turned, mask.components)) else 1,
        "inverted": mask.inverted,
        "feather": mask.feather,
        "components": [
            {"mode": component.mode.value, "inverted": component.inverted, **_shape_to_dict(component.shape)}
            for component in mask.components
        ],
    }


def mask_from_dict(values: object) -> Mask:
    """Inverse of :func:`mask_to_dict`.

    Raises:
        MaskError: the values are not those of a mask, are out of range, or are of a later version.
    """
    version = values.get("version") if isinstance(values, Mapping) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise MaskError(message("The mask was made by a newer program. Install the newer program."))
    entries = _entries(values, {"version", "inverted", "feather", "components"})
    if isinstance(version, bool) or version not in range(1, VERSION + 1):
        raise _not_a_mask("version")
    components = _list(entries, "components", MAX_COMPONENTS)
    return Mask(
        tuple(_component(component) for component in components), _boolean(entries, "inverted"), entries["feather"]
    )


def _is_turned(component: Component) -> bool:
    return isinstance(component.shape, Sky) and component.shape.turns != 0


def _component(values: object) -> Component:
    if not isinstance(values, Mapping):
        raise _not_a_mask("components")
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in _READERS:
        raise MaskError(
            message("The mask has a component of the unknown kind {kind}.", kind=repr(kind)[:_MAX_POINT_CHARACTERS])
        )
    names, read = _READERS[kind]
    optional = {"turns"} & set(values) if kind == "sky" else set()
    entries = _entries(values, {"kind", "mode", "inverted", *names, *optional})
    if entries["mode"] not in [mode.value for mode in Mode]:
        raise _not_a_mask("mode")
    return Component(read(entries), Mode(entries["mode"]), _boolean(entries, "inverted"))


def _shape_to_dict(shape: Shape) -> dict[str, Any]:
    match shape:
        case Brush():
            strokes = [
                {
                    "size": stroke.size,
                    "hardness": stroke.hardness,
                    "erase": stroke.erase,
                    "points": _points_to_text(stroke.points),
                }
                for stroke in shape.strokes
            ]
            return {"kind": "brush", "strokes": strokes}
        case LinearGradient():
            return {"kind": "linear", "start": list(shape.start), "end": list(shape.end)}
        case RadialGradient():
            return {
                "kind": "radial",
                "centre": list(shape.centre),
                "radii": list(shape.radii),
                "angle": shape.angle,
                "feather": shape.feather,
            }
        case LuminanceRange():
            return {"kind": "luminance", "low": shape.low, "high": shape.high, "softness": shape.softness}
        case ColourRange():
            return {
                "kind": "colour",
                "colour": list(shape.colour),
                "tolerance": shape.tolerance,
                "softness": shape.softness,
            }
        case Sky():
            values: dict[str, Any] = {"kind": "sky", "sensitivity": shape.sensitivity}
            return {**values, "turns": shape.turns} if shape.turns else values
        case Picture():
            return {"kind": "picture", "png": base64.b64encode(shape.png).decode("ascii")}


def _points_to_text(points: tuple[Point, ...]) -> str:
    """Points as in the attribute ``points`` of SVG, which keeps long strokes on one line: ``"0.1,0.2 0.15,0.2"``."""
    return " ".join(f"{x:.5f},{y:.5f}" for x, y in points)


def _points_from_text(text: object) -> tuple[Point, ...]:
    if not isinstance(text, str) or len(text) > MAX_POINTS * _MAX_POINT_CHARACTERS:
        raise _not_a_mask("points")
    points = []
    for pair in text.split():
        x, comma, y = pair.partition(",")
        try:
            points.append((float(x), float(y)))
        except ValueError as error:
            raise _not_a_mask("points") from error
        if not comma:
            raise _not_a_mask("points")
    return tuple(points)


def _brush(values: Mapping[str, Any]) -> Brush:
    strokes = []
    for entry in _list(values, "strokes", MAX_STROKES):
        stroke = _entries(entry, {"size", "hardness", "erase", "points"})
        points = _points_from_text(stroke["points"])
        strokes.append(Stroke(points, stroke["size"], stroke["hardness"], _boolean(stroke, "erase")))
    return Brush(tuple(strokes))


def _radial(values: Mapping[str, Any]) -> RadialGradient:
    radii = _numbers(values, "radii", 2)
    return RadialGradient(_point(values, "centre"), (radii[0], radii[1]), values["angle"], values["feather"])


def _colour(values: Mapping[str, Any]) -> ColourRange:
    red, green, blue = _numbers(values, "colour", 3)
    return ColourRange((red, green, blue), values["tolerance"], values["softness"])


def _picture(values: Mapping[str, Any]) -> Picture:
    from core.masks.pictures import picture_size  # OpenCV, which most recipes do not need

    text = values["png"]
    if not isinstance(text, str) or len(text) > MAX_PICTURE_BYTES * 4 // 3 + 4:
        raise _not_a_mask("png")
    try:
        picture = Picture(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error) as error:
        raise _not_a_mask("png") from error
    picture_size(picture)  # refuses pictures of excessive size before anything decodes them
    return picture


_READERS: dict[str, tuple[set[str], Callable[[Mapping[str, Any]], Shape]]] = {
    "brush": ({"strokes"}, _brush),
    "linear": ({"start", "end"}, lambda values: LinearGradient(_point(values, "start"), _point(values, "end"))),
    "radial": ({"centre", "radii", "angle", "feather"}, _radial),
    "luminance": (
        {"low", "high", "softness"},
        lambda values: LuminanceRange(values["low"], values["high"], values["softness"]),
    ),
    "colour": ({"colour", "tolerance", "softness"}, _colour),
    "sky": ({"sensitivity"}, lambda values: Sky(values["sensitivity"], values.get("turns", 0))),
    "picture": ({"png"}, _picture),
}
"""Of each kind: its entries, and what makes the shape of them. The shapes check the ranges of numbers themselves."""


def _entries(values: object, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise MaskError(message("The mask is damaged: a part of it is not an object."))
    if wrong := sorted(map(str, set(values) ^ names)):
        raise _not_a_mask(wrong[0])
    return values


def _list(values: Mapping[str, Any], name: str, limit: int) -> list[Any]:
    entries = values[name]
    if not isinstance(entries, list) or not 1 <= len(entries) <= limit:
        raise _not_a_mask(name)
    return entries


def _numbers(values: Mapping[str, Any], name: str, count: int) -> tuple[Any, ...]:
    entries = values[name]
    if not isinstance(entries, list) or len(entries) != count:
        raise _not_a_mask(name)
    return tuple(entries)


def _point(values: Mapping[str, Any], name: str) -> Point:
    x, y = _numbers(values, name, 2)
    return x, y


def _boolean(values: Mapping[str, Any], name: str) -> bool:
    value = values[name]
    if not isinstance(value, bool):
        raise _not_a_mask(name)
    return value


def _not_a_mask(entry: str) -> MaskError:
    return MaskError(message('The mask is damaged: the entry "{name}" is not valid.', name=entry[:40]))
