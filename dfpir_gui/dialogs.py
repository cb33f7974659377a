"""The sheets of the Help menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.version import program_version
from dfpir_gui import icons
from dfpir_gui.theme import GRID

_MOUSE = (
    ("Zoom at the cursor", "Wheel"),
    ("Move the photo", "Drag"),
    ("Whole photo or 100 %", "Double-click"),
    ("Move the line in larger steps", "Shift+Left or Shift+Right"),
)


def shortcut_sheet(window: QWidget, rows: list[tuple[str, str]]) -> QDialog:
    """Return the sheet of all keys; ``rows`` are pairs of what is done and its keys."""
    dialog = _sheet(window, "Keyboard shortcuts")
    grid = QGridLayout()
    grid.setHorizontalSpacing(4 * GRID)
    grid.setVerticalSpacing(GRID)
    for index, (what, keys) in enumerate([*rows, *_MOUSE]):
        name = QLabel(keys, textFormat=Qt.TextFormat.PlainText)
        name.setProperty("role", "heading")
        grid.addWidget(QLabel(what), index, 0)
        grid.addWidget(name, index, 1)
    dialog.layout().insertLayout(0, grid)
    return dialog


def about_sheet(window: QWidget) -> QDialog:
    """Return the sheet that says what this program is."""
    dialog = _sheet(window, "About DFPIR Studio")
    row = QHBoxLayout()
    row.setSpacing(3 * GRID)
    picture = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
    picture.setPixmap(icons.app_icon().pixmap(64, 64))
    text = QLabel(
        f"<p style='font-size: 16pt'>DFPIR Studio {program_version()}</p>"
        "<p>Restores noisy, rainy, hazy, blurred and dark photographs with the all-in-one network of<br>"
        "“Degradation-Aware Feature Perturbation for All-in-One Image Restoration”, CVPR 2025.</p>"
        "<p>MIT licence. Your photos stay on this computer, and originals are never changed.</p>"
    )
    row.addWidget(picture)
    row.addWidget(text, 1)
    dialog.layout().insertLayout(0, row)
    return dialog


def _sheet(window: QWidget, title: str) -> QDialog:
    dialog = QDialog(window)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
    layout.setSpacing(2 * GRID)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout.addWidget(buttons)
    return dialog
