"""Progress callbacks and cancellation of long tasks."""

import threading
from collections.abc import Callable

from core.errors import Cancelled
from core.messages import message

ProgressCallback = Callable[[float], None]
"""Called with the share of the work that is done, 0.0 to 1.0, never decreasing, on the thread that does the work."""


def no_progress(fraction: float) -> None:
    """A progress callback that does nothing."""


def scaled(progress: ProgressCallback, start: float, end: float) -> ProgressCallback:
    """A progress callback that reports 0 to 1 as ``start`` to ``end`` of another callback."""
    return lambda fraction: progress(start + (end - start) * fraction)


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
