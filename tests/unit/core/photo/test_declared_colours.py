"""Colours declared without an ICC profile: gAMA, cHRM, cICP, nclx, BMP headers, TIFF primaries, Adobe RGB by EXIF."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from core.photo import read_photo
from core.photo.declared_colours import LINKED, UNKNOWN, profile_of_file

P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
SRGB = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
D65 = (0.3127, 0.3290)


def expected_srgb(values: np.ndarray, primaries, gamma: float | None) -> np.ndarray:
    """Encoded ``values`` by chromaticities under D65 and a power, or the curve of sRGB → sRGB, by XYZ under D65."""

    def to_xyz(corners) -> np.ndarray:
        xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in zip(corners[::2], corners[1::2], strict=True)]).T
        white = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
        return xyz * np.linalg.solve(xyz, white)

    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = linear if gamma is None else values**gamma
    light = np.clip(linear @ (np.linalg.inv(to_xyz(SRGB)) @ to_xyz(primaries)).T, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def png_with(picture: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    added = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return buffer.getvalue()[:33] + added + buffer.getvalue()[33:]


def gama(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100000 / exponent))


def chrm(primaries) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(100000 * value) for value in (*D65, *primaries)))


CASES = [
    ([gama(1.0)], SRGB, 1.0),
    ([gama(2.2), chrm(ADOBE)], ADOBE, 2.2),
    ([chrm(P3)], P3, None),
    ([gama(1.8)], SRGB, 1.8),
    ([(b"cICP", bytes((12, 13, 0, 1)))], P3, None),
    ([(b"cICP", bytes((12, 13, 0, 1))), gama(1.0), (b"sRGB", b"\x00")], P3, None),
]


@pytest.mark.parametrize(("chunks", "primaries", "gamma"), CASES)
def test_declared_colours_of_a_png_are_applied_and_saved_as_a_profile(
    opened, tmp_path, scene, chunks, primaries, gamma
) -> None:
    picture = scene()
    photo = opened(png_with(picture, *chunks))
    expected = expected_srgb(picture / 255, primaries, gamma)
    assert photo.notes == ()
    assert np.abs(photo.srgb() - expected).max() < 0.003
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert np.array_equal(np.asarray(saved), picture)
        source = ImageCms.ImageCmsProfile(io.BytesIO(saved.info["icc_profile"]))
        target = ImageCms.createProfile("sRGB")
        managed = ImageCms.profileToProfile(saved, source, target, 1, flags=ImageCms.Flags.NOOPTIMIZE)
    assert np.abs(np.asarray(managed) / 255 - expected).max() < 1.6 / 255


@pytest.mark.parametrize(
    "chunks",
    [
        [gama(2.2)],
        [gama(2.2), chrm(SRGB)],
        [gama(1.0), (b"sRGB", b"\x00")],
        [(b"cICP", bytes((1, 13, 0, 1)))],
        [(b"gAMA", struct.pack(">I", 0))],
        [(b"gAMA", b"\x01")],
        [(b"cHRM", bytes(32))],
    ],
)
def test_srgb_and_invalid_declarations_leave_a_png_unchanged(opened, scene, chunks) -> None:
    photo = opened(png_with(scene(), *chunks))
    assert photo.preserved.profile is None and photo.notes == ()
    assert np.array_equal(np.rint(photo.pixels * 255), scene())


def test_a_profile_takes_precedence_over_gama_and_code_points_over_both(opened, pillow_bytes, scene, adobe) -> None:
    data = pillow_bytes(Image.fromarray(scene()), "PNG", icc_profile=adobe.icc)
    one = png_with(scene(), gama(1.0))[33:49]
    assert opened(data[:33] + one + data[33:]).preserved.profile == adobe.icc
    points = png_with(scene(), (b"cICP", bytes((12, 13, 0, 1))))[33:49]
    photo = opened(data[:33] + points + data[33:])
    assert np.abs(photo.srgb() - expected_srgb(scene() / 255, P3, None)).max() < 0.003


def test_a_grey_png_keeps_its_gamma(opened, tmp_path) -> None:
    ramp = np.arange(256, dtype=np.uint8)[None]
    photo = opened(png_with(ramp, gama(1.0)))
    assert np.abs(photo.pixels[0] - expected_srgb(np.repeat(ramp.T / 255, 3, axis=1), SRGB, 1.0)).max() < 1e-4
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert saved.mode == "L" and np.array_equal(np.asarray(saved), ramp)
        assert ImageCms.ImageCmsProfile(io.BytesIO(saved.info["icc_profile"])).profile.xcolor_space.strip() == "GRAY"


@pytest.mark.parametrize(
    ("points", "primaries", "note"), [((12, 13), P3, None), ((1, 1), SRGB, None), ((9, 16), SRGB, UNKNOWN)]
)
def test_the_code_points_of_an_avif(opened, tmp_path, scene, pillow_bytes, points, primaries, note) -> None:
    data = pillow_bytes(Image.fromarray(scene()), "AVIF", quality=100, subsampling="4:4:4")
    at = data.index(b"colrnclx") + 8
    plain = opened(data)
    photo = opened(data[:at] + struct.pack(">HH", *points) + data[at + 4 :])
    assert photo.notes == ((note,) if note else ())
    assert np.abs(photo.srgb() - expected_srgb(plain.pixels.astype(float), primaries, None)).max() < 0.003
    if primaries == P3:
        assert read_photo(photo.save(tmp_path / "b.avif", quality=100)).preserved.profile == photo.preserved.profile


def bmp_v5(picture: np.ndarray, kind: int, profile: bytes = b"", ends=(0,) * 9, gammas=(0,) * 3) -> bytes:
    height, width, _ = picture.shape
    rows = np.zeros((height, (width * 3 + 3) // 4 * 4), np.uint8)
    rows[:, : width * 3] = picture[::-1, :, ::-1].reshape(height, -1)
    info = struct.pack("<IiiHHIIiiII16x", 124, width, height, 1, 24, 0, rows.nbytes, 0, 0, 0, 0)
    start = 124 + rows.nbytes
    info += struct.pack("<I9i3I", kind, *(round(v * 2**30) for v in ends), *(round(v * 65536) for v in gammas))
    info += struct.pack("<4I", 4, start, len(profile), 0)
    return struct.pack("<2sIHHI", b"BM", 14 + start + len(profile), 0, 0, 138) + info + rows.tobytes() + profile


def test_the_profile_of_a_bmp_is_applied_and_kept(opened, tmp_path, scene, adobe) -> None:
    photo = opened(bmp_v5(scene(), 0x4D424544, adobe.icc))
    expected, _ = adobe.to_srgb(scene() / 255)
    assert np.abs(photo.srgb() - expected).max() < 0.002
    again = photo.save(tmp_path / "b.bmp").read_bytes()
    assert read_photo(tmp_path / "b.bmp").preserved.profile == adobe.icc
    assert again.endswith(adobe.icc) and len(again) == int.from_bytes(again[2:6], "little")
    with Image.open(io.BytesIO(again)) as saved:
        assert np.array_equal(np.asarray(saved), scene())
    with Image.open(photo.save(tmp_path / "b.png")) as saved:
        assert saved.info["icc_profile"] == adobe.icc


def test_other_colour_declarations_of_a_bmp(opened, scene) -> None:
    assert opened(bmp_v5(scene(), 0x4C494E4B, b"C:\\x.icc\x00")).notes == (LINKED,)
    for kind in (0x73524742, 0x57696E20, 0):  # sRGB, Windows' own, and numbers that are all zero
        photo = opened(bmp_v5(scene(), kind))
        assert photo.preserved.profile is None and photo.notes == ()
    ends = [value for x, y in zip(ADOBE[::2], ADOBE[1::2], strict=True) for value in (x, y, 1 - x - y)]
    corners = np.reshape(ends, (3, 3))
    light = np.linalg.solve(corners.T, [D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
    photo = opened(bmp_v5(scene(), 0, ends=(corners * light[:, None]).ravel(), gammas=(2.2,) * 3))
    assert np.abs(photo.srgb() - expected_srgb(scene() / 255, ADOBE, 2.2)).max() < 0.003


def test_primaries_of_a_tiff(tmp_path, scene) -> None:
    def rationals(values) -> tuple[int, ...]:
        return tuple(number for value in values for number in (round(value * 10000), 10000))

    for primaries in (P3, SRGB):
        tags = [(318, 5, 2, rationals(D65), True), (319, 5, 6, rationals(primaries), True)]
        tifffile.imwrite(tmp_path / "a.tif", scene(), photometric="rgb", extratags=tags)
        photo = read_photo(tmp_path / "a.tif")
        assert np.abs(photo.srgb() - expected_srgb(scene() / 255, primaries, None)).max() < 0.003
        assert (photo.preserved.profile is None) == (primaries == SRGB)


@pytest.mark.parametrize(("space", "index", "adobe_rgb"), [(65535, "R03", True), (2, None, True), (1, "R98", False)])
def test_adobe_rgb_by_the_design_rule_of_camera_files(opened, tmp_path, scene, space, index, adobe_rgb) -> None:
    exif = Image.Exif()
    detail = exif.get_ifd(0x8769)
    detail[0xA001] = space
    if index:
        detail[0xA005] = {1: index, 2: b"0100"}
    photo = opened(Image.fromarray(scene()), format="JPEG", quality=100, subsampling=0, exif=exif)
    with Image.open(photo.source) as source:
        values = np.asarray(source) / 255
    expected = expected_srgb(values, ADOBE, 563 / 256) if adobe_rgb else values
    assert photo.notes == () and (photo.preserved.profile is not None) == adobe_rgb
    assert np.abs(photo.srgb() - expected).max() < 0.01
    with Image.open(photo.save(tmp_path / "b.jpg")) as saved:
        assert ("icc_profile" in saved.info) == adobe_rgb
    assert profile_of_file(b"", "raw", None, 3, photo.preserved.exif) == (None, None)  # raw files are developed to sRGB


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("grey", [False, True])
def test_floating_point_tiff(tmp_path, scene, dtype, grey) -> None:
    values = (scene() / 255).astype(dtype)
    values = values[..., 0] if grey else values
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack" if grey else "rgb")
    photo = read_photo(tmp_path / "a.tif")
    assert len(photo.notes) == 1 and "floating-point" in photo.notes[0] and "16 bits" in photo.notes[0]
    saved = tifffile.imread(photo.save(tmp_path / "b.tif"))
    assert saved.dtype == np.uint16 and saved.shape == values.shape
    assert np.abs(saved / 65535 - values).max() < 1 / 65535
    bright = values * dtype(1.5)
    bright.flat[0] = np.nan if dtype is np.float32 else -1  # libtiff takes half-precision NaN for infinity
    tifffile.imwrite(tmp_path / "c.tif", bright, photometric="minisblack" if grey else "rgb")
    hdr = read_photo(tmp_path / "c.tif")
    assert any("HDR" in note for note in hdr.notes)
    assert hdr.pixels.flat[0] == 0 and hdr.pixels.max() == 1
