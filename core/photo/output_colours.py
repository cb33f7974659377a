"""Conversion of a finished photo to another colour space: sRGB, Display P3 or Adobe RGB.

Relative colorimetric between the primaries, in linear light and floating point, so that white and greys stay and a
16-bit photo keeps its precision. Colours outside the new gamut are clipped to its surface and counted. Profiles with
lookup tables are evaluated by LittleCMS; see :mod:`core.photo.colour`.

Sources: IEC 61966-2-1 (sRGB), SMPTE EG 432-1 with D65 and the curve of sRGB (Display P3), Adobe RGB (1998) 4.3.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

import cv2
import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.colour import TableSpace, is_grey
from core.photo.formats import exif, xmp
from core.photo.icc import SRGB_CURVE, SRGB_TO_XYZ, Curve, make_grey_profile, make_rgb_profile, read_profile
from core.photo.photo_data import PhotoData

Array = np.ndarray

PhotoT = TypeVar("PhotoT", bound=PhotoData)

_D65 = (0.3127, 0.3290)
_ADOBE_CURVE = Curve(gamma=563 / 256)
_BAND_PIXELS = 2**18  # converted at a time, which bounds the temporary memory
_TOLERANCE = 0.5 / 255
"""Components beyond the range by less than this, after the tone curve, are rounding and do not count as clipped."""


_SAME = 1e-3
"""Primaries that differ by less than this, in linear light, are the same: profiles round them differently."""


@dataclass(frozen=True)
class OutputSpace:
    """A colour space that results can be saved in.

    Attributes:
        key: for settings and the command line.
        label: its name.
        profile: ICC profile for RGB.
        grey_profile: ICC profile for grey, with the same tone curve.
        matrix: (3, 3), linear sRGB to linear RGB of this space.
    """

    key: str
    label: str
    profile: bytes
    grey_profile: bytes
    matrix: Array


@cache
def output_space(key: str) -> OutputSpace:
    """The colour space called ``key``, one of :data:`OUTPUT_SPACES`.

    Raises:
        PhotoError: there is none of this name.
    """
    if key not in OUTPUT_SPACES:
        raise PhotoError(
            message("There is no colour space {name}. Choose one of: {known}.", name=repr(key), known=[*OUTPUT_SPACES])
        )
    label = OUTPUT_SPACES[key]
    green, red, curve = {
        "srgb": ((0.30, 0.60), (0.64, 0.33), SRGB_CURVE),
        "display-p3": ((0.265, 0.69), (0.68, 0.32), SRGB_CURVE),
        "adobe-rgb": ((0.21, 0.71), (0.64, 0.33), _ADOBE_CURVE),
    }[key]
    name = "Compatible with Adobe RGB (1998)" if key == "adobe-rgb" else label
    profile = make_rgb_profile(name, (red, green, (0.15, 0.06)), _D65, (curve, curve, curve))
    parsed = read_profile(profile)
    assert parsed.matrix is not None  # it was just made of one
    matrix = np.linalg.solve(parsed.matrix, SRGB_TO_XYZ)
    matrix /= matrix.sum(axis=1, keepdims=True)  # fixed-point numbers are rounded; greys must stay grey
    return OutputSpace(key, label, profile, make_grey_profile(f"Grey, curve of {label}", curve), matrix)


OUTPUT_SPACES = {"srgb": "sRGB", "display-p3": "Display P3", "adobe-rgb": "Adobe RGB"}
"""Keys of the colour spaces that results can be saved in, with their names."""


def converted(photo: PhotoT, key: str) -> tuple[PhotoT, float]:
    """Convert a photo to another colour space, whose profile is then embedded.

    Grey photos stay grey and get a grey profile with the tone curve of the space.

    Args:
        photo: the photo.
        key: one of :data:`OUTPUT_SPACES`.

    Returns:
        The photo, and the share of its pixels, 0 to 1, whose colours are outside the new space and were clipped.

    Raises:
        PhotoError: there is no such space.
    """
    target = output_space(key)
    grey = photo.preserved.grey and is_grey(photo.pixels)
    profile = target.grey_profile if grey else target.profile
    preserved = photo.preserved
    preserved = replace(
        preserved,
        profile=profile,
        grey=grey,
        exif=exif.with_colour_space(preserved.exif, srgb=key == "srgb") if preserved.exif else None,
        xmp=xmp.with_colour_space(preserved.xmp, srgb=key == "srgb", profile=target.label) if preserved.xmp else None,
    )
    if grey:  # pixels have the tone curve of sRGB in every space
        return replace(photo, preserved=preserved), 0.0
    if _same_primaries(photo, target):
        return replace(photo, preserved=preserved), 0.0
    pixels, clipped = np.empty(photo.pixels.shape, np.float32), 0
    rows = max(_BAND_PIXELS // photo.width, 1)
    matrix = target.matrix.astype(np.float32)
    low, high = -_TOLERANCE / 12.92, float(SRGB_CURVE.linear(np.array([1 + _TOLERANCE]))[0])
    for top in range(0, photo.height, rows):
        band = np.clip(photo.pixels[top : top + rows], 0, 1)
        light = photo.space.to_linear_srgb(band).astype(np.float32).reshape(1, -1, 3)
        light = cv2.transform(light, matrix)[0]
        clipped += int(((light < low) | (light > high)).any(axis=1).sum())
        np.clip(light, 0, 1, out=light)
        pixels[top : top + rows] = SRGB_CURVE.encoded(light).reshape(band.shape)
    return replace(photo, pixels=pixels, preserved=preserved), clipped / (photo.width * photo.height)


def _same_primaries(photo: PhotoData, target: OutputSpace) -> bool:
    """Whether the pixels mean the same in the target: such a photo keeps its numbers exactly."""
    if isinstance(photo.space, TableSpace):
        return False
    corners = np.eye(3, dtype=np.float32)[None]
    light = np.asarray(photo.space.to_linear_srgb(corners), np.float32)
    return bool(np.abs(cv2.transform(light, target.matrix.astype(np.float32)) - corners).max() < _SAME)


def clipped_note(share: float, key: str) -> Message | None:
    """A message about colours that the conversion to a space has clipped, or None if there are none."""
    if share <= 0:
        return None
    return message(
        "{share:.2%} of the pixels have colours outside {space}; these were clipped. A larger colour space keeps them.",
        share=share,
        space=OUTPUT_SPACES[key],
    )
