"""Results in another colour space, against published numbers, formulas and LittleCMS in Pillow."""

import io

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import ExifTags, Image, ImageCms

from core.errors import PhotoError
from core.photo import Photo, read_photo
from core.photo.output_colours import OUTPUT_SPACES, converted, output_space
from core.photo.output_options import OutputOptions, write_with_options
from tests.unit.core.photo.conftest import PROFILES

NO_TABLES = ImageCms.Flags.NOOPTIMIZE


def colour(*rgb: int) -> Photo:
    return Photo.from_array(np.full((4, 4, 3), rgb, np.uint8))


def saved(photo, path, key):
    notes = []
    write_with_options(photo, path, OutputOptions(colour_space=key), notes=notes)
    with Image.open(path) as image:
        return np.asarray(image), image.info.get("icc_profile"), notes


@pytest.mark.parametrize(
    ("rgb", "key", "expected"),
    [
        ((255, 0, 0), "adobe-rgb", (219, 0, 0)),  # published by Adobe and others
        ((255, 0, 0), "display-p3", (234, 51, 35)),  # CSS Color 4
        ((0, 255, 0), "adobe-rgb", (144, 255, 60)),
        ((128, 128, 128), "adobe-rgb", (127, 127, 127)),
        ((255, 255, 255), "display-p3", (255, 255, 255)),
    ],
)
def test_published_numbers(tmp_path, rgb, key, expected):
    pixels, profile, notes = saved(colour(*rgb), tmp_path / "a.png", key)
    assert np.abs(pixels[0, 0].astype(int) - expected).max() <= 1
    assert profile is not None and not notes


@pytest.mark.parametrize("key", OUTPUT_SPACES)
def test_littlecms_agrees(tmp_path, scene, key):
    image = Image.fromarray(scene(48, 64))
    image.save(tmp_path / "a.png", icc_profile=PROFILES["prophoto"].icc)
    source = ImageCms.ImageCmsProfile(io.BytesIO(PROFILES["prophoto"].icc))
    target = ImageCms.ImageCmsProfile(io.BytesIO(output_space(key).profile))
    expected = ImageCms.profileToProfile(image, source, target, renderingIntent=1, flags=NO_TABLES)
    pixels, _, _ = saved(read_photo(tmp_path / "a.png"), tmp_path / "b.png", key)
    difference = np.abs(pixels.astype(int) - np.asarray(expected))
    assert difference.max() <= 2 and difference.mean() < 0.1


@pytest.mark.parametrize("key", OUTPUT_SPACES)
def test_the_embedded_profile_describes_the_space(tmp_path, key):
    pixels, profile, _ = saved(colour(180, 90, 60), tmp_path / "a.png", key)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    back = ImageCms.profileToProfile(
        Image.fromarray(pixels), source, ImageCms.createProfile("sRGB"), renderingIntent=1, flags=NO_TABLES
    )
    assert np.abs(np.asarray(back)[0, 0].astype(int) - (180, 90, 60)).max() <= 1
    assert np.abs(read_photo(tmp_path / "a.png").srgb()[0, 0] * 255 - (180, 90, 60)).max() < 1


def test_the_profile_of_adobe_rgb_has_its_published_numbers():
    from core.photo.icc import read_profile

    profile = read_profile(output_space("adobe-rgb").profile)
    published = [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]]
    assert np.abs(profile.matrix - published).max() < 2e-4  # Adobe RGB (1998), annex B, media white D50
    assert profile.curves[0].gamma == pytest.approx(2.19921875)


def test_clipped_colours_are_counted_and_told(tmp_path):
    pixels = np.full((10, 10, 3), 128, np.uint8)
    pixels[:3] = (0, 255, 0)  # in Adobe RGB a green that sRGB does not have
    Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=PROFILES["adobe"].icc)
    photo, share = converted(read_photo(tmp_path / "a.png"), "srgb")
    assert share == pytest.approx(0.3)
    _, _, notes = saved(read_photo(tmp_path / "a.png"), tmp_path / "b.png", "srgb")
    assert "30.00%" in str(notes[0]) and "sRGB" in str(notes[0])
    assert not saved(read_photo(tmp_path / "a.png"), tmp_path / "c.png", "adobe-rgb")[2]
    assert photo.pixels.min() >= 0 and photo.pixels.max() <= 1


def test_a_photo_that_has_the_space_already_keeps_its_numbers(tmp_path, scene):
    picture = np.random.default_rng(2).integers(0, 65536, (16, 20, 3)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=PROFILES["adobe"].icc)
    photo = read_photo(tmp_path / "a.tif")
    write_with_options(photo, tmp_path / "b.tif", OutputOptions(colour_space="adobe-rgb"))
    assert np.abs(tifffile.imread(tmp_path / "b.tif").astype(int) - picture).max() <= 1
    Image.fromarray(scene()).save(tmp_path / "c.png")
    pixels, _, _ = saved(read_photo(tmp_path / "c.png"), tmp_path / "d.png", "srgb")
    assert np.array_equal(pixels, scene())


def test_tables_go_through_littlecms(tmp_path, scene):
    table = bytes(pyvips.Operation.call("profile_load", "cmyk"))
    image = pyvips.Image.new_from_array(np.zeros((20, 30, 4), np.uint8) + np.uint8(60)).copy(interpretation="cmyk")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", table)
    (tmp_path / "a.jpg").write_bytes(image.jpegsave_buffer(keep=pyvips.enums.ForeignKeep.ALL))
    photo = read_photo(tmp_path / "a.jpg")  # CMYK becomes sRGB when it is read
    pixels, _, _ = saved(photo, tmp_path / "b.png", "display-p3")
    assert np.abs(read_photo(tmp_path / "b.png").srgb() - photo.srgb()).max() < 0.004
    assert pixels.shape == (20, 30, 3)


@pytest.mark.parametrize("key", OUTPUT_SPACES)
def test_grey_photos_stay_grey_and_look_the_same(tmp_path, key):
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    Image.fromarray(ramp).save(tmp_path / "a.png")
    pixels, profile, _ = saved(read_photo(tmp_path / "a.png"), tmp_path / "b.png", key)
    assert pixels.ndim == 2 and profile is not None
    assert np.abs(read_photo(tmp_path / "b.png").srgb()[..., 0] * 255 - ramp).max() < 1


def test_exif_no_longer_states_adobe_rgb(tmp_path, scene):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[0xA001] = 2
    Image.fromarray(scene()).save(tmp_path / "a.jpg", exif=exif, icc_profile=PROFILES["adobe"].icc)
    for key, value in (("srgb", 1), ("display-p3", 65535)):
        write_with_options(read_photo(tmp_path / "a.jpg"), tmp_path / f"{key}.jpg", OutputOptions(colour_space=key))
        with Image.open(tmp_path / f"{key}.jpg") as image:
            assert image.getexif().get_ifd(ExifTags.IFD.Exif)[0xA001] == value


def test_an_unknown_space_is_refused():
    with pytest.raises(PhotoError, match="adobe-rgb"):
        OutputOptions(colour_space="rec2020")
