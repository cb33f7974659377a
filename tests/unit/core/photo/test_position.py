"""The position is gone and all else is there, as Pillow sees it."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.photo import Photo

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


def test_the_position_is_gone_and_the_rest_stays(photo: Photo, tmp_path: Path) -> None:
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


def test_the_position_in_xmp_is_gone_and_the_rest_stays(photo: Photo) -> None:
    with_xmp = replace(photo, preserved=replace(photo.preserved, xmp=XMP))
    xmp = with_xmp.without_position().preserved.xmp
    assert b"GPS" not in xmp
    assert b'exif:ISO="100"' in xmp
    assert b"<dc:creator>me</dc:creator>" in xmp


def test_exif_that_nobody_can_read_is_dropped(photo: Photo) -> None:
    damaged = replace(photo, preserved=replace(photo.preserved, exif=b"II*\x00\xff\xff\xff\x7f"))
    assert damaged.without_position().preserved.exif is None


def test_a_photo_without_metadata_stays_as_it_is() -> None:
    plain = Photo.from_array(np.zeros((2, 2, 3), np.float32))
    assert plain.without_position().preserved == plain.preserved
