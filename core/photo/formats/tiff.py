"""The structure that TIFF files and EXIF are made of: read, copied, and written into the TIFF files of libvips."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD = 274, 34665, 34853, 40965
XMP, IPTC, EXTRA_SAMPLES = 700, 33723, 338
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
TILE_LENGTH, TILE_OFFSETS, TILE_BYTES, SUBFILE_TYPE, DNG_VERSION = 323, 324, 325, 254, 50706

# Size of one value, and the unit in which its bytes are swapped when the byte order changes, by field type.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_UNITS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGERS = {1: "B", 3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}

# Fields of a TIFF's first directory that describe the photograph, not the layout of the pixels in the file.
DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, 285, RESOLUTION_UNIT, 305, 306, 315, 316}
    | {18246, 18249, 33432, EXIF_IFD, GPS_IFD, 36867, 40091, 40092, 40093, 40094, 40095}
)
# Resolution and orientation in a TIFF are written from what the photo knows, never copied.
_COPIED_TO_TIFF = DESCRIPTIVE - {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}
_MOST_FIELDS = 65535  # of one directory: what classic TIFF can count, though BigTIFF could claim 2**64


@dataclass(frozen=True)
class _Entry:
    """One field of a directory. ``at`` is where its value lies in the data."""

    tag: int
    type: int
    count: int
    at: int

    @property
    def size(self) -> int:
        return SIZES[self.type] * self.count


@dataclass
class Directory:
    """The fields of a directory, tag → (type, count, bytes in ``order``), and the directories that it points to."""

    fields: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    children: dict[int, "Directory"] = field(default_factory=dict)


class Tiff:
    """Read access to a TIFF structure, classic or BigTIFF. Raises ValueError where it is not one."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self.order = {b"II": "<", b"MM": ">"}[data[:2]]
            magic = self.unpack("H", 2)
            self.big = {42: False, 43: True}[magic]
            self.first = self.unpack("Q", 8) if self.big else self.unpack("I", 4)
            self._count_format, self._offset_format = ("Q", "Q") if self.big else ("H", "I")
            list(self.entries(self.first))
        except (KeyError, struct.error) as error:
            raise ValueError("not a TIFF structure") from error

    def unpack(self, code: str, at: int) -> int:
        """The integer at ``at``; ``code`` is struct's for its size. struct.error past the end."""
        if at > len(self.data):  # where struct itself would raise OverflowError for the largest offsets
            raise struct.error("past the end")
        value: int = struct.unpack_from(self.order + code, self.data, at)[0]
        return value

    def start(self, offset: int) -> tuple[int, int]:
        """Position of the first field of the directory at ``offset``, and the number of fields."""
        width = struct.calcsize(self._count_format)
        count = self.unpack(self._count_format, offset)
        if count > _MOST_FIELDS:
            raise struct.error("an absurd number of fields")
        return offset + width, count

    def entries(self, offset: int) -> Iterator[_Entry]:
        """The fields of one directory, without those whose value is not all there. struct.error past the end."""
        start, count = self.start(offset)
        stride, inline = (20, 8) if self.big else (12, 4)
        for at in range(start, start + count * stride, stride):
            tag, kind, number = struct.unpack_from(self.order + "HH" + self._offset_format, self.data, at)
            value = at + stride - inline
            size = SIZES.get(kind, 0) * number
            if size > inline:
                value = self.unpack(self._offset_format, value)
            if size and value + size <= len(self.data):
                yield _Entry(tag, kind, number, value)

    def next_pointer(self, offset: int) -> int:
        """Where the directory at ``offset`` keeps the offset of its successor."""
        start, count = self.start(offset)
        return start + count * (20 if self.big else 12)

    def integers(self, entry: _Entry) -> tuple[int, ...]:
        """The values of an integer field; empty for other types."""
        code = INTEGERS.get(entry.type)
        return struct.unpack_from(f"{self.order}{entry.count}{code}", self.data, entry.at) if code else ()

    def find(self, tag: int, offset: int | None = None) -> _Entry | None:
        """The first field with this tag in the directory at ``offset`` (default: the first directory)."""
        entries = self.entries(self.first if offset is None else offset)
        return next((entry for entry in entries if entry.tag == tag), None)

    def number(self, tag: int, offset: int | None = None) -> int | None:
        """The first value of an integer field, or None."""
        entry = self.find(tag, offset)
        return next(iter(self.integers(entry)), None) if entry else None

    def rational(self, tag: int) -> float | None:
        """The first value of a rational field of the first directory, or None."""
        entry = self.find(tag)
        if entry is None or entry.type not in (5, 10):
            return None
        above, below = struct.unpack_from(self.order + ("II" if entry.type == 5 else "ii"), self.data, entry.at)
        return above / below if below else None

    def directory(self, offset: int, only: frozenset[int] | None = None, depth: int = 0) -> Directory:
        """A copy of the directory at ``offset`` with the EXIF, GPS and interoperability directories below it."""
        copy = Directory()
        for entry in self.entries(offset):
            if only is not None and entry.tag not in only:
                continue
            if entry.tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD):
                if depth < 2 and (pointer := self.integers(entry)):
                    try:
                        copy.children[entry.tag] = self.directory(pointer[0], depth=depth + 1)
                    except struct.error:
                        continue  # a pointer into nowhere takes only its own directory with it
            else:
                copy.fields[entry.tag] = (entry.type, entry.count, self.data[entry.at : entry.at + entry.size])
        return copy


def with_metadata(
    data: bytes,
    exif: bytes | None,
    xmp: bytes | None,
    iptc: bytes | None,
    dots: tuple[float, float] | None,
    extra_samples: int | None,
) -> bytes:
    """A TIFF file that libvips wrote, with the metadata in its first directory.

    The directory is written anew at the end of the file; the few bytes of the old one stay behind unused.
    ``extra_samples``, if given, replaces the meaning of the fourth channel (0 unspecified, 2 transparency).
    """
    tiff = Tiff(data)
    order = tiff.order
    directory = tiff.directory(tiff.first)
    for tag in (X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT):
        directory.fields.pop(tag, None)
    if dots:
        directory.fields |= resolution_fields(dots, order)
    if exif:
        source = Tiff(exif)
        described = source.directory(source.first, _COPIED_TO_TIFF)
        directory.fields |= _reordered(described, source.order, order).fields
        directory.children |= described.children
    if xmp:
        directory.fields[XMP] = (1, len(xmp), xmp)
    if iptc:
        directory.fields[IPTC] = (7, len(iptc), iptc)
    if extra_samples is not None and EXTRA_SAMPLES in directory.fields:
        directory.fields[EXTRA_SAMPLES] = (3, 1, struct.pack(order + "H", extra_samples))
    base = len(data) + len(data) % 2
    pointer = struct.pack(order + ("Q" if tiff.big else "I"), base)
    at = 8 if tiff.big else 4
    head = data[:at] + pointer + data[at + len(pointer) :]
    return head + bytes(len(data) % 2) + serialise(directory, order, tiff.big, base)


def resolution_fields(dots: tuple[float, float], order: str) -> dict[int, tuple[int, int, bytes]]:
    """The fields of a directory that state ``dots`` per inch, across and down."""
    across, down = (struct.pack(order + "II", round(value * 1000), 1000) for value in dots)
    return {
        X_RESOLUTION: (5, 1, across),
        Y_RESOLUTION: (5, 1, down),
        RESOLUTION_UNIT: (3, 1, struct.pack(order + "H", 2)),
    }


def _reordered(directory: Directory, source: str, target: str) -> Directory:
    """``directory`` and its children with all values in the byte order ``target``."""
    if source != target:
        for tag, (kind, count, value) in directory.fields.items():
            unit = _UNITS.get(kind, 1)
            swapped = b"".join(value[at : at + unit][::-1] for at in range(0, len(value), unit))
            directory.fields[tag] = (kind, count, swapped)
        for child in directory.children.values():
            _reordered(child, source, target)
    return directory


def serialise(directory: Directory, order: str, big: bool, base: int) -> bytes:
    """The directory as it stands at offset ``base``, followed by its long values and its children."""
    inline, code = (8, "Q") if big else (4, "I")
    pointer_type = 18 if big else 4
    count = len(directory.fields) + len(directory.children)
    head = struct.pack(order + ("Q" if big else "H"), count)
    tail_at = base + len(head) + count * (12 + (8 if big else 0)) + inline
    tail = bytearray()
    rows: dict[int, bytes] = {}
    for tag, (kind, number, value) in directory.fields.items():
        if len(value) > inline:
            place = struct.pack(order + code, tail_at + len(tail))
            tail += value + bytes(len(value) % 2)
        else:
            place = value.ljust(inline, b"\x00")
        rows[tag] = struct.pack(order + "HH" + code, tag, kind, number) + place
    for tag, child in directory.children.items():
        child_at = tail_at + len(tail)
        tail += serialise(child, order, big, child_at)
        tail += bytes(len(tail) % 2)
        rows[tag] = struct.pack(order + "HH" + code + code, tag, pointer_type, 1, child_at)
    return head + b"".join(rows[tag] for tag in sorted(rows)) + bytes(inline) + bytes(tail)
