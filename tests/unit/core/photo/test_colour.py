"""Colour spaces: from the photo's profile to sRGB and back, against formulas and LittleCMS in Pillow."""

import io
import struct

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageCms

from core.photo import read_photo

# Without its optimisations LittleCMS computes every pixel instead of looking it up in a coarse table.
RELATIVE = {"renderingIntent": 1, "flags": ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOOPTIMIZE}


def through_lcms(image: Image.Image, profile: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB", **RELATIVE)
    return np.asarray(converted) / 255


def built_in(name: str) -> bytes:
    return bytes(pyvips.Operation.call("profile_load", name))


def srgb_of_littlecms() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(("dtype", "maximum"), [(np.uint8, 255), (np.uint16, 65535)])
def test_a_wide_gamut_photo_is_converted_by_the_formulas(tmp_path, wide, dtype, maximum):
    picture = np.random.default_rng(1).integers(0, maximum + 1, (40, 50, 3)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=wide.icc)
    photo = read_photo(tmp_path / "a.tif")
    expected, inside = wide.to_srgb(picture / maximum)
    assert 0.1 < inside.mean() < 0.9
    assert np.abs(photo.srgb() - expected).max() < 0.002
    assert np.abs(photo.srgb() - expected).mean() < 0.0001


@pytest.mark.parametrize(("dtype", "maximum"), [(np.uint8, 255), (np.uint16, 65535)])
def test_pixels_have_the_primaries_of_the_photo_and_the_tone_curve_of_srgb(tmp_path, wide, dtype, maximum):
    picture = np.random.default_rng(1).integers(0, maximum + 1, (40, 50, 3)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=wide.icc)
    linear = (picture / maximum) ** wide.gamma
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(read_photo(tmp_path / "a.tif").pixels - expected).max() < 1e-6


def test_display_p3_passes_bit_for_bit(opened, scene):
    photo = opened(Image.fromarray(scene()), format="PNG", icc_profile=built_in("p3"))
    assert np.array_equal(np.rint(photo.pixels * 255), scene())


def test_conversion_agrees_with_littlecms(opened, scene, wide):
    image = Image.fromarray(scene(64, 64))
    photo = opened(image, format="PNG", icc_profile=wide.icc)
    assert np.abs(photo.srgb() - through_lcms(image, wide.icc)).max() < 1.1 / 255
    display_p3 = built_in("p3")
    photo = opened(image, format="PNG", icc_profile=display_p3)
    assert np.abs(photo.srgb() - through_lcms(image, display_p3)).max() < 1.1 / 255


def test_greys_stay_grey_and_white_stays_white(opened, wide):
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    photo = opened(Image.fromarray(greys), format="PNG", icc_profile=wide.icc)
    for pixels in (photo.pixels, photo.srgb()):
        assert np.ptp(pixels, axis=2).max() < 1e-4
        assert pixels[0, 0].tolist() == [0, 0, 0]
        assert np.abs(pixels[0, 255] - 1).max() < 1e-6


@pytest.mark.parametrize(("dtype", "maximum"), [(np.uint8, 255), (np.uint16, 65535)])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_an_unchanged_wide_gamut_photo_is_saved_as_it_was(tmp_path, wide, dtype, maximum, suffix):
    picture = np.random.default_rng(2).integers(0, maximum + 1, (64, 33, 3)).astype(dtype)
    picture[:8, :8] = np.array([[0, maximum, 0]])  # as green as the profile can be, far outside sRGB
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=wide.icc)
    photo = read_photo(tmp_path / "a.tif")
    saved = photo.save(tmp_path / f"b{suffix}")
    again = read_photo(saved)
    if suffix == ".tif":
        assert np.array_equal(tifffile.imread(saved), picture)
    elif dtype == np.uint8:
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(saved.read_bytes()))), picture)
    assert again.preserved.profile == wide.icc
    assert np.array_equal(again.pixels, photo.pixels)


@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_displayed_and_saved_colours_agree(opened, tmp_path, wide, strength):
    """Also for a blend of the photo and its result by a strength."""
    picture = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    picture[:8] = (0, 255, 0)
    photo = opened(Image.fromarray(picture), format="PNG", icc_profile=wide.icc)
    result = photo.with_pixels(photo.pixels + np.float32(strength) * (photo.pixels**1.5 - photo.pixels))
    saved = tifffile.imread(result.save(tmp_path / "b.tif", bit_depth=16))
    managed, _ = wide.to_srgb(saved / 65535)
    assert np.abs(result.srgb() - managed).max() < 0.5 / 255


def test_a_constant_part_of_a_tone_curve_loses_nothing(tmp_path, adobe):
    """As in scanners' profiles; two numbers that mean the same light stay different."""
    table = np.maximum(np.arange(256) - 9, 0) / 246
    curve = b"curv" + bytes(4) + struct.pack(">I256H", 256, *np.rint(table * 65535).astype(int))
    at = adobe.icc.index(b"rTRC") + 4
    flat = bytearray(adobe.icc + curve)
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        at = flat.index(name) + 4
        flat[at : at + 8] = struct.pack(">II", len(adobe.icc), len(curve))
    flat[:4] = struct.pack(">I", len(flat))
    picture = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=bytes(flat))
    photo = read_photo(tmp_path / "a.tif")
    assert photo.notes == () and photo.preserved.profile == bytes(flat)
    assert np.array_equal(tifffile.imread(photo.save(tmp_path / "b.tif")), picture)


def test_a_format_without_profiles_gets_srgb(opened, tmp_path, scene, adobe):
    photo = opened(Image.fromarray(scene()), format="PNG", icc_profile=adobe.icc)
    saved = np.asarray(Image.open(io.BytesIO(photo.save(tmp_path / "b.bmp").read_bytes())))
    assert np.array_equal(saved, np.rint(photo.srgb() * 255))


@pytest.mark.parametrize("profile", ["vips", "lcms", None])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_photos_in_srgb_pass_bit_for_bit(tmp_path, scene, profile, dtype):
    icc = {"vips": lambda: built_in("srgb"), "lcms": srgb_of_littlecms, None: lambda: None}[profile]()
    picture = scene(dtype=dtype)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="rgb", iccprofile=icc)
    photo = read_photo(tmp_path / "a.tif")
    assert np.array_equal(np.rint(photo.pixels.astype(float) * np.iinfo(dtype).max), picture)
    assert photo.srgb() is photo.pixels and photo.notes == ()
    saved = photo.save(tmp_path / "b.tif")
    assert np.array_equal(tifffile.imread(saved), picture)
    assert read_photo(saved).preserved.profile == icc


def test_grey_by_its_tone_curve_and_back(opened, tmp_path, grey_profile):
    ramp = np.arange(256, dtype=np.uint8)[None]
    icc = grey_profile(1.8)
    photo = opened(Image.fromarray(ramp), format="PNG", icc_profile=icc)
    linear = (ramp[0] / 255) ** (round(1.8 * 256) / 256)
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(photo.pixels[0] - expected[:, None]).max() < 1e-4
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert saved.mode == "L" and saved.info["icc_profile"] == icc
        assert np.array_equal(np.asarray(saved), ramp)


def test_grey_that_became_coloured_is_saved_as_srgb(opened, tmp_path, grey_profile):
    photo = opened(Image.fromarray(np.full((4, 4), 90, np.uint8)), format="PNG", icc_profile=grey_profile(1.8))
    tinted = photo.with_pixels(photo.pixels * np.float32([1, 0.9, 0.8]))
    for suffix, kind in ((".png", "RGB"), (".webp", "RGB")):
        with Image.open(tinted.save(tmp_path / f"b{suffix}", quality=100)) as saved:
            assert saved.mode == kind and "icc_profile" not in saved.info
            assert np.array_equal(np.asarray(saved), np.rint(tinted.pixels * 255))
    with Image.open(photo.save(tmp_path / "c.webp", quality=100)) as saved:  # WebP has no grey
        assert np.array_equal(np.asarray(saved), np.rint(photo.pixels * 255))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda icc: icc[: len(icc) // 2],
        lambda icc: b"\xff" * len(icc),
        lambda icc: icc[:132] + b"\xff" * (len(icc) - 132),
        lambda icc: icc[:36] + b"none" + icc[40:],
        lambda icc: b"short",
    ],
)
def test_a_damaged_profile_is_ignored_with_a_note(opened, tmp_path, scene, adobe, break_it):
    picture = scene()
    photo = opened(Image.fromarray(picture), format="JPEG", quality=95, icc_profile=break_it(adobe.icc))
    plain = opened(Image.fromarray(picture), format="JPEG", quality=95)
    assert np.array_equal(photo.pixels, plain.pixels)
    assert any("profile" in note for note in photo.notes)
    assert photo.preserved.profile is None
    assert read_photo(photo.save(tmp_path / "b.jpg")).notes == ()


def test_a_profile_for_other_channels_is_ignored_with_a_note(opened, scene, adobe, grey_profile):
    colour = opened(Image.fromarray(scene()), format="TIFF", icc_profile=grey_profile(2.2))
    grey = opened(Image.fromarray(scene()[..., 0]), format="TIFF", icc_profile=adobe.icc)
    assert np.array_equal(np.rint(colour.pixels * 255), scene())
    assert np.array_equal(np.rint(grey.pixels[..., 0] * 255), scene()[..., 0])
    for photo in (colour, grey):
        assert any("does not fit" in note for note in photo.notes)


def test_a_profile_with_tables_converts_both_ways(opened, tmp_path, scene, table_profile):
    picture = scene(32, 32) // 2 + 60
    icc = table_profile(True)
    photo = opened(Image.fromarray(picture), format="PNG", icc_profile=icc)
    assert np.abs(photo.srgb() - through_lcms(Image.fromarray(picture), icc)).max() < 3 / 255
    grey = opened(Image.new("RGB", (1, 1), (128, 128, 128)), format="PNG", icc_profile=icc)
    assert np.abs(grey.pixels - grey.srgb()).max() < 3 / 255  # the tone of the middle is that of sRGB
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert saved.info["icc_profile"] == icc
        assert np.array_equal(np.asarray(saved), picture)


def test_a_profile_without_inverse_tables_is_kept(opened, tmp_path, table_profile):
    icc = table_profile(False)
    photo = opened(Image.fromarray(np.full((4, 4, 3), 128, np.uint8)), format="PNG", icc_profile=icc)
    assert photo.notes == ()
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert saved.info["icc_profile"] == icc
        assert np.array_equal(np.asarray(saved), np.full((4, 4, 3), 128))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize("tagged", [False, True])
def test_cmyk_becomes_rgb_and_is_saved_so(opened, tmp_path, scene, pillow_bytes, kind, tagged):
    profile = built_in("cmyk")
    inks = scene(64, 64, 4) // 2
    image = Image.merge("CMYK", [Image.fromarray(np.ascontiguousarray(inks[..., ink])) for ink in range(4)])
    options = {"icc_profile": profile} if tagged else {}
    data = pillow_bytes(image, kind, **({"quality": 100, "subsampling": 0} if kind == "JPEG" else {}), **options)
    photo = opened(data)
    expected = through_lcms(Image.open(io.BytesIO(data)), profile)
    assert np.abs(photo.pixels - expected).mean() < 1.5 / 255
    assert np.abs(photo.pixels - expected).max() < 16 / 255
    assert any("CMYK" in note for note in photo.notes)
    with Image.open(photo.save(tmp_path / f"b.{kind.lower()}")) as saved:
        assert saved.mode == "RGB" and "icc_profile" not in saved.info
        assert np.abs(np.asarray(saved) / 255 - photo.pixels).mean() < 4 / 255


def test_cmyk_of_sixteen_bits(tmp_path, scene):
    shallow = scene(channels=4)
    tifffile.imwrite(tmp_path / "a.tif", shallow, photometric="separated")
    tifffile.imwrite(tmp_path / "b.tif", shallow.astype(np.uint16) * 257, photometric="separated")
    a, b = read_photo(tmp_path / "a.tif"), read_photo(tmp_path / "b.tif")
    assert b.bit_depth == 16
    assert np.abs(a.pixels - b.pixels).max() < 0.002


def test_unsupported_code_points_are_noted(opened, scene, pillow_bytes):
    data = pillow_bytes(Image.fromarray(scene()), "AVIF")
    at = data.index(b"colrnclx") + 8
    assert opened(data).notes == ()
    wide_and_hdr = data[:at] + struct.pack(">HH", 9, 16) + data[at + 4 :]
    assert any("colours" in note for note in opened(wide_and_hdr).notes)


def test_bytes_after_the_end_of_a_profile_are_ignored(opened, tmp_path, scene, adobe):
    photo = opened(Image.fromarray(scene()), format="JPEG", icc_profile=adobe.icc + bytes(15))
    assert photo.preserved.profile == adobe.icc
    photo.save(tmp_path / "a.png")  # which libpng refuses with them
    with Image.open(tmp_path / "a.png") as saved:
        assert saved.info["icc_profile"] == adobe.icc


def test_a_profile_that_an_encoder_refuses_is_replaced_by_srgb(opened, tmp_path, scene, adobe):
    """Its length is odd, which version 4 forbids and only libpng refuses."""
    profile = struct.pack(">I", len(adobe.icc) + 1) + adobe.icc[4:8] + b"\x04" + adobe.icc[9:] + b"\x00"
    photo = opened(Image.fromarray(scene()), format="JPEG", quality=95, icc_profile=profile)
    assert photo.preserved.profile == profile
    photo.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as saved:
        assert "icc_profile" not in saved.info
        assert np.abs(np.asarray(saved) / 255 - photo.srgb()).max() < 0.003
