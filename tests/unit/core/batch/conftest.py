"""Folders of small photos, written without the code under test."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

Make = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


@pytest.fixture
def make(source: Path) -> Make:
    """Writes a photo of its own noise at a path within the source; folders are made."""

    def write(path: str, side: int = 24) -> Path:
        file = source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(list(path.encode())).integers(0, 256, (side, side + 8, 3), np.uint8)
        ending = file.suffix if file.suffix.lower() != ".avif" else ".png"
        file.write_bytes(cv2.imencode(ending, pixels)[1].tobytes())
        return file

    return write


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Path within a folder -> bytes of every file, without what the batch keeps for itself."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file() and not any(part.startswith(".dfpir-batch") for part in file.relative_to(folder).parts)
        }

    return read
