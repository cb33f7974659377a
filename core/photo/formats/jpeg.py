"""JPEG files: segments, data after the image, coding (frame and scans); reading and writing.

Sources: ITU-T T.81 (markers), JFIF 1.02, Exif 2.32, Adobe's XMP Specification Part 3 (packets, extended packets, image
resources), CIPA DC-007 (MPF, the table of further images), Google's Ultra HDR and Motion Photo formats.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from core.messages import Message, message
from core.photo.formats import extended_xmp, xmp
from core.photo.formats.iptc import PHOTOSHOP
from core.photo.formats.tiff import Tiff
from core.photo.metadata import Attachment, MetadataBlocks, Text

LIMIT = 65533
"""Largest payload of a segment in bytes."""

END = b"\xff\xd9"
"""The marker at the end of every JPEG."""

EXIF = b"Exif\x00\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\x00"
_MPF = b"MPF\x00"
_GAIN_MAP_VERSION = b"urn:iso:std:iso:ts:21496:-1\x00"
_GAIN_MAP_SIGNS = (b"http://ns.adobe.com/hdr-gain-map/", b"HDRGainMap", _GAIN_MAP_VERSION)
_KNOWN = (b"JFIF", b"JFXX", EXIF, _XMP, _EXTENDED, _MPF, _GAIN_MAP_VERSION, PHOTOSHOP, b"ICC_PROFILE", b"Adobe",
          b"Ducky", b"FPXR", b"Exif")  # fmt: skip
_APP0, _APP1, _APP2, _APP13, _COMMENT, _SCAN, _END = 0xE0, 0xE1, 0xE2, 0xED, 0xFE, 0xDA, 0xD9
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # after entropy-coded data
_START = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_MAX_CANDIDATES = 1000
_EXTENDED_PART_BYTES = 65400  # bytes of an extended packet in one segment
_MAX_EXTENDED_BYTES = 2**28
_ENTRY = struct.Struct(">IIIHH")
_THUMBNAILS = range(0x010001, 0x020000)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_COEFFICIENTS = 64
_MIN_UNKNOWN_BYTES = 16  # after the image, for a message


def segments(data: bytes, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Marker, offset and payload of each segment of a JPEG up to the header of its first scan, which is the last."""
    at = start + 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == _END:
            return
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < 2 or at + 2 + size > len(data):
            return
        yield marker, at, data[at + 4 : at + 2 + size]
        if marker == _SCAN:
            return
        at += 2 + size


def end_of_image(data: bytes, start: int = 0) -> int | None:
    """The offset after the end marker of the JPEG that begins at ``start``; None if it has no end marker."""
    at, scans = start + 2, 0
    while True:
        while at + 1 < len(data) and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if at + 2 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == _END:
            return at + 2 if scans else None
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < 2:
            return None
        at += 2 + size
        if marker == _SCAN:
            scans += 1
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                return None
            at = following.end() - 2


def find_images(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of every complete JPEG within other bytes."""
    at, rejected = 0, 0
    while rejected < _MAX_CANDIDATES and (match := _START.search(data, at)):
        end = end_of_image(data, match.start())
        if end is None:
            rejected, at = rejected + 1, match.start() + 2
        else:
            yield match.start(), end
            at = end


def density(data: bytes) -> tuple[float, float] | None:
    """Horizontal and vertical resolution in dots per inch by the JFIF header, or None."""
    if data[2:4] != b"\xff\xe0" or data[6:11] != b"JFIF\x00" or len(data) < 18:
        return None
    unit, horizontal, vertical = struct.unpack_from(">BHH", data, 13)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (horizontal * scale, vertical * scale) if scale and horizontal and vertical else None


def read(data: bytes, notes: list[Message]) -> MetadataBlocks:
    """Read the metadata of a JPEG file, and the gain map and the video after its image.

    Messages about what is left out are appended to ``notes``.
    """
    blocks = MetadataBlocks(dpi=density(data))
    extended: dict[str, list[tuple[int, int, bytes]]] = {}
    standard: bytes | None = None
    comments: list[str] = []
    foreign: list[str] = []
    table: tuple[int, bytes] | None = None
    for marker, at, payload in segments(data):
        if marker == _APP1 and payload.startswith(EXIF):
            blocks.exif = blocks.exif or payload[len(EXIF) :]
        elif marker == _APP1 and payload.startswith(_XMP):
            standard = standard or payload[len(_XMP) :]
        elif marker == _APP1 and payload.startswith(_EXTENDED) and len(payload) >= len(_EXTENDED) + 40:
            digest = payload[len(_EXTENDED) :][:32].decode("latin-1")
            length, offset = struct.unpack_from(">II", payload, len(_EXTENDED) + 32)
            extended.setdefault(digest, []).append((length, offset, payload[len(_EXTENDED) + 40 :]))
        elif marker == _APP13 and payload.startswith(PHOTOSHOP):
            blocks.photoshop += payload[len(PHOTOSHOP) :]  # a long block continues in the next segment
        elif marker == _APP2 and payload.startswith(_MPF) and table is None:
            table = (at + 4 + len(_MPF), payload[len(_MPF) :])
        elif marker == _APP2 and payload.startswith(_GAIN_MAP_VERSION):
            blocks.gain_map_version = payload
        elif marker == _COMMENT:
            comments.append(_text(payload))
        elif 0xE0 < marker <= 0xEF and not payload.startswith(_KNOWN):
            name = re.match(rb"[\w.:/-]*", payload[:32])
            foreign.append(f"APP{marker - 0xE0} {name.group().decode() if name else ''}".strip())
    blocks.texts = tuple(Text("Comment", comment) for comment in comments if comment)
    if standard is not None:
        blocks.xmp = extended_xmp.merge(standard, lambda digest: _assemble_extended(extended.get(digest, [])))
    if foreign:
        names = list(dict.fromkeys(foreign))
        notes.append(message("JPEG segments of other programs were left out: {names}.", names=names))
    end = end_of_image(data)
    if end is not None and end < len(data):
        blocks.attachments = tuple(_read_attachments(data, end, table, blocks.xmp, notes))
    return blocks


def _text(payload: bytes) -> str:
    text = payload.rstrip(b"\x00")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _assemble_extended(parts: list[tuple[int, int, bytes]]) -> bytes | None:
    """Join an extended packet from its parts (length of the packet, offset, bytes); None if parts are missing."""
    if not parts or parts[0][0] > min(_MAX_EXTENDED_BYTES, sum(len(part) for _, _, part in parts)):
        return None
    whole = bytearray()
    for _, offset, part in sorted(parts):
        if offset > len(whole):
            return None
        whole[offset : offset + len(part)] = part
    return bytes(whole[: parts[0][0]]) if len(whole) >= parts[0][0] else None


def _read_attachments(
    data: bytes, end: int, table: tuple[int, bytes] | None, packet: bytes | None, notes: list[Message]
) -> Iterator[Attachment]:
    """The gain map and the video after the image, which ends at ``end``."""
    listed = {offset: (size, attribute) for attribute, size, offset in _listed_images(table) if offset >= end}
    parts: dict[int, tuple[int, str, int | None]] = {}  # start → end, kind, attribute
    at = end
    for semantic, size in xmp.announced_parts(packet) if packet else []:
        start = len(data) - size if semantic == xmp.VIDEO and data[at + 4 : at + 8] != b"ftyp" else at
        if size and semantic and end <= start and start + size <= len(data):
            parts[start] = (start + size, semantic, listed.get(start, (0, None))[1])
        at += size
    for start, (size, attribute) in listed.items():
        if start not in parts and start + size <= len(data):
            kind = "thumbnail" if attribute & 0xFFFFFF in _THUMBNAILS else "image"
            if kind == "image" and any(sign in data[start : start + min(size, LIMIT)] for sign in _GAIN_MAP_SIGNS):
                kind = xmp.GAIN_MAP
            parts[start] = (start + size, kind, attribute)
    covered = max((stop for stop, _, _ in parts.values()), default=end)
    if not any(kind == xmp.VIDEO for _, kind, _ in parts.values()):
        match = re.compile(rb"MotionPhoto_Data|\x00\x00\x00[\x10-\x40]ftyp").search(data, covered)
        if match:
            parts[match.start()] = (len(data), xmp.VIDEO, None)
    unknown = bytearray(data[end:])
    for start, (stop, kind, listed_as) in sorted(parts.items()):
        unknown[start - end : stop - end] = bytes(stop - start)
        if kind in (xmp.GAIN_MAP, xmp.VIDEO):
            yield Attachment(kind, data[start:stop], listed_as)
    kinds = [kind for _, kind, _ in parts.values()]
    if "thumbnail" in kinds:
        notes.append(
            message("The large preview in the file was left out, because it shows the photo before restoration.")
        )
    others = [kind for kind in kinds if kind not in (xmp.GAIN_MAP, xmp.VIDEO, "thumbnail")]
    if others:
        notes.append(
            message(
                "Only the first of {count} images in the file was read; the others were left out.",
                count=len(others) + 1,
            )
        )
    if len(bytes(unknown).strip(b"\x00\xff \r\n")) >= _MIN_UNKNOWN_BYTES:
        notes.append(message("Data of an unknown kind after the image was left out."))


def _listed_images(table: tuple[int, bytes] | None) -> Iterator[tuple[int, int, int]]:
    """Attribute, size and offset in the file of each further image in a table (MPF), given with its offset."""
    if table is None:
        return
    base, block = table
    try:
        tiff = Tiff(block)
        entry = tiff.find(0xB002)
        if entry is None:
            return
        layout = struct.Struct(tiff.order + _ENTRY.format.lstrip(">"))
        for at in range(entry.at + 16, entry.at + entry.size - 15, 16):  # the first entry is the image itself
            attribute, size, offset, _, _ = layout.unpack_from(block, at)
            yield attribute, size, base + offset
    except (ValueError, struct.error):
        return


def with_metadata(data: bytes, blocks: MetadataBlocks) -> bytes:
    """Add metadata and attachments to a JPEG file without metadata.

    EXIF must fit into a segment (:data:`LIMIT`); longer XMP is split, and image resources may take several segments.
    """
    dpi = blocks.dpi
    unit, horizontal, vertical = (1, *(min(max(round(value), 1), 65535) for value in dpi)) if dpi else (0, 1, 1)
    parts = [(_APP0, b"JFIF\x00\x01\x02" + struct.pack(">BHHBB", unit, horizontal, vertical, 0, 0))]
    if blocks.exif:
        parts.append((_APP1, EXIF + blocks.exif))
    parts += [(_APP1, payload) for payload in _xmp_payloads(blocks.xmp)]
    step = LIMIT - len(PHOTOSHOP)
    for at in range(0, len(blocks.photoshop), step):
        parts.append((_APP13, PHOTOSHOP + blocks.photoshop[at : at + step]))
    for text in blocks.texts:
        if text.keyword == "Comment":
            parts.append((_COMMENT, text.text.encode()[:LIMIT]))
    if blocks.gain_map_version:
        parts.append((_APP2, blocks.gain_map_version))
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
        for marker, payload in parts
        if len(payload) <= LIMIT
    )
    listed = [attachment for attachment in blocks.attachments if attachment.attribute is not None]
    if listed:
        head += _image_table(2 + len(head), len(data) + len(head), blocks.attachments)
    return b"".join((data[:2], head, data[2:], *(attachment.data for attachment in blocks.attachments)))


def holds_xmp(packet: bytes) -> bool:
    """Whether a packet fits into a JPEG file, in one segment or split into several."""
    return any(True for _ in _xmp_payloads(packet))


def _xmp_payloads(packet: bytes | None) -> Iterator[bytes]:
    if not packet:
        return
    if len(packet) <= LIMIT - len(_XMP):
        yield _XMP + packet
        return
    parts = extended_xmp.split(packet, LIMIT - len(_XMP))
    if parts is None:
        return
    standard, extended, digest = parts
    yield _XMP + standard
    for at in range(0, len(extended), _EXTENDED_PART_BYTES):
        head = _EXTENDED + digest.encode() + struct.pack(">II", len(extended), at)
        yield head + extended[at : at + _EXTENDED_PART_BYTES]


def _image_table(at: int, image_bytes: int, attachments: tuple[Attachment, ...]) -> bytes:
    """The segment that lists the images of a file (MPF).

    Args:
        at: offset of the segment in the file.
        image_bytes: size of the image without this segment.
        attachments: what follows the image.
    """
    listed = [attachment for attachment in attachments if attachment.attribute is not None]
    count = 1 + len(listed)
    values_at = 8 + 2 + 3 * 12 + 4
    size = 4 + len(_MPF) + values_at + 16 * count  # of the segment
    base = at + 4 + len(_MPF)
    image_end = image_bytes + size
    entries = _ENTRY.pack(0x030000, image_end, 0, 0, 0)
    offset = image_end
    for attachment in attachments:
        if attachment.attribute is not None:
            entries += _ENTRY.pack(attachment.attribute, len(attachment.data), offset - base, 0, 0)
        offset += len(attachment.data)
    fields = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    fields += struct.pack(">HHII", 0xB001, 4, 1, count) + struct.pack(">HHII", 0xB002, 7, 16 * count, values_at)
    body = b"MM\x00*" + struct.pack(">IH", 8, 3) + fields + bytes(4) + entries
    return struct.pack(">BBH", 0xFF, _APP2, size - 2) + _MPF + body


@dataclass(frozen=True)
class Frame:
    """The header of a frame.

    Attributes:
        marker: second byte of its marker, which names the process: 0xC0 baseline, 0xC2 progressive, and so on.
        precision: bits per channel.
        components: identifiers of the channels.
    """

    marker: int
    precision: int
    components: tuple[int, ...]

    @property
    def is_lossless(self) -> bool:
        """Whether it uses the lossless process, which has little in common with other JPEG."""
        return self.marker in _LOSSLESS


def read_frame(data: bytes) -> Frame | None:
    """The header of the first frame; None if there is none."""
    for marker, at, end in _all_segments(data):
        if marker in _FRAMES and at + 6 <= end:
            count = data[at + 5]
            return Frame(marker, data[at], tuple(data[at + 6 : min(at + 6 + 3 * count, end) : 3]))
    return None


def has_all_scans(data: bytes) -> bool:
    """Whether there are scans for every bit of every coefficient: a file without end marker is complete then."""
    frame = read_frame(data)
    if frame is None:
        return False
    lowest_bits = {component: [1] * _COEFFICIENTS for component in frame.components}  # 0: complete
    for marker, at, end in _all_segments(data):
        count = data[at] if marker == _SCAN and at < end else 0
        if not count or at + 4 + 2 * count > end:
            continue
        first, last, bits = data[at + 1 + 2 * count : at + 4 + 2 * count]
        for component in data[at + 1 : at + 1 + 2 * count : 2]:
            if component in lowest_bits:
                for coefficient in range(first, min(last, _COEFFICIENTS - 1) + 1):
                    lowest_bits[component][coefficient] = bits & 15
    return not any(map(any, lowest_bits.values()))


def _all_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start of the contents and their end for each segment of all scans; entropy-coded data is skipped."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (0x00, 0xFF) or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _END:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at + 4, min(end, len(data))
        at = end
