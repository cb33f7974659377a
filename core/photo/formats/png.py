"""PNG files: their chunks, read and written."""

import struct
import zlib
from collections.abc import Iterator


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the contents and their length for each chunk; stops where the file is cut off."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, size
        at += 12 + size


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the header states, before libvips has seen it; None if it is cut off."""
    return struct.unpack_from(">II", data, 16) if len(data) >= 24 else None


def density(data: bytes) -> tuple[float, float] | None:
    """Dots per inch across and down, or None."""
    for kind, at, size in chunks(data):
        if kind == b"pHYs" and size == 9 and data[at + 8] == 1:
            across, down = (int.from_bytes(data[at + n : at + n + 4], "big") * 0.0254 for n in (0, 4))
            return (across, down) if across and down else None
    return None


def with_metadata(data: bytes, exif: bytes | None, xmp: bytes | None, dpi: tuple[float, float] | None) -> bytes:
    """A PNG file with these in place of any resolution that it states. IPTC has no place in PNG."""
    added = []
    if dpi:
        across, down = (min(round(value / 0.0254), 2**31 - 1) for value in dpi)
        added.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if exif:
        added.append(_chunk(b"eXIf", exif))
    if xmp:
        added.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp))
    parts = [data[:8]]
    for kind, at, size in chunks(data):
        if kind != b"pHYs":
            parts.append(data[at - 8 : at + size + 4])
        if kind == b"IHDR":
            parts.extend(added)
    return b"".join(parts)


def _chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))
