"""Tests for rotating and cropping photos with their metadata, against Pillow."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import RestorationError
from core.geometry import UNCHANGED, Geometry
from core.photo import Photo
from core.photo.transform import transformed
from core.photo.writing import copy_unchanged

GEOMETRY = Geometry(1, (3, 5, 20, 30))
FACES = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="x">'
    '<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">'
    '<mwg-rs:Area stArea:x="0.25" stArea:y="0.1" stArea:w="0.2" stArea:h="0.1" stArea:unit="normalized"/>'
    "</rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 65536, (40, 60, 4), np.uint16)


def expected(values: np.ndarray) -> np.ndarray:
    return np.rot90(values, -1)[5:35, 3:23]


def test_pixels_and_alpha_of_16_bits_are_moved_unchanged(tmp_path: Path, pixels: np.ndarray) -> None:
    photo = transformed(Photo.from_array(pixels[..., :3], pixels[..., 3]), GEOMETRY)
    path = photo.save(tmp_path / "a.tif")
    again = Photo.open(path)
    assert again.bit_depth == 16
    assert (np.rint(again.pixels * 65535) == expected(pixels[..., :3])).all()
    assert (np.rint(again.alpha * 65535) == expected(pixels[..., 3])).all()


def test_unchanged_is_the_photo_itself(pixels: np.ndarray) -> None:
    photo = Photo.from_array(pixels[..., :3])
    assert transformed(photo, UNCHANGED) is photo
    with pytest.raises(ValueError, match="before"):
        transformed(transformed(photo, GEOMETRY), GEOMETRY)


def jpeg(path: Path, orientation: int = 1) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    details = exif.get_ifd(0x8769)
    details[0xA002], details[0xA003] = 60, 40
    details[0x9214] = (30, 25)  # the subject area
    Image.fromarray(np.full((40, 60, 3), 90, np.uint8)).save(
        path, exif=exif, xmp=FACES.encode(), dpi=(100, 200), icc_profile=None
    )
    return path


def test_exif_has_the_new_size_and_subject_area_and_stays_upright(tmp_path: Path) -> None:
    photo = transformed(Photo.open(jpeg(tmp_path / "a.jpg")), GEOMETRY)
    notes: list = []
    saved = photo.save(tmp_path / "b.jpg", notes=notes)
    with Image.open(saved) as image:
        assert image.size == (20, 30)
        exif = image.getexif()
        details = exif.get_ifd(0x8769)
        assert exif.get(0x0112, 1) == 1
        assert exif[0x010F] == "Maker"
        assert (details[0xA002], details[0xA003]) == (20, 30)
        # (30, 25) of 60 × 40 turns to (15, 30) of 40 × 60, and the crop begins at (3, 5).
        assert tuple(details[0x9214]) == (12, 25)
        assert b"RegionList" not in image.info.get("xmp", b"")
    assert list(map(str, notes)) == ["Marked regions such as faces were left out, because the photo was cropped."]


def test_face_regions_turn_with_the_photo(tmp_path: Path) -> None:
    photo = transformed(Photo.open(jpeg(tmp_path / "a.jpg")), Geometry(2))
    saved = photo.save(tmp_path / "b.jpg")
    with Image.open(saved) as image:
        packet = image.info["xmp"].decode()
    assert 'stArea:x="0.75"' in packet
    assert 'stArea:y="0.9"' in packet


def test_an_exif_orientation_and_a_rotation_add_up(tmp_path: Path) -> None:
    photo = Photo.open(jpeg(tmp_path / "a.jpg", orientation=6))
    assert (photo.width, photo.height) == (40, 60)
    turned = transformed(photo, Geometry(1))
    assert (turned.width, turned.height) == (60, 40)
    assert turned.preserved.dpi is None or turned.preserved.dpi == photo.preserved.dpi[::-1]
    with Image.open(turned.save(tmp_path / "b.jpg")) as image:
        assert image.getexif().get(0x0112, 1) == 1


def test_a_crop_outside_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(RestorationError, match=r"a\.jpg.*60 × 40"):
        transformed(Photo.open(jpeg(tmp_path / "a.jpg")), Geometry(0, (50, 0, 20, 10)))


def test_a_cropped_clean_photo_is_not_copied_byte_by_byte(tmp_path: Path) -> None:
    photo = transformed(Photo.open(jpeg(tmp_path / "a.jpg")), GEOMETRY)
    copy_unchanged(photo, tmp_path / "b.jpg")
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (20, 30)
