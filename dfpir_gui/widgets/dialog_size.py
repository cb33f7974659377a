"""The first size of dialogs whose contents can use more room."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

_SHARE = 0.85
"""Of the window that a dialog may cover, in each direction."""


def size_by_window(dialog: QDialog, least: QSize, most: QSize) -> None:
    """Let a dialog cover the greater part of its window, so that it uses the room of a large screen.

    Args:
        dialog: its parent belongs to the window.
        least: logical pixels, also where the window is smaller.
        most: logical pixels; more would not help to read its contents.
    """
    parent = dialog.parentWidget()
    room = least if parent is None else parent.window().size() * _SHARE
    dialog.resize(room.boundedTo(most).expandedTo(least))
