"""What the panels beside the photo have in common."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons


def heading(text: str, buddy: QWidget | None = None) -> QLabel:
    """The heading of a part of a panel; ``buddy`` is what it names."""
    label = QLabel(text, indent=0)
    label.setProperty("role", "heading")
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def quiet(text: str = "") -> QLabel:
    """A line that stands back, wrapped where it is too long."""
    label = QLabel(text, wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", "quiet")
    return label


def small_button(icon: str, name: str, tip: str) -> QToolButton:
    """A button of one icon, named for screen readers."""
    button = QToolButton(icon=icons.icon(icon), autoRaise=True)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setFixedSize(3 * GRID, 3 * GRID)
    button.setProperty("role", "small")
    return button


def action_button(action: QAction, icon: QIcon | None = None) -> QPushButton:
    """A button that does what an action does, and looks as it says, but for another ``icon`` if there is one."""
    button = QPushButton()

    def mirror() -> None:
        button.setText(action.iconText())
        button.setIcon(icon or action.icon())
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    button.clicked.connect(action.trigger)
    action.changed.connect(mirror)
    mirror()
    return button
