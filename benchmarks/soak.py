"""Endurance tests: ``python -m benchmarks.soak library --count 500`` and ``… window --minutes 120``.

Repeats the same work in one process, and prints memory and threads. The first fifth is warm-up; the exit code is 1 if
memory then increased by more than ``--allowed-growth`` MiB or threads remained. On a GPU, its memory counts too.
``QT_QPA_PLATFORM=offscreen`` runs the window without a display.
"""

import argparse
import gc
import random
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import psutil
import torch

from core import Photo, Restorer
from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import KEYS

MIB = 2**20

PAUSE = 0.005
"""Seconds between checks of the state of the window, for the worker to run."""

PATIENCE = 60_000
"""Number of checks before a window counts as stuck; not seconds, since a machine may sleep in between."""


@dataclass
class ResourceMonitor:
    """Memory and threads of the process, sampled regularly."""

    every: int
    memory: list[float] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    gpu: list[float] = field(default_factory=list)
    rounds: int = 0

    def sample(self) -> None:
        """Record the current values every ``every`` rounds."""
        self.rounds += 1
        if self.rounds % self.every:
            return
        gc.collect()
        process = psutil.Process()
        self.memory.append(process.memory_info().rss / MIB)
        self.threads.append(threading.active_count())
        self.gpu.append(torch.cuda.memory_allocated() / MIB if torch.cuda.is_available() else 0.0)
        print(
            f"{self.rounds:6} rounds: {self.memory[-1]:7.0f} MiB, {self.threads[-1]} Python threads, "
            f"{process.num_threads()} in all, {len(process.open_files())} files, {self.gpu[-1]:.0f} MiB on the GPU",
            flush=True,
        )

    def verdict(self, allowed_growth: float) -> int:
        """0 if the values are constant after the first fifth, else 1."""
        start = len(self.memory) // 5
        if len(self.memory) - start < 4:
            print("too few samples for a verdict")
            return 1
        half = (len(self.memory) + start) // 2
        grown = float(np.median(self.memory[half:]) - np.median(self.memory[start:half]))
        on_gpu = self.gpu[-1] - self.gpu[start]
        more = max(self.threads[half:]) - max(self.threads[start:half])
        constant = grown <= allowed_growth and on_gpu <= 1 and more <= 0
        print(f"from the first half to the second: {grown:+.1f} MiB, {more:+d} threads, {on_gpu:+.1f} MiB on the GPU")
        print("constant" if constant else "NOT CONSTANT")
        return 0 if constant else 1


def picture(side: int, number: int) -> Photo:
    """A photo of ``side`` × ``side`` pixels, different for every number."""
    return Photo.from_array(np.random.default_rng(number).random((side, side, 3), np.float32))


def library(options: argparse.Namespace) -> ResourceMonitor:
    """Restore photos of changing sizes with every prompt."""
    restorer = Restorer(options.model, device=options.device)
    monitor = ResourceMonitor(max(options.count // 25, 1))
    for number in range(options.count):
        side = options.side + 8 * (number % 5)
        restorer.restore(picture(side, number), KEYS[number % len(KEYS)])
        monitor.sample()
    return monitor


def window(options: argparse.Namespace) -> ResourceMonitor:
    """Use the window: open, restore, stop, compare, change pages, close."""
    import tempfile
    from pathlib import Path

    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    from dfpir_gui.app.main_window import MainWindow
    from dfpir_gui.app.pages import PAGES
    from dfpir_gui.session import Session, State
    from dfpir_gui.workers.main_thread import MainThread

    app = QApplication([])
    main_thread = MainThread()
    session = Session(
        post=main_thread.post,
        restorer_factory=lambda: Restorer(options.model, device=options.device),
        open_photo=Photo.open,
    )
    shown = MainWindow(session)
    shown.show()
    chance = random.Random(7)
    monitor = ResourceMonitor(5)

    def rest(*states: State) -> None:
        for _ in range(PATIENCE):
            app.processEvents()
            if not session.busy and (not states or session.state in states):
                return
            time.sleep(PAUSE)
        raise TimeoutError(f"the window stays {session.state}")

    def rounds(folder: Path) -> Iterator[None]:
        files = [picture(options.side + 16 * n, n).save(folder / f"{n}.png") for n in range(8)]
        end = time.monotonic() + options.minutes * 60
        while time.monotonic() < end:
            shown.open_photo(chance.choice(files), chance.choice(KEYS))
            rest(State.READY, State.RESTORED, State.SAVED)
            session.restore()
            if chance.random() < 0.3:
                app.processEvents()
                session.stop()
            rest()
            for mode in shown.actions_.modes.values():
                mode.trigger()
                shown.grab()
            if session.current is not None and session.current.state is State.RESTORED:
                session.save(folder / f"result-{monitor.rounds}.png")
                rest()
            for page in (*PAGES, None):
                shown.pages.show_page(page.key if page else "studio")
                shown.grab()
            if len(session.documents) > 3 or chance.random() < 0.5:
                for document in list(session.documents):
                    session.remove(document)
            rest()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            yield

    with tempfile.TemporaryDirectory() as folder:
        for _ in rounds(Path(folder)):
            monitor.sample()
        shown.close()
        session.close()
    return monitor


def main() -> int:
    """Run the test and return the exit code."""
    parser = argparse.ArgumentParser(description="Endurance tests: memory and threads must stay constant.")
    parser.add_argument("part", choices=("library", "window"))
    parser.add_argument("--count", type=int, default=500, help="restorations of the library")
    parser.add_argument("--minutes", type=float, default=120.0, help="duration of the window test")
    parser.add_argument("--side", type=int, default=64, help="of the smallest photo, pixels")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--allowed-growth", type=float, default=24.0, help="allowed increase of memory in MiB after the warm-up"
    )
    options = parser.parse_args()
    monitor = library(options) if options.part == "library" else window(options)
    return monitor.verdict(options.allowed_growth)


if __name__ == "__main__":
    sys.exit(main())
