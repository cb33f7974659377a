"""WebP files: their chunks, read and written."""

import struct
from collections.abc import Iterator


def kinds(data: bytes) -> Iterator[bytes]:
    """The kinds of the chunks of a WebP file, one after the other."""
    at = 12
    while at + 8 <= len(data):
        yield data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2


def with_metadata(data: bytes, exif: bytes | None, xmp: bytes | None, width: int, height: int, alpha: bool) -> bytes:
    """A WebP file with these chunks. IPTC and resolution have no place in WebP but within them."""
    added = [(kind, block) for kind, block in ((b"EXIF", exif), (b"XMP ", xmp)) if block]
    if not added:
        return data
    flags = (8 if exif else 0) | (4 if xmp else 0)
    body = bytearray(data[12:])
    if body[:4] == b"VP8X":
        body[8] |= flags
    else:
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        body[:0] = b"VP8X" + struct.pack("<IB3x", 10, flags | (16 if alpha else 0)) + size
    for kind, block in added:
        body += kind + struct.pack("<I", len(block)) + block + bytes(len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + bytes(body)
