"""The bar of the most used actions, which makes do with little room."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.actions import Actions


class ToolBar(QToolBar):
    """Shows words below the icons where there is room for all of them, else icons alone; their tips say the words.

    Args:
        actions: those of the window.
        last: stands at the right end.
        parent: of the bar.
    """

    def __init__(self, actions: Actions, last: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Tools"))
        self.setMovable(False)
        self.setFloatable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(3 * GRID, 3 * GRID))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        actions.fill_toolbar(self)
        buttons = [self.widgetForAction(action) for action in self.actions()]
        texts = Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        self._worded = [b for b in buttons if isinstance(b, QToolButton) and b.toolButtonStyle() is texts]
        self._saved: int | None = None  # the width that leaving the words out saves, once it was measured
        room = QWidget(objectName="barRoom")
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(room)
        self.addWidget(last)

    @property
    def worded(self) -> bool:
        """Whether the words are shown."""
        return self._worded[0].toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextUnderIcon

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        done = super().event(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._saved = None
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()  # the widget at the end says something longer or shorter
        return done

    def _fit(self) -> None:
        if self._saved is None:
            self._saved = self._measured(True) - self._measured(False)
        needed = self.sizeHint().width() + (0 if self.worded else self._saved)
        self._word(needed <= self.width())

    def _measured(self, worded: bool) -> int:
        self._word(worded)
        return sum(button.sizeHint().width() for button in self._worded)

    def _word(self, worded: bool) -> None:
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextUnderIcon if worded else styles.ToolButtonIconOnly
        for button in self._worded:
            if button.toolButtonStyle() is not style:
                button.setToolButtonStyle(style)
