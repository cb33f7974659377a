"""PNG files: their chunks, read and written.

Sources: ISO/IEC 15948 (PNG), its extensions 1.5 (eXIf), Adobe's XMP Specification Part 3, and the texts
"Raw profile type …", in which ImageMagick and others store EXIF, IPTC and XMP in hexadecimal digits.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from core.photo.formats import iptc
from core.photo.formats.metadata_blocks import Blocks, Text

_XMP_KEYWORD = "XML:com.adobe.xmp"
_RAW_PROFILE = "Raw profile type "
_LONGEST_TEXTS = 2**26  # bytes of all texts of a file, once unpacked
_DIGITS_A_LINE = 72
_KNOWN = frozenset({b"vpAg", b"caNv", b"orNT", b"iDOT"})  # how ImageMagick and Apple lay the pixels out


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the contents and their length for each chunk; stops where the file is cut off."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, size
        at += 12 + size


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the header states, before libvips has seen it; None if it is cut off."""
    return struct.unpack_from(">II", data, 16) if len(data) >= 24 else None


def density(data: bytes) -> tuple[float, float] | None:
    """Dots per inch across and down, or None."""
    for kind, at, size in chunks(data):
        if kind == b"pHYs" and size == 9 and data[at + 8] == 1:
            across, down = (int.from_bytes(data[at + n : at + n + 4], "big") * 0.0254 for n in (0, 4))
            return (across, down) if across and down else None
    return None


def read(data: bytes, notes: list[str]) -> Blocks:
    """The metadata of a PNG file, wherever in it the chunks stand; what is left out is told in ``notes``."""
    found = Blocks(dpi=density(data))
    profiles: dict[str, bytes] = {}
    texts: list[Text] = []
    strangers: list[str] = []
    room = _LONGEST_TEXTS
    for kind, at, size in chunks(data):
        contents = data[at : at + size]
        if kind == b"eXIf" and not found.exif:
            found.exif = contents
        elif kind == b"tIME" and size == 7:
            found.modified = contents
        elif kind not in _KNOWN and kind[1:2].islower() and kind.isalpha():  # a private chunk
            strangers.append(kind.decode())
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and (text := _text(kind, contents, room)) is not None:
            room -= len(text.text)
            if text.keyword == _XMP_KEYWORD:
                found.xmp = found.xmp or text.text.encode()
            elif text.keyword.lower().startswith(_RAW_PROFILE.lower()):
                profiles.setdefault(text.keyword[len(_RAW_PROFILE) :].lower().strip(), _raw_profile(text.text))
            else:
                texts.append(text)
    found.exif = found.exif or profiles.get("exif")
    app1 = profiles.get("app1", b"")
    if app1.startswith(b"Exif\x00\x00"):
        found.exif = found.exif or app1
    elif app1.startswith(b"http://ns.adobe.com/xap/1.0/\x00"):
        found.xmp = found.xmp or app1.partition(b"\x00")[2]
    found.xmp = found.xmp or profiles.get("xmp")
    records, block = profiles.get("iptc", b""), profiles.get("8bim", b"")
    if records.startswith(b"\x1c"):
        records = iptc.joined(records, None)
    elif records.startswith(iptc.PHOTOSHOP):
        records = records[len(iptc.PHOTOSHOP) :]
    block = block.removeprefix(iptc.PHOTOSHOP)
    found.photoshop = block if iptc.records(block) else records + block
    if found.exif:  # ImageMagick repeats every field as a text, with the orientation and the position
        texts = [text for text in texts if not text.keyword.lower().startswith("exif:")]
    found.texts = tuple(texts)
    if strangers:
        notes.append(f"PNG chunks of other programs were left out: {', '.join(dict.fromkeys(strangers))}.")
    return found


def _text(kind: bytes, contents: bytes, room: int) -> Text | None:
    """The text of a chunk; None if it is damaged, or longer than ``room`` bytes once unpacked."""
    keyword, _, rest = contents.partition(b"\x00")
    try:
        if kind == b"tEXt":
            return Text(keyword.decode("latin-1"), rest.decode("latin-1"))
        if kind == b"zTXt":
            return Text(keyword.decode("latin-1"), _unpacked(rest[1:], room).decode("latin-1"))
        compressed, rest = rest[:1] == b"\x01", rest[2:]
        language, _, rest = rest.partition(b"\x00")
        translated, _, rest = rest.partition(b"\x00")
        text = (_unpacked(rest, room) if compressed else rest).decode()
        return Text(keyword.decode("latin-1"), text, language.decode("latin-1"), translated.decode())
    except (zlib.error, UnicodeDecodeError, ValueError):
        return None


def _unpacked(packed: bytes, room: int) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, max(room, 1))
    if not unpacker.eof:
        raise ValueError("a text that is too long or cut off")
    return text


def _raw_profile(text: str) -> bytes:
    """The block in a text of the form: name, length, hexadecimal digits; empty if it is damaged."""
    found = re.match(r"\s*[^\n]*\n\s*(\d+)\s*\n([0-9a-fA-F\s]*)", text)
    if not found:
        return b""
    digits = re.sub(r"\s", "", found.group(2))
    block = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return block[: int(found.group(1)[:12])]


def with_metadata(data: bytes, found: Blocks) -> bytes:
    """A PNG file with these in place of any resolution that it states; image resources as ImageMagick stores them."""
    added = []
    if found.dpi:
        across, down = (min(round(value / 0.0254), 2**31 - 1) for value in found.dpi)
        added.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if found.modified:
        added.append(_chunk(b"tIME", found.modified))
    if found.exif:
        added.append(_chunk(b"eXIf", found.exif))
    if found.xmp:
        added.append(_chunk(b"iTXt", _XMP_KEYWORD.encode() + bytes(5) + found.xmp))
    if found.photoshop:
        only_iptc = all(kind == iptc.RECORDS for _, kind, _, _ in iptc.resources(found.photoshop))
        name = "iptc" if only_iptc else "8bim"
        digits = found.photoshop.hex()
        lines = [digits[at : at + _DIGITS_A_LINE] for at in range(0, len(digits), _DIGITS_A_LINE)]
        text = f"\n{name}\n{len(found.photoshop):8}\n" + "\n".join(lines) + "\n"
        added.append(_chunk(b"zTXt", f"{_RAW_PROFILE}{name}\0\0".encode() + zlib.compress(text.encode())))
    added += [_text_chunk(text) for text in found.texts]
    parts = [data[:8]]
    for kind, at, size in chunks(data):
        if kind not in (b"pHYs", b"tIME"):
            parts.append(data[at - 8 : at + size + 4])
        if kind == b"IHDR":
            parts.extend(added)
    return b"".join(parts)


def _text_chunk(text: Text) -> bytes:
    keyword = text.keyword.encode("latin-1", "replace")[:79] or b"Comment"
    if not text.language and not text.translated:
        try:
            return _chunk(b"tEXt", keyword + b"\x00" + text.text.replace("\0", " ").encode("latin-1"))
        except UnicodeEncodeError:
            pass
    head = keyword + bytes(3) + text.language.encode("latin-1", "replace") + b"\x00" + text.translated.encode()
    return _chunk(b"iTXt", head + b"\x00" + text.text.replace("\0", " ").encode())


def _chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))
