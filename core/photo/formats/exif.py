"""EXIF: read, corrected in place, carried over between files.

libvips re-encodes EXIF when it saves, which blanks maker notes, and neither reads nor writes the EXIF of TIFF files.
So the original bytes are carried along instead. "EXIF" here always means the TIFF structure, that is without the
``Exif\\0\\0`` in front that JPEG adds.
"""

import contextlib
import struct

from core.photo.formats.tiff import (
    DESCRIPTIVE,
    EXIF_IFD,
    GPS_IFD,
    INTEGERS,
    ORIENTATION,
    RESOLUTION_UNIT,
    SIZES,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directory,
    Tiff,
    resolution_fields,
    serialise,
)

_LARGEST = 16 * 2**20  # bytes of EXIF taken from a TIFF; more than any camera writes


def orientation(tiff: Tiff) -> int:
    """The EXIF orientation 1 to 8; 1 where it is missing or makes no sense."""
    value = tiff.number(ORIENTATION)
    return value if value is not None and 1 <= value <= 8 else 1


def resolution(tiff: Tiff) -> tuple[float, float] | None:
    """Dots per inch, across and down, or None where there is none or no unit."""
    across, down = tiff.rational(X_RESOLUTION), tiff.rational(Y_RESOLUTION)
    unit = tiff.number(RESOLUTION_UNIT) or 2
    if not across or not down or across < 0 or down < 0 or unit not in (2, 3):
        return None
    scale = 1.0 if unit == 2 else 2.54
    return across * scale, down * scale


def turned_upright(tiff: Tiff, width: int, height: int) -> bytes:
    """The same EXIF for pixels that were turned upright: orientation 1, ``width`` and ``height`` in pixels.

    The preview picture is unhooked, for it shows the photo as it was before, and unturned. Values are changed where
    they stand and nothing moves, because maker notes hold offsets that must stay true.
    """
    data = bytearray(tiff.data)

    def put(offset: int, values: dict[int, int]) -> None:
        for entry in tiff.entries(offset):
            if entry.tag in values and entry.type in (1, 3, 4) and values[entry.tag] < 256 ** SIZES[entry.type]:
                struct.pack_into(tiff.order + INTEGERS[entry.type], data, entry.at, values[entry.tag])

    put(tiff.first, {ORIENTATION: 1, 256: width, 257: height})
    pointer = tiff.number(EXIF_IFD)
    if pointer is not None:
        with contextlib.suppress(struct.error):  # a damaged part stays as it is
            put(pointer, {40962: width, 40963: height})
    after = tiff.next_pointer(tiff.first)
    width_of_offset = 8 if tiff.big else 4
    if after + width_of_offset <= len(data):
        data[after : after + width_of_offset] = bytes(width_of_offset)
    return bytes(data)


def from_tiff_file(tiff: Tiff) -> bytes | None:
    """The EXIF of a TIFF file as a structure of its own, in the file's byte order; None if it has none."""
    directory = tiff.directory(tiff.first, DESCRIPTIVE)
    if (
        not set(directory.fields) - {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}
        and not directory.children
    ):
        return None
    head = (b"II*\x00" if tiff.order == "<" else b"MM\x00*") + struct.pack(tiff.order + "I", 8)
    blob = head + serialise(directory, tiff.order, False, 8)
    return blob if len(blob) <= _LARGEST else None


def with_resolution_only(dots: tuple[float, float]) -> bytes:
    """A minimal EXIF for formats that can hold the resolution (dots per inch) in no other way."""
    return b"II*\x00\x08\x00\x00\x00" + serialise(Directory(resolution_fields(dots, "<")), "<", False, 8)


def without_position(block: bytes) -> bytes | None:
    """The same EXIF without its GPS directory; None where it cannot be read, since nobody can tell what it holds."""
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
