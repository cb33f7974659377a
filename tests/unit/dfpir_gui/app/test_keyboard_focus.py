"""The filter that reserves the space bar, when a widget is deleted."""

from PySide6.QtWidgets import QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from dfpir_gui.app.keyboard_focus import KeyboardFocus


def test_a_deleted_widget_is_not_accessed(qtbot: QtBot) -> None:
    window, page = QMainWindow(), QWidget()
    qtbot.addWidget(window)
    window.setCentralWidget(page)
    layout = QVBoxLayout(page)
    first, second = QPushButton("first"), QPushButton("second")
    layout.addWidget(first), layout.addWidget(second)
    keyboard = KeyboardFocus(window, lambda: True)
    window.show()
    keyboard._on_focus_changed(None, first)
    delete(first)
    keyboard._on_focus_changed(None, second)
    assert keyboard._watched is second
    keyboard._on_focus_changed(second, None)
    assert keyboard._watched is None
