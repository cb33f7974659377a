"""Other restorers beside DFPIR: run on the same photo, and compared with it in the same views."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from core.errors import Cancelled
from core.inference.external import ExternalRestorer, OtherResult
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.session import Change, Document, Session, wording
from dfpir_gui.session.model_registry import ModelEntry
from dfpir_gui.session.notices import Notice, Severity, notice_from_error, notice_from_save
from dfpir_gui.settings.export_options import WrittenResult
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.widgets.task_bar import TaskBar
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.worker_thread import Progress, Report

AskSave = Callable[[Photo, Callable[[Path], None]], None]
"""Asks where to save a photo; see :meth:`dfpir_gui.dialogs.questions.Questions.ask_save`."""


@dataclass(frozen=True, eq=False)
class Other:
    """What another restorer made of an open photo, and how it is shown."""

    result: OtherResult
    pyramid: Pyramid


class ModelComparison(QObject):
    """Runs other restorers, keeps what they made for each open photo, and brings it onto the canvas.

    Args:
        session: its lane does the work.
        preferences: name the device and the precision.
        canvas: shows the results.
        bar: tells the progress.
        ask_save: asks where a result is to be saved.
        parent: of this object.
    """

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        canvas: Canvas,
        bar: TaskBar,
        ask_save: AskSave,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._preferences = preferences
        self._canvas = canvas
        self._bar = bar
        self._ask_save = ask_save
        self._made: WeakKeyDictionary[Document, dict[str, Other]] = WeakKeyDictionary()
        self._chosen: WeakKeyDictionary[Document, str] = WeakKeyDictionary()
        self._loaded: tuple[tuple[str, str, str], ExternalRestorer] | None = None
        self._token: CancelToken | None = None
        bar.stopped.connect(self.stop)
        session.subscribe(self._on_change)

    def run(self, entry: ModelEntry) -> None:
        """Run another restorer on the photo that is shown, and compare with it."""
        document = self._session.current
        if document is None or document.photo is None:
            what = self.tr("Open a photo first; then {name} can be run on it.").format(name=entry.name)
            self._session.show_notice(Notice(what, severity=Severity.WARNING))
            return
        photo, engine = document.photo, self._preferences.engine
        words = self.tr("Restoring with {name}").format(name=entry.name)
        self._bar.show_progress(Progress(words))

        def work(report: Report, cancel: CancelToken) -> Other:
            other = self._restorer(str(entry.path), engine.device, engine.precision)
            result = other.restore(photo, progress=lambda share: report(Progress(words, share)), cancel=cancel)
            return Other(result, Pyramid.from_photo(result.photo))

        self._token = self._session.submit(
            work, lambda other: self._take(document, other), self._fail, self._bar.show_progress
        )

    @property
    def running(self) -> bool:
        """Whether another restorer runs."""
        return self._token is not None

    def take_over(self, other: "ModelComparison") -> None:
        """Go on with what the one of another window has made."""
        self._made, self._chosen, self._loaded = other._made, other._chosen, other._loaded
        self._show()

    def stop(self) -> None:
        """Stop what runs."""
        if self._token is not None:
            self._token.cancel()

    def fill(self, menu: QMenu) -> None:
        """Let ``menu`` list what the photo can be compared with, anew whenever it opens."""
        menu.aboutToShow.connect(lambda: self._list(menu))
        self._list(menu)

    def choose(self, name: str | None) -> None:
        """Compare with what the restorer called ``name`` made of the photo that is shown; None for the original."""
        document = self._session.current
        if document is None:
            return
        if name is None:
            self._chosen.pop(document, None)
        else:
            self._chosen[document] = name
        self._show()

    @property
    def other(self) -> Other | None:
        """What the photo that is shown is compared with, or None for its original."""
        document = self._session.current
        return self._made.get(document, {}).get(self._chosen.get(document, "")) if document else None

    def _list(self, menu: QMenu) -> None:
        menu.clear()
        document, other = self._session.current, self.other
        made = self._made.get(document, {}) if document else {}
        group = QActionGroup(menu)
        for name in (None, *made):
            action = menu.addAction(self.tr("The original") if name is None else name)
            action.setCheckable(True)
            action.setChecked((other.result.model if other else None) == name)
            action.triggered.connect(lambda _=False, name=name: self.choose(name))
            group.addAction(action)
        menu.addSeparator()
        save = menu.addAction(self.tr("Save what it made…"))
        save.setEnabled(other is not None)
        save.triggered.connect(self._save)

    def _restorer(self, path: str, device: str, precision: str) -> ExternalRestorer:
        """On the worker's thread: the restorer of the last run if it is the same, else a new one."""
        key = (path, device, precision)
        if self._loaded is None or self._loaded[0] != key:
            self._loaded = None  # its memory is free while the next one loads
            self._loaded = (key, ExternalRestorer(path, device=device, precision=precision))
        return self._loaded[1]

    def _take(self, document: Document, other: Other) -> None:
        self._end()
        self._made.setdefault(document, {})[other.result.model] = other
        self._chosen[document] = other.result.model
        self._show()
        made = other.result
        where = wording.SEPARATOR.join([made.architecture, wording.device_name(made.device), made.precision])
        self._session.set_status(f"{made.model}: {where}{wording.SEPARATOR}{made.seconds:.1f} s")

    def _fail(self, error: BaseException) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            self._session.show_notice(notice_from_error(error, self.tr("restoring with another model")))

    def _end(self) -> None:
        self._token = None
        self._bar.show_progress(None)

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PHOTO | Change.RESULT):
            self._show()

    def _show(self) -> None:
        other, after = self.other, self._session.after
        if other is None:
            self._canvas.set_reference(None, None)
            self._canvas.set_result(after)
        elif after is not None:
            self._canvas.set_result(after)
            self._canvas.set_reference(other.pyramid, (other.result.model, "DFPIR"))
        else:
            self._canvas.set_result(other.pyramid)
            self._canvas.set_reference(None, (self.tr("Before"), other.result.model))

    def _save(self) -> None:
        other = self.other
        if other is None:
            return
        photo = other.result.photo

        def write(path: Path) -> None:
            if self._session.refuses_to_replace(path):
                return
            self._session.submit(
                lambda report, cancel: _written(photo, path),
                lambda saved: self._saved(saved),
                lambda error: self._session.show_notice(
                    notice_from_error(error, self.tr("saving {name}").format(name=path.name))
                ),
            )

        self._ask_save(photo, write)

    def _saved(self, written: WrittenResult) -> None:
        self._session.set_status(self.tr("Saved as {name}").format(name=written.path.name))
        notice = notice_from_save(written)
        if notice is not None:
            self._session.show_notice(notice)
        self._session.notify(Change.STATE)


def _written(photo: Photo, path: Path) -> WrittenResult:
    notes: list[str] = []
    return WrittenResult(photo.save(path, overwrite=path.exists(), notes=notes), notes=tuple(notes))
