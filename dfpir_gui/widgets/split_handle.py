"""The handle of the split between before and after."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dfpir_gui.settings import theme

GRAB_DISTANCE = 12
"""The split can be grabbed within this many logical pixels on either side."""

FINE = 0.01
COARSE = 0.1
"""Step of an arrow key, as a share of the visible photo; COARSE is used with Shift."""

_KNOB_RADIUS = 9.0


def arrow_step(event: QKeyEvent) -> float | None:
    """Return the step of an arrow key, negative to the left, or None for other keys."""
    direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
    if direction is None or event.modifiers() & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    ):
        return None
    return direction * (COARSE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else FINE)


class SplitHandle(QWidget):
    """A vertical strip on the canvas that receives the mouse and keys. It emits signals; the canvas moves the split.

    Attributes:
        dragged: emitted with the canvas column, in logical pixels, to which the split was dragged.
        nudged: emitted with the share of the visible photo by which a key moves the split.
    """

    dragged = Signal(float)
    nudged = Signal(float)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setFixedWidth(2 * GRAB_DISTANCE + 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Split between before and after"))
        self._grab_offset: float | None = None  # distance of the mouse from the line while it is dragged

    def place(self, column: float, top: float, height: float, share: float) -> None:
        """Move to this canvas column and cover the photo vertically (logical pixels); ``share`` is the part before."""
        self.setFixedHeight(max(1, round(height)))
        self.move(round(column) - GRAB_DISTANCE, round(top))
        self.setAccessibleDescription(
            self.tr("{share} % before; use the arrow keys to move it").format(share=round(share * 100))
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() == Qt.MouseButton.LeftButton:
            self._grab_offset = event.position().x() - GRAB_DISTANCE
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._grab_offset is None:
            event.ignore()
        else:
            self.dragged.emit(self.mapToParent(event.position()).x() - self._grab_offset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() == Qt.MouseButton.LeftButton:
            self._grab_offset = None
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        event.ignore()  # for the canvas below

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        step = arrow_step(event)
        if step is None:
            super().keyPressEvent(event)
        else:
            self.nudged.emit(step)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.fillRect(GRAB_DISTANCE - 1, 0, 3, self.height(), QColor(0, 0, 0, 110))
        painter.fillRect(GRAB_DISTANCE, 0, 1, self.height(), QColor(255, 255, 255))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(GRAB_DISTANCE + 0.5, self.height() / 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _KNOB_RADIUS + 2, _KNOB_RADIUS + 2)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
        painter.setBrush(QColor(255, 255, 255))
        painter.drawEllipse(middle, _KNOB_RADIUS, _KNOB_RADIUS)
        painter.setPen(QPen(QColor(40, 40, 40), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for direction in (-1, 1):
            tip = middle + QPointF(direction * 5.0, 0)
            painter.drawLine(tip, tip + QPointF(-direction * 2.5, -2.5))
            painter.drawLine(tip, tip + QPointF(-direction * 2.5, 2.5))
