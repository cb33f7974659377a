"""The sheets of the Help menu."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextCursor
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.system.version import program_version
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.settings.private_folders import log_path
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

_SHOWN_BYTES = 200_000
_SHARE = 0.9
"""Of the screen, that a sheet takes at most."""

_STEPS = (
    (tr("Do the step that has the focus earlier or later"), tr("Alt+Up or Alt+Down")),
    (tr("Take the step that has the focus out"), tr("Del")),
    (tr("Move a step to another place"), tr("Drag its dots")),
)
_MOUSE = (
    (tr("Zoom at the cursor"), tr("Wheel")),
    (tr("Move the photo"), tr("Drag")),
    (tr("Whole photo or 100 %"), tr("Double-click")),
)
_COMPARING = ((tr("Move the line in larger steps"), tr("Shift+Left or Shift+Right")),)


def shortcut_sheet(window: QWidget, sections: list[tuple[str, list[tuple[str, str]]]]) -> QDialog:
    """Return the sheet of all keys.

    Args:
        window: it belongs to.
        sections: a title each, and pairs of what is done and its keys.
    """
    dialog = _sheet(window, translate("Dialogs", "Keyboard shortcuts"))
    told = [
        *sections,
        (translate("Dialogs", "Steps"), [(translated(what), translated(keys)) for what, keys in _STEPS]),
        (translate("Dialogs", "Comparing"), [(translated(what), translated(keys)) for what, keys in _COMPARING]),
        (translate("Dialogs", "Mouse"), [(translated(what), translated(keys)) for what, keys in _MOUSE]),
    ]
    scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame, objectName="plain")
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    dialog.layout().insertWidget(0, scroll, 1)
    around = dialog.layout().totalMinimumSize() - scroll.minimumSizeHint()
    room = window.screen().availableSize().expandedTo(window.size()) * _SHARE
    for columns in (2, 1):  # beside each other where there is room
        keys = _keys(told, columns)
        width = keys.sizeHint().width() + 6 * GRID + scroll.verticalScrollBar().sizeHint().width()
        if width <= room.width():
            break
    scroll.setWidget(keys)
    dialog.resize(QSize(width, keys.sizeHint().height() + around.height() + GRID).boundedTo(room))
    return dialog


def _keys(sections: list[tuple[str, list[tuple[str, str]]]], count: int) -> QWidget:
    columns: list[list[tuple[str, list[tuple[str, str]]]]] = [[] for _ in range(count)]
    for section in sections:
        min(columns, key=lambda column: sum(len(rows) + 2 for _, rows in column)).append(section)
    keys = QWidget()
    row = QHBoxLayout(keys)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6 * GRID)
    for column in columns:
        row.addLayout(_key_column(column))
    return keys


def _key_column(sections: list[tuple[str, list[tuple[str, str]]]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    for title, rows in sections:
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        if grid.rowCount() > 1:
            grid.setRowMinimumHeight(grid.rowCount(), GRID)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
        for what, keys in rows:
            name = QLabel(keys, textFormat=Qt.TextFormat.PlainText)
            name.setProperty("role", "quiet")
            at = grid.rowCount()
            grid.addWidget(QLabel(what), at, 0)
            grid.addWidget(name, at, 1)
    grid.setRowStretch(grid.rowCount(), 1)
    return grid


def about_sheet(window: QWidget) -> QDialog:
    """Return the sheet that says what this program is."""
    dialog = _sheet(window, translate("Dialogs", "About DFPIR Studio"))
    row = QHBoxLayout()
    row.setSpacing(3 * GRID)
    picture = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
    picture.setPixmap(icons.app_icon().pixmap(64, 64))
    said = (
        translate(
            "Dialogs",
            "Restores noisy, rainy, hazy, blurred and dark photographs with the all-in-one network of the paper",
        ),
        "“Degradation-Aware Feature Perturbation for All-in-One Image Restoration”, CVPR 2025.",
        translate("Dialogs", "MIT licence. Your photos stay on this computer, and originals are never changed."),
    )
    text = QLabel(
        f"<p style='font-size: 16pt'>DFPIR Studio {program_version()}</p><p>{said[0]}<br>{said[1]}</p><p>{said[2]}</p>"
    )
    row.addWidget(picture)
    row.addWidget(text, 1)
    dialog.layout().insertLayout(0, row)
    return dialog


def log_sheet(window: QWidget) -> QDialog:
    """Return the sheet with the end of the log file, to be read, copied, or found in its folder."""
    dialog = _sheet(window, translate("Dialogs", "Log"))
    path = log_path()
    text = QPlainTextEdit(readOnly=True)
    text.setObjectName("log")
    text.setPlainText(_end_of(path))
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    text.setAccessibleName(translate("Dialogs", "Log"))
    text.setTabChangesFocus(True)
    text.moveCursor(QTextCursor.MoveOperation.End)
    place = QLabel(str(path), textFormat=Qt.TextFormat.PlainText)
    place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    place.setProperty("role", "quiet")
    buttons = dialog.findChild(QDialogButtonBox)
    copy = buttons.addButton(translate("Dialogs", "Copy"), QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
    folder = buttons.addButton(translate("Dialogs", "Open its folder"), QDialogButtonBox.ButtonRole.ActionRole)
    folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
    dialog.layout().insertWidget(0, text, 1)
    dialog.layout().insertWidget(1, place)
    dialog.resize(100 * GRID, 60 * GRID)
    return dialog


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _SHOWN_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        return translate("Dialogs", "The log cannot be read: {reason}").format(reason=error.strerror or error)


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
