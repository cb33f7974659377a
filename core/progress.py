"""Progress callbacks, remaining time and cancellation of long tasks."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import Cancelled
from core.messages import message

ProgressCallback = Callable[[float], None]
"""Called with the share of the work that is done, 0.0 to 1.0, never decreasing, on the thread that does the work."""


LOAD_SECONDS = 3.0
"""Time after which an estimate of the remaining time follows a change of the load; see :class:`RemainingTime`."""

_LOAD_TOLERANCE = 0.12
"""Relative change of the load that is followed; smaller ones are averaged."""

_COST_WINDOW = 0.1
_COST_TOLERANCE = 0.35
"""Share of the work after which, and difference from which, a changed cost of the work is followed. The assumed costs
of its parts are off by up to a quarter, which cancels in the mean."""

_BEGINNING, _BEGINNING_COUNTS_UNTIL = 0.025, 0.05
"""The work up to the first share does not count once the second is reached: memory that is used for the first time
takes up to twice as long."""

_MIN_SECONDS = 1.0
"""No remaining time is estimated earlier: the first parts of the work say little about the rest."""

_WINDOW_PARTS = 6
"""Parts of a window that must all show a changed rate."""


def no_progress(fraction: float) -> None:
    """A progress callback that does nothing."""


def scaled(progress: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """A progress callback that reports 0 to 1 as ``start`` to ``end`` of another callback."""
    return lambda fraction: progress(start + (end - start) * fraction)


class SteadyRate:
    """How much one quantity increases with another: the mean since it last changed for long.

    The mean over all that was measured is the best estimate as long as nothing changes. Single slow or fast moments
    hardly affect it, since all parts of it count the same, however long a single report took. If the rates of all parts
    of the last ``window`` lie clearly on the same side of the mean before them, the rate has changed, and what was
    measured before no longer counts.

    Args:
        window: increase of the first quantity after which a changed rate counts.
        tolerance: relative difference of the rate that counts as a change; that of each part must be half of it.
        x: first quantity at the beginning.
        y: second quantity at the beginning.
    """

    def __init__(self, window: float, tolerance: float, x: float = 0.0, y: float = 0.0) -> None:
        self._part = window / _WINDOW_PARTS
        self._tolerance = tolerance
        self._last = x, y
        self._before = _Increase()
        self._recent: deque[_Increase] = deque()
        self._current = _Increase()

    def update(self, x: float, y: float) -> None:
        """Report the values of both quantities, which never decrease."""
        self._current.add(x - self._last[0], y - self._last[1])
        self._last = x, y
        if self._current.x < self._part:
            return
        self._recent.append(self._current.limited(self._part))
        self._current = _Increase()
        if len(self._recent) > _WINDOW_PARTS:
            oldest = self._recent.popleft()
            self._before.add(oldest.x, oldest.y)
            if self._has_changed():
                self._before = _Increase()

    def _has_changed(self) -> bool:
        if not self._before.y:
            return False
        mean = self._before.y / self._before.x
        window = sum(part.y for part in self._recent) / sum(part.x for part in self._recent) / mean - 1
        parts = [part.y / part.x / mean - 1 for part in self._recent]
        return abs(window) > self._tolerance and all(
            abs(part) > self._tolerance / 2 and part * window > 0 for part in parts
        )

    @property
    def rate(self) -> float | None:
        """Increase of the second quantity for an increase of the first by 1; None if there was none."""
        counted = (self._before, *self._recent, self._current)
        x, y = sum(part.x for part in counted), sum(part.y for part in counted)
        return y / x if x > 0 else None


class RemainingTime:
    """Estimates how long a task still takes, from the share that is done.

    The effort for the rest is estimated from the effort so far, and its time from the rate at which effort was made
    lately. With processor time as effort, the former does not depend on other programs, and the latter follows their
    number whatever the task is doing, within :data:`LOAD_SECONDS` of a change.

    Args:
        effort: seconds of effort since any moment; wall time if a GPU or another process does the work.
        clock: wall time in seconds.
    """

    def __init__(self, effort: Callable[[], float], clock: Callable[[], float]) -> None:
        self._effort = effort
        self._clock = clock
        self._begun = effort(), clock()
        self._whole_cost = self._cost = SteadyRate(_COST_WINDOW, _COST_TOLERANCE)
        self._speed = SteadyRate(LOAD_SECONDS, _LOAD_TOLERANCE)

    @classmethod
    def on_device(cls, device: str) -> "RemainingTime":
        """For work of this process on a torch device, e.g. ``"cpu"``, that begins now."""
        return cls(time.process_time if device == "cpu" else time.perf_counter, time.perf_counter)

    def update(self, share: float) -> float | None:
        """The seconds that the task still takes if the load stays; None if that is unknown, as in the first second.

        Args:
            share: of the work that is done, 0.0 to 1.0, never decreasing.
        """
        effort, elapsed = self._effort() - self._begun[0], self._clock() - self._begun[1]
        self._speed.update(elapsed, effort)
        self._whole_cost.update(share, effort)
        if self._cost is not self._whole_cost:
            self._cost.update(share, effort)
        elif share >= _BEGINNING:
            self._cost = SteadyRate(_COST_WINDOW, _COST_TOLERANCE, share, effort)
        cost, speed = self._whole_cost.rate, self._speed.rate
        if share >= _BEGINNING_COUNTS_UNTIL:
            cost = self._cost.rate or cost  # none yet if this is the first report
        if elapsed < _MIN_SECONDS or cost is None or not speed:
            return None
        return (1 - share) * cost / speed


@dataclass
class _Increase:
    """Increases of two quantities."""

    x: float = 0.0
    y: float = 0.0

    def add(self, x: float, y: float) -> None:
        self.x += x
        self.y += y

    def limited(self, x: float) -> "_Increase":
        """The increases at the same rate for an ``x`` of at most this."""
        return _Increase(x, self.y * x / self.x) if self.x > x else self


class CancelToken:
    """A flag that one thread sets and the working thread checks. Safe to share between threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Request that the work stops at its next safe point. May be called from any thread, and more than once."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`core.errors.Cancelled` if the work should stop."""
        if self.cancelled:
            raise Cancelled(message("Stopped at your request; nothing was changed."))
