"""JPEG files: the segments of their header and what lies behind the picture, read and written.

Sources: ITU-T T.81 (markers), JFIF 1.02, Exif 2.32, Adobe's XMP Specification Part 3 (packets, extended packets, image
resources), CIPA DC-007 (MPF, the table of further pictures), Google's Ultra HDR and Motion Photo formats.
"""

import re
import struct
from collections.abc import Iterator

from core.photo.formats import xmp
from core.photo.formats.iptc import PHOTOSHOP
from core.photo.formats.metadata_blocks import Attachment, Blocks, Text

LIMIT = 65533
"""Bytes of payload that one segment can hold."""

EXIF = b"Exif\x00\x00"
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\x00"
_MPF = b"MPF\x00"
_GAIN_MAP_VERSION = b"urn:iso:std:iso:ts:21496:-1\x00"
_GAIN_MAP_SIGNS = (b"http://ns.adobe.com/hdr-gain-map/", b"HDRGainMap", _GAIN_MAP_VERSION)
_KNOWN = (b"JFIF", b"JFXX", EXIF, _XMP, _EXTENDED, _MPF, _GAIN_MAP_VERSION, PHOTOSHOP, b"ICC_PROFILE", b"Adobe",
          b"Ducky", b"FPXR", b"Exif")  # fmt: skip
_APP0, _APP1, _APP2, _APP13, _COMMENT, _SCAN, _END = 0xE0, 0xE1, 0xE2, 0xED, 0xFE, 0xDA, 0xD9
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")  # behind entropy-coded data
_START = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
_MOST_TRIES = 1000
_EXTENDED_PART = 65400  # bytes of an extended packet in one segment
_LONGEST_EXTENDED = 2**28
_ENTRY = struct.Struct(">IIIHH")
_THUMBNAILS = range(0x010001, 0x020000)
_LEAST_UNKNOWN = 16  # bytes behind the picture that are worth a word


def segments(data: bytes, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Marker, place and payload of each segment of a JPEG up to its first scan, which comes last, with its header."""
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


def end_of_picture(data: bytes, start: int = 0) -> int | None:
    """Where the JPEG that begins at ``start`` ends, behind its end marker; None if it has none."""
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


def pictures(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of every whole JPEG within other bytes."""
    at, tries = 0, 0
    while tries < _MOST_TRIES and (found := _START.search(data, at)):
        end = end_of_picture(data, found.start())
        if end is None:
            tries, at = tries + 1, found.start() + 2
        else:
            yield found.start(), end
            at = end


def density(data: bytes) -> tuple[float, float] | None:
    """Dots per inch from a JFIF header, or None."""
    if data[2:4] != b"\xff\xe0" or data[6:11] != b"JFIF\x00" or len(data) < 18:
        return None
    unit, across, down = struct.unpack_from(">BHH", data, 13)
    scale = {1: 1.0, 2: 2.54}.get(unit)
    return (across * scale, down * scale) if scale and across and down else None


def read(data: bytes, notes: list[str]) -> Blocks:
    """The metadata of a JPEG file, and the gain map and the video behind it; what is left out goes to ``notes``."""
    found = Blocks(dpi=density(data))
    extended: dict[str, list[tuple[int, int, bytes]]] = {}
    standard: bytes | None = None
    comments: list[str] = []
    strangers: list[str] = []
    table: tuple[int, bytes] | None = None
    for marker, at, payload in segments(data):
        if marker == _APP1 and payload.startswith(EXIF):
            found.exif = found.exif or payload[len(EXIF) :]
        elif marker == _APP1 and payload.startswith(_XMP):
            standard = standard or payload[len(_XMP) :]
        elif marker == _APP1 and payload.startswith(_EXTENDED) and len(payload) >= len(_EXTENDED) + 40:
            digest = payload[len(_EXTENDED) :][:32].decode("latin-1")
            length, offset = struct.unpack_from(">II", payload, len(_EXTENDED) + 32)
            extended.setdefault(digest, []).append((length, offset, payload[len(_EXTENDED) + 40 :]))
        elif marker == _APP13 and payload.startswith(PHOTOSHOP):
            found.photoshop += payload[len(PHOTOSHOP) :]  # a long block goes on in the next segment
        elif marker == _APP2 and payload.startswith(_MPF) and table is None:
            table = (at + 4 + len(_MPF), payload[len(_MPF) :])
        elif marker == _APP2 and payload.startswith(_GAIN_MAP_VERSION):
            found.gain_map_version = payload
        elif marker == _COMMENT:
            comments.append(_text(payload))
        elif 0xE0 < marker <= 0xEF and not payload.startswith(_KNOWN):
            name = re.match(rb"[\w.:/-]*", payload[:32])
            strangers.append(f"APP{marker - 0xE0} {name.group().decode() if name else ''}".strip())
    found.texts = tuple(Text("Comment", comment) for comment in comments if comment)
    if standard is not None:
        found.xmp = xmp.merged(standard, lambda digest: _assembled(extended.get(digest, [])))
    if strangers:
        notes.append(f"JPEG segments of other programs were left out: {', '.join(dict.fromkeys(strangers))}.")
    end = end_of_picture(data)
    if end is not None and end < len(data):
        found.attachments = tuple(_behind(data, end, table, found.xmp, notes))
    return found


def _text(payload: bytes) -> str:
    text = payload.rstrip(b"\x00")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _assembled(parts: list[tuple[int, int, bytes]]) -> bytes | None:
    """An extended packet from its parts (length of the whole, offset, bytes); None if some are missing."""
    if not parts or parts[0][0] > min(_LONGEST_EXTENDED, sum(len(part) for _, _, part in parts)):
        return None
    whole = bytearray()
    for _, offset, part in sorted(parts):
        if offset > len(whole):
            return None
        whole[offset : offset + len(part)] = part
    return bytes(whole[: parts[0][0]]) if len(whole) >= parts[0][0] else None


def _behind(
    data: bytes, end: int, table: tuple[int, bytes] | None, packet: bytes | None, notes: list[str]
) -> Iterator[Attachment]:
    """The gain map and the video that lie behind the picture, which ends at ``end``."""
    listed = {place: (size, attribute) for attribute, size, place in _pictures_listed(table) if place >= end}
    parts: dict[int, tuple[int, str, int | None]] = {}  # start → end, kind, attribute
    at = end
    for semantic, size in xmp.announced_parts(packet) if packet else []:
        start = len(data) - size if semantic == xmp.VIDEO and data[at + 4 : at + 8] != b"ftyp" else at
        if size and semantic and end <= start and start + size <= len(data):
            parts[start] = (start + size, semantic, listed.get(start, (0, None))[1])
        at += size
    for start, (size, attribute) in listed.items():
        if start not in parts and start + size <= len(data):
            kind = "thumbnail" if attribute & 0xFFFFFF in _THUMBNAILS else "picture"
            if kind == "picture" and any(sign in data[start : start + min(size, LIMIT)] for sign in _GAIN_MAP_SIGNS):
                kind = xmp.GAIN_MAP
            parts[start] = (start + size, kind, attribute)
    covered = max((stop for stop, _, _ in parts.values()), default=end)
    if not any(kind == xmp.VIDEO for _, kind, _ in parts.values()):
        found = re.compile(rb"MotionPhoto_Data|\x00\x00\x00[\x10-\x40]ftyp").search(data, covered)
        if found:
            parts[found.start()] = (len(data), xmp.VIDEO, None)
    unknown = bytearray(data[end:])
    for start, (stop, kind, listed_as) in sorted(parts.items()):
        unknown[start - end : stop - end] = bytes(stop - start)
        if kind in (xmp.GAIN_MAP, xmp.VIDEO):
            yield Attachment(kind, data[start:stop], listed_as)
    kinds = [kind for _, kind, _ in parts.values()]
    if "thumbnail" in kinds:
        notes.append("The large preview in the file was left out, because it shows the photo as it was before.")
    others = [kind for kind in kinds if kind not in (xmp.GAIN_MAP, xmp.VIDEO, "thumbnail")]
    if others:
        notes.append(f"Of {len(others) + 1} pictures in the file only the first was read; the others were left out.")
    if len(bytes(unknown).strip(b"\x00\xff \r\n")) >= _LEAST_UNKNOWN:
        notes.append("Data of an unknown kind behind the picture was left out.")


def _pictures_listed(table: tuple[int, bytes] | None) -> Iterator[tuple[int, int, int]]:
    """Attribute, size and place in the file of each further picture that a table (MPF) at a place lists."""
    from core.photo.formats.tiff import Tiff  # which needs this module for previews in EXIF

    if table is None:
        return
    base, block = table
    try:
        tiff = Tiff(block)
        entry = tiff.find(0xB002)
        if entry is None:
            return
        layout = struct.Struct(tiff.order + _ENTRY.format.lstrip(">"))
        for at in range(entry.at + 16, entry.at + entry.size - 15, 16):  # the first is the picture itself
            attribute, size, offset, _, _ = layout.unpack_from(block, at)
            yield attribute, size, base + offset
    except (ValueError, struct.error):
        return


def with_metadata(data: bytes, found: Blocks) -> bytes:
    """A JPEG file without header segments, with them, and with what lies behind the picture.

    EXIF must fit a segment (:data:`LIMIT`); XMP that does not is split, and image resources go over several.
    """
    dpi = found.dpi
    unit, across, down = (1, *(min(max(round(value), 1), 65535) for value in dpi)) if dpi else (0, 1, 1)
    parts = [(_APP0, b"JFIF\x00\x01\x02" + struct.pack(">BHHBB", unit, across, down, 0, 0))]
    if found.exif:
        parts.append((_APP1, EXIF + found.exif))
    parts += [(_APP1, payload) for payload in _xmp_payloads(found.xmp)]
    step = LIMIT - len(PHOTOSHOP)
    for at in range(0, len(found.photoshop), step):
        parts.append((_APP13, PHOTOSHOP + found.photoshop[at : at + step]))
    for text in found.texts:
        if text.keyword == "Comment":
            parts.append((_COMMENT, text.text.encode()[:LIMIT]))
    if found.gain_map_version:
        parts.append((_APP2, found.gain_map_version))
    head = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
        for marker, payload in parts
        if len(payload) <= LIMIT
    )
    listed = [attachment for attachment in found.attachments if attachment.attribute is not None]
    if listed:
        head += _table(2 + len(head), len(data) + len(head), found.attachments)
    return b"".join((data[:2], head, data[2:], *(attachment.data for attachment in found.attachments)))


def holds_xmp(packet: bytes) -> bool:
    """Whether a packet fits a JPEG file, in one segment or split into several."""
    return any(True for _ in _xmp_payloads(packet))


def _xmp_payloads(packet: bytes | None) -> Iterator[bytes]:
    if not packet:
        return
    if len(packet) <= LIMIT - len(_XMP):
        yield _XMP + packet
        return
    parts = xmp.split(packet, LIMIT - len(_XMP))
    if parts is None:
        return
    standard, extended, digest = parts
    yield _XMP + standard
    for at in range(0, len(extended), _EXTENDED_PART):
        head = _EXTENDED + digest.encode() + struct.pack(">II", len(extended), at)
        yield head + extended[at : at + _EXTENDED_PART]


def _table(at: int, others: int, attachments: tuple[Attachment, ...]) -> bytes:
    """The segment that lists the pictures of a file (MPF), to stand at ``at``.

    Args:
        at: place of the segment in the file.
        others: bytes of the picture without this segment.
        attachments: what follows the picture.
    """
    listed = [attachment for attachment in attachments if attachment.attribute is not None]
    count = 1 + len(listed)
    values_at = 8 + 2 + 3 * 12 + 4
    size = 4 + len(_MPF) + values_at + 16 * count  # of the segment
    base = at + 4 + len(_MPF)
    picture = others + size
    entries = _ENTRY.pack(0x030000, picture, 0, 0, 0)
    place = picture
    for attachment in attachments:
        if attachment.attribute is not None:
            entries += _ENTRY.pack(attachment.attribute, len(attachment.data), place - base, 0, 0)
        place += len(attachment.data)
    fields = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
    fields += struct.pack(">HHII", 0xB001, 4, 1, count) + struct.pack(">HHII", 0xB002, 7, 16 * count, values_at)
    body = b"MM\x00*" + struct.pack(">IH", 8, 3) + fields + bytes(4) + entries
    return struct.pack(">BBH", 0xFF, _APP2, size - 2) + _MPF + body
