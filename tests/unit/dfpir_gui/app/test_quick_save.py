"""Tests for saving without a dialog, and for showing files in their folder."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dfpir_gui.app import main_window, strip_commands
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shown_files(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were to be shown in the file manager."""
    shown: list[Path] = []
    for module in (main_window, strip_commands):
        monkeypatch.setattr(module, "show_in_folder", shown.append)
    return shown


def test_control_s_saves_next_to_the_source_without_a_dialog(
    qtbot: QtBot, hand, restored: MainWindow, photo_path: Path, pattern: np.ndarray, read_png
) -> None:
    hand.press(restored, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert not restored.findChildren(QFileDialog)
    saved = photo_path.with_name("beach-restored.png")
    assert (read_png(saved) == 255 - pattern).all()
    assert "beach-restored.png" in restored.status.message.text()


def test_an_existing_file_is_never_replaced(qtbot: QtBot, hand, restored: MainWindow, photo_path: Path) -> None:
    taken = photo_path.with_name("beach-restored.png")
    taken.write_bytes(b"mine")
    hand.press(restored, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert taken.read_bytes() == b"mine"
    assert restored.session.saved_as == photo_path.with_name("beach-restored-2.png")


def test_saving_twice_writes_one_file(qtbot: QtBot, hand, restored: MainWindow, photo_path: Path) -> None:
    for _ in range(2):
        hand.press(restored, Qt.Key.Key_S, CONTROL)
        qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert len(list(photo_path.parent.glob("beach-restored*"))) == 1
    assert "Already saved" in restored.status.message.text()


def test_the_saved_file_can_be_shown_from_the_status_bar_and_the_menu(
    qtbot: QtBot, hand, restored: MainWindow, photo_path: Path, shown_files: list[Path]
) -> None:
    assert not restored.status.folder_button.isVisible()
    restored.actions_.show_in_folder.trigger()
    assert shown_files == [photo_path]
    hand.press(restored, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert restored.status.folder_button.isVisible()
    qtbot.mouseClick(restored.status.folder_button, Qt.MouseButton.LeftButton)
    restored.actions_.show_in_folder.trigger()
    assert shown_files[1:] == [photo_path.with_name("beach-restored.png")] * 2
    restored.session.choose("rain")
    restored.session.restore()
    qtbot.waitUntil(lambda: not restored.status.folder_button.isVisible())


@pytest.fixture
def files_held(restored: MainWindow) -> Iterator[threading.Event]:
    """Keeps the thread that reads, blends and writes busy until the event is set, so that a result stays outdated."""
    go_on = threading.Event()
    restored.session.submit_to_files(lambda report, cancel: go_on.wait(20), lambda done: None, lambda error: None)
    yield go_on
    go_on.set()


def test_control_s_during_an_update_saves_the_updated_result(
    qtbot: QtBot, hand, restored: MainWindow, files_held: threading.Event, photo_path: Path, read_png
) -> None:
    restored.session.editor.set_strength(0, 0.5)
    assert restored.session.current.updating
    for _ in range(2):
        hand.press(restored, Qt.Key.Key_S, CONTROL)
    files_held.set()
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert [path.name for path in photo_path.parent.glob("beach-restored*")] == ["beach-restored.png"]
    half = read_png(photo_path.with_name("beach-restored.png"))
    assert np.abs(half - 127.5).max() <= 1  # half of the negative and half of the photo


def test_a_photo_that_was_closed_during_an_update_is_not_saved(
    qtbot: QtBot, hand, restored: MainWindow, files_held: threading.Event, photo_path: Path
) -> None:
    restored.session.editor.set_strength(0, 0.5)
    hand.press(restored, Qt.Key.Key_S, CONTROL)
    restored.session.remove(restored.session.current)
    files_held.set()
    qtbot.waitUntil(lambda: not restored.session.busy)
    assert not list(photo_path.parent.glob("beach-restored*"))
