"""Restoring what arrives: a folder is watched, and every photo is taken as soon as it is complete."""

import time
from collections.abc import Callable
from pathlib import Path

from core.batch.batch import Batch, nobody
from core.batch.control import Control
from core.batch.fs_events import Watched
from core.batch.journal import Row
from core.batch.progress import Progress
from core.batch.scan import Chooser, Found
from core.batch.summary import Summary

SETTLE_S = 2.0
"""A file counts as complete when neither its size nor its time of change has moved for so long."""


class Arrivals:
    """Files that have been seen to change and are not known to be complete.

    Args:
        source: the watched folder.
        settle: seconds, see :data:`SETTLE_S`.
    """

    def __init__(self, source: Path, settle: float = SETTLE_S) -> None:
        self._source = source
        self._settle = settle
        self._seen: dict[str, tuple[Found, float]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def saw(self, path: str, now: float) -> None:
        """Something has happened to the file at ``path``; ``now`` is in seconds of any steady clock.

        Args:
            path: within the source, with slashes.
            now: seconds.
        """
        try:
            status = (self._source / path).stat()
        except OSError:  # gone again, or renamed: its new name is an arrival of its own
            self._seen.pop(path, None)
            return
        found = Found(path, status.st_size, status.st_mtime_ns)
        before = self._seen.get(path)
        if before is None or before[0] != found:
            self._seen[path] = (found, now)

    def complete(self, now: float) -> list[Found]:
        """Files that have come to rest; they are forgotten here."""
        for path in list(self._seen):
            self.saw(path, now)
        ready = [found for found, since in self._seen.values() if now - since >= self._settle]
        for found in ready:
            del self._seen[found.path]
        return ready


def watch(
    batch: Batch,
    control: Control,
    *,
    on_row: Callable[[Row], None],
    on_progress: Callable[[Progress], None],
    on_summary: Callable[[Summary], None],
    on_note: Callable[[str], None] = nobody,
    settle: float = SETTLE_S,
    retry_failed: bool = False,
) -> None:
    """Restore what is there, and then whatever arrives, until ``control`` is cancelled.

    Args:
        batch: holds source and target.
        control: to pause, resume and end.
        on_row: as for :meth:`core.batch.Batch.run`.
        on_progress: as for :meth:`core.batch.Batch.run`.
        on_summary: called after each run, the first being that over what is there.
        on_note: as for :meth:`core.batch.Batch.run`.
        settle: seconds, see :data:`SETTLE_S`.
        retry_failed: whether photos that failed before are tried again at the beginning.

    Raises:
        BatchError: as :meth:`core.batch.Batch.run`.
    """
    source, chooser = batch.layout.source, Chooser(batch.layout)
    arrivals = Arrivals(source, settle)
    with Watched(batch.layout) as watched:
        plan = batch.plan(retry_failed=retry_failed)  # after the watching has begun, so that nothing falls between
        on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress, on_note=on_note))
        while not control.cancelled:
            for path in watched.arrivals():
                arrivals.saw(path, time.monotonic())
            complete = (chooser.recognised(found, source / found.path) for found in arrivals.complete(time.monotonic()))
            ready = [found for found in complete if isinstance(found, Found)]
            if ready and (plan := batch.plan(only=ready)).to_run:
                on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress, on_note=on_note))
