"""Smaller versions of photos: sizes, light, transparency and metadata, against Pillow and formulas."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from core.errors import PhotoError
from core.photo import Photo, read_photo
from core.photo.output_options import OutputOptions, write_with_options
from core.photo.resizing import Resize, resized


def encoded(light):
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def linear(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize(
    ("text", "size"),
    [("2048px", (2048, 1365)), ("50%", (3000, 2000)), ("6mp", (3000, 2000)), ("9000px", (6000, 4000))],
)
def test_sizes_of_a_24_megapixel_photo(text, size):
    assert Resize.from_text(text).size_of(6000, 4000) == size


@pytest.mark.parametrize("text", ["", "0px", "12", "101%", "-3mp", "1e3px", "nanpx", "5 cm"])
def test_other_texts_are_refused_with_advice(text):
    with pytest.raises(PhotoError):
        Resize.from_text(text)


@given(
    st.one_of(
        st.integers(16, 5000).map(lambda n: f"{n}px"),
        st.integers(1, 100).map(lambda n: f"{n}%"),
        st.integers(1, 99).map(lambda n: f"{n}mp"),
    ),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_no_photo_is_enlarged_or_empty(text, width, height):
    resize = Resize.from_text(text)
    assert str(resize) == text
    across, down = resize.size_of(width, height)
    assert 1 <= across <= width and 1 <= down <= height


def test_a_fine_checkerboard_becomes_the_grey_that_is_as_bright():
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    photo = resized(Photo.from_array(np.repeat(board[..., None], 3, 2)), Resize("percent", 25))
    middle = photo.pixels[4:-4, 4:-4]
    assert photo.pixels.shape == (16, 16, 3)
    assert np.abs(middle * 255 - 188).max() < 1  # half the light, not half the number


def test_it_agrees_with_pillows_lanczos_in_linear_light():
    values = np.random.default_rng(4).random((60, 90)).astype(np.float32) * 0.5 + 0.25
    image = Image.fromarray(linear(values).astype(np.float32)).resize((30, 20), Image.Resampling.LANCZOS)
    expected = encoded(np.clip(np.asarray(image), 0, 1))
    photo = resized(Photo.from_array(np.repeat(values[..., None], 3, 2)), Resize("side", 30))
    assert np.abs(photo.pixels[3:-3, 3:-3, 0] - expected[3:-3, 3:-3]).max() < 0.004


def test_hidden_colours_do_not_bleed_into_what_is_visible():
    pixels, alpha = np.zeros((40, 40, 3), np.float32), np.zeros((40, 40), np.float32)
    pixels[:, :20] = (1, 0, 0)
    pixels[:, 20:] = (0, 1, 0)
    alpha[:, :20] = 1
    photo = resized(Photo.from_array(pixels, alpha), Resize("percent", 50))
    visible = photo.alpha > 0.2
    assert photo.alpha.shape == (20, 20) and visible.any()
    assert photo.pixels[visible][:, 0].min() > 0.99 and photo.pixels[visible][:, 1].max() < 0.1


def test_the_metadata_state_the_new_size(tmp_path, scene):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.Exif).update({40962: 200, 40963: 100, 37396: (100, 50, 40, 20)})
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:PixelXDimension="200" '
        b'exif:PixelYDimension="100"/></rdf:RDF></x:xmpmeta>'
    )
    Image.fromarray(scene(100, 200)).save(tmp_path / "a.jpg", exif=exif, xmp=xmp, quality=95)
    options = OutputOptions(resize=Resize("side", 50))
    write_with_options(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg", options)
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.size == (50, 25)
        fields = image.getexif().get_ifd(ExifTags.IFD.Exif)
        assert (fields[40962], fields[40963]) == (50, 25)
        assert tuple(fields[37396]) == (25, 12, 10, 5)
        assert image.getexif()[ExifTags.Base.Make] == "Camera"
        assert b'PixelXDimension="50"' in image.info["xmp"] and b'PixelYDimension="25"' in image.info["xmp"]


def test_the_precision_of_16_bits_is_kept(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    photo = Photo.from_array(np.repeat(np.tile(ramp, (64, 1))[..., None], 3, 2))
    write_with_options(photo, tmp_path / "a.png", OutputOptions(resize=Resize("percent", 50)))
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        assert image.size == (128, 32)
    again = read_photo(tmp_path / "a.png")
    assert again.bit_depth == 16 and len(np.unique(np.rint(again.pixels * 65535))) > 120


def test_a_photo_that_is_small_enough_is_the_same_object():
    photo = Photo.from_array(np.zeros((10, 20, 3), np.uint8))
    assert resized(photo, Resize("side", 20)) is photo
