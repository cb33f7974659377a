"""The button that says where and how precisely a restoration runs, and lets one choose."""

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.session import wording
from dfpir_gui.settings.engine_settings import AUTO


class EngineButton(QToolButton):
    """Mirrors device and precision; its menu changes them.

    Args:
        preferences: hold both.
        settings: the action that opens the settings, the last entry of the menu.
        parent: of the button.
    """

    def __init__(self, preferences: Preferences, settings: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._settings = settings
        self.setObjectName("engineButton")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(self.tr("Device and precision"))
        self.setToolTip(self.tr("Where and how precisely photos are restored"))
        self.setMenu(QMenu(self))
        self.menu().aboutToShow.connect(preferences.find_devices)
        preferences.changed.connect(self._mirror)
        preferences.devices_found.connect(self._mirror)
        self._mirror()

    def _mirror(self) -> None:
        preferences, engine = self._preferences, self._preferences.engine
        self.setText(preferences.engine_words)
        self.setAccessibleDescription(preferences.engine_words)
        menu = self.menu()
        menu.clear()
        automatic = {AUTO: self.tr("Automatic")}
        devices = {entry.key: wording.device_line(entry) for entry in preferences.devices} or {"cpu": "CPU"}
        self._list(
            self.tr("Device"), automatic | devices, engine.device, lambda key: preferences.set_engine(device=key)
        )
        precisions = {name: name for name in preferences.precisions}
        self._list(
            self.tr("Precision"),
            automatic | precisions,
            engine.precision,
            lambda key: preferences.set_engine(precision=key),
        )
        modes = {"standard": self.tr("Standard"), "best": self.tr("Best (8× the time; rain and haze 2×)")}
        self._list(self.tr("Quality"), modes, engine.quality_mode, lambda key: preferences.set_engine(quality_mode=key))
        menu.addAction(self._settings)
        if menu.isVisible():  # the devices were found while it was open, and their names are longer
            self._keep_on_screen()

    def _keep_on_screen(self) -> None:
        menu, room = self.menu(), self.screen().availableGeometry()
        size = menu.sizeHint()
        left = min(menu.x(), room.right() + 1 - size.width())
        top = min(menu.y(), room.bottom() + 1 - size.height())
        menu.setGeometry(max(left, room.left()), max(top, room.top()), size.width(), size.height())

    def _list(self, title: str, entries: Mapping[str, str], chosen: str, choose: Callable[[str], None]) -> None:
        menu = self.menu()
        heading = menu.addAction(title)  # a section's title is not painted where there is a style sheet
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
