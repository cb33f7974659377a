"""Hostile image files give a photo or an error that names the file: no crash, limits kept, sources unchanged."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits on memory are those of POSIX")

ROOT = Path(__file__).parents[2]
MAX_CPU_SECONDS = 30.0  # for one file; the slowest takes about 3
KINDS = ["valid", "cut", "flipped", "renamed", "metadata", "odd sizes", "bombs"]

Corpora = dict[str, Callable[[], dict[str, bytes]]]


def open_all(folder: Path) -> list[dict]:
    """The outcome for each file of ``folder``, opened in a process with limits."""
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
    assert done.stderr == ""  # decoders may write past Python's streams
    return [line for line in lines if "opening" not in line]


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_opens_or_is_refused(tmp_path: Path, corpora: Corpora, kind: str) -> None:
    files = corpora[kind]()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    outcomes = open_all(tmp_path)
    assert len(outcomes) == len(files)
    assert [line for line in outcomes if "escaped" in line] == []
    assert [line for line in outcomes if "photo" in line and not line["valid"]] == []
    assert [line for line in outcomes if "refused" in line and line["name"] not in line["refused"]] == []
    assert [line for line in outcomes if line["seconds"] > MAX_CPU_SECONDS] == []
    for name, data in files.items():
        assert (tmp_path / name).read_bytes() == data, f"{name} was changed"


def test_undamaged_files_open_and_other_files_are_named(tmp_path: Path, valid: dict[str, bytes]) -> None:
    for name, data in valid.items():
        (tmp_path / name).write_bytes(data)
    outcomes = {line["name"]: line for line in open_all(tmp_path)}
    refused = {name: line["refused"] for name, line in outcomes.items() if "refused" in line}
    assert set(outcomes) == set(valid) and set(refused) == {"moving.gif"}
    assert "GIF" in refused["moving.gif"]
    assert any("floating-point" in note for note in outcomes["float.tif"]["notes"])
