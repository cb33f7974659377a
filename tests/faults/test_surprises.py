"""Privacy: no network connection unless requested, files follow the umask, and the log contains no home folder."""

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.evaluation import golden
from dfpir_gui.app.logging import start_logging, stop_logging

ROOT = Path(__file__).parents[2]
FLOW = Path(__file__).with_name("flow.py")


def python(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **changes}
    return subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, cwd=ROOT, capture_output=True, text=True
    )


def test_whole_workflow_makes_no_network_connection(tmp_path: Path, tiny_model_file: Path) -> None:
    golden.centre_crop(golden.samples()["haze"]).save(tmp_path / "photo.png", bit_depth=8)
    done = python(FLOW, tmp_path, tiny_model_file)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "no network"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('localhost', 9))",
        "import urllib.request; urllib.request.urlopen('http://localhost:9')",
        "import socket; socket.getaddrinfo('localhost', 80)",
    ],
)
def test_network_guard_detects_attempts(attempt: str) -> None:
    program = f"import sys; sys.path.insert(0, {str(FLOW.parent)!r}); import flow; sys.addaudithook(flow.refuse); "
    assert python("-c", program + attempt).returncode == 66


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_files_follow_the_umask_of_the_user(tmp_path: Path, tiny_model_file: Path) -> None:
    """With a umask of 077 no other user can read any file that the programs write."""
    golden.centre_crop(golden.samples()["haze"]).save(tmp_path / "photo.png", bit_depth=8)
    homes = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    before = set(tmp_path.rglob("*"))
    program = f"import os, sys, runpy; os.umask(0o077); sys.argv = {['flow', str(tmp_path), str(tiny_model_file)]!r}; "
    done = python("-c", program + f"runpy.run_path({str(FLOW)!r}, run_name='__main__')", **homes)
    assert done.returncode == 0, done.stderr[-3000:]
    written = [path for path in set(tmp_path.rglob("*")) - before if not path.is_symlink()]
    assert len(written) > 3
    open_to_others = [path for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


def test_log_does_not_contain_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = start_logging()
    assert file is not None
    try:
        try:
            (tmp_path / "holiday" / "beach.jpg").read_bytes()
        except OSError:
            logging.getLogger("dfpir_gui").exception("%s cannot be read", tmp_path / "holiday" / "beach.jpg")
    finally:
        stop_logging()
    text = file.read_text(encoding="utf-8")
    assert str(Path("~/holiday/beach.jpg")) in text and "Traceback" in text
    assert str(tmp_path) not in text
