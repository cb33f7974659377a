"""Restoring what arrives: a folder is watched, and every photo is taken as soon as it is complete."""

import os
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.batch.batch import Batch
from core.batch.control import Control
from core.batch.journal import Row
from core.batch.progress import Progress
from core.batch.summary import Summary
from core.batch.walk import Chooser, Found

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

SETTLE_S = 2.0
"""A file counts as complete when neither its size nor its time of change has moved for so long."""

_LOOK_S = 0.25


class Arrivals:
    """Files that have been seen to change and are not known to be complete.

    Args:
        source: the watched folder.
        takes: whether a path within it, with slashes, is of interest.
        settle: seconds, see :data:`SETTLE_S`.
    """

    def __init__(self, source: Path, takes: Callable[[str], bool], settle: float = SETTLE_S) -> None:
        self._source = source
        self._takes = takes
        self._settle = settle
        self._seen: dict[str, tuple[Found, float]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def saw(self, path: Path, now: float) -> None:
        """Something has happened to the file or folder at ``path``; ``now`` is in seconds of any steady clock."""
        if path.is_dir():
            for folder, _, files in os.walk(path):
                for name in files:
                    self.saw(Path(folder) / name, now)
            return
        try:
            inner = path.relative_to(self._source).as_posix()
        except ValueError:
            return
        if self._takes(inner):
            self._look(inner, now)

    def complete(self, now: float) -> list[Found]:
        """Files that have come to rest; they are forgotten here."""
        for path in list(self._seen):
            self._look(path, now)
        ready = [found for found, since in self._seen.values() if now - since >= self._settle]
        for found in ready:
            del self._seen[found.path]
        return ready

    def _look(self, path: str, now: float) -> None:
        try:
            status = (self._source / path).stat()
        except OSError:  # gone again, or renamed: its new name is an arrival of its own
            self._seen.pop(path, None)
            return
        found = Found(path, status.st_size, status.st_mtime_ns)
        before = self._seen.get(path)
        if before is None or before[0] != found:
            self._seen[path] = (found, now)


def watch(
    batch: Batch,
    control: Control,
    *,
    on_row: Callable[[Row], None],
    on_progress: Callable[[Progress], None],
    on_summary: Callable[[Summary], None],
    settle: float = SETTLE_S,
    retry_failed: bool = False,
) -> None:
    """Restore what is there, and then whatever arrives, until ``control`` is cancelled.

    Folders behind symbolic links are read at the beginning, but what arrives in them later is not noticed.

    Args:
        batch: holds source and target.
        control: to pause, resume and end.
        on_row: as for :meth:`core.batch.Batch.run`.
        on_progress: as for :meth:`core.batch.Batch.run`.
        on_summary: called after each run, the first being that over what is there.
        settle: seconds, see :data:`SETTLE_S`.
        retry_failed: whether photos that failed before are tried again at the beginning.

    Raises:
        BatchError: as :meth:`core.batch.Batch.run`.
    """
    chooser, source = Chooser(batch.layout), batch.layout.source.resolve()
    target = batch.layout.target.resolve()

    def takes(path: str) -> bool:
        folders = path.split("/")[:-1]
        inside = all(chooser.enters("/".join(folders[: depth + 1])) for depth in range(len(folders)))
        return inside and chooser.takes(path) and not (source / path).is_relative_to(target)

    arrivals = Arrivals(source, takes, settle)
    with _events(source) as events:
        plan = batch.plan(retry_failed=retry_failed)  # after the watching has begun, so that nothing falls between
        on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress))
        while not control.cancelled:
            for path in _waiting(events):
                arrivals.saw(path, time.monotonic())
            ready = arrivals.complete(time.monotonic())
            plan = batch.plan(only=ready)
            if plan.to_run:
                on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress))


def _waiting(events: "queue.SimpleQueue[Path]") -> Iterator[Path]:
    """What has happened; waits a moment if nothing has."""
    try:
        yield events.get(timeout=_LOOK_S)
        while True:
            yield events.get_nowait()
    except queue.Empty:
        return


@contextmanager
def _events(source: Path) -> "Iterator[queue.SimpleQueue[Path]]":
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers import Observer
    from watchdog.observers.polling import PollingObserver

    events: queue.SimpleQueue[Path] = queue.SimpleQueue()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: "FileSystemEvent") -> None:
            # A folder that is only said to have changed holds a file that has an event of its own.
            wanted = ("created", "moved") if event.is_directory else ("created", "moved", "modified", "closed")
            if event.event_type in wanted:
                events.put(Path(os.fsdecode(event.dest_path or event.src_path)))

    observer = Observer()
    try:
        observer.schedule(Handler(), str(source), recursive=True)
        observer.start()
    except OSError:  # the system has no more watches to give, or the disk cannot be watched
        observer = PollingObserver()
        observer.schedule(Handler(), str(source), recursive=True)
        observer.start()
    try:
        yield events
    finally:
        observer.stop()
        observer.join()
