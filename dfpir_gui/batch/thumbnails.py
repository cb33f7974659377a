"""Thumbnails of the visible rows, made by a thread of their own and cached."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from core.batch.report import thumbnail
from dfpir_gui.workers.worker_thread import Post

_MAX_CACHED = 1000
_MAX_REQUESTS = 64
"""Requests beyond this are dropped, the oldest first: those rows are not visible any more, and will ask again."""

OnReady = Callable[[str, bytes | None], None]


class ThumbnailLoader:
    """Makes thumbnails on request, the newest request first.

    Args:
        side: the longer side, pixels.
        post: runs a callable on the main thread.
        on_ready: called on the main thread with a path and its JPEG, or None if the photo cannot be read.
    """

    def __init__(self, side: int, post: Post, on_ready: OnReady) -> None:
        self._side = side
        self._post = post
        self._on_ready = on_ready
        self._folder = Path()
        self._cache: OrderedDict[str, bytes | None] = OrderedDict()  # used on the main thread only
        self._requests: OrderedDict[str, Path] = OrderedDict()
        self._changed = threading.Condition()
        self._ended = False
        self._thread: threading.Thread | None = None

    def show_folder(self, folder: Path) -> None:
        """Use paths within ``folder`` from now on. Main thread only."""
        if folder != self._folder:
            self._folder = folder
            self._cache.clear()
            with self._changed:
                self._requests.clear()

    def get(self, path: str) -> bytes | None:
        """The thumbnail of ``path`` if it is cached; otherwise it is requested. Main thread only."""
        if path in self._cache:
            self._cache.move_to_end(path)
            return self._cache[path]
        with self._changed:
            self._requests[path] = self._folder / path
            self._requests.move_to_end(path)
            if len(self._requests) > _MAX_REQUESTS:
                self._requests.popitem(last=False)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="dfpir-thumbnails", daemon=True)
            self._thread.start()
        return None

    def end(self) -> None:
        """Drop all requests and wait for the thread. Main thread only."""
        with self._changed:
            self._ended = True
            self._requests.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._requests or self._ended)
                if self._ended:
                    return
                path, file = self._requests.popitem(last=True)
            self._deliver(path, file, thumbnail(file, self._side))

    def _deliver(self, path: str, file: Path, data: bytes | None) -> None:
        self._post(lambda: self._store(path, file, data))

    def _store(self, path: str, file: Path, data: bytes | None) -> None:
        if self._ended or self._folder / path != file:
            return
        self._cache[path] = data
        if len(self._cache) > _MAX_CACHED:
            self._cache.popitem(last=False)
        self._on_ready(path, data)
