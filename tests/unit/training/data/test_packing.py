import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data import packing
from training.data.data_errors import DataError
from training.data.packing import open_pictures
from training.data.pictures import Source, read_picture

WHOLE = (slice(None), slice(None))


@pytest.fixture
def sources(tmp_path: Path, write_picture: Callable[..., None]) -> list[Source]:
    for number, (height, width) in enumerate([(70, 90), (33, 17), (64, 64)]):
        write_picture(tmp_path / "photos" / f"{number}.png", number, height, width)
    return [
        *(Source(file) for file in sorted((tmp_path / "photos").iterdir())),
        Source(tmp_path / "photos" / "0.png", grey=True),
    ]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_windows_of_a_tiled_picture_equal_those_of_the_picture(data: st.DataObject) -> None:
    height, width, tile = (data.draw(st.integers(1, most)) for most in (50, 50, 20))
    channels = data.draw(st.sampled_from([(), (3,)]))
    picture = np.random.default_rng(height * width).integers(0, 256, (height, width, *channels), np.uint8)
    tiles = [
        picture[y : y + tile, x : x + tile].ravel() for y in range(0, height, tile) for x in range(0, width, tile)
    ]  # as the module says they lie in the file
    kept = packing.TiledPicture(np.concatenate(tiles), picture.shape, tile)
    top, left = data.draw(st.integers(0, height)), data.draw(st.integers(0, width))
    bottom, right = data.draw(st.integers(0, height + 9)), data.draw(st.integers(0, width + 9))
    window = (slice(top, bottom), slice(left, right))
    np.testing.assert_array_equal(kept[window], picture[window])


@pytest.mark.parametrize("tile", [8, 512])
def test_a_pack_contains_the_pixels_of_the_files(tmp_path: Path, sources: list[Source], tile: int) -> None:
    packed = open_pictures(sources, tmp_path / "cache", tile)
    assert not packed.problems
    for source in sources:
        expected = cv2.imread(str(source.file), 0) if source.grey else cv2.imread(str(source.file))[:, :, ::-1]
        assert packed.shapes[source] == packed.opened[source].shape == expected.shape
        np.testing.assert_array_equal(packed.opened[source][WHOLE], expected)
        np.testing.assert_array_equal(packed.opened[source][3:20, 5:11], expected[3:20, 5:11])
    assert len({file.stem for file in (tmp_path / "cache").iterdir()}) == 1
    assert any(isinstance(p, packing.TiledPicture) for p in packed.opened.values()) == (tile == 8)


def test_large_photographs_are_reduced_when_asked_for(tmp_path: Path, sources: list[Source]) -> None:
    wanted = [Source(source.file, longest=45) for source in sources[:2]]
    for pictures in (open_pictures(wanted, None), open_pictures(wanted, tmp_path / "cache")):
        assert [pictures.shapes[source] for source in wanted] == [(35, 45, 3), (33, 17, 3)]
        large = read_picture(sources[0].file).reshape(35, 2, 45, 2, 3).mean((1, 3))  # reducing by two is averaging
        np.testing.assert_allclose(pictures.opened[wanted[0]][WHOLE], large, atol=0.51)


def test_a_pack_is_opened_again_without_decoding(
    tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_pictures(sources, tmp_path / "cache")
    monkeypatch.setattr(Source, "read", lambda self: pytest.fail("decoded again"))
    again = open_pictures(list(reversed(sources)), tmp_path / "cache")
    assert again.shapes == first.shapes
    for source in sources:
        np.testing.assert_array_equal(again.opened[source][WHOLE], first.opened[source][WHOLE])


def test_a_changed_picture_replaces_the_pack(
    tmp_path: Path, sources: list[Source], write_picture: Callable[..., None]
) -> None:
    cache = tmp_path / "cache"
    open_pictures(sources, cache)
    open_pictures(sources[1:2], cache)  # another run's, of pictures that stay
    before = {file.name for file in cache.iterdir()}
    write_picture(sources[0].file, 99)
    os.utime(sources[0].file, ns=(1, 1))
    packed = open_pictures(sources, cache)
    np.testing.assert_array_equal(packed.opened[sources[0]][WHOLE], read_picture(sources[0].file))
    after = {file.name for file in cache.iterdir()}
    assert len(before) == len(after) == 4 and len(before & after) == 2


@pytest.mark.parametrize("damage", ["index", "pixels", "no index"])
def test_a_damaged_pack_is_recreated(tmp_path: Path, sources: list[Source], damage: str) -> None:
    cache = tmp_path / "cache"
    open_pictures(sources, cache)
    index, pixels = next(cache.glob("*.json")), next(cache.glob("*.bin"))
    if damage == "index":
        index.write_text(index.read_text()[:50])
    elif damage == "pixels":
        pixels.write_bytes(pixels.read_bytes()[:50])
    else:
        index.unlink()
    packed = open_pictures(sources, cache)
    np.testing.assert_array_equal(packed.opened[sources[0]][WHOLE], read_picture(sources[0].file))
    assert json.loads(index.read_text())["bytes"] == pixels.stat().st_size


def test_all_unreadable_pictures_are_named_and_nothing_is_left_behind(tmp_path: Path, sources: list[Source]) -> None:
    sources[0].file.write_bytes(sources[0].file.read_bytes()[:-30])
    sources[2].file.write_bytes(b"no picture")
    for cache in (None, tmp_path / "cache"):
        pictures = open_pictures([*sources, Source(tmp_path / "gone.png")], cache)
        text = "\n".join(problem.detail for problem in pictures.problems)
        assert all(f"{name}.png" in text for name in ("0", "2", "gone")) and "1.png" not in text
        assert "truncated" in text and pictures.shapes[sources[1]] == (33, 17, 3)
    assert not list((tmp_path / "cache").iterdir())


def test_a_nearly_full_disk_is_reported(tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([packing.DISK_RESERVE + 20000, packing.DISK_RESERVE + 20000, packing.DISK_RESERVE])
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda folder: SimpleNamespace(free=next(free)))
    with pytest.raises(DataError, match=r"nearly full after 2 of 4 pictures.*--cache"):
        open_pictures(sources, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_an_unwritable_cache_is_named(tmp_path: Path, sources: list[Source]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="file"):
        open_pictures(sources, tmp_path / "file" / "cache")


def test_pictures_that_exceed_the_memory_need_a_cache(sources: list[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "_free_memory", lambda: 20000.0)
    with pytest.raises(DataError, match="--cache"):
        open_pictures(sources, None)


def test_incomplete_packs_are_removed_after_a_day(tmp_path: Path, sources: list[Source]) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    names = [f"{state}{name}" for state in ("old", "new") for name in (".part", ".bin")]
    left = {name: cache / (f".pictures-{name}" if name.endswith("part") else f"pictures-{name}") for name in names}
    for name, file in left.items():
        file.touch()
        if name.startswith("old"):
            os.utime(file, (1, 1))
    open_pictures(sources, cache)
    assert [name for name in names if left[name].exists()] == ["new.part", "new.bin"]
