"""What a step is dragged by, and the line that tells where it would go."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

_THICKNESS = 2


class Grip(QWidget):
    """A handle for the mouse; the keyboard has the buttons beside it.

    Attributes:
        dragged: the mouse has moved with the grip; carries its place on the screen.
        dropped: the grip was let go after it was dragged.
    """

    dragged = Signal(QPoint)
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held = self._moved = False
        self.setFixedSize(2 * GRID, 3 * GRID)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(self.tr("Drag the step to another place"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        picture = icons.pixmap("grip", theme.QUIET_TEXT, 2 * GRID, self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, (self.height() - 2 * GRID) // 2, picture)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() is Qt.MouseButton.LeftButton:
            self._held, self._moved = True, False
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._held:
            self._moved = True
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        dropped = self._held and self._moved
        self._held = self._moved = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if dropped:
            self.dropped.emit()


class DropLine(QFrame):
    """The line between two rows where a dragged one would go."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, objectName="dropLine")
        self.hide()

    def show_at(self, rows: Sequence[QWidget], place: int) -> None:
        """Show the line above the row at ``place``, or below the last one."""
        below = place == len(rows)
        middle = rows[-1].geometry().bottom() + GRID // 4 if below else rows[place].y() - GRID // 4
        self.setGeometry(rows[0].x(), max(middle - _THICKNESS // 2, 0), rows[0].width(), _THICKNESS)
        self.show()
        self.raise_()


def gap_at(rows: Sequence[QWidget], y: int) -> int:
    """Which gap between ``rows``, 0 above the first one, is nearest to ``y`` in the coordinates of their parent."""
    return sum(row.geometry().center().y() < y for row in rows)
