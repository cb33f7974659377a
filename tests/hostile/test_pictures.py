"""Hostile pictures give a photo or an error that names the file: no crash, limits kept, sources untouched."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits on memory are those of POSIX")

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0  # for one file, on a machine that is busy with other things; the slowest of them takes a tenth
KINDS = ["sound", "cut", "flipped", "renamed", "metadata", "odd sizes", "bombs"]

Corpora = dict[str, Callable[[], dict[str, bytes]]]


def opened(folder: Path) -> list[dict]:
    """What became of each file of ``folder`` in a process with limits."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("opening.py"), folder],
        env={**os.environ, "PYTHONPATH": str(ROOT), "VIPS_CONCURRENCY": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    last = lines[-1] if lines else None
    assert done.returncode == 0, f"exit code {done.returncode} at {last}: {done.stderr[-2000:]}"
    assert done.stderr == ""  # decoders that write past Python's streams
    return [line for line in lines if "opening" not in line]


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_or_a_reason_and_nothing_else(tmp_path: Path, corpora: Corpora, kind: str) -> None:
    files = corpora[kind]()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    told = opened(tmp_path)
    assert len(told) == len(files)
    assert [line for line in told if "escaped" in line] == []
    assert [line for line in told if "photo" in line and not line["sound"]] == []
    assert [line for line in told if "refused" in line and line["name"] not in line["refused"]] == []
    assert [line for line in told if line["seconds"] > PATIENCE_S] == []
    for name, data in files.items():
        assert (tmp_path / name).read_bytes() == data, f"{name} was changed"


def test_sound_files_open_and_those_that_are_no_photos_say_why(tmp_path: Path, sound: dict[str, bytes]) -> None:
    for name, data in sound.items():
        (tmp_path / name).write_bytes(data)
    told = {line["name"]: line for line in opened(tmp_path)}
    refused = {name: line["refused"] for name, line in told.items() if "refused" in line}
    assert set(told) == set(sound) and set(refused) == {"moving.gif"}
    assert "GIF" in refused["moving.gif"]
    assert any("floating-point" in note for note in told["float.tif"]["notes"])
