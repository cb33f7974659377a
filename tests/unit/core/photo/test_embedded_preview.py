"""The preview that is embedded on request: read by Pillow, it is a small picture of what was saved."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from core.photo import Photo, read_photo
from core.photo.formats import exif
from tests.unit.core.photo.formats.making import canon_note, canon_values, segment, thumbnail
from tests.unit.core.photo.formats.making import exif as exif_block
from tests.unit.core.photo.formats.making import jpeg as jpeg_file

COMPRESSION, ORIENTATION, PLACE, LENGTH = 259, 274, 513, 514


def image_of(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def block_of(path: Path) -> bytes:
    return image_of(path).info["exif"].removeprefix(b"Exif\x00\x00")


def second_directory(path: Path) -> dict[int, int]:
    image = image_of(path)
    return dict(image.getexif().get_ifd(ExifTags.IFD.IFD1))


def preview_of(path: Path) -> np.ndarray:
    """(h, w, 3) uint8."""
    fields, block = second_directory(path), block_of(path)
    assert fields[COMPRESSION] == 6 and fields[ORIENTATION] == 1
    data = block[fields[PLACE] : fields[PLACE] + fields[LENGTH]]
    assert len(data) == fields[LENGTH] < 20_000 and data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9"
    assert b"JFIF" not in data
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture
def ramps() -> np.ndarray:
    down, across = np.mgrid[:240, :360]
    return np.stack([across / 359, down / 239, 1 - across / 359], -1).astype(np.float32)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif"])
@pytest.mark.parametrize("keep", [True, False])
def test_it_shows_what_is_saved(tmp_path: Path, ramps: np.ndarray, suffix: str, keep: bool) -> None:
    notes: list[str] = []
    path = Photo.from_array(ramps).save(tmp_path / f"a{suffix}", preview=True, keep_metadata=keep, notes=notes)
    found = preview_of(path)
    assert found.shape == (107, 160, 3) and notes == []
    wanted = cv2.resize(ramps, (160, 107), interpolation=cv2.INTER_AREA) * 255
    assert np.abs(found - wanted).mean() < 3
    again = read_photo(path)
    assert again.preserved.dpi is None and (again.width, again.height) == (360, 240)


@pytest.mark.parametrize(
    ("size", "shown"), [((50, 30), (50, 30)), ((100, 400), (40, 160)), ((2000, 3), (160, 1)), ((160, 160), (160, 160))]
)
def test_it_has_the_shape_of_the_photo_and_is_never_larger(tmp_path: Path, size, shown) -> None:
    path = Photo.from_array(np.full((size[1], size[0]), 128, np.uint8)).save(tmp_path / "a.jpg", preview=True)
    found = preview_of(path)
    assert found.shape == (shown[1], shown[0], 3) and np.abs(found.astype(int) - 128).max() <= 2


def test_it_is_in_srgb_whatever_the_profile_of_the_photo(tmp_path: Path, opened, adobe, pillow_bytes) -> None:
    colours = np.array([[0.4, 0.6, 0.5], [0.7, 0.5, 0.5]])
    picture = np.repeat(np.repeat(np.rint(colours * 255).astype(np.uint8)[None], 40, 0), 40, 1)
    photo = opened(pillow_bytes(Image.fromarray(picture), icc_profile=adobe.icc))
    found = preview_of(photo.save(tmp_path / "b.jpg", preview=True, quality=100))
    wanted, inside = adobe.to_srgb(np.rint(colours * 255) / 255)
    assert inside.all()
    assert np.abs(found[20, [20, 60]] - wanted * 255).max() < 4 < np.abs(wanted - colours).max() * 255


def test_what_is_transparent_lies_over_white(tmp_path: Path) -> None:
    alpha = np.repeat(np.array([0, 255], np.uint8), 40)[None].repeat(80, 0)
    found = preview_of(Photo.from_array(np.zeros((80, 80, 3), np.uint8), alpha).save(tmp_path / "a.png", preview=True))
    assert found[:, :30].min() > 250 and found[:, 50:].max() < 5


def test_it_is_upright_and_the_old_one_stays_away(tmp_path: Path, opened, camera_exif, pillow_bytes, ramps) -> None:
    turned = np.rot90(np.rint(ramps * 255).astype(np.uint8))
    photo = opened(pillow_bytes(Image.fromarray(turned), "JPEG", exif=camera_exif(6), quality=95))
    path = photo.save(tmp_path / "b.jpg", preview=True)
    assert preview_of(path).shape == (107, 160, 3)
    assert image_of(path).getexif()[0x0110] == "Model 7"
    negative = read_photo(path)
    negative = negative.with_pixels(1 - negative.pixels)
    assert not second_directory(negative.save(tmp_path / "without.jpg"))
    new = negative.save(tmp_path / "new.jpg", preview=True)
    assert np.abs(preview_of(new).astype(int) - (255 - preview_of(path).astype(int))).mean() < 4
    assert abs(len(block_of(new)) - len(block_of(path))) < 3000  # one preview, not two


@pytest.mark.parametrize("order", ["<", ">"])
def test_offsets_in_maker_notes_stay_true(opened, tmp_path: Path, order: str) -> None:
    block = exif_block(order, thumbnail=thumbnail(), maker_note=canon_note(order))
    photo = opened(jpeg_file(segment(0xE1, b"Exif\x00\x00" + block)), "a.jpg")
    path = photo.save(tmp_path / "b.jpg", preview=True)
    assert preview_of(path).shape == (24, 32, 3)
    written = block_of(path)
    at = written.index(struct.pack(order + "HHHII", 2, 7, 2, 24, block.index(b"Firmware")))
    assert canon_values(written, written[at:], order) == [b"Firmware Version 1.1.1", b"Zoe Photographer"]
    assert thumbnail() not in written


def test_where_exif_leaves_no_room_in_a_jpeg_the_preview_goes(opened, tmp_path: Path, scene, pillow_bytes) -> None:
    tags = Image.Exif()
    tags[270] = "x" * 64_500
    photo = opened(pillow_bytes(Image.fromarray(scene(200, 300)), "JPEG", exif=tags), "a.jpg")
    notes: list[str] = []
    path = photo.save(tmp_path / "b.jpg", preview=True, notes=notes)
    assert image_of(path).getexif()[270] == "x" * 64_500 and not second_directory(path)
    (note,) = notes
    assert note.startswith("The preview was left out") and "JPEG" in note
    notes.clear()
    assert preview_of(photo.save(tmp_path / "b.webp", preview=True, notes=notes)).shape == (107, 160, 3)
    assert notes == []


@pytest.mark.parametrize("suffix", [".tif", ".bmp"])
def test_formats_without_a_place_for_it_say_so(tmp_path: Path, scene, suffix: str) -> None:
    notes: list[str] = []
    Photo.from_array(scene()).save(tmp_path / f"a{suffix}", preview=True, notes=notes)
    assert len(notes) == 1 and notes[0].startswith("The preview was left out: a ")


def test_none_is_made_unasked(tmp_path: Path, scene) -> None:
    assert "exif" not in image_of(Photo.from_array(scene()).save(tmp_path / "a.jpg")).info


@pytest.mark.parametrize("block", [b"II*\x00", b"II+\x00\x08\x00\x00\x00\x10" + bytes(23), b"nothing"])
def test_exif_that_cannot_be_read_gets_none(block: bytes) -> None:
    assert exif.with_preview(block, thumbnail()) is None
