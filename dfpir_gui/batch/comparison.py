"""Before and after of a row of the table, in a window of its own, with the decision on results that may do harm."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.batch import BatchSettings, Row, State
from core.batch.batch import Decision
from core.batch.results import has_review_folder, withheld_file
from core.batch.settings import steps_for_batch
from core.errors import Cancelled, DFPIRError
from core.geometry import UNCHANGED, Geometry
from core.photo import Photo
from core.photo.transform import transformed
from core.progress import CancelToken
from dfpir_gui.batch import texts
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Session, wording
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.dialog_size import size_by_window
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.widgets.pair_view import PairView
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.worker_thread import Progress, Report

_PROGRESS_STEPS = 1000


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both pictures, each None if there is none, and why one cannot be shown."""

    before: Pyramid | None
    after: Pyramid | None
    fault: str = ""


class ComparisonDialog(QDialog):
    """Shows the photo and the result of a row, and lets the user decide on the result if it may do harm.

    Reading takes place on a thread. A result that was withheld is read from where the batch keeps it; if it is not
    there, it can be computed again.

    Attributes:
        photo_wanted: emitted with the photo's path to open it in the Studio.
        neighbour_wanted: emitted with 1 for the next row of the table and -1 for the previous one.
        decided: emitted with the path of the row and the :data:`core.batch.batch.Decision`.
        undo_wanted: the last decision is to be taken back.
        start_wanted: the user wants to start the batch, which restores the photos that were decided on.
        view: both pictures.
    """

    photo_wanted = Signal(object)
    neighbour_wanted = Signal(int)
    decided = Signal(str, str)
    undo_wanted = Signal()
    start_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Before and after"))
        self._session = session
        self._token: CancelToken | None = None
        self._photo = Path()
        self._settings = BatchSettings()
        self._labels = ("", "")
        self._before: Pyramid | None = None
        self._busy = self._closed = self._has_decided = False
        self._rows_left = self._rows_to_restore = 0
        self.row: Row | None = None
        self.view = PairView()
        self.title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.title.setProperty("role", "heading")
        self.zoom = QLabel()
        self.zoom.setProperty("role", "quiet")
        self.details = quiet()
        self.reasons = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.reasons.setProperty("role", "warning")
        self.reasons.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.accept_button = self._button(self.tr("&Accept"), self.tr("Write this result"))
        self.suggested_button = self._button("", "")
        self.dismiss_button = self._button(self.tr("&Dismiss"), self.tr("Do not write it: treat the photo as clean"))
        self.keep_button = self._button(self.tr("&Keep"), self.tr("Dismiss the warning: keep the result as it is"))
        self.pending = quiet()
        self.undo_button = self._button(self.tr("&Undo"), "")
        self.start_button = self._button(self.tr("&Start"), self.tr("Restore the photos that wait, also this one"))
        self.compute_button = self._button(self.tr("&Compute the result"), self.tr("Compute it again to look at it"))
        self.progress = QProgressBar(minimum=0, maximum=_PROGRESS_STEPS, textVisible=False)
        self.progress.setFixedHeight(GRID)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.open_button = self._button(self.tr("Open in the Studio"), self.tr("Work on this photo in the Studio"))
        self.previous = self._button(self.tr("Previous"), self.tr("Previous photo of the table (Page Up)"))
        self.next = self._button(self.tr("Next"), self.tr("Next photo of the table (Page Down)"))
        self.close_button = self._button(self.tr("Close"), self.tr("Close this window (Esc)"))
        self.previous.setShortcut("PgUp")
        self.next.setShortcut("PgDown")
        self.fit = self._button(self.tr("Fit"), self.tr("Show the whole photo (0)"))
        self.actual = self._button(self.tr("100 %"), self.tr("One screen pixel for each photo pixel"))
        self._lay_out()
        self.fit.clicked.connect(self.view.fit)
        self.actual.clicked.connect(lambda: self.view.zoom_to(1.0))
        self.previous.clicked.connect(lambda: self.neighbour_wanted.emit(-1))
        self.next.clicked.connect(lambda: self.neighbour_wanted.emit(1))
        self.open_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self.close)
        self.compute_button.clicked.connect(self._compute)
        self.start_button.clicked.connect(self.start_wanted)
        self.undo_button.clicked.connect(self.undo_wanted)
        for button, decision in self._decisions():
            button.clicked.connect(lambda _=False, decision=decision: self._decide(decision))
        self.view.zoom_changed.connect(self._show_zoom)
        self.finished.connect(self._on_finished)

    @property
    def closed(self) -> bool:
        """Whether it was closed and is about to be deleted."""
        return self._closed

    def show_row(self, row: Row, source: Path, target: Path, settings: BatchSettings | None = None) -> None:
        """Show the photo of a row and its result, if it has one.

        Args:
            row: of the table.
            source: folder of the photos.
            target: folder of the results.
            settings: that the results were made with.
        """
        self._cancel()
        is_same_photo = self.row is not None and self._photo == source / row.path
        self.row, self._photo, self._settings = row, source / row.path, settings or BatchSettings()
        self.title.setText(row.path)
        state = texts.state_text(texts.state_key(row))
        parts = (state, texts.verdict_text(row), texts.steps_text(row), texts.reason_text(row, is_looked_at=True))
        self.details.setText(wording.SEPARATOR.join(filter(None, parts)))
        after = self._file_of_result(row, target)
        self._labels = (self.tr("Before"), self._after_label(row, after))
        self._show_decisions(row, can_compute=(row.may_be_accepted and after is None) or _waits(row))
        if not is_same_photo:
            self._before = None
        self.view.show_pair(self._before, None, (self.tr("Reading…"), ""))
        before, geometry_for = self._photo, self._settings.geometry_for

        def work(report: Report, cancel: CancelToken) -> _Pair:
            fault = ""
            photos: list[Photo | None] = []
            for path in (before, after):
                cancel.check()
                try:
                    photos.append(None if path is None else Photo.open(path))
                except DFPIRError as error:
                    photos.append(None)
                    fault = fault or translated_message(error.message)
            first, second = photos
            if first is not None and second is not None:
                first = transformed(first, _geometry_of_result(first, second, geometry_for))
            first_pyramid = None if first is None else Pyramid.from_photo(first)
            return _Pair(first_pyramid, None if second is None else Pyramid.from_photo(second), fault)

        def done(pair: _Pair) -> None:
            if self._token is token:
                self._before = pair.before
                if pair.after is None and row.may_be_accepted:  # damaged or removed: it can be computed again
                    self._labels = (self._labels[0], self._after_label(row, None))
                    self.compute_button.show()
                shown = pair.before if after is None and _is_left(row) else pair.after
                self.view.show_pair(pair.before, shown, self._labels, self._what_comes(row))
                if pair.fault:
                    self.details.setText(pair.fault)

        token = self._session.submit_to_files(work, done, lambda error: None)
        self._token = token

    def set_neighbours(self, *, previous: bool, following: bool) -> None:
        """Say whether there are rows before and after this one."""
        self.previous.setEnabled(previous)
        self.next.setEnabled(following)

    def set_remaining(self, undecided: int, to_restore: int) -> None:
        """Say how many photos wait for a decision, and how many are restored again by a start."""
        self._rows_left, self._rows_to_restore = undecided, to_restore
        if self.row is not None:
            self._show_pending(self.row)

    def set_undo(self, name: str) -> None:
        """Offer to take back the decision on this photo; ``""`` offers nothing."""
        self.undo_button.setVisible(bool(name))
        self.undo_button.setToolTip(self.tr("Take back the decision on {name}").format(name=name))

    def set_busy(self, busy: bool) -> None:
        """Say whether the batch is working, so that nothing can be decided."""
        self._busy = busy
        for button in (self.start_button, self.undo_button, *(button for button, _ in self._decisions())):
            button.setEnabled(not busy)

    def _decisions(self) -> tuple[tuple[QPushButton, Decision], ...]:
        return (
            (self.accept_button, "accept"),
            (self.suggested_button, "suggested"),
            (self.dismiss_button, "dismiss"),
            (self.keep_button, "keep"),
        )

    def _file_of_result(self, row: Row, target: Path) -> Path | None:
        if row.state.has_result and row.output:
            return target / row.output
        if row.may_be_accepted and has_review_folder(target) and (withheld := withheld_file(target, row)).is_file():
            return withheld
        return None

    def _after_label(self, row: Row, after: Path | None) -> str:
        if after is None:
            return self.tr("Left unchanged") if _is_left(row) else self.tr("No result yet")
        if row.left_by_user:
            return self.tr("Left unchanged")
        return self.tr("After, not written yet") if row.may_be_accepted else self.tr("After")

    def _what_comes(self, row: Row) -> str:
        """What is said in the place of a result that does not exist."""
        if _waits(row):
            return self.tr("Still to be restored with {steps}.").format(steps=_steps(row))
        return self.tr("The next start works on this photo.") if row.state is State.WAITING else ""

    def _show_pending(self, row: Row) -> None:
        """Say what was decided, and what is still to be done."""
        count = self._rows_to_restore
        all_decided = self._has_decided and not self._rows_left
        parts = []
        if all_decided:
            parts.append(self.tr("All withheld results are decided."))
            if count == 1:
                parts.append(self.tr("Press Start to restore one photo again with its new steps."))
            elif count:
                text = self.tr("Press Start to restore {count} photos again with their new steps.")
                parts.append(text.format(count=count))
        if _waits(row):
            parts.append(self.tr("Decided: still to be restored with {steps}.").format(steps=_steps(row)))
        self.pending.setText(" ".join(parts))
        self.pending.setVisible(bool(parts))
        self.start_button.setVisible(_waits(row) or (all_decided and count > 0))

    def _show_decisions(self, row: Row, *, can_compute: bool) -> None:
        suggestion = texts.suggestion_text(row)
        self.suggested_button.setText(self.tr("&Use suggestion: {steps}").format(steps=suggestion))
        self.suggested_button.setToolTip(self.tr("Restore the photo with what the warning suggests"))
        self.accept_button.setVisible(row.may_be_accepted)
        self.dismiss_button.setVisible(row.may_be_accepted)
        self.keep_button.setVisible(row.may_be_revised)
        self.suggested_button.setVisible(row.may_be_accepted or row.may_be_revised)
        self._show_pending(row)
        self.compute_button.setVisible(can_compute)
        self.compute_button.setEnabled(True)
        self.progress.hide()
        self.reasons.setText(texts.warnings_text(row))
        self.reasons.setVisible(bool(row.warnings))
        self.set_busy(self._busy)

    def _decide(self, decision: Decision) -> None:
        if self.row is not None:
            self._has_decided = self._has_decided or self.row.may_be_accepted
            self.decided.emit(self.row.path, decision)

    def _compute(self) -> None:
        """Restore the photo as the batch did or will do, if there is no withheld result to look at."""
        row, settings, path = self.row, self._settings, self._photo
        chosen = None if row is None else row.override if _waits(row) else row.steps
        if chosen is None:
            return
        steps, _ = steps_for_batch(chosen)
        self._cancel()
        self.compute_button.setEnabled(False)
        self.progress.setValue(0)
        self.progress.show()
        session = self._session

        def work(report: Report, cancel: CancelToken) -> _Pair:
            photo = Photo.open(path)
            photo = transformed(photo, settings.geometry_for(photo.width, photo.height)[0])
            result = session.restorer().restore(
                photo,
                steps,
                progress=lambda share: report(Progress("", share)),
                cancel=cancel,
                quality_mode=settings.quality_mode,
            )
            return _Pair(Pyramid.from_photo(photo), Pyramid.from_photo(result.photo))

        def done(pair: _Pair) -> None:
            if self._token is token:
                self.progress.hide()
                self.compute_button.hide()
                self._before = pair.before
                self._labels = (self._labels[0], self.tr("After, not written yet"))
                self.view.show_pair(pair.before, pair.after, self._labels)

        def failed(error: BaseException) -> None:
            if self._token is token:
                self.progress.hide()
                self.compute_button.setEnabled(True)
                if not isinstance(error, Cancelled):
                    self.details.setText(notice_from_error(error, self.tr("restoring the photo")).what)

        def show_progress(progress: Progress) -> None:
            if self._token is token and progress.fraction is not None:
                self.progress.setValue(round(progress.fraction * _PROGRESS_STEPS))

        token = session.submit(work, done, failed, show_progress)
        self._token = token

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        self.suggested_button.setProperty("role", "primary")
        self.start_button.setProperty("role", "primary")
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.title, 1)
        top.addWidget(self.zoom)
        for button in (self.fit, self.actual):
            top.addWidget(button)
        decisions = QHBoxLayout()
        decisions.setSpacing(GRID)
        decisions.addWidget(self.pending, 1)
        decisions.addStretch()
        for button in (self.compute_button, self.start_button, *(button for button, _ in self._decisions())):
            decisions.addWidget(button)
        bottom = QHBoxLayout()
        bottom.setSpacing(GRID)
        bottom.addWidget(self.details, 1)
        self.undo_button.hide()
        for button in (self.undo_button, self.previous, self.next, self.open_button, self.close_button):
            bottom.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.reasons)
        layout.addLayout(decisions)
        layout.addLayout(bottom)
        size_by_window(self, QSize(112, 68) * GRID, QSize(300, 200) * GRID)
        self.view.setFocus()

    def _show_zoom(self) -> None:
        self.zoom.setText("" if self.view.empty else wording.percent(self.view.viewport_.zoom))

    def _open(self) -> None:
        self.photo_wanted.emit(self._photo)
        self.close()

    def _on_finished(self) -> None:
        self._closed = True
        self._cancel()

    def _cancel(self) -> None:
        if self._token is not None:
            self._token.cancel()
            self._token = None


def _waits(row: Row) -> bool:
    """Whether a start restores the photo with steps that were chosen for it."""
    return row.state is State.WAITING and bool(row.override)


def _is_left(row: Row) -> bool:
    """Whether the photo is left as it is, without a file in the target."""
    return row.state is State.LEFT and row.error is None


def _steps(row: Row) -> str:
    return texts.step_list(row.override or ())


def _geometry_of_result(
    photo: Photo, result: Photo, geometry_for: Callable[[int, int], tuple[Geometry, object]]
) -> Geometry:
    """How a photo was rotated and cropped for its result, which may have been made smaller; by its shape."""
    geometry, _ = geometry_for(photo.width, photo.height)
    width, height = geometry.result_size(photo.width, photo.height)
    # One pixel more or less of the smaller side, after rounding.
    same = abs(width * result.height - height * result.width) <= max(width, height)
    return geometry if same else UNCHANGED
