"""The bar above the canvas: what happened, what to do, details."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons


class ErrorBar(QFrame):
    """Shows one notice, or nothing. It is never in the way of the rest of the window.

    Attributes:
        dismissed: the user has taken note.
        remedy_wanted: the user wants done what the message offers; a :class:`dfpir_gui.session.notices.Remedy`.
    """

    dismissed = Signal()
    remedy_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="errorBar")
        self._notice: Notice | None = None
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remedy_button = QPushButton(icons.icon("models"), self.tr("Download…"))
        self.remedy_button.setToolTip(self.tr("Download the text encoder, after asking once more"))
        self.details_button = QPushButton(icons.icon("details"), self.tr("Details"), checkable=True)
        self.details_button.setToolTip(self.tr("Show what was reported in full"))
        self.copy_button = QPushButton(icons.icon("copy"), self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the message and its details"))
        self.dismiss_button = QToolButton(icon=icons.icon("close"), autoRaise=True)
        self.dismiss_button.setToolTip(self.tr("Dismiss this message"))
        self.dismiss_button.setAccessibleName(self.tr("Dismiss"))
        self.dismiss_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dismiss_button.setFixedSize(4 * GRID, 4 * GRID)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setFixedHeight(20 * GRID)
        self.details.setAccessibleName(self.tr("Details of the message"))
        self.details.setTabChangesFocus(True)

        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        for button in (self.remedy_button, self.details_button, self.copy_button, self.dismiss_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self.details)

        self.details_button.toggled.connect(self.details.setVisible)
        self.remedy_button.clicked.connect(self._offer_remedy)
        self.copy_button.clicked.connect(self._copy)
        self.dismiss_button.clicked.connect(self.dismissed)
        self.show_notice(None)

    def show_notice(self, notice: Notice | None) -> None:
        """Show ``notice``, with its details folded, or hide the bar."""
        self._notice = notice
        self.details_button.setChecked(False)
        self.details.hide()
        self.setVisible(notice is not None)
        if notice is None:
            return
        self.setProperty("severity", str(notice.severity))
        self.style().polish(self)
        colour = theme.ERROR if notice.severity is Severity.ERROR else theme.WARNING
        self._icon.setPixmap(icons.pixmap(str(notice.severity), colour, 24, self.devicePixelRatioF()))
        self.text.setText(" ".join(filter(None, (notice.what, notice.advice))))
        self.details.setPlainText(notice.details)
        self.remedy_button.setVisible(notice.remedy is not None)
        self.details_button.setVisible(bool(notice.details))
        severe = notice.severity is Severity.ERROR
        self.setAccessibleName(self.tr("Error") if severe else self.tr("Warning"))
        self.setAccessibleDescription(self.text.text())

    def _offer_remedy(self) -> None:
        if self._notice is not None and self._notice.remedy is not None:
            self.remedy_wanted.emit(self._notice.remedy)

    def _copy(self) -> None:
        if self._notice is not None:
            QGuiApplication.clipboard().setText(self._notice.report)
