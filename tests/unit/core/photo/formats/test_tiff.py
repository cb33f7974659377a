"""TIFF: IPTC, image resources, GeoTIFF, fields of other programs, and which image is the photo."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from core.photo import read_photo
from tests.unit.core.photo.formats.builders import exif, jpeg, picture, segment, thumbnail

IPTC = b"\x1c\x02\x78\x00\x0aA caption!\x1c\x02\x19\x00\x06family"


PADDED = IPTC + bytes(-len(IPTC) % 4)


LAYERS = b"Adobe Photoshop Document Data Block\x00" + b"8BIMLayr" + bytes(40)


GEO = [
    (33550, 12, 3, (0.1, 0.1, 0.0), True),
    (33922, 12, 6, (0.0, 0.0, 0.0, 500000.0, 4649776.0, 0.0), True),
    (34735, 3, 8, (1, 1, 0, 1, 1024, 0, 1, 1), True),
    (34737, 2, 8, "WGS 84|", True),
    (42113, 2, 5, "-999", True),
]


def resource(kind: int, contents: bytes, name: bytes = b"\x00\x00") -> bytes:
    return (
        b"8BIM"
        + struct.pack(">H", kind)
        + name
        + struct.pack(">I", len(contents))
        + contents
        + bytes(len(contents) % 2)
    )


def path_at(*points: tuple[float, float]) -> bytes:
    """A path: a record with the count, and a record of three points (y, x)."""
    numbers = [round(value * 2**24) for point in points for value in point]
    return struct.pack(">HH", 0, 1) + bytes(22) + struct.pack(">H6i", 1, *numbers)


@pytest.fixture
def tiff(tmp_path):
    def build(tags, byteorder="<", name="a.tif", **options):
        path = tmp_path / name
        tifffile.imwrite(path, np.asarray(picture()), photometric="rgb", metadata=None, byteorder=byteorder,
                         extratags=tags, **options)  # fmt: skip
        return path

    return build


def tags_of(path) -> dict[int, object]:
    with tifffile.TiffFile(path) as file:
        return {tag.code: tag.value for tag in file.pages[0].tags}


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("swapped", [False, True])
def test_iptc_as_long_numbers_is_read_in_both_byte_orders(tiff, tmp_path, byteorder, swapped) -> None:
    path = tiff([(33723, 7, len(PADDED), PADDED, True)], byteorder)
    data = bytearray(path.read_bytes())
    at = data.index(struct.pack(byteorder + "HHI", 33723, 7, len(PADDED)))
    data[at : at + 8] = struct.pack(byteorder + "HHI", 33723, 4, len(PADDED) // 4)
    if swapped:
        place = data.index(PADDED)
        for start in range(place, place + len(PADDED), 4):
            data[start : start + 4] = data[start : start + 4][::-1]
    path.write_bytes(data)
    saved = read_photo(path).save(tmp_path / "b.tif")
    assert tags_of(saved)[33723] == PADDED


def test_iptc_among_the_image_resources_is_read(tiff, tmp_path) -> None:
    block = resource(0x03ED, bytes(16)) + resource(0x0404, IPTC)
    saved = read_photo(tiff([(34377, 7, len(block), block, True)])).save(tmp_path / "b.tif")
    assert tags_of(saved)[33723] == IPTC and 34377 not in tags_of(saved)


@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png"])
def test_photoshop_paths_and_copyright_are_kept_but_not_previews(tiff, tmp_path, suffix) -> None:
    preview = bytes(28) + thumbnail()
    path = path_at((0.1, 0.2), (0.1, 0.2), (0.3, 0.4))
    kept = resource(0x040A, b"\x01") + resource(2000, path, b"\x06Path 1\x00") + resource(2999, b"\x06Path 1")
    block = resource(0x0404, IPTC) + kept + resource(0x040C, preview) + resource(0x03ED, bytes(16))
    photo = read_photo(tiff([(34377, 7, len(block), block, True)]))
    notes: list[str] = []
    saved = photo.save(tmp_path / f"b{suffix}", notes=notes)
    assert notes == [] == list(photo.notes)
    if suffix == ".tif":
        assert tags_of(saved)[34377] == kept
    elif suffix == ".jpg":
        assert b"Photoshop 3.0\x00" + resource(0x0404, IPTC) + kept in saved.read_bytes()
    else:
        assert read_photo(saved).preserved.resources == kept
    photo.save(tmp_path / "c.webp", notes=notes)
    assert "Photoshop's paths and copyright data were left out: WebP files cannot hold them." in notes


def test_photoshop_paths_turn_with_the_pixels(opened) -> None:
    path = path_at((0.125, 0.25), (0.5, 0.5), (0.75, 1.0))
    block = b"Photoshop 3.0\x00" + resource(2000, path)
    photo = opened(jpeg(segment(0xE1, b"Exif\x00\x00" + exif(orientation=6)), segment(0xED, block)))
    turned = path_at(
        (0.25, 0.875), (0.5, 0.5), (1.0, 0.25)
    )  # a quarter to the right: down is across, across is 1 - down
    assert photo.preserved.resources == resource(2000, turned)


def test_layers_are_left_out_with_a_note(tiff, tmp_path) -> None:
    photo = read_photo(tiff([(37724, 7, len(LAYERS), LAYERS, True)]))
    assert photo.notes == ("The Photoshop layers were left out, because they show the photo before restoration.",)
    assert b"8BIMLayr" not in photo.save(tmp_path / "b.tif").read_bytes()


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_geotiff_fields_are_kept_in_tiff_and_noted_elsewhere(tiff, tmp_path, byteorder) -> None:
    path = tiff(GEO, byteorder)
    photo = read_photo(path)
    notes: list[str] = []
    saved = photo.save(tmp_path / "b.tif", notes=notes)
    before, after = tags_of(path), tags_of(saved)
    assert notes == [] == list(photo.notes)
    assert {code: after[code] for code, *_ in GEO} == {code: before[code] for code, *_ in GEO}
    photo.save(tmp_path / "b.jpg", notes=notes)
    assert notes == ["The GeoTIFF fields were left out: JPEG files cannot hold them."]
    cleared = tags_of(photo.without_position().save(tmp_path / "c.tif"))
    assert not {code for code, *_ in GEO} & cleared.keys()
    assert not {code for code, *_ in GEO} & tags_of(photo.save(tmp_path / "d.tif", keep_metadata=False)).keys()


def test_geotiff_fields_of_a_turned_photo_are_left_out_with_a_note(tiff) -> None:
    photo = read_photo(tiff([*GEO, (274, 3, 1, 6, True)]))
    assert photo.notes == ("The GeoTIFF fields were left out, because the photo was turned upright.",)


def test_fields_of_other_programs_are_noted(tiff) -> None:
    assert read_photo(tiff([(50839, 7, 5, b"hello", True), (65000, 3, 1, 7, True)])).notes == (
        "TIFF fields of other programs were left out: 50839, 65000.",
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_bmp_loses_metadata_with_a_note(opened, tmp_path, camera_exif, kind) -> None:
    photo = opened(picture(), format=kind, exif=camera_exif().tobytes())
    notes: list[str] = []
    with Image.open(io.BytesIO(photo.save(tmp_path / "a.bmp", notes=notes).read_bytes())) as saved:
        assert np.array_equal(np.asarray(saved), np.rint(photo.pixels * 255)) or kind == "WEBP"
    assert notes == ["The metadata was left out: BMP files cannot hold it."]


def saved(folder: Path, pixels: np.ndarray, **options) -> Path:
    path = folder / "photo.tif"
    tifffile.imwrite(path, pixels, metadata=None, **options)
    return path


class TestMainImage:
    @pytest.mark.parametrize("below", [False, True])
    def test_the_main_image_is_read(self, below: bool, tmp_path: Path, scene) -> None:
        main, small = scene(48, 64), scene(12, 16, seed=9)
        with tifffile.TiffWriter(tmp_path / "photo.tif") as file:
            options = {"photometric": "rgb", "metadata": None}
            file.write(small, subfiletype=1, subifds=1 if below else 0, **options)
            file.write(main, subfiletype=0, **options)
        photo = read_photo(tmp_path / "photo.tif")
        np.testing.assert_array_equal(np.rint(photo.pixels * 255), main)
        assert (photo.format, photo.notes, photo.preserved.pages) == ("tiff", (), 1)

    def test_metadata_of_the_first_image_is_kept(self, tmp_path: Path, scene, camera_exif) -> None:
        buffer = io.BytesIO()
        exif = camera_exif()
        exif[254] = 1
        Image.fromarray(scene(12, 16)).save(buffer, "TIFF", exif=exif)
        first = buffer.getvalue()
        (tmp_path / "photo.tif").write_bytes(first)
        tifffile.imwrite(tmp_path / "photo.tif", scene(48, 64), append=True, photometric="rgb", metadata=None)
        photo = read_photo(tmp_path / "photo.tif")
        assert photo.width == 64
        assert photo.preserved.exif is not None and b"2021:05:06 07:08:09" in photo.preserved.exif

    def test_reduced_versions_are_not_pages(self, tmp_path: Path, scene) -> None:
        with tifffile.TiffWriter(tmp_path / "photo.tif") as file:
            file.write(scene(48, 64), photometric="rgb", metadata=None)
            file.write(scene(24, 32), photometric="rgb", metadata=None, subfiletype=1)
        assert read_photo(tmp_path / "photo.tif").notes == ()

    def test_a_cycle_of_directories_ends(self, tmp_path: Path, scene) -> None:
        path = saved(tmp_path, scene(), photometric="rgb")
        data = bytearray(path.read_bytes())
        first = struct.unpack_from("<I", data, 4)[0]
        count = struct.unpack_from("<H", data, first)[0]
        struct.pack_into("<I", data, first + 2 + 12 * count, first)
        path.write_bytes(data)
        assert read_photo(path).width == 37
