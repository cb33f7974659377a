"""Files that cannot be opened: a PhotoError names the file, nothing else happens, nothing is printed."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import DFPIRError
from core.photo import MAX_PIXELS, Photo, PhotoError, read_photo


def refused(path: Path, *words: str) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    message = str(caught.value)
    assert path.name in message
    for word in words:
        assert word in message
    return message


def test_photo_error_is_a_dfpir_error():
    assert issubclass(PhotoError, DFPIRError)


def test_a_missing_file(tmp_path):
    refused(tmp_path / "nowhere.jpg", "No such file", "Check the name")


def test_a_missing_folder(tmp_path):
    refused(tmp_path / "no" / "where.jpg")


def test_a_file_used_as_a_folder(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    refused(tmp_path / "a" / "b.jpg")


def test_a_folder(tmp_path):
    refused(tmp_path, "is a folder")


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    refused(tmp_path / "empty.jpg", "0 bytes")


def test_an_invalid_name(tmp_path):
    with pytest.raises(PhotoError, match="not a valid file name"):
        read_photo(tmp_path / "a\0b.jpg")


def test_a_name_that_is_too_long(tmp_path):
    refused(tmp_path / ("x" * 300 + ".jpg"), "too long")


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    refused(tmp_path / "pipe.jpg", "not a regular file")


def test_a_file_without_read_permission(tmp_path, sample, monkeypatch):
    path = tmp_path / "secret.jpg"
    path.write_bytes(sample("JPEG"))

    def denied(file):
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("core.photo.reading.open_regular", denied)
    refused(path, "Permission denied", "permissions")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello, this is a text file", "not a photo"),
        (b"\x00" * 1000, "not a photo"),
        (b"GIF89a" + bytes(100), "GIF"),
        (b"8BPS" + bytes(100), "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo"),
    ],
)
def test_files_of_other_kinds(tmp_path, content, words):
    (tmp_path / "photo.jpg").write_bytes(content)
    message = refused(tmp_path / "photo.jpg", words, "Convert it")
    assert "JPEG" in message and "AVIF" in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "HEIC"),
        (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x00crx isom" + bytes(100), "raw"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
    ],
)
def test_files_with_only_the_signature_of_raw_or_heic(tmp_path, content, words):
    (tmp_path / "photo.jpg").write_bytes(content)
    refused(tmp_path / "photo.jpg", words)


def test_files_cut_short_anywhere(tmp_path, kind, sample):
    data = sample(kind)
    path = tmp_path / "cut.img"
    path.write_bytes(data)
    assert read_photo(path).width == 64
    cuts = {1, 2, 3, 5, 8, 12, 13, 20, 26, 33, 54, 100, 150} | {len(data) * step // 17 for step in range(1, 17)}
    cuts |= {len(data) - step for step in (1, 2, 3, 5, 9, 13, 30, 64)}
    if kind.startswith("JPEG"):
        cuts -= {len(data) - 1, len(data) - 2}  # only its end marker is missing
    for length in sorted(cuts):
        path.write_bytes(data[:length])
        refused(path)


@pytest.mark.parametrize("kind", ["JPEG", "JPEG progressive"])
def test_a_jpeg_cut_short_and_closed_with_an_end_marker(tmp_path, sample, kind):
    data = sample(kind)
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2] + b"\xff\xd9")
    refused(tmp_path / "cut.jpg", "damaged or cut short")


def test_harmless_bytes_between_jpeg_segments_are_ignored(tmp_path, sample):
    data = sample("JPEG")
    (tmp_path / "a.jpg").write_bytes(data[:20] + b"zz" + data[20:] + b"trailing bytes")
    (tmp_path / "b.jpg").write_bytes(data)
    assert np.array_equal(read_photo(tmp_path / "a.jpg").pixels, read_photo(tmp_path / "b.jpg").pixels)


@pytest.mark.parametrize("layout", [{"tile": (16, 16)}, {"rowsperstrip": 8}])
def test_damaged_data_within_a_tiff(tmp_path, layout):
    picture = np.random.default_rng(1).integers(0, 60, (48, 64, 3), dtype=np.uint8)
    path = tmp_path / "damaged.tif"
    tifffile.imwrite(path, picture, photometric="rgb", compression="zlib", **layout)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    data[len(data) // 2 + 7] ^= 0x55
    path.write_bytes(data)
    refused(path, "damaged")


def test_damaged_data_within_a_png(tmp_path, sample):
    data = bytearray(sample("PNG"))
    data[len(data) // 2] ^= 0x10
    (tmp_path / "damaged.png").write_bytes(data)
    refused(tmp_path / "damaged.png", "damaged")


def with_size(data: bytes, kind: str, width: int, height: int) -> bytes:
    """The file with another size in its header."""
    data = bytearray(data)
    if kind == "PNG":
        data[16:24] = struct.pack(">II", width, height)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif kind == "JPEG":
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    elif kind == "AVIF":
        at = data.index(b"ispe")
        data[at + 8 : at + 16] = struct.pack(">II", width, height)
    elif kind == "TIFF":
        tags = tifffile.TiffFile(io.BytesIO(bytes(data))).pages[0].tags
        for tag, value in ((256, width), (257, height)):
            data[tags[tag].offset + 2 : tags[tag].offset + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "width", "height"),
    [
        ("PNG", 30000, 30000),
        ("PNG", 2**31 - 1, 2**31 - 1),
        ("PNG", 2_000_000, 1),
        ("JPEG", 60000, 60000),
        ("BMP", 40000, 40000),
        ("BMP", 2**31 - 1, 2**31 - 1),
        ("AVIF", 40000, 40000),
        ("AVIF", 1_845_493_824, 1_845_493_824),
        ("TIFF", 40000, 40000),
    ],
)
def test_absurd_dimensions_are_refused_from_the_header(tmp_path, sample, kind, width, height, capfd):
    (tmp_path / "bomb.img").write_bytes(with_size(sample(kind), kind, width, height))
    refused(tmp_path / "bomb.img", str(width), str(height), f"{MAX_PIXELS // 1_000_000} megapixels")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "AVIF", "TIFF"])
def test_a_size_larger_than_the_data(tmp_path, sample, kind):
    (tmp_path / "large.img").write_bytes(with_size(sample(kind), kind, 3000, 2000))
    refused(tmp_path / "large.img")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_no_pixels_at_all(tmp_path, sample, kind):
    (tmp_path / "none.img").write_bytes(with_size(sample(kind), kind, 0, 48))
    refused(tmp_path / "none.img")


def test_long_and_thin_is_fine(tmp_path):
    Image.new("RGB", (1, 20000), (1, 2, 3)).save(tmp_path / "thin.png")
    assert read_photo(tmp_path / "thin.png").height == 20000


@pytest.mark.parametrize("dtype", [np.uint32, np.int16])
def test_unsupported_number_types(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8, 3), dtype), photometric="rgb")
    refused(tmp_path / "a.tif", "16-bit RGB")


def test_camera_raw_files_and_their_previews(tmp_path):
    picture = np.zeros((8, 8, 3), np.uint8)
    tifffile.imwrite(tmp_path / "a.dng", picture, photometric="rgb", extratags=[(50706, 1, 4, (1, 4, 0, 0), True)])
    tifffile.imwrite(tmp_path / "b.nef", picture, photometric="rgb", subfiletype=1)
    for name in ("a.dng", "b.nef"):
        refused(tmp_path / name, "raw converter")


def test_too_little_memory(tmp_path, sample, monkeypatch):
    (tmp_path / "a.png").write_bytes(sample("PNG"))

    def full(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(np, "empty", full)
    refused(tmp_path / "a.png", "not enough memory")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_more_than_the_memory_holds_is_refused_before_it_is_decoded(tmp_path, sample, monkeypatch, kind):
    (tmp_path / "large.img").write_bytes(with_size(sample(kind), kind, 21000, 21000))
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=6 * 10**9))
    refused(tmp_path / "large.img", "not enough memory")  # 21000² · (3 + 12) bytes are 6.6 GB
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=7 * 10**9))
    refused(tmp_path / "large.img", "damaged or cut short")


def test_without_libvips_importing_works_and_reading_names_the_package(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    program = (
        "import sys\n"
        "sys.modules['pyvips'] = None\n"
        "from core.photo import Photo, PhotoError, read_photo\n"
        "try:\n"
        "    read_photo(sys.argv[1])\n"
        "except PhotoError as error:\n"
        "    print(error)\n"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.png")], cwd=root, capture_output=True, check=True, text=True
    )
    assert "pip install pyvips" in done.stdout


class TestUnsupportedVariants:
    def test_a_jpeg_with_12_bits(self, tmp_path: Path, sample) -> None:
        data = bytearray(sample("JPEG"))
        data[data.index(b"\xff\xc0") + 4] = 12
        (tmp_path / "photo.jpg").write_bytes(data)
        message = refused(tmp_path / "photo.jpg")
        assert "a JPEG with 12 bits per channel" in message and "16 bits" in message and "Copy it again" not in message

    def test_a_lossless_jpeg(self, tmp_path: Path, sample) -> None:
        data = sample("JPEG").replace(b"\xff\xc0", b"\xff\xc3")
        (tmp_path / "photo.jpg").write_bytes(data)
        assert "is a lossless JPEG" in refused(tmp_path / "photo.jpg")

    def test_a_png_of_an_iphone_app(self, tmp_path: Path, sample) -> None:
        data = sample("PNG")
        (tmp_path / "photo.png").write_bytes(data[:8] + struct.pack(">I4sII", 4, b"CgBI", 0x50002002, 0) + data[8:])
        message = refused(tmp_path / "photo.png")
        assert "CgBI" in message and "claims to have" not in message and "pngcrush" in message


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
def test_random_damage_gives_a_photo_or_a_photo_error(tmp_path, kind, sample, data):
    content = bytearray(sample(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content) - 1, 700)))] = data.draw(st.integers(0, 255))
    path = tmp_path / "changed.img"
    path.write_bytes(content)
    try:
        photo = read_photo(path)
    except PhotoError:
        return
    assert isinstance(photo, Photo) and np.isfinite(photo.pixels).all()
    if photo.pixels.size < 10**6:
        photo.save(tmp_path / "saved.tif", overwrite=True)


def test_nothing_is_printed(tmp_path, samples):
    """In its own process, because libvips writes past Python's streams and prints some warnings only once."""
    for index, data in enumerate(samples.values()):
        (tmp_path / f"good{index}").write_bytes(data)
        (tmp_path / f"cut{index}").write_bytes(data[:-40])
        (tmp_path / f"changed{index}").write_bytes(data.replace(b"\x00\x10", b"\xff\x01"))
    program = (
        "import sys, pathlib\n"
        "from core.photo import PhotoError, read_photo\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try:\n"
        "        read_photo(path).save(sys.argv[1] + '/out.png', overwrite=True)\n"
        "    except PhotoError:\n"
        "        pass\n"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=root, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
