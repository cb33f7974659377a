"""JPEG: metadata in several segments, data after the image, files without an end marker."""

import hashlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.photo import Photo, PhotoError, read_photo
from tests.unit.core.photo.formats.builders import (
    RDF,
    canon_note,
    exif,
    jpeg,
    picture,
    property_of,
    segment,
    segments_of,
    thumbnail,
    xmp,
    xmp_segment,
)

IPTC = b"\x1c\x02\x78\x00\x0aA caption!\x1c\x02\x19\x00\x06family"


RESOURCE = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)


OTHER = b"8BIM\x03\xed\x00\x00" + struct.pack(">I", 16) + bytes(16)


PHOTOSHOP = b"Photoshop 3.0\x00"


EXTENSION = b"http://ns.adobe.com/xmp/extension/\x00"


HISTORY = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'


VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x03\xf0mdat" + bytes(range(250)) * 4


@pytest.mark.parametrize(
    "payloads",
    [
        [PHOTOSHOP + OTHER, PHOTOSHOP + RESOURCE],
        [PHOTOSHOP + RESOURCE[:20], PHOTOSHOP + RESOURCE[20:]],
        [PHOTOSHOP + b"MeSa\x17\x71\x00\x00\x00\x00\x00\x04abcd" + RESOURCE],
    ],
    ids=["second segment", "split", "after another signature"],
)
def test_iptc_is_found_in_every_segment(opened, tmp_path, payloads) -> None:
    photo = opened(jpeg(*(segment(0xED, payload) for payload in payloads)))
    assert photo.preserved.iptc == IPTC
    foreign = (  # 0x1771
        "Private data that another program has stored in this photo will not be in the result (image resources 6001). "
        "The picture, its EXIF, IPTC and XMP are not affected."
    )
    assert photo.notes == ((foreign,) if b"MeSa" in payloads[0] else ())
    assert (0xED, PHOTOSHOP + RESOURCE) in segments_of(photo.save(tmp_path / "a.jpg").read_bytes())


def test_iptc_longer_than_a_segment_takes_several(opened, tmp_path) -> None:
    records = b"".join(b"\x1c\x02\x28" + struct.pack(">H", 30000) + bytes([65 + n]) * 30000 for n in range(4))
    tifffile.imwrite(tmp_path / "a.tif", np.asarray(picture()), photometric="rgb",
                     extratags=[(33723, 7, len(records), records, True)])  # fmt: skip
    saved = read_photo(tmp_path / "a.tif").save(tmp_path / "a.jpg")
    assert read_photo(saved).preserved.iptc == records
    assert sum(marker == 0xED for marker, _ in segments_of(saved.read_bytes())) == 2


def extended(parts: int, more: str = "") -> bytes:
    packet = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" {HISTORY}>'
        f"<photoshop:History>{'A' * 100000}</photoshop:History>{more}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
    digest = hashlib.md5(packet).hexdigest().upper()
    step = -(-len(packet) // parts)
    pieces = [
        segment(0xE1, EXTENSION + digest.encode() + struct.pack(">II", len(packet), at) + packet[at : at + step])
        for at in range(0, len(packet), step)
    ]
    note = f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{digest}"'
    return xmp_segment(xmp("", note)) + b"".join(pieces[::-1])  # in any order


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_extended_xmp_is_merged_in_other_formats(opened, tmp_path, suffix) -> None:
    saved = opened(jpeg(extended(3))).save(tmp_path / f"a{suffix}")
    with Image.open(saved) as image:
        packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"].encode()
    assert packet.count(b"A" * 100000) == 1 and b"HasExtendedXMP" not in packet


def test_xmp_longer_than_a_segment_is_split_as_specified(opened, tmp_path) -> None:
    data = opened(jpeg(extended(2))).save(tmp_path / "a.jpg").read_bytes()
    assert property_of(data, "Rating") == "4"
    digest = str(property_of(data, "HasExtendedXMP"))
    parts = [payload[len(EXTENSION) :] for _, payload in segments_of(data) if payload.startswith(EXTENSION)]
    whole = b""
    for part in parts:
        length, offset = struct.unpack_from(">II", part, 32)
        assert part[:32].decode() == digest and offset == len(whole)
        whole += part[40:]
    assert len(parts) == 2 and length == len(whole)
    assert hashlib.md5(whole).hexdigest().upper() == digest and b"A" * 100000 in whole
    again = read_photo(tmp_path / "a.jpg").preserved.xmp
    assert b"A" * 100000 in again and b"Rating" in again


def test_a_long_attribute_of_xmp_is_split_as_well(opened, tmp_path) -> None:
    packet = xmp("", f'{HISTORY} photoshop:History="{"B" * 90000}"')
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet.decode())
    saved = opened(picture(), format="PNG", pnginfo=info).save(tmp_path / "a.jpg")
    again = read_photo(saved).preserved.xmp
    assert b"B" * 90000 in again and property_of(saved.read_bytes(), "Rating") == "4"


def test_missing_parts_of_extended_xmp_lose_only_the_extended_packet(opened) -> None:
    data = jpeg(extended(3))
    at = data.index(EXTENSION) - 4
    size = int.from_bytes(data[at + 2 : at + 4], "big")
    photo = opened(data[:at] + data[at + 2 + size :])
    assert b"Rating" in photo.preserved.xmp and b"HasExtendedXMP" not in photo.preserved.xmp


def test_comments_are_kept_and_become_texts_in_other_formats(opened, tmp_path) -> None:
    photo = opened(jpeg(segment(0xFE, "Großmutter, 1957".encode()), segment(0xFE, b"second\x00")))
    comments = [
        payload for marker, payload in segments_of(photo.save(tmp_path / "a.jpg").read_bytes()) if marker == 0xFE
    ]
    assert comments == ["Großmutter, 1957".encode(), b"second"]
    with Image.open(photo.save(tmp_path / "a.png")) as image:
        assert image.text["Comment"] == "second"  # of two texts with one keyword Pillow shows the last
    one = opened(jpeg(segment(0xFE, b"Grandma")))
    assert property_of(one.save(tmp_path / "a.webp").read_bytes(), "UserComment") == "Grandma"


def long_exif(thumb: bytes, note: int, comment: int) -> bytes:
    """EXIF whose maker note and user comment have these lengths."""
    body = exif("<", thumbnail=thumb, maker_note=lambda at: canon_note()(at) + bytes(note))
    if not comment:
        return body
    tags = Image.Exif()
    tags[271] = "Maker"
    tags.get_ifd(0x8769)[37510] = b"ASCII\x00\x00\x00" + b"c" * comment
    tags.get_ifd(0x8769)[36867] = "2024:05:06 07:08:09"
    tags.get_ifd(0x8769)[37500] = b"note" * (note // 4)
    return tags.tobytes().removeprefix(b"Exif\x00\x00")


def as_png(block: bytes) -> Image.Image:
    return picture(), {"format": "PNG", "exif": b"Exif\x00\x00" + block}


@pytest.mark.parametrize(
    ("block", "left"),
    [
        (lambda: long_exif(b"", 66000, 0), "the maker note"),
        (lambda: long_exif(b"", 60000, 10000), "the maker note"),
        (lambda: long_exif(b"", 1000, 70000), "the maker note, the user comment"),
    ],
)
def test_exif_too_long_for_jpeg_is_shortened_with_a_note(opened, tmp_path, block, left) -> None:
    image, options = as_png(block())
    notes: list[str] = []
    saved = opened(image, **options).save(tmp_path / "a.jpg", notes=notes)
    assert notes == [f"The camera information (EXIF) is too long for a JPEG file; left out: {left}."]
    with Image.open(saved) as result:
        tags = result.getexif()
        assert tags[271].rstrip("\x00") == "Maker"
        assert 37500 not in tags.get_ifd(0x8769)
        assert ("user comment" in left) == (37510 not in tags.get_ifd(0x8769)) or not block().count(b"ASCII")


def test_exif_too_long_because_of_its_preview_loses_only_the_preview(opened, tmp_path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (250, 300, 3), np.uint8)).save(buffer, "JPEG", quality=95)
    preview = buffer.getvalue()
    block = exif("<", thumbnail=preview, maker_note=canon_note())
    assert len(block) > 65533
    image, options = as_png(block)
    notes: list[str] = []
    saved = opened(image, **options).save(tmp_path / "a.jpg", notes=notes).read_bytes()
    assert notes == [] and b"Zoe Photographer" in saved


def container(*items: str, more: str = "") -> bytes:
    listed = "".join(f'<rdf:li rdf:parseType="Resource"><Container:Item {item}/></rdf:li>' for item in items)
    return xmp(
        f"<Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory>",
        'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
        'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" '
        'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
        f'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" {more}',
    )


def table(data: bytes, *others: tuple[int, int]) -> bytes:
    """The segment MPF for images (attribute, length) after ``data``; it is inserted at the start of ``data``."""
    count = 1 + len(others)
    size = 4 + 4 + 50 + 16 * count
    base, place = 2 + 8, len(data) + size
    entries = struct.pack("<IIIHH", 0x030000, place, 0, 0, 0)
    for attribute, length in others:
        entries += struct.pack("<IIIHH", attribute, length, place - base, 0, 0)
        place += length
    fields = struct.pack("<HHI4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHII", 0xB001, 4, 1, count)
    fields += struct.pack("<HHII", 0xB002, 7, len(entries), 50)
    return segment(0xE2, b"MPF\x00II*\x00" + struct.pack("<IH", 8, 3) + fields + bytes(4) + entries)


def gain_map() -> bytes:
    packet = xmp("", 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" hdrgm:GainMapMax="2"')
    return jpeg(xmp_segment(packet), size=(8, 6))


def ultra_hdr(orientation: int = 1, listed: bool = True) -> tuple[bytes, bytes]:
    extra = gain_map()
    packet = container(
        'Item:Semantic="Primary" Item:Mime="image/jpeg"',
        f'Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="{len(extra)}"',
        more='hdrgm:Version="1.0"',
    )
    plain = jpeg(segment(0xE1, b"Exif\x00\x00" + exif(orientation=orientation)), xmp_segment(packet))
    head = table(plain, (0, len(extra))) if listed else b""
    return plain[:2] + head + plain[2:] + extra, extra


def pictures_of(data: bytes) -> list[bytes]:
    """The images of a file by its own table, as Pillow reads it."""
    with Image.open(io.BytesIO(data)) as image:
        entries = image._getmp()[0xB002]
    payload = next(payload for _, payload in segments_of(data) if payload.startswith(b"MPF\x00"))
    base = data.index(payload) + 4
    return [data[(e["DataOffset"] and base + e["DataOffset"]) :][: e["Size"]] for e in entries]


@pytest.mark.parametrize("listed", [True, False])
def test_a_gain_map_is_kept_while_the_brightness_stays(opened, tmp_path, listed) -> None:
    data, extra = ultra_hdr(listed=listed)
    photo = opened(data)
    notes: list[str] = []
    noise = np.random.default_rng(1).normal(0, 0.03, photo.pixels.shape)
    saved = photo.with_pixels(np.clip(photo.pixels + noise, 0, 1)).save(tmp_path / "a.jpg", notes=notes).read_bytes()
    assert notes == [] == list(photo.notes)
    assert saved.endswith(extra) and property_of(saved, "Version") == "1.0"
    if listed:
        first, second = pictures_of(saved)
        assert second == extra and first + second == saved
        assert Image.open(io.BytesIO(first)).size == (32, 24)


def test_a_gain_map_is_dropped_for_another_brightness_format_or_orientation(opened, tmp_path) -> None:
    photo = opened(ultra_hdr()[0])
    notes: list[str] = []
    dark = photo.with_pixels(photo.pixels * 0.6).save(tmp_path / "a.jpg", notes=notes).read_bytes()
    assert notes == ["The HDR gain map was left out, because the brightness of the photo has changed."]
    for saved in (dark, photo.save(tmp_path / "a.png", notes=notes).read_bytes()):
        assert b"hdrgm" not in saved and b"GainMap" not in saved and b"MPF\x00" not in saved
        assert property_of(saved, "Rating") == "4"
    assert notes[1:] == ["The HDR gain map was left out: PNG files cannot hold it."]
    turned = opened(ultra_hdr(6)[0])
    assert turned.notes == ("The HDR gain map was left out, because the photo was turned upright.",)
    assert b"hdrgm" not in turned.save(tmp_path / "b.jpg").read_bytes()


def motion_photo(style: str, orientation: int = 1) -> bytes:
    packet = {
        "new": container(
            'Item:Semantic="Primary" Item:Mime="image/jpeg" Item:Padding="7"',
            f'Item:Semantic="MotionPhoto" Item:Mime="video/mp4" Item:Length="{len(VIDEO)}"',
            more='GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"',
        ),
        "old": xmp(
            "",
            'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" '
            f'GCamera:MicroVideoVersion="1" GCamera:MicroVideoOffset="{len(VIDEO)}"',
        ),
        "samsung": xmp(),
    }[style]
    after = {"new": bytes(7), "old": b"", "samsung": b"MotionPhoto_Data"}[style] + VIDEO
    return jpeg(segment(0xE1, b"Exif\x00\x00" + exif(orientation=orientation)), xmp_segment(packet), after=after)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("style", ["new", "old", "samsung"])
def test_the_video_of_a_motion_photo_is_kept_in_jpeg(opened, tmp_path, style, orientation) -> None:
    photo = opened(motion_photo(style, orientation))
    notes: list[str] = []
    saved = photo.with_pixels(photo.pixels * 0.5).save(tmp_path / "a.jpg", notes=notes).read_bytes()
    assert notes == [] == list(photo.notes)
    assert saved.endswith(b"\xff\xd9" + (b"MotionPhoto_Data" if style == "samsung" else b"") + VIDEO)
    if style == "old":
        assert saved[-int(str(property_of(saved, "MicroVideoOffset"))) :] == VIDEO
    if style == "new":
        assert b'Padding="0"' in saved and f'Length="{len(VIDEO)}"'.encode() in saved


@pytest.mark.parametrize("style", ["new", "old"])
def test_a_dropped_video_is_noted_and_no_longer_announced(opened, tmp_path, style) -> None:
    photo = opened(motion_photo(style))
    notes: list[str] = []
    saved = photo.save(tmp_path / "a.tif", notes=notes).read_bytes()
    assert notes == ["The video of the motion photo was left out: TIFF files cannot hold it."]
    assert b"MotionPhoto" not in saved and b"MicroVideo" not in saved and b"Rating" in saved
    away = photo.without_position().save(tmp_path / "b.jpg").read_bytes()
    assert b"ftyp" not in away and b"MicroVideo" not in away and b"MotionPhoto" not in away


def test_the_large_preview_is_left_out_with_a_note(opened, tmp_path) -> None:
    preview, plain = thumbnail(), jpeg()
    data = plain[:2] + table(plain, (0x010001, len(preview))) + plain[2:] + preview
    photo = opened(data)
    assert photo.notes == (
        "The large preview in the file was left out, because it shows the photo before restoration.",
    )
    saved = photo.save(tmp_path / "a.jpg").read_bytes()
    assert saved.count(b"\xff\xd8\xff") == 1 and b"MPF\x00" not in saved


def test_a_second_image_and_unknown_data_are_noted(opened) -> None:
    other, plain = jpeg(), jpeg()
    stereo = plain[:2] + table(plain, (0x020002, len(other))) + plain[2:] + other
    assert opened(stereo).notes == ("Only the first of 2 images in the file was read; the others were left out.",)
    assert opened(plain + b"something else, some bytes long").notes == (
        "Data of an unknown kind after the image was left out.",
    )
    assert opened(plain + bytes(5000)).notes == ()


def test_segments_of_other_programs_are_noted(opened) -> None:
    photo = opened(jpeg(segment(0xE1, b"FLIR\x00\x01\x02"), segment(0xEB, b"JP\x00\x01"), segment(0xEC, b"Ducky\x00")))
    assert photo.notes == ("JPEG segments of other programs were left out: APP1 FLIR, APP11 JP.",)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_the_preview_in_extended_xmp_is_removed_and_the_rest_kept(opened, tmp_path, suffix) -> None:
    preview = (
        '<xmp:Thumbnails xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Alt><rdf:li rdf:parseType="Resource">'
        '<i:image xmlns:i="http://ns.adobe.com/xap/1.0/g/img/">PREVIEW</i:image></rdf:li></rdf:Alt></xmp:Thumbnails>'
    )
    data = opened(jpeg(extended(3, preview))).save(tmp_path / f"a{suffix}").read_bytes()
    assert b"PREVIEW" not in data and b"Thumbnails" not in data and data.count(b"A" * 30000) >= 1


def refusal(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


class TestWithoutEndMarker:
    @pytest.mark.parametrize("kind", ["JPEG", "JPEG progressive"])
    @pytest.mark.parametrize("missing", [1, 2])
    def test_a_jpeg_opens(self, kind: str, missing: int, sample, opened) -> None:
        whole: Photo = opened(sample(kind), "a.jpg")
        np.testing.assert_array_equal(opened(sample(kind)[:-missing], "b.jpg").pixels, whole.pixels)

    def test_a_jpeg_without_a_scan_is_refused(self, sample, tmp_path: Path) -> None:
        data = sample("JPEG progressive")
        starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
        assert len(starts) > 4
        for at in starts[1:]:
            last_table = data.rfind(b"\xff\xc4", 0, at)  # the scan's own Huffman table is before it
            for cut in (at, last_table):
                (tmp_path / "photo.jpg").write_bytes(data[:cut])
                assert "cut short" in refusal(tmp_path / "photo.jpg")
