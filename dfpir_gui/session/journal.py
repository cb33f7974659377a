"""What is open, written down as it changes, so that it can be had back after a crash."""

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.errors import DFPIRError
from core.io import atomic
from core.progress import CancelToken
from core.system.version import program_version
from dfpir_gui.session.document import Document
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.session import Session
from dfpir_gui.session.state import Change
from dfpir_gui.session.steps import PhotoToOpen, StackStep
from dfpir_gui.settings.private_folders import lock_for, make_private
from dfpir_gui.workers.requests import WorkRequest
from dfpir_gui.workers.worker_thread import Outcome, Report

_log = logging.getLogger(__name__)

_VERSION = 1
_REST_MS = 300
"""Changes that follow each other faster than this are written together."""


@dataclass(frozen=True)
class RecoveredSession:
    """What a window had open that did not close properly.

    Attributes:
        photos: in their order.
        shown: place of the one that was shown.
    """

    photos: tuple[PhotoToOpen, ...]
    shown: int


class Journal(QObject):
    """Keeps one file for one window, until :meth:`close`.

    Each window has a file of its own and holds a lock beside it, which the system gives up when the process dies.
    Windows that run at the same time so leave each other's files alone.

    Args:
        session: whose photos are written down.
        folder: for the files; it is made if need be. Where it cannot be written, nothing is, and the log says so.
        choices: remembers the steps that the user chooses, beyond the end as well; None remembers nothing.
    """

    def __init__(
        self, session: Session, folder: Path, choices: RememberedSteps | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._choices = choices
        self._path = folder / f"{secrets.token_hex(8)}.json"
        self._written = ""
        self._ended = False
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self._write)
        try:
            make_private(folder)
        except OSError as error:
            _log.warning("What is open cannot be written down: %s", error)
            self._ended = True
        self._lock = lock_for(self._path)
        self._lock.tryLock(0)
        session.subscribe(self._on_change, persistent=True)

    def close(self) -> None:
        """Take the file away: the window closes properly."""
        self._ended = True
        self._timer.stop()
        _remove(self._path)
        self._lock.unlock()

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.DOCUMENTS | Change.STEPS | Change.PHOTO) and not self._timer.isActive():
            self._timer.start()

    def _write(self) -> None:
        text = _told(self._session)
        if self._ended or text == self._written:
            return
        self._written = text
        chosen = {d.path: d.edit.stack for d in self._session.documents if d.user_edited}
        choices = self._choices if self._choices is not None and self._choices.take(chosen) else None

        def work(report: Report, cancel: CancelToken) -> None:
            atomic.publish(text.encode(), self._path, overwrite=True, mode=atomic.PRIVATE)
            if choices is not None:
                choices.write()

        self._session.file_worker.submit(WorkRequest(work), lambda progress: None, self._on_written)

    def _on_written(self, outcome: Outcome[Any]) -> None:
        if outcome.error is not None:
            _log.warning("What is open could not be written down: %s", outcome.error)
        if self._ended:
            _remove(self._path)


def files_in_use(folder: Path) -> set[Path]:
    """The photos, and files with their results, that windows have open, or had open when they crashed."""
    wanted = [entry for path in folder.glob("*.json") for entry, _ in _read(path)]
    return {file for entry in wanted for file in (entry.path, entry.result) if file is not None}


def recover_session(folder: Path) -> RecoveredSession | None:
    """Take what windows had open that did not close properly, all of it together; None if there is nothing.

    Their files are taken away: what is not wanted now is not offered again.
    """
    photos: dict[Path, PhotoToOpen] = {}
    shown = 0
    for path in sorted(folder.glob("*.json")):
        lock = lock_for(path)
        if not lock.tryLock(0):
            continue  # that window is open
        for place, (kept, was_shown) in enumerate(_read(path), len(photos)):
            photos.setdefault(kept.path, kept)
            shown = place if was_shown else shown
        _remove(path)
        lock.unlock()
    if not photos:
        return None
    return RecoveredSession(tuple(photos.values()), min(shown, len(photos) - 1))


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s could not be removed: %s", path.name, error)


def _told(session: Session) -> str:
    photos = [_described(document, document is session.current) for document in session.documents]
    return json.dumps({"session": _VERSION, "photos": photos}, ensure_ascii=False)


def _described(document: Document, shown: bool) -> dict[str, Any]:
    put_away = document.swap_file is not None and document.unsaved
    stack = [[entry.degradation, entry.strength, entry.enabled] for entry in document.edit.stack]
    described: dict[str, Any] = {
        "path": str(document.path.absolute()),
        "shown": shown,
        "stack": stack if document.user_edited or put_away else None,
    }
    if put_away:
        described["result"] = {"file": str(document.swap_file), "program": program_version()}
    return described


def _read(path: Path) -> Sequence[tuple[PhotoToOpen, bool]]:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["session"] != _VERSION:
            return []
        return [(_wanted(entry), entry["shown"] is True) for entry in values["photos"]]
    except (OSError, ValueError, KeyError, TypeError, DFPIRError) as error:
        _log.warning("%s cannot be read and is left: %s", path.name, error)
        return []


def _wanted(entry: dict[str, Any]) -> PhotoToOpen:
    stack, result = entry["stack"], entry.get("result")
    steps = None if stack is None else tuple(StackStep(str(key), float(s), on is True) for key, s, on in stack)
    # Another version of the program may not read its file.
    file = Path(result["file"]) if result is not None and result["program"] == program_version() else None
    return PhotoToOpen(Path(entry["path"]), steps, file)
