"""The dialogs of the Help menu: keyboard shortcuts, log, about."""

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
from dfpir_gui.widgets.dialog_size import size_by_window
from dfpir_gui.widgets.enter_key import leave_enter_to

_SHOWN_BYTES = 200_000
"""The log dialog shows this many bytes from the end of the file."""

_SCREEN_SHARE = 0.9
"""Largest share of the screen that a dialog covers."""

Section = tuple[str, list[tuple[str, str]]]
"""A title and pairs of a description and its keys."""

_STEPS = (
    (tr("Move the focused step up or down"), tr("Alt+Up or Alt+Down")),
    (tr("Remove the focused step"), tr("Del")),
    (tr("Move a step with the mouse"), tr("Drag its handle")),
)
_MOUSE = (
    (tr("Zoom at the cursor"), tr("Wheel")),
    (tr("Move the photo"), tr("Drag")),
    (tr("Whole photo or 100 %"), tr("Double-click")),
)
_FILMSTRIP = (
    (tr("Select several photos"), tr("Ctrl+click or Shift+click")),
    (tr("Copy and paste steps while the strip is in use"), tr("Ctrl+C and Ctrl+V")),
    (tr("Remove selected photos from the list"), tr("Del")),
)
_CROP = (
    (tr("Move the crop frame"), tr("Arrow keys")),
    (tr("Resize the crop frame"), tr("Shift+arrow keys")),
    (tr("Swap width and height of the crop frame"), tr("X")),
)
_COMPARING = ((tr("Move the split in larger steps"), tr("Shift+Left or Shift+Right")),)


class HelpDialog(QDialog):
    """A dialog with a Close button below its contents.

    Attributes:
        column: contents and buttons, one below the other.
        buttons: the row of buttons, the last item of ``column``.
    """

    def __init__(self, window: QWidget, title: str) -> None:
        super().__init__(window)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.close)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        self.column.setSpacing(2 * GRID)
        self.column.addWidget(self.buttons)
        leave_enter_to(self, self.buttons.button(QDialogButtonBox.StandardButton.Close))

    def focus_contents(self, contents: QWidget) -> None:
        """Give the focus to contents that keys scroll, before the buttons; they leave the Enter key to those."""
        self.setTabOrder(contents, self.buttons.button(QDialogButtonBox.StandardButton.Close))
        contents.setFocus()


def shortcut_dialog(window: QWidget, sections: list[Section]) -> QDialog:
    """Return a dialog that lists all keyboard shortcuts and mouse gestures.

    It scrolls vertically only, and covers at most 90 % of the screen.

    Args:
        window: the parent.
        sections: the shortcuts of the menus; those of the steps, the comparison and the mouse are added.
    """
    dialog = HelpDialog(window, translate("Dialogs", "Keyboard shortcuts"))
    sections = [
        *sections,
        (translate("Dialogs", "Steps"), [(translated(text), translated(keys)) for text, keys in _STEPS]),
        (translate("Dialogs", "Filmstrip"), [(translated(text), translated(keys)) for text, keys in _FILMSTRIP]),
        (translate("Dialogs", "Crop"), [(translated(text), translated(keys)) for text, keys in _CROP]),
        (translate("Dialogs", "Comparing"), [(translated(text), translated(keys)) for text, keys in _COMPARING]),
        (translate("Dialogs", "Mouse"), [(translated(text), translated(keys)) for text, keys in _MOUSE]),
    ]
    scroll = QScrollArea()
    scroll.setObjectName("plain")
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setAccessibleName(dialog.windowTitle())
    dialog.column.insertWidget(0, scroll, 1)
    dialog.focus_contents(scroll)
    scroll.ensurePolished()  # the style gives the scroll area margins and its bar a width
    margins = scroll.contentsMargins()
    outside = dialog.column.totalMinimumSize() - scroll.minimumSizeHint()
    around_width = margins.left() + margins.right() + scroll.verticalScrollBar().sizeHint().width() + 6 * GRID
    around_height = margins.top() + margins.bottom() + outside.height() + GRID
    limit = window.screen().availableSize().expandedTo(window.size()) * _SCREEN_SHARE
    table = _ShortcutTable(sections)
    scroll.setWidget(table)  # styled labels have other sizes
    table.arrange(2)
    if table.sizeHint().width() + around_width > limit.width():
        table.arrange(1)
    size = table.sizeHint() + QSize(around_width, around_height)
    dialog.resize(size.boundedTo(limit))
    return dialog


class _ShortcutTable(QWidget):
    """Sections of descriptions and keys, whose labels are made only once."""

    def __init__(self, sections: list[Section]) -> None:
        super().__init__()
        self._sections = [
            (_table_label(title, "heading"), [(_table_label(text), _table_label(keys, "quiet")) for text, keys in rows])
            for title, rows in sections
        ]
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6 * GRID)

    def arrange(self, column_count: int) -> None:
        """Lay the sections out in columns of similar height."""
        while (item := self._row.takeAt(0)) is not None:
            grid = item.layout()
            while grid is not None and grid.takeAt(0) is not None:
                pass
        columns: list[list[tuple[QLabel, list[tuple[QLabel, QLabel]]]]] = [[] for _ in range(column_count)]
        for section in self._sections:
            min(columns, key=lambda column: sum(len(rows) + 2 for _, rows in column)).append(section)
        for column in columns:
            grid = QGridLayout()
            self._row.addLayout(grid)
            grid.setHorizontalSpacing(3 * GRID)
            grid.setVerticalSpacing(GRID // 2)
            for title, rows in column:
                if grid.rowCount() > 1:
                    grid.setRowMinimumHeight(grid.rowCount(), GRID)
                grid.addWidget(title, grid.rowCount(), 0, 1, 2)
                for text, keys in rows:
                    row = grid.rowCount()
                    grid.addWidget(text, row, 0)
                    grid.addWidget(keys, row, 1)
            grid.setRowStretch(grid.rowCount(), 1)


def _table_label(text: str, role: str = "") -> QLabel:
    label = QLabel(text, textFormat=Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def about_dialog(window: QWidget) -> QDialog:
    """Return a dialog with the version, the paper and the licence."""
    dialog = HelpDialog(window, translate("Dialogs", "About DFPIR Studio"))
    row = QHBoxLayout()
    row.setSpacing(3 * GRID)
    picture = QLabel()
    picture.setAlignment(Qt.AlignmentFlag.AlignTop)
    picture.setPixmap(icons.app_icon().pixmap(64, 64))
    summary = translate(
        "Dialogs", "Restores noisy, rainy, hazy, blurred and dark photos with the all-in-one network of the paper"
    )
    paper = "“Degradation-Aware Feature Perturbation for All-in-One Image Restoration”, CVPR 2025."
    licence = translate("Dialogs", "MIT licence. Your photos stay on this computer, and originals are never changed.")
    text = QLabel(
        f"<p style='font-size: 16pt'>DFPIR Studio {program_version()}</p><p>{summary}<br>{paper}</p><p>{licence}</p>"
    )
    row.addWidget(picture)
    row.addWidget(text, 1)
    dialog.column.insertLayout(0, row)
    return dialog


def log_dialog(window: QWidget) -> QDialog:
    """Return a dialog with the end of the log file, which can be copied, and a button that opens its folder."""
    dialog = HelpDialog(window, translate("Dialogs", "Log"))
    path = log_path()
    text = QPlainTextEdit()
    text.setObjectName("log")
    text.setReadOnly(True)
    text.setPlainText(_end_of(path))
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    text.setAccessibleName(translate("Dialogs", "Log"))
    text.setTabChangesFocus(True)
    text.moveCursor(QTextCursor.MoveOperation.End)
    location = QLabel(str(path))
    location.setTextFormat(Qt.TextFormat.PlainText)
    location.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    location.setProperty("role", "quiet")
    copy = dialog.buttons.addButton(translate("Dialogs", "Copy"), QDialogButtonBox.ButtonRole.ActionRole)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
    folder = dialog.buttons.addButton(translate("Dialogs", "Open folder"), QDialogButtonBox.ButtonRole.ActionRole)
    folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
    dialog.column.insertWidget(0, text, 1)
    dialog.column.insertWidget(1, location)
    dialog.focus_contents(text)
    size_by_window(dialog, QSize(100, 60) * GRID, QSize(180, 120) * GRID)
    return dialog


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _SHOWN_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        return translate("Dialogs", "The log cannot be read: {reason}").format(reason=error.strerror or error)
