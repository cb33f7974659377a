"""The Batch page: composes options, table and buttons, and wires them to the library's engine."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from core.batch import BackendConfig, Control, Progress, Row, Why
from core.batch.settings import Steps
from core.degradations import DEGRADATIONS
from core.errors import Cancelled, DFPIRError
from core.system.cores import background_cores
from dfpir_gui.batch import wording
from dfpir_gui.batch.controls import Controls
from dfpir_gui.batch.listing import ListingView
from dfpir_gui.batch.options import Options
from dfpir_gui.batch.reporting import ask_report, report_of
from dfpir_gui.batch.worker import Listing, Request, Task, Worker
from dfpir_gui.i18n import names
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.session import Session
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.settings.engine_settings import GIB
from dfpir_gui.settings.settings import Settings
from dfpir_gui.widgets.drops import local_files
from dfpir_gui.widgets.page import PageWidget
from dfpir_gui.workers.main_thread import MainThread
from dfpir_gui.workers.worker_thread import Outcome, WorkerThread
from dfpir_gui.workers.worker_thread import Progress as Told


def chosen_machine() -> BackendConfig:
    """The model, device and precision that the user has chosen for the whole window."""
    engine = Settings().engine
    limit = engine.memory * GIB or None
    return BackendConfig(
        model=engine.model,
        devices=(engine.device,),
        precision=engine.precision,
        memory_limit=limit,
        threads=background_cores(),
    )


class BatchPage(PageWidget):
    """Whole folders. What runs does so on a thread of its own; closing stops it, and opening again goes on.

    Args:
        session: is told what the user should know, and opens single photos.
        machine: gives what restores, each time anew.
    """

    def __init__(self, session: Session, machine: Callable[[], BackendConfig] = chosen_machine) -> None:
        super().__init__()
        self._session = session
        self._machine = machine
        self._settings = Settings()
        self._main_thread = MainThread(self)
        post = self._main_thread.post
        self._worker_thread: WorkerThread[Request] = WorkerThread(
            Worker(post, self._on_rows, self._on_progress, self._on_note), post
        )
        self._control: Control | None = None
        self._task: Task | None = None
        self._stale = False
        self._told: Notice | None = None  # about photos that failed
        self.listing: Listing | None = None
        self.options = Options()
        self.view = ListingView(post)
        self.controls = Controls()
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)
        self._mirror()
        self.options.cluster.address.setText(self._settings.batch_scheduler)
        source, target = self._settings.batch_folders
        if source is not None and target is not None:
            self.options.set_folders(source, target)

    # What others ask

    @property
    def busy(self) -> bool:
        """Whether anything is being done."""
        return self._task is not None

    @property
    def unfinished(self) -> str:
        """What closing the window would break off."""
        if self._task in (Task.RUN, Task.WATCH):
            return self.tr("A folder is being restored; the next start goes on where it stops.")
        return ""

    def end(self) -> None:
        """Stop what runs and wait for it."""
        self.stop()
        self._worker_thread.close()
        self.view.end()

    # What the user does

    def open_folder(self, folder: Path) -> None:
        """Show the photos of ``folder``; the results will go beside it."""
        if not self.busy:
            self.options.take_source(folder)

    def look(self) -> None:
        """Let the detector look at all photos."""
        self._submit(Task.LOOK)

    def start(self) -> None:
        """Restore, or go on; and then what arrives, if that is wanted."""
        self._submit(Task.WATCH if self.options.watch.isChecked() else Task.RUN)

    def pause(self, paused: bool) -> None:
        """Hold what runs at its next safe point, or let it go on."""
        if self._control is not None:
            (self._control.pause if paused else self._control.resume)()
        self._mirror()

    def stop(self) -> None:
        """Stop what runs at its next safe point."""
        if self._control is not None:
            self._control.cancel()
        self._mirror()

    def set_steps(self, steps: Steps | None) -> None:
        """Set what is done to the chosen photos; None lets the options decide again."""
        chosen = tuple(row.path for row in self.view.chosen())
        if chosen:
            self._submit(Task.PLAN, chosen, steps)

    def refresh(self) -> None:
        """List the photos anew, as the options say."""
        if self.busy:
            self._stale = True
        elif self.options.source.text() and self.options.target.text():
            self._settings.batch_folders = (Path(self.options.source.text()), Path(self.options.target.text()))
            self._settings.batch_scheduler = self.options.cluster.address.text()
            self._submit(Task.PLAN)

    # How it hangs together

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.view, 1)
        right.addWidget(self.controls)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.options)
        layout.addLayout(right, 1)

    def _connect(self) -> None:
        options, controls, view = self.options, self.controls, self.view
        options.folders_changed.connect(self._take_folders)
        options.changed.connect(self.refresh)
        options.watch.toggled.connect(self._mirror)
        options.recipe_button.clicked.connect(lambda: options.ask_recipe(self._warn))
        controls.look.clicked.connect(self.look)
        controls.start.clicked.connect(self.start)
        controls.pause.toggled.connect(self.pause)
        controls.stop.clicked.connect(self.stop)
        controls.report.clicked.connect(self._ask_report)
        view.table.doubleClicked.connect(self._open)
        view.table.customContextMenuRequested.connect(self._show_menu)
        view.steps_button.setMenu(self._steps_menu(view.steps_button))
        view.selection_changed.connect(self._mirror)

    def _submit(self, task: Task, chosen: tuple[str, ...] = (), steps: Steps | None = None) -> None:
        if self.busy:
            return
        request = self._request(task, chosen=chosen, steps=steps)
        if request is None:
            return
        if task is not Task.PLAN:  # listing anew follows what has failed, and must not take the reason away
            self._session.dismiss()
        self._begin(request)

    def _request(self, task: Task, **more: Any) -> Request | None:
        """A request as the options say; None, after the user was told why, if they make no sense."""
        try:
            layout, treatment = self.options.layout_(), self.options.treatment()
            treatment = replace(treatment, quality_mode=Settings().engine.quality_mode)
            machine = replace(self._machine(), scheduler=self.options.cluster.scheduler)
        except DFPIRError as error:
            self._warn(error)
            return None
        return Request(task, layout, treatment, machine, Control(), self.options.retry.isChecked(), **more)

    def _begin(self, request: Request) -> None:
        self._task, self._control = request.task, request.control
        self._worker_thread.submit(request, self._on_written, self._on_outcome)
        self._mirror()

    def _on_outcome(self, outcome: Outcome[Request]) -> None:
        task, self._task, self._control = self._task, None, None
        self.view.rows.set_running("", 0.0)
        if task is Task.REPORT and isinstance(outcome.error, Cancelled):
            pass
        elif outcome.error is not None:
            self._session.show_notice(notice_from_error(outcome.error, self.tr("working through the folder")))
        elif isinstance(outcome.value, Path):
            if outcome.value.suffix == ".html":
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(outcome.value)))
        elif isinstance(outcome.value, Listing):
            self._take(outcome.request, outcome.value)
        self._mirror()
        if self._stale or (outcome.error is not None and task not in (Task.PLAN, Task.REPORT)):
            self._stale = False
            self.refresh()

    def _take(self, request: Request, listing: Listing) -> None:
        self.listing = listing
        self.view.show_folder(request.layout.source, listing.rows, request.treatment)
        summary = listing.summary
        if listing.unreadable:
            told = self.tr("Some folders could not be looked into: {names}").format(names="; ".join(listing.unreadable))
            self._session.show_notice(Notice(told, severity=Severity.WARNING))
        elif summary is not None and summary.failed:
            self._told = self._notice_of_failed(request.layout.source, summary.failed)
            self._session.show_notice(self._told)

    def _notice_of_failed(self, folder: Path, count: int) -> Notice:
        """Says how many photos failed, and why: it stays on the other pages, too, where there is no table."""
        reasons = wording.failures(self.view.rows.rows, folder)
        if count == 1:
            return Notice(self.tr("One photo failed."), " ".join(reasons[:1]), severity=Severity.WARNING)
        told = self.tr("{count} photos failed. Details says why.") if reasons else self.tr("{count} photos failed.")
        return Notice(told.format(count=count), details="\n".join(reasons), severity=Severity.WARNING)

    def _take_folders(self) -> None:
        if self._told is not None and self._session.notice is self._told:  # it is about other photos
            self._session.dismiss()
        self.refresh()

    def _on_rows(self, rows: list[Row]) -> None:
        self.view.update_rows(rows)
        self._mirror_counts()

    def _on_progress(self, progress: Progress) -> None:
        self.view.rows.set_running(progress.path, progress.fraction)
        if self.busy:
            self.controls.show_progress(progress.fraction, wording.left_words(progress.seconds_left))

    def _on_written(self, told: Told) -> None:
        if self.busy and told.fraction is not None:
            self.controls.show_progress(told.fraction, "")

    def _on_note(self, text: str) -> None:
        if self.busy:
            self._session.show_notice(Notice(translated_sentence(text), severity=Severity.WARNING))

    def _mirror(self) -> None:
        ready = self.listing is not None and bool(self.listing.rows) and not self.busy
        to_do = 0 if self.listing is None else sum(self._runs(why) for why in self.listing.why.values())
        self.options.setEnabled(not self.busy)
        self.controls.mirror(
            self._task, self._control, ready=ready, to_do=to_do, watching=self.options.watch.isChecked()
        )
        self.view.steps_button.setEnabled(ready and bool(self.view.table.selectionModel().hasSelection()))
        self._mirror_counts()

    def _runs(self, why: Why) -> bool:
        return why.runs or (why is Why.FAILED_BEFORE and self.options.retry.isChecked())

    def _mirror_counts(self) -> None:
        space = 0 if self.listing is None or self.busy else self.listing.bytes
        over = () if self.listing is None else self.listing.passed_over
        self.controls.show_counts(wording.counts_line(self.view.rows.rows, len(over)), wording.over_words(over), space)

    def _steps_menu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        for entry in DEGRADATIONS:
            action = menu.addAction(names.label(entry.key))
            action.triggered.connect(lambda _=False, key=entry.key: self.set_steps(((key, 1.0),)))
        menu.addSeparator()
        menu.addAction(self.tr("As in the Studio")).triggered.connect(self._steps_of_studio)
        menu.addAction(self.tr("Leave as they are")).triggered.connect(lambda: self.set_steps(()))
        menu.addAction(self.tr("As the options say")).triggered.connect(lambda: self.set_steps(None))
        return menu

    def _steps_of_studio(self) -> None:
        steps = tuple((step.degradation, step.strength) for step in self._session.steps)
        if steps:
            self.set_steps(steps)
        else:
            told = self.tr("There are no steps in the Studio. Open a photo there and choose some.")
            self._session.show_notice(Notice(told, severity=Severity.WARNING))

    def _show_menu(self, at: QPoint) -> None:
        index = self.view.table.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open in the Studio")).triggered.connect(lambda: self._open(index))
        steps = self._steps_menu(menu)
        steps.setTitle(self.tr("Steps"))
        steps.setEnabled(not self.busy)
        menu.addMenu(steps)
        menu.popup(self.view.table.viewport().mapToGlobal(at))

    def _open(self, index: QModelIndex) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        self.photo_wanted.emit(self.view.source / row.path)

    def _ask_report(self) -> None:
        request = self._request(Task.REPORT)
        if request is not None:
            ask_report(self, request.layout, lambda file: self._write_report(request, file))

    def _write_report(self, request: Request, file: Path) -> None:
        if self.listing is not None and not self.busy:
            self._begin(replace(request, report=report_of(request.layout, self.listing), file=file))

    def _warn(self, error: Exception) -> None:
        self._session.show_notice(notice_from_error(error, self.tr("working through the folder")))

    # Folders that are dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt's
        if not self.busy and any(path.is_dir() for path in local_files(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt's
        folders = [path for path in local_files(event.mimeData()) if path.is_dir()]
        if folders:
            event.acceptProposedAction()
            self.open_folder(folders[0])
