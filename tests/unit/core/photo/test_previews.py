"""Previews: colours and orientation for every format, bounded memory for hostile files."""

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.photo import PhotoError
from core.photo import previews as module
from core.photo.previews import read_preview


def written(folder: Path, content: bytes, name: str = "photo.jpg") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def png_header(width: int, height: int, *, interlaced: bool) -> bytes:
    """A PNG that declares a size and has a few bytes of pixels."""

    def chunk(kind: bytes, contents: bytes) -> bytes:
        return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, int(interlaced))
    rows = chunk(b"IDAT", zlib.compress(bytes(10_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def test_every_format_gives_a_small_image(kind: str, sample, tmp_path: Path) -> None:
    data = sample(kind)
    preview = read_preview(written(tmp_path, data, "photo.bin"), 32)
    assert preview.shape == (24, 32, 3) and preview.dtype == np.uint8 and preview.flags.c_contiguous
    with Image.open(io.BytesIO(data)) as picture:
        expected = np.asarray(picture.convert("RGB").resize((32, 24), Image.Resampling.BOX), float)
    assert np.abs(preview - expected).mean() < 6


def test_small_photos_are_not_enlarged(sample, tmp_path: Path) -> None:
    assert read_preview(written(tmp_path, sample("PNG")), 500).shape == (48, 64, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK", "1", "P", "I;16"])
def test_every_kind_of_pixels_becomes_srgb(mode: str, tmp_path: Path) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.full((60, 80), 128 * 257, np.uint16))
    else:
        picture = Image.new("L", (80, 60), 255 if mode == "1" else 128).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
    preview = read_preview(written(tmp_path, buffer.getvalue()), 40)
    assert preview.shape == (30, 40, 3)
    expected = 255 if mode == "1" else 128
    assert np.abs(preview.astype(int) - expected).max() <= (40 if mode == "CMYK" else 1)


def test_transparency_is_filled_with_white(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 0)).save(buffer, "PNG")
    assert (read_preview(written(tmp_path, buffer.getvalue()), 10) == 255).all()


def test_previews_are_upright_and_in_srgb(adobe, tmp_path: Path, camera_exif) -> None:
    pixels = np.full((200, 400, 3), 40, np.uint8)
    pixels[:, :200] = (90, 200, 90)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, icc_profile=adobe.icc, exif=camera_exif(6))
    preview = read_preview(written(tmp_path, buffer.getvalue()), 40)
    assert preview.shape == (40, 20, 3)
    expected, _ = adobe.to_srgb(np.array([90, 200, 90]) / 255)
    assert np.abs(preview[:15].reshape(-1, 3).mean(0) - 255 * expected).max() < 3
    assert preview[25:].mean() < 60


def test_a_truncated_file_gives_a_partial_image(sample, tmp_path: Path) -> None:
    data = sample("JPEG")
    assert read_preview(written(tmp_path, data[: len(data) * 2 // 3]), 32).shape == (24, 32, 3)


def test_raw_and_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    pixels = np.full((96, 128, 3), 60, np.uint8)
    pixels[:, :64] = (200, 60, 60)
    heif.from_pillow(Image.fromarray(pixels)).save(tmp_path / "a.heic", quality=95)
    preview = read_preview(tmp_path / "a.heic", 32)
    assert preview.shape == (24, 32, 3)
    assert np.abs(preview[:, :14].reshape(-1, 3).mean(0) - (200, 60, 60)).max() < 6


def test_tiff_files_of_rare_kinds(tmp_path: Path) -> None:
    pytest.importorskip("imagecodecs")
    main, small = np.full((60, 80, 3), 90, np.uint16) * 256, np.zeros((6, 8, 3), np.uint16)
    with tifffile.TiffWriter(tmp_path / "photo.tif") as file:
        file.write(small, photometric="rgb", metadata=None, subfiletype=1)
        file.write(main, photometric="rgb", metadata=None, compression="zstd")
    preview = read_preview(tmp_path / "photo.tif", 40)
    assert preview.shape == (30, 40, 3) and (preview == 90).all()


class TestHostile:
    def test_other_files_are_refused_by_their_first_bytes(self, tmp_path: Path) -> None:
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="9000">' + b"<g/>" * 20_000
        for content in (drawing, b"GIF89a" + bytes(100), b"%PDF-1.7", b"plain text"):
            with pytest.raises(PhotoError, match=r"photo\.jpg is .*Convert it to one of"):
                read_preview(written(tmp_path, content), 160)

    def test_libvips_never_guesses_the_format(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample) -> None:
        for name in ("new_from_buffer", "new_from_file", "thumbnail_buffer", "thumbnail"):
            monkeypatch.setattr(module.vips().Image, name, None, raising=False)
        for kind in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "BMP"):
            read_preview(written(tmp_path, sample(kind)), 16)

    @pytest.mark.parametrize("size", [(26_000, 26_000), (1_000_001, 1), (2**31 - 1, 2**31 - 1)])
    def test_absurd_sizes_are_refused(self, tmp_path: Path, size: tuple[int, int]) -> None:
        with pytest.raises(PhotoError, match=r"photo\.jpg claims to have"):
            read_preview(written(tmp_path, png_header(*size, interlaced=True)), 160)

    def test_decoders_that_hold_the_whole_image_refuse_huge_ones(self, tmp_path: Path) -> None:
        file = written(tmp_path, png_header(20_000, 20_000, interlaced=True))
        with pytest.raises(PhotoError, match=r"photo\.jpg is too large for a preview"):
            read_preview(file, 160)

    def test_progressive_jpeg_needs_memory_for_all_coefficients(
        self, tmp_path: Path, sample, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = written(tmp_path, sample("JPEG progressive"))
        assert read_preview(file, 32).shape == (24, 32, 3)
        monkeypatch.setattr(module, "MAX_BYTES", 48 * 64 * 3 * 2 - 1)
        with pytest.raises(PhotoError, match="too large for a preview"):
            read_preview(file, 64)

    def test_very_long_rows_need_memory(self, tmp_path: Path) -> None:
        with pytest.raises(PhotoError, match="too large for a preview"):
            read_preview(written(tmp_path, png_header(900_000, 500, interlaced=False)), 160)

    def test_a_row_of_tall_tiles_needs_memory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tifffile.imwrite(
            tmp_path / "photo.tif", np.zeros((64, 64, 3), np.uint8), photometric="rgb", tile=(64, 16), metadata=None
        )
        assert read_preview(tmp_path / "photo.tif", 32).shape == (32, 32, 3)
        monkeypatch.setattr(module, "MAX_BYTES", 64 * 64 * 3 - 1)
        with pytest.raises(PhotoError, match="too large for a preview"):
            read_preview(tmp_path / "photo.tif", 32)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
    def test_a_pipe_is_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.jpg")
        begun = time.monotonic()
        with pytest.raises(PhotoError, match="not a regular file"):
            read_preview(tmp_path / "pipe.jpg", 160)
        assert time.monotonic() - begun < 30  # it would block forever

    @pytest.mark.parametrize("cut", [9, 30, 60, 200])
    def test_damage_is_an_error_or_gives_an_image(self, kind: str, sample, tmp_path: Path, cut: int) -> None:
        data = bytearray(sample(kind))
        data[cut : cut + 8] = b"\xff" * 8
        for content in (bytes(data), bytes(data[:cut])):
            try:
                assert read_preview(written(tmp_path, content), 32).ndim == 3
            except PhotoError as error:
                assert "photo.jpg" in str(error)
