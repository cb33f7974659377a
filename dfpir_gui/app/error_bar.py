"""The bar above the pages that shows an error or a warning, with advice and details."""

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

from dfpir_gui.i18n.language import retranslate
from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons


class ErrorBar(QFrame):
    """Shows one notice, or is hidden. It does not block the window.

    Attributes:
        dismissed: emitted when the user closes the bar.
        remedy_wanted: emitted with the :class:`dfpir_gui.session.notices.Remedy` that the user asked for.
        folder_wanted: emitted with the file that is to be shown in its folder.
    """

    dismissed = Signal()
    remedy_wanted = Signal(object)
    folder_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorBar")
        self._notice: Notice | None = None
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remedy_button = QPushButton(icons.icon("models"), self.tr("Download…"))
        self.remedy_button.setToolTip(self.tr("Download the text encoder, after a confirmation"))
        self.folder_button = QPushButton(icons.icon("open"), self.tr("Show in folder"))
        self.folder_button.setToolTip(self.tr("Show the saved file in the file manager"))
        self.details_button = QPushButton(icons.icon("details"), self.tr("Details"))
        self.details_button.setCheckable(True)
        self.details_button.setToolTip(self.tr("Show the full report"))
        self.copy_button = QPushButton(icons.icon("copy"), self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy the message and its details"))
        self.dismiss_button = QToolButton()
        self.dismiss_button.setIcon(icons.icon("close"))
        self.dismiss_button.setAutoRaise(True)
        self.dismiss_button.setToolTip(self.tr("Dismiss this message"))
        self.dismiss_button.setAccessibleName(self.tr("Dismiss"))
        self.dismiss_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.dismiss_button.setFixedSize(4 * GRID, 4 * GRID)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setFixedHeight(20 * GRID)
        self.details.setAccessibleName(self.tr("Details of the message"))
        self.details.setTabChangesFocus(True)

        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        buttons = (self.remedy_button, self.folder_button, self.details_button, self.copy_button, self.dismiss_button)
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self.details)

        self.details_button.toggled.connect(self.details.setVisible)
        self.remedy_button.clicked.connect(self._request_remedy)
        self.folder_button.clicked.connect(self._show_file)
        self.copy_button.clicked.connect(self._copy)
        self.dismiss_button.clicked.connect(self.dismissed)
        self.show_notice(None)

    def show_notice(self, notice: Notice | None) -> None:
        """Show ``notice`` with its details collapsed; None hides the bar."""
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
        self.text.setText(" ".join(filter(None, map(retranslate, (notice.what, notice.advice)))))
        self.details.setPlainText(notice.details)
        self.remedy_button.setVisible(notice.remedy is not None)
        self.folder_button.setVisible(notice.file is not None)
        self.details_button.setVisible(bool(notice.details))
        is_error = notice.severity is Severity.ERROR
        self.setAccessibleName(self.tr("Error") if is_error else self.tr("Warning"))
        self.setAccessibleDescription(self.text.text())

    def _request_remedy(self) -> None:
        if self._notice is not None and self._notice.remedy is not None:
            self.remedy_wanted.emit(self._notice.remedy)

    def _show_file(self) -> None:
        if self._notice is not None and self._notice.file is not None:
            self.folder_wanted.emit(self._notice.file)

    def _copy(self) -> None:
        if self._notice is not None:
            QGuiApplication.clipboard().setText(self._notice.report)
