"""JPEG files: their header segments, read and written."""

import struct

from core.photo.formats.iptc import PHOTOSHOP

_LIMIT = 65533  # bytes of payload in one segment


def density(data: bytes) -> tuple[float, float] | None:
    """Dots per inch from a JFIF header, or None."""
    if data[2:4] != b"\xff\xe0" or data[6:11] != b"JFIF\x00" or len(data) < 18:
        return None
    unit, across, down = struct.unpack_from(">BHH", data, 13)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def with_metadata(
    data: bytes, exif: bytes | None, xmp: bytes | None, iptc: bytes | None, dpi: tuple[float, float] | None
) -> bytes:
    """A JPEG file without header segments, with them. A block too long for a JPEG segment (64 KB) is left out."""
    unit, across, down = (1, *(min(max(round(value), 1), 65535) for value in dpi)) if dpi else (0, 1, 1)
    segments = [(0xE0, b"JFIF\x00\x01\x02" + struct.pack(">BHHBB", unit, across, down, 0, 0))]
    if exif:
        segments.append((0xE1, b"Exif\x00\x00" + exif))
    if xmp:
        segments.append((0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + xmp))
    if iptc:
        resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(iptc)) + iptc + bytes(len(iptc) % 2)
        segments.append((0xED, PHOTOSHOP + resource))
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
        for marker, payload in segments
        if len(payload) <= _LIMIT
    )
    return data[:2] + head + data[2:]
