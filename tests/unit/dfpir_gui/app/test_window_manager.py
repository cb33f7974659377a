"""Changing the language recreates the window with the same session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from core.errors import DeviceError
from core.messages import message
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.app.window_manager import WindowManager
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Session, State, wording
from dfpir_gui.session.journal import Journal
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.scene import Mode


@pytest.fixture
def manager(qtbot: QtBot, qapp: QApplication, session: Session) -> Iterator[WindowManager]:
    created: list[MainWindow] = []

    def create() -> MainWindow:
        window = MainWindow(session, ())
        window.resize(1100, 700)
        created.append(window)
        return window

    manager = WindowManager(qapp, create)
    qtbot.waitExposed(manager.window)
    yield manager
    use_language(qapp, "en")
    manager.setParent(None)
    for window in created:
        if isValid(window):
            window.pages.end()
            window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def change_language(qtbot: QtBot, manager: WindowManager, language: str) -> MainWindow:
    """Select a language in the settings and return the window that replaces the old one."""
    old = manager.window
    old.actions_.settings.trigger()
    dialog = old.findChild(SettingsDialog)
    dialog.language.setCurrentIndex(dialog.language.findData(language))
    dialog.language.activated.emit(dialog.language.currentIndex())
    qtbot.waitUntil(lambda: manager.window is not old)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(old)
    return manager.window


def restored(qtbot: QtBot, manager: WindowManager, restorer, path: Path) -> Session:
    session = manager.window.session
    manager.window.open_photo(path)
    qtbot.waitUntil(lambda: session.state is State.READY)
    session.choose("haze")
    session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    return session


def test_another_language_keeps_the_photo_its_result_and_the_view(
    qtbot: QtBot, manager: WindowManager, restorer, photo_path: Path, painted
) -> None:
    session = restored(qtbot, manager, restorer, photo_path)
    canvas = manager.window.studio.canvas
    manager.window.actions_.side.trigger()
    canvas.zoom_to(3.0)
    canvas.viewport.pan(40, -20)
    centre, result, place = canvas.viewport.centre, session.result, manager.window.geometry()
    window = change_language(qtbot, manager, "zh_CN")
    assert window.menuBar().actions()[0].text() == "文件(&F)"
    assert window.findChild(SettingsDialog).isVisible()
    assert window.geometry() == place
    assert session.result is result and window.isWindowModified()
    assert window.studio.panel.steps.rows[0].checkbox.text() == "1  雾霾"
    canvas = window.studio.canvas
    assert canvas.scene.mode is Mode.SIDE and window.actions_.side.isChecked()
    assert canvas.viewport.zoom == 3.0 and canvas.viewport.centre == pytest.approx(centre)
    window.actions_.undo.trigger()
    window.actions_.undo.trigger()
    assert session.steps == ()
    assert change_language(qtbot, manager, "en").menuBar().actions()[0].text() == "&File"
    assert Settings().language == "en"


def test_texts_of_earlier_events_follow_the_language(
    qtbot: QtBot, manager: WindowManager, restorer, photo_path: Path
) -> None:
    session = restored(qtbot, manager, restorer, photo_path)
    session.editor.add("rain")
    session.restore()
    restorer.fail(
        DeviceError(
            message("There is not enough memory to save {file}. Close some programs and try again.", file="x.png")
        )
    )
    qtbot.waitUntil(lambda: session.state is State.FAILED)
    window = change_language(qtbot, manager, "zh_CN")
    assert window.actions_.undo.text() == "撤销(&U) 添加 雨"
    assert "not enough memory" not in window.error_bar.text.text()
    assert "x.png" in window.error_bar.text.text()
    assert "not enough memory" not in wording.state_text(session.current)
    assert session.status == ""


def test_a_restoration_continues_and_is_shown_in_the_new_window(
    qtbot: QtBot, manager: WindowManager, restorer, photo_path: Path
) -> None:
    session = manager.window.session
    manager.window.open_photo(photo_path)
    qtbot.waitUntil(lambda: session.state is State.READY)
    session.choose("rain")
    session.restore()
    restorer.advance(0.4)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.fraction == 0.4)
    window = change_language(qtbot, manager, "zh_CN")
    assert session.state is State.RUNNING
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    assert window.studio.canvas.split_shown
    assert "雨" in window.studio.panel.result.details.text()


def test_the_journal_continues(qtbot: QtBot, manager: WindowManager, photo_path: Path, tmp_path: Path) -> None:
    journal = Journal(manager.window.session, tmp_path / "sessions")
    change_language(qtbot, manager, "zh_CN")
    manager.window.open_photo(photo_path)
    qtbot.waitUntil(lambda: any("beach.png" in p.read_text() for p in (tmp_path / "sessions").glob("*.json")))
    journal.close()


def test_the_window_is_kept_while_work_would_be_lost(
    qtbot: QtBot, manager: WindowManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = manager.window
    monkeypatch.setattr(type(window.pages), "unfinished", "A batch is running.")
    window.preferences.set_language("zh_CN")
    qtbot.waitUntil(lambda: window.session.notice is not None)
    assert manager.window is window
    assert window.error_bar.text.text().endswith("next opened. A batch is running.")
    assert Settings().language == "zh_CN"
