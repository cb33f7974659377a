"""PNG files: reading and writing of chunks.

Sources: ISO/IEC 15948 (PNG), its extensions 1.5 (eXIf), Adobe's XMP Specification Part 3, and the texts
"Raw profile type …", in which ImageMagick and others store EXIF, IPTC and XMP in hexadecimal digits.
"""

import re
import struct
import zlib
from collections.abc import Iterator

from core.messages import Message, message
from core.photo.formats import iptc
from core.photo.metadata import MetadataBlocks, Text

_XMP_KEYWORD = "XML:com.adobe.xmp"
_RAW_PROFILE = "Raw profile type "
_MAX_TEXT_BYTES = 2**26  # of all texts of a file, decompressed
_DIGITS_PER_LINE = 72
_KNOWN = frozenset({b"vpAg", b"caNv", b"orNT", b"iDOT"})  # pixel layout of ImageMagick and Apple


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the contents and their length for each chunk; stops where the file is truncated."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + size > len(data):
            return
        yield data[at + 4 : at + 8], at + 8, size
        at += 12 + size


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels by the header, to be checked before libvips decodes the file; None if truncated."""
    return struct.unpack_from(">II", data, 16) if len(data) >= 24 else None


def density(data: bytes) -> tuple[float, float] | None:
    """Horizontal and vertical resolution in dots per inch, or None."""
    for kind, at, size in chunks(data):
        if kind == b"pHYs" and size == 9 and data[at + 8] == 1:
            horizontal, vertical = (int.from_bytes(data[at + n : at + n + 4], "big") * 0.0254 for n in (0, 4))
            return (horizontal, vertical) if horizontal and vertical else None
    return None


def read(data: bytes, notes: list[Message]) -> MetadataBlocks:
    """Read the metadata of a PNG file, wherever its chunks are; messages about what is left out go to ``notes``."""
    blocks = MetadataBlocks(dpi=density(data))
    profiles: dict[str, bytes] = {}
    texts: list[Text] = []
    foreign: list[str] = []
    remaining = _MAX_TEXT_BYTES
    for kind, at, size in chunks(data):
        contents = data[at : at + size]
        if kind == b"eXIf" and not blocks.exif:
            blocks.exif = contents
        elif kind == b"tIME" and size == 7:
            blocks.modified = contents
        elif kind not in _KNOWN and kind[1:2].islower() and kind.isalpha():  # a private chunk
            foreign.append(kind.decode())
        elif kind in (b"tEXt", b"zTXt", b"iTXt") and (text := _text(kind, contents, remaining)) is not None:
            remaining -= len(text.text)
            if text.keyword == _XMP_KEYWORD:
                blocks.xmp = blocks.xmp or text.text.encode()
            elif text.keyword.lower().startswith(_RAW_PROFILE.lower()):
                profiles.setdefault(text.keyword[len(_RAW_PROFILE) :].lower().strip(), _raw_profile(text.text))
            else:
                texts.append(text)
    blocks.exif = blocks.exif or profiles.get("exif")
    app1 = profiles.get("app1", b"")
    if app1.startswith(b"Exif\x00\x00"):
        blocks.exif = blocks.exif or app1
    elif app1.startswith(b"http://ns.adobe.com/xap/1.0/\x00"):
        blocks.xmp = blocks.xmp or app1.partition(b"\x00")[2]
    blocks.xmp = blocks.xmp or profiles.get("xmp")
    records, block = profiles.get("iptc", b""), profiles.get("8bim", b"")
    if records.startswith(b"\x1c"):
        records = iptc.join(records, None)
    elif records.startswith(iptc.PHOTOSHOP):
        records = records[len(iptc.PHOTOSHOP) :]
    block = block.removeprefix(iptc.PHOTOSHOP)
    blocks.photoshop = block if iptc.records(block) else records + block
    if blocks.exif:  # ImageMagick copies every EXIF field into a text, the orientation and the position too
        texts = [text for text in texts if not text.keyword.lower().startswith("exif:")]
    blocks.texts = tuple(texts)
    if foreign:
        names = list(dict.fromkeys(foreign))
        notes.append(message("PNG chunks of other programs were left out: {names}.", names=names))
    return blocks


def _text(kind: bytes, contents: bytes, limit: int) -> Text | None:
    """The text of a chunk; None if it is damaged, or longer than ``limit`` bytes when decompressed."""
    keyword, _, rest = contents.partition(b"\x00")
    try:
        if kind == b"tEXt":
            return Text(keyword.decode("latin-1"), rest.decode("latin-1"))
        if kind == b"zTXt":
            return Text(keyword.decode("latin-1"), _decompress(rest[1:], limit).decode("latin-1"))
        compressed, rest = rest[:1] == b"\x01", rest[2:]
        language, _, rest = rest.partition(b"\x00")
        translated, _, rest = rest.partition(b"\x00")
        text = (_decompress(rest, limit) if compressed else rest).decode()
        return Text(keyword.decode("latin-1"), text, language.decode("latin-1"), translated.decode())
    except (zlib.error, UnicodeDecodeError, ValueError):
        return None


def _decompress(data: bytes, limit: int) -> bytes:
    decompressor = zlib.decompressobj()
    text = decompressor.decompress(data, max(limit, 1))
    if not decompressor.eof:
        raise ValueError("a text that is too long or truncated")
    return text


def _raw_profile(text: str) -> bytes:
    """The block in a text that consists of name, length and hexadecimal digits; empty if it is damaged."""
    match = re.match(r"\s*[^\n]*\n\s*(\d+)\s*\n([0-9a-fA-F\s]*)", text)
    if not match:
        return b""
    digits = re.sub(r"\s", "", match.group(2))
    block = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return block[: int(match.group(1)[:12])]


def with_metadata(data: bytes, blocks: MetadataBlocks) -> bytes:
    """Add metadata to a PNG file and replace its resolution; image resources are stored as ImageMagick does."""
    added = []
    if blocks.dpi:
        horizontal, vertical = (min(round(value / 0.0254), 2**31 - 1) for value in blocks.dpi)
        added.append(_chunk(b"pHYs", struct.pack(">IIB", horizontal, vertical, 1)))
    if blocks.modified:
        added.append(_chunk(b"tIME", blocks.modified))
    if blocks.exif:
        added.append(_chunk(b"eXIf", blocks.exif))
    if blocks.xmp:
        added.append(_chunk(b"iTXt", _XMP_KEYWORD.encode() + bytes(5) + blocks.xmp))
    if blocks.photoshop:
        only_iptc = all(kind == iptc.RECORDS for _, kind, _, _ in iptc.resources(blocks.photoshop))
        name = "iptc" if only_iptc else "8bim"
        digits = blocks.photoshop.hex()
        lines = [digits[at : at + _DIGITS_PER_LINE] for at in range(0, len(digits), _DIGITS_PER_LINE)]
        text = f"\n{name}\n{len(blocks.photoshop):8}\n" + "\n".join(lines) + "\n"
        added.append(_chunk(b"zTXt", f"{_RAW_PROFILE}{name}\0\0".encode() + zlib.compress(text.encode())))
    added += [_text_chunk(text) for text in blocks.texts]
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
