from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data.data_errors import DataError
from training.data.pictures import read_grey, read_picture


def encoded(suffix: str) -> bytes:
    picture = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8), (64, 48))
    return cv2.imencode(suffix, picture)[1].tobytes()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tif"])
def test_truncated_pictures_are_rejected(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"x{suffix}"
    whole = encoded(suffix)
    file.write_bytes(whole + b"\0\0trailer")  # some cameras append something
    assert read_picture(file).shape == (48, 64, 3) and read_grey(file).shape == (48, 64)
    for size in (0, 5, len(whole) // 2, len(whole) - 2):
        file.write_bytes(whole[:size])
        with pytest.raises(DataError, match=rf"x\{suffix}"):
            read_picture(file)


def test_a_complete_thumbnail_does_not_hide_a_truncated_photograph(tmp_path: Path) -> None:
    thumbnail, photo = encoded(".jpg"), encoded(".jpg")
    segment = b"\xff\xe1" + (2 + len(thumbnail)).to_bytes(2, "big") + thumbnail
    file = tmp_path / "x.jpg"
    file.write_bytes(photo[:2] + segment + photo[2:])
    assert read_picture(file).shape == (48, 64, 3)
    file.write_bytes(photo[:2] + segment + photo[2:-40])
    with pytest.raises(DataError, match="truncated"):
        read_picture(file)


def test_orientation_is_applied(tmp_path: Path) -> None:
    photo = encoded(".jpg")
    tiff = b"II*\0\x08\0\0\0\x01\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + b"\0\0\0\0"  # orientation 6: turn right
    exif = b"Exif\0\0" + tiff
    (tmp_path / "x.jpg").write_bytes(photo[:2] + b"\xff\xe1" + (2 + len(exif)).to_bytes(2, "big") + exif + photo[2:])
    (tmp_path / "y.jpg").write_bytes(photo)
    np.testing.assert_array_equal(read_picture(tmp_path / "x.jpg"), np.rot90(read_picture(tmp_path / "y.jpg"), -1))
