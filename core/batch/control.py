"""Pause, resume and stop, for a run in this process or in others."""

import threading
import time
from pathlib import Path

from core.progress import CancelToken

STOP_FILE, PAUSE_FILE = "stop", "pause"
_POLL_S = 0.1


class Control(CancelToken):
    """A cancel token that can also pause: where the work asks whether to stop, it waits while it is paused.

    Safe to share between threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Condition()
        self._paused_since: float | None = None
        self._paused_s = 0.0

    @property
    def paused(self) -> bool:
        """Whether the work is paused."""
        return self._paused_since is not None

    @property
    def paused_seconds(self) -> float:
        """Total time of all pauses."""
        with self._lock:
            current = 0.0 if self._paused_since is None else time.monotonic() - self._paused_since
            return self._paused_s + current

    def pause(self) -> None:
        """Make the work wait at its next safe point."""
        with self._lock:
            if self._paused_since is None:
                self._paused_since = time.monotonic()

    def resume(self) -> None:
        """End the pause."""
        with self._lock:
            if self._paused_since is not None:
                self._paused_s += time.monotonic() - self._paused_since
                self._paused_since = None
            self._lock.notify_all()

    def cancel(self) -> None:
        """Ask the work to stop at its next safe point, also if it is paused."""
        super().cancel()
        with self._lock:
            self._lock.notify_all()

    def check(self) -> None:
        """Wait while paused; raise :class:`core.errors.Cancelled` if the work should stop."""
        with self._lock:
            self._lock.wait_for(lambda: self._paused_since is None or self.cancelled)
        super().check()


class FolderControl(CancelToken):
    """The token of a worker in another process, or on another machine: two files in a folder that all can see.

    The folder is read at most ten times a second, since it may be on a network disk.

    Args:
        folder: where files called :data:`STOP_FILE` and :data:`PAUSE_FILE` appear.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._polled = 0.0
        self._paused = False

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop; also true if the folder no longer exists."""
        self._poll()
        return self._event.is_set()

    def check(self) -> None:
        """Wait while the pause file exists; raise :class:`core.errors.Cancelled` if the work should stop."""
        while not self.cancelled and self._paused:
            self._event.wait(_POLL_S)
        super().check()

    def _poll(self) -> None:
        if not self._event.is_set() and time.monotonic() - self._polled >= _POLL_S:
            self._polled = time.monotonic()
            self._paused = (self._folder / PAUSE_FILE).exists()
            if not self._folder.is_dir() or (self._folder / STOP_FILE).exists():
                self.cancel()
