"""AVIF files: the boxes of the ISO base media format, read and written."""

import re
import struct
from collections.abc import Iterator


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the header states, before libvips has seen it; None if it does not."""
    meta = next(((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta"), (0, 0))
    places = [match.end() + 4 for match in re.finditer(b"ispe", data[: meta[1]]) if match.start() >= meta[0]]
    sizes = [struct.unpack_from(">II", data, at) for at in places if at + 8 <= len(data)]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def with_metadata(data: bytes, exif: bytes | None) -> bytes:
    """An AVIF file that holds a placeholder for EXIF, with the real one; without ``exif`` as it is.

    The EXIF goes to the end of the file, where nothing else has to move, and the table of items is pointed there.

    Raises:
        ValueError: the file is not laid out as libheif does it.
    """
    if not exif:
        return data
    try:
        meta_at, meta_end = next((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta")
        inside = {kind: at for kind, at, _ in _boxes(data, meta_at + 4, meta_end)}
        entries = [at for kind, at, _ in _boxes(data, inside[b"iinf"] + 6, meta_end) if kind == b"infe"]
        item = next(data[at + 4 : at + 6] for at in entries if data[at + 8 : at + 12] == b"Exif")
        base, place = _item_place(data, inside[b"iloc"], item)
    except (StopIteration, KeyError, IndexError) as error:
        raise ValueError("no place for EXIF") from error
    contents = struct.pack(">I", 6) + b"Exif\x00\x00" + exif  # the number says where the TIFF structure starts
    out = bytearray(data)
    out[base] = bytes(base.stop - base.start)
    out[place] = struct.pack(">II", len(data) + 8, len(contents))
    return bytes(out) + struct.pack(">I4s", len(contents) + 8, b"mdat") + contents


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the contents and end of each box of an ISO media file."""
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4], "big")
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        yield data[at + 4 : at + 8], at + head, min(at + size, end) if size else end
        at += max(size, 8) if size else end


def _item_place(data: bytes, at: int, item: bytes) -> tuple[slice, slice]:
    """Where an ``iloc`` box (its contents at ``at``) keeps the base of an item in one piece, and offset and length."""
    version, sizes, base_size = data[at], data[at + 4], data[at + 5] >> 4
    count = int.from_bytes(data[at + 6 : at + 8], "big")
    if version > 1 or sizes != 0x44:
        raise ValueError("an unusual table of items")
    at += 8
    for _ in range(count):
        base_at = at + (6 if version == 1 else 4)
        extents_at = base_at + base_size
        extents = int.from_bytes(data[extents_at : extents_at + 2], "big")
        if data[at : at + 2] == item and extents == 1:
            return slice(base_at, extents_at), slice(extents_at + 2, extents_at + 10)
        at = extents_at + 2 + 8 * extents
    raise ValueError("an item without a place")
