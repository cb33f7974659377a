"""ICC profiles with a tone curve per channel and, for colour, a 3×3 matrix: read exactly, and made.

Nearly every photo has such a profile (Adobe RGB, Display P3, ProPhoto, Rec. 2020, grey gamma). Computed here, the
conversion is exact and has an exact inverse; with the lookup tables that colour engines use for integers, a 16-bit
photo would be saved several levels off.

Source: ICC.1:2022 (profile version 4.4): header, tag table, curveType, parametricCurveType.
"""

import struct
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

Chromaticity = tuple[float, float]
"""CIE x and y."""

Primaries = tuple[Chromaticity, Chromaticity, Chromaticity]
"""Chromaticities of red, green and blue."""


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
        """Linear light of encoded values ``x``, same shape and dtype."""
        if self.table is not None:
            light: Array = np.interp(x, np.linspace(0.0, 1.0, len(self.table)), self.table).astype(x.dtype)
            return light
        if self.gamma == 1.0 and self.d == 0.0 and self.a == 1.0 and self.b == self.e == 0.0:
            return x
        above: Array = np.maximum(self.a * x + self.b, 0) ** self.gamma + self.e
        if self.d <= 0:
            return above
        joined: Array = np.where(x >= self.d, above, self.c * x + self.f).astype(x.dtype)
        return joined

    def encoded(self, y: Array) -> Array:
        """The inverse of :meth:`linear`. Where the curve is constant, one of the values that it maps there."""
        if self.table is not None:
            values: Array = np.interp(y, self.table, np.linspace(0.0, 1.0, len(self.table))).astype(y.dtype)
            return values
        if self.gamma == 1.0 and self.d == 0.0 and self.a == 1.0 and self.b == self.e == 0.0:
            return y
        above: Array = (np.maximum(y - self.e, 0) ** (1.0 / self.gamma) - self.b) / self.a
        if self.d <= 0:
            return above
        below = (y - self.f) / self.c if self.c > 0 else np.zeros_like(y)
        knee = (self.a * self.d + self.b) ** self.gamma + self.e
        joined: Array = np.where(y >= knee, above, below).astype(y.dtype)
        return joined


SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Linear sRGB to CIE XYZ under D50: the primaries of IEC 61966-2-1, adapted by Bradford's method as in ICC profiles."""

SRGB_CURVE = Curve(None, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""The tone curve of IEC 61966-2-1."""

_MIN_SLOPE = 1e-4
"""Of tone curves in tables: in constant parts different numbers would become equal and could not be restored."""

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@dataclass(frozen=True)
class Profile:
    """What an ICC profile says about the numbers in a file.

    Attributes:
        channels: 1, 3 or 4.
        curves: one tone curve per channel; None for a profile with lookup tables.
        matrix: (3, 3), linear RGB to CIE XYZ under D50; None for grey and for a profile with lookup tables.
    """

    channels: int
    curves: tuple[Curve, ...] | None = None
    matrix: Array | None = None


def read_profile(data: bytes) -> Profile:
    """Read an ICC profile.

    Raises:
        ValueError: it is damaged, or of a kind that photos do not have.
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
        raise ValueError("ICC profile of an unsupported colour model")
    tags: dict[bytes, bytes] = {}
    for index in range(struct.unpack_from(">I", data, 128)[0]):
        signature, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * index)
        if offset + size > len(data):
            raise ValueError("damaged ICC profile")
        tags[signature] = data[offset : offset + size]
    if channels == 1 and b"kTRC" in tags:
        return Profile(1, (_read_curve(tags[b"kTRC"]),))
    has_matrix = data[20:24] == b"XYZ " and {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"} <= tags.keys()
    if channels == 3 and has_matrix and b"A2B0" not in tags:  # lookup tables take precedence over a matrix
        curves = tuple(_read_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        matrix = np.array([struct.unpack_from(">3i", tags[name], 8) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]).T / 65536
        if abs(np.linalg.det(matrix)) < 1e-6:
            raise ValueError("damaged ICC profile")
        return Profile(3, curves, matrix)
    return Profile(channels)


def _read_curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv":
        count = struct.unpack_from(">I", tag, 8)[0]
        if count == 0:
            return Curve()
        values = struct.unpack_from(f">{count}H", tag, 12)
        if count == 1:
            return _check_rising(Curve(gamma=values[0] / 256))
        table = np.array(values) / 65535
        if table[-1] <= table[0]:
            raise ValueError("ICC profile with a falling tone curve")
        table = np.maximum.accumulate(table)
        if (np.diff(table) == 0).any():
            table = table + _MIN_SLOPE * (np.linspace(0, 1, count) - table)
        return Curve(table=table)
    if tag[:4] == b"para":
        function = struct.unpack_from(">H", tag, 8)[0]
        count = (1, 3, 4, 5, 7)[function]
        parameters = [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)]
        if function in (1, 2):  # constant below -b/a
            gamma, a, b = parameters[:3]
            offset = parameters[3] if function == 2 else 0.0
            return _check_rising(Curve(None, gamma, a, b, 0.0, -b / a, offset, offset))
        return _check_rising(Curve(None, *parameters))
    raise ValueError("ICC profile with an unknown kind of tone curve")


def _check_rising(curve: Curve) -> Curve:
    """Return ``curve`` if it rises, so that it has an inverse."""
    if curve.gamma <= 0 or curve.a <= 0 or curve.linear(np.array([1.0]))[0] <= curve.linear(np.array([0.0]))[0]:
        raise ValueError("ICC profile with a falling tone curve")
    return curve


def make_rgb_profile(name: str, primaries: Primaries, white: Chromaticity, curves: tuple[Curve, Curve, Curve]) -> bytes:
    """Make an ICC profile, version 4, from primaries, white point and tone curves.

    Args:
        name: what programs display, ASCII.
        primaries: chromaticities of red, green and blue.
        white: chromaticity of white; it is adapted to D50 as ICC requires, by Bradford's method.
        curves: of red, green and blue; each a power or a formula, not a table.

    Raises:
        ValueError: the chromaticities do not define a colour space.
    """
    adaptation = _adaptation_to_d50(_xyz(white))
    columns = np.stack([_xyz(primary) for primary in primaries], axis=1)  # (3, 3)
    try:
        matrix = adaptation @ (columns * np.linalg.solve(columns, _xyz(white)))
    except np.linalg.LinAlgError as error:
        raise ValueError("primaries on a line") from error
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 4 or abs(np.linalg.det(matrix)) < 1e-3:
        raise ValueError("primaries without a gamut")
    tags = {b"chad": b"sf32" + bytes(4) + _fixed_point(adaptation.ravel())}
    for letter, column, curve in zip((b"r", b"g", b"b"), matrix.T, curves, strict=True):
        tags[letter + b"XYZ"] = _xyz_tag(column)
        tags[letter + b"TRC"] = _curve_tag(curve)
    return _assemble(name, b"RGB ", tags)


def make_grey_profile(name: str, curve: Curve) -> bytes:
    """Make an ICC profile, version 4, for grey with this tone curve; see :func:`make_rgb_profile`."""
    return _assemble(name, b"GRAY", {b"kTRC": _curve_tag(curve)})


def _xyz(chromaticity: Chromaticity) -> Array:
    x, y = chromaticity
    if not (0 <= x <= 1 and 0 < y <= 1):
        raise ValueError("an impossible chromaticity")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation_to_d50(white: Array) -> Array:
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adaptation: Array = np.linalg.solve(_BRADFORD, scale[:, None] * _BRADFORD)
    return adaptation


def _fixed_point(values: Array) -> bytes:
    """Signed 16.16 fixed-point numbers."""
    return bytes(np.rint(values * 65536).astype(">i4").tobytes())


def _xyz_tag(values: Array) -> bytes:
    return b"XYZ " + bytes(4) + _fixed_point(values)


def _curve_tag(curve: Curve) -> bytes:
    if curve.d > 0:
        values, function = [curve.gamma, curve.a, curve.b, curve.c, curve.d], 3
    else:
        values, function = [curve.gamma], 0
    return b"para" + bytes(4) + struct.pack(">HH", function, 0) + _fixed_point(np.array(values))


def _text_tag(text: str) -> bytes:
    coded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded


def _assemble(name: str, model: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _text_tag(name), b"cprt": _text_tag("CC0"), b"wtpt": _xyz_tag(_D50), **tags}
    start = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    offsets: dict[bytes, int] = {}  # equal contents are stored once
    for signature, contents in tags.items():
        if contents not in offsets:
            offsets[contents] = start + len(body)
            body += contents + bytes(-len(contents) % 4)
        table += struct.pack(">4sII", signature, offsets[contents], len(contents))
    head = struct.pack(">4s4s4s4s4s", bytes(4), b"\x04\x20\x00\x00", b"mntr", model, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    head += struct.pack(">I", 1) + _fixed_point(_D50) + bytes(48)
    size = 4 + len(head) + 4 + len(table) + len(body)
    return struct.pack(">I", size) + head + struct.pack(">I", len(tags)) + table + body
