"""Another language while the window is open: another window around the same session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.app.window_state import Windows
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Session, State
from dfpir_gui.session.journal import Journal
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.scene import Mode


@pytest.fixture
def windows(qtbot: QtBot, qapp: QApplication, session: Session) -> Iterator[Windows]:
    made: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(session, ())
        window.resize(1100, 700)
        made.append(window)
        return window

    windows = Windows(qapp, make)
    qtbot.waitExposed(windows.window)
    yield windows
    use_language(qapp, "en")
    windows.setParent(None)
    for window in made:
        if isValid(window):
            window.pages.end()
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def speak(qtbot: QtBot, windows: Windows, language: str) -> MainWindow:
    """Choose a language in the settings, as a user does; return the window that takes the place."""
    old = windows.window
    old.actions_.settings.trigger()
    dialog = old.findChild(SettingsDialog)
    dialog.language.setCurrentIndex(dialog.language.findData(language))
    dialog.language.activated.emit(dialog.language.currentIndex())
    qtbot.waitUntil(lambda: windows.window is not old)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(old)
    return windows.window


def restored(qtbot: QtBot, windows: Windows, restorer, path: Path) -> Session:
    session = windows.window.session
    windows.window.open_photo(path)
    qtbot.waitUntil(lambda: session.state is State.READY)
    session.choose("haze")
    session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    return session


def test_the_window_speaks_at_once_and_nothing_is_lost(
    qtbot: QtBot, windows: Windows, restorer, photo_path: Path, painted
) -> None:
    session = restored(qtbot, windows, restorer, photo_path)
    canvas = windows.window.studio.canvas
    windows.window.actions_.side.trigger()
    canvas.zoom_to(3.0)
    canvas.viewport.pan(40, -20)
    centre, result, place = canvas.viewport.centre, session.result, windows.window.geometry()
    window = speak(qtbot, windows, "zh_CN")
    assert window.menuBar().actions()[0].text() == "文件(&F)"
    assert window.findChild(SettingsDialog).isVisible()
    assert window.geometry() == place
    assert session.result is result and window.isWindowModified()
    assert window.studio.panel.steps.rows[0].box.text() == "1  雾霾"
    canvas = window.studio.canvas
    assert canvas.scene.mode is Mode.SIDE and window.actions_.side.isChecked()
    assert canvas.viewport.zoom == 3.0 and canvas.viewport.centre == pytest.approx(centre)
    window.actions_.undo.trigger()
    window.actions_.undo.trigger()
    assert session.steps == ()
    assert speak(qtbot, windows, "en").menuBar().actions()[0].text() == "&File"
    assert Settings().language == "en"


def test_a_restoration_goes_on_and_is_shown_in_the_new_window(
    qtbot: QtBot, windows: Windows, restorer, photo_path: Path
) -> None:
    session = windows.window.session
    windows.window.open_photo(photo_path)
    qtbot.waitUntil(lambda: session.state is State.READY)
    session.choose("rain")
    session.restore()
    restorer.advance(0.4)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.fraction == 0.4)
    window = speak(qtbot, windows, "zh_CN")
    assert session.state is State.RUNNING
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    assert window.studio.canvas.split_shown
    assert "雨" in window.studio.panel.result.how.text()


def test_the_journal_goes_on(qtbot: QtBot, windows: Windows, photo_path: Path, tmp_path: Path) -> None:
    journal = Journal(windows.window.session, tmp_path / "sessions")
    speak(qtbot, windows, "zh_CN")
    windows.window.open_photo(photo_path)
    qtbot.waitUntil(lambda: any("beach.png" in p.read_text() for p in (tmp_path / "sessions").glob("*.json")))
    journal.close()


def test_what_would_be_broken_off_keeps_the_window(
    qtbot: QtBot, windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = windows.window
    monkeypatch.setattr(type(window.pages), "unfinished", "A batch is running.")
    window.preferences.set_language("zh_CN")
    qtbot.waitUntil(lambda: window.session.notice is not None)
    assert windows.window is window
    assert window.error_bar.text.text().endswith("opened again. A batch is running.")
    assert Settings().language == "zh_CN"
