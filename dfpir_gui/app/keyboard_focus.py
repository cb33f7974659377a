"""Reserves the space bar for showing the original, unless the user moves the focus with the Tab key."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

_TEXT_INPUTS = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)


class KeyboardFocus(QObject):
    """Sends the space bar to the window, which shows the original while it is held.

    A button keeps the focus after a click, and Qt moves the focus on when a button is disabled, so Space would press a
    button that the user did not select. It presses a button only if the user reached it with the Tab key.

    Args:
        window: handles Space in its :meth:`QWidget.keyPressEvent`.
        photo_visible: returns whether a photo is visible.
    """

    def __init__(self, window: QMainWindow, photo_visible: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._photo_visible = photo_visible
        self._moved_by_tab = False  # whether the Tab key moved the focus last
        self._watched: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def focus_is_lost(self) -> bool:
        """Whether the widget with the focus was disabled or hidden."""
        focused = self._window.focusWidget()
        return focused is not None and not (focused.isEnabled() and focused.isVisible())

    def note_tab(self) -> None:
        """Record that the user moves the focus with the Tab key."""
        self._moved_by_tab = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() is QEvent.Type.MouseButtonPress:
            self._moved_by_tab = False
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and self._belongs_to_photo(watched):
            if event.type() is QEvent.Type.KeyPress:
                self._window.keyPressEvent(event)
                return True
            if event.type() is QEvent.Type.KeyRelease:
                self._window.keyReleaseEvent(event)
                return True
        return False

    def _belongs_to_photo(self, focused: QObject) -> bool:
        return self._photo_visible() and not self._moved_by_tab and not isinstance(focused, _TEXT_INPUTS)

    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._moved_by_tab = False
        if self._watched is not None and isValid(self._watched):  # not deleted meanwhile
            self._watched.removeEventFilter(self)
        self._watched = now if now is not None and now.window() is self._window else None
        if self._watched is not None:
            self._watched.installEventFilter(self)
