"""Photoshop's image resources, one of which holds IPTC-IIM records.

Source: Adobe Photoshop File Formats Specification, "Image Resource Blocks" and "Path resource format".
"""

import struct
from collections.abc import Callable, Iterator

from core.photo.formats.xmp import turn_point

PHOTOSHOP = b"Photoshop 3.0\x00"
RECORDS = 0x0404
"""Number of the resource that holds IPTC records."""
_SIGNATURES = (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR")
_PATHS = range(2000, 2999)
# Resources that stay valid for restored pixels: caption, copyright flag, URL, paths, the name of the clipping path. The
# others are previews, copies of other metadata (EXIF, XMP, resolution), or print settings.
_PRESERVED = frozenset({0x03F0, 0x040A, 0x040B, 2999, *_PATHS})
_KNOT_RECORDS = (1, 2, 4, 5)
_PATH_UNIT = 2.0**24


def resources(block: bytes) -> Iterator[tuple[bytes, int, bytes, bytes]]:
    """Signature, number, name (as stored) and contents of each image resource; stops where the block is truncated."""
    at = len(PHOTOSHOP) if block.startswith(PHOTOSHOP) else 0
    while block[at : at + 4] in _SIGNATURES and at + 7 <= len(block):
        signature, kind = block[at : at + 4], int.from_bytes(block[at + 4 : at + 6], "big")
        name_end = at + 6 + (block[at + 6] + 2) // 2 * 2  # the name, padded to an even length with its count
        name = block[at + 6 : name_end]
        size = int.from_bytes(block[name_end : name_end + 4], "big")
        start = name_end + 4
        yield signature, kind, name, block[start : start + size]
        at = start + size + size % 2


def resource(signature: bytes, kind: int, name: bytes, contents: bytes) -> bytes:
    """One image resource as it is stored; ``name`` as :func:`resources` gives it."""
    return (
        signature + struct.pack(">H", kind) + name + struct.pack(">I", len(contents)) + contents
        + bytes(len(contents) % 2)
    )  # fmt: skip


def records(block: bytes) -> bytes | None:
    """The IPTC records among image resources, or None; a block of nothing but records is returned as it is."""
    if block.startswith(b"\x1c"):
        return block
    return b"".join(contents for _, kind, _, contents in resources(block) if kind == RECORDS) or None


def without_records(block: bytes) -> bytes:
    """The image resources without those that hold IPTC records."""
    return b"".join(resource(*entry) for entry in resources(block) if entry[1] != RECORDS)


def preserved_resources(block: bytes, turn: int) -> bytes | None:
    """The image resources, without IPTC, that stay valid for restored pixels; None if there are none.

    Args:
        block: image resources.
        turn: the EXIF orientation, 1 to 8, by which paths are turned upright.
    """
    preserved = []
    for signature, kind, name, contents in resources(block):
        if signature == b"8BIM" and kind in _PRESERVED:
            turned = _turn_path(contents, turn) if kind in _PATHS and turn > 1 else contents
            preserved.append(resource(signature, kind, name, turned))
    return b"".join(preserved) or None


def foreign_resources(block: bytes) -> list[int]:
    """Numbers of the image resources of programs other than Photoshop."""
    return sorted({kind for signature, kind, _, _ in resources(block) if signature != b"8BIM" and kind != RECORDS})


def cropped_resources(block: bytes, crop: tuple[int, int, int, int], size: tuple[int, int]) -> bytes:
    """Image resources whose paths are adapted to a crop.

    Args:
        block: image resources.
        crop: left, top, width and height, in pixels.
        size: width and height of the photo before the crop.
    """

    def move(x: float, y: float) -> tuple[float, float]:
        return (x * size[0] - crop[0]) / crop[2], (y * size[1] - crop[1]) / crop[3]

    return b"".join(
        resource(signature, kind, name, _map_path(contents, move) if kind in _PATHS else contents)
        for signature, kind, name, contents in resources(block)
    )


def _turn_path(path: bytes, turn: int) -> bytes:
    """Turn a path by EXIF orientation ``turn``."""
    return _map_path(path, lambda x, y: turn_point(turn, x, y))


def _map_path(path: bytes, move: Callable[[float, float], tuple[float, float]]) -> bytes:
    """Move the points of a path: records of 26 bytes, a kind and three points (y, x) relative to the image."""
    out = bytearray(path)
    for at in range(0, len(path) - 25, 26):
        if int.from_bytes(path[at : at + 2], "big") in _KNOT_RECORDS:
            numbers = struct.unpack_from(">6i", path, at + 2)
            turned: list[int] = []
            for y, x in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = move(x / _PATH_UNIT, y / _PATH_UNIT)
                turned += (round(y * _PATH_UNIT), round(x * _PATH_UNIT))
            struct.pack_into(">6i", out, at + 2, *(min(max(value, -(2**31)), 2**31 - 1) for value in turned))
    return bytes(out)


def join(iptc: bytes | None, others: bytes | None) -> bytes:
    """Join IPTC records and other image resources into one sequence of image resources; may be empty."""
    return (resource(b"8BIM", RECORDS, b"\x00\x00", iptc) if iptc else b"") + (others or b"")
