"""The Batch page: connects options, table and buttons to the library's batches."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from core.batch import BackendConfig, Control, Progress, Row, State, Why
from core.batch.batch import Decision
from core.batch.settings import Steps
from core.errors import Cancelled, DFPIRError
from core.messages import Message
from core.presets import Presets
from core.recipes import Recipe
from core.system.cores import background_cores
from core.system.version import program_version
from dfpir_gui.batch import texts
from dfpir_gui.batch.comparison import ComparisonDialog
from dfpir_gui.batch.controls import Controls
from dfpir_gui.batch.listing import ListingView
from dfpir_gui.batch.options import Options
from dfpir_gui.batch.steps_menu import StepsMenu, is_about
from dfpir_gui.batch.worker import Listing, Request, Task, Worker, report_from
from dfpir_gui.i18n.language import listed
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Session
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.settings.engine_settings import GIB
from dfpir_gui.settings.settings import Settings
from dfpir_gui.widgets.drops import local_files
from dfpir_gui.widgets.page import PageWidget
from dfpir_gui.workers import worker_thread
from dfpir_gui.workers.main_thread import MainThread
from dfpir_gui.workers.worker_thread import Outcome, WorkerThread


def backend_config() -> BackendConfig:
    """The model, device and precision that the user has chosen for the whole window."""
    engine = Settings().engine
    return BackendConfig(
        model=engine.model,
        devices=(engine.device,),
        precision=engine.precision,
        memory_limit=engine.memory * GIB or None,
        threads=background_cores(),
    )


class BatchPage(PageWidget):
    """Restores whole folders on a thread of its own. Closing the page stops a run, which can be continued later.

    Args:
        session: shows notices, and holds the steps of the Studio.
        make_config: returns the model and devices to use; called for each request.
        options: new ones by default.
        view: a new one by default.
        main_thread: that ``view`` posts to; a new one by default.
    """

    def __init__(
        self,
        session: Session,
        make_config: Callable[[], BackendConfig] = backend_config,
        *,
        options: Options | None = None,
        view: ListingView | None = None,
        main_thread: MainThread | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._make_config = make_config
        self._settings = Settings()
        self._presets = Presets()
        self._main_thread = main_thread or MainThread()
        self._main_thread.setParent(self)
        post = self._main_thread.post
        self._worker_thread: WorkerThread[Request] = WorkerThread(
            Worker(post, self._on_rows, self._on_progress, self._on_note), post
        )
        self._control: Control | None = None
        self._task: Task | None = None
        self._refresh_needed = False
        self._failure_notice: Notice | None = None
        self._compared_line = 0
        self._decided_path = ""
        self._undo_path = ""
        self._path_after_undo = ""
        self._suggested: set[str] = set()  # paths of photos that are still to be restored as suggested
        self._wanted: Task | None = None  # what begins as soon as the folder has been read
        self.listing: Listing | None = None
        self.options = options or Options()
        self.view = view or ListingView(post)
        self.controls = Controls()
        self._lay_out()
        self.setAcceptDrops(True)
        self._update_controls()
        self.options.cluster.address.setText(self._settings.batch_scheduler)
        self.options.review_harm.setChecked(self._settings.batch_review)
        self.options.set_quality_mode(self._settings.engine.quality_mode)
        self.options.set_from_dict(self._settings.batch_options)
        self._connect()
        source, target = self._settings.batch_folders
        if source is not None and target is not None:
            self.options.set_folders(source, target)

    @classmethod
    def in_steps(cls, session: Session) -> "Iterator[BatchPage | None]":
        """Make a page step by step, so that the window stays responsive in between."""
        options = Options()
        yield None
        main_thread = MainThread()
        view = ListingView(main_thread.post)
        yield None
        page = cls(session, options=options, view=view, main_thread=main_thread)
        yield None
        yield page

    # State

    @property
    def busy(self) -> bool:
        """Whether a request is running."""
        return self._task is not None

    @property
    def unfinished(self) -> str:
        """What closing the window would interrupt, for people; ``""`` if nothing."""
        if self._task in (Task.RUN, Task.WATCH):
            return self.tr("A batch is running. You can resume it later.")
        return ""

    def end(self) -> None:
        """Stop the running request and wait for its end."""
        self.stop()
        self._worker_thread.close()
        self.view.end()

    # Commands

    def open_folder(self, folder: Path) -> None:
        """Show the photos of ``folder``; the results go to a folder beside it."""
        if not self.busy:
            self.options.set_source(folder)

    def analyse(self) -> None:
        """Run the detector on all photos, if need be once the folder has been read."""
        self._work(Task.ANALYSE)

    def start(self) -> None:
        """Restore all photos that are to be restored; then watch for new ones if the user has chosen that.

        If the folder is being read, for example for changed options, this begins afterwards.
        """
        self._work(Task.WATCH if self.options.watch.isChecked() else Task.RUN)

    def pause(self, paused: bool) -> None:
        """Pause the running request at its next safe point, or resume it."""
        if self._control is not None:
            (self._control.pause if paused else self._control.resume)()
        self._update_controls()

    def stop(self) -> None:
        """Stop the running request at its next safe point."""
        if self._control is not None:
            self._control.cancel()
        self._update_controls()

    def set_steps(self, steps: Steps | None) -> None:
        """Set the steps of the selected photos; None removes an earlier setting."""
        selected = tuple(row.path for row in self.view.selected())
        if selected:
            self._submit(Task.PLAN, selected, steps)
            self._suggested.difference_update(selected)

    def decide(self, decision: Decision) -> None:
        """Decide on those of the selected photos that the decision is about: their results may do harm."""
        selected = tuple(row.path for row in self.view.selected() if is_about(decision, row))
        if selected:
            self._submit(Task.PLAN, selected, decision=decision)
            self._note_suggested(selected, decision)

    def refresh(self) -> None:
        """List the photos again, by the current options."""
        if self.busy:
            self._refresh_needed = True
        elif self.options.source.text() and self.options.target.text():
            self._settings.batch_folders = (Path(self.options.source.text()), Path(self.options.target.text()))
            self._submit(Task.PLAN)
        elif self.options.source.text():
            self.view.show_missing_target()

    def _remember_options(self) -> None:
        self._settings.batch_scheduler = self.options.cluster.address.text()
        self._settings.batch_options = self.options.to_dict()

    # Construction

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
        options.folders_changed.connect(self._on_folders_changed)
        options.changed.connect(self.refresh)
        for signal in (options.changed, options.folders_changed, options.watch.toggled):
            signal.connect(lambda *_: self._remember_options())
        options.watch.toggled.connect(self._update_controls)
        options.failed.connect(self._warn)
        options.recipe_button.clicked.connect(lambda: options.ask_recipe(self._warn))
        options.studio_button.clicked.connect(self._use_studio)
        controls.analyse.clicked.connect(self.analyse)
        controls.start.clicked.connect(self.start)
        controls.pause.toggled.connect(self.pause)
        controls.stop.clicked.connect(self.stop)
        controls.report.clicked.connect(self._ask_report)
        view.table.doubleClicked.connect(self._show_comparison)
        for key in ("Return", "Enter"):
            shortcut = QShortcut(QKeySequence(key), view.table, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda: self._show_comparison(view.table.currentIndex()))
        view.compare_button.clicked.connect(lambda: self._show_comparison(view.table.currentIndex()))
        view.table.customContextMenuRequested.connect(self._show_menu)
        view.steps_button.setMenu(self._steps_menu(view.steps_button))
        view.selection_changed.connect(self._update_controls)

    # Requests

    def _work(self, task: Task) -> None:
        if self._task is Task.PLAN:
            self._wanted = task
            self._update_controls()
        else:
            self._submit(task)

    def _submit(
        self,
        task: Task,
        selected: tuple[str, ...] = (),
        steps: Steps | None = None,
        decision: Decision | None = None,
        only: tuple[str, ...] = (),
    ) -> None:
        if self.busy:
            return
        request = self._request(task)
        if request is None:
            return
        if task is not Task.PLAN:  # the list is also read again after a failure, whose notice must stay
            self._session.dismiss()
        self._begin(replace(request, selected=selected, steps=steps, decision=decision, only=only))

    def _request(self, task: Task) -> Request | None:
        """A request by the current options; None, after a notice, if they cannot be used."""
        try:
            layout, settings = self.options.batch_layout(), self.options.batch_settings()
            config = replace(self._make_config(), scheduler=self.options.cluster.scheduler)
        except DFPIRError as error:
            self._warn(error)
            return None
        return Request(task, layout, settings, config, Control(), self.options.retry.isChecked())

    def _begin(self, request: Request) -> None:
        self._task, self._control = request.task, request.control
        self._undo_path = ""  # each request may make it impossible
        self._worker_thread.submit(request, self._on_report_progress, self._on_outcome)
        self._update_controls()

    def _on_outcome(self, outcome: Outcome[Request]) -> None:
        task, self._task, self._control = self._task, None, None
        decided, self._decided_path = self._decided_path, ""
        undone, self._path_after_undo = self._path_after_undo, ""
        self.view.rows.set_running("", 0.0)
        self.work_changed.emit("")
        if task is Task.REPORT and isinstance(outcome.error, Cancelled):
            pass
        elif outcome.error is not None:
            self._session.show_notice(notice_from_error(outcome.error, self.tr("processing the folder")))
        elif isinstance(outcome.value, Path):
            if outcome.value.suffix == ".html":
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(outcome.value)))
        elif isinstance(outcome.value, Listing):
            self._show_listing(outcome.request, outcome.value)
            self._show_next(decided, undone)
            self._suggested &= {row.path for row in outcome.value.rows if row.state is State.WAITING}
            if task is Task.PLAN:
                self._restore_suggested()
        self._update_controls()
        if self._refresh_needed or (outcome.error is not None and task not in (Task.PLAN, Task.REPORT)):
            self._refresh_needed = False
            self.refresh()
        self._begin_wanted(failed=outcome.error is not None)

    def _begin_wanted(self, *, failed: bool) -> None:
        """Begin what was chosen while the folder was read, unless that failed or has to be done again first."""
        if self._wanted is None or self._task is Task.PLAN:
            return
        wanted, self._wanted = self._wanted, None
        self._update_controls()
        if not failed and (self.controls.analyse if wanted is Task.ANALYSE else self.controls.start).isEnabled():
            self._submit(wanted)

    def _show_listing(self, request: Request, listing: Listing) -> None:
        self.listing = listing
        self.view.show_folder(request.layout.source, listing.rows, request.settings)
        self._follow_in_comparison()
        summary = listing.summary
        if listing.unreadable:
            text = self.tr("Some folders could not be read: {names}").format(
                names=listed(map(translated_message, listing.unreadable))
            )
            self._session.show_notice(Notice(text, severity=Severity.WARNING))
        elif summary is not None and summary.failed:
            self._failure_notice = self._notice_of_failures(request.layout.source, summary.failed)
            self._session.show_notice(self._failure_notice)

    def _notice_of_failures(self, folder: Path, count: int) -> Notice:
        """How many photos failed, and why: the notice is also shown on the other pages, which have no table."""
        reasons = texts.failure_lines(self.view.rows.rows, folder)
        if count == 1:
            return Notice(self.tr("One photo failed."), " ".join(reasons[:1]), severity=Severity.WARNING)
        text = self.tr("{count} photos failed. See Details.") if reasons else self.tr("{count} photos failed.")
        return Notice(text.format(count=count), details="\n".join(reasons), severity=Severity.WARNING)

    def _on_folders_changed(self) -> None:
        if self._failure_notice is not None and self._session.notice is self._failure_notice:
            self._session.dismiss()  # it is about other photos
        self.refresh()

    def _on_rows(self, rows: list[Row]) -> None:
        self.view.update_rows(rows)
        self._update_counts()
        self._follow_in_comparison()

    def _on_progress(self, progress: Progress) -> None:
        self.view.rows.set_running(progress.path, progress.fraction)
        if self.busy:
            text = self.tr("Batch: {done} of {total}")
            self.work_changed.emit(text.format(done=progress.done, total=progress.total))
            self.controls.show_progress(progress.fraction, texts.time_left_text(progress.seconds_left))

    def _on_report_progress(self, progress: worker_thread.Progress) -> None:
        if self.busy and progress.fraction is not None:
            self.controls.show_progress(progress.fraction, "")

    def _on_note(self, text: Message) -> None:
        if self.busy:
            self._session.show_notice(Notice(translated_message(text), severity=Severity.WARNING))

    def _update_controls(self) -> None:
        has_photos = self.listing is not None and bool(self.listing.rows)
        ready = has_photos and not self.busy
        reading = has_photos and self._task is Task.PLAN and self._wanted is None
        to_do = 0 if self.listing is None else sum(self._runs(why) for why in self.listing.why.values())
        self.options.setEnabled(not self.busy)
        self.controls.show_state(
            self._task,
            self._control,
            ready=ready,
            reading=reading,
            to_do=to_do,
            watch=self.options.watch.isChecked(),
        )
        selected = bool(self.view.table.selectionModel().hasSelection())
        self.view.steps_button.setEnabled(ready and selected)
        self.view.compare_button.setEnabled(selected)
        if (dialog := self._comparison()) is not None:
            dialog.set_busy(self.busy)
        self._update_counts()

    def _runs(self, why: Why) -> bool:
        return why.runs or (why is Why.FAILED_BEFORE and self.options.retry.isChecked())

    def _update_counts(self) -> None:
        space = 0 if self.listing is None or self.busy else self.listing.bytes
        passed_over = () if self.listing is None else self.listing.passed_over
        counts = texts.counts_text(self.view.rows.rows, len(passed_over))
        self.controls.show_counts(counts, texts.passed_over_text(passed_over), space)

    def _steps_menu(self, parent: QWidget) -> StepsMenu:
        menu = StepsMenu(self._presets, lambda: self.view.selected(), parent)
        menu.steps_chosen.connect(self.set_steps)
        menu.studio_steps_wanted.connect(self._use_studio_steps)
        menu.decided.connect(self.decide)
        menu.failed.connect(self._warn)
        return menu

    def _use_studio_steps(self) -> None:
        if self._has_studio_steps():
            self.set_steps(self._session.steps)

    def _use_studio(self) -> None:
        """Treat all photos like the one in the Studio."""
        document = self._session.current
        if self._has_studio_steps() and document is not None:
            mode, size = self._settings.engine.quality_mode, document.source_size
            recipe = Recipe(
                self._session.steps, "", "", "float32", program_version(), mode, document.edit.geometry, size
            )
            self.options.use_studio(document.name, recipe, self._settings.export)

    def _has_studio_steps(self) -> bool:
        """Whether there are steps in the Studio; if not, a notice is shown."""
        if not self._session.steps:
            text = self.tr("There are no steps in the Studio. Open a photo there and choose some.")
            self._session.show_notice(Notice(text, severity=Severity.WARNING))
        return bool(self._session.steps)

    def _show_menu(self, at: QPoint) -> None:
        index = self.view.table.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Before and after")).triggered.connect(lambda: self._show_comparison(index))
        menu.addAction(self.tr("Open in the Studio")).triggered.connect(lambda: self._open(index))
        steps = self._steps_menu(menu)
        steps.setTitle(self.tr("Steps"))
        steps.setEnabled(not self.busy)
        menu.addMenu(steps)
        menu.popup(self.view.table.viewport().mapToGlobal(at))

    def _show_comparison(self, index: QModelIndex) -> None:
        """Show the photo and the result of a row, in the window that shows another row already if there is one."""
        if not index.isValid():
            return
        dialog = self._comparison()
        if dialog is None:
            dialog = ComparisonDialog(self._session, self)
            dialog.photo_wanted.connect(self.photo_wanted)
            dialog.neighbour_wanted.connect(self._show_neighbour)
            dialog.start_wanted.connect(self.start)
            dialog.undo_wanted.connect(self._undo_decision)
            dialog.decided.connect(self._decide_in_comparison)
            dialog.finished.connect(lambda: self._restore_suggested())
        self.view.table.setCurrentIndex(index)
        self._show_in(dialog, index.data(Qt.ItemDataRole.UserRole))
        dialog.show()
        dialog.raise_()

    def _decide_in_comparison(self, path: str, decision: Decision) -> None:
        row = self.view.rows.row_of(path)
        if self.busy or row is None:
            return
        self._decided_path = path if row.may_be_accepted else ""
        self._submit(Task.PLAN, (path,), decision=decision)
        self._note_suggested((path,), decision)
        if not self.busy:  # it was refused
            self._decided_path = ""
        elif row.may_be_accepted and decision in ("suggested", "dismiss"):
            self._undo_path = path

    def _undo_decision(self) -> None:
        """Take back the last decision; if it has been carried out, the next start restores the photo again."""
        if not self.busy and self._undo_path:
            self._path_after_undo = self._undo_path
            self._suggested.discard(self._undo_path)
            self._submit(Task.PLAN, (self._undo_path,), None)

    def _note_suggested(self, paths: tuple[str, ...], decision: Decision) -> None:
        if decision == "suggested" and self.busy:
            self._suggested.update(paths)
        else:
            self._suggested.difference_update(paths)

    def _restore_suggested(self) -> None:
        """Restore photos as their warnings suggest, without a start by the user; only after the last decision while
        the user decides on one after the other, who would have to wait otherwise.
        """
        rows = [row for row in self.view.rows.rows if row.path in self._suggested]
        is_reviewing = self._comparison() is not None and any(row.may_be_accepted for row in self.view.rows.rows)
        if rows and not self.busy and not self._refresh_needed and not is_reviewing:
            self._suggested.clear()
            self._submit(Task.RUN, only=tuple(row.path for row in rows))

    def _show_next(self, decided: str, undone: str) -> None:
        """Show the next withheld photo after a decision, or the photo whose decision was taken back."""
        dialog = self._comparison()
        if dialog is None:
            return
        rows = [self.view.rows.index(line, 0) for line in range(self.view.rows.rowCount())]
        line = min(self._compared_line, len(rows))
        following = (*rows[line:], *rows[:line])
        if undone:
            chosen = (index for index in rows if index.data(Qt.ItemDataRole.UserRole).path == undone)
        elif decided and dialog.row is not None and dialog.row.path == decided:
            chosen = (index for index in following if index.data(Qt.ItemDataRole.UserRole).may_be_accepted)
        else:
            return
        index = next(chosen, None)
        if index is not None:
            self._show_comparison(index)

    def _comparison(self) -> ComparisonDialog | None:
        return next((dialog for dialog in self.findChildren(ComparisonDialog) if not dialog.closed), None)

    def _show_in(self, dialog: ComparisonDialog, row: Row) -> None:
        settings = None if self.listing is None else self.listing.settings
        line = self.view.rows.line_of(row.path)
        self._compared_line = self._compared_line if line is None else line
        dialog.set_busy(self.busy)
        dialog.show_row(row, self.view.source, Path(self.options.target.text()), settings)
        self._update_neighbours(dialog)

    def _follow_in_comparison(self) -> None:
        """Show what has become of the row that is compared."""
        dialog = self._comparison()
        if dialog is None or dialog.row is None or (self.busy and self._decided_path):
            return
        row = self.view.rows.row_of(dialog.row.path)
        if row is None:
            dialog.close()  # another folder is shown
        elif replace(row, updated=0.0) != replace(dialog.row, updated=0.0):
            self._show_in(dialog, row)
        else:
            self._update_neighbours(dialog)

    def _update_neighbours(self, dialog: ComparisonDialog) -> None:
        before, after = self._neighbour_lines(dialog)
        count = self.view.rows.rowCount()
        rows = self.view.rows.rows
        undecided = sum(row.may_be_accepted for row in rows)
        dialog.set_remaining(undecided, sum(row.state is State.WAITING and bool(row.override) for row in rows))
        dialog.set_undo(self._undo_path)
        dialog.set_neighbours(previous=0 <= before < count, following=0 <= after < count)

    def _neighbour_lines(self, dialog: ComparisonDialog) -> tuple[int, int]:
        """Lines of the rows before and after the compared one; if the filters hide that now, around its place."""
        line = None if dialog.row is None else self.view.rows.line_of(dialog.row.path)
        if line is None:
            return self._compared_line - 1, self._compared_line
        return line - 1, line + 1

    def _show_neighbour(self, by: int) -> None:
        dialog = self._comparison()
        if dialog is not None:
            line = self._neighbour_lines(dialog)[0 if by < 0 else 1]
            self._show_comparison(self.view.rows.index(line, 0))

    def _open(self, index: QModelIndex) -> None:
        row: Row = index.data(Qt.ItemDataRole.UserRole)
        self.photo_wanted.emit(self.view.source / row.path)

    def _ask_report(self) -> None:
        request = self._request(Task.REPORT)
        if request is None:
            return
        target = request.layout.target
        dialog = QFileDialog(
            self, self.tr("Save report"), str(target.parent), "HTML (*.html);;CSV (*.csv);;JSON (*.json)"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix("html")
        dialog.selectFile(f"{target.name}-report.html")
        dialog.fileSelected.connect(lambda file: self._write_report(request, Path(file)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _write_report(self, request: Request, file: Path) -> None:
        if self.listing is not None and not self.busy:
            self._begin(replace(request, report=report_from(request.layout, self.listing), file=file))

    def _warn(self, error: Exception) -> None:
        self._session.show_notice(notice_from_error(error, self.tr("processing the folder")))

    # Dropped folders (overridden methods of Qt)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102
        if not self.busy and any(path.is_dir() for path in local_files(event.mimeData())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        folders = [path for path in local_files(event.mimeData()) if path.is_dir()]
        if folders:
            event.acceptProposedAction()
            self.open_folder(folders[0])
