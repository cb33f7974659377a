"""The dialogs of the Help menu."""

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit, QPushButton, QScrollArea

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.help import shortcut_dialog
from dfpir_gui.settings.private_folders import log_path
from dfpir_gui.settings.theme import Theme, apply_theme


@pytest.fixture(params=[None, Theme.DARK, Theme.LIGHT], ids=["unstyled", "dark", "light"])
def _theme(qapp: QApplication, style_sheet: None, request: pytest.FixtureRequest) -> None:
    if request.param is None:
        qapp.setStyleSheet("")
    else:
        apply_theme(qapp, request.param)


@pytest.mark.usefixtures("_theme")
def test_the_shortcut_dialog_scrolls_only_vertically_on_a_small_screen(window: MainWindow) -> None:
    limit = window.screen().availableSize().expandedTo(window.size())
    dialog = shortcut_dialog(window, window.actions_.shortcut_sections())
    assert dialog.width() <= limit.width() and dialog.height() <= limit.height()
    dialog.show()
    scroll = dialog.findChild(QScrollArea)
    assert scroll.horizontalScrollBar().maximum() == 0
    assert scroll.verticalScrollBar().maximum() > 0  # the screen of the tests has 800 × 800 pixels
    dialog.close()


def test_the_log_dialog_shows_the_end_of_the_log_and_copies_it(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "window.log"
    path.write_text("first line\n" * 30_000 + "the last line\n", encoding="utf-8")
    monkeypatch.setattr("dfpir_gui.dialogs.help.log_path", lambda: path)
    window.actions_.log.trigger()
    dialog = next(dialog for dialog in window.findChildren(QDialog) if dialog.findChild(QPlainTextEdit, "log"))
    text = dialog.findChild(QPlainTextEdit, "log").toPlainText()
    assert text.endswith("the last line\n")
    assert len(text) <= 200_000
    next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy").click()
    assert QGuiApplication.clipboard().text() == text
    assert log_path() != path
