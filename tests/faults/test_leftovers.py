"""A program that is killed while it writes leaves a partial file under a hidden name; the next one removes it."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.faults.test_processes import finished, start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and locks are those of POSIX")

RUN = "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"
# Killed when the bytes of a file are being written, or when a result gets its name on a disk without hard links, where
# an empty file reserves that name for a moment.
KILLED_PROGRAM = """
import os, pathlib, signal, sys

def kill(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

def no_links(*names):
    raise PermissionError(1, "Operation not permitted")

replace, replaced = pathlib.Path.replace, []

def kill_at_second_call(path, target):  # the first time, the result is written under its private name
    replaced.append(target)
    kill() if len(replaced) == 2 else replace(path, target)

if sys.argv[1] == "fsync":
    os.fsync = kill
else:
    os.link, pathlib.Path.replace = no_links, kill_at_second_call
from core.cli import main
sys.exit(main(sys.argv[2:]))
"""


def all_paths(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def check_killed(process: "subprocess.Popen[str]") -> None:
    code, _, err = finished(process)
    assert code == -signal.SIGKILL, err


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    file = tmp_path / "photos" / "photo.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 40, 3), np.uint8)).save(file)
    return file


def test_restore_removes_partial_files_of_a_killed_program(photo: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    results = tmp_path / "results"
    options = ["restore", photo, "--output-dir", results, "--model", tiny_model_file, "-d", "rain"]
    check_killed(start(KILLED_PROGRAM, "fsync", *options))
    assert [name[:7] + name[-5:] for name in all_paths(results)] == [".dfpir-.part"]
    code, _, err = finished(start(RUN, *options))
    assert (code, all_paths(results)) == (0, ["photo.png"]), err


@pytest.mark.parametrize("moment", ["fsync", "naming"])
def test_batch_removes_partial_files_of_a_killed_program(
    photo: Path, tmp_path: Path, tiny_model_file: Path, moment: str
) -> None:
    results = tmp_path / "results"
    options = ["batch", photo.parent, results, "--model", tiny_model_file, "-d", "rain"]
    check_killed(start(KILLED_PROGRAM, moment, *options))
    left = all_paths(results)
    if moment == "fsync":
        assert [name for name in left if name.endswith(".part")] and "photo.png" not in left
    else:
        assert {"photo.png": 0}.items() <= {name: (results / name).stat().st_size for name in left}.items()
    (results / ".dfpir-0123456789abcdef.part").write_bytes(b"of an earlier death")
    code, _, err = finished(start(RUN, *options))
    assert code == 0, err
    assert [name for name in all_paths(results) if not name.startswith(".dfpir-batch")] == ["photo.png"]
    assert (results / "photo.png").read_bytes().startswith(b"\x89PNG")
    assert not (results / ".dfpir-batch.parts").exists()
