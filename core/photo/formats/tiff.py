"""The TIFF structure, which EXIF uses too: reading, copying, and writing into the TIFF files of libvips.

Source: TIFF 6.0, BigTIFF, and the tags of Exif 2.32, GeoTIFF 1.1 and Photoshop.
"""

import copy
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.messages import Message, message
from core.photo.formats import iptc, maker_note
from core.photo.metadata import MetadataBlocks

ORIENTATION, EXIF_IFD, GPS_IFD, INTEROP_IFD = 274, 34665, 34853, 40965
XMP, IPTC, EXTRA_SAMPLES = 700, 33723, 338
_PHOTOSHOP, _LAYERS = 34377, 37724
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
TILE_LENGTH, TILE_OFFSETS, TILE_BYTES, SUBFILE_TYPE, DNG_VERSION = 323, 324, 325, 254, 50706
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
SAMPLES, SUB_IFDS, PROFILE, _MAKER = 277, 330, 34675, 271
_SENSOR = (32803, 34892)  # photometric interpretations of raw files: colour filter array, linear raw

# Size of one value, and the unit in which its bytes are swapped when the byte order changes, by field type.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_UNITS = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGERS = {1: "B", 3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q", 18: "Q"}

# Fields of the first directory that describe the photo, not the layout of the pixels in the file.
DESCRIPTIVE = frozenset(
    {269, 270, 271, 272, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, 285, RESOLUTION_UNIT, 305, 306, 315, 316}
    | {18246, 18249, 33432, EXIF_IFD, GPS_IFD, 36867, 40091, 40092, 40093, 40094, 40095}
)
# Resolution and orientation of a TIFF are written from the metadata of the photo, never copied.
_COPIED_TO_TIFF = DESCRIPTIVE - {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT}
# GeoTIFF: the location of the image on the earth, and fields of GDAL.
GEO = frozenset({33550, 33922, 34264, 34735, 34736, 34737, 42112, 42113})
# Read elsewhere, or meaningless without the pixels as they were stored.
_LERC = 50674  # parameters of a compression that is not written
_KNOWN = frozenset({_PHOTOSHOP, _LAYERS, IPTC, EXIF_IFD, GPS_IFD, INTEROP_IFD, PROFILE, 37439, 59932, _LERC})
_FIRST_PRIVATE = 32768
MAKER_NOTE_LOST = message("The maker note of the camera was left out, because it cannot be moved without damage.")
_MAX_FIELDS = 65535  # of one directory: the limit of classic TIFF, although BigTIFF could claim 2**64
_MAX_DIRECTORIES = 10_000
_MAX_SUB_DIRECTORIES = 16


@dataclass(frozen=True)
class Entry:
    """A field of a directory.

    Attributes:
        tag: number of the field.
        type: number of the data type.
        count: number of values.
        at: offset of the values in the data.
    """

    tag: int
    type: int
    count: int
    at: int

    @property
    def size(self) -> int:
        """Size of the values in bytes."""
        return SIZES[self.type] * self.count


@dataclass
class Directory:
    """A copy of a directory.

    Attributes:
        fields: tag → type, count and bytes, in the byte order of the structure it was copied from.
        children: tag → the directory that the field points to.
        maker_note_at: original offset of a maker note among the fields, whose offsets may count from there.
    """

    fields: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    children: dict[int, "Directory"] = field(default_factory=dict)
    maker_note_at: int = 0

    def drop_immovable_maker_note(self, order: str, same_order: bool = True) -> bool:
        """Remove a maker note, here or in a child, that cannot be moved, and return whether one was removed.

        Args:
            order: "<" or ">", the byte order of this directory.
            same_order: whether the structure that it is moved to has the same one.
        """
        lost = False
        if (entry := self.fields.get(maker_note.MAKER_NOTE)) is not None:
            at = self.maker_note_at
            lost = maker_note.move(entry[2], at, at, order, same_order) is None
            if lost:
                del self.fields[maker_note.MAKER_NOTE]
        return any([lost, *(child.drop_immovable_maker_note(order, same_order) for child in self.children.values())])


class Tiff:
    """Read access to a TIFF structure, classic or BigTIFF.

    Attributes:
        data: the bytes of the structure.
        order: "<" or ">", its byte order.
        big: whether it is a BigTIFF.
        first: offset of the first directory.

    Raises:
        ValueError: it is not a TIFF structure.
    """

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
        """The integer at offset ``at`` with struct's format ``code``; struct.error past the end."""
        if at > len(self.data):  # struct would raise OverflowError for the largest offsets
            raise struct.error("past the end")
        value: int = struct.unpack_from(self.order + code, self.data, at)[0]
        return value

    def start(self, offset: int) -> tuple[int, int]:
        """Offset of the first field of the directory at ``offset``, and the number of fields."""
        width = struct.calcsize(self._count_format)
        count = self.unpack(self._count_format, offset)
        if count > _MAX_FIELDS:
            raise struct.error("too many fields")
        return offset + width, count

    def entries(self, offset: int) -> Iterator[Entry]:
        """The fields of a directory, except those whose values are truncated; struct.error past the end."""
        start, count = self.start(offset)
        stride, inline = (20, 8) if self.big else (12, 4)
        for at in range(start, start + count * stride, stride):
            tag, kind, number = struct.unpack_from(self.order + "HH" + self._offset_format, self.data, at)
            value = at + stride - inline
            size = SIZES.get(kind, 0) * number
            if size > inline:
                value = self.unpack(self._offset_format, value)
            if size and value + size <= len(self.data):
                yield Entry(tag, kind, number, value)

    def next_pointer(self, offset: int) -> int:
        """Offset of the pointer from the directory at ``offset`` to the next one."""
        start, count = self.start(offset)
        return start + count * (20 if self.big else 12)

    def integers(self, entry: Entry) -> tuple[int, ...]:
        """The values of an integer field; empty for other types."""
        code = INTEGERS.get(entry.type)
        return struct.unpack_from(f"{self.order}{entry.count}{code}", self.data, entry.at) if code else ()

    def find(self, tag: int, offset: int | None = None) -> Entry | None:
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
        """The values of an unsigned rational field of the first directory; empty for other types and division by 0."""
        entry = self.find(tag)
        if entry is None or entry.type != 5:
            return ()
        numbers = struct.unpack_from(f"{self.order}{2 * entry.count}I", self.data, entry.at)
        return tuple(a / b for a, b in zip(numbers[::2], numbers[1::2], strict=True)) if all(numbers[1::2]) else ()

    def directory(self, offset: int, only: frozenset[int] | None = None, depth: int = 0) -> Directory:
        """Copy the directory at ``offset`` with its EXIF, GPS and interoperability directories.

        Args:
            offset: of the directory.
            only: tags to copy; None copies all.
            depth: of the directory below the first one, which limits the recursion.
        """
        directory = Directory()
        for entry in self.entries(offset):
            if only is not None and entry.tag not in only:
                continue
            if entry.tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD):
                if depth < 2 and (pointer := self.integers(entry)):
                    try:
                        directory.children[entry.tag] = self.directory(pointer[0], depth=depth + 1)
                    except struct.error:
                        continue  # an invalid pointer loses only its own directory
            else:
                directory.fields[entry.tag] = (entry.type, entry.count, self.data[entry.at : entry.at + entry.size])
                if entry.tag == maker_note.MAKER_NOTE:
                    directory.maker_note_at = entry.at
        return directory


def read(tiff: Tiff, turn: int, notes: list[Message]) -> MetadataBlocks:
    """Read the metadata of a TIFF file except its EXIF.

    Args:
        tiff: its structure.
        turn: the EXIF orientation; GeoTIFF fields are left out unless it is 1.
        notes: messages about what is left out are appended.
    """
    blocks = MetadataBlocks()
    entries = {entry.tag: entry for entry in tiff.entries(tiff.first)}
    read_tags = GEO | {XMP, IPTC, _PHOTOSHOP}  # not the layers, which may be as long as the rest of the file
    values = {tag: tiff.data[entry.at : entry.at + entry.size] for tag, entry in entries.items() if tag in read_tags}
    blocks.xmp = values.get(XMP)
    records = values.get(IPTC, b"")
    if not records.startswith(b"\x1c") and entries.get(IPTC) and entries[IPTC].type == 4:
        # Stored as 32-bit numbers in the other byte order, each of them swapped.
        records = b"".join(records[at : at + 4][::-1] for at in range(0, len(records), 4))
    records = records if records.startswith(b"\x1c") else b""
    photoshop = values.get(_PHOTOSHOP, b"")
    if records:
        photoshop = iptc.join(records, iptc.without_records(photoshop))
    blocks.photoshop = photoshop
    if _LAYERS in entries:
        notes.append(message("The Photoshop layers were left out, because they show the photo before restoration."))
    geo = Directory({tag: (entries[tag].type, entries[tag].count, values[tag]) for tag in GEO & entries.keys()})
    if geo.fields and turn > 1:
        notes.append(message("The GeoTIFF fields were left out, because the photo was turned upright."))
    elif geo.fields:
        blocks.fields = structure(geo, tiff.order)
    foreign = sorted(tag for tag in entries if tag >= _FIRST_PRIVATE and tag not in GEO | _KNOWN | DESCRIPTIVE)
    if foreign:
        names = [str(tag) for tag in foreign]
        notes.append(message("TIFF fields of other programs were left out: {names}.", names=names))
    return blocks


def structure(directory: Directory, order: str) -> bytes:
    """Make a classic TIFF structure of this directory and its children."""
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(order + "I", 8)
    return head + serialise(directory, order, False, 8)


def with_metadata(
    data: bytes,
    blocks: MetadataBlocks,
    extra_samples: int | None,
    notes: list[Message],
) -> bytes:
    """Add metadata to a TIFF file of libvips.

    The first directory is written anew at the end of the file; the old one stays unused.

    Args:
        data: the file.
        blocks: the metadata.
        extra_samples: meaning of the extra channel, 0 unspecified, 2 transparency; None leaves it as it is.
        notes: messages about what is left out are appended.
    """
    exif, xmp, dots = blocks.exif, blocks.xmp, blocks.dpi
    records = iptc.records(blocks.photoshop)
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
        if described.drop_immovable_maker_note(source.order, source.order == order):
            notes.append(MAKER_NOTE_LOST)
        directory.fields |= _reorder(described, source.order, order).fields
        directory.children |= described.children
    if xmp:
        directory.fields[XMP] = (1, len(xmp), xmp)
    if records:
        directory.fields[IPTC] = (7, len(records), records)
    others = iptc.without_records(blocks.photoshop)
    if others:
        directory.fields[_PHOTOSHOP] = (7, len(others), others)
    if blocks.fields:
        geo = Tiff(blocks.fields)
        directory.fields |= _reorder(geo.directory(geo.first), geo.order, order).fields
    if extra_samples is not None and EXTRA_SAMPLES in directory.fields:
        directory.fields[EXTRA_SAMPLES] = (3, 1, struct.pack(order + "H", extra_samples))
    base = len(data) + len(data) % 2
    pointer = struct.pack(order + ("Q" if tiff.big else "I"), base)
    at = 8 if tiff.big else 4
    head = data[:at] + pointer + data[at + len(pointer) :]
    return head + bytes(len(data) % 2) + serialise(directory, order, tiff.big, base)


def resolution_fields(dots: tuple[float, float], order: str) -> dict[int, tuple[int, int, bytes]]:
    """The fields of a directory for a horizontal and vertical resolution in dots per inch."""
    horizontal, vertical = (struct.pack(order + "II", round(value * 1000), 1000) for value in dots)
    return {
        X_RESOLUTION: (5, 1, horizontal),
        Y_RESOLUTION: (5, 1, vertical),
        RESOLUTION_UNIT: (3, 1, struct.pack(order + "H", 2)),
    }


def _reorder(directory: Directory, source: str, target: str) -> Directory:
    """Convert all values of a directory and its children to the byte order ``target``, in place."""
    if source != target:
        for tag, (kind, count, value) in directory.fields.items():
            unit = _UNITS.get(kind, 1)
            swapped = b"".join(value[at : at + unit][::-1] for at in range(0, len(value), unit))
            directory.fields[tag] = (kind, count, swapped)
        for child in directory.children.values():
            _reorder(child, source, target)
    return directory


def serialise(directory: Directory, order: str, big: bool, base: int) -> bytes:
    """The bytes of a directory at offset ``base``, followed by its long values and its children.

    Args:
        directory: with values in the byte order ``order``.
        order: "<" or ">".
        big: whether it belongs to a BigTIFF.
        base: its offset in the structure.
    """
    inline, code = (8, "Q") if big else (4, "I")
    pointer_type = 18 if big else 4
    count = len(directory.fields) + len(directory.children)
    head = struct.pack(order + ("Q" if big else "H"), count)
    tail_at = base + len(head) + count * (12 + (8 if big else 0)) + inline
    tail = bytearray()
    rows: dict[int, bytes] = {}
    for tag, (kind, number, value) in directory.fields.items():
        if tag == maker_note.MAKER_NOTE:
            value = maker_note.move(value, directory.maker_note_at, tail_at + len(tail), order) or value
        if len(value) > inline:
            stored = struct.pack(order + code, tail_at + len(tail))
            tail += value + bytes(len(value) % 2)
        else:
            stored = value.ljust(inline, b"\x00")
        rows[tag] = struct.pack(order + "HH" + code, tag, kind, number) + stored
    for tag, child in directory.children.items():
        child_at = tail_at + len(tail)
        tail += serialise(child, order, big, child_at)
        tail += bytes(len(tail) % 2)
        rows[tag] = struct.pack(order + "HH" + code + code, tag, pointer_type, 1, child_at)
    return head + b"".join(rows[tag] for tag in sorted(rows)) + bytes(inline) + bytes(tail)


@dataclass(frozen=True)
class TiffImage:
    """An image in a TIFF file.

    Attributes:
        tiff: the structure, with the image's directory as the first one.
        page: number of the directory in the chain, from 0.
        sub_directory: number of the image among the sub-directories (SubIFDs) of that directory, or None.
        is_reduced: whether the file declares it as a smaller version of another image, such as a thumbnail.
    """

    tiff: Tiff
    page: int
    sub_directory: int | None
    is_reduced: bool

    @property
    def is_raw(self) -> bool:
        """Whether its pixels are those of a camera's sensor."""
        return self.tiff.number(PHOTOMETRIC) in _SENSOR

    @property
    def options(self) -> dict[str, int]:
        """Options that make libvips load this image."""
        options = {"page": self.page} if self.page else {}
        return options if self.sub_directory is None else {**options, "subifd": self.sub_directory}


def images(tiff: Tiff) -> Iterator[TiffImage]:
    """All images of a file: those of the chain of directories, each followed by its sub-directories."""
    offset, seen = tiff.first, set[int]()
    while offset and offset not in seen and len(seen) < _MAX_DIRECTORIES:
        page = len(seen)
        seen.add(offset)
        try:
            view = _view_at(tiff, offset)
            yield _image(view, page, None)
            sub_directories = view.find(SUB_IFDS)
            offsets = view.integers(sub_directories)[:_MAX_SUB_DIRECTORIES] if sub_directories else ()
            for number, sub_offset in enumerate(offsets):
                yield _image(_view_at(tiff, sub_offset), page, number)
            offset = tiff.unpack("Q" if tiff.big else "I", tiff.next_pointer(offset))
        except struct.error:  # damaged: the following directories cannot be found
            return


def main_image(tiff: Tiff) -> TiffImage | None:
    """The photo: the first image that is not a reduced version of another one; None if all are."""
    return next((image for image in images(tiff) if not image.is_reduced), None)


def count_pages(tiff: Tiff) -> int:
    """The number of images in the chain that are not reduced versions of others; at least 1."""
    return max(sum(not image.is_reduced and image.sub_directory is None for image in images(tiff)), 1)


def metadata_structure(tiff: Tiff, image: TiffImage) -> Tiff:
    """The structure with the metadata of an image: its own, or the file's if only the first image names a camera."""
    candidates = (image.tiff, tiff)
    return next((each for each in candidates if each.find(EXIF_IFD) or each.find(_MAKER)), image.tiff)


def _view_at(tiff: Tiff, offset: int) -> Tiff:
    view = copy.copy(tiff)
    view.first = offset
    return view


def _image(view: Tiff, page: int, sub_directory: int | None) -> TiffImage:
    return TiffImage(view, page, sub_directory, bool((view.number(SUBFILE_TYPE) or 0) & 1))
