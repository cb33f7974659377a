"""Times until the programs can be used: ``python benchmarks/start.py``.

One row for each program: seconds of wall and processor time since the process was started, the smallest of the
repeats, since other programs only add to them; the load of the machine is printed first. For the window: until it is
drawn, until a photo of the command line is drawn in it, until the engine is imported and could restore, and the longest
time for which it did not respond meanwhile. For the command line: a whole run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

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


def measure_commands(repeats: int) -> None:
    """Print the rows of the command line."""
    python = (sys.executable, "-c")
    dfpir = "from core.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "import core": (*python, "import core"),
            "import torch": (*python, "import torch"),
            "dfpir --help": (*python, dfpir, "--help"),
            "dfpir restore": (*python, dfpir, "restore", str(SAMPLE), "-o", f"{folder}/out.png", "--overwrite"),
        }
        for name, command in commands.items():
            taken = [run(*command)[:2] for _ in range(repeats)]
            _print(name, min(wall for wall, _ in taken), min(cpu for _, cpu in taken))


def measure_window(repeats: int) -> None:
    """Print the rows of the window."""
    found: list[dict[str, Any]] = []
    for _ in range(repeats):
        output = run(sys.executable, "-c", _WINDOW, str(time.time()), str(SAMPLE))[2]
        found.append(json.loads(output.splitlines()[-1]))
    for name, mark in (("window drawn", "drawn"), ("photo drawn", "photo"), ("photo detected", "engine")):
        _print(name, *(min(marks[mark][number] for marks in found) for number in range(2)))
    print(f"{'longest freeze':16} {min(marks['longest'] for marks in found):6.2f} s")


def _print(name: str, wall: float, cpu: float) -> None:
    print(f"{name:16} {wall:6.2f} s {cpu:6.2f} s CPU", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Times until the programs can be used.")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:  # no settings or sessions of the user
        os.environ.update({f"XDG_{kind}_HOME": home for kind in ("CONFIG", "CACHE", "STATE", "DATA")})
        print(f"load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        measure_commands(options.repeats)
        measure_window(options.repeats)


if __name__ == "__main__":
    main()
