"""Small pictures for the rows in sight, made by threads of their own and kept while there is room."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from core.batch.thumbnails import thumbnail
from dfpir_gui.workers.worker_thread import Post

_MOST_KEPT = 1000
_MOST_WAITING = 64
"""Wishes beyond this are dropped, the oldest first: those rows are out of sight by now, and will ask again."""

Ready = Callable[[str, bytes | None], None]


class Thumbnails:
    """Makes thumbnails on request, the newest wish first.

    Args:
        side: the longer side, pixels.
        post: runs a callable on the main thread.
        on_ready: called on the main thread with a path and its JPEG, or None if the photo cannot be read.
    """

    def __init__(self, side: int, post: Post, on_ready: Ready) -> None:
        self._side = side
        self._post = post
        self._on_ready = on_ready
        self._folder = Path()
        self._known: OrderedDict[str, bytes | None] = OrderedDict()  # main thread only
        self._wishes: OrderedDict[str, Path] = OrderedDict()
        self._changed = threading.Condition()
        self._ended = False
        self._thread: threading.Thread | None = None

    def show_folder(self, folder: Path) -> None:
        """From now on paths are those within ``folder``. Main thread only."""
        if folder != self._folder:
            self._folder = folder
            self._known.clear()
            with self._changed:
                self._wishes.clear()

    def get(self, path: str) -> bytes | None:
        """The thumbnail of ``path`` if it is there; else it is wished for. Main thread only."""
        if path in self._known:
            self._known.move_to_end(path)
            return self._known[path]
        with self._changed:
            self._wishes[path] = self._folder / path
            self._wishes.move_to_end(path)
            if len(self._wishes) > _MOST_WAITING:
                self._wishes.popitem(last=False)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="dfpir-thumbnails", daemon=True)
            self._thread.start()
        return None

    def end(self) -> None:
        """Drop all wishes and wait for the thread. Main thread only."""
        with self._changed:
            self._ended = True
            self._wishes.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wishes or self._ended)
                if self._ended:
                    return
                path, file = self._wishes.popitem(last=True)
            made = thumbnail(file, self._side)
            self._post(lambda path=path, file=file, made=made: self._take(path, file, made))

    def _take(self, path: str, file: Path, made: bytes | None) -> None:
        if self._ended or self._folder / path != file:
            return
        self._known[path] = made
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        self._on_ready(path, made)
