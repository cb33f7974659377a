"""The bar below the table: buttons, progress and counts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.batch import Control
from core.io.sizes import size_text
from dfpir_gui.batch.worker import Task
from dfpir_gui.session import wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

_PROGRESS_STEPS = 1000


class Controls(QFrame):
    """Buttons, progress and counts; they show what the page sets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("batchControls")
        self.analyse = QPushButton(icons.icon("loupe"), self.tr("Analyse"))
        self.analyse.setToolTip(self.tr("Detect problems in all photos; nothing is restored"))
        self.start = QPushButton(self.tr("Start"))
        self.start.setProperty("role", "primary")
        self.pause = QPushButton(self.tr("Pause"))
        self.pause.setCheckable(True)
        self.pause.setToolTip(self.tr("Pause the work"))
        self.stop = QPushButton(icons.icon("stop"), self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop. Finished results are kept, and Start continues from there"))
        self.report = QPushButton(icons.icon("log"), self.tr("Report…"))
        self.report.setToolTip(self.tr("Save a report on every photo as HTML, CSV or JSON"))
        self.bar = QProgressBar(minimum=0, maximum=_PROGRESS_STEPS, textVisible=False)
        self.bar.setFixedHeight(GRID)
        self.bar.setAccessibleName(self.tr("Progress of the batch"))
        self.status = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.counts = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.counts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.space = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.space.setProperty("role", "quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.analyse, self.start, self.pause, self.stop):
            buttons.addWidget(button)
        buttons.addWidget(self.status, 1)
        buttons.addWidget(self.report)
        labels = QHBoxLayout()
        labels.setSpacing(GRID)
        labels.addWidget(self.counts, 1)
        labels.addWidget(self.space)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.bar)
        column.addLayout(buttons)
        column.addLayout(labels)

    def show_state(
        self, task: Task | None, control: Control | None, *, ready: bool, reading: bool, to_do: int, watch: bool
    ) -> None:
        """Enable the buttons that can be used now.

        Args:
            task: the running one, or None.
            control: of it.
            ready: whether there are photos and nothing runs.
            reading: whether there are photos and their folder is being read again; work can already be chosen then.
            to_do: how many photos a start would work on.
            watch: whether a start is useful without any, because it waits for new photos.
        """
        working = task in (Task.ANALYSE, Task.RUN, Task.WATCH, Task.REPORT)
        stopping = control is not None and control.cancelled
        paused = control is not None and control.paused
        can_work = (ready or reading) and to_do > 0
        self.analyse.setEnabled(can_work)
        self.start.setEnabled(can_work or (watch and task is None))
        counted = to_do > 0 and not working  # once the work has begun, progress and counts say what is left
        self.start.setText(self.tr("Start ({count})").format(count=to_do) if counted else self.tr("Start"))
        self.start.setToolTip(self.tr("Restore the photos that are new, have changed, or have new settings"))
        self.pause.setEnabled(working and not stopping and task is not Task.REPORT)
        self.pause.setText(self.tr("Resume") if paused else self.tr("Pause"))
        if self.pause.isChecked() != paused:
            self.pause.setChecked(paused)
        self.stop.setEnabled(working and not stopping)
        self.report.setEnabled(ready)
        if not working:
            self.bar.setValue(0)
        self.bar.setEnabled(working)
        self.status.setText(self._status_text(task, stopping=stopping, paused=paused))

    def _status_text(self, task: Task | None, *, stopping: bool, paused: bool) -> str:
        if task is None:
            return ""
        if stopping:
            return self.tr("Stopping…")
        if paused:
            return self.tr("Paused")
        return {
            Task.PLAN: self.tr("Reading the folder…"),
            Task.ANALYSE: self.tr("Analysing…"),
            Task.RUN: self.tr("Restoring…"),
            Task.WATCH: self.tr("Restoring, and watching for new photos…"),
            Task.REPORT: self.tr("Writing the report…"),
        }[task]

    def show_progress(self, fraction: float, time_left: str) -> None:
        """Show the finished share of the work, 0.0 to 1.0, and the remaining time."""
        self.bar.setValue(round(fraction * _PROGRESS_STEPS))
        if self.stop.isEnabled() and not self.pause.isChecked():
            self.status.setText(wording.SEPARATOR.join(filter(None, (wording.percent(fraction), time_left))))

    def show_counts(self, counts: str, details: str, space: int) -> None:
        """Show the counts, with ``details`` in the tooltip, and the bytes that the remaining results need, if any."""
        self.counts.setText(counts)
        self.counts.setToolTip("\n".join(filter(None, (counts, details))))
        self.space.setText(self.tr("needs about {size}").format(size=size_text(space)) if space else "")
