"""Actions: shortcuts, menus, focus and names for screen readers."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Session

ReadPng = Callable[[Path], np.ndarray]
WritePng = Callable[[str, np.ndarray], Path]


def test_space_shows_the_original_while_held(qtbot: QtBot, restored: MainWindow) -> None:
    canvas = restored.studio.canvas
    assert canvas.split_shown
    qtbot.keyPress(restored.focusWidget(), Qt.Key.Key_Space)
    assert not canvas.split_shown
    qtbot.keyRelease(restored.focusWidget(), Qt.Key.Key_Space)
    assert canvas.split_shown


def test_the_result_is_shown_again_when_the_window_is_deactivated(qtbot: QtBot, restored: MainWindow) -> None:
    qtbot.keyPress(restored.focusWidget(), Qt.Key.Key_Space)
    restored.actions_.shortcuts.trigger()
    dialog = restored.findChild(QDialog)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: restored.studio.canvas.split_shown)
    dialog.close()


def tab_to(qtbot: QtBot, window: MainWindow, widget: QWidget) -> None:
    for _ in range(40):
        if window.focusWidget() is widget:
            return
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    raise AssertionError("the Tab key does not reach the widget")


def test_space_presses_a_button_reached_with_the_tab_key(qtbot: QtBot, restored: MainWindow) -> None:
    row = restored.studio.panel.found.rows["blur"]
    tab_to(qtbot, restored, row)
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert row.isChecked()
    assert [step.degradation for step in restored.session.steps] == ["haze", "blur"]


def test_space_shows_the_original_after_a_click_on_a_control(qtbot: QtBot, restored: MainWindow) -> None:
    canvas, row = restored.studio.canvas, restored.studio.panel.found.rows["blur"]
    tab_to(qtbot, restored, row)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    restored.session.editor.undo()
    assert restored.focusWidget() is row and not row.isChecked()
    qtbot.keyPress(row, Qt.Key.Key_Space)
    assert not row.isChecked() and not canvas.split_shown
    qtbot.keyRelease(row, Qt.Key.Key_Space)
    assert canvas.split_shown and restored.session.result is not None


def test_the_focus_goes_to_the_photo_when_a_button_disables_itself(qtbot: QtBot, opened: MainWindow, restorer) -> None:
    panel, canvas = opened.studio.panel, opened.studio.canvas
    opened.session.choose("haze")
    for button in (panel.preview_button, panel.restore_button):
        button.setFocus()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert not button.isEnabled()
        assert opened.focusWidget() is canvas
        restorer.finish()
        qtbot.waitUntil(lambda: opened.session.after is not None and not opened.session.busy)
        qtbot.keyPress(opened.focusWidget(), Qt.Key.Key_Space)
        assert not canvas.split_shown  # the original is shown
        qtbot.keyRelease(opened.focusWidget(), Qt.Key.Key_Space)
        assert [step.degradation for step in opened.session.steps] == ["haze"]
        assert opened.session.after is not None


def test_the_focus_stays_on_the_page_when_a_button_there_disables_itself(qtbot: QtBot, opened: MainWindow) -> None:
    page = opened.pages.show_page("batch")
    button = QPushButton("Start", page)
    button.clicked.connect(lambda: button.setEnabled(False))
    button.show()
    button.setFocus()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert opened.focusWidget() is page


def test_zoom_keys(hand, opened: MainWindow) -> None:
    viewport = opened.studio.canvas.viewport
    fit = viewport.zoom
    hand.press(opened, Qt.Key.Key_Plus)
    hand.press(opened, Qt.Key.Key_Plus)
    assert viewport.zoom == pytest.approx(2 * fit)
    hand.press(opened, Qt.Key.Key_Minus)
    assert viewport.zoom == pytest.approx(2**0.5 * fit)
    hand.press(opened, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert viewport.zoom == 1.0
    assert opened.status.zoom.text() == "100 %"
    hand.press(opened, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert viewport.zoom == 2.0
    hand.press(opened, Qt.Key.Key_0)
    assert viewport.fitted


def test_every_action_is_in_a_menu_with_a_tool_tip_and_its_keys_are_listed(qtbot: QtBot, window: MainWindow) -> None:
    listed = [action for menu in window.menuBar().actions() for action in menu.menu().actions()]
    for action in window.actions_.findChildren(QAction):
        assert action in listed
        assert action.toolTip()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(QDialog)
    assert dialog.isVisible()
    assert not dialog.isModal()
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Ctrl+O", "Ctrl+S", "Return or Enter", "Esc", "Space", "F1", "Wheel", "Alt+Up or Alt+Down"} <= texts
    dialog.close()


def test_no_shortcut_is_used_twice(window: MainWindow) -> None:
    keys = [key.toString() for action in window.actions_.findChildren(QAction) for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_every_focusable_widget_has_a_name_for_screen_readers(restored: MainWindow) -> None:
    studio, status = restored.studio, restored.status
    restored.session.editor.add("noise25")
    for widget in (studio.canvas, studio.canvas.handle, status.progress_bar, studio.filmstrip):
        assert widget.accessibleName()
    focusable = [w for w in studio.panel.findChildren(QWidget) if w.focusPolicy() != Qt.FocusPolicy.NoFocus]
    controls = [w for w in focusable if not isinstance(w, QLabel)]
    assert len(controls) > 15
    for widget in controls:
        assert widget.accessibleName() or widget.text(), widget
        assert widget.toolTip(), widget


def test_tab_moves_from_the_photo_through_the_panel(qtbot: QtBot, restored: MainWindow) -> None:
    canvas, panel = restored.studio.canvas, restored.studio.panel
    restored.session.choose("haze", strength=0.5)
    restored.session.choose("rain")
    (row,) = panel.steps.rows
    canvas.setFocus()
    visited = []
    for _ in range(13):
        qtbot.keyClick(restored.focusWidget(), Qt.Key.Key_Tab)
        visited.append(restored.focusWidget())
    assert visited[:2] == [canvas.handle, panel.found.reset_button]
    assert set(visited[2:7]) == set(panel.found.rows.values())
    assert visited[7] is panel.presets_button
    assert visited[8:13] == [row.checkbox, row.remove, row.strength, row.mask_button, panel.steps.add]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_mnemonics_are_unique_in_each_menu(qtbot: QtBot, qapp: QApplication, session: Session, language: str) -> None:
    use_language(qapp, language)
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    use_language(qapp, "en")
    menus = [window.menuBar(), *(action.menu() for action in window.menuBar().actions())]
    for menu in menus:
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        mnemonics = [re.search("&(.)", text.replace("&&", "")) for text in texts]
        assert all(mnemonics), texts
        letters = [found.group(1).lower() for found in mnemonics if found]
        assert len(letters) == len(set(letters)), texts
