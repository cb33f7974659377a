"""WebP files: reading and writing of chunks."""

import struct
from collections.abc import Iterator

import numpy as np


def kinds(data: bytes) -> Iterator[bytes]:
    """The kind of each chunk of a WebP file."""
    at = 12
    while at + 8 <= len(data):
        yield data[at : at + 4]
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2


def is_lossless(data: bytes) -> bool:
    """Whether the image, or a frame of it, is coded losslessly."""
    return any(kind == b"VP8L" for kind in kinds(data))


def is_grey(samples: np.ndarray) -> bool:
    """Whether a decoded lossy image, (H, W, 3 or 4) uint8, has no colour in the file.

    The format stores luminance and chrominance only, and its integer conversion (libwebp, ``VP8YUVToR`` and others)
    gives greys equal red and blue, and a green that is up to one level lower.
    """
    red, green = samples[..., 0], samples[..., 1]
    return bool(np.array_equal(red, samples[..., 2]) and (green <= red).all() and (red - green).max() <= 1)


def with_metadata(data: bytes, exif: bytes | None, xmp: bytes | None, width: int, height: int, alpha: bool) -> bytes:
    """Add EXIF and XMP to a WebP file, which has no other place for metadata.

    Args:
        data: a WebP file without metadata.
        exif: a TIFF structure, or None.
        xmp: a packet, or None.
        width: of the image, in pixels.
        height: of the image, in pixels.
        alpha: whether it has transparency.
    """
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
