"""The line between before and after, with the knob it is moved by."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dfpir_gui.settings import theme

REACH = 12
"""The line can be grabbed from this many logical pixels on either side."""

FINE = 0.01
COARSE = 0.1
"""How far an arrow key moves the line, as a share of the visible photo; coarse is with Shift."""

_KNOB = 9.0


def step_of(event: QKeyEvent) -> float | None:
    """Return how far an arrow key moves the line, or None for other keys."""
    way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
    if way is None or event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return None
    return way * (COARSE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else FINE)


class SplitHandle(QWidget):
    """A strip as wide as the reach of the line, lying on the canvas. It says what is wanted and moves nothing.

    Attributes:
        dragged: the canvas column, in logical pixels, that the line was dragged to.
        nudged: the share of the visible photo by which a key moves the line.
    """

    dragged = Signal(float)
    nudged = Signal(float)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setFixedWidth(2 * REACH + 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Line between before and after"))
        self._grip: float | None = None  # where in the strip the mouse holds it

    def place(self, column: float, top: float, height: float, share: float) -> None:
        """Put the line at this canvas column, beside a photo that reaches from ``top`` over ``height``."""
        self.setFixedHeight(max(1, round(height)))
        self.move(round(column) - REACH, round(top))
        self.setAccessibleDescription(
            self.tr("{share} % before; the arrow keys move it").format(share=round(share * 100))
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position().x() - REACH
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._grip is None:
            event.ignore()
        else:
            self.dragged.emit(self.mapToParent(event.position()).x() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = None
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        event.ignore()  # it means the photo below

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        step = step_of(event)
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
        painter.fillRect(REACH - 1, 0, 3, self.height(), QColor(0, 0, 0, 110))
        painter.fillRect(REACH, 0, 1, self.height(), QColor(255, 255, 255))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(REACH + 0.5, self.height() / 2)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, _KNOB + 2, _KNOB + 2)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
        painter.setBrush(QColor(255, 255, 255))
        painter.drawEllipse(middle, _KNOB, _KNOB)
        painter.setPen(QPen(QColor(40, 40, 40), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for way in (-1, 1):
            tip = middle + QPointF(way * 5.0, 0)
            painter.drawLine(tip, tip + QPointF(-way * 2.5, -2.5))
            painter.drawLine(tip, tip + QPointF(-way * 2.5, 2.5))
