"""ICC profiles for colours that a file states in another way, so that results can carry them."""

import struct

import numpy as np

from core.photo.icc import Curve

Chromaticity = tuple[float, float]
"""CIE x and y."""

Primaries = tuple[Chromaticity, Chromaticity, Chromaticity]
"""Red, green and blue."""

_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def rgb_profile(name: str, primaries: Primaries, white: Chromaticity, curves: tuple[Curve, Curve, Curve]) -> bytes:
    """An ICC profile, version 4, by primaries, white point and tone curves.

    Args:
        name: what programs show, ASCII.
        primaries: chromaticities of red, green and blue.
        white: chromaticity of white; it is adapted to D50 as ICC asks for, by the method of Bradford.
        curves: of red, green and blue; each a power or a formula, no table.

    Raises:
        ValueError: the numbers describe no colours.
    """
    adaptation = _adaptation(_xyz(white))
    columns = np.stack([_xyz(primary) for primary in primaries], axis=1)  # (3, 3)
    try:
        matrix = adaptation @ (columns * np.linalg.solve(columns, _xyz(white)))
    except np.linalg.LinAlgError as error:
        raise ValueError("primaries on a line") from error
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 4 or abs(np.linalg.det(matrix)) < 1e-3:
        raise ValueError("primaries that span no colours")
    tags = {b"chad": b"sf32" + bytes(4) + _fixed(adaptation.ravel())}
    for letter, column, curve in zip((b"r", b"g", b"b"), matrix.T, curves, strict=True):
        tags[letter + b"XYZ"] = _xyz_tag(column)
        tags[letter + b"TRC"] = _curve_tag(curve)
    return _profile(name, b"RGB ", tags)


def grey_profile(name: str, curve: Curve) -> bytes:
    """An ICC profile, version 4, for grey with this tone curve; see :func:`rgb_profile`."""
    return _profile(name, b"GRAY", {b"kTRC": _curve_tag(curve)})


def _xyz(chromaticity: Chromaticity) -> np.ndarray:
    x, y = chromaticity
    if not (0 <= x <= 1 and 0 < y <= 1):
        raise ValueError("a chromaticity that is none")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _adaptation(white: np.ndarray) -> np.ndarray:
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adapted: np.ndarray = np.linalg.solve(_BRADFORD, scale[:, None] * _BRADFORD)
    return adapted


def _fixed(values: np.ndarray) -> bytes:
    """Signed 16.16 fixed-point numbers."""
    return np.rint(values * 65536).astype(">i4").tobytes()


def _xyz_tag(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _curve_tag(curve: Curve) -> bytes:
    if curve.d > 0:
        values, kind = [curve.gamma, curve.a, curve.b, curve.c, curve.d], 3
    else:
        values, kind = [curve.gamma], 0
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + _fixed(np.array(values))


def _text_tag(text: str) -> bytes:
    coded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded


def _profile(name: str, model: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"desc": _text_tag(name), b"cprt": _text_tag("CC0"), b"wtpt": _xyz_tag(_D50), **tags}
    start = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    places: dict[bytes, int] = {}  # equal contents are kept once
    for signature, contents in tags.items():
        if contents not in places:
            places[contents] = start + len(body)
            body += contents + bytes(-len(contents) % 4)
        table += struct.pack(">4sII", signature, places[contents], len(contents))
    head = struct.pack(">4s4s4s4s4s", bytes(4), b"\x04\x20\x00\x00", b"mntr", model, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(24)
    head += struct.pack(">I", 1) + _fixed(_D50) + bytes(48)
    size = 4 + len(head) + 4 + len(table) + len(body)
    return struct.pack(">I", size) + head + struct.pack(">I", len(tags)) + table + body
