"""The bar below the table: what can be started and stopped, how far it is, and counts that add up."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.batch import Control
from dfpir_gui.batch.worker import Task
from dfpir_gui.session import wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

_STEPS = 1000


class Controls(QFrame):
    """Buttons, progress and counts; they mirror what they are told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="batchControls")
        self.look = QPushButton(icons.icon("loupe"), self.tr("Look through"))
        self.look.setToolTip(self.tr("Let the detector look at all photos; nothing is restored"))
        self.start = QPushButton(self.tr("Start"))
        self.start.setProperty("role", "primary")
        self.pause = QPushButton(self.tr("Pause"), checkable=True)
        self.pause.setToolTip(self.tr("Hold the work where it is"))
        self.stop = QPushButton(icons.icon("stop"), self.tr("Stop"))
        self.stop.setToolTip(self.tr("Stop; what is done is kept, and Start goes on from there"))
        self.report = QPushButton(icons.icon("log"), self.tr("Report…"))
        self.report.setToolTip(self.tr("Save what became of every photo as a page, a table or JSON"))
        self.bar = QProgressBar(minimum=0, maximum=_STEPS, textVisible=False)
        self.bar.setFixedHeight(GRID)
        self.bar.setAccessibleName(self.tr("Progress of the folder"))
        self.doing = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.counts = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.counts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.space = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.space.setProperty("role", "quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.look, self.start, self.pause, self.stop):
            buttons.addWidget(button)
        buttons.addWidget(self.doing, 1)
        buttons.addWidget(self.report)
        words = QHBoxLayout()
        words.setSpacing(GRID)
        words.addWidget(self.counts, 1)
        words.addWidget(self.space)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.bar)
        column.addLayout(buttons)
        column.addLayout(words)

    def mirror(self, task: Task | None, control: Control | None, *, ready: bool, to_do: int, watching: bool) -> None:
        """Enable what can be done now.

        Args:
            task: what runs, or None.
            control: of it.
            ready: whether there are photos and nothing runs.
            to_do: how many photos a start would work on.
            watching: whether a start is of use without any, because it waits for what arrives.
        """
        working = task in (Task.LOOK, Task.RUN, Task.WATCH, Task.REPORT)
        stopping = control is not None and control.cancelled
        paused = control is not None and control.paused
        self.look.setEnabled(ready and to_do > 0)
        self.start.setEnabled((ready and to_do > 0) or (watching and task is None))
        self.start.setText(self.tr("Start ({count})").format(count=to_do) if to_do else self.tr("Start"))
        self.start.setToolTip(self.tr("Restore the photos that are new, have changed, or are to be done differently"))
        self.pause.setEnabled(working and not stopping and task is not Task.REPORT)
        self.pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        if self.pause.isChecked() != paused:
            self.pause.setChecked(paused)
        self.stop.setEnabled(working and not stopping)
        self.report.setEnabled(ready)
        if not working:
            self.bar.setValue(0)
        self.bar.setEnabled(working)
        if task is None:
            self.doing.setText("")
        elif stopping:
            self.doing.setText(self.tr("Stopping…"))
        elif paused:
            self.doing.setText(self.tr("Paused"))
        elif task is Task.PLAN:
            self.doing.setText(self.tr("Listing…"))
        else:
            self.doing.setText(self._working_words(task))

    def _working_words(self, task: Task) -> str:
        return {
            Task.LOOK: self.tr("Looking through…"),
            Task.RUN: self.tr("Restoring…"),
            Task.WATCH: self.tr("Restoring what is there and what arrives…"),
            Task.REPORT: self.tr("Writing the report…"),
        }[task]

    def show_progress(self, fraction: float, left: str) -> None:
        """Show how much of the work is done, 0.0 to 1.0, and how long the rest takes."""
        self.bar.setValue(round(fraction * _STEPS))
        if self.stop.isEnabled() and not self.pause.isChecked():
            self.doing.setText(wording.SEPARATOR.join(filter(None, (wording.percent(fraction), left))))

    def show_counts(self, counts: str, more: str, space: int) -> None:
        """Show the counts, with ``more`` to be read under the mouse, and the bytes that the rest will take, if any."""
        self.counts.setText(counts)
        self.counts.setToolTip("\n".join(filter(None, (counts, more))))
        self.space.setText(self.tr("needs about {size} MB").format(size=f"{space / 1e6:.1f}") if space else "")
