"""EXIF, XMP, IPTC, profile and resolution survive reading and saving, and match the upright photo."""

import io
import re
import struct
import zlib
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, IptcImagePlugin, JpegImagePlugin
from PIL.PngImagePlugin import PngInfo

from core.photo import Photo, read_photo

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"><tiff:Orientation>8</tiff:Orientation>'
    b'</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
IPTC = b"\x1c\x02\x05\x00\x05Title\x1c\x02\x19\x00\x07keyword"
SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "AVIF": ".avif"}


def image_of(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def tags_of(data: bytes) -> tuple[dict, dict, dict]:
    tags = Image.open(io.BytesIO(data)).getexif()
    return dict(tags), dict(tags.get_ifd(0x8769)), dict(tags.get_ifd(0x8825))


def xmp_of(data: bytes) -> bytes | None:
    info = Image.open(io.BytesIO(data)).info
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    return xmp.encode() if isinstance(xmp, str) else xmp


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("origin", SUFFIXES)
def test_exif_survives_from_every_format_to_every_format(
    opened, tmp_path, scene, camera_exif, pillow_bytes, origin, target
):
    original = camera_exif(6)  # as bytes, because Pillow drops the inner directories of an object in TIFF
    data = pillow_bytes(Image.fromarray(scene()), origin, exif=original.tobytes())
    saved = opened(data).save(tmp_path / f"saved{SUFFIXES[target]}").read_bytes()
    main, detail, place = tags_of(saved)
    for tag in (0x010F, 0x0110, 0x0132, 0x8298):
        assert main[tag] == original[tag]
    expected = dict(original.get_ifd(0x8769))
    for tag in (0x829A, 0x9003, 0x9010, 0x927C):  # the maker note among them, byte for byte
        assert detail[tag] == expected[tag]
    assert place[1] == "N" and place[2] == (50, 3, 4.5)
    assert main.get(0x0112, 1) == 1
    assert (detail[0xA002], detail[0xA003]) == Image.open(io.BytesIO(saved)).size == (24, 37)


@pytest.mark.parametrize("origin", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("target", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_no_byte_of_exif_moves(opened, tmp_path, scene, camera_exif, pillow_bytes, origin, target):
    data = pillow_bytes(Image.fromarray(scene()), origin, exif=camera_exif(1))
    block = Image.open(io.BytesIO(data)).getexif().tobytes().removeprefix(b"Exif\x00\x00")
    assert block in data
    saved = opened(data).save(tmp_path / f"saved{SUFFIXES[target]}").read_bytes()
    assert block in saved


def test_the_preview_directory_is_removed(opened, tmp_path, scene, camera_exif):
    block = bytearray(camera_exif(1).tobytes().removeprefix(b"Exif\x00\x00"))
    order = "<" if block[:2] == b"II" else ">"
    first = struct.unpack_from(order + "I", block, 4)[0]
    after = first + 2 + 12 * struct.unpack_from(order + "H", block, first)[0]
    struct.pack_into(order + "I", block, after, len(block))
    preview = struct.pack(order + "HHHIII", 1, 0x0100, 3, 1, 160, 0)
    photo = opened(Image.fromarray(scene()), format="JPEG", exif=b"Exif\x00\x00" + bytes(block) + preview)
    assert struct.unpack_from(order + "I", photo.preserved.exif, after)[0] == 0
    saved = photo.save(tmp_path / "saved.jpg")
    assert tifffile.TiffFile(io.BytesIO(photo.preserved.exif)).pages[0].tags["Make"].value == "Maker"
    assert not image_of(saved).getexif().get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("origin", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_xmp_survives_and_is_upright_with_the_photo(opened, tmp_path, scene, camera_exif, pillow_bytes, origin, target):
    options = {"exif": camera_exif(6)}
    if origin == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif origin == "TIFF":
        options["tiffinfo"] = {700: XMP}
        options["exif"] = None
    else:
        options["xmp"] = XMP
    photo = opened(pillow_bytes(Image.fromarray(scene()), origin, **options))
    if origin == "TIFF":  # upright already, so the packet is not changed
        assert photo.preserved.xmp == XMP
    saved = photo.save(tmp_path / f"saved{SUFFIXES[target]}").read_bytes()
    expected = XMP if origin == "TIFF" else XMP.replace(b'"6"', b'"1"').replace(b">8<", b">1<")
    assert canonicalize(xmp_of(saved)) == canonicalize(expected)
    assert xmp_of(saved).count(b"<?xpacket") == 2


def jpeg_with_iptc(data: bytes) -> bytes:
    other = b"8BIM\x03\xed\x03abc" + struct.pack(">I", 3) + b"xyz\x00"
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
    payload = b"Photoshop 3.0\x00" + other + resource
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def test_iptc_survives_between_jpeg_and_tiff(opened, tmp_path, scene, pillow_bytes):
    photo = opened(jpeg_with_iptc(pillow_bytes(Image.fromarray(scene()), "JPEG")))
    assert photo.preserved.iptc == IPTC
    as_tiff = photo.save(tmp_path / "a.tif")
    assert tifffile.TiffFile(io.BytesIO(as_tiff.read_bytes())).pages[0].tags[33723].value == IPTC
    as_jpeg = read_photo(as_tiff).save(tmp_path / "b.jpg")
    with Image.open(as_jpeg) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        records = IptcImagePlugin.getiptcinfo(image)
    assert records[(2, 5)] == b"Title" and records[(2, 25)] == b"keyword"


@pytest.mark.parametrize("target", SUFFIXES)
@pytest.mark.parametrize("origin", SUFFIXES)
def test_the_profile_survives_from_every_format_to_every_format(
    opened, tmp_path, scene, adobe, pillow_bytes, origin, target
):
    data = pillow_bytes(Image.fromarray(scene()), origin, icc_profile=adobe.icc)
    saved = opened(data).save(tmp_path / f"saved{SUFFIXES[target]}")
    assert image_of(saved).info["icc_profile"] == adobe.icc


@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".bmp"])
@pytest.mark.parametrize("origin", ["JPEG", "PNG", "TIFF", "BMP"])
def test_the_resolution_survives(opened, tmp_path, scene, origin, target):
    photo = opened(Image.fromarray(scene()), format=origin, dpi=(300, 240))
    assert photo.preserved.dpi == pytest.approx((300, 240), abs=0.02)
    saved = photo.save(tmp_path / f"saved{target}")
    assert image_of(saved).info["dpi"] == pytest.approx((300, 240), abs=0.02)
    assert read_photo(saved).preserved.dpi == pytest.approx((300, 240), abs=0.02)


@pytest.mark.parametrize("target", [".webp", ".avif"])
def test_the_resolution_is_kept_in_exif_where_there_is_no_other_place(opened, tmp_path, scene, target):
    photo = opened(Image.fromarray(scene()), format="PNG", dpi=(300, 300))
    saved = photo.save(tmp_path / f"saved{target}")
    assert image_of(saved).getexif()[0x011A] == pytest.approx(300, abs=0.02)
    assert read_photo(saved).preserved.dpi == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize("target", [".jpg", ".png", ".tif", ".bmp", ".webp", ".avif"])
def test_no_resolution_is_made_up(opened, tmp_path, scene, target):
    photo = opened(Image.fromarray(scene()), format="PNG")
    assert photo.preserved.dpi is None
    saved = photo.save(tmp_path / f"saved{target}")
    info = image_of(saved).info
    assert "dpi" not in info or info["dpi"] == (1, 1)  # Pillow's way of saying that a TIFF has none
    assert 282 not in image_of(saved).getexif()
    assert read_photo(saved).preserved.dpi is None


def test_the_resolution_turns_with_the_photo(opened, scene, camera_exif):
    photo = opened(Image.fromarray(scene()), format="PNG", dpi=(300, 100), exif=camera_exif(6))
    assert photo.preserved.dpi == pytest.approx((100, 300), abs=0.02)


@pytest.mark.parametrize("target", SUFFIXES)
def test_metadata_can_be_left_out_without_the_profile(opened, tmp_path, scene, camera_exif, adobe, target):
    picture = Image.fromarray(scene())
    photo = opened(picture, format="JPEG", exif=camera_exif(1), xmp=XMP, icc_profile=adobe.icc, dpi=(300, 300))
    saved = photo.save(tmp_path / f"saved{SUFFIXES[target]}", keep_metadata=False).read_bytes()
    assert 0x010F not in tags_of(saved)[0] and not tags_of(saved)[1]
    assert xmp_of(saved) is None
    assert Image.open(io.BytesIO(saved)).info["icc_profile"] == adobe.icc


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("block", [b"Exif\x00\x00garbage, no EXIF at all", b"Exif\x00\x00II*\x00\xff\xff\xff\xff"])
def test_damaged_exif_is_left_out_with_a_note(opened, tmp_path, scene, pillow_bytes, kind, block):
    picture = scene()
    options = {"WEBP": {"lossless": True}}.get(kind, {})
    data = pillow_bytes(
        Image.fromarray(picture), kind, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + bytes(20), **options
    )
    good = b"II*\x00\x08\x00\x00\x00" + bytes(20)
    assert data.count(good) == 1
    bad = block.removeprefix(b"Exif\x00\x00").ljust(len(good), b"?")[: len(good)]
    data = data.replace(good, bad)
    if kind == "PNG":  # its checksum must match
        at = data.index(b"eXIf")
        data = data[: at + 4 + len(bad)] + struct.pack(">I", zlib.crc32(b"eXIf" + bad)) + data[at + 8 + len(bad) :]
    photo = opened(data)
    assert photo.pixels.shape == (24, 37, 3)
    assert photo.preserved.exif is None
    if kind != "PNG" or block[6:8] == b"II":  # libpng itself drops a block without the signature
        assert any("EXIF" in note for note in photo.notes)
    assert read_photo(photo.save(tmp_path / f"saved{SUFFIXES[kind]}")).notes == ()


def test_an_invalid_pointer_does_not_prevent_reading_or_saving(opened, tmp_path, scene):
    entries = struct.pack("<HHII", 271, 2, 4, int.from_bytes(b"Me!\x00", "little"))
    entries += struct.pack("<HHII", 274, 3, 1, 3) + struct.pack("<HHII", 34665, 4, 1, 0x00FFFFFF)
    block = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 3) + entries + bytes(4)
    picture = scene()
    photo = opened(Image.fromarray(picture), format="PNG", exif=b"Exif\x00\x00" + block)
    assert np.array_equal(np.rint(photo.pixels * 255), picture[::-1, ::-1])
    for suffix in SUFFIXES.values():
        saved = photo.save(tmp_path / f"saved{suffix}").read_bytes()
        main = dict(Image.open(io.BytesIO(saved)).getexif())
        assert main[271] == "Me!" and main.get(274, 1) == 1


def test_exif_of_a_camera_with_the_other_byte_order_goes_into_tiff(opened, tmp_path, scene):
    fields = struct.pack(">HHIHH", 274, 3, 1, 1, 0) + struct.pack(">HHII", 34665, 4, 1, 38)
    detail = struct.pack(">H", 2) + struct.pack(">HHII", 33434, 5, 1, 68) + struct.pack(">HHIHH", 34855, 3, 1, 800, 0)
    block = b"MM\x00*\x00\x00\x00\x08" + struct.pack(">H", 2) + fields + bytes(4) + detail + bytes(4)
    block += struct.pack(">II", 1, 125)
    assert len(block) == 76
    photo = opened(Image.fromarray(scene()), format="PNG", exif=b"Exif\x00\x00" + block)
    saved = photo.save(tmp_path / "saved.tif")
    assert tifffile.TiffFile(io.BytesIO(saved.read_bytes())).pages[0].tags[34665].value["ExposureTime"] == (1, 125)
    assert tags_of(saved.read_bytes())[1][34855] == 800


def test_exif_with_only_a_too_long_field_is_left_out_of_jpeg(opened, tmp_path, scene):
    description = b"x" * 70000
    block = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 1) + struct.pack("<HHII", 270, 2, 70000, 26) + bytes(4)
    photo = opened(Image.fromarray(scene()), format="PNG", exif=b"Exif\x00\x00" + block + description)
    assert description in photo.save(tmp_path / "saved.tif").read_bytes()
    saved = read_photo(photo.save(tmp_path / "saved.jpg"))
    assert saved.preserved.exif is None and saved.width == 37


def test_metadata_stays_with_restored_pixels(opened, tmp_path, scene, camera_exif):
    photo = opened(Image.fromarray(scene()), format="JPEG", exif=camera_exif(8))
    saved = photo.with_pixels(photo.pixels * 0.5).save(tmp_path / "saved.jpg")
    assert tags_of(saved.read_bytes())[0][0x010F] == "Maker"


def test_a_saved_jpeg_starts_as_the_standard_requires(opened, tmp_path, scene, camera_exif):
    photo = opened(Image.fromarray(scene()), format="JPEG", exif=camera_exif(1), dpi=(72, 72))
    data = photo.save(tmp_path / "saved.jpg").read_bytes()
    assert re.match(
        rb"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02\x01\x00\x48\x00\x48\x00\x00\xff\xe1..Exif\x00\x00", data, re.S
    )


def test_bigtiff_keeps_its_exif(tmp_path, scene):
    extra = [(33432, 2, 5, "Some1", True), (306, 2, 20, "2021:05:06 07:08:09", True)]
    tifffile.imwrite(tmp_path / "a.tif", scene(), photometric="rgb", bigtiff=True, byteorder=">", extratags=extra)
    saved = read_photo(tmp_path / "a.tif").save(tmp_path / "b.jpg")
    assert tags_of(saved.read_bytes())[0][33432] == "Some1"


def test_a_photo_from_memory_has_no_metadata(tmp_path, scene):
    saved = Photo.from_array(scene()).save(tmp_path / "a.jpg")
    assert read_photo(saved).preserved.exif is None
