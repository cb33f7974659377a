"""Tests for several selected photos in the filmstrip: steps, saving, closing."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.inference import Step
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.filmstrip import StripCommand

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def three(qtbot: QtBot, window: MainWindow, write_png) -> MainWindow:
    """The window with three photos, the first of which has the steps haze and rain."""
    paths = [write_png(f"{name}.png", np.full((40, 60, 3), 60, np.uint8)) for name in "abc"]
    window.session.open_all(paths)
    ready = [State.READY] * 3
    qtbot.waitUntil(lambda: [document.state for document in window.session.documents] == ready)
    window.session.editor.add("haze", 0.5)
    window.session.editor.add("rain")
    return window


def _select(window: MainWindow, *rows: int) -> None:
    strip = window.studio.filmstrip
    for row in rows:
        strip.selectionModel().select(strip.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)


def _click(qtbot: QtBot, window: MainWindow, row: int, keys: Qt.KeyboardModifier) -> None:
    strip = window.studio.filmstrip
    at = strip.visualRect(strip.model().index(row, 0)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, keys, at)


def test_steps_are_copied_and_pasted_by_keys_and_undone_in_each_photo(qtbot: QtBot, hand, three: MainWindow) -> None:
    session, strip = three.session, three.studio.filmstrip
    strip.setFocus()
    hand.press(three, Qt.Key.Key_C, CONTROL)
    _click(qtbot, three, 1, Qt.KeyboardModifier.NoModifier)
    _click(qtbot, three, 2, Qt.KeyboardModifier.ShiftModifier)
    assert [document.name for document in strip.selected_documents] == ["b.png", "c.png"]
    hand.press(three, Qt.Key.Key_V, CONTROL)
    expected = (Step("haze", 0.5), Step("rain"))
    assert [document.edit.steps for document in session.documents] == [expected] * 3
    session.show(session.documents[1])
    session.editor.undo()
    assert [len(document.edit.steps) for document in session.documents] == [2, 0, 2]


def test_without_copied_steps_the_key_pastes_photos(qtbot: QtBot, hand, three: MainWindow) -> None:
    QGuiApplication.clipboard().clear()
    three.studio.filmstrip.setFocus()
    hand.press(three, Qt.Key.Key_V, CONTROL)
    assert three.session.notice is not None  # the clipboard is empty, which only pasting photos reports
    assert len(three.session.documents) == 3


def test_the_context_menu_offers_what_is_possible(three: MainWindow) -> None:
    menu = three.studio.filmstrip.context_menu()
    enabled = {action.data(): action.isEnabled() for action in menu.actions() if action.data()}
    assert enabled[StripCommand.RESTORE]
    assert enabled[StripCommand.COPY_STEPS]
    assert enabled[StripCommand.REMOVE]
    assert not enabled[StripCommand.SAVE]
    assert not enabled[StripCommand.PASTE_STEPS]
    menu.deleteLater()


def test_selected_photos_are_removed_after_one_question_about_all_results(
    qtbot: QtBot, hand, three: MainWindow, restorer, tmp_path: Path
) -> None:
    session = three.session
    session.paste_steps(session.documents)
    session.copy_steps(session.documents[0])
    session.paste_steps(session.documents)
    for _ in range(6):
        restorer.finish()
    session.restore_all(session.documents[:2])
    states = [State.RESTORED, State.RESTORED, State.READY]
    qtbot.waitUntil(lambda: [document.state for document in session.documents] == states)
    _select(three, 0, 1, 2)
    three.studio.filmstrip.setFocus()
    hand.press(three, Qt.Key.Key_Delete)
    box = hand.question(three)
    assert "a.png, b.png" in box.text()
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert len(session.documents) == 3
    hand.press(three, Qt.Key.Key_Delete)
    hand.question(three).button(QMessageBox.StandardButton.Save).click()
    qtbot.waitUntil(lambda: not session.documents)
    assert sorted(path.name for path in tmp_path.glob("*-restored.png")) == ["a-restored.png", "b-restored.png"]


def test_unmodified_photos_are_removed_without_a_question(qtbot: QtBot, hand, three: MainWindow) -> None:
    _click(qtbot, three, 0, Qt.KeyboardModifier.NoModifier)
    _click(qtbot, three, 2, CONTROL)
    hand.press(three, Qt.Key.Key_Delete)
    assert [document.name for document in three.session.documents] == ["b.png"]


def test_the_next_photo_is_selected_alone_while_ctrl_is_held(qtbot: QtBot, hand, three: MainWindow) -> None:
    strip = three.studio.filmstrip
    _click(qtbot, three, 0, Qt.KeyboardModifier.NoModifier)
    for name in ("b.png", "c.png"):
        hand.press(three, Qt.Key.Key_Right, CONTROL)
        assert three.session.current.name == name
        assert [document.name for document in strip.selected_documents] == [name]
