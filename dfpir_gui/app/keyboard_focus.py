"""Where the focus goes, and what Space does: it shows the original, unless the user moves about by keyboard."""

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

_TYPED_INTO = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)


class KeyboardFocus(QObject):
    """Keeps Space for the original of the photo in view.

    A button that was clicked keeps the focus, and Qt moves the focus on from one that is disabled: Space would press
    what nobody has chosen. It presses a button only if the user has come to it with the Tab key.

    Args:
        window: whose keys these are; its :meth:`QWidget.keyPressEvent` handles Space.
        in_view: whether a photo is in view.
    """

    def __init__(self, window: QMainWindow, in_view: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._in_view = in_view
        self._by_keyboard = False  # whether the focus was moved by the Tab key last
        self._watched: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def lost(self) -> bool:
        """Whether the widget that has the focus cannot keep it, since it was disabled or hidden."""
        focused = self._window.focusWidget()
        return focused is not None and not (focused.isEnabled() and focused.isVisible())

    def tabbed(self) -> None:
        """Note that the user has moved the focus with the Tab key."""
        self._by_keyboard = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() is QEvent.Type.MouseButtonPress:
            self._by_keyboard = False
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and self._is_for_the_photo(watched):
            if event.type() is QEvent.Type.KeyPress:
                self._window.keyPressEvent(event)
                return True
            if event.type() is QEvent.Type.KeyRelease:
                self._window.keyReleaseEvent(event)
                return True
        return False

    def _is_for_the_photo(self, focused: QObject) -> bool:
        return self._in_view() and not self._by_keyboard and not isinstance(focused, _TYPED_INTO)

    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._by_keyboard = False
        if self._watched is not None and isValid(self._watched):  # it may have been deleted meanwhile
            self._watched.removeEventFilter(self)
        self._watched = now if now is not None and now.window() is self._window else None
        if self._watched is not None:
            self._watched.installEventFilter(self)
