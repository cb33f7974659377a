"""How far a batch is, measured by the work that photos make and not by their number."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.batch.journal import Row
from core.batch.settings import BatchSettings, read
from core.batch.size_estimate import estimated_pixels
from core.degradations import network_runs


@dataclass(frozen=True)
class Progress:
    """How far a batch is.

    Attributes:
        done: photos that have ended, failed ones included.
        total: photos that are worked on.
        fraction: of the work, 0 to 1; never decreasing.
        seconds_left: about, or None while that cannot be told.
        path: the photo at hand, or ``""``.
    """

    done: int
    total: int
    fraction: float
    seconds_left: float | None
    path: str


class Meter:
    """Adds up the work. Photos weigh as many pixels as they have (or seem to have by their size) times the passes
    of the network.

    Safe to share between threads.

    Args:
        rows: the photos to be worked on.
        treatment: what is done to them.
        paused_seconds: how long the run has been paused so far.
    """

    def __init__(self, rows: Iterable[Row], treatment: BatchSettings, paused_seconds: Callable[[], float]) -> None:
        self._weights = {row.path: _weight(row, treatment) for row in rows}
        self._all = sum(self._weights.values())
        self._total = len(self._weights)
        self._finished = 0.0
        self._running: dict[str, float] = {}
        self._furthest = 0.0
        self._paused_seconds = paused_seconds
        self._begun = time.monotonic()
        self._path = ""
        self._lock = threading.Lock()

    def running(self, path: str, share: float) -> Progress:
        """Tell that ``share`` (0 to 1) of the photo at ``path`` is finished."""
        with self._lock:
            if path in self._weights:
                self._path = path
                self._running[path] = self._weights[path] * share
            return self._now()

    def ended(self, path: str) -> Progress:
        """Tell that nothing more is to be done for the photo at ``path``."""
        with self._lock:
            self._finished += self._weights.pop(path, 0.0)
            self._running.pop(path, None)
            return self._now()

    def _now(self) -> Progress:
        done = self._finished + sum(self._running.values())
        self._furthest = max(self._furthest, min(done / self._all, 1.0) if self._all else 1.0)
        elapsed = time.monotonic() - self._begun - self._paused_seconds()
        left = elapsed * (1 - self._furthest) / self._furthest if self._furthest > 0 else None
        return Progress(self._total - len(self._weights), self._total, self._furthest, left, self._path)


def _weight(row: Row, treatment: BatchSettings) -> float:
    pixels = row.pixels or estimated_pixels(row.path, row.size)
    steps = read(row.override) if row.override else treatment.steps or ()
    return max(pixels, 1.0) * max(sum(network_runs(key, treatment.quality_mode) for key, _ in steps), 1)
