"""EXIF: reading, correcting in place, transferring between files.

libvips re-encodes EXIF when it saves, which destroys maker notes, and neither reads nor writes the EXIF of TIFF files.
So the original bytes are preserved instead. "EXIF" always means the TIFF structure, without the ``Exif\\0\\0`` that
JPEG puts before it. Source: Exif 2.32 (CIPA DC-008).
"""

import contextlib
import struct
from collections.abc import Iterator
from datetime import date, datetime

import numpy as np

from core.messages import Message, message
from core.photo.formats.jpeg import find_images
from core.photo.formats.maker_note import MAKER_NOTE
from core.photo.formats.tiff import (
    DESCRIPTIVE,
    EXIF_IFD,
    GPS_IFD,
    INTEGERS,
    INTEROP_IFD,
    MAKER_NOTE_LOST,
    ORIENTATION,
    RESOLUTION_UNIT,
    SIZES,
    X_RESOLUTION,
    Y_RESOLUTION,
    Directory,
    Tiff,
    resolution_fields,
    serialise,
    structure,
)
from core.photo.formats.xmp import turn_area

_SUBJECT = (37396, 41492)  # subject area and location, in pixels of the image as stored
_PIXEL_DIMENSIONS = (40962, 40963)
_COLOUR_SPACE = 40961
_OF_PREVIEWS = (273, 279, 330, 513, 514)
_COMPRESSION, _JPEG = 259, 6
_NAMES = {
    MAKER_NOTE: message("the maker note"),
    37510: message("the user comment"),
    270: message("the description"),
}
_MAX_BYTES = 16 * 2**20  # of EXIF from a TIFF; more than any camera writes


def orientation(tiff: Tiff) -> int:
    """The EXIF orientation 1 to 8; 1 if it is missing or invalid."""
    value = tiff.number(ORIENTATION)
    return value if value is not None and 1 <= value <= 8 else 1


def resolution(tiff: Tiff) -> tuple[float, float] | None:
    """Horizontal and vertical resolution in dots per inch; None if it is missing or has no unit."""
    horizontal, vertical = tiff.rational(X_RESOLUTION), tiff.rational(Y_RESOLUTION)
    unit = tiff.number(RESOLUTION_UNIT) or 2
    if not horizontal or not vertical or horizontal < 0 or vertical < 0 or unit not in (2, 3):
        return None
    scale = 1.0 if unit == 2 else 2.54
    return horizontal * scale, vertical * scale


def turn_upright(tiff: Tiff, width: int, height: int, turn: int = 1) -> bytes:
    """Adapt EXIF to pixels that were turned upright, and remove its previews.

    Orientation and size are updated, and the subject area is turned. Previews, also those in maker notes, show the
    photo before restoration: they are overwritten with zeros, and cut off at the end. Nothing moves, because maker
    notes contain offsets that must stay valid.

    Args:
        tiff: the EXIF.
        width: of the upright image, in pixels.
        height: of the upright image, in pixels.
        turn: the EXIF orientation, 1 to 8.
    """
    data = bytearray(tiff.data)

    def put(offset: int, values: dict[int, int]) -> None:
        for entry in tiff.entries(offset):
            if entry.tag in values and entry.type in (1, 3, 4) and values[entry.tag] < 256 ** SIZES[entry.type]:
                struct.pack_into(tiff.order + INTEGERS[entry.type], data, entry.at, values[entry.tag])
            elif entry.tag in _SUBJECT and entry.type == 3 and 2 <= entry.count <= 4 and turn > 1:
                stored = (height, width) if turn >= 5 else (width, height)
                area = turn_area(turn, [float(value) for value in tiff.integers(entry)], *stored)
                numbers = [min(max(round(value), 0), 65535) for value in area]
                struct.pack_into(f"{tiff.order}{entry.count}H", data, entry.at, *numbers)

    put(tiff.first, {ORIENTATION: 1, 256: width, 257: height})
    pointer = tiff.number(EXIF_IFD)
    if pointer is not None:
        with contextlib.suppress(struct.error):  # a damaged directory stays as it is
            put(pointer, {40962: width, 40963: height})
    return _without_previews(tiff, data)


def cropped(tiff: Tiff, left: int, top: int, width: int, height: int) -> bytes:
    """Adapt EXIF to a crop of an upright photo: its size is updated, and the subject area moves with the pixels.

    Args:
        tiff: the EXIF.
        left: of the crop, in pixels of the photo.
        top: likewise.
        width: of the crop.
        height: of the crop.
    """
    data = bytearray(tiff.data)

    def put(offset: int, values: dict[int, int]) -> None:
        for entry in tiff.entries(offset):
            if entry.tag in values and entry.type in (1, 3, 4) and values[entry.tag] < 256 ** SIZES[entry.type]:
                struct.pack_into(tiff.order + INTEGERS[entry.type], data, entry.at, values[entry.tag])
            elif entry.tag in _SUBJECT and entry.type == 3 and 2 <= entry.count <= 4:
                x, y = list(tiff.integers(entry))[:2]
                moved = min(max(x - left, 0), width - 1, 65535), min(max(y - top, 0), height - 1, 65535)
                struct.pack_into(f"{tiff.order}2H", data, entry.at, *moved)

    put(tiff.first, {256: width, 257: height})
    pointer = tiff.number(EXIF_IFD)
    if pointer is not None:
        with contextlib.suppress(struct.error):  # a damaged directory stays as it is
            put(pointer, {40962: width, 40963: height})
    return bytes(data)


def with_size(block: bytes, width: int, height: int) -> bytes:
    """Adapt EXIF to pixels that were scaled: its copies of the size, and the subject area.

    Args:
        block: EXIF of an upright photo, as from :func:`turn_upright`; returned unchanged if it is damaged.
        width: the new width in pixels.
        height: the new height in pixels.
    """
    try:
        tiff = Tiff(block)
        pointer = tiff.number(EXIF_IFD)
        before = [tiff.number(tag, pointer) if pointer is not None else None for tag in _PIXEL_DIMENSIONS]
        data = bytearray(block)
        _put_integers(tiff, data, tiff.first, {256: width, 257: height})
        if pointer is not None:
            _put_integers(tiff, data, pointer, dict(zip(_PIXEL_DIMENSIONS, (width, height), strict=True)))
            if before[0] and before[1]:
                _scale_subject(tiff, data, pointer, width / before[0], height / before[1])
    except (ValueError, struct.error):
        return block
    return bytes(data)


def _scale_subject(tiff: Tiff, data: bytearray, offset: int, across: float, down: float) -> None:
    """Scale the subject area and location: centre, then either a diameter or width and height."""
    for entry in tiff.entries(offset):
        if entry.tag in _SUBJECT and entry.type == 3 and 2 <= entry.count <= 4:
            factors = (across, down, across, down)[: entry.count]
            values = [round(value * factor) for value, factor in zip(tiff.integers(entry), factors, strict=True)]
            struct.pack_into(f"{tiff.order}{entry.count}H", data, entry.at, *(min(value, 65535) for value in values))


def with_colour_space(block: bytes, *, srgb: bool) -> bytes:
    """Set the field ColorSpace of EXIF, if it has one, to sRGB or "uncalibrated": the profile then decides.

    Args:
        block: the EXIF; returned unchanged if it is damaged.
        srgb: whether the pixels are in sRGB.
    """
    try:
        tiff = Tiff(block)
        pointer = tiff.number(EXIF_IFD)
        data = bytearray(block)
        if pointer is not None:
            _put_integers(tiff, data, pointer, {_COLOUR_SPACE: 1 if srgb else 0xFFFF})
    except (ValueError, struct.error):
        return block
    return bytes(data)


def capture_date(block: bytes | None) -> date | None:
    """The day on which the photo was taken (DateTimeOriginal, else DateTimeDigitized, else DateTime), or None."""
    if not block:
        return None
    with contextlib.suppress(ValueError, struct.error):
        tiff = Tiff(block)
        pointer = tiff.number(EXIF_IFD)
        for tag, offset in ((36867, pointer), (36868, pointer), (306, tiff.first)):
            entry = tiff.find(tag, offset) if offset is not None else None
            if entry is None:
                continue
            text = tiff.data[entry.at : entry.at + 10].decode("ascii", "replace")
            with contextlib.suppress(ValueError):
                return datetime.strptime(text, "%Y:%m:%d").date()
    return None


def _put_integers(tiff: Tiff, data: bytearray, offset: int, values: dict[int, int]) -> None:
    for entry in tiff.entries(offset):
        if entry.tag in values and entry.type in (1, 3, 4) and values[entry.tag] < 256 ** SIZES[entry.type]:
            struct.pack_into(tiff.order + INTEGERS[entry.type], data, entry.at, values[entry.tag])


def _without_previews(tiff: Tiff, data: bytearray) -> bytes:
    """Remove further directories and JPEG images from ``data``, the bytes of ``tiff``."""
    preserved = [(0, 16 if tiff.big else 8)]
    notes: list[tuple[int, int]] = []
    for offset in (tiff.first, *(tiff.number(tag) for tag in (EXIF_IFD, GPS_IFD))):
        for start, end, tag in _ranges(tiff, offset):
            (notes if tag == MAKER_NOTE else preserved).append((start, end))
    exif_ifd = tiff.number(EXIF_IFD)
    with contextlib.suppress(struct.error):
        preserved += [
            (start, end) for start, end, _ in _ranges(tiff, tiff.number(INTEROP_IFD, exif_ifd) if exif_ifd else None)
        ]
    blanked: list[tuple[int, int]] = []
    pointer = tiff.next_pointer(tiff.first)
    offset_bytes = 8 if tiff.big else 4
    seen = {tiff.first}
    while pointer + offset_bytes <= len(data):
        following = tiff.unpack("Q" if tiff.big else "I", pointer)
        data[pointer : pointer + offset_bytes] = bytes(offset_bytes)
        if not following or following in seen:
            break
        seen.add(following)
        ranges = list(_ranges(tiff, following))
        blanked += [(start, end) for start, end, _ in ranges]
        if not ranges:
            break
        pointer = tiff.next_pointer(following)
    preserved_mask = _mask(preserved, len(data))
    removed = _mask(blanked, len(data)) & ~preserved_mask & ~_mask(notes, len(data))
    removed |= _mask(list(find_images(bytes(data))), len(data)) & ~preserved_mask
    values = np.frombuffer(data, np.uint8)
    values[removed] = 0
    end = max(end for _, end in preserved + notes)
    return values[: end if blanked and not values[end:].any() else len(values)].tobytes()


def _ranges(tiff: Tiff, offset: int | None) -> Iterator[tuple[int, int, int]]:
    """Start, end and tag (0 for the directory itself) of each part of the directory at ``offset``."""
    if offset is None:
        return
    with contextlib.suppress(struct.error):
        start, count = tiff.start(offset)
        yield offset, min(start + count * (20 if tiff.big else 12) + (8 if tiff.big else 4), len(tiff.data)), 0
        entries = {entry.tag: entry for entry in tiff.entries(offset)}
        for entry in entries.values():
            yield entry.at, entry.at + entry.size, entry.tag
        for offsets, lengths in ((513, 514), (273, 279)):
            if offsets in entries and lengths in entries:
                both = zip(tiff.integers(entries[offsets]), tiff.integers(entries[lengths]), strict=False)
                for start, length in both:
                    if start < len(tiff.data):
                        yield start, min(start + length, len(tiff.data)), offsets


def _mask(ranges: list[tuple[int, int]], length: int) -> np.ndarray:
    """(length,) bool: which bytes lie in one of the ranges."""
    marks = np.zeros(length + 1, np.int32)
    for start, end in ranges:
        marks[start] += 1
        marks[end] -= 1
    return np.cumsum(marks)[:-1] > 0


def from_tiff_file(tiff: Tiff, notes: list[Message] | None = None) -> bytes | None:
    """Copy the EXIF of a TIFF file into a structure of its own, in the file's byte order; None if it has none.

    A message is appended to ``notes`` if the maker note has to be left out.
    """
    directory = tiff.directory(tiff.first, DESCRIPTIVE)
    if directory.drop_immovable_maker_note(tiff.order) and notes is not None:
        notes.append(MAKER_NOTE_LOST)
    if (
        not set(directory.fields) - {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}
        and not directory.children
    ):
        return None
    blob = structure(directory, tiff.order)
    return blob if len(blob) <= _MAX_BYTES else None


def shorten(block: bytes, limit: int) -> tuple[bytes | None, list[Message]]:
    """Shorten EXIF to at most ``limit`` bytes by removing the maker note, then the longest fields.

    Returns:
        The EXIF, None if no field is left; and the names of what was removed, such as "the maker note".
    """
    if len(block) <= limit:
        return block, []
    tiff = Tiff(block)
    directory = tiff.directory(tiff.first)
    for tag in _OF_PREVIEWS:
        directory.fields.pop(tag, None)
    removed = [_NAMES[MAKER_NOTE]] if directory.drop_immovable_maker_note(tiff.order) else []
    while len(shorter := structure(directory, tiff.order)) > limit:
        entries = [
            (tag != MAKER_NOTE, -len(value), tag, holder)
            for holder in _all_directories(directory)
            for tag, (_, _, value) in holder.fields.items()
        ]
        if not entries:
            return None, [*removed, message("everything else")]
        _, _, tag, holder = min(entries, key=lambda entry: entry[:3])
        del holder.fields[tag]
        removed.append(_NAMES.get(tag) or message("field {tag}", tag=tag))
    return (shorter if any(holder.fields for holder in _all_directories(directory)) else None), removed


def _all_directories(directory: Directory) -> Iterator[Directory]:
    yield directory
    for child in directory.children.values():
        yield from _all_directories(child)


def with_resolution_only(dots: tuple[float, float]) -> bytes:
    """Make EXIF with nothing but a resolution in dots per inch, for formats without another place for it."""
    return structure(Directory(resolution_fields(dots, "<")), "<")


def with_preview(block: bytes | None, preview: bytes) -> bytes | None:
    """Append a preview to EXIF. Nothing moves, because maker notes contain offsets.

    Args:
        block: EXIF without a preview, as from :func:`turn_upright`; None makes EXIF with nothing else.
        preview: a JPEG, upright.

    Returns:
        The EXIF; None if ``block`` is damaged.
    """
    try:
        tiff = Tiff(block or structure(Directory({ORIENTATION: (3, 1, struct.pack("<H", 1))}), "<"))
        pointer = tiff.next_pointer(tiff.first)
    except (ValueError, struct.error):
        return None
    if tiff.big:  # no program expects EXIF as a BigTIFF
        return None
    order = tiff.order
    data = bytearray(tiff.data.ljust(pointer + 4, b"\x00"))
    data += bytes(len(data) % 2)
    fields = resolution_fields((72.0, 72.0), order)
    for tag, kind, code, value in (
        (_COMPRESSION, 3, "H", _JPEG),
        (ORIENTATION, 3, "H", 1),
        (514, 4, "I", len(preview)),
    ):
        fields[tag] = (kind, 1, struct.pack(order + code, value))

    def directory(preview_at: int) -> bytes:
        fields[513] = (4, 1, struct.pack(order + "I", preview_at))
        return serialise(Directory(fields), order, False, len(data))

    at = len(data) + len(directory(0))
    struct.pack_into(order + "I", data, pointer, len(data))
    return bytes(data) + directory(at) + preview


def without_position(block: bytes) -> bytes | None:
    """Remove the GPS directory from EXIF; None if it is damaged, since it could hold a position."""
    try:
        tiff = Tiff(block)
        data = bytearray(block)
        while (number := _gps_field(tiff)) is not None:  # a forged file may have several
            _blank_gps(tiff, data)
            _remove_field(tiff, data, number)
            tiff = Tiff(bytes(data))
        return bytes(data)
    except (ValueError, struct.error):
        return None


def _gps_field(tiff: Tiff) -> int | None:
    """Number of the GPS field within the first directory, or None."""
    start, count = tiff.start(tiff.first)
    stride = 20 if tiff.big else 12
    for number in range(count):
        if tiff.unpack("H", start + number * stride) == GPS_IFD:
            return number
    return None


def _blank_gps(tiff: Tiff, data: bytearray) -> None:
    """Overwrite the GPS directory and its values with zeros. Nothing moves, because maker notes contain offsets."""
    offset = tiff.number(GPS_IFD)
    if offset is None:
        return
    for entry in list(tiff.entries(offset)):
        data[entry.at : entry.at + entry.size] = bytes(entry.size)
    start, count = tiff.start(offset)
    end = min(start + count * (20 if tiff.big else 12), len(data))
    data[offset:end] = bytes(end - offset)


def _remove_field(tiff: Tiff, data: bytearray, number: int) -> None:
    """Remove a field from the first directory; the fields after it and the pointer to the next directory move up."""
    start, count = tiff.start(tiff.first)
    stride, pointer = (20, 8) if tiff.big else (12, 4)
    at, end = start + number * stride, start + count * stride + pointer
    data[at : end - stride] = data[at + stride : end]
    data[end - stride : end] = bytes(stride)
    struct.pack_into(tiff.order + ("Q" if tiff.big else "H"), data, tiff.first, count - 1)
