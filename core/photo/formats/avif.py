"""AVIF files: reading and writing of the boxes of the ISO base media file format."""

import io
import re
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, features


def brands(data: bytes) -> list[bytes]:
    """The compatible brands of the file."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    return [data[at : at + 4] for at in range(16, end, 4)]


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels by the header, to be checked before libvips decodes the file; or None."""
    meta = next(((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta"), (0, 0))
    offsets = [match.end() + 4 for match in re.finditer(b"ispe", data[: meta[1]]) if match.start() >= meta[0]]
    sizes = [struct.unpack_from(">II", data, at) for at in offsets if at + 8 <= len(data)]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def code_points(data: bytes) -> tuple[int, int] | None:
    """Colour primaries and transfer characteristics (ITU-T H.273) of the main image of an AVIF or HEIC; or None."""
    boxes = [box for kind, box in _properties(data) if kind == b"colr" and box[:4] == b"nclx" and len(box) >= 8]
    return struct.unpack_from(">HH", boxes[0], 4) if boxes else None


def is_monochrome(data: bytes) -> bool:
    """Whether the main image of an AVIF is coded without colour."""
    boxes = [box for kind, box in _properties(data) if kind == b"av1C" and len(box) >= 3]
    return bool(boxes and boxes[0][2] & 0x10)


def _properties(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and contents of the properties of the main image; of all images if the tables are unusual."""
    try:
        meta_at, meta_end = next((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta")
        children = {kind: (at, end) for kind, at, end in _boxes(data, meta_at + 4, meta_end)}
        tables = {kind: (at, end) for kind, at, end in _boxes(data, *children[b"iprp"])}
        properties = [(kind, data[at:end]) for kind, at, end in _boxes(data, *tables[b"ipco"])]
    except (StopIteration, KeyError, IndexError):
        return []
    try:
        at, _ = children[b"pitm"]
        main = data[at + 4 : at + 6] if data[at] == 0 else data[at + 4 : at + 8]
        numbers = _associated(data, tables[b"ipma"][0], main)
        return [properties[number - 1] for number in numbers if 0 < number <= len(properties)]
    except (KeyError, IndexError):
        return properties


def _associated(data: bytes, at: int, item: bytes) -> list[int]:
    """The numbers of the properties that an ``ipma`` box (its contents at ``at``) assigns to an item."""
    id_size, wide = (4 if data[at] >= 1 else 2), data[at + 3] & 1
    count = int.from_bytes(data[at + 4 : at + 8], "big")
    at += 8
    for _ in range(count):
        number, amount = data[at : at + id_size], data[at + id_size]
        at += id_size + 1
        size = 2 if wide else 1
        entries = [int.from_bytes(data[at + n * size : at + (n + 1) * size], "big") for n in range(amount)]
        if int.from_bytes(number, "big") == int.from_bytes(item, "big"):
            return [entry & (0x7FFF if wide else 0x7F) for entry in entries]
        at += amount * size
    raise KeyError("no properties")


def can_encode_grey() -> bool:
    """Whether the installed Pillow can write AVIF."""
    return bool(features.check("avif"))


def encode_grey(
    samples: np.ndarray, quality: int, profile: bytes | None, exif: bytes | None, xmp: bytes | None
) -> bytes:
    """Encode an AVIF file without colour, which libvips cannot write; 8 bits, the most that Pillow writes.

    Args:
        samples: (H, W) uint8.
        quality: 1 to 100; 100 is lossless.
        profile: ICC profile for grey, or None.
        exif: a TIFF structure, or None.
        xmp: XMP packet, or None.

    Raises:
        ValueError: it cannot be encoded.
    """
    file = io.BytesIO()
    blocks = {"icc_profile": profile, "exif": exif, "xmp": xmp}
    try:
        Image.fromarray(samples).save(
            file, "AVIF", quality=quality, subsampling="4:0:0", speed=8, **{name: b for name, b in blocks.items() if b}
        )
    except (OSError, KeyError) as error:
        raise ValueError(str(error)) from error
    return file.getvalue()


def with_metadata(data: bytes, exif: bytes | None) -> bytes:
    """Put EXIF into an AVIF file that holds a placeholder for it.

    The EXIF is appended, so that nothing else moves, and the table of items points there.

    Args:
        data: the file.
        exif: a TIFF structure; None returns the file as it is.

    Raises:
        ValueError: the file does not have the layout of libheif.
    """
    if not exif:
        return data
    try:
        meta_at, meta_end = next((at, end) for kind, at, end in _boxes(data, 0, len(data)) if kind == b"meta")
        children = {kind: at for kind, at, _ in _boxes(data, meta_at + 4, meta_end)}
        entries = [at for kind, at, _ in _boxes(data, children[b"iinf"] + 6, meta_end) if kind == b"infe"]
        item = next(data[at + 4 : at + 6] for at in entries if data[at + 8 : at + 12] == b"Exif")
        base, extent = _item_location(data, children[b"iloc"], item)
    except (StopIteration, KeyError, IndexError) as error:
        raise ValueError("no item for EXIF") from error
    contents = struct.pack(">I", 6) + b"Exif\x00\x00" + exif  # the offset of the TIFF structure
    out = bytearray(data)
    out[base] = bytes(base.stop - base.start)
    out[extent] = struct.pack(">II", len(data) + 8, len(contents))
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


def _item_location(data: bytes, at: int, item: bytes) -> tuple[slice, slice]:
    """Find the location of an item that is one extent in an ``iloc`` box (its contents at ``at``).

    Returns:
        The bytes of the base offset, and those of the offset and length of the extent.
    """
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
    raise ValueError("an item without a location")
