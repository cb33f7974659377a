"""Metadata blocks in the bytes of JPEG, PNG, WebP and AVIF files: found when reading, put in when saving.

libvips writes the pixels and the colour profile; EXIF, XMP and IPTC are added here to its result as they were, byte
for byte.
"""

import re
import struct
import zlib
from collections.abc import Iterator

_PHOTOSHOP = b"Photoshop 3.0\x00"
_JPEG_LIMIT = 65533  # bytes of payload in one JPEG segment
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>)\s*)[2-8]")


def upright_xmp(xmp: bytes) -> bytes:
    """The XMP packet with its copy of the EXIF orientation set to 1."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


def iptc_records(block: bytes) -> bytes | None:
    """The IPTC records of a JPEG's Photoshop block; a block that is nothing but records, as in TIFF, is given back."""
    if not block.startswith(_PHOTOSHOP):
        return block if block.startswith(b"\x1c") else None
    at = len(_PHOTOSHOP)
    while block[at : at + 4] == b"8BIM" and at + 7 <= len(block):
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        at += 6 + (block[at + 6] + 2) // 2 * 2  # the name, padded to an even length with its count
        size = int.from_bytes(block[at : at + 4], "big")
        if kind == 0x0404:
            return block[at + 4 : at + 4 + size] or None
        at += 4 + size + size % 2
    return None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the contents and their length for each chunk; stops where the file is cut off."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, size
        at += 12 + size


def stated_size(data: bytes, key: str) -> tuple[int, int] | None:
    """Width and height that the header of a PNG or AVIF states, before libvips has seen it; else None."""
    if key == "png" and len(data) >= 24:
        return struct.unpack_from(">II", data, 16)
    if key == "avif":
        meta = next(((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta"), (0, 0))
        places = [match.end() + 4 for match in re.finditer(b"ispe", data[: meta[1]]) if match.start() >= meta[0]]
        sizes = [struct.unpack_from(">II", data, at) for at in places if at + 8 <= len(data)]
        return max(sizes, key=lambda size: size[0] * size[1], default=None)
    return None


def jpeg_density(data: bytes) -> tuple[float, float] | None:
    """Dots per inch from a JFIF header, or None."""
    if data[2:4] != b"\xff\xe0" or data[6:11] != b"JFIF\x00" or len(data) < 18:
        return None
    unit, across, down = struct.unpack_from(">BHH", data, 13)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def unread_colours(primaries: int, transfer: int) -> bool:
    """Whether the code points of ITU-T H.273 mean other colours than those of sRGB and its kin."""
    return primaries not in (0, 1, 2, 5, 6) or transfer not in (0, 1, 2, 6, 13, 14, 15)


def into_jpeg(
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
        segments.append((0xED, _PHOTOSHOP + resource))
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
        for marker, payload in segments
        if len(payload) <= _JPEG_LIMIT
    )
    return data[:2] + head + data[2:]


def into_png(data: bytes, exif: bytes | None, xmp: bytes | None, dpi: tuple[float, float] | None) -> bytes:
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
    for kind, at, size in png_chunks(data):
        if kind != b"pHYs":
            parts.append(data[at - 8 : at + size + 4])
        if kind == b"IHDR":
            parts.extend(added)
    return b"".join(parts)


def _chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def into_webp(data: bytes, exif: bytes | None, xmp: bytes | None, width: int, height: int, alpha: bool) -> bytes:
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


def into_avif(data: bytes, exif: bytes | None) -> bytes:
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
