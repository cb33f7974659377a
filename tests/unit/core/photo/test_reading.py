"""Reading gives what Pillow or tifffile wrote, in every format, depth and mode."""

import io

import cv2
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageOps

from core.photo import Photo, read_photo

LOSSLESS = {"PNG": {}, "TIFF": {}, "BMP": {}, "WEBP": {"lossless": True, "exact": True}}


def levels(photo: Photo, maximum: int = 255) -> np.ndarray:
    scaled = photo.pixels.astype(np.float64) * maximum
    assert np.abs(scaled - np.rint(scaled)).max() < 0.01
    return np.rint(scaled).astype(int)


def test_pixels_are_contiguous_float32_in_the_unit_range(opened, scene):
    photo = opened(Image.fromarray(scene()))
    assert photo.pixels.dtype == np.float32 and photo.pixels.flags.c_contiguous
    assert photo.pixels.shape == (24, 37, 3) and (photo.height, photo.width) == (24, 37)
    assert photo.pixels.min() >= 0 and photo.pixels.max() <= 1


@pytest.mark.parametrize("kind", LOSSLESS)
def test_colour_of_eight_bits_is_read_exactly(opened, scene, kind):
    picture = scene()
    photo = opened(Image.fromarray(picture), format=kind, **LOSSLESS[kind])
    assert np.array_equal(levels(photo), picture)
    assert (photo.format, photo.bit_depth, photo.alpha, photo.notes) == (kind.lower(), 8, None, ())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG"])
def test_grey_is_repeated_in_three_channels(opened, scene, kind, pillow_bytes):
    data = pillow_bytes(Image.fromarray(scene(channels=1)[..., 0]), kind)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    photo = opened(data)
    assert photo.preserved.grey
    assert np.array_equal(levels(photo), np.repeat(expected[..., None], 3, axis=2))


def test_grey_in_a_lossy_webp_has_equal_channels(opened, scene):
    ramp = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (16, 1))).convert("RGB")
    photo = opened(ramp, format="WEBP", quality=90)
    assert np.ptp(photo.pixels, axis=2).max() == 0
    assert np.abs(photo.pixels[8, :, 1] * 255 - np.arange(256)).max() < 8
    colour = scene()
    colour[..., 1] = colour[..., 0]  # yellow and blue, which is not grey
    assert np.ptp(opened(Image.fromarray(colour), format="WEBP", quality=90).pixels, axis=2).max() > 0.1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_read_separately(opened, scene, kind):
    picture = scene(channels=4)
    photo = opened(Image.fromarray(picture), format=kind, **LOSSLESS[kind])
    assert np.array_equal(levels(photo), picture[..., :3])
    assert photo.alpha.dtype == np.float32
    assert np.array_equal(np.rint(photo.alpha * 255), picture[..., 3])


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_with_alpha(opened, scene, kind):
    picture = scene(channels=2)
    photo = opened(
        Image.merge("LA", [Image.fromarray(np.ascontiguousarray(picture[..., c])) for c in (0, 1)]), format=kind
    )
    assert np.array_equal(levels(photo)[..., 0], picture[..., 0])
    assert np.array_equal(np.rint(photo.alpha * 255), picture[..., 1])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("colours", [2, 13, 256])
def test_a_palette_is_resolved(opened, scene, kind, colours):
    indexed = Image.fromarray(scene()).quantize(colours)
    photo = opened(indexed, format=kind)
    assert np.array_equal(levels(photo), np.asarray(indexed.convert("RGB")))
    assert photo.bit_depth == 8


def test_a_transparent_palette_colour_becomes_alpha(opened, scene):
    indexed = Image.fromarray(scene()).quantize(16)
    photo = opened(indexed, format="PNG", transparency=3)
    assert np.array_equal(photo.alpha == 0, np.asarray(indexed) == 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_per_pixel(opened, scene, kind):
    picture = Image.fromarray(scene(channels=1)[..., 0]).convert("1")
    photo = opened(picture, format=kind)
    assert np.array_equal(levels(photo)[..., 1], np.asarray(picture.convert("L")))
    assert photo.preserved.grey


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_in_png(opened, scene, channels):
    picture = scene(channels=channels, dtype=np.uint16)
    swapped = picture[..., [2, 1, 0, 3][:channels]] if channels > 1 else picture
    photo = opened(cv2.imencode(".png", swapped)[1].tobytes())
    assert photo.bit_depth == 16
    assert np.array_equal(levels(photo, 65535), np.broadcast_to(picture[..., : min(channels, 3)], photo.pixels.shape))
    if channels == 4:
        assert np.array_equal(np.rint(photo.alpha * 65535), picture[..., 3])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    "layout", [{}, {"tile": (16, 16)}, {"rowsperstrip": 5}, {"compression": "zlib", "predictor": 2}]
)
def test_sixteen_bits_in_every_layout_of_tiff(tmp_path, scene, order, big, layout):
    picture = scene(dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", byteorder=order, bigtiff=big, **layout)
    photo = read_photo(tmp_path / "a.tif")
    assert photo.bit_depth == 16
    assert np.array_equal(levels(photo, 65535), picture)


def test_planes_and_inverted_grey_in_tiff(tmp_path, scene):
    picture = scene()
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1))
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="rgb", planarconfig="separate")
    assert np.array_equal(levels(read_photo(tmp_path / "planes.tif")), picture)
    tifffile.imwrite(tmp_path / "inverted.tif", picture[..., 0], photometric="miniswhite")
    assert np.array_equal(levels(read_photo(tmp_path / "inverted.tif"))[..., 0], 255 - picture[..., 0].astype(int))


def test_premultiplied_colour_is_divided_by_alpha(tmp_path):
    picture = np.array([[[100, 50, 25, 128], [255, 255, 255, 255], [9, 9, 9, 0]]], np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["assocalpha"])
    photo = read_photo(tmp_path / "a.tif")
    straight = np.array([[199, 100, 50], [255, 255, 255], [0, 0, 0]])
    assert np.abs(levels(photo)[0] - straight).max() <= 1
    assert np.array_equal(np.rint(photo.alpha * 255), picture[..., 3])


def test_a_selection_is_not_transparency(tmp_path, scene):
    picture = scene(channels=4)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["unspecified"])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.preserved.mask
    assert np.array_equal(np.rint(photo.alpha * 255), picture[..., 3])


def test_further_channels_are_left_out_with_a_note(tmp_path, scene):
    picture = scene(channels=5)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["unassalpha", "unspecified"])
    photo = read_photo(tmp_path / "a.tif")
    assert np.array_equal(levels(photo), picture[..., :3])
    assert any("extra channels" in note for note in photo.notes)


def test_lossy_formats_are_read_as_pillow_reads_them(opened, scene, pillow_bytes):
    picture = Image.fromarray(scene(64, 64))
    for kind in ("JPEG", "WEBP", "AVIF"):
        full = {"AVIF": {"subsampling": "4:4:4"}, "JPEG": {"subsampling": 0}}.get(kind, {})
        data = pillow_bytes(picture, kind, quality=90, **full)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
        assert np.abs(levels(opened(data)) - expected).mean() < 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright_as_pillow_does(
    opened, scene, camera_exif, pillow_bytes, kind, orientation
):
    options = {"exif": camera_exif(orientation), **({"lossless": True} if kind == "WEBP" else {})}
    data = pillow_bytes(Image.fromarray(scene()), kind, **options)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    photo = opened(data)
    assert photo.pixels.flags.c_contiguous
    assert photo.pixels.shape == expected.shape
    assert np.abs(levels(photo) - expected.astype(int)).max() <= (1 if kind == "JPEG" else 0)


def test_avif_is_turned_once_by_its_own_property(opened, scene, camera_exif, pillow_bytes):
    data = pillow_bytes(Image.fromarray(scene(24, 64)), "AVIF", exif=camera_exif(6), quality=95, subsampling="4:4:4")
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))).astype(int)
    assert expected.shape == (64, 24, 3)
    photo = opened(data)
    assert photo.pixels.shape == expected.shape
    assert np.abs(levels(photo) - expected).mean() < 2


def test_alpha_turns_with_the_pixels(opened, scene, camera_exif):
    picture = Image.fromarray(scene(channels=4))
    photo = opened(picture, format="PNG", exif=camera_exif(6))
    expected = np.asarray(picture.transpose(Image.Transpose.ROTATE_270))
    assert np.array_equal(np.rint(photo.alpha * 255), expected[..., 3])


def test_the_suffix_is_ignored(opened, scene):
    picture = scene()
    assert np.array_equal(levels(opened(Image.fromarray(picture), "photo.jpg", format="PNG")), picture)


@pytest.mark.parametrize(("bits", "white"), [(10, 1023), (12, 4095)])
def test_avif_of_ten_and_twelve_bits_reaches_full_white(tmp_path, bits, white):
    picture = np.full((32, 32, 3), 65535, np.uint16)
    picture[:16] = 0
    image = pyvips.Image.new_from_array(picture).copy(interpretation="rgb16")
    (tmp_path / "a.avif").write_bytes(image.heifsave_buffer(compression="av1", bitdepth=bits, lossless=True))
    photo = read_photo(tmp_path / "a.avif")
    assert photo.pixels.max() == 1 and photo.pixels.min() == 0
    assert (photo.bit_depth, photo.preserved.sample_bits) == (16, bits)


def test_the_first_of_several_pages_is_read_with_a_note(opened, tmp_path, scene):
    first, second = scene(seed=1), scene(seed=2)
    tifffile.imwrite(tmp_path / "pages.tif", np.stack([first, second, second]), photometric="rgb")
    frames = [Image.fromarray(first), Image.fromarray(second)]
    photos = [read_photo(tmp_path / "pages.tif")]
    photos += [
        opened(frames[0], format=kind, save_all=True, append_images=frames[1:], **options)
        for kind, options in (("WEBP", {"lossless": True}), ("PNG", {}))
    ]
    for photo, pages in zip(photos, (3, 2, 2), strict=True):
        assert np.array_equal(levels(photo), first)
        assert photo.preserved.pages == pages
        assert any(f"first of {pages}" in note for note in photo.notes)
