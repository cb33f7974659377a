"""From the numbers in a file to the pixels that the network is given, and back.

A photo with a profile of its own is restored in its own primaries, under the tone curve of sRGB: the whole gamut of the
photo lies within [0, 1], greys look as they do in sRGB, and each channel is converted by itself, so that nothing is
clipped and an untouched photo gives its own numbers back. For Display P3, whose tone curve is that of sRGB, pixels and
numbers are the same. Photos in sRGB pass unchanged.

What is shown, and what the detector judges, is converted to sRGB: relative colorimetric, that is the paper white of one
is the white of the other, and colours that sRGB does not have are clipped to its surface.
"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Protocol

import cv2
import numpy as np

from core.photo._vips import vips, vips_errors
from core.photo.icc import SRGB_CURVE, SRGB_TO_XYZ, Curve, Profile, read_profile

Array = np.ndarray

BAND_PIXELS = 2**18
"""Pixels converted at a time."""

_NODES = np.float32(65535)  # of the tables that conversions to sRGB look up: powers would take ten times as long

_SAME = 1.0 / 255.0
"""Profiles nowhere further than this from sRGB are sRGB: writers round its curve differently."""

_SAME_TONE = 0.5 / 255.0
"""Likewise for tone curves alone."""


class Space(Protocol):
    """How the numbers in a file stand for colours. ``channels`` counts them without alpha."""

    channels: int

    def decode(self, samples: Array, maximum: int) -> Array:
        """(N, channels) whole numbers 0…maximum → (N, 3) float32 in [0, 1], the pixels of a photo."""

    def encode(self, pixels: Array) -> Array:
        """(N, 3) float32 in [0, 1] → (N, channels) float32 in [0, 1], the inverse of :meth:`decode`.

        Not for CMYK. Grey takes the middle channel: it is only asked for when the three are equal.
        """

    def to_srgb(self, pixels: Array) -> Array:
        """(…, 3) float32, the pixels of a photo → the same shape in sRGB, [0, 1]; the same array if they are sRGB."""


class PlainSpace:
    """SRGB itself, in colour or grey. The numbers pass unchanged."""

    def __init__(self, channels: int) -> None:
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


class CurveSpace:
    """Grey or RGB by a tone curve per channel and, for RGB, primaries."""

    def __init__(self, curves: tuple[Curve, ...], matrix: Array | None) -> None:
        """``matrix`` (3, 3) maps linear RGB to CIE XYZ under D50; None for grey."""
        self.channels = len(curves)
        self._curves = tuple(None if _is_tone_of_srgb(curve) else curve for curve in curves)
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
            light = _light()[np.rint(band * _NODES).astype(np.uint16)]
            light = cv2.transform(light[None], matrix)[0]  # many times faster than a matrix product so thin
            np.sqrt(np.clip(light, 0, 1, out=light), out=light)
            return _encoded_of_root()[np.rint(np.multiply(light, _NODES, out=light), out=light).astype(np.uint16)]

        return _in_bands(convert, pixels)


class TableSpace:
    """RGB by the tables of a profile, which libvips and LittleCMS look up, at 16 bits.

    Pixels are the numbers of the file but for a power that gives the middle grey the tone that it has in sRGB.
    """

    channels = 3

    def __init__(self, profile: bytes) -> None:
        self._profile = profile
        middle = _through_tables(np.full((1, 3), 32768, np.uint16), 65535, profile)
        light = float(SRGB_CURVE.linear(middle).mean())
        # Far from any tone curve of photographs the table stands for something else, and is better left alone.
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
            return _through_tables(np.rint(self.encode(band) * 65535).astype(np.uint16), 65535, self._profile)

        return _in_bands(convert, pixels)


class InkSpace:
    """CMYK by the tables of a profile, or of the one that libvips brings along. Photos become sRGB for good."""

    channels = 4

    def __init__(self, profile: bytes | None) -> None:
        self._profile = profile

    def decode(self, samples: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        return _through_tables(samples, maximum, self._profile)

    def encode(self, pixels: Array) -> Array:
        """Not for CMYK."""
        raise NotImplementedError("photos are not separated into inks")

    def to_srgb(self, pixels: Array) -> Array:
        """See :class:`Space`."""
        return pixels


@lru_cache(maxsize=8)
def space_of(profile: bytes | None, channels: int) -> tuple[Space, bytes | None, str | None]:
    """The colour space of pixels with ``channels`` (1, 3 or 4) under ``profile``.

    Returns:
        The space; the profile that saved files get (None if it is of no use); a sentence for the user or None.
    """
    fallback: Space = InkSpace(None) if channels == 4 else PlainSpace(channels)
    if profile is None:
        return fallback, None, None
    try:
        parsed = read_profile(profile)
        if parsed.channels != channels:
            return fallback, None, "The colour profile does not fit this kind of picture and was ignored."
        if parsed.channels == 1 and parsed.curves is None:
            return fallback, None, "The grey profile works in a way that is not supported and was ignored."
        if channels == 4:
            inks = InkSpace(profile)
            inks.decode(np.zeros((1, 4), np.uint8), 255)
            return inks, None, None
        space = _by_profile(parsed, profile)
        grid = _sample_colours(channels)
        plain = PlainSpace(channels)
        if np.abs(space.to_srgb(space.decode(grid, 255)) - plain.decode(grid, 255)).max() <= _SAME:
            return plain, profile, None
    except vips_errors(ValueError):
        return fallback, None, "The colour profile was damaged and was ignored; standard colours are assumed."
    return space, profile, None


def _by_profile(parsed: Profile, profile: bytes) -> Space:
    return TableSpace(profile) if parsed.curves is None else CurveSpace(parsed.curves, parsed.matrix)


def _is_tone_of_srgb(curve: Curve) -> bool:
    grid = np.arange(1024) / 1023
    return bool(np.abs(SRGB_CURVE.encoded(np.clip(curve.linear(grid), 0, 1)) - grid).max() <= _SAME_TONE)


def _to_linear_srgb(matrix: Array) -> Array:
    """Linear RGB, by its (3, 3) matrix to XYZ, to linear sRGB."""
    found: Array = np.linalg.solve(SRGB_TO_XYZ, matrix)
    white = found.sum(axis=1, keepdims=True)
    # Profiles round their numbers; greys must stay grey and white must not be clipped.
    return found / white if np.abs(white - 1).max() < 0.01 else found


@cache
def _light() -> Array:
    """(65536,) float32: linear light of sRGB values in even steps."""
    return SRGB_CURVE.linear(np.linspace(0, 1, 65536)).astype(np.float32)


@cache
def _encoded_of_root() -> Array:
    """(65536,) float32: sRGB values by the square root of linear light, in even steps: nowhere steeper than 1.5."""
    return SRGB_CURVE.encoded(np.linspace(0, 1, 65536) ** 2).astype(np.float32)


def _in_bands(convert: Callable[[Array], Array], pixels: Array) -> Array:
    """``convert``, for (N, 3), of (…, 3) ``pixels``, some at a time, which bounds the scratch memory."""
    flat = pixels.reshape(-1, 3)
    converted = np.empty(flat.shape, np.float32)
    for first in range(0, len(flat), BAND_PIXELS):
        converted[first : first + BAND_PIXELS] = convert(flat[first : first + BAND_PIXELS])
    return converted.reshape(pixels.shape)


def _through_tables(samples: Array, maximum: int, profile: bytes | None) -> Array:
    """(N, 3 or 4) whole numbers 0…maximum → (N, 3) float32 sRGB in [0, 1], by ``profile`` or the CMYK of libvips."""
    count, channels = samples.shape
    kind, model = ("uchar", "srgb") if maximum <= 255 else ("ushort", "rgb16")
    samples = np.ascontiguousarray(samples)
    image = vips().Image.new_from_memory(samples, count, 1, channels, kind)
    image = image.copy(interpretation="cmyk" if channels == 4 else model)
    source: dict[str, Any] = {"input_profile": "cmyk"}
    if profile is not None:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
        source = {"embedded": True}
    # Straight from device to device LittleCMS would use a coarser table for 16-bit numbers than by way of XYZ.
    image = image.icc_import(pcs="xyz", intent="relative", black_point_compensation=True, **source)
    image = image.icc_export(
        pcs="xyz", output_profile="srgb", depth=16, intent="relative", black_point_compensation=True
    )
    srgb: Array = image.numpy().reshape(-1, 3).astype(np.float32) / np.float32(65535)
    return srgb


def _sample_colours(channels: int) -> Array:
    """(N, channels) uint8: all greys, and for colour a lattice through the cube."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], channels, axis=1)
    if channels == 1:
        return greys
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    lattice = np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(-1, channels)
    return np.concatenate([greys, lattice])
