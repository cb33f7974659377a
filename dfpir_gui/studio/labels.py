"""The words "Before" and "After" on the photo, which fade when the mouse rests."""

from PySide6.QtCore import QObject, QRect, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from dfpir_gui.settings.theme import GRID

_REST_MS = 2500
_FADE_MS = 300


class FadingLabels(QObject):
    """Keeps the opacity of the labels and paints them.

    Attributes:
        faded: emitted whenever the labels look different and have to be painted again.
    """

    faded = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.opacity = 1.0
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._fade = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=_FADE_MS)
        self._rest.timeout.connect(self._fade.start)
        self._fade.valueChanged.connect(self._set_opacity)

    def wake(self) -> None:
        """Show the labels, and begin to wait for the mouse to rest."""
        self._fade.stop()
        self._set_opacity(1.0)
        self._rest.start()

    def paint(self, painter: QPainter, room: QRect, text: str, at_right: bool) -> None:
        """Paint ``text`` into the upper left or right corner of ``room``, or nothing if it is too wide for it."""
        font = QFont(painter.font())
        font.setBold(True)
        metrics = QFontMetrics(font)
        pill = QRect(0, 0, metrics.horizontalAdvance(text) + 2 * GRID, metrics.height() + GRID)
        if self.opacity <= 0.0 or pill.width() + 2 * GRID > room.width():
            return
        left = room.right() - GRID - pill.width() + 1 if at_right else room.left() + GRID
        pill.moveTo(left, room.top() + GRID)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self.opacity)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRoundedRect(pill, 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _set_opacity(self, opacity: float) -> None:
        self.opacity = opacity
        self.faded.emit()
