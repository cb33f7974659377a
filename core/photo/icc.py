"""ICC profiles of the simple kind, read exactly: a tone curve per channel and, for colour, a 3×3 matrix.

Nearly every photograph carries such a profile (Adobe RGB, Display P3, ProPhoto, Rec. 2020, grey gamma). Worked out
here the conversion is exact and has an exact inverse; through lookup tables, as colour engines do it for whole
numbers, a 16-bit picture comes back several levels off.
"""

import struct
from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Curve:
    """A tone curve from the encoded value to linear light, both 0 to 1. Either a table or a formula.

    The formula is ``(a·x + b)^gamma + e`` for ``x ≥ d`` and ``c·x + f`` below.
    """

    table: Array | None = None
    gamma: float = 1.0
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def linear(self, x: Array) -> Array:
        """Linear light for encoded ``x``, same shape and dtype."""
        if self.table is not None:
            return np.interp(x, np.linspace(0.0, 1.0, len(self.table)), self.table).astype(x.dtype)
        if self.gamma == 1.0 and self.d == 0.0 and self.a == 1.0 and self.b == self.e == 0.0:
            return x
        above = np.maximum(self.a * x + self.b, 0) ** self.gamma + self.e
        return above if self.d <= 0 else np.where(x >= self.d, above, self.c * x + self.f).astype(x.dtype)

    def encoded(self, y: Array) -> Array:
        """The inverse of :meth:`linear`. Where a curve is flat, one of the values that it maps there."""
        if self.table is not None:
            return np.interp(y, self.table, np.linspace(0.0, 1.0, len(self.table))).astype(y.dtype)
        if self.gamma == 1.0 and self.d == 0.0 and self.a == 1.0 and self.b == self.e == 0.0:
            return y
        above = (np.maximum(y - self.e, 0) ** (1.0 / self.gamma) - self.b) / self.a
        if self.d <= 0:
            return above
        below = (y - self.f) / self.c if self.c > 0 else np.zeros_like(y)
        knee = (self.a * self.d + self.b) ** self.gamma + self.e
        return np.where(y >= knee, above, below).astype(y.dtype)


SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Linear sRGB to CIE XYZ under D50, from the primaries of IEC 61966-2-1 adapted by Bradford's method, as in ICC."""

SRGB_CURVE = Curve(None, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""The tone curve of IEC 61966-2-1."""

_LEAST_SLOPE = 1e-4
"""Of tone curves in tables: on flat parts different numbers would become the same and could not be told apart again."""


@dataclass(frozen=True)
class Profile:
    """What a profile says about pixels.

    ``channels`` is 1, 3 or 4. ``curves`` holds one tone curve per channel and ``matrix`` (3, 3) maps linear RGB to
    CIE XYZ under D50; both are None for a profile that works through tables.
    """

    channels: int
    curves: tuple[Curve, ...] | None = None
    matrix: Array | None = None


def read_profile(data: bytes) -> Profile:
    """Read an ICC profile.

    Raises:
        ValueError: it is damaged or of a kind that pictures do not carry.
    """
    try:
        return _read(data)
    except (struct.error, IndexError, ZeroDivisionError, OverflowError) as error:
        raise ValueError("damaged ICC profile") from error


def _read(data: bytes) -> Profile:
    if len(data) < 132 or data[36:40] != b"acsp" or struct.unpack_from(">I", data)[0] > len(data):
        raise ValueError("damaged ICC profile")
    channels = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}.get(data[16:20])
    if channels is None:
        raise ValueError("ICC profile of an unusual colour model")
    tags: dict[bytes, bytes] = {}
    for index in range(struct.unpack_from(">I", data, 128)[0]):
        signature, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if offset + size > len(data):
            raise ValueError("damaged ICC profile")
        tags[signature] = data[offset : offset + size]
    if channels == 1 and b"kTRC" in tags:
        return Profile(1, (_curve(tags[b"kTRC"]),))
    # A profile with tables as well means those to be used.
    simple = data[20:24] == b"XYZ " and {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"} <= tags.keys()
    if channels == 3 and simple and b"A2B0" not in tags:
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        matrix = np.array([struct.unpack_from(">3i", tags[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T / 65536
        if abs(np.linalg.det(matrix)) < 1e-6:
            raise ValueError("damaged ICC profile")
        return Profile(3, curves, matrix)
    return Profile(channels)


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv":
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            return Curve()
        values = struct.unpack_from(f">{count}H", tag, 12)
        if count == 1:
            return _checked(Curve(gamma=values[0] / 256))
        table = np.array(values) / 65535
        if table[-1] <= table[0]:
            raise ValueError("ICC profile with a falling tone curve")
        table = np.maximum.accumulate(table)
        if (np.diff(table) == 0).any():
            table = table + _LEAST_SLOPE * (np.linspace(0, 1, count) - table)
        return Curve(table=table)
    if tag[:4] == b"para":
        kind = struct.unpack_from(">H", tag, 8)[0]
        count = (1, 3, 4, 5, 7)[kind]
        p = [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)]
        if kind in (1, 2):  # below the knee at -b/a the curve is constant
            e = p[3] if kind == 2 else 0.0
            return _checked(Curve(None, p[0], p[1], p[2], 0.0, -p[2] / p[1], e, e))
        return _checked(Curve(None, *p))
    raise ValueError("ICC profile with an unknown kind of tone curve")


def _checked(curve: Curve) -> Curve:
    """``curve`` if it rises, so that it can be turned round."""
    if curve.gamma <= 0 or curve.a <= 0 or curve.linear(np.array([1.0]))[0] <= curve.linear(np.array([0.0]))[0]:
        raise ValueError("ICC profile with a falling tone curve")
    return curve
