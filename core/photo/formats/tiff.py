"""The structure that TIFF files and EXIF are made of: read, copied, and written into the TIFF files of libvips."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.photo.formats import iptc, maker_note
from core.photo.formats.metadata_blocks import Blocks

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD = 274, 34665, 34853, 40965
XMP, IPTC, EXTRA_SAMPLES = 700, 33723, 338
_PHOTOSHOP, _LAYERS = 34377, 37724
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
# Where the picture lies on the earth, and what GDAL adds.
GEO = frozenset({33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113})
# Read elsewhere, or of no use without the pixels as they were stored.
_LERC = 50674  # parameters of the compression, which the result does not have
_KNOWN = frozenset({_PHOTOSHOP, _LAYERS, IPTC, EXIF_IFD, GPS_IFD, INTEROP_IFD, 34675, 37439, 59932, _LERC})
_FIRST_PRIVATE = 32768
MAKER_NOTE_LOST = "The maker note of the camera was left out, because it cannot be moved without damage."
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
    """The fields of a directory, tag → (type, count, bytes in ``order``), and the directories that it points to.

    ``maker_note_at`` is where a maker note among the fields lay, whose offsets may count from there.
    """

    fields: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    children: dict[int, "Directory"] = field(default_factory=dict)
    maker_note_at: int = 0

    def fix_maker_note(self, order: str, same_order: bool = True) -> bool:
        """Take out a maker note, here or below, that cannot be moved; returns whether one was taken out."""
        lost = False
        if (entry := self.fields.get(maker_note.MAKER_NOTE)) is not None:
            at = self.maker_note_at
            lost = maker_note.moved(entry[2], at, at, order, same_order) is None
            if lost:
                del self.fields[maker_note.MAKER_NOTE]
        return any([lost, *(child.fix_maker_note(order, same_order) for child in self.children.values())])


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

    def rationals(self, tag: int) -> tuple[float, ...]:
        """The values of an unsigned rational field of the first directory; empty for other types and divisions by 0."""
        entry = self.find(tag)
        if entry is None or entry.type != 5:
            return ()
        numbers = struct.unpack_from(f"{self.order}{2 * entry.count}I", self.data, entry.at)
        return tuple(a / b for a, b in zip(numbers[::2], numbers[1::2], strict=True)) if all(numbers[1::2]) else ()

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
                if entry.tag == maker_note.MAKER_NOTE:
                    copy.maker_note_at = entry.at
        return copy


def read(tiff: Tiff, turn: int, notes: list[str]) -> Blocks:
    """The metadata of a TIFF file but its EXIF; what is left out is told in ``notes``.

    GeoTIFF fields are kept unless the picture was turned, by EXIF orientation ``turn``.
    """
    found = Blocks()
    entries = {entry.tag: entry for entry in tiff.entries(tiff.first)}
    wanted = GEO | {XMP, IPTC, _PHOTOSHOP}  # layers may be as long as the rest of the file
    values = {tag: tiff.data[entry.at : entry.at + entry.size] for tag, entry in entries.items() if tag in wanted}
    found.xmp = values.get(XMP)
    records = values.get(IPTC, b"")
    if not records.startswith(b"\x1c") and entries.get(IPTC) and entries[IPTC].type == 4:
        # As 32-bit numbers in the other byte order, which programs then swap one by one.
        records = b"".join(records[at : at + 4][::-1] for at in range(0, len(records), 4))
    records = records if records.startswith(b"\x1c") else b""
    photoshop = values.get(_PHOTOSHOP, b"")
    if records:
        photoshop = iptc.joined(records, iptc.without_records(photoshop))
    found.photoshop = photoshop
    if _LAYERS in entries:
        notes.append("The Photoshop layers were left out, because they hold the photo as it was before.")
    geo = Directory({tag: (entries[tag].type, entries[tag].count, values[tag]) for tag in GEO & entries.keys()})
    if geo.fields and turn > 1:
        notes.append("The GeoTIFF fields were left out, because the photo was turned upright.")
    elif geo.fields:
        found.fields = structure(geo, tiff.order)
    strangers = sorted(tag for tag in entries if tag >= _FIRST_PRIVATE and tag not in GEO | _KNOWN | DESCRIPTIVE)
    if strangers:
        notes.append(f"TIFF fields of other programs were left out: {', '.join(map(str, strangers))}.")
    return found


def structure(directory: Directory, order: str) -> bytes:
    """A classic TIFF structure with nothing but this directory and those below it."""
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 8)
    return head + serialise(directory, order, False, 8)


def with_metadata(
    data: bytes,
    found: Blocks,
    extra_samples: int | None,
    notes: list[str],
) -> bytes:
    """A TIFF file that libvips wrote, with the metadata in its first directory; what cannot be, goes to ``notes``.

    The directory is written anew at the end of the file; the few bytes of the old one stay behind unused.
    ``extra_samples``, if given, replaces the meaning of the fourth channel (0 unspecified, 2 transparency).
    """
    exif, xmp, dots = found.exif, found.xmp, found.dpi
    records = iptc.records(found.photoshop)
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
        if described.fix_maker_note(source.order, source.order == order):
            notes.append(MAKER_NOTE_LOST)
        directory.fields |= _reordered(described, source.order, order).fields
        directory.children |= described.children
    if xmp:
        directory.fields[XMP] = (1, len(xmp), xmp)
    if records:
        directory.fields[IPTC] = (7, len(records), records)
    others = iptc.without_records(found.photoshop)
    if others:
        directory.fields[_PHOTOSHOP] = (7, len(others), others)
    if found.fields:
        geo = Tiff(found.fields)
        directory.fields |= _reordered(geo.directory(geo.first), geo.order, order).fields
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
        if tag == maker_note.MAKER_NOTE:
            value = maker_note.moved(value, directory.maker_note_at, tail_at + len(tail), order) or value
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
