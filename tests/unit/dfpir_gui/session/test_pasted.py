"""Pictures from the clipboard: private files that are deleted when they are no longer needed."""

import errno
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.session.pasted import PastedPictures, pasted_folder
from dfpir_gui.settings.private_folders import lock_for
from tests.faults.disk import full_disk


def copy_picture() -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(12, 200, 99))
    QGuiApplication.clipboard().setImage(image)


@pytest.fixture
def paste(qtbot: QtBot, hand, window: MainWindow) -> Callable[[], Path]:
    def pasted() -> Path:
        count = len(window.session.documents)
        copy_picture()
        hand.press(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: len(window.session.documents) == count + 1 and not window.session.busy)
        return window.session.documents[-1].path

    return pasted


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")


def test_closing_a_picture_deletes_its_file(qtbot: QtBot, window: MainWindow, paste, photo_path: Path) -> None:
    first, second = paste(), paste()
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.current.path == photo_path)
    assert files(pasted_folder()) == sorted([first, second])
    window.session.remove(window.session.documents[0])
    qtbot.waitUntil(lambda: not window.session.busy)
    assert files(pasted_folder()) == [second]
    window.session.remove(window.session.current)  # a file of the user is never deleted
    qtbot.waitUntil(lambda: not window.session.busy)
    assert photo_path.is_file() and files(pasted_folder()) == [second]


def test_closing_the_session_deletes_all_files(window: MainWindow, restorer, paste, qtbot: QtBot) -> None:
    path = paste()
    window.session.choose("haze")
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    assert path.is_file()  # unsaved work refers to it
    window.session.close()
    assert files(pasted_folder()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_user_can_read_the_files(paste) -> None:
    path = paste()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(pasted_folder().stat().st_mode) == 0o700


def test_a_full_disk_is_reported_and_leaves_no_file(
    qtbot: QtBot, hand, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_picture()
    with full_disk(monkeypatch, 1, errno.ENOSPC):
        hand.press(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(window.error_bar.isVisible)
    assert "The disk is full; free some space" in window.error_bar.text.text()
    assert "save the picture to a file in the other program" in window.error_bar.text.text()
    assert window.session.documents == () and files(pasted_folder()) == []


def test_files_of_crashed_windows_are_deleted_unless_in_use(tmp_path: Path) -> None:
    def left(name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"picture")
        return path

    forgotten, open_then, beside = left("crashed/a.png"), left("reopened/b.png"), left("reopened/c.png")
    living, old, old_but_open = left("living/d.png"), left("Pasted before.png"), left("Pasted still open.png")
    lock = lock_for(tmp_path / "living")
    assert lock.tryLock(0)
    pasted = PastedPictures(tmp_path, {open_then, old_but_open})
    assert files(tmp_path) == sorted([open_then, living, old_but_open])
    assert not (forgotten.exists() or beside.exists() or old.exists())

    other = PastedPictures(tmp_path)  # another window starts meanwhile, without files in use
    assert open_then.exists() and living.exists()
    other.close()
    pasted.forget(living)  # owned by another window
    assert living.exists()
    pasted.forget(open_then)
    assert not open_then.exists()
    pasted.close()
    lock.unlock()


def test_a_session_without_a_place_for_pictures_refuses_to_paste(harness) -> None:
    with pytest.raises(RuntimeError, match="no place"):
        harness.session.paste("a.png", lambda: b"")
