"""Maker notes: their offsets are corrected when they move, or they are left out with a note."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.photo import read_photo
from core.photo.formats.maker_note import move
from tests.unit.core.photo.formats.builders import canon_note, canon_values, exif, jpeg, picture, segment

VALUES = [b"Firmware Version 1.1.1", b"Zoe Photographer"]


def fields_at(data: bytes, order: str, at: int) -> dict[int, tuple[int, int]]:
    """Size (of a field of single bytes) and value or offset of each field of a directory."""
    (count,) = struct.unpack_from(order + "H", data, at)
    rows = [struct.unpack_from(order + "HHII", data, place) for place in range(at + 2, at + 2 + 12 * count, 12)]
    return {tag: (size, value) for tag, _, size, value in rows}


def note_in(data: bytes) -> tuple[bytes, int]:
    """The maker note in a TIFF structure, and its offset."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    main = fields_at(data, order, struct.unpack_from(order + "I", data, 4)[0])
    size, at = fields_at(data, order, main[34665][1])[37500]
    return data[at : at + size], at


def exif_of(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.info["exif"].removeprefix(b"Exif\x00\x00")


@pytest.fixture
def canon(opened):
    return opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif("<", maker_note=canon_note()))))


def test_offsets_are_corrected_to_tiff_and_back(canon, tmp_path) -> None:
    notes: list[str] = []
    as_tiff = canon.save(tmp_path / "a.tif", notes=notes)
    data = as_tiff.read_bytes()
    note, _ = note_in(data)
    assert canon_values(data, note) == VALUES
    block = exif_of(read_photo(as_tiff).save(tmp_path / "b.jpg", notes=notes).read_bytes())
    note, _ = note_in(block)
    assert canon_values(block, note) == VALUES and notes == []


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_nothing_moves_in_other_formats(canon, tmp_path, suffix) -> None:
    block = exif_of(canon.save(tmp_path / f"a{suffix}").read_bytes())
    note, _ = note_in(block)
    assert canon_values(block, note) == VALUES


def test_a_maker_note_in_the_other_byte_order_is_left_out_of_tiff_with_a_note(opened, tmp_path) -> None:
    photo = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif(">", maker_note=canon_note(">")))))
    notes: list[str] = []
    data = photo.save(tmp_path / "a.tif", notes=notes).read_bytes()
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        assert 37500 not in tiff.pages[0].tags[34665].value and tiff.pages[0].tags[271].value == "Maker"
    assert notes == ["The maker note of the camera was left out, because it cannot be moved without damage."]


@pytest.mark.parametrize(
    "note", [b"Nikon\x00\x02\x10\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(40), b"Apple iOS\x00\x00\x01MM" + bytes(40)]
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_self_contained_maker_notes_are_unchanged(opened, tmp_path, note, order) -> None:
    photo = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif(order, maker_note=note))))
    notes: list[str] = []
    assert note_in(photo.save(tmp_path / "a.tif", notes=notes).read_bytes())[0] == note
    assert notes == []


def test_offsets_that_point_elsewhere_cannot_be_moved() -> None:
    note = canon_note()(1000)
    assert move(note, 1000, 5000, "<") == canon_note()(5000)
    assert move(note, 1000, 1000, "<") == note
    assert move(note, 400, 5000, "<") is None
    relative = canon_note()(0)
    assert move(relative, 1000, 5000, "<") == relative


def test_the_footer_with_the_position_of_the_note_is_corrected() -> None:
    note = canon_note()(1000) + b"II*\x00" + struct.pack("<I", 1000)
    assert move(note, 1000, 5000, "<") == canon_note()(5000) + b"II*\x00" + struct.pack("<I", 5000)


def test_an_immovable_maker_note_in_a_tiff_is_noted(tmp_path) -> None:
    data = jpeg(segment(0xE1, b"Exif\x00\x00" + exif("<", maker_note=canon_note())))
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    as_tiff = read_photo(path).save(tmp_path / "a.tif")
    broken = bytearray(as_tiff.read_bytes())
    note, at = note_in(bytes(broken))
    struct.pack_into("<I", broken, at + 10, 4)  # an offset before the note
    (tmp_path / "b.tif").write_bytes(broken)
    photo = read_photo(tmp_path / "b.tif")
    assert photo.notes == ("The maker note of the camera was left out, because it cannot be moved without damage.",)
    assert np.asarray(picture()).shape == photo.pixels.shape and len(note) > 0
