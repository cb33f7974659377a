"""Builds metadata blocks and files byte by byte, independently of the code under test."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
from PIL import Image

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def segments_of(data: bytes) -> list[tuple[int, bytes]]:
    """Marker and payload of each segment up to the first scan, read independently."""
    found, at = [], 2
    while data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((data[at + 1], data[at + 4 : at + 2 + size]))
        at += 2 + size
    return found


def chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))


def picture(width: int = 32, height: int = 24) -> Image.Image:
    down, across = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([across * 7, down * 9, 255 - across * 3], axis=2).astype(np.uint8))


def jpeg(*segments: bytes, after: bytes = b"", size: tuple[int, int] = (32, 24)) -> bytes:
    buffer = io.BytesIO()
    picture(*size).save(buffer, "JPEG", quality=95)
    data = buffer.getvalue()
    return data[:2] + b"".join(segments) + data[20:] + after  # without Pillow's JFIF segment


def png(first: bytes = b"", last: bytes = b"") -> bytes:
    """A PNG with ``first`` after its header and ``last`` after its pixels."""
    buffer = io.BytesIO()
    picture().save(buffer, "PNG")
    data = buffer.getvalue()
    return data[:33] + first + data[33:-12] + last + data[-12:]


def xmp(properties: str = "", attributes: str = "") -> bytes:
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        f'xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" '
        f"{attributes}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


def xmp_segment(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + packet)


def packet_of(data: bytes) -> bytes:
    """The XMP packet of a file, as Pillow reads it; for a JPEG the standard packet."""
    with Image.open(io.BytesIO(data)) as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or image.tag_v2[700]
    return packet.encode() if isinstance(packet, str) else packet


def property_of(data: bytes, name: str) -> str | None:
    """A property (attribute or text) of the XMP packet of a file, read with the standard library."""
    for element in ElementTree.fromstring(packet_of(data).decode().strip("\x00")).iter():
        for key, value in element.attrib.items():
            if key.rpartition("}")[2] == name:
                return value
        if element.tag.rpartition("}")[2] == name:
            return "".join(element.itertext())
    return None


def exif(order: str = ">", orientation: int = 1, thumbnail: bytes = b"", maker_note: Any = b"") -> bytes:
    """EXIF with make, orientation, position, a subject area at (10, 20), and the given parts.

    If ``maker_note`` is a function, it is called with the offset of the note.
    """
    pack = lambda code, *values: struct.pack(order + code, *values)  # noqa: E731
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + pack("I", 8)
    first = 8 + 2 + 4 * 12 + 4
    detail_at = first + 6
    gps_at = detail_at + 2 + 4 * 12 + 4 + 8  # the subject area follows
    note_at = gps_at + 2 + 2 * 12 + 4 + 24
    note = maker_note(note_at) if callable(maker_note) else maker_note
    end = note_at + len(note) + len(note) % 2
    main = pack("H", 4) + pack("HHII", 271, 2, 6, first) + pack("HHIHH", 274, 3, 1, orientation, 0)
    main += pack("HHII", 34665, 4, 1, detail_at) + pack("HHII", 34853, 4, 1, gps_at) + pack("I", end * bool(thumbnail))
    detail = pack("H", 4) + pack("HHII", 36867 - 1, 4, 1, 7) + pack("HHII", 37396, 3, 4, gps_at - 8)
    detail += pack("HHII", 37500, 7, len(note), note_at) + pack("HHII", 40962, 4, 1, 32) + pack("I", 0)
    area = pack("4H", 10, 20, 4, 6)
    gps = pack("H", 2) + pack("HHI4s", 1, 2, 2, b"N\x00\x00\x00") + pack("HHII", 2, 5, 3, note_at - 24) + pack("I", 0)
    gps += pack("6I", 48, 1, 51, 1, 2952, 100)
    tail = b""
    if thumbnail:
        tail = pack("H", 3) + pack("HHIHH", 259, 3, 1, 6, 0) + pack("HHII", 513, 4, 1, end + 42)
        tail += pack("HHII", 514, 4, 1, len(thumbnail)) + pack("I", 0) + thumbnail
    return head + main + b"Maker\x00" + detail + area + gps + note + bytes(len(note) % 2) + tail


def canon_note(order: str = "<") -> Callable[[int], bytes]:
    """A maker note as Canon's: a directory whose offsets count from the start of the structure around it."""

    def build(at: int) -> bytes:
        values_at = at + 2 + 2 * 12 + 4
        fields = struct.pack(order + "HHII", 7, 2, 24, values_at) + struct.pack(
            order + "HHII", 9, 2, 18, values_at + 24
        )
        body = struct.pack(order + "H", 2) + fields + bytes(4)
        return body + b"Firmware Version 1.1.1\x00\x00" + b"Zoe Photographer\x00\x00"

    return build


def canon_values(data: bytes, note: bytes, order: str = "<") -> list[bytes]:
    """The values of such a note, found by its offsets into ``data``."""
    places = [struct.unpack_from(order + "HHII", note, 2 + 12 * number) for number in range(2)]
    return [data[offset : offset + count].rstrip(b"\x00") for _, _, count, offset in places]


def thumbnail() -> bytes:
    buffer = io.BytesIO()
    picture(16, 12).save(buffer, "JPEG")
    return buffer.getvalue()
