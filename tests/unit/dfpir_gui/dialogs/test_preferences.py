"""Preferences, the settings dialog and the engine button: changes take effect at once and are stored."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QColorSpace, QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from core.system.devices import DeviceInfo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.app.tool_bar import EngineButton
from dfpir_gui.dialogs import preferences
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.i18n.qt_translators import LANGUAGES
from dfpir_gui.settings import theme
from dfpir_gui.settings.engine_settings import EngineSettings
from dfpir_gui.settings.settings import Settings
from dfpir_gui.settings.theme import DARK, LIGHT, Theme, apply_theme, colours_for
from dfpir_gui.widgets import icons

GPU = DeviceInfo("cuda:0", "Test Card", 6 * 2**30, ("float32", "float16"))
CPU = DeviceInfo("cpu", "Test Processor", 3 * 2**30, ("float32", "bfloat16"))


@pytest.fixture(autouse=True)
def _restore_dark_theme(qapp: QApplication):
    yield
    apply_theme(qapp, Theme.DARK)


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.system.devices.available_devices", lambda: (GPU, CPU))


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, devices: None) -> SettingsDialog:
    window.actions_.settings.trigger()
    dialog = window.findChild(SettingsDialog)
    qtbot.waitUntil(lambda: dialog.device.count() == 3)
    return dialog


def pick(box: QComboBox, text: str) -> None:
    """Select an entry as a user does."""
    index = box.findText(text, Qt.MatchFlag.MatchContains)
    assert index >= 0, text
    box.setCurrentIndex(index)
    box.activated.emit(index)


def luminance(colour: str) -> float:
    """Relative luminance as defined in WCAG 2.1."""
    channels = np.array(QColor(colour).getRgbF()[:3])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_text_has_enough_contrast_on_every_background(colours: theme.Colours) -> None:
    for text in (colours.text, colours.strong_text, colours.quiet_text):
        for background in (colours.page, colours.bar):
            lighter, darker = sorted((luminance(text), luminance(background)), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    white = (1.05) / (luminance(colours.primary) + 0.05)
    assert white >= 4.5
    for mark in (colours.error, colours.warning, colours.accent):
        lighter, darker = sorted((luminance(mark), luminance(colours.bar)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3.0
    grey = QColor(colours.surround)
    assert grey.red() == grey.green() == grey.blue()


def test_the_theme_changes_the_window_and_its_icons(
    qtbot: QtBot, window: MainWindow, dialog: SettingsDialog, painted
) -> None:
    pick(dialog.theme, "Light")
    bar = painted(window.tool_bar)
    assert tuple(bar[-2, 300]) == QColor(LIGHT.bar).getRgb()[:3]
    icon = icons.icon("open").pixmap(24).toImage()
    colours = {
        icon.pixelColor(x, y).name() for x in range(24) for y in range(24) if icon.pixelColor(x, y).alpha() > 250
    }
    assert LIGHT.text.lower() in colours
    pick(dialog.theme, "Dark")
    assert tuple(painted(window.tool_bar)[-2, 300]) == QColor(DARK.bar).getRgb()[:3]
    assert Settings().theme is Theme.DARK


def test_the_theme_follows_the_system(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    applied = []
    monkeypatch.setattr(preferences, "apply_theme", lambda app, theme: applied.append(theme))
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert set(applied) == {Theme.SYSTEM}
    window.preferences.set_theme(Theme.DARK)
    applied.clear()
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert window.preferences.theme is Theme.DARK
    assert Theme.LIGHT not in applied
    assert colours_for(Theme.LIGHT) is LIGHT


def test_devices_are_listed_with_their_free_memory(dialog: SettingsDialog) -> None:
    texts = [dialog.device.itemText(index) for index in range(dialog.device.count())]
    assert texts == ["Automatic", "GPU 0 · Test Card · 6.0 GB free", "CPU · Test Processor · 3.0 GB free"]


def test_another_device_creates_a_restorer_with_a_supported_precision(
    window: MainWindow, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories = []
    monkeypatch.setattr(window.session, "use_restorer", factories.append)
    pick(dialog.device, "Test Processor")
    pick(dialog.precision, "bfloat16")
    assert dialog.precision.findText("float16", Qt.MatchFlag.MatchExactly) < 0
    assert Settings().engine == EngineSettings(device="cpu", precision="bfloat16")
    assert "CPU · bfloat16" in window.findChild(EngineButton).text()
    pick(dialog.device, "Test Card")
    assert Settings().engine == EngineSettings(device="cuda:0", precision="auto")
    dialog.memory.setValue(2)
    dialog.memory.editingFinished.emit()
    assert Settings().engine.memory == 2
    assert len(factories) == 4


def test_the_factory_uses_the_settings(tiny_model_file: Path) -> None:
    engine = EngineSettings(str(tiny_model_file), device="cpu", precision="bfloat16", memory=1, quality_mode="best")
    restorer = engine.factory()()
    assert (restorer.model_name, restorer.device, restorer.precision) == ("tiny", "cpu", "bfloat16")
    assert restorer.quality_mode == "best"


def test_the_engine_button_changes_the_engine(qtbot: QtBot, window: MainWindow, devices: None) -> None:
    button = window.findChild(EngineButton)
    button.menu().aboutToShow.emit()
    qtbot.waitUntil(lambda: any("Test Card" in action.text() for action in button.menu().actions()))
    next(action for action in button.menu().actions() if action.text() == "bfloat16").trigger()
    assert Settings().engine.precision == "bfloat16"
    checked = [action.text() for action in button.menu().actions() if action.isChecked()]
    assert checked == ["Automatic", "bfloat16", "Standard"]
    assert window.actions_.settings in button.menu().actions()


def test_the_language_is_stored(dialog: SettingsDialog) -> None:
    pick(dialog.language, LANGUAGES["zh_CN"])
    assert Settings().language == "zh_CN"
    pick(dialog.language, "System default")
    assert Settings().language == ""


def test_a_screen_profile_converts_the_photo(qtbot: QtBot, opened: MainWindow, tmp_path: Path, painted) -> None:
    before = painted(opened.studio.canvas)
    profile = tmp_path / "screen.icc"
    profile.write_bytes(QColorSpace(QColorSpace.NamedColorSpace.DisplayP3).iccProfile().data())
    opened.preferences.set_screen_profile(profile)
    assert (painted(opened.studio.canvas) != before).any()
    assert Settings().screen_profile == profile
    opened.preferences.set_screen_profile(None)
    assert (painted(opened.studio.canvas) == before).all()
    profile.write_text("not a profile")
    opened.preferences.set_screen_profile(profile)
    assert "screen.icc" in opened.error_bar.text.text()
    assert Settings().screen_profile is None


def test_invalid_settings_are_ignored() -> None:
    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "DFPIR", "DFPIR Studio")
    store.setValue("window/theme", "purple")
    store.setValue("engine/memory", "-3 GB")
    store.setValue("files/recent", 7)
    store.sync()
    assert Settings().theme is Theme.SYSTEM
    assert Settings().engine == EngineSettings()
    assert Settings().recent == []


def test_the_engine_button_changes_the_quality(window: MainWindow) -> None:
    button = window.findChild(EngineButton)
    next(action for action in button.menu().actions() if action.text().startswith("Best (takes 8× the time")).trigger()
    assert Settings().engine.quality_mode == "best"
    assert button.text().endswith(" · best quality")
    assert [action.text() for action in button.menu().actions() if action.isChecked()][-1].startswith("Best")
    next(action for action in button.menu().actions() if action.text() == "Standard").trigger()
    assert Settings().engine.quality_mode == "standard"
    assert "quality" not in button.text()


def test_the_engine_menu_has_headings_and_stays_on_the_screen(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = DeviceInfo("cpu", "A processor with a name that is long enough for two", 3 * 2**30, ("float32", "bfloat16"))
    monkeypatch.setattr("core.system.devices.available_devices", lambda: (GPU, long))
    button = window.findChild(EngineButton)
    screen = window.screen().availableGeometry()
    window.resize(screen.size())
    window.move(screen.topLeft())
    button.menu().popup(button.mapToGlobal(button.rect().bottomLeft()))
    qtbot.waitUntil(lambda: any("long enough" in action.text() for action in button.menu().actions()))
    menu = button.menu()
    assert menu.isVisible()
    qtbot.waitUntil(lambda: menu.width() >= menu.sizeHint().width())
    assert screen.contains(menu.geometry())
    texts = [(action.text(), action.isEnabled()) for action in menu.actions() if not action.isSeparator()]
    first, second = texts.index(("Device", False)), texts.index(("Precision", False))
    assert texts[first + 1] == texts[second + 1] == ("Automatic", True)  # each below its heading
    menu.close()
