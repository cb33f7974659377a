"""The photo in memory: from arrays, with other pixels, its visible part, without its position."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from core.photo import Photo, read_photo


def levels(photo: Photo, maximum: int = 255) -> np.ndarray:
    scaled = photo.pixels.astype(np.float64) * maximum
    assert np.abs(scaled - np.rint(scaled)).max() < 0.01
    return np.rint(scaled).astype(int)


def test_photos_from_arrays(scene):
    picture = scene()
    assert np.array_equal(levels(Photo.from_array(picture)), picture)
    deep = scene(dtype=np.uint16)
    assert np.array_equal(levels(Photo.from_array(deep), 65535), deep)
    assert Photo.from_array(deep).bit_depth == 16 and Photo.from_array(picture).bit_depth == 8
    grey = Photo.from_array(picture[..., 0], alpha=picture[..., 1])
    assert grey.preserved.grey and grey.pixels.shape == (24, 37, 3)
    assert np.array_equal(np.rint(grey.alpha * 255), picture[..., 1])
    floats = np.linspace(0, 1, 12).reshape(2, 2, 3)
    assert np.allclose(Photo.from_array(floats).pixels, floats)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 3), np.int32),
        np.full((4, 4, 3), 255.0),
        np.full((4, 4, 3), -0.5),
        np.full((4, 4, 3), np.nan),
    ],
)
def test_unsuitable_arrays_are_refused(array):
    with pytest.raises(ValueError, match="pixels must"):
        Photo.from_array(array)


def test_with_pixels_changes_only_the_pixels(opened, scene, camera_exif):
    photo = opened(Image.fromarray(scene(channels=4)), format="PNG", exif=camera_exif())
    other = photo.with_pixels(photo.pixels.astype(np.float64) * 2 - 0.5)
    assert other.pixels.dtype == np.float32
    assert np.allclose(other.pixels, np.clip(photo.pixels * 2 - 0.5, 0, 1), atol=1e-6)
    assert other.alpha is photo.alpha and other.preserved is photo.preserved and other.source == photo.source


def test_with_pixels_refuses_other_shapes_whole_numbers_and_nan(opened, scene):
    photo = opened(Image.fromarray(scene()))
    for wrong in (photo.pixels[1:], (photo.pixels * 255).astype(np.uint8), np.full_like(photo.pixels, np.nan)):
        with pytest.raises(ValueError, match="pixels"):
            photo.with_pixels(wrong)


def test_the_visible_part_is_cropped() -> None:
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:9, 10:20] = 1
    photo = Photo.from_array(np.random.default_rng(0).random((20, 30, 3)), alpha)
    part = photo.visible_part()
    np.testing.assert_array_equal(part.pixels, photo.pixels[5:9, 10:20])
    opaque = Photo.from_array(photo.pixels)
    assert opaque.visible_part() is opaque


def test_a_selection_hides_nothing(tmp_path) -> None:
    picture = np.zeros((4, 4, 4), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["unspecified"])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.alpha is not None and photo.transparency is None


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'exif:GPSLatitude="52,31.2N" exif:ISO="100" exif:GPSAltitude=\'34/1\'><dc:creator>me</dc:creator>'
    b"<exif:GPSLongitude>13,24.6E</exif:GPSLongitude><exif:GPSMapDatum/></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@pytest.fixture(params=["<", ">"], ids=["little", "big"])
def photo(request, tmp_path: Path) -> Photo:
    exif = Image.Exif()
    exif.endian = request.param
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Artist] = "Somebody with a name that is longer than four bytes"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    gps[ExifTags.GPS.GPSMapDatum] = "WGS-84 and more"
    data = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), 90, np.uint8)).save(data, "jpeg", exif=exif)
    path = tmp_path / "here.jpg"
    path.write_bytes(data.getvalue())
    return Photo.open(path)


def test_the_position_is_removed_and_the_rest_kept(photo: Photo, tmp_path: Path) -> None:
    with Image.open(photo.save(tmp_path / "with.jpg")) as image:
        assert image.getexif().get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum].startswith("WGS-84")
    saved = photo.without_position().save(tmp_path / "without.jpg")
    with Image.open(saved) as image:
        exif = image.getexif()
        assert ExifTags.IFD.GPSInfo not in exif
        assert not exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert exif[ExifTags.Base.Make] == "Camera"
        assert exif[ExifTags.Base.Artist] == "Somebody with a name that is longer than four bytes"
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 100
    assert b"WGS-84" not in saved.read_bytes()


def test_the_position_in_xmp_is_removed_and_the_rest_kept(photo: Photo) -> None:
    with_xmp = replace(photo, preserved=replace(photo.preserved, xmp=XMP))
    xmp = with_xmp.without_position().preserved.xmp
    assert b"GPS" not in xmp
    assert b'exif:ISO="100"' in xmp
    assert b"<dc:creator>me</dc:creator>" in xmp


def test_damaged_exif_is_removed_with_the_position(photo: Photo) -> None:
    damaged = replace(photo, preserved=replace(photo.preserved, exif=b"II*\x00\xff\xff\xff\x7f"))
    assert damaged.without_position().preserved.exif is None


def test_a_photo_without_metadata_is_unchanged() -> None:
    plain = Photo.from_array(np.zeros((2, 2, 3), np.float32))
    assert plain.without_position().preserved == plain.preserved
