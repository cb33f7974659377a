"""Leftovers of killed programs are removed; files of running ones are not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.io import atomic, temp_files
from core.io.temp_files import remove_leftovers, temporary_file

ROOT = Path(__file__).parents[4]
LEFTOVER = ".dfpir-0123456789abcdef.part"
HOLDING_PROGRAM = (
    "import sys, pathlib; from core.io.temp_files import temporary_file\n"
    "with temporary_file(pathlib.Path(sys.argv[1])) as file:\n"
    "    print(file.name, flush=True); sys.stdin.readline()"
)


@pytest.fixture(autouse=True)
def no_folder_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temp_files, "_cleaned", set())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_leftover(folder: Path, name: str = LEFTOVER) -> Path:
    file = folder / name
    file.write_bytes(b"half")
    os.utime(file, (1e9, 1e9))
    return file


def test_the_first_write_to_a_folder_removes_leftovers(tmp_path: Path) -> None:
    make_leftover(tmp_path), make_leftover(tmp_path, ".dfpir-00000000000000ff.part")
    atomic.publish(b"whole", tmp_path / "a", overwrite=False)
    assert names(tmp_path) == ["a"]
    make_leftover(tmp_path)
    atomic.publish(b"whole", tmp_path / "b", overwrite=False)
    assert names(tmp_path) == [LEFTOVER, "a", "b"]  # a folder is cleaned once, not with every file


def test_files_being_written_are_not_removed(tmp_path: Path) -> None:
    with temporary_file(tmp_path) as ours:
        ours.write_bytes(b"half")
        os.utime(ours)
        assert remove_leftovers(tmp_path) == 0
        command = [sys.executable, "-c", "import sys, pathlib; from core.io.temp_files import remove_leftovers; "]
        command[-1] += "print(remove_leftovers(pathlib.Path(sys.argv[1])))"
        done = subprocess.run([*command, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "0\n" and names(tmp_path) == [ours.name]
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a file of a dead program is known by its age there")
def test_files_of_running_programs_stay_and_those_of_killed_ones_are_removed(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDING_PROGRAM, tmp_path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        name = program.stdout.readline().strip()
        assert remove_leftovers(tmp_path) == 0 and names(tmp_path) == [name]
        program.kill()
        program.wait()
        assert names(tmp_path) == [name]
        assert remove_leftovers(tmp_path) == 1 and names(tmp_path) == []


def test_files_of_others_stay(tmp_path: Path) -> None:
    kept = [
        ".0123456789abcdef.part",
        ".dfpir-0123456789abcdef",
        ".dfpir-0123456789abcdef.part.jpg",
        ".dfpir-0123456789ABCDEF.part",
        "movie.part",
        "x.dfpir-0123456789abcdef.part",
    ]
    for name in kept:
        make_leftover(tmp_path, name)
    (tmp_path / ".dfpir-1111111111111111.part").mkdir()
    assert remove_leftovers(tmp_path) == 0
    assert names(tmp_path) == sorted([*kept, ".dfpir-1111111111111111.part"])


def test_a_folder_that_cannot_be_listed_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remove_leftovers(tmp_path / "nowhere") == 0

    def forbidden(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", forbidden)
    atomic.publish(b"whole", tmp_path / "a", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"whole"


@pytest.mark.skipif(sys.platform == "win32", reason="locks are those of POSIX")
def test_disks_without_locks_are_written_to_and_never_cleaned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    make_leftover(tmp_path)
    monkeypatch.setattr(temp_files.fcntl, "flock", unsupported)
    atomic.publish(b"whole", tmp_path / "a", overwrite=False)
    assert names(tmp_path) == [LEFTOVER, "a"]


@pytest.mark.skipif(sys.platform == "win32", reason="locks are those of POSIX")
def test_a_file_removed_before_it_was_locked_is_created_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock, times = temp_files.fcntl.flock, []

    def swept(handle: int, how: int) -> None:
        if not times:
            next(tmp_path.iterdir()).unlink()
        times.append(how)
        flock(handle, how)

    monkeypatch.setattr(temp_files.fcntl, "flock", swept)
    atomic.publish(b"whole", tmp_path / "a", overwrite=False)
    assert len(times) == 2 and (tmp_path / "a").read_bytes() == b"whole" and names(tmp_path) == ["a"]


def busy(monkeypatch: pytest.MonkeyPatch, times: int) -> list[Path]:
    """Let renaming fail ``times`` times, as on Windows while another program has one of the files open."""
    attempts: list[Path] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        attempts.append(self)
        if len(attempts) <= times:
            raise PermissionError(13, "Permission denied")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(atomic, "_PAUSES", (0.0, 0.0, 0.0))
    return attempts


def test_a_file_that_is_open_briefly_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    attempts = busy(monkeypatch, 3)
    atomic.publish(b"new", tmp_path / "a", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"new" and names(tmp_path) == ["a"] and len(attempts) == 4


def test_a_file_that_stays_open_is_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    attempts = busy(monkeypatch, 100)
    with pytest.raises(PermissionError):
        atomic.publish(b"new", tmp_path / "a", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"old" and names(tmp_path) == ["a"] and len(attempts) == 4
