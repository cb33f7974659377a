"""From a photo's own colours to sRGB for the network, and back.

Conversion is relative colorimetric: the paper white of one is the white of the other, and colours that sRGB does not
have are clipped to its surface. What the clipping takes away is kept aside as a :class:`Residual` and added again
when the photo is saved, so that wide-gamut colours survive a restoration.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from core.photo._vips import vips, vips_errors
from core.photo.icc import Curve, Profile, read_profile

Array = np.ndarray

# Linear sRGB to CIE XYZ under D50, from the primaries of IEC 61966-2-1 with the Bradford adaptation that ICC asks for.
_SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
_SRGB = Curve(None, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_SAME = 1.0 / 255.0  # profiles nowhere further than this from sRGB are sRGB: writers round its curve differently


class Space(Protocol):
    """How the numbers in a file stand for colours. ``channels`` counts them without alpha."""

    channels: int

    def decode(self, samples: Array, maximum: int) -> tuple[Array, Array | None]:
        """(N, channels) whole numbers 0…maximum → (N, 3) float32 sRGB in [0, 1] and (N,) where colour may be lost."""

    def encode(self, srgb: Array, maximum: int) -> Array:
        """(N, 3) float32 sRGB in [0, 1] → (N, channels) float32 in [0, 1], the inverse for colours in both."""


class PlainSpace:
    """sRGB itself, in colour or grey. The numbers pass unchanged."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def decode(self, samples: Array, maximum: int) -> tuple[Array, Array | None]:
        """See :class:`Space`."""
        scaled = samples.astype(np.float32) / np.float32(maximum)
        return (scaled if self.channels == 3 else np.repeat(scaled, 3, axis=1)), None

    def encode(self, srgb: Array, maximum: int) -> Array:
        """See :class:`Space`. Grey takes the middle channel: this is only asked for when the three are equal."""
        return srgb if self.channels == 3 else srgb[:, 1:2]


class CurveSpace:
    """Grey or RGB by tone curves and a matrix."""

    def __init__(self, profile: Profile) -> None:
        assert profile.curves is not None
        self.channels = profile.channels
        self._curves = profile.curves
        self._matrix = np.eye(profile.channels)
        if profile.matrix is not None:
            matrix = np.linalg.solve(_SRGB_TO_XYZ, profile.matrix)
            white = matrix.sum(axis=1, keepdims=True)
            # Profiles round their numbers; greys must stay grey and white must not be clipped.
            self._matrix = matrix / white if np.abs(white - 1).max() < 0.01 else matrix
        self._inverse = np.linalg.inv(self._matrix)

    def decode(self, samples: Array, maximum: int) -> tuple[Array, Array | None]:
        """See :class:`Space`."""
        grid = np.arange(maximum + 1) / maximum
        linear = np.empty(samples.shape, np.float32)
        for channel, curve in enumerate(self._curves):
            linear[:, channel] = curve.linear(grid).astype(np.float32)[samples[:, channel]]
        lost = None
        if self.channels == 3:
            linear = linear @ self._matrix.T.astype(np.float32)
            lost = np.zeros(len(linear), bool)
            for column in linear.T:  # many times faster than min and max along so short an axis
                lost |= (column < 0) | (column > 1)
        srgb = _SRGB.encoded(np.clip(linear, 0, 1, out=linear))
        return (srgb if self.channels == 3 else np.repeat(srgb, 3, axis=1)), lost

    def encode(self, srgb: Array, maximum: int) -> Array:
        """See :class:`Space`."""
        linear = _SRGB.linear(srgb)
        linear = linear @ self._inverse.T.astype(np.float32) if self.channels == 3 else linear[:, 1:2]
        encoded = np.empty(linear.shape, np.float32)
        for channel, curve in enumerate(self._curves):
            encoded[:, channel] = curve.encoded(np.clip(linear[:, channel], 0, 1))
        return np.clip(encoded, 0, 1, out=encoded)


class TableSpace:
    """RGB or CMYK by the tables of a profile, through libvips and LittleCMS, at 16 bits.

    ``profile`` None stands for the CMYK profile that libvips brings along.
    """

    def __init__(self, profile: bytes | None, channels: int) -> None:
        self.channels = channels
        self._profile = profile

    def decode(self, samples: Array, maximum: int) -> tuple[Array, Array | None]:
        """See :class:`Space`."""
        image = _as_image(samples, maximum, "cmyk" if self.channels == 4 else "rgb16" if maximum > 255 else "srgb")
        source: dict[str, Any] = {"input_profile": "cmyk"}
        if self._profile is not None:
            image.set_type(vips().GValue.blob_type, "icc-profile-data", self._profile)
            source = {"embedded": True}
        # Straight from device to device LittleCMS would use a coarser table for 16-bit numbers than by way of XYZ.
        image = image.icc_import(pcs="xyz", intent="relative", black_point_compensation=True, **source)
        image = image.icc_export(
            pcs="xyz", output_profile="srgb", depth=16, intent="relative", black_point_compensation=True
        )
        srgb = image.numpy().reshape(-1, 3).astype(np.float32) / np.float32(65535)
        return srgb, np.ones(len(srgb), bool)

    def encode(self, srgb: Array, maximum: int) -> Array:
        """See :class:`Space`. Not for CMYK."""
        image = _as_image(np.rint(srgb * 65535).astype(np.uint16), 65535, "rgb16")
        image = image.icc_import(input_profile="srgb", pcs="xyz", intent="relative", black_point_compensation=True)
        image = image.copy()
        image.set_type(vips().GValue.blob_type, "icc-profile-data", self._profile)
        image = image.icc_export(pcs="xyz", depth=16, intent="relative", black_point_compensation=True)
        encoded: Array = image.numpy().reshape(-1, self.channels).astype(np.float32) / np.float32(65535)
        return encoded


def _as_image(samples: Array, maximum: int, interpretation: str) -> Any:
    count, channels = samples.shape
    kind = "uchar" if maximum <= 255 else "ushort"
    samples = np.ascontiguousarray(samples)
    return vips().Image.new_from_memory(samples, count, 1, channels, kind).copy(interpretation=interpretation)


@dataclass(frozen=True, eq=False)
class Residual:
    """What a conversion to sRGB and back takes from an untouched photo, where it is more than rounding.

    ``index`` (n,) int64 rising positions among the pixels in row order, ``values`` (n, channels) float32, as a share
    of the full range of the photo's own encoding.
    """

    index: Array
    values: Array

    def add(self, encoded: Array, first: int) -> None:
        """Add it in place to ``encoded`` (N, channels), the pixels from number ``first`` on."""
        start, end = np.searchsorted(self.index, (first, first + len(encoded)))
        encoded[self.index[start:end] - first] += self.values[start:end]


def lost_by(space: Space, samples: Array, maximum: int, srgb: Array, where: Array) -> tuple[Array, Array]:
    """Positions and values for a :class:`Residual` of these pixels; ``where`` (N,) marks those worth a look."""
    index = np.flatnonzero(where)
    values = samples[index].astype(np.float32) / np.float32(maximum) - space.encode(srgb[index], maximum)
    kept = np.abs(values).max(axis=1, initial=0) * maximum > 0.5
    return index[kept].astype(np.int64), values[kept]


def space_of(profile: bytes | None, channels: int) -> tuple[Space, bytes | None, str | None]:
    """The colour space of pixels with ``channels`` (1, 3 or 4) under ``profile``.

    Returns:
        The space; the profile that saved files get (None if it is of no use); a sentence for the user or None.
    """
    fallback: Space = TableSpace(None, 4) if channels == 4 else PlainSpace(channels)
    if profile is None:
        return fallback, None, None
    try:
        parsed = read_profile(profile)
        if parsed.channels != channels:
            return fallback, None, "The colour profile does not fit this kind of picture and was ignored."
        if parsed.channels == 1 and parsed.curves is None:
            return fallback, None, "The grey profile works in a way that is not supported and was ignored."
        space: Space = CurveSpace(parsed) if parsed.curves else TableSpace(profile, channels)
        grid = _sample_colours(channels)
        srgb, _ = space.decode(grid, 255)
        if channels == 4:
            return space, None, None
        if np.abs(srgb - PlainSpace(channels).decode(grid, 255)[0]).max() <= _SAME:
            return PlainSpace(channels), profile, None
    except vips_errors(ValueError):
        return fallback, None, "The colour profile was damaged and was ignored; standard colours are assumed."
    try:
        space.encode(srgb, 255)
    except vips_errors():
        return space, None, "The colour profile can only be read, not written, so the photo is saved as sRGB."
    return space, profile, None


def _sample_colours(channels: int) -> Array:
    """(N, channels) uint8: all greys, and for colour a lattice through the cube."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], channels, axis=1)
    if channels == 1:
        return greys
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    lattice = np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(-1, channels)
    return np.concatenate([greys, lattice])
