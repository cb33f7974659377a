"""Permissions of written files: never more than those of their sources."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.inference import RestorationResult, Step
from core.io import atomic
from core.photo import Photo
from core.photo.writing import copy_unchanged
from core.recipes import write_recipe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    Photo.from_array(np.full((4, 6, 3), 90, np.uint8)).save(tmp_path / "source.png")
    return tmp_path / "source.png"


@pytest.mark.parametrize(
    ("of_source", "umask", "expected"),
    [
        (0o600, 0o022, 0o600),
        (0o640, 0o022, 0o640),
        (0o644, 0o022, 0o644),
        (0o666, 0o022, 0o644),
        (0o664, 0o002, 0o664),
        (0o644, 0o077, 0o600),
        (0o444, 0o022, 0o644),  # its owner can still write the result
        (0o755, 0o022, 0o644),  # a photo is not a program
    ],
)
def test_a_result_has_at_most_the_permissions_of_its_source(
    source: Path, tmp_path: Path, of_source: int, umask: int, expected: int
) -> None:
    photo = Photo.open(source)
    source.chmod(of_source)
    os.umask(umask)
    assert mode(photo.save(tmp_path / "result.png")) == expected
    copy_unchanged(photo, tmp_path / "copy.png")
    assert mode(tmp_path / "copy.png") == expected
    result = RestorationResult(photo, (Step("haze"),), "tiny", "cpu", "float32", "bands", 1.0)
    assert mode(write_recipe(result.recipe, tmp_path / "result.png")) == expected


def test_a_photo_without_source_follows_the_umask(tmp_path: Path) -> None:
    assert mode(Photo.from_array(np.zeros((4, 6, 3), np.uint8)).save(tmp_path / "new.png")) == 0o644


def test_an_overwritten_file_keeps_its_permissions_unless_private(source: Path, tmp_path: Path) -> None:
    existing = tmp_path / "existing.png"
    existing.write_bytes(b"old")
    existing.chmod(0o640)
    Photo.open(source).save(existing, overwrite=True)
    assert mode(existing) == 0o640
    atomic.publish(b"new", existing, overwrite=True, mode=atomic.PRIVATE)
    assert mode(existing) == 0o600
