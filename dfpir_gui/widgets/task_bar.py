"""The progress of work other than restorations, with a button that stops it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from dfpir_gui.session import wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.workers.worker_thread import Progress


class TaskBar(QWidget):
    """Shows one progress, or is hidden.

    Attributes:
        stopped: emitted when the Stop button is clicked.
    """

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self.bar.setFixedSize(15 * GRID, 2 * GRID)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.label = QLabel()
        self.stop = QPushButton(self.tr("Stop"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for widget in (self.bar, self.label, self.stop):
            layout.addWidget(widget)
        self.stop.clicked.connect(self.stopped)
        self.show_progress(None)

    def show_progress(self, progress: Progress | None) -> None:
        """Show ``progress``, or hide the bar."""
        self.setVisible(progress is not None)
        if progress is None:
            return
        self.bar.setRange(0, 0 if progress.fraction is None else 1000)
        self.bar.setValue(round(1000 * (progress.fraction or 0.0)))
        share = "…" if progress.fraction is None else f" {wording.percent(progress.fraction)}"
        self.label.setText(progress.phase + share)
