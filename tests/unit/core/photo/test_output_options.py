"""Options of files, and estimates of their sizes, against the files that are written."""

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from core.cli import options as cli_options
from core.errors import PhotoError
from core.photo import Photo, read_photo
from core.photo.output_colours import OUTPUT_SPACES
from core.photo.output_options import KEPT_METADATA, OutputOptions, estimate_output, write_with_options
from core.photo.resizing import Resize


@pytest.fixture(scope="module")
def large():
    """A photo of 4 megapixels with details and grain, and large metadata."""
    rng = np.random.default_rng(5)
    coarse = rng.random((40, 60, 3)).astype(np.float32)
    pixels = cv2.resize(coarse, (2400, 1700), interpolation=cv2.INTER_CUBIC)
    pixels += rng.normal(0, 0.02, pixels.shape).astype(np.float32)
    return Photo.from_array(np.clip(pixels * 255, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("suffix", "options", "quality"),
    [
        (".jpg", OutputOptions(), 90),
        (".png", OutputOptions(), None),
        (".tif", OutputOptions(bit_depth=16), None),
        (".webp", OutputOptions(resize=Resize("percent", 90), colour_space="adobe-rgb"), 80),
    ],
)
def test_the_estimate_is_near_the_size_of_the_file(tmp_path, large, suffix, options, quality):
    estimate = estimate_output(large, suffix, options, quality=quality)
    file = write_with_options(large, tmp_path / f"a{suffix}", options, quality=quality)
    assert not estimate.exact
    assert estimate.bytes == pytest.approx(file.stat().st_size, rel=0.1)
    written = read_photo(file)
    assert (estimate.width, estimate.height) == (written.width, written.height)


def test_a_small_photo_is_estimated_exactly(tmp_path, scene):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 5000
    Image.fromarray(scene(60, 80)).save(tmp_path / "a.jpg", exif=exif)
    photo = read_photo(tmp_path / "a.jpg")
    for options in (OutputOptions(), OutputOptions(metadata="none"), OutputOptions(resize=Resize("side", 40))):
        estimate = estimate_output(photo, ".jpg", options, preview=True)
        file = write_with_options(photo, tmp_path / "b.jpg", options, overwrite=True, preview=True)
        assert estimate.exact and estimate.bytes == file.stat().st_size


def test_metadata_count_once(tmp_path, large):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 50_000
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    with_exif = Photo(large.pixels, None, None, read_photo(tmp_path / "a.jpg").preserved)
    plain, described = (estimate_output(photo, ".jpg", OutputOptions()).bytes for photo in (large, with_exif))
    assert described - plain == pytest.approx(50_000, abs=3_000)


def test_the_estimate_warns_of_clipped_colours(tmp_path):
    from tests.unit.core.photo.conftest import PROFILES

    Image.new("RGB", (1600, 1200), (0, 255, 0)).save(tmp_path / "a.png", icc_profile=PROFILES["adobe"].icc)
    notes = estimate_output(read_photo(tmp_path / "a.png"), ".jpg", OutputOptions(colour_space="srgb")).notes
    assert any("outside sRGB" in str(note) for note in notes)


@pytest.mark.parametrize("metadata", KEPT_METADATA)
def test_metadata_are_kept_as_asked(tmp_path, scene, metadata):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    Image.fromarray(scene()).save(tmp_path / "a.jpg", exif=exif)
    write_with_options(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg", OutputOptions(metadata=metadata))
    with Image.open(tmp_path / "b.jpg") as image:
        kept = image.getexif()
        assert (ExifTags.Base.Make in kept) == (metadata != "none")
        assert bool(kept.get_ifd(ExifTags.IFD.GPSInfo)) == (metadata == "all")


def test_a_depth_that_the_format_lacks_is_passed_over(tmp_path, scene):
    photo = Photo.from_array(scene())
    write_with_options(photo, tmp_path / "a.jpg", OutputOptions(bit_depth=16))
    write_with_options(photo, tmp_path / "a.png", OutputOptions(bit_depth=16))
    assert read_photo(tmp_path / "a.jpg").bit_depth == 8 and read_photo(tmp_path / "a.png").bit_depth == 16


@pytest.mark.parametrize("values", [{"bit_depth": 12}, {"metadata": "some"}])
def test_unknown_values_are_refused(values):
    with pytest.raises(PhotoError):
        OutputOptions(**values)


def test_the_command_line_offers_what_the_library_knows():
    assert tuple(OUTPUT_SPACES) == cli_options.OUTPUT_SPACES and cli_options.OUTPUT_METADATA == KEPT_METADATA
