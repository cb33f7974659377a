"""EXIF: read, corrected in place, carried over between files.

libvips re-encodes EXIF when it saves, which blanks maker notes, and neither reads nor writes the EXIF of TIFF files.
So the original bytes are carried along instead. "EXIF" here always means the TIFF structure, that is without the
``Exif\\0\\0`` in front that JPEG adds.
"""

import contextlib
import struct
from collections.abc import Iterator

import numpy as np

from core.photo.formats.jpeg import pictures
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
from core.photo.formats.xmp import turned_area

_SUBJECT = (37396, 41492)  # subject area and location, in pixels of the picture as stored
_OF_PREVIEWS = (273, 279, 330, 513, 514)
_COMPRESSION, _JPEG = 259, 6
_NAMES = {MAKER_NOTE: "the maker note", 37510: "the user comment", 270: "the description"}
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


def turned_upright(tiff: Tiff, width: int, height: int, turn: int = 1) -> bytes:
    """The same EXIF for pixels that were turned upright: orientation 1, ``width`` and ``height`` in pixels.

    The subject area is turned by EXIF orientation ``turn``, 1 to 8. Previews are overwritten with zeros and cut off at
    the end, for they show the photo as it was before; those in maker notes as well. All else is changed where it stands
    and nothing moves, because maker notes hold offsets that must stay true.
    """
    data = bytearray(tiff.data)

    def put(offset: int, values: dict[int, int]) -> None:
        for entry in tiff.entries(offset):
            if entry.tag in values and entry.type in (1, 3, 4) and values[entry.tag] < 256 ** SIZES[entry.type]:
                struct.pack_into(tiff.order + INTEGERS[entry.type], data, entry.at, values[entry.tag])
            elif entry.tag in _SUBJECT and entry.type == 3 and 2 <= entry.count <= 4 and turn > 1:
                stored = (height, width) if turn >= 5 else (width, height)
                area = turned_area(turn, [float(value) for value in tiff.integers(entry)], *stored)
                numbers = [min(max(round(value), 0), 65535) for value in area]
                struct.pack_into(f"{tiff.order}{entry.count}H", data, entry.at, *numbers)

    put(tiff.first, {ORIENTATION: 1, 256: width, 257: height})
    pointer = tiff.number(EXIF_IFD)
    if pointer is not None:
        with contextlib.suppress(struct.error):  # a damaged part stays as it is
            put(pointer, {40962: width, 40963: height})
    return _without_previews(tiff, data)


def _without_previews(tiff: Tiff, data: bytearray) -> bytes:
    """``data``, the bytes of ``tiff``, without further directories and without JPEG pictures."""
    kept = [(0, 16 if tiff.big else 8)]
    notes: list[tuple[int, int]] = []
    for offset in (tiff.first, *(tiff.number(tag) for tag in (EXIF_IFD, GPS_IFD))):
        for start, end, tag in _ranges(tiff, offset):
            (notes if tag == MAKER_NOTE else kept).append((start, end))
    detail = tiff.number(EXIF_IFD)
    with contextlib.suppress(struct.error):
        kept += [(start, end) for start, end, _ in _ranges(tiff, tiff.number(INTEROP_IFD, detail) if detail else None)]
    blanked: list[tuple[int, int]] = []
    after = tiff.next_pointer(tiff.first)
    width_of_offset = 8 if tiff.big else 4
    seen = {tiff.first}
    while after + width_of_offset <= len(data):
        following = tiff.unpack("Q" if tiff.big else "I", after)
        data[after : after + width_of_offset] = bytes(width_of_offset)
        if not following or following in seen:
            break
        seen.add(following)
        ranges = list(_ranges(tiff, following))
        blanked += [(start, end) for start, end, _ in ranges]
        if not ranges:
            break
        after = tiff.next_pointer(following)
    kept_mask = _mask(kept, len(data))
    gone = _mask(blanked, len(data)) & ~kept_mask & ~_mask(notes, len(data))
    gone |= _mask(list(pictures(bytes(data))), len(data)) & ~kept_mask
    values = np.frombuffer(data, np.uint8)
    values[gone] = 0
    end = max(end for _, end in kept + notes)
    return values[: end if blanked and not values[end:].any() else len(values)].tobytes()


def _ranges(tiff: Tiff, offset: int | None) -> Iterator[tuple[int, int, int]]:
    """Start, end and tag (0 for the directory itself) of what belongs to the directory at ``offset``."""
    if offset is None:
        return
    with contextlib.suppress(struct.error):
        start, count = tiff.start(offset)
        yield offset, min(start + count * (20 if tiff.big else 12) + (8 if tiff.big else 4), len(tiff.data)), 0
        entries = {entry.tag: entry for entry in tiff.entries(offset)}
        for entry in entries.values():
            yield entry.at, entry.at + entry.size, entry.tag
        for places, lengths in ((513, 514), (273, 279)):
            if places in entries and lengths in entries:
                both = zip(tiff.integers(entries[places]), tiff.integers(entries[lengths]), strict=False)
                for place, length in both:
                    if place < len(tiff.data):
                        yield place, min(place + length, len(tiff.data)), places


def _mask(ranges: list[tuple[int, int]], length: int) -> np.ndarray:
    """(length,) bool: what lies in one of the ranges."""
    marks = np.zeros(length + 1, np.int32)
    for start, end in ranges:
        marks[start] += 1
        marks[end] -= 1
    return np.cumsum(marks)[:-1] > 0


def from_tiff_file(tiff: Tiff, notes: list[str] | None = None) -> bytes | None:
    """The EXIF of a TIFF file as a structure of its own, in the file's byte order; None if it has none.

    What has to be left out is told in ``notes``.
    """
    directory = tiff.directory(tiff.first, DESCRIPTIVE)
    if directory.fix_maker_note(tiff.order) and notes is not None:
        notes.append(MAKER_NOTE_LOST)
    if (
        not set(directory.fields) - {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}
        and not directory.children
    ):
        return None
    blob = structure(directory, tiff.order)
    return blob if len(blob) <= _LARGEST else None


def shortened(block: bytes, limit: int) -> tuple[bytes | None, list[str]]:
    """EXIF in at most ``limit`` bytes, and what had to be left out: the maker note first, then the longest fields.

    Returns:
        The EXIF, None if nothing of it can be kept; and words for what was left out, such as "the maker note".
    """
    if len(block) <= limit:
        return block, []
    tiff = Tiff(block)
    directory = tiff.directory(tiff.first)
    for tag in _OF_PREVIEWS:
        directory.fields.pop(tag, None)
    left = ["the maker note"] if directory.fix_maker_note(tiff.order) else []
    while len(shorter := structure(directory, tiff.order)) > limit:
        entries = [
            (tag != MAKER_NOTE, -len(value), tag, holder)
            for holder in _all_directories(directory)
            for tag, (_, _, value) in holder.fields.items()
        ]
        if not entries:
            return None, [*left, "everything else"]
        _, _, tag, holder = min(entries, key=lambda entry: entry[:3])
        del holder.fields[tag]
        left.append(_NAMES.get(tag, f"field {tag}"))
    return (shorter if any(holder.fields for holder in _all_directories(directory)) else None), left


def _all_directories(directory: Directory) -> Iterator[Directory]:
    yield directory
    for child in directory.children.values():
        yield from _all_directories(child)


def with_resolution_only(dots: tuple[float, float]) -> bytes:
    """A minimal EXIF for formats that can hold the resolution (dots per inch) in no other way."""
    return structure(Directory(resolution_fields(dots, "<")), "<")


def with_preview(block: bytes | None, picture: bytes) -> bytes | None:
    """The same EXIF with a preview behind it, to which nothing moves, because maker notes hold offsets.

    Args:
        block: EXIF without a preview, as :func:`turned_upright` gives it; None makes one that holds nothing else.
        picture: a JPEG, upright.

    Returns:
        The EXIF; None where ``block`` cannot be read.
    """
    try:
        tiff = Tiff(block or structure(Directory({ORIENTATION: (3, 1, struct.pack("<H", 1))}), "<"))
        pointer = tiff.next_pointer(tiff.first)
    except (ValueError, struct.error):
        return None
    if tiff.big:  # which no reader of EXIF expects
        return None
    order = tiff.order
    data = bytearray(tiff.data.ljust(pointer + 4, b"\x00"))
    data += bytes(len(data) % 2)
    fields = resolution_fields((72.0, 72.0), order)
    for tag, kind, code, value in (
        (_COMPRESSION, 3, "H", _JPEG),
        (ORIENTATION, 3, "H", 1),
        (514, 4, "I", len(picture)),
    ):
        fields[tag] = (kind, 1, struct.pack(order + code, value))

    def directory(place: int) -> bytes:
        fields[513] = (4, 1, struct.pack(order + "I", place))
        return serialise(Directory(fields), order, False, len(data))

    place = len(data) + len(directory(0))
    struct.pack_into(order + "I", data, pointer, len(data))
    return bytes(data) + directory(place) + picture


def without_position(block: bytes) -> bytes | None:
    """The same EXIF without its GPS directory; None where it cannot be read, since nobody can tell what it holds."""
    try:
        tiff = Tiff(block)
        data = bytearray(block)
        while (pointer := _pointer(tiff)) is not None:  # there is one, unless somebody plays tricks
            _blank_gps(tiff, data)
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


def _blank_gps(tiff: Tiff, data: bytearray) -> None:
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
