"""Masks: where in a photo a step applies, as geometry that is independent of the photo's size.

:mod:`core.masks.shapes` holds the values and :mod:`core.masks.files` their form in files; :mod:`core.masks.rendering`
turns them into pixels, and :mod:`core.masks.transforms` carries them over to a rotated or cropped photo.
"""

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
    Stroke,
)

__all__ = [
    "Brush",
    "ColourRange",
    "Component",
    "LinearGradient",
    "LuminanceRange",
    "Mask",
    "Mode",
    "Picture",
    "RadialGradient",
    "Shape",
    "Sky",
    "Stroke",
]
