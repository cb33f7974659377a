"""Whole programs that are killed, run twice, or have no writable home, no disk space or no display."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are those of POSIX")

ROOT = Path(__file__).parents[2]
RUN = "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"
# The same with a limit on the size of files, which acts like a full disk.
RUN_ON_A_FULL_DISK = (
    "import resource, signal, sys; from core.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)); sys.exit(main(sys.argv[1:]))"
)


def environment(**changes: str | None) -> dict[str, str]:
    """The environment of a program with changes; None removes a variable."""
    changed = {**os.environ, "PYTHONPATH": str(ROOT), **changes}
    return {name: value for name, value in changed.items() if value is not None}


def start(program: str, *arguments: object, **changes: str | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment(**changes),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with a small photo, and one that takes the tiny model many seconds."""
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(5)
    for name, side in (("small.png", 64), ("large.png", 2500)):
        Image.fromarray(noise.integers(0, 256, (side, side, 3), np.uint8)).save(folder / name, compress_level=0)
    return folder


@pytest.mark.parametrize("deadly", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_killed_command_leaves_complete_results_only(
    photos: Path, tmp_path: Path, tiny_model_file: Path, deadly: signal.Signals
) -> None:
    """The second photo is being restored when the first is reported."""
    before = {path.name: path.read_bytes() for path in photos.iterdir()}
    results = tmp_path / "results"
    options = ["--output-dir", results, "--model", tiny_model_file, "-d", "rain", "--json"]
    process = start(RUN, "restore", photos / "small.png", photos / "large.png", *options)
    assert process.stdout is not None and '"error": null' in process.stdout.readline()
    process.send_signal(deadly)
    code, out, err = finished(process)
    assert out == "" and "Traceback" not in err
    assert code == (-signal.SIGKILL if deadly == signal.SIGKILL else 130)
    assert "interrupted" in err or deadly == signal.SIGKILL
    assert [path.name for path in results.iterdir()] == ["small.png"]
    with Image.open(results / "small.png") as whole:
        assert whole.size == (64, 64) and whole.load() is not None
    assert {path.name: path.read_bytes() for path in photos.iterdir()} == before


def test_read_only_home_is_no_error(photos: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    nowhere = {f"XDG_{name}_HOME": None for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    options = ["-d", "rain", "--model", tiny_model_file]
    for number, home in enumerate(("/dev/null", "/nonexistent", None)):
        result = tmp_path / f"{number}.png"
        process = start(RUN, "restore", photos / "small.png", *options, "-o", result, HOME=home, **nowhere)
        code, _, err = finished(process)
        assert (code, result.is_file()) == (0, True), err
    code, out, err = finished(start(RUN, "doctor", HOME="/dev/null", **nowhere))
    assert code == 1 and "Traceback" not in err
    assert "FAULT caches: cannot be written" in out and "FAULT logs: cannot be written" in out


def test_full_disk_fails_every_photo_by_name_and_leaves_nothing(
    photos: Path, tmp_path: Path, tiny_model_file: Path
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    (results / "small.png").write_bytes(b"an older result")
    options = ["--output-dir", results, "--overwrite", "--model", tiny_model_file, "-d", "rain"]
    code, out, err = finished(start(RUN_ON_A_FULL_DISK, "restore", photos / "small.png", *options))
    assert (code, out) == (1, "")
    assert "small.png cannot be written" in err and "choose another disk" in err and "Traceback" not in err
    assert {path.name: path.read_bytes() for path in results.iterdir()} == {"small.png": b"an older result"}


def test_results_folder_that_cannot_be_created_is_an_error(photos: Path, tiny_model_file: Path) -> None:
    for folder, words in ((photos / "small.png", "is a file, not a folder"), (photos / "small.png" / "in", "not a")):
        options = ["--output-dir", folder, "--model", tiny_model_file, "-d", "rain"]
        code, _, err = finished(start(RUN, "restore", photos / "small.png", *options))
        assert code == 1 and words in err and "Traceback" not in err


def test_two_programs_may_write_the_same_result(photos: Path, tmp_path: Path, tiny_model_file: Path) -> None:
    result = tmp_path / "result.png"
    options = ["-d", "rain", "--model", tiny_model_file, "-o", result]
    both = [start(RUN, "restore", photos / "small.png", *options) for _ in range(2)]
    output = [finished(process) for process in both]
    assert sorted(code for code, _, _ in output) == [0, 1]
    assert [err for code, _, err in output if code == 1 and "already exists and was not changed" in err]
    with Image.open(result) as whole:
        assert whole.load() is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos", "result.png"]


def test_closed_output_pipe_is_no_error(photos: Path) -> None:
    process = start(RUN, "detect", *[photos / "small.png"] * 3)
    assert process.stdout is not None
    process.stdout.close()
    code, _, err = process.wait(), None, process.stderr.read() if process.stderr else ""
    if process.stderr:
        process.stderr.close()
    assert code == 141 and err == ""


def test_window_without_a_display_gives_an_error() -> None:
    program = "import sys; from dfpir_gui.__main__ import main; sys.exit(main([]))"
    hidden = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}
    code, out, err = finished(start(program, **hidden))
    if sys.platform.startswith("linux"):
        assert (code, out) == (3, "")
        assert "No display" in err and "dfpir restore" in err and "Traceback" not in err
