"""Labels and buttons that the panels share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons


def heading(text: str, buddy: QWidget | None = None) -> QLabel:
    """Return the heading of a section; ``buddy`` is the widget that it labels."""
    label = QLabel(text, indent=0)
    label.setProperty("role", "heading")
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def quiet(text: str = "") -> QLabel:
    """Return a label in the secondary text colour, which wraps."""
    label = QLabel(text, wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", "quiet")
    return label


class VanishingLabel(QLabel):
    """A label in the secondary text colour, which wraps and takes no space while it is empty."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        self.hide()
        self.setProperty("role", "quiet")

    def setText(self, text: str) -> None:  # noqa: D102, N802 - Qt's
        super().setText(text)
        self.setVisible(bool(text))

    def clear(self) -> None:  # noqa: D102 - Qt's
        self.setText("")


def small_button(icon: str, name: str, tip: str) -> QToolButton:
    """Return a button with an icon only; ``name`` is for screen readers, ``tip`` its tool tip."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setFixedSize(3 * GRID, 3 * GRID)
    button.setProperty("role", "small")
    return button


def action_button(action: QAction, icon: QIcon | None = None) -> QPushButton:
    """Return a button that triggers ``action`` and shows its text, tool tip, state and icon, or ``icon`` instead."""
    button = QPushButton()

    def refresh() -> None:
        button.setText(action.iconText())
        button.setIcon(icon or action.icon())
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    button.clicked.connect(action.trigger)
    action.changed.connect(refresh)
    refresh()
    return button
