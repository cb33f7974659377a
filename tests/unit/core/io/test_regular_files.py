"""Pipes and devices are refused wherever a file is expected, without blocking."""

import os
from pathlib import Path

import pytest

from core.checkpoints import load_checkpoint
from core.detection.files import load_detector
from core.errors import CheckpointError, RecipeError
from core.io.regular_files import open_regular
from core.recipes import read_recipe

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")


@pytest.fixture(params=["pipe", "device", "link"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "device":
        return Path("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    if request.param == "link":
        (tmp_path / "link").symlink_to("pipe")
    return tmp_path / request.param


def test_models_detectors_and_recipes_refuse_pipes_and_devices(no_file: Path) -> None:
    for load in (load_checkpoint, load_detector):
        with pytest.raises(CheckpointError, match="it is a pipe or a device and not a file") as caught:
            load(no_file)
        assert str(no_file) in str(caught.value)
    with pytest.raises(RecipeError, match="it is a pipe or a device and not a file"):
        read_recipe(no_file)


def test_regular_files_open_and_folders_do_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\r\n\x1a")
    with open_regular(tmp_path / "a") as file:
        assert file.read() == b"\r\n\x1a"
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "b")
