"""PNG: metadata after the pixels and in "Raw profile type" texts, and texts."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.photo import read_photo
from tests.unit.core.photo.formats.builders import chunk, exif, packet_of, picture, png, property_of, segments_of, xmp

IPTC = b"\x1c\x02\x78\x00\x0aA caption!\x1c\x02\x19\x00\x06family"
RESOURCE = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)


def raw_profile(name: str, block: bytes, kind: bytes = b"zTXt") -> bytes:
    """As ImageMagick writes it: the name, the length, and lines of hexadecimal digits."""
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{name}\n{len(block):8}\n{lines}\n".encode()
    keyword = f"Raw profile type {name}".encode() + b"\x00"
    return chunk(kind, keyword + (b"\x00" + zlib.compress(text) if kind == b"zTXt" else text))


@pytest.mark.parametrize(
    "added",
    [
        {"last": chunk(b"eXIf", exif(orientation=6))},
        {"first": raw_profile("exif", b"Exif\x00\x00" + exif(orientation=6))},
        {"first": raw_profile("APP1", b"Exif\x00\x00" + exif(orientation=6), b"tEXt")},
        {"last": raw_profile("exif", b"Exif\x00\x00" + exif(orientation=6))},
    ],
    ids=["behind the pixels", "raw profile", "raw profile APP1", "raw profile behind the pixels"],
)
def test_exif_is_found_anywhere_and_turns_the_photo(opened, tmp_path, added) -> None:
    photo = opened(png(**added))
    expected = np.rot90(np.asarray(picture()), -1)
    assert np.array_equal(np.rint(photo.pixels * 255), expected)
    with Image.open(photo.save(tmp_path / "a.png")) as saved:
        tags = saved.getexif()
        assert tags[271] == "Maker" and tags.get(274, 1) == 1
        assert tags.get_ifd(0x8825)[2] == (48, 51, 29.52)


@pytest.mark.parametrize("kind", ["iTXt behind the pixels", "compressed iTXt", "raw profile"])
def test_xmp_is_found_anywhere(opened, tmp_path, kind) -> None:
    packet = xmp()
    keyword = b"XML:com.adobe.xmp\x00"
    chunks = {
        "iTXt behind the pixels": {"last": chunk(b"iTXt", keyword + bytes(4) + packet)},
        "compressed iTXt": {"first": chunk(b"iTXt", keyword + b"\x01" + bytes(3) + zlib.compress(packet))},
        "raw profile": {"first": raw_profile("xmp", packet)},
    }
    photo = opened(png(**chunks[kind]))
    assert photo.preserved.xmp == packet
    payloads = [payload for _, payload in segments_of(photo.save(tmp_path / "a.jpg").read_bytes())]
    assert b"http://ns.adobe.com/xap/1.0/\x00" + packet in payloads


@pytest.mark.parametrize(
    "profile",
    [
        raw_profile("iptc", IPTC),
        raw_profile("iptc", RESOURCE),
        raw_profile("8bim", RESOURCE),
        raw_profile("iptc", RESOURCE) + raw_profile("8bim", RESOURCE),
    ],
)
def test_iptc_is_found_and_kept(opened, tmp_path, profile) -> None:
    photo = opened(png(first=profile))
    assert photo.preserved.iptc == IPTC
    notes: list[str] = []
    as_png = photo.save(tmp_path / "a.png", notes=notes)
    with Image.open(as_png) as saved:
        (text,) = (text for key, text in saved.text.items() if key.startswith("Raw profile type"))
    name, length, *lines = text.split()
    assert name == "iptc" and bytes.fromhex("".join(lines)) == RESOURCE and int(length) == len(RESOURCE)
    assert read_photo(as_png).preserved.iptc == IPTC and notes == []
    assert RESOURCE in photo.save(tmp_path / "a.jpg").read_bytes()
    photo.save(tmp_path / "a.webp", notes=notes)
    assert notes == ["The IPTC data was left out: WebP files cannot hold it."]


TEXTS = (
    chunk(b"tEXt", b"Title\x00Grandma 1957")
    + chunk(b"zTXt", b"Author\x00\x00" + zlib.compress(b"Zo\xeb"))
    + chunk(b"iTXt", b"Description\x00\x01\x00de\x00Beschreibung\x00" + zlib.compress("Größe ☃".encode()))
    + chunk(b"tEXt", b"date:create\x002026-11-30T02:45:20+00:00")
    + chunk(b"tEXt", b"parameters\x00a cat, steps: 20")
    + chunk(b"tIME", struct.pack(">H5B", 2020, 1, 2, 3, 4, 5))
)


def test_texts_and_time_are_kept_in_png(opened, tmp_path) -> None:
    photo = opened(png(last=TEXTS))
    saved = photo.save(tmp_path / "a.png").read_bytes()
    with Image.open(io.BytesIO(saved)) as image:
        texts = dict(image.text)
    assert texts == {
        "Title": "Grandma 1957",
        "Author": "Zoë",
        "Description": "Größe ☃",
        "parameters": "a cat, steps: 20",
        "date:create": "2026-11-30T02:45:20+00:00",
    }
    assert (texts["Description"].lang, texts["Description"].tkey) == ("de", "Beschreibung")
    assert saved.count(chunk(b"tIME", struct.pack(">H5B", 2020, 1, 2, 3, 4, 5))) == 1
    with Image.open(photo.save(tmp_path / "bare.png", keep_metadata=False)) as image:
        assert image.text == {}


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp", ".avif"])
def test_texts_become_xmp_in_other_formats_with_a_note_about_the_rest(opened, tmp_path, suffix) -> None:
    notes: list[str] = []
    saved = opened(png(last=TEXTS)).save(tmp_path / f"a{suffix}", notes=notes)
    label = {".jpg": "JPEG", ".tif": "TIFF", ".webp": "WebP", ".avif": "AVIF"}[suffix]
    assert notes == [f"Texts were left out, because {label} files cannot hold them: parameters."]
    stated = {name: property_of(saved.read_bytes(), name) for name in ("title", "creator", "description", "ModifyDate")}
    assert stated == {
        "title": "Grandma 1957",
        "creator": "Zoë",
        "description": "Größe ☃",
        "ModifyDate": "2020-01-02T03:04:05Z",
    }
    assert property_of(saved.read_bytes(), "lang") == "x-default"
    assert b'xml:lang="de"' in packet_of(saved.read_bytes())


def test_a_property_that_xmp_has_is_not_overwritten_by_a_text(opened, tmp_path) -> None:
    packet = xmp(
        '<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Alt><rdf:li>Mine</rdf:li></rdf:Alt></dc:title>'
    )
    chunks = chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + packet) + chunk(b"tEXt", b"Title\x00Other")
    notes: list[str] = []
    saved = opened(png(first=chunks)).save(tmp_path / "a.jpg", notes=notes)
    assert packet in saved.read_bytes()
    assert notes == ["Texts were left out, because JPEG files cannot hold them: Title."]


def test_exif_fields_copied_to_texts_by_imagemagick_are_removed(opened, tmp_path) -> None:
    repeated = chunk(b"tEXt", b"exif:GPSLatitude\x0048/1, 51/1") + chunk(b"tEXt", b"exif:Orientation\x006")
    photo = opened(png(first=chunk(b"eXIf", exif()) + repeated))
    assert photo.preserved.texts == ()
    alone = opened(png(first=repeated))
    assert [text.keyword for text in alone.preserved.texts] == ["exif:GPSLatitude", "exif:Orientation"]
    assert b"GPS" not in alone.without_position().save(tmp_path / "a.png").read_bytes()


def test_texts_that_decompress_to_gigabytes_are_ignored(opened) -> None:
    bomb = zlib.compress(bytes(100 * 2**20))
    photo = opened(png(first=chunk(b"zTXt", b"Title\x00\x00" + bomb) + chunk(b"tEXt", b"Author\x00me")))
    assert [text.keyword for text in photo.preserved.texts] == ["Author"]


@pytest.mark.parametrize(
    "damaged",
    [
        chunk(b"zTXt", b"Raw profile type exif\x00\x00" + zlib.compress(b"\nexif\n 99999999999999999999\nzz")),
        chunk(b"tEXt", b"Raw profile type iptc\x00"),
        chunk(b"zTXt", b"Title\x00\x00no zlib at all"),
        chunk(b"iTXt", b"Title\x00\x00"),
        chunk(b"tIME", b"\x00" * 7),
    ],
)
def test_damaged_texts_do_not_stop_the_reading(opened, tmp_path: Path, damaged) -> None:
    photo = opened(png(first=damaged))
    assert photo.width == 32
    photo.save(tmp_path / "a.jpg")


def test_chunks_of_other_programs_are_noted(opened) -> None:
    photo = opened(png(first=chunk(b"caBX", b"credentials") + chunk(b"vpAg", bytes(9)) + chunk(b"bKGD", bytes(6))))
    assert photo.notes == ("PNG chunks of other programs were left out: caBX.",)
