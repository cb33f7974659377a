"""Writing photos: rounding and clipping, depth, grey, alpha, quality, and the embedded preview."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import ExifTags, Image

from core.photo import Photo, PhotoError, read_photo
from core.photo.formats import exif
from tests.unit.core.photo.formats.builders import canon_note, canon_values, segment, thumbnail
from tests.unit.core.photo.formats.builders import exif as exif_block
from tests.unit.core.photo.formats.builders import jpeg as jpeg_file


def pillow(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


PICTURES = st.tuples(st.integers(1, 24), st.integers(1, 24), st.sampled_from([None, 3]), st.booleans()).flatmap(
    lambda t: arrays.arrays(np.uint16 if t[3] else np.uint8, t[:2] if t[2] is None else (*t[:2], 3))
)


@given(PICTURES, st.sampled_from([".png", ".tif"]), st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_lossless_formats_keep_the_numbers(tmp_path, picture, suffix, with_alpha):
    alpha = picture if picture.ndim == 2 else picture[..., 1]
    photo = Photo.from_array(picture, alpha if with_alpha else None)
    path = photo.save(tmp_path / f"a{suffix}", overwrite=True)
    first = read_photo(path)
    second = read_photo(first.save(tmp_path / f"b{suffix}", overwrite=True))
    maximum = np.iinfo(picture.dtype).max
    for again in (first, second):
        colour = np.rint(again.pixels.astype(float) * maximum)
        assert np.array_equal(colour, np.broadcast_to(picture.reshape(*picture.shape[:2], -1), colour.shape))
        assert (again.alpha is not None) == with_alpha
        assert again.preserved.grey == (picture.ndim == 2)
        assert again.bit_depth == 8 * picture.dtype.itemsize
        if with_alpha:
            assert np.array_equal(np.rint(again.alpha.astype(float) * maximum), alpha)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_bmp_and_lossless_webp_keep_the_numbers(tmp_path, picture):
    photo = Photo.from_array(picture)
    for suffix in (".bmp", ".webp"):
        path = photo.save(tmp_path / f"a{suffix}", overwrite=True, quality=100)
        assert np.array_equal(np.asarray(pillow(path).convert("RGB")), picture)
        assert np.array_equal(np.rint(read_photo(path).pixels * 255), picture)


def test_independent_readers_see_the_same_pixels(tmp_path, scene):
    picture = scene(channels=4, dtype=np.uint16)
    photo = Photo.from_array(picture[..., :3], picture[..., 3])
    png = cv2.imread(str(photo.save(tmp_path / "a.png")), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(png[..., [2, 1, 0, 3]], picture)
    with tifffile.TiffFile(photo.save(tmp_path / "a.tif")) as tiff:
        assert np.array_equal(tiff.asarray(), picture)
        assert tiff.pages[0].tags["ExtraSamples"].value == (2,)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".avif"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (17, 23)])
def test_every_format_writes_every_shape(tmp_path, scene, suffix, shape):
    photo = Photo.from_array(scene(*shape))
    path = photo.save(tmp_path / f"a{suffix}")
    assert pillow(path).size == shape[::-1]
    assert np.abs(read_photo(path).pixels - photo.pixels).mean() < 0.06


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_formats_stay_close_and_improve_with_quality(tmp_path, scene, suffix):
    smooth = cv2.GaussianBlur(scene(96, 96), (0, 0), 3)
    photo = Photo.from_array(smooth)
    errors, sizes = [], []
    for quality in (20, 60, 95):
        path = photo.save(tmp_path / f"{quality}{suffix}", quality=quality)
        errors.append(np.abs(np.asarray(pillow(path).convert("RGB")) - smooth.astype(float)).mean())
        sizes.append(path.stat().st_size)
    assert errors[0] > errors[1] > errors[2] and errors[2] < 2
    assert sizes == sorted(sizes)
    default = photo.save(tmp_path / f"default{suffix}")
    assert default.read_bytes() == (tmp_path / f"95{suffix}").read_bytes()


def test_jpeg_keeps_the_full_colour_resolution(tmp_path, scene):
    image = pillow(Photo.from_array(scene()).save(tmp_path / "a.jpg"))
    assert image.layer == [(1, 1, 1, 0), (2, 1, 1, 1), (3, 1, 1, 1)]


def test_avif_of_eight_bits_is_lossless_at_full_quality(tmp_path, scene):
    picture = scene()
    saved = pillow(Photo.from_array(picture).save(tmp_path / "a.avif", quality=100))
    assert np.array_equal(np.asarray(saved), picture)


def test_a_lossless_webp_is_saved_lossless_again(opened, tmp_path, scene):
    picture = scene()
    photo = opened(Image.fromarray(picture), format="WEBP", lossless=True)
    assert np.array_equal(np.asarray(pillow(photo.save(tmp_path / "a.webp"))), picture)
    lossy = opened(Image.fromarray(picture), format="WEBP", quality=90)
    assert b"VP8L" not in lossy.save(tmp_path / "b.webp").read_bytes()


def test_values_round_to_the_nearest_level_and_are_clipped(tmp_path):
    values = np.array([[0.0, 0.4 / 255, 0.6 / 255, 254.4 / 255, 254.6 / 255, 1.0]], np.float32)
    photo = Photo.from_array(np.repeat(values[..., None], 3, axis=2))
    outside = Photo(photo.pixels * 3 - 1)
    assert np.asarray(pillow(photo.save(tmp_path / "a.png", bit_depth=8)))[0, :, 0].tolist() == [0, 0, 1, 254, 255, 255]
    assert np.asarray(pillow(outside.save(tmp_path / "b.png", bit_depth=8)))[0, :, 0].tolist() == [
        0,
        0,
        0,
        255,
        255,
        255,
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_are_refused(tmp_path, scene, listing, value):
    photo = Photo.from_array(scene())
    photo.pixels[3, 4, 1] = value
    with pytest.raises(PhotoError, match=r"a\.png.*NaN"):
        photo.save(tmp_path / "a.png")
    assert listing() == {}


@pytest.mark.parametrize(
    ("suffix", "depth"), [(".png", 16), (".tif", 16), (".avif", 16), (".jpg", 8), (".webp", 8), (".bmp", 8)]
)
def test_the_depth_follows_the_photo_where_the_format_supports_it(tmp_path, scene, suffix, depth):
    photo = Photo.from_array(scene(dtype=np.uint16))
    assert read_photo(photo.save(tmp_path / f"a{suffix}")).bit_depth == depth
    if depth == 16:
        assert read_photo(photo.save(tmp_path / f"b{suffix}", bit_depth=8)).bit_depth == 8
        shallow = Photo.from_array(scene())
        assert read_photo(shallow.save(tmp_path / f"c{suffix}")).bit_depth == 8
        assert read_photo(shallow.save(tmp_path / f"d{suffix}", bit_depth=16)).bit_depth == 16


def test_avif_stores_sixteen_bits_as_twelve_and_keeps_ten(opened, tmp_path, scene):
    smooth = cv2.GaussianBlur(scene(64, 64, dtype=np.uint16), (0, 0), 5)
    first = read_photo(Photo.from_array(smooth).save(tmp_path / "a.avif"))
    assert first.preserved.sample_bits == 12
    assert np.abs(first.pixels - smooth / 65535).mean() < 0.002
    image = pyvips.Image.new_from_array(smooth).copy(interpretation="rgb16")
    ten = opened(image.heifsave_buffer(compression="av1", bitdepth=10, Q=95))
    assert read_photo(ten.save(tmp_path / "b.avif")).preserved.sample_bits == 10


@pytest.mark.parametrize(("suffix", "depth"), [(".jpg", 16), (".webp", 16), (".bmp", 16), (".png", 12), (".tif", 0)])
def test_a_depth_that_a_format_lacks_is_refused(tmp_path, scene, listing, suffix, depth):
    with pytest.raises(PhotoError, match=rf"{depth} bits.*8"):
        Photo.from_array(scene()).save(tmp_path / f"a{suffix}", bit_depth=depth)
    assert listing() == {}


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".bmp"])
def test_grey_stays_grey_while_its_channels_are_equal(opened, tmp_path, scene, suffix):
    grey = opened(Image.fromarray(scene()[..., 0]), format="PNG")
    assert pillow(grey.save(tmp_path / f"a{suffix}")).mode in ("L", "P")
    almost = grey.with_pixels(np.clip(grey.pixels + np.float32([0.3 / 255, 0, -0.1 / 255]), 0, 1))
    saved = pillow(almost.save(tmp_path / f"b{suffix}"))
    assert saved.convert("L").mode == "L" and saved.mode in ("L", "P")
    tinted = grey.with_pixels(np.clip(grey.pixels + np.float32([0.7 / 255, 0, 0]), 0, 1))
    assert pillow(tinted.save(tmp_path / f"c{suffix}")).mode == "RGB"


def test_a_colour_photo_without_colour_stays_rgb(tmp_path):
    photo = Photo.from_array(np.full((4, 4, 3), 7, np.uint8))
    assert pillow(photo.save(tmp_path / "a.png")).mode == "RGB"


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_alpha_and_the_colour_below_it_are_kept(opened, tmp_path, scene, suffix):
    picture = scene(channels=4)
    photo = opened(Image.fromarray(picture), format="PNG")
    saved = pillow(photo.save(tmp_path / f"a{suffix}", quality=100))
    assert np.array_equal(np.asarray(saved), picture)
    restored = photo.with_pixels(1 - photo.pixels)
    saved = pillow(restored.save(tmp_path / f"b{suffix}", quality=100))
    assert np.array_equal(np.asarray(saved)[..., 3], picture[..., 3])


def test_alpha_in_avif(opened, tmp_path, scene):
    picture = cv2.GaussianBlur(scene(64, 64, 4), (0, 0), 3)
    saved = pillow(opened(Image.fromarray(picture), format="PNG").save(tmp_path / "a.avif"))
    assert saved.mode == "RGBA"
    assert np.abs(np.asarray(saved)[..., 3] - picture[..., 3].astype(float)).mean() < 2


@pytest.mark.parametrize("suffix", [".bmp", ".jpg"])
def test_formats_without_alpha_fill_with_white(opened, tmp_path, scene, suffix):
    picture = cv2.GaussianBlur(scene(64, 64, 4), (0, 0), 3)
    saved = pillow(opened(Image.fromarray(picture), format="PNG").save(tmp_path / f"a{suffix}"))
    opacity = picture[..., 3:] / 255
    expected = picture[..., :3] * opacity + 255 * (1 - opacity)
    assert np.abs(np.asarray(saved) - expected).max() < (0.6 if suffix == ".bmp" else 12)


def test_a_selection_is_kept_in_tiff_and_dropped_elsewhere(tmp_path, scene):
    picture = scene(channels=4)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", extrasamples=["unspecified"])
    photo = read_photo(tmp_path / "a.tif")
    with tifffile.TiffFile(photo.save(tmp_path / "b.tif")) as tiff:
        assert np.array_equal(tiff.asarray(), picture)
        assert tiff.pages[0].tags["ExtraSamples"].value in (0, (0,))
    for suffix in (".png", ".bmp"):
        assert np.array_equal(np.asarray(pillow(photo.save(tmp_path / f"c{suffix}"))), picture[..., :3])


def test_channels_that_a_format_cannot_hold_are_noted(opened, tmp_path, scene):
    def notes(photo, name):
        lost: list[str] = []
        photo.save(tmp_path / name, notes=lost)
        return lost

    cut, full = scene(channels=4), scene(channels=4)
    cut[:4, :4, 3], full[..., 3] = 0, 255
    photo = opened(Image.fromarray(cut))
    expected = "Transparent parts were filled with white: {} files have no transparency."
    assert notes(photo, "a.jpg") == [expected.format("JPEG")] and notes(photo, "a.bmp") == [expected.format("BMP")]
    assert not any(notes(photo, f"a{suffix}") for suffix in (".png", ".tif", ".webp", ".avif"))
    assert notes(opened(Image.fromarray(full)), "full.jpg") == []
    tifffile.imwrite(tmp_path / "mask.tif", cut, photometric="rgb", extrasamples=["unspecified"])
    selection = Photo.open(tmp_path / "mask.tif")
    assert notes(selection, "b.png") == ["The extra channel was left out: PNG files cannot hold it."]
    assert notes(selection, "b.tif") == []


@pytest.mark.parametrize(
    ("name", "format", "magic"),
    [
        ("a.JPG", None, b"\xff\xd8"),
        ("a.jfif", None, b"\xff\xd8"),
        ("a.TIFF", None, b"II*\x00"),
        ("a", "png", b"\x89PNG"),
        ("a.jpg", "PNG", b"\x89PNG"),
        ("a.xyz", ".webp", b"RIFF"),
        ("a", "tif", b"II*\x00"),
    ],
)
def test_the_format_follows_the_suffix_or_the_argument(tmp_path, scene, name, format, magic):
    assert Photo.from_array(scene()).save(tmp_path / name, format=format).read_bytes().startswith(magic)


@pytest.mark.parametrize(("name", "format"), [("a.xyz", None), ("a", None), ("a.gif", None), ("a.png", "heic")])
def test_an_unknown_format_is_refused_with_those_that_are_known(tmp_path, scene, listing, name, format):
    with pytest.raises(PhotoError, match=r"\.jpg.*\.png.*\.tif.*\.webp.*\.avif.*\.bmp"):
        Photo.from_array(scene()).save(tmp_path / name, format=format)
    assert listing() == {}


@pytest.mark.parametrize("quality", [0, 101, -3])
def test_a_quality_out_of_range_is_refused(tmp_path, scene, listing, quality):
    with pytest.raises(PhotoError, match="1 to 100"):
        Photo.from_array(scene()).save(tmp_path / "a.jpg", quality=quality)
    assert listing() == {}


@pytest.mark.parametrize(("suffix", "limit"), [(".webp", 16383), (".avif", 16384), (".jpg", 65500)])
def test_a_photo_too_long_for_a_format_is_refused(tmp_path, listing, suffix, limit):
    photo = Photo.from_array(np.zeros((1, limit + 1, 3), np.uint8))
    with pytest.raises(PhotoError, match=str(limit)):
        photo.save(tmp_path / f"a{suffix}")
    assert listing() == {}


def test_large_photos_are_converted_in_bands_without_a_seam(tmp_path, adobe):
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 256, (1100, 1000, 3), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=adobe.icc)
    photo = read_photo(tmp_path / "a.tif")
    assert np.array_equal(tifffile.imread(photo.save(tmp_path / "b.tif")), picture)


def test_saving_does_not_change_the_photo(opened, tmp_path, scene, adobe):
    photo = opened(Image.fromarray(scene(channels=4)), format="PNG", icc_profile=adobe.icc)
    pixels, alpha = photo.pixels.copy(), photo.alpha.copy()
    for suffix in (".jpg", ".png", ".tif", ".webp", ".bmp", ".avif"):
        photo.save(tmp_path / f"a{suffix}")
    assert np.array_equal(photo.pixels, pixels) and np.array_equal(photo.alpha, alpha)


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
def test_the_embedded_preview_shows_the_saved_photo(tmp_path: Path, ramps: np.ndarray, suffix: str, keep: bool) -> None:
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
def test_the_embedded_preview_has_the_shape_of_the_photo_and_is_never_larger(tmp_path: Path, size, shown) -> None:
    path = Photo.from_array(np.full((size[1], size[0]), 128, np.uint8)).save(tmp_path / "a.jpg", preview=True)
    found = preview_of(path)
    assert found.shape == (shown[1], shown[0], 3) and np.abs(found.astype(int) - 128).max() <= 2


def test_the_embedded_preview_is_in_srgb(tmp_path: Path, opened, adobe, pillow_bytes) -> None:
    colours = np.array([[0.4, 0.6, 0.5], [0.7, 0.5, 0.5]])
    picture = np.repeat(np.repeat(np.rint(colours * 255).astype(np.uint8)[None], 40, 0), 40, 1)
    photo = opened(pillow_bytes(Image.fromarray(picture), icc_profile=adobe.icc))
    found = preview_of(photo.save(tmp_path / "b.jpg", preview=True, quality=100))
    wanted, inside = adobe.to_srgb(np.rint(colours * 255) / 255)
    assert inside.all()
    assert np.abs(found[20, [20, 60]] - wanted * 255).max() < 4 < np.abs(wanted - colours).max() * 255


def test_the_embedded_preview_has_transparency_on_white(tmp_path: Path) -> None:
    alpha = np.repeat(np.array([0, 255], np.uint8), 40)[None].repeat(80, 0)
    found = preview_of(Photo.from_array(np.zeros((80, 80, 3), np.uint8), alpha).save(tmp_path / "a.png", preview=True))
    assert found[:, :30].min() > 250 and found[:, 50:].max() < 5


def test_the_embedded_preview_is_upright_and_replaces_the_old_one(
    tmp_path: Path, opened, camera_exif, pillow_bytes, ramps
) -> None:
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
def test_offsets_in_maker_notes_stay_valid(opened, tmp_path: Path, order: str) -> None:
    block = exif_block(order, thumbnail=thumbnail(), maker_note=canon_note(order))
    photo = opened(jpeg_file(segment(0xE1, b"Exif\x00\x00" + block)), "a.jpg")
    path = photo.save(tmp_path / "b.jpg", preview=True)
    assert preview_of(path).shape == (24, 32, 3)
    written = block_of(path)
    at = written.index(struct.pack(order + "HHHII", 2, 7, 2, 24, block.index(b"Firmware")))
    assert canon_values(written, written[at:], order) == [b"Firmware Version 1.1.1", b"Zoe Photographer"]
    assert thumbnail() not in written


def test_the_preview_is_left_out_where_exif_fills_the_segment(opened, tmp_path: Path, scene, pillow_bytes) -> None:
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
def test_formats_that_cannot_hold_a_preview_note_it(tmp_path: Path, scene, suffix: str) -> None:
    notes: list[str] = []
    Photo.from_array(scene()).save(tmp_path / f"a{suffix}", preview=True, notes=notes)
    assert len(notes) == 1 and notes[0].startswith("The preview was left out: ")


def test_no_preview_without_the_option(tmp_path: Path, scene) -> None:
    assert "exif" not in image_of(Photo.from_array(scene()).save(tmp_path / "a.jpg")).info


@pytest.mark.parametrize("block", [b"II*\x00", b"II+\x00\x08\x00\x00\x00\x10" + bytes(23), b"nothing"])
def test_damaged_exif_gets_no_preview(block: bytes) -> None:
    assert exif.with_preview(block, thumbnail()) is None
