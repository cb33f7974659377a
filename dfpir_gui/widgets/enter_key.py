"""Which button of a dialog the Enter key presses."""

from PySide6.QtWidgets import QDialog, QPushButton


def leave_enter_to(dialog: QDialog, button: QPushButton) -> None:
    """Let Enter press ``button`` only: Qt takes the first button of the dialog, whatever it does.

    Called when all buttons of the dialog are made.
    """
    for other in dialog.findChildren(QPushButton):
        other.setAutoDefault(other is button)
        other.setDefault(other is button)
