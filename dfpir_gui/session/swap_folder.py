"""Where results wait on the disk while the memory is needed for others."""

import logging
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dfpir_gui.session.document import Document
from dfpir_gui.session.state import Change
from dfpir_gui.settings.private_folders import PrivateFolder
from dfpir_gui.workers.requests import SwapOutRequest, WorkRequest
from dfpir_gui.workers.worker_thread import Outcome, Report

if TYPE_CHECKING:
    from core.progress import CancelToken
    from dfpir_gui.session.session import Session

_log = logging.getLogger(__name__)

_LEAST_FREE = 2**30
"""Bytes that are left free on the disk, at least."""


class SwapFolder:
    """A folder of this window's own, which goes with it; see :class:`PrivateFolder`.

    Args:
        place: the folder for the folders of all windows. Where it cannot be written, nothing is put away.
        in_use: files with results of photos that were open in windows which did not close properly.
    """

    def __init__(self, place: Path, in_use: Collection[Path] = ()) -> None:
        self._own = PrivateFolder(place, in_use)

    def new_file(self, size: int) -> Path | None:
        """A name for a file of so many bytes, or None if there is no room for it."""
        try:
            file = self._own.new_file()
            free = shutil.disk_usage(file.parent).free
        except OSError as error:
            _log.warning("Results cannot be put away: %s", error)
            return None
        return file if free - size > _LEAST_FREE else None

    def holds(self, file: Path) -> bool:
        """Whether a file is there and belongs to this window, be it taken over from one that crashed."""
        return self._own.owns(file) and file.is_file()

    def close(self) -> None:
        """Take the folder away."""
        self._own.close()


class PuttingAway:
    """Puts photos with results away, one file each, on the lane for files.

    Args:
        session: that the photos belong to.
        store: where they go.
    """

    def __init__(self, session: "Session", store: SwapFolder) -> None:
        self._session = session
        self._store = store
        self._refused: set[Document] = set()  # the disk had no room, or failed

    def holds(self, file: Path) -> bool:
        """See :meth:`SwapFolder.holds`."""
        return self._store.holds(file)

    def can(self, document: Document) -> bool:
        """Whether the photo can be put away: it has a result, and nothing is being done with it."""
        return document.can_swap_out and document not in self._refused

    def put(self, document: Document) -> None:
        """Write a photo with its result; its memory is free as soon as the file is there."""
        photo, result = document.photo, document.result
        file = None if photo is None or result is None else self._store.new_file(document.bytes)
        if photo is None or result is None or file is None:
            self._refused.add(document)
            return
        document.leaving = True
        request = SwapOutRequest(file, photo, result)
        self._session.file_worker.submit(request, lambda p: None, lambda outcome: self._take(document, outcome))

    def forget(self, file: Path) -> None:
        """Take a file away, after everything on the lane that may still read it."""

        def work(report: Report, cancel: "CancelToken") -> None:
            file.unlink(missing_ok=True)

        self._session.file_worker.submit(WorkRequest(work), lambda p: None, _log_failure)

    def _take(self, document: Document, outcome: Outcome[Any]) -> None:
        session, request = self._session, outcome.request
        document.leaving = False
        if outcome.error is not None:
            _log.warning("%s could not be put away: %s", document.name, outcome.error)
            self._refused.add(document)
            return
        wanted = document is session.selected or document is session.current or document not in session.documents
        if wanted or document.result is not request.result or not document.can_swap_out:
            self.forget(request.path)  # it was shown or changed meanwhile
            return
        session.passes.forget(document)
        document.put_away(request.path)
        session.notify(Change.DOCUMENTS)


def _log_failure(outcome: Outcome[Any]) -> None:
    if outcome.error is not None:
        _log.warning("A file of results was not taken away: %s", outcome.error)
