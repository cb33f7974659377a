"""Saving and closing: the questions and the effect of the answers."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.settings.theme import apply_theme

ReadPng = Callable[[Path], np.ndarray]
WritePng = Callable[[str, np.ndarray], Path]


def test_a_second_save_suggests_a_free_name(hand, restored: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "beach-restored.png").touch()
    restored.actions_.save_as.trigger()
    dialog = hand.file_dialog(restored)
    assert dialog.selectedFiles() == [str(tmp_path / "beach-restored-2.png")]
    dialog.reject()
    assert restored.session.state is State.RESTORED


def test_an_original_cannot_be_overwritten(
    hand, restored: MainWindow, photo_path: Path, pattern: np.ndarray, read_png: ReadPng
) -> None:
    restored.actions_.save_as.trigger()
    hand.file_dialog(restored).filesSelected.emit([str(photo_path)])  # as after confirming to replace it
    assert "original" in restored.error_bar.text.text()
    assert (read_png(photo_path) == pattern).all()
    assert restored.session.unsaved


def test_closing_a_photo_with_an_unsaved_result_asks_first(
    qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path, pattern: np.ndarray, read_png: ReadPng
) -> None:
    restored.actions_.close_photo.trigger()
    box = hand.question(restored)
    assert box.isModal()
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), Qt.MouseButton.LeftButton)
    assert restored.session.state is State.RESTORED

    restored.actions_.close_photo.trigger()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Save), Qt.MouseButton.LeftButton)
    hand.answer(hand.file_dialog(restored), tmp_path / "kept.png")
    qtbot.waitUntil(lambda: restored.session.current is None)
    assert (read_png(tmp_path / "kept.png") == 255 - pattern).all()
    assert restored.studio.empty.isVisible()


def test_a_result_that_is_being_updated_is_saved_before_its_photo_closes(
    qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path
) -> None:
    go_on = threading.Event()
    restored.session.submit_to_files(lambda report, cancel: go_on.wait(20), lambda done: None, lambda error: None)
    restored.session.editor.set_strength(0, 0.5)
    restored.actions_.close_photo.trigger()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Save), Qt.MouseButton.LeftButton)
    go_on.set()
    qtbot.waitUntil(lambda: any(each.isVisible() for each in restored.findChildren(QFileDialog)))
    hand.answer(hand.file_dialog(restored), tmp_path / "kept.png")
    qtbot.waitUntil(lambda: restored.session.current is None)
    assert (tmp_path / "kept.png").is_file()


def test_closing_asks_to_save_the_unsaved_results_one_by_one(
    qtbot: QtBot, hand, restored: MainWindow, restorer, write_png: WritePng, tmp_path: Path
) -> None:
    session = restored.session
    session.open(write_png("other.png", np.full((50, 70, 3), 9, np.uint8)))
    qtbot.waitUntil(lambda: session.current.name == "other.png" and session.state is State.READY)
    session.choose("rain")
    session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    restored.close()
    for name in ("second.png", "first.png"):
        box = hand.question(restored)
        qtbot.mouseClick(box.button(QMessageBox.StandardButton.Save), Qt.MouseButton.LeftButton)
        hand.answer(hand.file_dialog(restored), tmp_path / name)
        qtbot.waitUntil((tmp_path / name).is_file)
        qtbot.waitUntil(lambda: session.state is not State.SAVING)
    qtbot.waitUntil(lambda: not restored.isVisible())


def test_closing_without_unsaved_results_ends_the_worker_thread(qtbot: QtBot, opened: MainWindow) -> None:
    assert any(thread.name == "dfpir-worker" for thread in threading.enumerate())
    assert opened.close()
    assert not opened.isVisible()
    assert not any(thread.name == "dfpir-worker" for thread in threading.enumerate())


def test_closing_during_a_restoration_asks_and_stops_it(qtbot: QtBot, hand, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(restorer.calls) == 1)
    assert not opened.close()
    box = hand.question(opened)
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Keep running"), Qt.MouseButton.LeftButton)
    assert opened.isVisible()
    assert opened.session.state is State.RUNNING
    assert not restorer.tokens[0].cancelled

    opened.close()
    box = hand.question(opened)
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Stop and close"), Qt.MouseButton.LeftButton)
    assert restorer.tokens[0].cancelled
    assert opened.isVisible()  # until the worker has stopped
    restorer.advance(0.3)
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert not any(thread.name == "dfpir-worker" for thread in threading.enumerate())


def test_a_restoration_started_while_the_window_waits_to_close_keeps_it_open(
    qtbot: QtBot, hand, opened: MainWindow, restorer
) -> None:
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(restorer.calls) == 1)
    hand.press(opened, Qt.Key.Key_Escape)
    assert not opened.close()  # the worker has not stopped yet
    hand.press(opened, Qt.Key.Key_Return)
    restorer.advance(0.5)
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert opened.isVisible()


def test_closing_with_an_unsaved_result_can_be_cancelled_or_discard_it(
    qtbot: QtBot, hand, restored: MainWindow
) -> None:
    restored.close()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), Qt.MouseButton.LeftButton)
    assert restored.isVisible()
    restored.close()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Discard), Qt.MouseButton.LeftButton)
    assert not restored.isVisible()


def test_closing_can_save_first(qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path) -> None:
    restored.close()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Save), Qt.MouseButton.LeftButton)
    hand.answer(hand.file_dialog(restored), tmp_path / "kept.png")
    qtbot.waitUntil(lambda: not restored.isVisible())
    assert (tmp_path / "kept.png").is_file()


def test_closing_does_not_happen_when_the_save_fails(qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path) -> None:
    restored.close()
    box = hand.question(restored)
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Save), Qt.MouseButton.LeftButton)
    dialog = hand.file_dialog(restored)
    dialog.filesSelected.emit([str(tmp_path / "gone" / "kept.png")])
    dialog.done(0)
    qtbot.waitUntil(restored.error_bar.isVisible)
    assert restored.isVisible()
    assert restored.session.unsaved


def test_the_size_of_the_window_is_restored(qtbot: QtBot, window: MainWindow) -> None:
    assert window.height() != 666
    window.resize(900, 666)
    assert window.close()
    again = MainWindow(window.session, ())
    qtbot.addWidget(again)
    again.show()
    assert again.height() == 666  # the width is limited by the screen of the tests


def test_the_window_closes_while_a_photo_is_read(qtbot: QtBot, window: MainWindow, photo_path: Path) -> None:
    window.open_photo(photo_path)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_the_window_closes_while_problems_are_detected(
    qtbot: QtBot, window: MainWindow, detector, photo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, proceed = threading.Event(), threading.Event()

    def detect(photo: object) -> object:
        started.set()
        proceed.wait(10)
        return detector.detection

    monkeypatch.setattr(detector, "detect", detect, raising=False)
    window.open_photo(photo_path)
    qtbot.waitUntil(started.is_set)
    window.close()
    proceed.set()
    qtbot.waitUntil(lambda: not window.isVisible())


def test_the_question_lists_at_most_five_photos(qtbot: QtBot, hand, restored: MainWindow) -> None:
    restored.close()
    box = hand.question(restored)
    assert box.text() == "The restored photo beach.png has not been saved."
    box.reject()
    restored._dialogs.confirm_unsaved(lambda: None, lambda: None, [f"{name}.png" for name in "abcdefg"])
    box = hand.question(restored)
    assert box.text() == "7 restored photos have not been saved: a.png, b.png, c.png, d.png, e.png, …."
    box.reject()


def test_the_buttons_of_a_question_are_wide_enough(qapp: QApplication, hand, window: MainWindow) -> None:
    apply_theme(qapp)
    window._dialogs.confirm_stopping_restoration(lambda: None)
    for button in hand.question(window).buttons():
        assert button.fontMetrics().horizontalAdvance(button.text()) + 2 * 8 <= button.width()
    hand.question(window).reject()
