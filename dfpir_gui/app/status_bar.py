"""The status bar: what runs, what was done, which photo, how large it is shown."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from dfpir_gui.session import Change, Session, wording
from dfpir_gui.settings.theme import GRID


class StatusBar(QStatusBar):
    """Mirrors the progress and the photo of the session, and the zoom of the canvas."""

    def __init__(self, session: Session, stop: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._stop = stop
        self.bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self.bar.setFixedSize(20 * GRID, 2 * GRID)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.phase = QLabel()
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Stop what is running (Esc)"))
        self.words = QLabel()
        self.photo = QLabel()
        self.zoom = QLabel()
        for widget in (self.bar, self.phase, self.cancel):
            self.addWidget(widget)
        self.addWidget(self.words, 1)
        self.addPermanentWidget(self.photo)
        self.addPermanentWidget(self.zoom)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.cancel.clicked.connect(stop.trigger)
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def show_zoom(self, zoom: float | None) -> None:
        """Show the zoom, 1.0 being 100 %, or nothing."""
        self.zoom.setText("" if zoom is None else wording.percent(zoom))

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PROGRESS | Change.STATE):
            self._mirror_progress()
        if changed & (Change.RESULT | Change.STATE):
            self.words.setText(self._words())
        if changed & Change.PHOTO:
            photo = self._session.photo
            self.photo.setText(wording.photo_line(photo) if photo else "")

    def _mirror_progress(self) -> None:
        progress = self._session.progress
        for widget in (self.bar, self.phase):
            widget.setVisible(progress is not None)
        self.cancel.setVisible(self._session.can_stop)
        if progress is None:
            return
        if progress.fraction is None:
            self.bar.setRange(0, 0)  # Qt shows that something moves
            self.phase.setText(f"{progress.phase}…")
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(progress.fraction * 1000))
            self.phase.setText(wording.progress_line(progress))

    def _words(self) -> str:
        if self._session.progress is not None:
            return ""
        if self._session.status:
            return self._session.status
        return wording.result_line(self._session.result) if self._session.result else ""
