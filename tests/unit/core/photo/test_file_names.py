"""Every name that a file system allows can be read and written."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.photo import PhotoError, read_photo

NAMES = [
    "plain.png",
    "with spaces and  more.png",
    "Übergrößenträger.png",
    "写真.png",
    "صورة.png",
    "😀🏔️.png",
    "a[1].png",
    "a[page=2,dpi=300].png",
    "-dash.png",
    "--output.png",
    "semi;colon&and$dollar`tick`.png",
    "quote'and\"quote.png",
    "new\nline.png",
    "percent%20s%n.png",
    ".hidden.png",
    "two.dots.png",
    "x" * 250 + ".png",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_read_and_written(tmp_path, scene, listing, name):
    folder = tmp_path / f"folder of {name[:100]}"
    folder.mkdir()
    picture = scene()
    Image.fromarray(picture).save(tmp_path / "plain_source.png")
    (tmp_path / "plain_source.png").rename(folder / name)
    photo = read_photo(folder / name)
    assert np.array_equal(np.rint(photo.pixels * 255), picture)
    (folder / name).unlink()
    for key in ("png", "jpeg", "tiff", "webp", "bmp", "avif"):
        assert photo.save(folder / name, format=key, overwrite=True) == folder / name
        assert read_photo(folder / name).format == key
        assert list(listing(folder)) == [name]


def test_a_name_that_is_not_utf8(tmp_path, photo):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    assert read_photo(photo.save(path)).width == photo.width
    with pytest.raises(PhotoError, match="caf") as caught:
        photo.save(path)
    str(caught.value).encode("utf-8")  # can be printed


def test_relative_names(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "-b.png", "./c.png"):
        photo.save(name)
        assert read_photo(name).width == photo.width
    assert sorted(path.name for path in tmp_path.iterdir()) == ["-b.png", "a.png", "c.png"]
