"""Where results wait on the disk while the memory is needed for others."""

import logging
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile

from dfpir_gui.requests import KeepRequest, WorkRequest
from dfpir_gui.session.document import Document
from dfpir_gui.session.state import Change
from dfpir_gui.tasks import Outcome, Report

if TYPE_CHECKING:
    from core.progress import CancelToken
    from dfpir_gui.session.session import Session

_log = logging.getLogger(__name__)

_LEAST_FREE = 2**30
"""Bytes that are left free on the disk, at least."""


class ResultStore:
    """A folder of this window's own, which goes with it.

    It holds a lock beside the folder, which the system gives up when the process dies, so that the next window takes
    away what a crash has left.

    Args:
        place: the folder for the folders of all windows. Where it cannot be written, nothing is put away.
    """

    def __init__(self, place: Path) -> None:
        self._folder = place / secrets.token_hex(8)
        self._lock = lock_of(self._folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
            _clear(place)
            self._lock.tryLock(0)
            self._folder.mkdir(mode=0o700)
        except OSError as error:
            _log.warning("Results cannot be put away: %s", error)

    def new_file(self, size: int) -> Path | None:
        """A name for a file of so many bytes, or None if there is no room for it."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return None
        return self._folder / secrets.token_hex(8) if free - size > _LEAST_FREE else None

    def end(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.unlock()


class PuttingAway:
    """Puts photos with results away, one file each, on the lane for files.

    Args:
        session: that the photos belong to.
        store: where they go.
    """

    def __init__(self, session: "Session", store: ResultStore) -> None:
        self._session = session
        self._store = store
        self._refused: set[Document] = set()  # the disk had no room, or failed

    def can(self, document: Document) -> bool:
        """Whether the photo can be put away: it has a result, and nothing is being done with it."""
        return document.can_put_away and document not in self._refused

    def put(self, document: Document) -> None:
        """Write a photo with its result; its memory is free as soon as the file is there."""
        photo, result = document.photo, document.result
        file = None if photo is None or result is None else self._store.new_file(document.bytes)
        if photo is None or result is None or file is None:
            self._refused.add(document)
            return
        document.leaving = True
        request = KeepRequest(file, photo, result)
        self._session.file_lane.submit(request, lambda p: None, lambda outcome: self._take(document, outcome))

    def forget(self, file: Path) -> None:
        """Take a file away, after everything on the lane that may still read it."""

        def work(report: Report, cancel: "CancelToken") -> None:
            file.unlink(missing_ok=True)

        self._session.file_lane.submit(WorkRequest(work), lambda p: None, _log_failure)

    def _take(self, document: Document, outcome: Outcome[Any]) -> None:
        session, request = self._session, outcome.request
        document.leaving = False
        if outcome.error is not None:
            _log.warning("%s could not be put away: %s", document.name, outcome.error)
            self._refused.add(document)
            return
        wanted = document is session.chosen or document is session.current or document not in session.documents
        if wanted or document.result is not request.result or not document.can_put_away:
            self.forget(request.path)  # it was shown or changed meanwhile
            return
        session.passes.forget(document)
        document.put_away(request.path)
        session.tell(Change.DOCUMENTS)


def lock_of(path: Path) -> QLockFile:
    """The lock beside a file or folder that belongs to one process."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # however old, it counts while its process lives
    return lock


def _clear(place: Path) -> None:
    """Take away what windows have left that did not close properly."""
    for folder in place.iterdir():
        if folder.is_dir():
            lock = lock_of(folder)
            if lock.tryLock(0):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlock()


def _log_failure(outcome: Outcome[Any]) -> None:
    if outcome.error is not None:
        _log.warning("A file of results was not taken away: %s", outcome.error)
