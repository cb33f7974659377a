"""The crash journal: what a window has open is written down as it changes, so that it can be recovered."""

import json
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from core.errors import DFPIRError
from core.geometry import UNCHANGED, Geometry
from core.io import atomic
from core.progress import CancelToken
from core.system.version import program_version
from dfpir_gui.session.document import Document
from dfpir_gui.session.geometry_changes import stack_for
from dfpir_gui.session.remembered_steps import RememberedEdit, RememberedSteps
from dfpir_gui.session.session import Session
from dfpir_gui.session.state import Change
from dfpir_gui.session.steps import PhotoToOpen, StackStep
from dfpir_gui.settings.private_folders import lock_for, make_private
from dfpir_gui.workers.worker_thread import Report

_log = logging.getLogger(__name__)

_VERSION = 1
_DELAY_MS = 300
"""Changes that follow each other within this time are written together."""


@dataclass(frozen=True)
class RecoveredSession:
    """What windows that have crashed had open.

    Attributes:
        photos: in their order.
        shown: index of the photo that was shown.
    """

    photos: tuple[PhotoToOpen, ...]
    shown: int


class Journal(QObject):
    """Keeps one file for one window, until :meth:`close`.

    Each window has its own file and holds a lock beside it, which the system releases when the process dies. Windows
    that run at the same time therefore leave each other's files alone.

    Args:
        session: whose photos are written down.
        folder: for the files; it is created. If it cannot be written, a warning is logged and nothing is kept.
        remembered_steps: gets steps, rotation and crop that the user chooses, which outlive the journal; or None.
        parent: Qt's parent.
    """

    def __init__(
        self,
        session: Session,
        folder: Path,
        remembered_steps: RememberedSteps | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._remembered_steps = remembered_steps
        self._path = folder / f"{secrets.token_hex(8)}.json"
        self._written = ""
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.write)
        try:
            make_private(folder)
        except OSError as error:
            _log.warning("The open photos cannot be written down: %s", error)
            self._closed = True
        self._lock = lock_for(self._path)
        self._lock.tryLock(0)
        session.subscribe(self._on_change, persistent=True)

    def close(self) -> None:
        """Delete the file: the window closes properly, after its session. What was chosen last is remembered."""
        if self._timer.isActive():
            self._remember_now()
        self._closed = True
        self._timer.stop()
        _remove(self._path)
        self._lock.unlock()

    def write(self) -> None:
        """Write what is open now, on the file thread, unless it has not changed since the last time."""
        text = _to_json(self._session)
        if self._closed or text == self._written:
            return
        self._written = text
        chosen = self._chosen()
        remembered = self._remembered_steps
        if remembered is not None and not remembered.update(chosen):
            remembered = None

        def work(report: Report, cancel: CancelToken) -> None:
            atomic.publish(text.encode(), self._path, overwrite=True, mode=atomic.PRIVATE)
            if remembered is not None:
                remembered.write()

        self._session.submit_to_files(work, lambda nothing: self._on_written(None), self._on_written)

    def _remember_now(self) -> None:
        remembered = self._remembered_steps
        if self._closed or remembered is None or not remembered.update(self._chosen()):
            return
        try:
            remembered.write()
        except OSError as error:
            self._on_written(error)

    def _chosen(self) -> dict[Path, RememberedEdit]:
        return {document.path: _chosen_for(document) for document in self._session.documents}

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.DOCUMENTS | Change.STEPS | Change.PHOTO) and not self._timer.isActive():
            self._timer.start()

    def _on_written(self, error: BaseException | None) -> None:
        if error is not None:
            _log.warning("The open photos could not be written down: %s", error)
        if self._closed:
            _remove(self._path)


def _chosen_for(document: Document) -> RememberedEdit:
    """What the user chose for a photo."""
    geometry = document.edit.geometry
    if not document.user_edited:
        return RememberedEdit(None, geometry)
    return RememberedEdit(document.edit.stack, geometry, stack_for(document, UNCHANGED))


def files_in_use(folder: Path) -> set[Path]:
    """The photos and swap files that windows have open, or had open when they crashed."""
    photos = [photo for path in folder.glob("*.json") for photo, _ in _read(path)]
    return {file for photo in photos for file in (photo.path, photo.result) if file is not None}


def recover_session(folder: Path) -> RecoveredSession | None:
    """Collect what crashed windows had open, all of it together; None if there is nothing.

    Their files are deleted, so that the same photos are not offered again at the next start.
    """
    photos: dict[Path, PhotoToOpen] = {}
    shown = 0
    for path in sorted(folder.glob("*.json")):
        lock = lock_for(path)
        if not lock.tryLock(0):
            continue  # that window is running
        for place, (photo, was_shown) in enumerate(_read(path), len(photos)):
            photos.setdefault(photo.path, photo)
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


def _to_json(session: Session) -> str:
    photos = [_to_dict(document, document is session.current) for document in session.documents]
    return json.dumps({"session": _VERSION, "photos": photos}, ensure_ascii=False)


def _to_dict(document: Document, shown: bool) -> dict[str, Any]:
    swapped_out = document.swap_file is not None and document.unsaved
    stack = [entry.to_json() for entry in document.edit.stack]
    values: dict[str, Any] = {
        "path": str(document.path.absolute()),
        "shown": shown,
        "stack": stack if document.user_edited or swapped_out else None,
    }
    if not document.edit.geometry.is_identity:
        values["geometry"] = document.edit.geometry.to_dict()
    if swapped_out:
        values["result"] = {"file": str(document.swap_file), "program": program_version()}
    return values


def _read(path: Path) -> Sequence[tuple[PhotoToOpen, bool]]:
    try:
        values = json.loads(path.read_text("utf-8"))
        if values["session"] != _VERSION:
            return []
        return [(_from_dict(entry), entry["shown"] is True) for entry in values["photos"]]
    except (OSError, ValueError, KeyError, TypeError, DFPIRError) as error:
        _log.warning("%s cannot be read and is ignored: %s", path.name, error)
        return []


def _from_dict(entry: dict[str, Any]) -> PhotoToOpen:
    stack, result = entry["stack"], entry.get("result")
    steps = None if stack is None else tuple(map(StackStep.from_json, stack))
    # Another version of the program may not be able to read the swap file.
    file = Path(result["file"]) if result is not None and result["program"] == program_version() else None
    geometry = Geometry.from_dict(entry["geometry"]) if "geometry" in entry else UNCHANGED
    return PhotoToOpen(Path(entry["path"]), steps, file, geometry)
