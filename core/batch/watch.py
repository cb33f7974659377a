"""Watching a folder: every new photo is restored as soon as its file is complete."""

import os
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core.batch.batch import Batch, ignore
from core.batch.control import Control
from core.batch.layout import Layout
from core.batch.progress import Progress, Summary
from core.batch.rows import Row
from core.batch.scan import FileFilter, FolderId, Scan, SourceFile
from core.messages import Message

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

SETTLE_S = 2.0
"""A file counts as complete when its size and modification time have not changed for so long."""

_POLL_S = 0.25


class FolderEvents:
    """The files of a source that are created, moved or changed, those behind links to folders included.

    The system reports nothing about the targets of links. Each folder behind a link that a
    :class:`core.batch.scan.Scan` follows is therefore watched at its real path, and its files get the names that the
    scan would give them.

    Args:
        layout: which files are of interest.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._file_filter = FileFilter(layout)
        self._source = os.path.realpath(layout.source)
        self._target = Path(os.path.realpath(layout.target))
        self._links: dict[str, str] = {}  # real folder -> the link that leads to it, within the source
        self._entered: dict[FolderId, str] = {}
        self._events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._observers: list[BaseObserver] = []
        self._watched: list[str] = []

    def __enter__(self) -> Self:
        from watchdog.observers import Observer

        self._observers.append(Observer())
        self._observers[0].start()
        try:
            self._watch(self._source)
            for _ in self._scan(""):
                pass  # existing files belong to the plan
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def changed_files(self) -> Iterator[str]:
        """Paths within the source, with slashes, of photos with new events; waits a moment for some."""
        for location in self._locations():
            path = self._path(location)
            if path is None or not self._file_filter.allows_folders_above(path):
                continue
            if not Path(location).is_dir():
                if self._file_filter.allows(path) and not self._is_in_target(location):
                    yield path
            elif self._file_filter.allows_folder(path) and not self._is_in_target(location):
                yield from self._scan(path)

    def _locations(self) -> list[str]:
        """Real paths with new events; of a folder and its contents, only the folder."""
        locations: set[str] = set()
        try:
            locations.add(self._events.get(timeout=_POLL_S))
            while True:
                locations.add(self._events.get_nowait())
        except queue.Empty:
            pass
        folders = {location for location in locations if Path(location).is_dir()}
        return sorted(
            location for location in locations if not any(str(above) in folders for above in Path(location).parents)
        )

    def _path(self, location: str) -> str | None:
        """The path within the source of the file at ``location``, or None if it is not reached any more."""
        # A link may lead to a folder that contains the source, or the target of another link: the innermost decides.
        for root in sorted({*self._links, self._source}, key=len, reverse=True):
            if location == root or not Path(location).is_relative_to(root):
                continue
            inner = Path(location).relative_to(root).as_posix()
            if root == self._source:
                return inner
            link = self._links[root]
            if self._real_path(link) == root:
                return f"{link}/{inner}"
            del self._links[root]  # the link has been changed
        return None

    def _real_path(self, path: str) -> str:
        return os.path.realpath(Path(self._source, path))

    def _is_in_target(self, location: str) -> bool:
        return Path(os.path.realpath(location)).is_relative_to(self._target)

    def _scan(self, start: str) -> Iterator[str]:
        for file in Scan(self._layout, start, self._entered, self._follow):
            yield file.path

    def _follow(self, link: str) -> None:
        root = self._real_path(link)
        self._links[root] = link
        self._watch(root)

    def _watch(self, root: str) -> None:
        if any(Path(root).is_relative_to(watched) for watched in self._watched):
            return
        try:
            self._schedule(self._observers[0], root)
        except OSError:  # the system's limit of watches is reached, or the disk cannot be watched
            self._schedule(self._polling_observer(), root)
        self._watched.append(root)

    def _polling_observer(self) -> "BaseObserver":
        from watchdog.observers.polling import PollingObserverVFS

        if len(self._observers) == 1:
            # Links are not followed here: they may form circles.
            self._observers.append(PollingObserverVFS(os.lstat, os.scandir))
            self._observers[1].start()
        return self._observers[1]

    def _schedule(self, observer: "BaseObserver", root: str) -> None:
        from watchdog.events import FileSystemEventHandler

        events = self._events

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: "FileSystemEvent") -> None:
                # A folder is reported as modified when a file in it changes, and that file has an event of its own.
                kinds = ("created", "moved") if event.is_directory else ("created", "moved", "modified", "closed")
                if event.event_type in kinds:
                    events.put(os.fsdecode(event.dest_path or event.src_path))

        observer.schedule(Handler(), root, recursive=True)

    def _stop(self) -> None:
        for observer in self._observers:
            observer.stop()
            observer.join()


class PendingFiles:
    """Files that have changed and may not be complete yet.

    Args:
        source: the watched folder.
        settle: seconds, see :data:`SETTLE_S`.
    """

    def __init__(self, source: Path, settle: float = SETTLE_S) -> None:
        self._source = source
        self._settle = settle
        self._pending: dict[str, tuple[SourceFile, float]] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, path: str, now: float) -> None:
        """Note that a file may have changed.

        Args:
            path: within the source, with slashes.
            now: seconds of any monotonic clock.
        """
        try:
            status = (self._source / path).stat()
        except OSError:  # removed, or renamed: its new name has an event of its own
            self._pending.pop(path, None)
            return
        file = SourceFile(path, status.st_size, status.st_mtime_ns)
        before = self._pending.get(path)
        if before is None or before[0] != file:
            self._pending[path] = (file, now)

    def pop_complete(self, now: float) -> list[SourceFile]:
        """Remove and return the files that have not changed for long enough."""
        for path in list(self._pending):
            self.add(path, now)
        complete = [file for file, since in self._pending.values() if now - since >= self._settle]
        for file in complete:
            del self._pending[file.path]
        return complete


def watch(
    batch: Batch,
    control: Control,
    *,
    on_row: Callable[[Row], None],
    on_progress: Callable[[Progress], None],
    on_summary: Callable[[Summary], None],
    on_note: Callable[[Message], None] = ignore,
    settle: float = SETTLE_S,
    retry_failed: bool = False,
) -> None:
    """Restore the existing photos, and then every new one, until ``control`` is cancelled.

    Args:
        batch: source and target.
        control: to pause, resume and stop.
        on_row: as for :meth:`core.batch.Batch.run`.
        on_progress: as for :meth:`core.batch.Batch.run`.
        on_summary: called after each run; the first is that over the existing photos.
        on_note: as for :meth:`core.batch.Batch.run`.
        settle: seconds, see :data:`SETTLE_S`.
        retry_failed: whether photos that failed before are tried again in the first run.

    Raises:
        BatchError: as :meth:`core.batch.Batch.run`.
    """
    source, file_filter = batch.layout.source, FileFilter(batch.layout)
    pending = PendingFiles(source, settle)
    with FolderEvents(batch.layout) as events:
        plan = batch.plan(retry_failed=retry_failed)  # after the watching has begun, so that no file is missed
        on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress, on_note=on_note))
        while not control.cancelled:
            for path in events.changed_files():
                pending.add(path, time.monotonic())
            files = (file_filter.identify(file, source / file.path) for file in pending.pop_complete(time.monotonic()))
            photos = [file for file in files if isinstance(file, SourceFile)]
            if photos and (plan := batch.plan(only=photos)).to_run:
                on_summary(batch.run(plan, control, on_row=on_row, on_progress=on_progress, on_note=on_note))
