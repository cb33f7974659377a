"""Tests for the full screen, the hints and the guide."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.guide import guide_text
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Change, State
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.scene import Mode


def test_only_the_canvas_is_shown_and_escape_leaves(qtbot: QtBot, hand, restored: MainWindow) -> None:
    window, studio = restored, restored.studio
    others = [window.menuBar(), window.tool_bar, window.status, window.pages.bar, studio.panel, studio.hints]
    shown = [widget.isVisible() for widget in others]
    hand.press(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert not any(widget.isVisible() for widget in others)
    qtbot.waitUntil(lambda: studio.canvas.size() == window.size())
    restored.session.notify(~Change(0))  # panels that show and hide themselves stay hidden
    assert not any(widget.isVisible() for widget in others)
    hand.press(window, Qt.Key.Key_2)  # keys work without the menu bar
    assert studio.canvas.scene.mode is Mode.SIDE
    hand.press(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert [widget.isVisible() for widget in others] == shown


def test_escape_stops_again_after_the_full_screen(qtbot: QtBot, hand, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_F11)
    opened.session.restore()
    hand.press(opened, Qt.Key.Key_Escape)
    assert opened.session.state is State.RUNNING
    hand.press(opened, Qt.Key.Key_Escape)
    assert opened.session.state is State.READY
    restorer.finish()


def test_hints_come_up_one_after_another_and_only_once(
    qtbot: QtBot, hand, opened: MainWindow, restorer, photo_path
) -> None:
    hints, session = opened.studio.hints, opened.session
    assert hints.isVisible()
    assert "Enter restores" in hints.text.text()
    session.choose("haze")
    session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    assert "Drag the line" in hints.text.text()
    qtbot.mouseClick(hints.close_button, Qt.MouseButton.LeftButton)
    assert not hints.isVisible()
    hand.press(opened, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: session.state is State.SAVED)
    assert "next to the original" in hints.text.text()
    hints.dismiss()
    assert sorted(Settings().hints_seen) == ["photo", "result", "save"]
    session.choose("rain")
    assert not hints.isVisible()
    opened.actions_.hints.trigger()
    assert hints.isVisible()


@pytest.mark.parametrize(("language", "title"), [("en", "User guide"), ("zh_CN", "使用指南")])
def test_the_guide_is_shown_in_the_language_of_the_window(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, language: str, title: str
) -> None:
    use_language(qapp, language)
    try:
        window.actions_.guide.trigger()
    finally:
        use_language(qapp, "en")
    browser = window.findChild(QTextBrowser, "guide")
    assert browser.toPlainText().startswith(title)
    assert "Ctrl+S" in browser.toPlainText()


def test_the_guide_has_no_pictures_and_no_links_to_files() -> None:
    for language in ("en", "zh_CN", "de"):
        text = guide_text(language)
        assert "](" not in text
        assert "![" not in text
        assert len(text) > 2000
        for only_a_link in ("What is measured", "More.", "更多", "测量了什么"):
            assert only_a_link not in text
