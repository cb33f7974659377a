"""What happens in a source and in the folders that links in it lead to, as the system tells it."""

import os
import queue
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core.batch.layout import Layout
from core.batch.scan import Chooser, Identity, Walk

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

_LOOK_S = 0.25


class Watched:
    """The files of a source that are made, moved or changed, those behind links to folders included.

    The system tells nothing of what a link leads to. Each folder behind a link that a :class:`core.batch.scan.Walk`
    follows is therefore watched in its real place, and its files get the names that the walk would give them.

    Args:
        layout: which files are of interest.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._chooser = Chooser(layout)
        self._source = os.path.realpath(layout.source)
        self._target = Path(os.path.realpath(layout.target))
        self._links: dict[str, str] = {}  # real folder -> the link that leads to it, within the source
        self._seen: dict[Identity, str] = {}
        self._happened: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._observers: list[BaseObserver] = []
        self._roots: list[str] = []

    def __enter__(self) -> Self:
        from watchdog.observers import Observer

        self._observers.append(Observer())
        self._observers[0].start()
        try:
            self._watch(self._source)
            for _ in self._walk(""):
                pass  # what is there already is for the plan
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def arrivals(self) -> Iterator[str]:
        """Paths within the source, with slashes, of photos that something has happened to; waits a moment for some."""
        for place in self._places():
            path = self._path(place)
            if path is None or not self._chooser.reaches(path):
                continue
            if not Path(place).is_dir():
                if self._chooser.takes(path) and not self._in_target(place):
                    yield path
            elif self._chooser.enters(path) and not self._in_target(place):
                yield from self._walk(path)

    def _places(self) -> list[str]:
        """Where things have happened; of a folder and what is in it, the folder alone."""
        places: list[str] = []
        try:
            places.append(self._happened.get(timeout=_LOOK_S))
            while True:
                places.append(self._happened.get_nowait())
        except queue.Empty:
            pass
        named = set(places)
        folders = {place for place in named if Path(place).is_dir()}
        return sorted(place for place in named if not any(str(above) in folders for above in Path(place).parents))

    def _path(self, place: str) -> str | None:
        """The path within the source of what lies at ``place``, or None if it is not reached any more."""
        # A link may lead to a folder that holds the source, or that of another link: the nearest folder names it.
        for root in sorted({*self._links, self._source}, key=len, reverse=True):
            if place == root or not Path(place).is_relative_to(root):
                continue
            inner = Path(place).relative_to(root).as_posix()
            if root == self._source:
                return inner
            link = self._links[root]
            if self._real(link) == root:
                return f"{link}/{inner}"
            del self._links[root]  # the link leads elsewhere by now
        return None

    def _real(self, path: str) -> str:
        return os.path.realpath(Path(self._source, path))

    def _in_target(self, place: str) -> bool:
        return Path(os.path.realpath(place)).is_relative_to(self._target)

    def _walk(self, start: str) -> Iterator[str]:
        for found in Walk(self._layout, start, self._seen, self._follow):
            yield found.path

    def _follow(self, link: str) -> None:
        root = self._real(link)
        self._links[root] = link
        self._watch(root)

    def _watch(self, root: str) -> None:
        if any(Path(root).is_relative_to(known) for known in self._roots):
            return
        try:
            self._schedule(self._observers[0], root)
        except OSError:  # the system has no more watches to give, or the disk cannot be watched
            self._schedule(self._polling(), root)
        self._roots.append(root)

    def _polling(self) -> "BaseObserver":
        from watchdog.observers.polling import PollingObserverVFS

        if len(self._observers) == 1:
            # Links are not followed here: they may lead in circles.
            self._observers.append(PollingObserverVFS(os.lstat, os.scandir))
            self._observers[1].start()
        return self._observers[1]

    def _schedule(self, observer: "BaseObserver", root: str) -> None:
        from watchdog.events import FileSystemEventHandler

        happened = self._happened

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: "FileSystemEvent") -> None:
                # A folder that is only said to have changed holds a file that has an event of its own.
                wanted = ("created", "moved") if event.is_directory else ("created", "moved", "modified", "closed")
                if event.event_type in wanted:
                    happened.put(os.fsdecode(event.dest_path or event.src_path))

        observer.schedule(Handler(), root, recursive=True)

    def _end(self) -> None:
        for observer in self._observers:
            observer.stop()
            observer.join()
