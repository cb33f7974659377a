"""Opening files, folders, the clipboard and recent files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dfpir_gui.app import photo_opener
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.app.photo_opener import expand_paths
from dfpir_gui.dialogs.standard_dialogs import suggested_path
from dfpir_gui.session import State
from dfpir_gui.session.pasted import pasted_folder
from dfpir_gui.settings.settings import Settings

WritePng = Callable[[str, np.ndarray], Path]


@pytest.fixture
def folder(tmp_path: Path, photo_path: Path) -> Path:
    """A folder with numbered photos, a subfolder, hidden entries and a text file."""
    folder = tmp_path / "holiday"
    (folder / "Sub").mkdir(parents=True)
    (folder / ".trash").mkdir()
    data = photo_path.read_bytes()
    for name in ("img_10.PNG", "IMG_2.png", "Sub/img_1.png", ".hidden.png", ".trash/old.png"):
        (folder / name).write_bytes(data)
    (folder / "notes.txt").write_text("not a photo")
    return folder


def names(window: MainWindow) -> list[str]:
    return [document.name for document in window.session.documents]


def test_a_folder_is_expanded_in_natural_order(folder: Path) -> None:
    found = expand_paths([folder])
    assert [path.relative_to(folder).as_posix() for path in found.paths] == ["IMG_2.png", "img_10.PNG", "Sub/img_1.png"]
    assert not found.truncated
    assert not found.empty_folders


def test_files_are_kept_without_duplicates(folder: Path) -> None:
    single = [folder / "notes.txt", folder / "IMG_2.png"]
    found = expand_paths([*single, folder])
    assert found.paths[:2] == tuple(single)
    assert len(found.paths) == 4


def test_the_number_of_photos_is_limited(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_opener, "MAX_PHOTOS", 2)
    found = expand_paths([folder])
    assert len(found.paths) == 2
    assert found.truncated


def test_a_dropped_folder_is_opened(qtbot: QtBot, hand, window: MainWindow, folder: Path) -> None:
    assert hand.drop(window, hand.url(folder))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert names(window) == ["IMG_2.png", "img_10.PNG", "img_1.png"]


def test_an_empty_folder_is_reported(hand, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    hand.drop(window, hand.url(tmp_path / "nothing"))
    assert "nothing" in window.error_bar.text.text()
    assert window.error_bar.property("severity") == "warning"


def test_several_photos_can_be_opened_with_the_dialog(qtbot: QtBot, hand, window: MainWindow, folder: Path) -> None:
    hand.press(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = hand.file_dialog(window)
    assert dialog.fileMode() is QFileDialog.FileMode.ExistingFiles
    assert "*.heic" in dialog.nameFilters()[0]
    dialog.filesSelected.emit([str(folder / "IMG_2.png"), str(folder / "img_10.PNG")])
    dialog.reject()
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert names(window) == ["IMG_2.png", "img_10.PNG"]
    assert Settings().folder == folder


def test_a_folder_can_be_opened_with_the_dialog(qtbot: QtBot, hand, window: MainWindow, folder: Path) -> None:
    window.actions_.open_folder.trigger()
    dialog = hand.file_dialog(window)
    dialog.filesSelected.emit([str(folder)])
    dialog.reject()
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert len(names(window)) == 3


def test_a_pasted_image_keeps_its_pixels_and_is_saved_outside_the_program_folder(
    qtbot: QtBot, hand, window: MainWindow
) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(12, 200, 99))
    image.setPixelColor(7, 5, QColor(255, 0, 1))
    QGuiApplication.clipboard().setImage(image)
    hand.press(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    photo = window.session.photo
    assert photo is not None and photo.source is not None
    shown = np.round(photo.pixels * 255).astype(int)
    assert shown.shape == (30, 40, 3)
    assert shown[5, 7].tolist() == [255, 0, 1]
    assert shown[20, 20].tolist() == [12, 200, 99]
    assert suggested_path(photo).parent != pasted_folder()
    assert Settings().recent == []


def test_pasted_files_are_opened(qtbot: QtBot, hand, window: MainWindow, photo_path: Path) -> None:
    data = QMimeData()
    data.setUrls([hand.url(photo_path)])
    QGuiApplication.clipboard().setMimeData(data)
    window.actions_.paste.trigger()
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert names(window) == ["beach.png"]


def test_pasting_text_shows_advice(window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("hello")
    window.actions_.paste.trigger()
    assert "clipboard" in window.error_bar.text.text()
    assert window.session.state is State.NEW


def recent(window: MainWindow) -> list[str]:
    window.actions_.recent.aboutToShow.emit()
    return [action.text().replace("&", "") for action in window.actions_.recent.actions() if action.text()]


def test_recent_files_are_listed_newest_first_and_can_be_opened(
    qtbot: QtBot, opened: MainWindow, write_png: WritePng, pattern: np.ndarray
) -> None:
    other = write_png("other.png", pattern)
    opened.photo_opener.open_paths([other])
    qtbot.waitUntil(lambda: opened.session.photo is not None and opened.session.photo.source == other)
    assert recent(opened)[:2] == ["1 other.png", "2 beach.png"]
    opened.actions_.recent.actions()[1].trigger()
    qtbot.waitUntil(lambda: opened.session.photo.source.name == "beach.png")
    assert recent(opened)[0] == "1 beach.png"
    other.unlink()
    assert not any("other" in entry for entry in recent(opened))
    opened.actions_.recent.actions()[-1].trigger()
    assert recent(opened) == ["No recent photos"]


def test_photos_that_cannot_be_opened_and_samples_are_not_remembered(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "bad.png").write_text("not a photo")
    window.photo_opener.open_paths([tmp_path / "bad.png"])
    qtbot.waitUntil(window.error_bar.isVisible)
    assert Settings().recent == []


def test_all_opened_photos_are_recent_files(
    qtbot: QtBot, window: MainWindow, write_png: WritePng, pattern: np.ndarray
) -> None:
    paths = [write_png(f"{name}.png", pattern) for name in "abc"]
    window.photo_opener.open_paths(paths)
    qtbot.waitUntil(lambda: len(window.session.documents) == 3 and not window.session.busy)
    assert {entry[2:] for entry in recent(window)[:3]} == {"a.png", "b.png", "c.png"}
    window.session.show(window.session.documents[2])
    assert recent(window)[0] == "1 c.png"
