"""TIFF files that libvips does not read: compressions, bit depths, CIELAB; and errors that name them."""

import struct
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import tifffile

from core.photo import PhotoError, read_photo

imagecodecs = pytest.importorskip("imagecodecs")


CODECS = ["zstd", "lzma", "jpeg2000", "lerc", "jpegxr", "png"]


def saved(folder: Path, pixels: np.ndarray, **options) -> Path:
    path = folder / "photo.tif"
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path


def tiff_of(pixels: bytes, width: int, height: int, bits: tuple[int, ...], photometric: int) -> bytes:
    """A TIFF with one uncompressed strip, written byte by byte."""
    samples = len(bits)
    extra = 8 + 2 + 8 * 12 + 4
    fields = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, samples, extra if samples > 2 else bits[0]),
        (259, 3, 1, 1),
        (262, 3, 1, photometric),
        (273, 4, 1, extra + 2 * samples),
        (277, 3, 1, samples),
        (279, 4, 1, len(pixels)),
    ]
    directory = struct.pack("<H", len(fields)) + b"".join(struct.pack("<HHII", *field) for field in fields)
    return b"II*\x00" + struct.pack("<I", 8) + directory + bytes(4) + struct.pack(f"<{samples}H", *bits) + pixels


def refusal(path: Path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


class TestCodecs:
    @pytest.mark.parametrize("codec", CODECS)
    def test_pixels_are_those_that_were_saved(self, codec: str, tmp_path: Path, scene) -> None:
        pixels = scene()
        options = {"compressionargs": {"level": 100}} if codec == "jpegxr" else {}
        photo = read_photo(saved(tmp_path, pixels, photometric="rgb", compression=codec, **options))
        np.testing.assert_array_equal(np.rint(photo.pixels * 255), pixels)
        assert (photo.format, photo.bit_depth, photo.notes) == ("tiff", 8, ())

    @pytest.mark.parametrize(
        "options", [{"predictor": True}, {"tile": (16, 16)}, {"byteorder": ">"}, {"bigtiff": True}]
    )
    def test_in_every_layout(self, options: dict, tmp_path: Path, scene) -> None:
        pixels = scene(dtype=np.uint16)
        photo = read_photo(saved(tmp_path, pixels, photometric="rgb", compression="zstd", **options))
        np.testing.assert_array_equal(np.rint(photo.pixels * 65535), pixels)
        assert photo.bit_depth == 16

    def test_with_channels_apart(self, tmp_path: Path, scene) -> None:
        pixels = scene()
        planes = np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
        file = saved(tmp_path, planes, photometric="rgb", compression="zstd", planarconfig="separate")
        np.testing.assert_array_equal(np.rint(read_photo(file).pixels * 255), pixels)

    def test_with_transparency_profile_and_exif(self, tmp_path: Path, scene, adobe) -> None:
        pixels = scene(channels=4)
        tags = [(34675, 7, len(adobe.icc), adobe.icc, True), (271, "s", 0, "Maker", True)]
        options = {"photometric": "rgb", "extrasamples": ["unassalpha"], "extratags": tags}
        plain, packed = (read_photo(saved(tmp_path, pixels, compression=codec, **options)) for codec in (None, "zstd"))
        np.testing.assert_array_equal(packed.pixels, plain.pixels)
        np.testing.assert_array_equal(packed.alpha, plain.alpha)
        assert packed.preserved.profile == adobe.icc and b"Maker" in packed.preserved.exif
        assert packed.preserved.exif == plain.preserved.exif

    @pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
    def test_grey(self, photometric: str, tmp_path: Path, scene) -> None:
        pixels = scene(channels=1)[..., 0]
        photo = read_photo(saved(tmp_path, pixels, photometric=photometric, compression="lzma"))
        levels = np.rint(photo.pixels * 255)
        np.testing.assert_array_equal(levels[..., 0], pixels if photometric == "minisblack" else 255 - pixels)
        assert photo.preserved.grey

    def test_a_palette_is_resolved(self, tmp_path: Path, scene) -> None:
        indices = scene(channels=1)[..., 0]
        palette = np.random.default_rng(1).integers(0, 256, (3, 256)).astype(np.uint16) * 257
        photo = read_photo(saved(tmp_path, indices, photometric="palette", colormap=palette, compression="zstd"))
        np.testing.assert_array_equal(np.rint(photo.pixels * 65535), np.moveaxis(palette[:, indices], 0, -1))

    def test_compressed_cmyk_equals_uncompressed(self, tmp_path: Path, scene) -> None:
        pixels = scene(channels=4)
        options = {"photometric": "separated"}
        plain, packed = (read_photo(saved(tmp_path, pixels, compression=codec, **options)) for codec in (None, "zstd"))
        np.testing.assert_array_equal(packed.pixels, plain.pixels)
        assert packed.notes == plain.notes and "CMYK" in packed.notes[0]

    @pytest.mark.parametrize("codec", CODECS[:3])
    def test_a_file_cut_short_is_refused(self, codec: str, tmp_path: Path, scene) -> None:
        path = saved(tmp_path, scene(), photometric="rgb", compression=codec)
        data = path.read_bytes()
        for length in range(200, len(data), 97):
            path.write_bytes(data[:length])
            assert "cut short" in refusal(path)

    def test_an_absurd_size_is_refused(self, tmp_path: Path) -> None:
        path = saved(tmp_path, np.zeros((4, 4, 3), np.uint8), photometric="rgb", compression="zstd")
        data = bytearray(path.read_bytes())
        for tag in (256, 257):
            struct.pack_into("<I", data, data.index(struct.pack("<HHI", tag, 4, 1)) + 8, 10**6)
        path.write_bytes(data)
        assert "claims to have" in refusal(path)

    def test_without_the_extra_the_error_names_it(self, tmp_path: Path, scene, monkeypatch: pytest.MonkeyPatch) -> None:
        path = saved(tmp_path, scene(), photometric="rgb", compression="zstd")
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
        message = refusal(path)
        assert "a TIFF compressed by Zstandard" in message and "pip install tifffile imagecodecs" in message
        assert "without compression" in message


class TestBits:
    def test_twelve_bits_are_kept_as_they_are(self, tmp_path: Path) -> None:
        values = np.random.default_rng(0).integers(0, 4096, (10, 16, 3))
        pairs = values.reshape(-1, 2)
        high, low = pairs[:, 0], pairs[:, 1]
        packed = np.stack([high >> 4, (high & 15) << 4 | low >> 8, low & 255], axis=1).astype(np.uint8).tobytes()
        (tmp_path / "photo.tif").write_bytes(tiff_of(packed, 16, 10, (12, 12, 12), 2))
        photo = read_photo(tmp_path / "photo.tif")
        np.testing.assert_array_equal(np.rint(photo.pixels * 4095), values)
        assert (photo.bit_depth, photo.preserved.sample_bits) == (16, 12)
        photo.save(tmp_path / "again.tif")
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "again.tif"), np.rint(values * (65535 / 4095)))

    def test_four_bits_in_colour(self, tmp_path: Path) -> None:
        values = np.random.default_rng(0).integers(0, 16, (6, 8, 3))
        flat = values.reshape(-1, 2)
        packed = (flat[:, 0] << 4 | flat[:, 1]).astype(np.uint8).tobytes()
        (tmp_path / "photo.tif").write_bytes(tiff_of(packed, 8, 6, (4, 4, 4), 2))
        photo = read_photo(tmp_path / "photo.tif")
        np.testing.assert_array_equal(np.rint(photo.pixels * 255), values * 17)


class TestLab:
    COLOURS: ClassVar = {
        (100.0, 0.0, 0.0): (255, 255, 255),
        (0.0, 0.0, 0.0): (0, 0, 0),
        (53.39, 0.0, 0.0): (127, 127, 127),
        (54.29, 80.81, 69.89): (255, 0, 0),
        (87.82, -79.27, 80.99): (0, 255, 0),
        (29.57, 68.30, -112.03): (0, 0, 255),
    }
    """CIELAB under D50 of sRGB's primaries, adapted by Bradford (Lindbloom), to sRGB."""

    @pytest.mark.parametrize(("bits", "tolerance"), [(8, 10), (16, 1)])
    @pytest.mark.parametrize("kind", [8, 9])
    def test_is_converted_to_srgb(self, bits: int, tolerance: int, kind: int, tmp_path: Path) -> None:
        lab = np.array([list(self.COLOURS)] * 4)  # (4, 6, 3)
        scale = 2 ** (bits - 8)
        lightness = lab[..., :1] / 100 * (2**bits - 1 if kind == 8 else 255 * scale)
        chroma = lab[..., 1:] * scale + (0 if kind == 8 else 128 * scale)
        values = np.rint(np.concatenate([lightness, chroma], axis=2)).astype(np.int32)
        stored = values.astype(np.uint8 if bits == 8 else "<u2")  # negative ones as their complement of two
        (tmp_path / "photo.tif").write_bytes(tiff_of(stored.tobytes(), 6, 4, (bits,) * 3, kind))
        photo = read_photo(tmp_path / "photo.tif")
        expected = np.array([list(self.COLOURS.values())] * 4)
        assert np.abs(photo.pixels * 255 - expected).max() <= tolerance
        assert photo.notes == ("The photo is in CIELAB; it is saved as sRGB colour.",)
        assert (photo.bit_depth, photo.preserved.profile) == (16, None)
