"""Where the focus goes when the widget that had it is gone."""

from PySide6.QtWidgets import QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from dfpir_gui.app.keyboard_focus import KeyboardFocus


def test_a_widget_that_was_deleted_is_not_asked_again(qtbot: QtBot) -> None:
    window, page = QMainWindow(), QWidget()
    qtbot.addWidget(window)
    window.setCentralWidget(page)
    layout = QVBoxLayout(page)
    first, second = QPushButton("first"), QPushButton("second")
    layout.addWidget(first), layout.addWidget(second)
    keyboard = KeyboardFocus(window, lambda: True)
    window.show()
    keyboard._follow(None, first)
    delete(first)
    keyboard._follow(None, second)
    assert keyboard._watched is second
    keyboard._follow(second, None)
    assert keyboard._watched is None
