"""A program that is killed while it writes leaves half a file under a hidden name; the next one takes it away."""

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
# Dies when the bytes of its n-th file are on the way to the disk. The disk knows no hard links, so that a batch, too,
# writes within the target.
DIES = """
import os, signal, sys

def no_links(*names):
    raise PermissionError(1, "Operation not permitted")

def die(handle):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

left = int(sys.argv[1])
os.fsync, os.link = die, no_links
from core.cli import main
sys.exit(main(sys.argv[2:]))
"""


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def died(process: "subprocess.Popen[str]") -> None:
    code, _, err = finished(process)
    assert code == -signal.SIGKILL, err


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    file = tmp_path / "photos" / "photo.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (40, 40, 3), np.uint8)).save(file)
    return file


def test_restore(photo: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    results = tmp_path / "results"
    options = ["restore", photo, "--output-dir", results, "--model", tiny_model_file, "-d", "rain"]
    died(start(DIES, 1, *options))
    assert [name[:7] + name[-5:] for name in everything(results)] == [".dfpir-.part"]
    code, _, err = finished(start(RUN, *options))
    assert (code, everything(results)) == (0, ["photo.png"]), err


def test_batch(photo: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    results = tmp_path / "results"
    options = ["batch", photo.parent, results, "--model", tiny_model_file, "-d", "rain"]
    died(start(DIES, 3, *options))  # the private result, its folder, and the copy that is to get the name
    assert [name for name in everything(results) if name.endswith(".part") and "/" not in name]
    code, _, err = finished(start(RUN, *options))
    assert code == 0, err
    assert [name for name in everything(results) if not name.startswith(".dfpir-batch")] == ["photo.png"]
    assert not (results / ".dfpir-batch.parts").exists()
