"""The tool bar, with the button for device and precision at its right end."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from dfpir_gui.app.actions import Actions
from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.session import wording
from dfpir_gui.settings.engine_settings import AUTO
from dfpir_gui.settings.theme import GRID


class ToolBar(QToolBar):
    """Shows texts below the icons if all of them fit, else icons only.

    Args:
        actions: the actions of the window.
        end_widget: the widget at the right end.
        parent: the window.
    """

    def __init__(self, actions: Actions, end_widget: QWidget, parent: QWidget | None = None) -> None:
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
        self._text_buttons = [b for b in buttons if isinstance(b, QToolButton) and b.toolButtonStyle() is texts]
        self._saved_width: int | None = None  # how much narrower the bar is without texts; None until measured
        spacer = QWidget()
        spacer.setObjectName("toolBarSpacer")
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self.addWidget(end_widget)

    @property
    def texts_shown(self) -> bool:
        """Whether the buttons show texts below their icons."""
        return self._text_buttons[0].toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextUnderIcon

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        handled = super().event(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._saved_width = None
        if event.type() is QEvent.Type.LayoutRequest:
            self._fit()  # the text of the widget at the end has changed
        return handled

    def _fit(self) -> None:
        if self._saved_width is None:
            self._saved_width = self._buttons_width(True) - self._buttons_width(False)
        needed = self.sizeHint().width() + (0 if self.texts_shown else self._saved_width)
        self._show_texts(needed <= self.width())

    def _buttons_width(self, with_texts: bool) -> int:
        self._show_texts(with_texts)
        return sum(button.sizeHint().width() for button in self._text_buttons)

    def _show_texts(self, shown: bool) -> None:
        styles = Qt.ToolButtonStyle
        style = styles.ToolButtonTextUnderIcon if shown else styles.ToolButtonIconOnly
        for button in self._text_buttons:
            if button.toolButtonStyle() is not style:
                button.setToolButtonStyle(style)


class EngineButton(QToolButton):
    """Shows device, precision and quality; its menu changes them.

    Args:
        preferences: store the choices.
        settings: the action that opens the settings, the last entry of the menu.
        parent: the tool bar.
    """

    def __init__(self, preferences: Preferences, settings: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._settings = settings
        self.setObjectName("engineButton")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(self.tr("Device and precision"))
        self.setToolTip(self.tr("Choose the device, precision and quality of restorations"))
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(preferences.find_devices)
        preferences.changed.connect(self._refresh)
        preferences.devices_found.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        preferences, engine = self._preferences, self._preferences.engine
        self.setText(preferences.engine_summary)
        self.setAccessibleDescription(preferences.engine_summary)
        menu = self.menu()
        menu.clear()
        automatic = {AUTO: self.tr("Automatic")}
        devices = {entry.key: wording.device_line(entry) for entry in preferences.devices} or {"cpu": "CPU"}
        self._add_choices(
            self.tr("Device"), automatic | devices, engine.device, lambda key: preferences.set_engine(device=key)
        )
        precisions = {name: name for name in preferences.precisions}
        self._add_choices(
            self.tr("Precision"),
            automatic | precisions,
            engine.precision,
            lambda key: preferences.set_engine(precision=key),
        )
        modes = {"standard": self.tr("Standard"), "best": self.tr("Best (takes 8× the time; rain and haze 2×)")}
        self._add_choices(
            self.tr("Quality"), modes, engine.quality_mode, lambda key: preferences.set_engine(quality_mode=key)
        )
        menu.addAction(self._settings)
        if menu.isVisible():  # the entries have become wider because devices were found
            self._keep_on_screen()

    def _keep_on_screen(self) -> None:
        menu, screen = self.menu(), self.screen().availableGeometry()
        size = menu.sizeHint()
        left = min(menu.x(), screen.right() + 1 - size.width())
        top = min(menu.y(), screen.bottom() + 1 - size.height())
        menu.setGeometry(max(left, screen.left()), max(top, screen.top()), size.width(), size.height())

    def _add_choices(self, title: str, entries: Mapping[str, str], chosen: str, choose: Callable[[str], None]) -> None:
        menu = self.menu()
        heading = menu.addAction(title)  # style sheets hide the titles of addSection
        heading.setEnabled(False)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        group = QActionGroup(menu)
        for key, text in entries.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(key == chosen)
            action.triggered.connect(lambda _=False, key=key: choose(key))
            group.addAction(action)
        menu.addSeparator()
