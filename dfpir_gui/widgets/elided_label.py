"""A line of text that is shortened where there is no room for it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from dfpir_gui.settings.theme import GRID

_LEAST_WIDTH = 12 * GRID
"""Of the part that is shortened, logical pixels."""


class ElidedLabel(QLabel):
    """A label whose text is shortened in the middle if it is too wide; the tool tip shows all of it then."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, textFormat=Qt.TextFormat.PlainText)
        self._text = self._end = ""

    def show_text(self, text: str, end: str = "") -> None:
        """Show ``text``, which is shortened if necessary, and ``end``, which never is."""
        self._text, self._end = text, end
        self.setAccessibleName(self.text())
        self._fit()
        self.updateGeometry()

    def text(self) -> str:
        """All of the text."""
        return self._text + self._end

    @property
    def shown_text(self) -> str:
        """The text as it is shown."""
        return super().text()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return self._size_for(self.text())

    def minimumSizeHint(self) -> QSize:  # noqa: D102 - Qt's
        whole, end = self.sizeHint(), self._size_for(self._end)
        return QSize(min(whole.width(), end.width() + _LEAST_WIDTH), whole.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        self._fit()

    def _size_for(self, text: str) -> QSize:
        metrics, size = self.fontMetrics(), super().sizeHint()
        around = size.width() - metrics.horizontalAdvance(self.shown_text)
        return QSize(metrics.horizontalAdvance(text) + around, size.height())

    def _fit(self) -> None:
        room = self.width() - self._size_for(self._end).width()
        shown = self._text
        if self.width() < self.sizeHint().width():
            shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, max(room, 0))
        self.setToolTip("" if shown == self._text else self.text())
        self.setText(shown + self._end)
