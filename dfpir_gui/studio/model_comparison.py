"""Runs models of other families on the current photo and compares their results with DFPIR's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from core.errors import Cancelled
from core.inference import RestorationResult
from core.messages import Message
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

if TYPE_CHECKING:
    from core.inference.external import ExternalRestorer

ChooseSavePath = Callable[[Photo, Callable[[Path], None]], None]
"""Asks where to save a photo; see :meth:`dfpir_gui.dialogs.standard_dialogs.StandardDialogs.choose_save_path`."""


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """The result of another model, and its pyramid for the canvas."""

    result: RestorationResult
    pyramid: Pyramid


@dataclass(eq=False)
class ComparisonResults:
    """The results of other models for the open photos. A window hands them on to the one that replaces it.

    Attributes:
        by_document: the results for each photo, by the name of the model.
        selected: the name of the model with whose result a photo is compared.
        loaded: path, device, precision and model of the last run.
    """

    by_document: WeakKeyDictionary[Document, dict[str, ComparisonResult]] = field(default_factory=WeakKeyDictionary)
    selected: WeakKeyDictionary[Document, str] = field(default_factory=WeakKeyDictionary)
    loaded: "tuple[tuple[str, str, str], ExternalRestorer] | None" = None


class ModelComparison(QObject):
    """Runs other models, keeps their results for each open photo, and shows the selected one on the canvas.

    Args:
        session: runs the work.
        preferences: device and precision.
        canvas: shows the results.
        task_bar: shows the progress.
        choose_save_path: asks where to save a result.
        parent: the window.

    Attributes:
        results: the results and which of them is shown.
    """

    def __init__(
        self,
        session: Session,
        preferences: Preferences,
        canvas: Canvas,
        task_bar: TaskBar,
        choose_save_path: ChooseSavePath,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._preferences = preferences
        self._canvas = canvas
        self._task_bar = task_bar
        self._choose_save_path = choose_save_path
        self.results = ComparisonResults()
        self._token: CancelToken | None = None
        task_bar.stopped.connect(self.stop)
        session.subscribe(self._on_change)

    def run(self, entry: ModelEntry) -> None:
        """Run another model on the current photo, and compare with its result."""
        document = self._session.current
        if document is None or document.photo is None:
            text = self.tr("Open a photo first, then run {name} on it.").format(name=entry.name)
            self._session.show_notice(Notice(text, severity=Severity.WARNING))
            return
        photo, engine = document.photo, self._preferences.engine
        phase = self.tr("Restoring with {name}").format(name=entry.name)
        self._task_bar.show_progress(Progress(phase))

        def work(report: Report, cancel: CancelToken) -> ComparisonResult:
            restorer = self._restorer(str(entry.path), engine.device, engine.precision)
            result = restorer.restore(photo, progress=lambda share: report(Progress(phase, share)), cancel=cancel)
            return ComparisonResult(result, Pyramid.from_photo(result.photo))

        self._token = self._session.submit(
            work, lambda result: self._add_result(document, result), self._on_failed, self._task_bar.show_progress
        )

    @property
    def running(self) -> bool:
        """Whether another model is running."""
        return self._token is not None

    def use_results(self, results: ComparisonResults) -> None:
        """Continue with the results of another window."""
        self.results = results
        self._show()

    def stop(self) -> None:
        """Stop the model that is running."""
        if self._token is not None:
            self._token.cancel()

    def attach_menu(self, menu: QMenu) -> None:
        """Fill ``menu`` with what the photo can be compared with whenever it opens."""
        menu.aboutToShow.connect(lambda: self._fill_menu(menu))
        self._fill_menu(menu)

    def select(self, name: str | None) -> None:
        """Compare with the result of the model called ``name``, or with the original for None."""
        document = self._session.current
        if document is None:
            return
        if name is None:
            self.results.selected.pop(document, None)
        else:
            self.results.selected[document] = name
        self._show()

    @property
    def selected(self) -> ComparisonResult | None:
        """The result with which the current photo is compared, or None for its original."""
        document = self._session.current
        if document is None:
            return None
        return self._fitting(document).get(self.results.selected.get(document, ""))

    def _fitting(self, document: Document) -> dict[str, ComparisonResult]:
        """The results of a photo with its present rotation and crop, by the name of the model."""
        results = self.results.by_document.get(document, {})
        if document.photo is None:
            return results
        geometry = document.photo.preserved.geometry
        return {name: made for name, made in results.items() if made.result.photo.preserved.geometry == geometry}

    def _fill_menu(self, menu: QMenu) -> None:
        menu.clear()
        document, selected = self._session.current, self.selected
        results = self._fitting(document) if document else {}
        group = QActionGroup(menu)
        for name in (None, *results):
            action = menu.addAction(self.tr("The original") if name is None else name)
            action.setCheckable(True)
            action.setChecked((selected.result.model if selected else None) == name)
            action.triggered.connect(lambda _=False, name=name: self.select(name))
            group.addAction(action)
        menu.addSeparator()
        save = menu.addAction(self.tr("Save its result…"))
        save.setEnabled(selected is not None)
        save.triggered.connect(self._save)

    def _restorer(self, path: str, device: str, precision: str) -> "ExternalRestorer":
        """Return the model of the last run if it is the same, else load it. Called on the worker thread."""
        from core.inference.external import ExternalRestorer

        key = (path, device, precision)
        if self.results.loaded is None or self.results.loaded[0] != key:
            self.results.loaded = None  # frees its memory before the next one is loaded
            self.results.loaded = (key, ExternalRestorer(path, device=device, precision=precision))
        return self.results.loaded[1]

    def _add_result(self, document: Document, result: ComparisonResult) -> None:
        self._end()
        self.results.by_document.setdefault(document, {})[result.result.model] = result
        self.results.selected[document] = result.result.model
        self._show()
        details = result.result
        device = wording.device_name(details.device)
        parts = [details.architecture, device, details.precision, f"{details.seconds:.1f} s"]
        figures = wording.SEPARATOR.join(parts)
        self._session.set_status(self.tr("{model}: {figures}").format(model=details.model, figures=figures))

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            self._session.show_notice(notice_from_error(error, self.tr("restoring with another model")))

    def _end(self) -> None:
        self._token = None
        self._task_bar.show_progress(None)

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PHOTO | Change.RESULT):
            self._show()

    def _show(self) -> None:
        selected, after = self.selected, self._session.after
        if selected is None:
            self._canvas.set_reference(None, None)
            self._canvas.set_result(after)
        elif after is not None:
            self._canvas.set_result(after)
            self._canvas.set_reference(selected.pyramid, (selected.result.model, "DFPIR"))
        else:
            self._canvas.set_result(selected.pyramid)
            self._canvas.set_reference(None, (self.tr("Before"), selected.result.model))

    def _save(self) -> None:
        selected = self.selected
        if selected is None:
            return
        photo = selected.result.photo

        def write(path: Path) -> None:
            if self._session.refuses_to_replace(path):
                return
            self._session.submit(
                lambda report, cancel: _written(photo, path),
                self._on_saved,
                lambda error: self._session.show_notice(
                    notice_from_error(error, self.tr("saving {name}").format(name=path.name))
                ),
            )

        self._choose_save_path(photo, write)

    def _on_saved(self, written: WrittenResult) -> None:
        self._session.set_status(self.tr("Saved as {name}").format(name=written.path.name), written.path)
        notice = notice_from_save(written)
        if notice is not None:
            self._session.show_notice(notice)
        self._session.notify(Change.STATE)


def _written(photo: Photo, path: Path) -> WrittenResult:
    notes: list[Message] = []
    return WrittenResult(photo.save(path, overwrite=path.exists(), notes=notes), notes=tuple(notes))
