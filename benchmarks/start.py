"""Times until the programs can be used: ``python benchmarks/start.py``.

One row for each program: seconds of wall and processor time since the process was started, the smallest of the
repeats, since other programs only add to them; the load of the machine is printed first. For the window: until it is
drawn, until a photo of the command line is drawn in it, until the engine is imported and could restore, and the longest
time for which it did not respond meanwhile. For the command line: a whole run.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

RESTORE, DRAWN = "dfpir restore", "window drawn"
SAMPLE = Path(__file__).parents[1] / "resources" / "samples" / "noise25.jpg"

_WINDOW = """
import json, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from core.system.torch_import import torch_is_imported
from dfpir_gui.app import application
from dfpir_gui.session import State

started = float(sys.argv[1])
marks = {}

def mark(name):
    marks.setdefault(name, (time.time() - started, time.process_time()))

class Watched(application.MainWindow):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.last, self.longest = None, 0.0
        self.timer = QTimer(self, interval=5)
        self.timer.timeout.connect(self.check)
        self.timer.start()

    def check(self):
        now = time.time()
        if self.last is not None:
            self.longest = max(self.longest, now - self.last)
        self.last = now
        mark("drawn")  # the event loop only gets here after the first paint events
        if self.session.state not in (State.NEW, State.LOADING):
            mark("photo")
        if torch_is_imported() and self.session.detection is not None:
            mark("engine")
        if len(marks) == 3:
            print(json.dumps({**marks, "longest": self.longest}))
            self.timer.stop()
            self.close()

application.MainWindow = Watched
application.run([__import__("pathlib").Path(sys.argv[2])])
"""


def run(*command: str) -> tuple[float, float, str]:
    """Wall and processor time of a command, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, output


def command_times(repeats: int, names: Collection[str] | None = None) -> dict[str, tuple[float, float]]:
    """The smallest wall and processor times of the command line, by row; only those in ``names`` if given."""
    python = (sys.executable, "-c")
    dfpir = "from core.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import core": (*python, "import core"),
            "import torch": (*python, "import torch"),
            "dfpir --help": (*python, dfpir, "--help"),
            RESTORE: (*python, dfpir, "restore", str(SAMPLE), "-o", f"{folder}/out.png", "--overwrite"),
        }
        found = {}
        for name, command in commands.items():
            if names is None or name in names:
                taken = [run(*command)[:2] for _ in range(repeats)]
                found[name] = (min(wall for wall, _ in taken), min(cpu for _, cpu in taken))
    return found


def window_times(repeats: int) -> tuple[dict[str, tuple[float, float]], float]:
    """The smallest wall and processor times of the window, by row, and its longest freeze in seconds."""
    found: list[dict[str, Any]] = []
    for _ in range(repeats):
        output = run(sys.executable, "-c", _WINDOW, str(time.time()), str(SAMPLE))[2]
        found.append(json.loads(output.splitlines()[-1]))
    rows = {}
    for name, mark in ((DRAWN, "drawn"), ("photo drawn", "photo"), ("photo detected", "engine")):
        wall, cpu = (min(marks[mark][number] for marks in found) for number in range(2))
        rows[name] = (wall, cpu)
    return rows, min(marks["longest"] for marks in found)


@contextlib.contextmanager
def new_user() -> Iterator[None]:
    """Within the block the programs find no settings and no sessions, and windows are drawn off the screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ):
        os.environ.update({f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "STATE", "DATA")})
        yield


def _print(name: str, wall: float, cpu: float) -> None:
    print(f"{name:16} {wall:6.2f} s {cpu:6.2f} s CPU", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Times until the programs can be used.")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with new_user():
        print(f"load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for name, times in command_times(options.repeats).items():
            _print(name, *times)
        rows, freeze = window_times(options.repeats)
        for name, times in rows.items():
            _print(name, *times)
        print(f"{'longest freeze':16} {freeze:6.2f} s")


if __name__ == "__main__":
    main()
