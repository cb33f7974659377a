"""Where a photo was taken, taken out of its metadata."""

import re
import struct
from dataclasses import replace

from core.photo.exif import GPS_IFD, Tiff
from core.photo.photo import Photo

_XMP_ATTRIBUTE = re.compile(rb"\s+exif:GPS\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_XMP_ELEMENT = re.compile(rb"<exif:(GPS\w+)(?:\s[^>]*)?(?:/>|>.*?</exif:\1\s*>)", re.DOTALL)


def without_position(photo: Photo) -> Photo:
    """The same photo without GPS data in EXIF and XMP.

    Place names that somebody has typed in stay, and so do maker notes, which some cameras put a position into. EXIF
    that cannot be read is dropped as a whole, since nobody can tell what it holds.
    """
    kept = photo.preserved
    exif = _exif_without(kept.exif) if kept.exif else None
    xmp = _XMP_ELEMENT.sub(b"", _XMP_ATTRIBUTE.sub(b"", kept.xmp)) if kept.xmp else None
    return replace(photo, preserved=replace(kept, exif=exif, xmp=xmp))


def _exif_without(block: bytes) -> bytes | None:
    try:
        tiff = Tiff(block)
        data = bytearray(block)
        while (pointer := _pointer(tiff)) is not None:  # there is one, unless somebody plays tricks
            _blank(tiff, data)
            _unhook(tiff, data, pointer)
            tiff = Tiff(bytes(data))
        return bytes(data)
    except (ValueError, struct.error):
        return None


def _pointer(tiff: Tiff) -> int | None:
    """Number of the GPS field within the first directory."""
    start, count = tiff.start(tiff.first)
    stride = 20 if tiff.big else 12
    for number in range(count):
        if tiff.unpack("H", start + number * stride) == GPS_IFD:
            return number
    return None


def _blank(tiff: Tiff, data: bytearray) -> None:
    """Overwrite the GPS directory and its values with zeros. Nothing moves: maker notes hold offsets."""
    offset = tiff.number(GPS_IFD)
    if offset is None:
        return
    for entry in list(tiff.entries(offset)):
        data[entry.at : entry.at + entry.size] = bytes(entry.size)
    start, count = tiff.start(offset)
    end = min(start + count * (20 if tiff.big else 12), len(data))
    data[offset:end] = bytes(end - offset)


def _unhook(tiff: Tiff, data: bytearray, number: int) -> None:
    """Take one field out of the first directory; those behind it and the offset of the next one move up."""
    start, count = tiff.start(tiff.first)
    stride, pointer = (20, 8) if tiff.big else (12, 4)
    at, end = start + number * stride, start + count * stride + pointer
    data[at : end - stride] = data[at + stride : end]
    data[end - stride : end] = bytes(stride)
    struct.pack_into(tiff.order + ("Q" if tiff.big else "H"), data, tiff.first, count - 1)
