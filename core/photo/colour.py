"""Colour spaces: from the numbers in a file to the pixels that the network gets, and back.

A photo with an ICC profile is restored in its own primaries with the tone curve of sRGB: the whole gamut of the photo
lies within [0, 1], greys look as they do in sRGB, and each channel is converted separately, so that nothing is clipped
and an unchanged photo is saved with its original numbers. For Display P3, whose tone curve is that of sRGB, pixels and
numbers are the same. Photos in sRGB are not converted.

What is displayed, and what the detector classifies, is converted to sRGB: relative colorimetric, so white maps to
white, and colours outside the gamut of sRGB are clipped to its surface.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Protocol

import cv2
import numpy as np

from core.messages import Message, message
from core.photo.icc import SRGB_CURVE, SRGB_TO_XYZ, Curve, Profile, read_profile
from core.photo.libvips import VipsImage, vips, vips_errors

Array = np.ndarray

BAND_PIXELS = 2**18
"""Pixels converted to sRGB at a time, which bounds the temporary memory."""

_COMPARED_PIXELS = 2**20  # likewise for pixels that are compared or averaged
_NODES = np.float32(65535)  # of the tables that conversions to sRGB look up: powers would take ten times as long

_XYZ_D65_TO_SRGB = np.linalg.inv(
    np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
).astype(np.float32)
"""CIE XYZ under D65, as libvips gives it, to linear sRGB (IEC 61966-2-1)."""

_SRGB_TOLERANCE = 1.0 / 255.0
"""Profiles that differ from sRGB nowhere by more than this are sRGB: programs round its curve differently."""

_TONE_TOLERANCE = 0.5 / 255.0
"""Likewise for tone curves."""


class Space(Protocol):
    """How the numbers in a file represent colours. ``channels`` is their number without alpha."""

    channels: int

    def decode(self, samples: Array, maximum: int) -> Array:
        """Convert (N, channels) integers 0…maximum to (N, 3) float32 in [0, 1], the pixels of a photo."""

    def encode(self, pixels: Array) -> Array:
        """Convert (N, 3) float32 in [0, 1] to (N, channels) float32 in [0, 1], the inverse of :meth:`decode`.

        Not for CMYK. Grey takes the middle channel: it is only used where the three are equal.
        """

    def to_srgb(self, pixels: Array) -> Array:
        """Convert (…, 3) float32, the pixels of a photo, to sRGB in [0, 1]; the same array if they are sRGB."""

    def to_linear_srgb(self, pixels: Array) -> Array:
        """Convert (…, 3) float32, the pixels of a photo, to linear sRGB, not clipped: colours outside the gamut of sRGB
        have components beyond [0, 1]."""


class SrgbSpace:
    """The sRGB space, in colour or grey. The numbers are not converted."""

    def __init__(self, channels: int) -> None:
        """``channels`` is 3, or 1 for grey."""
        self.channels = channels

    def decode(self, samples: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        scaled = samples.astype(np.float32) / np.float32(maximum)
        return scaled if self.channels == 3 else np.repeat(scaled, 3, axis=1)

    def encode(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return pixels if self.channels == 3 else pixels[:, 1:2]

    def to_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return pixels

    def to_linear_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return SRGB_CURVE.linear(pixels)


class CurveSpace:
    """Grey or RGB defined by a tone curve per channel and, for RGB, primaries."""

    def __init__(self, curves: tuple[Curve, ...], matrix: Array | None) -> None:
        """``matrix`` (3, 3) maps linear RGB to CIE XYZ under D50; None for grey."""
        self.channels = len(curves)
        self._curves = tuple(None if _is_srgb_curve(curve) else curve for curve in curves)
        self._matrix = None if matrix is None else _to_linear_srgb(matrix)

    def decode(self, samples: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        grid = np.arange(maximum + 1) / maximum
        pixels = np.empty(samples.shape, np.float32)
        for channel, curve in enumerate(self._curves):
            table = grid if curve is None else SRGB_CURVE.encoded(np.clip(curve.linear(grid), 0, 1))
            pixels[:, channel] = table.astype(np.float32)[samples[:, channel]]
        return pixels if self.channels == 3 else np.repeat(pixels, 3, axis=1)

    def encode(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        pixels = pixels if self.channels == 3 else pixels[:, 1:2]
        encoded = np.empty(pixels.shape, np.float32)
        for channel, curve in enumerate(self._curves):
            values = pixels[:, channel]
            encoded[:, channel] = values if curve is None else curve.encoded(SRGB_CURVE.linear(values))
        return np.clip(encoded, 0, 1, out=encoded)

    def to_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        if self._matrix is None:
            return pixels
        matrix = self._matrix.astype(np.float32)

        def convert(band: Array) -> Array:
            light = _srgb_to_linear_table()[np.rint(band * _NODES).astype(np.uint16)]
            light = cv2.transform(light[None], matrix)[0]  # many times faster than a matrix product this narrow
            np.sqrt(np.clip(light, 0, 1, out=light), out=light)
            nodes = np.rint(np.multiply(light, _NODES, out=light), out=light).astype(np.uint16)
            srgb: Array = _root_to_srgb_table()[nodes]
            return srgb

        return _in_bands(convert, pixels)

    def to_linear_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        light = SRGB_CURVE.linear(pixels)
        if self._matrix is None:
            return light
        converted: Array = cv2.transform(light.reshape(1, -1, 3), self._matrix.astype(np.float32))
        return converted.reshape(pixels.shape)


class TableSpace:
    """RGB defined by the lookup tables of a profile, which libvips and LittleCMS evaluate with 16 bits.

    Pixels are the numbers of the file raised to a power that gives middle grey the tone that it has in sRGB.
    """

    channels = 3

    def __init__(self, profile: bytes) -> None:
        """``profile`` is an ICC profile with lookup tables."""
        self._profile = profile
        middle = _convert_with_lcms(np.full((1, 3), 32768, np.uint16), 65535, profile)
        light = float(SRGB_CURVE.linear(middle).mean())
        # A tone far from those of photographs has another cause; the numbers are not adapted then.
        gamma = np.log(light) / np.log(32768 / 65535) if 0 < light < 1 else 0.0
        self._tone = CurveSpace((Curve(gamma=float(gamma)) if 1.0 <= gamma <= 3.5 else SRGB_CURVE,) * 3, None)

    def decode(self, samples: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        return self._tone.decode(samples, maximum)

    def encode(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return self._tone.encode(pixels)

    def to_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""

        def convert(band: Array) -> Array:
            return _convert_with_lcms(np.rint(self.encode(band) * 65535).astype(np.uint16), 65535, self._profile)

        return _in_bands(convert, pixels)

    def to_linear_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""

        def convert(band: Array) -> Array:
            image = _embedded(np.rint(self.encode(band) * 65535).astype(np.uint16), 65535, self._profile)
            image = image.icc_import(pcs="xyz", embedded=True, intent="relative", black_point_compensation=True)
            xyz = image.numpy().reshape(1, -1, 3).astype(np.float32) / np.float32(100)
            linear: Array = cv2.transform(xyz, _XYZ_D65_TO_SRGB)[0]
            return linear

        return _in_bands(convert, pixels)


class CmykSpace:
    """CMYK defined by a profile, or by the default profile of libvips. Photos are converted to sRGB permanently."""

    channels = 4

    def __init__(self, profile: bytes | None) -> None:
        """``profile`` is an ICC profile for CMYK; None for the default one."""
        self._profile = profile

    def decode(self, samples: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        return _convert_with_lcms(samples, maximum, self._profile)

    def encode(self, pixels: Array) -> Array:
        """Not for CMYK."""
        raise NotImplementedError("photos are not converted to CMYK")

    def to_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return pixels

    def to_linear_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return SRGB_CURVE.linear(pixels)


@lru_cache(maxsize=8)
def space_from_profile(profile: bytes | None, channels: int) -> tuple[Space, bytes | None, Message | None]:
    """Find the colour space of numbers with ``channels`` (1, 3 or 4) channels and an ICC ``profile``.

    Returns:
        The space; the profile that saved files get (None if it is unusable); a message for the user, or None.
    """
    fallback: Space = CmykSpace(None) if channels == 4 else SrgbSpace(channels)
    if profile is None:
        return fallback, None, None
    try:
        parsed = read_profile(profile)
        if parsed.channels != channels:
            return fallback, None, message("The colour profile does not fit this kind of image and was ignored.")
        if parsed.channels == 1 and parsed.curves is None:
            return fallback, None, message("The grey profile is of an unsupported kind and was ignored.")
        if channels == 4:
            cmyk = CmykSpace(profile)
            cmyk.decode(np.zeros((1, 4), np.uint8), 255)
            return cmyk, None, None
        space = _from_parsed(parsed, profile)
        grid = _sample_colours(channels)
        srgb = SrgbSpace(channels)
        if np.abs(space.to_srgb(space.decode(grid, 255)) - srgb.decode(grid, 255)).max() <= _SRGB_TOLERANCE:
            return srgb, profile, None
    except vips_errors(ValueError):
        note = message("The colour profile is damaged and was ignored; standard colours are assumed.")
        return fallback, None, note
    return space, profile, None


def _from_parsed(parsed: Profile, profile: bytes) -> Space:
    return TableSpace(profile) if parsed.curves is None else CurveSpace(parsed.curves, parsed.matrix)


def _is_srgb_curve(curve: Curve) -> bool:
    grid = np.arange(1024) / 1023
    return bool(np.abs(SRGB_CURVE.encoded(np.clip(curve.linear(grid), 0, 1)) - grid).max() <= _TONE_TOLERANCE)


def _to_linear_srgb(matrix: Array) -> Array:
    """The (3, 3) matrix from linear RGB, given by its matrix to XYZ, to linear sRGB."""
    converted: Array = np.linalg.solve(SRGB_TO_XYZ, matrix)
    white = converted.sum(axis=1, keepdims=True)
    # Profiles round their numbers; greys must stay grey and white must not be clipped.
    return converted / white if np.abs(white - 1).max() < 0.01 else converted


@cache
def _srgb_to_linear_table() -> Array:
    """(65536,) float32: linear light of sRGB values in equal steps."""
    return SRGB_CURVE.linear(np.linspace(0, 1, 65536)).astype(np.float32)


@cache
def _root_to_srgb_table() -> Array:
    """(65536,) float32: sRGB values by the square root of linear light in equal steps: the slope is at most 1.5."""
    return SRGB_CURVE.encoded(np.linspace(0, 1, 65536) ** 2).astype(np.float32)


def _in_bands(convert: Callable[[Array], Array], pixels: Array) -> Array:
    """Apply ``convert``, a function of (N, 3), to (…, 3) ``pixels`` band by band."""
    flat = pixels.reshape(-1, 3)
    converted = np.empty(flat.shape, np.float32)
    for first in range(0, len(flat), BAND_PIXELS):
        converted[first : first + BAND_PIXELS] = convert(flat[first : first + BAND_PIXELS])
    return converted.reshape(pixels.shape)


def _embedded(samples: Array, maximum: int, profile: bytes | None) -> VipsImage:
    """(N, 3 or 4) integers 0…maximum as an image of one row, with its profile."""
    count, channels = samples.shape
    band_format, interpretation = ("uchar", "srgb") if maximum <= 255 else ("ushort", "rgb16")
    image = vips().Image.new_from_memory(np.ascontiguousarray(samples), count, 1, channels, band_format)
    image = image.copy(interpretation="cmyk" if channels == 4 else interpretation)
    if profile is not None:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    return image


def _convert_with_lcms(samples: Array, maximum: int, profile: bytes | None) -> Array:
    """(N, 3 or 4) integers 0…maximum → (N, 3) float32 sRGB in [0, 1], by ``profile`` or the CMYK of libvips."""
    image = _embedded(samples, maximum, profile)
    source: dict[str, Any] = {"input_profile": "cmyk"} if profile is None else {"embedded": True}
    # Directly from device to device LittleCMS would use a coarser table for 16-bit numbers than via XYZ.
    image = image.icc_import(pcs="xyz", intent="relative", black_point_compensation=True, **source)
    image = image.icc_export(
        pcs="xyz", output_profile="srgb", depth=16, intent="relative", black_point_compensation=True
    )
    srgb: Array = image.numpy().reshape(-1, 3).astype(np.float32) / np.float32(65535)
    return srgb


def _sample_colours(channels: int) -> Array:
    """(N, channels) uint8: all greys and, for colour, a grid of the RGB cube."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], channels, axis=1)
    if channels == 1:
        return greys
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    grid = np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(-1, channels)
    return np.concatenate([greys, grid])


def is_grey(pixels: Array, tolerance: float = 1e-6) -> bool:
    """Whether the three channels of (H, W, 3) ``pixels`` differ nowhere by more than ``tolerance``."""
    rows = max(_COMPARED_PIXELS // pixels.shape[1], 1)
    for top in range(0, len(pixels), rows):
        band = pixels[top : top + rows]
        middle = band[..., 1]
        if np.abs(band[..., 0] - middle).max() > tolerance or np.abs(band[..., 2] - middle).max() > tolerance:
            return False
    return True


def make_grey(pixels: Array) -> None:
    """Set the three channels of (H, W, 3) floating-point ``pixels`` to their mean, in place.

    A network restores the channels of a grey photo independently, so their mean has a smaller error than each of them.
    """
    rows = max(_COMPARED_PIXELS // pixels.shape[1], 1)
    for top in range(0, len(pixels), rows):
        band = pixels[top : top + rows]
        band[...] = band.mean(axis=2, keepdims=True)


def mean_brightness(pixels: Array) -> tuple[float, ...]:
    """Mean values of 8 × 8 equal parts of (H, W, 3) ``pixels``, row by row."""
    rows, columns = (np.linspace(0, side, 9).astype(int) for side in pixels.shape[:2])
    return tuple(
        float(pixels[top : max(bottom, top + 1), left : max(right, left + 1)].mean())
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    )
