"""AVIF boxes, against files that Pillow writes."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, features

from core.photo.formats import avif

pytestmark = pytest.mark.skipif(not features.check("avif"), reason="this Pillow cannot write AVIF")


def encoded(**options: object) -> bytes:
    file = io.BytesIO()
    pixels = np.arange(48 * 64 * 3, dtype=np.uint32).reshape(48, 64, 3) % 251
    Image.fromarray(pixels.astype(np.uint8)).save(file, "AVIF", quality=80, speed=10, **options)
    return file.getvalue()


def test_size_and_colour_are_those_of_the_file() -> None:
    data = encoded()
    assert avif.declared_size(data) == (64, 48)
    assert b"avif" in avif.brands(data)
    assert not avif.is_monochrome(data)
    assert avif.is_monochrome(encoded(subsampling="4:0:0"))
    assert avif.code_points(data) == (1, 13)  # BT.709 primaries and the sRGB curve, by ITU-T H.273


def test_boxes_with_64_bit_sizes_are_read() -> None:
    data = encoded()
    at = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    wide = data[:at] + struct.pack(">I4sQ", 1, b"mdat", size + 8) + data[at + 8 :]
    assert (avif.declared_size(wide), avif.code_points(wide)) == (avif.declared_size(data), avif.code_points(data))


def test_without_a_main_image_all_properties_count() -> None:
    data = encoded().replace(b"pitm", b"free")
    assert avif.code_points(data) == (1, 13)


def test_truncated_files_raise_nothing() -> None:
    data = encoded()
    for length in range(0, len(data), 7):
        part = data[:length]
        assert avif.declared_size(part) in (None, (64, 48))
        assert avif.code_points(part) in (None, (1, 13))
        assert avif.is_monochrome(part) in (True, False)


def test_metadata_needs_a_placeholder() -> None:
    data, exif = encoded(), b"II*\x00\x08\x00\x00\x00\x00\x00"
    assert avif.with_metadata(data, None) == data
    with pytest.raises(ValueError, match="no item"):
        avif.with_metadata(data, exif)
    with pytest.raises(ValueError, match="no item"):
        avif.with_metadata(data[:40], exif)
