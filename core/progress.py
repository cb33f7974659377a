"""Progress and cancellation, in the two smallest forms that every long task shares."""

import threading
from collections.abc import Callable

from core.errors import Cancelled

ProgressCallback = Callable[[float], None]
"""Called with the finished share of the work, 0.0 to 1.0, never decreasing, on the thread that does the work."""


def no_progress(fraction: float) -> None:
    """The progress callback of those who do not want to know."""


def scaled(progress: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """A progress callback that maps its 0 to 1 into ``start`` to ``end`` of another."""
    return lambda fraction: progress(start + (end - start) * fraction)


class CancelToken:
    """A flag that one thread sets and the working thread asks. Safe to share between threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next safe point. May be called from any thread, and more than once."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise :class:`core.errors.Cancelled` if the work should stop; do nothing otherwise."""
        if self.cancelled:
            raise Cancelled("Stopped at your request; nothing was changed.")
