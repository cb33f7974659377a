"""Full screen: only the canvas of the Studio."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QWidget


class FullScreen(QObject):
    """Hides everything but the canvas and fills the screen, and restores the window as it was.

    Args:
        window: the main window.
        others: the widgets that are hidden.
    """

    def __init__(self, window: QMainWindow, others: Sequence[QWidget]) -> None:
        super().__init__(window)
        self._window = window
        self._others = others
        self._hidden: list[QWidget] = []
        self._was_maximised = False
        self.active = False

    def set_active(self, active: bool) -> None:
        """Fill the screen with the canvas, or leave that."""
        if active == self.active:
            return
        self.active = active
        if active:
            self._was_maximised = self._window.isMaximized()
            self._hidden = [widget for widget in self._others if widget.isVisibleTo(self._window)]
            for widget in self._hidden:
                widget.hide()
            self._window.showFullScreen()
        else:
            for widget in self._hidden:
                widget.show()
            self._hidden = []
            self._window.showMaximized() if self._was_maximised else self._window.showNormal()
