"""BMP files of every kind, made byte by byte."""

import struct

import numpy as np
import pytest
from PIL import Image

from core.photo import Photo


def levels(photo: Photo, maximum: int = 255) -> np.ndarray:
    scaled = photo.pixels.astype(np.float64) * maximum
    assert np.abs(scaled - np.rint(scaled)).max() < 0.01
    return np.rint(scaled).astype(int)


def bmp_file(
    rows: bytes, width: int, height: int, bits: int, compression: int = 0, extra: bytes = b"", size=40
) -> bytes:
    start = 14 + 40 + len(extra)
    info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(rows), 3937, 3937, 0, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + info + extra + rows


def test_bmp_with_sixteen_bits_per_pixel(opened):
    red, green, blue = 31 << 10, 31 << 5, 31
    rows = struct.pack("<4H", red, green, blue, red | green | blue)
    assert levels(opened(bmp_file(rows, 4, 1, 16))).tolist() == [
        [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]
    ]
    masks = struct.pack("<3I", 0xF800, 0x07E0, 0x001F)
    rows = struct.pack("<2H", 0xF800 | 0x0400, 0x07E0)
    assert levels(opened(bmp_file(rows, 2, 1, 16, 3, masks))).tolist() == [[[255, 130, 0], [0, 255, 0]]]


def test_bmp_with_rows_from_the_top_and_alpha(opened):
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    rows = struct.pack("<2I", 0x80102030, 0xFF405060)
    photo = opened(bmp_file(rows, 1, -2, 32, 3, masks, size=56))
    assert levels(photo).tolist() == [[[16, 32, 48]], [[64, 80, 96]]]
    assert np.rint(photo.alpha * 255).tolist() == [[128], [255]]
    empty = opened(bmp_file(struct.pack("<I", 0x00102030), 1, 1, 32, 3, masks, size=56))
    assert empty.alpha is None and levels(empty).tolist() == [[[16, 32, 48]]]


def test_bmp_with_run_lengths(opened):
    palette = bytes((0, 0, 255, 0, 255, 0, 0, 0)) + bytes(4 * 254)
    rows = bytes((3, 0, 1, 1, 0, 0, 4, 1, 0, 1))
    photo = opened(bmp_file(rows, 4, 2, 8, 1, palette))
    red, blue = [255, 0, 0], [0, 0, 255]
    assert levels(photo).tolist() == [[blue] * 4, [red] * 3 + [blue]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_bmp_of_every_mode_of_pillow(opened, scene, mode):
    picture = Image.fromarray(scene()).convert(mode)
    photo = opened(picture, format="BMP")
    assert np.array_equal(levels(photo), np.asarray(picture.convert("RGB")))
    assert photo.preserved.grey == (mode in ("1", "L"))


def test_a_palette_of_greys_is_grey_and_an_index_beyond_it_black(opened):
    palette = bytes((90, 90, 90, 0, 10, 10, 10, 0))
    start = 14 + 40 + len(palette)
    rows = bytes((0, 1, 7, 0))
    info = struct.pack("<IiiHHIIiiII", 40, 4, 1, 1, 8, 0, 4, 0, 0, 2, 0)
    photo = opened(struct.pack("<2sIHHI", b"BM", start + 4, 0, 0, start) + info + palette + rows)
    assert photo.preserved.grey and levels(photo)[0, :, 0].tolist() == [90, 10, 0, 90]


@pytest.mark.parametrize("grey", [True, False])
def test_what_is_written_is_what_pillow_reads(tmp_path, scene, grey):
    pixels = scene()[..., 0] if grey else scene()
    with Image.open(Photo.from_array(pixels).save(tmp_path / "a.bmp")) as saved:
        assert np.array_equal(np.asarray(saved), pixels) and "dpi" not in saved.info
