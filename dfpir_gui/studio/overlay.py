"""Something that is painted above the canvas and its line, and that the mouse does not feel."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class Overlay(QWidget):
    """A hidden widget on ``canvas`` that lets ``paint`` paint it."""

    def __init__(self, canvas: QWidget, paint: Callable[[QPainter], None]) -> None:
        super().__init__(canvas)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        self._paint(QPainter(self))
