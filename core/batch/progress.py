"""How far a batch is, measured by the work that photos make and not by their number, and its final counts."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.batch.pipeline import IdleTime
from core.batch.plan import Plan, Why, estimated_pixels
from core.batch.rows import Row, State
from core.batch.scan import PassedOver
from core.batch.settings import BatchSettings
from core.degradations import network_runs
from core.progress import RemainingTime


@dataclass(frozen=True)
class Progress:
    """How far a batch is.

    Attributes:
        done: photos that have ended, failed ones included.
        total: photos that are worked on.
        fraction: of the work, 0 to 1; never decreasing.
        seconds_left: estimated remaining time, or None while it is unknown.
        path: the photo that is worked on, or ``""``.
    """

    done: int
    total: int
    fraction: float
    seconds_left: float | None
    path: str


class Meter:
    """Adds up the work. A photo counts its pixels (estimated from its bytes if unknown) times the network's passes.

    Safe to share between threads.

    Args:
        rows: the photos to be worked on.
        settings: what is done to them.
        paused_seconds: how long the run has been paused so far.
    """

    def __init__(self, rows: Iterable[Row], settings: BatchSettings, paused_seconds: Callable[[], float]) -> None:
        self._work = {row.path: _work_of(row, settings) for row in rows}
        self._total_work = sum(self._work.values())
        self._total = len(self._work)
        self._finished_work = 0.0
        self._running: dict[str, float] = {}
        self._fraction = 0.0

        def working_time() -> float:  # other processes may do the work
            return time.monotonic() - paused_seconds()

        self._remaining = RemainingTime(working_time, working_time)
        self._path = ""
        self._lock = threading.Lock()

    def update(self, path: str, share: float) -> Progress:
        """Report that ``share`` (0 to 1) of the photo at ``path`` is finished."""
        with self._lock:
            if path in self._work:
                self._path = path
                self._running[path] = self._work[path] * share
            return self._progress()

    def finish(self, path: str) -> Progress:
        """Report that nothing more is to be done for the photo at ``path``."""
        with self._lock:
            self._finished_work += self._work.pop(path, 0.0)
            self._running.pop(path, None)
            return self._progress()

    def _progress(self) -> Progress:
        done = self._finished_work + sum(self._running.values())
        self._fraction = max(self._fraction, min(done / self._total_work, 1.0) if self._total_work else 1.0)
        left = self._remaining.update(self._fraction)
        return Progress(self._total - len(self._work), self._total, self._fraction, left, self._path)


def _work_of(row: Row, settings: BatchSettings) -> float:
    pixels = row.pixels or estimated_pixels(row.path, row.size)
    steps = (settings.steps if row.override is None else row.override) or ()
    return max(pixels, 1.0) * max(sum(network_runs(step.degradation, settings.quality_mode) for step in steps), 1)


@dataclass
class Summary:
    """Per-state photo counts of a run.

    Attributes:
        total: photos in the plan.
        counts: how many ended in each state in this run; ``WAITING`` are those not reached before a stop.
        unchanged: how many of these were copied or left out because the user had said so.
        before: how many were not worked on, by the reason.
        unreadable: folders that could not be read, with the reason.
        seconds: duration of the run.
        idle: how long the device waited for the disk.
        stopped: whether the run was stopped before its end.
        outdated: photos with an earlier result in the target that is no longer current. They are counted above, too,
            most of them as failed, to review or not reached.
        passed_over: pictures that are not restored, with the reason; they are not counted in ``total``.
    """

    total: int
    counts: Counter[State] = field(default_factory=Counter)
    unchanged: Counter[State] = field(default_factory=Counter)
    before: Counter[Why] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)
    seconds: float = 0.0
    idle: IdleTime = field(default_factory=IdleTime)
    stopped: bool = False
    outdated: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)

    @classmethod
    def from_plan(cls, plan: Plan) -> "Summary":
        """The summary of a plan before it is carried out: all that is to be done waits."""
        before = Counter(item.why for item in plan.items if not item.why.runs)
        return cls(
            total=len(plan.items),
            counts=Counter({State.WAITING: len(plan.items) - before.total()}),
            before=before,
            unreadable=list(plan.unreadable),
            outdated=sum(bool(item.row.outdated) for item in plan.items),
            passed_over=list(plan.passed_over),
        )

    def count_ended(self, planned: Row, row: Row) -> None:
        """Count a photo that was waiting as ``planned`` by its final ``row``."""
        self.counts[State.WAITING] -= 1
        self.count(row)
        self.outdated += bool(row.outdated) - bool(planned.outdated)

    def count(self, row: Row) -> None:
        """Count a photo in its state."""
        self.counts[row.state] += 1
        self.unchanged[row.state] += row.left_by_user

    @property
    def failed(self) -> int:
        """Photos without a result for a reason: failed now, failed before, or with a name that was taken."""
        return self.counts[State.FAILED] + self.before[Why.FAILED_BEFORE] + self.before[Why.TAKEN]

    @property
    def adds_up(self) -> bool:
        """Whether every photo is counted once."""
        return self.counts.total() + self.before.total() == self.total

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Labels and numbers above 0; the numbers add up to ``total``."""
        named = [
            ("restored", self.counts[State.RESTORED]),
            ("clean, copied", self.counts[State.COPIED] - self.unchanged[State.COPIED]),
            ("clean, left out", self.counts[State.LEFT] - self.unchanged[State.LEFT]),
            ("left unchanged, copied", self.unchanged[State.COPIED]),
            ("left unchanged, left out", self.unchanged[State.LEFT]),
            ("to review", self.counts[State.REVIEW]),
            ("failed", self.counts[State.FAILED]),
            ("not reached", self.counts[State.WAITING] + self.counts[State.WRITING]),
            ("skipped, done before", self.before[Why.DONE]),
            ("skipped, failed before", self.before[Why.FAILED_BEFORE]),
            ("skipped, name taken", self.before[Why.TAKEN]),
        ]
        return [(label, number) for label, number in named if number]

    @property
    def exit_code(self) -> int:
        """0: no failures; 1: something failed or could not be read; 130: it was stopped."""
        if self.stopped:
            return 130
        return 1 if self.failed or self.unreadable else 0
