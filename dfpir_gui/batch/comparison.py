"""Before and after of a row of the table, in a window of its own."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.batch import Row
from core.errors import DFPIRError
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.batch import texts
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Session, wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.widgets.pair_view import PairView
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.worker_thread import Report


@dataclass(frozen=True, eq=False)
class _Pair:
    """Both pictures, each None if there is none, and why one cannot be shown."""

    before: Pyramid | None
    after: Pyramid | None
    fault: str = ""


class ComparisonDialog(QDialog):
    """Shows the photo and the result of a row; reading them takes place on a thread.

    Attributes:
        photo_wanted: emitted with the photo's path to open it in the Studio.
        neighbour_wanted: emitted with 1 for the next row of the table and -1 for the previous one.
        view: both pictures.
    """

    photo_wanted = Signal(object)
    neighbour_wanted = Signal(int)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Before and after"))
        self._session = session
        self._token: CancelToken | None = None
        self._photo = Path()
        self.view = PairView()
        self.title = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.title.setProperty("role", "heading")
        self.zoom = QLabel()
        self.zoom.setProperty("role", "quiet")
        self.details = quiet()
        self.open_button = self._button(self.tr("Open in the Studio"), self.tr("Work on this photo in the Studio"))
        self.open_button.setProperty("role", "primary")
        self.previous = self._button(self.tr("Previous"), self.tr("Previous photo of the table (Page Up)"))
        self.next = self._button(self.tr("Next"), self.tr("Next photo of the table (Page Down)"))
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
        self.view.zoom_changed.connect(self._show_zoom)
        self.finished.connect(self._cancel)

    def show_row(self, row: Row, source: Path, target: Path) -> None:
        """Show the photo of a row and its result, if it has one.

        Args:
            row: of the table.
            source: folder of the photos.
            target: folder of the results.
        """
        self._cancel()
        self._photo = source / row.path
        self.title.setText(row.path)
        state = texts.state_text(texts.state_key(row))
        parts = (state, texts.verdict_text(row), texts.steps_text(row), texts.reason_text(row))
        self.details.setText(wording.SEPARATOR.join(filter(None, parts)))
        before = self._photo
        after = target / row.output if row.state.has_result and row.output else None
        labels = (self.tr("Before"), self.tr("After") if after is not None else self.tr("No result yet"))
        self.view.show_pair(None, None, (self.tr("Reading…"), ""))

        def work(report: Report, cancel: CancelToken) -> _Pair:
            pictures: list[Pyramid | None] = []
            fault = ""
            for path in (before, after):
                cancel.check()
                try:
                    pictures.append(None if path is None else Pyramid.from_photo(Photo.open(path)))
                except DFPIRError as error:
                    pictures.append(None)
                    fault = fault or translated_message(error.message)
            return _Pair(pictures[0], pictures[1], fault)

        def done(pair: _Pair) -> None:
            if self._token is token:
                self.view.show_pair(pair.before, pair.after, labels)
                if pair.fault:
                    self.details.setText(pair.fault)

        token = self._session.submit_to_files(work, done, lambda error: None)
        self._token = token

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.title, 1)
        top.addWidget(self.zoom)
        for button in (self.fit, self.actual):
            top.addWidget(button)
        bottom = QHBoxLayout()
        bottom.setSpacing(GRID)
        bottom.addWidget(self.details, 1)
        for button in (self.previous, self.next, self.open_button):
            bottom.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addLayout(bottom)
        self.resize(110 * GRID, 66 * GRID)
        self.view.setFocus()

    def _show_zoom(self) -> None:
        self.zoom.setText(wording.percent(self.view.viewport_.zoom))

    def _open(self) -> None:
        self.photo_wanted.emit(self._photo)
        self.close()

    def _cancel(self) -> None:
        if self._token is not None:
            self._token.cancel()
            self._token = None
