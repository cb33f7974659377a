"""Split files and reduced data folders."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.restoration.config import TrainingConfig
from training.restoration.objective import RestorationObjective
from training.restoration.transport import TransportError, archive_data, join, split, unpack_data


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "state.pt"
    path.write_bytes(np.random.default_rng(0).bytes(10_000))
    return path


@pytest.mark.parametrize("size", [1_000, 4_096, 10_512, 20_000])
def test_parts_are_limited_and_join_from_several_folders(file: Path, tmp_path: Path, size: int) -> None:
    parts = split(file, tmp_path / "a", size=size, max_parts=30)
    assert all(part.stat().st_size <= size for part in parts)
    assert len(parts) == -(-10_000 // (size - 512))
    (tmp_path / "b").mkdir()
    parts[-1].rename(tmp_path / "b" / parts[-1].name)
    joined = join([tmp_path / "b", tmp_path / "a"], "state.pt", tmp_path / "run" / "last.pt")
    assert joined.read_bytes() == file.read_bytes()


def test_an_empty_file_is_one_part(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert len(split(tmp_path / "empty", tmp_path / "a")) == 1
    assert join([tmp_path / "a"], "empty", tmp_path / "again").read_bytes() == b""


def test_a_file_that_needs_too_many_parts_is_rejected(file: Path, tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="10000 bytes, too many for 2 parts of 1000 bytes"):
        split(file, tmp_path / "a", size=1_000, max_parts=2)
    assert not (tmp_path / "a").exists()


def test_missing_damaged_or_foreign_parts_are_rejected(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "last.pt"
    target.write_bytes(b"the one before")
    parts = split(file, tmp_path / "a", size=5_000)
    whole = parts[1].read_bytes()

    def refused(words: str) -> None:
        with pytest.raises(TransportError, match=words):
            join([tmp_path / "a"], "state.pt", target)
        assert target.read_bytes() == b"the one before"

    parts[1].unlink()
    refused("missing: 1 of 3")
    parts[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused("damaged")
    parts[1].write_bytes(b"something else")
    refused("not a part of a file")
    file.write_bytes(b"another state" * 800)
    split(file, tmp_path / "b", size=5_000)[0].replace(parts[1])
    refused("different files")
    with pytest.raises(TransportError, match="no parts of other"):
        join([tmp_path / "a"], "other", target)


def test_an_archive_of_the_data_trains_as_the_folder_does(config: TrainingConfig, data: Path, tmp_path: Path) -> None:
    taken, whole = archive_data(config, data, tmp_path / "data.tar", 1 << 30)
    assert taken == whole
    unpack_data(tmp_path / "data.tar", tmp_path / "there")
    here, there = (RestorationObjective(config, root) for root in (data, tmp_path / "there"))
    for step in range(3):
        for one, other in zip(here.batch(step), there.batch(step), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_smaller_archive_has_fewer_pictures_of_every_folder_and_still_trains(
    config: TrainingConfig, data: Path, tmp_path: Path, write_picture: Callable[..., None]
) -> None:
    for number in range(20):
        for folder in ("clean", "depth"):
            write_picture(data / folder / f"more{number:02}.png", number)
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    taken, whole = archive_data(config, data, tmp_path / "data.tar", size * 2 // 3)
    assert taken < whole
    unpack_data(tmp_path / "data.tar", tmp_path / "there")
    assert sum(file.stat().st_size for file in (tmp_path / "there").rglob("*") if file.is_file()) <= size * 2 // 3
    assert len(RestorationObjective(config, tmp_path / "there").batch(0)[0]) == config.stages[0].batch
    with pytest.raises(TransportError, match="100 bytes are too few"):
        archive_data(config, data, tmp_path / "none.tar", 100)
