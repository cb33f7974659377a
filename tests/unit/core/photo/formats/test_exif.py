"""EXIF: random bytes are harmless, what is written reads back, previews are removed completely."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from core.photo.formats import exif
from core.photo.formats.tiff import Tiff
from tests.unit.core.photo.formats.builders import canon_note, jpeg, segment, thumbnail
from tests.unit.core.photo.formats.builders import exif as exif_block


@given(st.binary(max_size=200), st.sampled_from([b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b""]))
def test_random_bytes_raise_value_error_only(data, magic):
    try:
        tiff = Tiff(magic + data)
    except ValueError:
        return
    assert 1 <= exif.orientation(tiff) <= 8
    assert len(exif.turn_upright(tiff, 10, 20)) == len(magic + data)
    exif.resolution(tiff)
    copied = exif.from_tiff_file(tiff)
    assert copied is None or Tiff(copied)


@given(st.integers(1, 300), st.integers(1, 300))
def test_exif_with_only_a_resolution_reads_back(across, down):
    assert exif.resolution(Tiff(exif.with_resolution_only((across, down)))) == pytest.approx((across, down))


def without_bytes_of(preview: bytes, data: bytes) -> bool:
    """Whether neither the start nor the middle of an image is left."""
    body = preview[len(preview) // 2 :][:24]
    return preview[:24] not in data and body not in data


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".tif"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_bytes_of_the_preview_are_removed(opened, tmp_path, suffix, order) -> None:
    preview = thumbnail()
    block = exif_block(order, thumbnail=preview, maker_note=canon_note())
    saved = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + block))).save(tmp_path / f"a{suffix}").read_bytes()
    assert without_bytes_of(preview, saved)
    with Image.open(io.BytesIO(saved)) as image:
        tags = image.getexif()
        assert tags[271] == "Maker" and tags.get_ifd(0x8825)[1] == "N" and not tags.get_ifd(ExifTags.IFD.IFD1)
        assert b"Zoe Photographer" in tags.get_ifd(0x8769)[37500]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_preview_in_the_maker_note_is_blanked(opened, tmp_path, suffix) -> None:
    preview = thumbnail()
    note = b"OLYMPUS\x00II\x03\x00" + preview + b"rest"
    saved = (
        opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif_block(maker_note=note))))
        .save(tmp_path / f"a{suffix}")
        .read_bytes()
    )
    assert without_bytes_of(preview, saved)
    with Image.open(io.BytesIO(saved)) as image:
        kept = image.getexif().get_ifd(0x8769)[37500]
    assert kept == note.replace(preview, bytes(len(preview)))


def test_a_preview_that_overlaps_other_fields_does_not_remove_them(opened, tmp_path) -> None:
    block = bytearray(exif_block("<", thumbnail=b"x" * 40))
    at = block.index(struct.pack("<HHII", 513, 4, 1, len(block) - 40))
    struct.pack_into("<II", block, at + 8, 8, 0)
    struct.pack_into("<I", block, at + 8 + 12, len(block) - 8)  # the "preview" is everything
    saved = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + bytes(block)))).save(tmp_path / "a.jpg").read_bytes()
    with Image.open(io.BytesIO(saved)) as image:
        tags = image.getexif()
        assert tags[271] == "Maker" and tags.get_ifd(0x8825)[2] == (48, 51, 29.52)


@pytest.mark.parametrize(
    ("turn", "area"), [(1, (10, 20, 4, 6)), (3, (22, 4, 4, 6)), (6, (4, 10, 6, 4)), (8, (20, 22, 6, 4))]
)
def test_the_subject_area_turns_with_the_pixels(opened, tmp_path, turn, area) -> None:
    saved = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif_block(orientation=turn)))).save(tmp_path / "a.jpg")
    with Image.open(saved) as image:
        assert image.getexif().get_ifd(0x8769)[37396] == area


def test_a_cycle_of_directories_ends(opened) -> None:
    block = bytearray(exif_block("<", thumbnail=thumbnail()))
    second = struct.unpack_from("<I", block, 8 + 2 + 4 * 12)[0]
    struct.pack_into("<I", block, second + 2 + 3 * 12, 8)  # its successor is the first
    assert opened(jpeg(segment(0xE1, b"Exif\x00\x00" + bytes(block)))).preserved.exif
