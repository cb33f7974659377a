"""The status bar: progress, last message, current photo and zoom."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from dfpir_gui.session import Change, Session, wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.elided_label import ElidedLabel
from dfpir_gui.widgets.page import STUDIO

_SHOWS_PHOTO = (STUDIO, "inspector")
"""Keys of the pages that are about the current photo."""


class StatusBar(QStatusBar):
    """Shows the progress, message and photo of the session, and the zoom of the canvas.

    They belong to the Studio. On the Inspector, which is about the same photo, only the photo is shown, and on other
    pages nothing. The work of another page is shown on all pages but that one; a click leads there.

    Attributes:
        page_wanted: emitted with the key of the page whose work was clicked.
        folder_wanted: emitted with the file that is to be shown in its folder.
    """

    folder_wanted = Signal(object)
    page_wanted = Signal(str)

    def __init__(self, session: Session, stop: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._page = STUDIO
        self.progress_bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self.progress_bar.setFixedSize(20 * GRID, 2 * GRID)
        self.progress_bar.setAccessibleName(self.tr("Progress"))
        self.phase = QLabel()
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_button.setToolTip(self.tr("Stop the current work (Esc)"))
        self.message = ElidedLabel()
        self.folder_button = QPushButton(self.tr("Show in folder"))
        self.folder_button.setToolTip(self.tr("Show the saved file in the file manager"))
        self.photo = ElidedLabel()
        self.zoom = QLabel()
        self._working_page = ""
        self.work_button = QPushButton(flat=True)
        self.work_button.setToolTip(self.tr("Show this work"))
        self.work_button.setAccessibleName(self.tr("Show this work"))
        for widget in (self.progress_bar, self.phase, self.stop_button):
            self.addWidget(widget)
        self.addWidget(self.message)
        self.addWidget(self.folder_button)
        self.addWidget(QLabel(), 1)
        self.addPermanentWidget(self.work_button)
        self.addPermanentWidget(self.photo)
        self.addPermanentWidget(self.zoom)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.stop_button.clicked.connect(stop.trigger)
        self.folder_button.clicked.connect(self._show_file)
        self.work_button.clicked.connect(lambda: self.page_wanted.emit(self._working_page))
        self._show_work()
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def show_zoom(self, zoom: float | None) -> None:
        """Show the zoom, where 1.0 is 100 %; None shows nothing."""
        self.zoom.setText("" if zoom is None else wording.percent(zoom))

    def show_work(self, key: str, text: str) -> None:
        """Show the work of the page called ``key`` while another page is shown; an empty text ends it."""
        self._working_page = key if text else ""
        self.work_button.setText(text)
        self._show_work()

    def _show_work(self) -> None:
        self.work_button.setVisible(bool(self._working_page) and self._working_page != self._page)

    def show_page(self, key: str) -> None:
        """Show what belongs to the page called ``key``."""
        self._page = key
        self.photo.setVisible(key in _SHOWS_PHOTO)
        self.message.setVisible(key == STUDIO)
        self._show_work()
        self._on_change(~Change(0))

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PROGRESS | Change.STATE):
            self._show_progress()
        if changed & (Change.RESULT | Change.STATE):
            self.message.show_text(self._text())
            has_file = self._session.status_file is not None and self._session.progress is None
            self.folder_button.setVisible(has_file and self._page == STUDIO)
        if changed & Change.PHOTO:
            photo = self._session.photo
            self.photo.show_text(*(wording.photo_line(photo) if photo else ("", "")))

    def _show_file(self) -> None:
        if self._session.status_file is not None:
            self.folder_wanted.emit(self._session.status_file)

    def _show_progress(self) -> None:
        progress = self._session.progress
        for widget in (self.progress_bar, self.phase):
            widget.setVisible(progress is not None and self._page == STUDIO)
        self.stop_button.setVisible(self._session.can_stop and self._page == STUDIO)
        if progress is None:
            return
        if progress.fraction is None:
            self.progress_bar.setRange(0, 0)  # an indeterminate progress bar
        else:
            self.progress_bar.setRange(0, 1000)
            self.progress_bar.setValue(round(progress.fraction * 1000))
        self.phase.setText(wording.progress_line(progress, self._session.queued_count))

    def _text(self) -> str:
        if self._session.progress is not None:
            return ""
        if self._session.status:
            return self._session.status
        return wording.result_line(self._session.result) if self._session.result else ""
