"""Camera raw files and HEIC images: what is read, and errors where the extras are missing."""

import io
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

from core.photo import READABLE, SUFFIXES, PhotoError, read_photo
from core.photo.output_paths import restored_path
from core.photo.previews import read_preview

HEIGHT, WIDTH = 96, 128


@pytest.fixture
def dng(tmp_path: Path) -> Path:
    """A DNG of a grey left and a red right half, from a camera with the primaries of sRGB and a neutral white."""
    scene = np.full((HEIGHT, WIDTH, 3), 0.18)
    scene[:, WIDTH // 2 :] = (0.36, 0.06, 0.06)
    mosaic = np.empty((HEIGHT, WIDTH), np.uint16)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = np.round(scene[row::2, column::2, channel] * 65535)
    # XYZ (D65) to linear sRGB, IEC 61966-2-1
    matrix = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    rational = [part for value in matrix for part in (round(value * 10000), 10000)]
    tags = [
        (33421, "H", 2, (2, 2), True),  # CFARepeatPatternDim
        (33422, "B", 4, bytes((0, 1, 1, 2)), True),  # CFAPattern: RGGB
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),  # DNGVersion
        (50708, "s", 0, "Test Camera", True),  # UniqueCameraModel
        (50717, "I", 1, 65535, True),  # WhiteLevel
        (50721, "2i", 9, rational, True),  # ColorMatrix1
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),  # AsShotNeutral
        (50778, "H", 1, 21, True),  # CalibrationIlluminant1: D65
        (271, "s", 0, "Maker", True),
        (272, "s", 0, "Test Camera", True),
        (274, "H", 1, 6, True),  # Orientation: a quarter turn
    ]
    path = tmp_path / "shot.dng"
    tifffile.imwrite(path, mosaic, photometric=32803, extratags=tags, metadata=None)
    return path


def test_a_raw_file_is_developed_upright_with_its_white_balance_and_16_bits(dng: Path) -> None:
    photo = read_photo(dng)
    assert (photo.height, photo.width) == (WIDTH, HEIGHT)
    assert (photo.bit_depth, photo.format) == (16, "raw")
    assert any("camera raw" in note for note in photo.notes)
    # Turned clockwise, the left half is the upper one.
    grey = photo.pixels[20:40, 20:-20].reshape(-1, 3)
    red = photo.pixels[-40:-20, 20:-20].reshape(-1, 3)
    assert np.ptp(grey.mean(0)) < 0.02
    linear = np.where(red > 0.04045, ((red + 0.055) / 1.055) ** 2.4, red / 12.92).mean(0)
    level = np.where(grey > 0.04045, ((grey + 0.055) / 1.055) ** 2.4, grey / 12.92).mean()
    np.testing.assert_allclose(linear / level, np.array((0.36, 0.06, 0.06)) / 0.18, atol=0.1)


def test_the_camera_maker_is_kept(dng: Path, tmp_path: Path) -> None:
    read_photo(dng).save(tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as saved:
        exif = saved.getexif()
    assert exif[271] == "Maker"
    assert exif.get(274, 1) == 1


def test_a_raw_file_that_is_cut_short_is_refused_by_name(dng: Path) -> None:
    dng.write_bytes(dng.read_bytes()[:-8000])
    with pytest.raises(PhotoError, match=r"shot\.dng"):
        read_photo(dng)


@pytest.fixture
def heic(tmp_path: Path) -> Path:
    """A HEIC of a smooth ramp with EXIF and a profile."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.stack([x, y * 2, 255 - x], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[271] = "Maker"
    exif[274] = 6  # libheif stores the orientation as a property; readers turn the pixels
    picture = pillow_heif.from_bytes("RGB", (WIDTH, HEIGHT), pixels.tobytes())
    path = tmp_path / "phone.heic"
    profile = Image.open(io.BytesIO(_with_profile())).info["icc_profile"]
    picture.info["icc_profile"] = profile
    picture.save(path, quality=100, chroma=444, exif=exif.tobytes())
    return path


def _with_profile() -> bytes:
    stream = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (2, 2)).save(stream, "PNG", icc_profile=profile)
    return stream.getvalue()


def test_a_heic_is_read_with_its_metadata(heic: Path, tmp_path: Path) -> None:
    photo = read_photo(heic)
    assert (photo.bit_depth, photo.format) == (8, "heic")
    expected = np.asarray(pillow_heif.open_heif(heic)).astype(np.float32) / 255
    assert photo.pixels.shape == expected.shape
    np.testing.assert_allclose(photo.pixels, expected, atol=2 / 255)
    photo.save(tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as saved:
        assert saved.getexif()[271] == "Maker"
        assert saved.getexif().get(274, 1) == 1
        assert saved.size == (photo.width, photo.height)


def test_a_heic_that_is_cut_short_is_refused_by_name(heic: Path) -> None:
    data = heic.read_bytes()
    for length in (40, len(data) // 2, len(data) - 20):
        heic.write_bytes(data[:length])
        with pytest.raises(PhotoError, match=r"phone\.heic"):
            read_photo(heic)


@pytest.mark.parametrize(("module", "extra"), [("rawpy", "raw"), ("pillow_heif", "heic")])
def test_without_the_extra_the_error_names_it(
    module: str, extra: str, dng: Path, heic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # importing it now raises ImportError
    with pytest.raises(PhotoError, match=rf"pip install .*dfpir-studio\[{extra}\]"):
        read_photo(dng if extra == "raw" else heic)


def test_results_of_read_only_formats_get_a_writable_one() -> None:
    assert restored_path(Path("a/shot.NEF")) == Path("a/shot-restored.tif")
    assert restored_path(Path("a/phone.heic"), Path("out")) == Path("out/phone.jpg")
    assert restored_path(Path("a/beach.PNG"), Path("out")) == Path("out/beach.PNG")
    assert {".heic", ".dng", ".cr3"} <= set(READABLE) - set(SUFFIXES)


def test_gain_and_depth_maps_of_a_heic_are_noted(heic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = pillow_heif.open_heif

    def with_more(*args: object, **options: object) -> object:
        picture = opened(*args, **options)
        picture.info["aux"] = {"urn:com:apple:photo:2020:aux:hdrgainmap": [3]}  # as libheif lists them
        picture.info["depth_images"] = [object()]
        return picture

    monkeypatch.setattr(pillow_heif, "open_heif", with_more)
    assert read_photo(heic).notes == (
        "The HDR gain map was left out, because it can be preserved from JPEG to JPEG only.",
        "The depth map was left out, because no format that can be written can hold it.",
    )


def test_a_gain_map_of_an_avif_is_noted(opened) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "AVIF")
    data = stream.getvalue()
    assert opened(data).notes == ()
    assert data[16:28].count(b"mif1") == 1
    assert opened(data.replace(b"miaf", b"tmap", 1)).notes == (
        "The HDR gain map was left out, because it can be preserved from JPEG to JPEG only.",
    )


def test_previews_of_raw_files_are_small_and_upright(dng: Path) -> None:
    preview = read_preview(dng, 32)
    assert preview.shape == (32, 24, 3)
    assert preview[:12].mean(axis=(0, 1)).std() < 8 < preview[20:].mean(axis=(0, 1)).std()  # grey above red
