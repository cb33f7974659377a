"""The main window with real widgets: opening, restoring, comparing, saving, errors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QGuiApplication
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from core.errors import RestorationError
from core.inference import Step
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import STOPPED, State

ReadPng = Callable[[Path], np.ndarray]
WritePng = Callable[[str, np.ndarray], Path]


def test_open_restore_compare_and_save(
    qtbot: QtBot,
    hand,
    window: MainWindow,
    restorer,
    photo_path: Path,
    pattern: np.ndarray,
    tmp_path: Path,
    read_png: ReadPng,
) -> None:
    studio, status = window.studio, window.status
    assert studio.empty.isVisible()
    hand.press(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    hand.answer(hand.file_dialog(window), photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert studio.canvas.isVisible()
    assert not studio.empty.isVisible()
    assert "beach.png" in window.windowTitle()
    assert status.photo.text() == "beach.png   200×120 px   8-bit   sRGB"
    assert status.zoom.text() == f"{round(studio.canvas.viewport.zoom * 100)} %"

    qtbot.mouseClick(studio.panel.found.rows["rain"], Qt.MouseButton.LeftButton)
    studio.panel.steps.rows[0].strength.setFocus()
    for _ in range(2):
        hand.press(window, Qt.Key.Key_PageDown)
    hand.press(window, Qt.Key.Key_Return)
    assert window.session.state is State.RUNNING
    restorer.advance(0.62)
    qtbot.waitUntil(lambda: status.phase.text().startswith("Restoring 62 %"))
    assert status.progress_bar.isVisible()
    bar = status.progress_bar
    assert (bar.value() - bar.minimum()) / bar.maximum() == pytest.approx(0.62)
    assert status.stop_button.isVisible()

    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    assert window.session.result.steps == (Step("rain", 0.8),)
    assert status.message.text() == "CPU · float32 · exact bands · 7.9 s"
    assert not status.progress_bar.isVisible()
    assert "Rain 80 %" in studio.panel.result.details.text()
    assert studio.canvas.handle.isVisible()
    assert studio.canvas.viewport.split == 0.5
    assert window.isWindowModified()

    hand.press(window, Qt.Key.Key_Left)
    assert studio.canvas.viewport.split == pytest.approx(0.49)

    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    hand.press(window, Qt.Key.Key_S, keys)
    dialog = hand.file_dialog(window)
    assert dialog.selectedFiles() == [str(tmp_path / "beach-restored.png")]
    dialog.accept()
    qtbot.waitUntil(lambda: window.session.state is State.SAVED)
    expected = 0.2 * pattern + 0.8 * (255.0 - pattern)
    assert np.abs(read_png(tmp_path / "beach-restored.png") - expected).max() <= 0.51
    assert (read_png(photo_path) == pattern).all()
    assert "beach-restored.png" in status.message.text()
    assert not window.isWindowModified()


def test_a_dropped_photo_is_opened(qtbot: QtBot, hand, window: MainWindow, photo_path: Path) -> None:
    assert hand.drop(window, hand.url(photo_path))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert window.session.photo is not None
    assert window.session.photo.source == photo_path


def test_several_dropped_photos_are_opened_and_the_first_is_shown(
    qtbot: QtBot, hand, window: MainWindow, photo_path: Path, write_png: WritePng, pattern: np.ndarray
) -> None:
    assert hand.drop(window, hand.url(photo_path), hand.url(write_png("two.png", pattern)))
    qtbot.waitUntil(lambda: [document.state for document in window.session.documents] == [State.READY] * 2)
    assert window.session.photo.source == photo_path
    assert window.studio.filmstrip.isVisible()


def test_only_local_files_are_accepted(hand, window: MainWindow) -> None:
    assert not hand.drop(window, QUrl("https://example.org/beach.jpg"))
    assert not hand.drop(window)
    assert window.session.state is State.NEW


def test_dropping_a_file_that_is_not_a_photo_shows_an_error(
    qtbot: QtBot, hand, window: MainWindow, tmp_path: Path, photo_path: Path
) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("no photo")
    hand.drop(window, hand.url(bad))
    bar = window.error_bar
    qtbot.waitUntil(bar.isVisible)
    assert "notes.jpg" in bar.text.text()
    assert window.studio.empty.isVisible()
    hand.drop(window, hand.url(photo_path))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert not bar.isVisible()


def test_long_names_are_shortened_in_the_status_bar(
    qtbot: QtBot, hand, window: MainWindow, restorer, write_png
) -> None:
    name = "the long walk in the mountains " * 2
    window.resize(960, 560)
    window.open_photo(write_png(f"{name}.png", np.full((30, 50, 3), 99, np.uint8)))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    hand.press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.state is State.SAVED)
    status = window.status
    qtbot.waitUntil(lambda: status.photo.shown_text.startswith("the ") and "…" in status.photo.shown_text)
    assert status.photo.shown_text.endswith("   50×30 px   8-bit   sRGB")
    assert status.message.shown_text.startswith("Saved as") and "…" in status.message.shown_text
    assert status.photo.toolTip() == status.photo.text() == f"{name}.png   50×30 px   8-bit   sRGB"
    shown = [status.message, status.folder_button, status.photo, status.zoom]
    assert [widget.x() for widget in shown] == sorted(widget.x() for widget in shown)
    assert all(widget.isVisible() and widget.geometry().right() < 960 for widget in shown)
    window.resize(1900, 560)
    qtbot.waitUntil(lambda: "…" not in status.photo.shown_text)
    assert status.photo.toolTip() == ""


def test_a_sample_opens_with_its_degradation(qtbot: QtBot, window: MainWindow) -> None:
    button = window.studio.empty.findChild(QToolButton)
    assert button.text() == "Rain"
    assert not button.icon().isNull()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert window.studio.panel.found.rows["rain"].isChecked()
    assert window.actions_.restore.isEnabled()


def test_escape_stops_at_once_and_the_next_run_works(qtbot: QtBot, hand, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_Return)
    restorer.advance(0.1)
    qtbot.waitUntil(lambda: "10 %" in opened.status.phase.text())
    hand.press(opened, Qt.Key.Key_Escape)  # the restorer has not checked the token yet
    assert opened.session.state is State.READY
    assert opened.status.message.text() == STOPPED
    assert not opened.status.progress_bar.isVisible()
    assert opened.actions_.restore.isEnabled()
    restorer.advance(0.2)
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert opened.session.result is None
    assert not opened.error_bar.isVisible()
    hand.press(opened, Qt.Key.Key_Return)
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)


def test_the_stop_button_stops(qtbot: QtBot, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    qtbot.mouseClick(opened.studio.panel.restore_button, Qt.MouseButton.LeftButton)
    assert opened.session.state is State.RUNNING
    qtbot.mouseClick(opened.status.stop_button, Qt.MouseButton.LeftButton)
    assert opened.session.state is State.READY


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RestorationError("There is not enough memory. Choose smaller tiles."), "Choose smaller tiles."),
        (RuntimeError("CUDA error: device-side assert"), "Something unexpected happened while restoring beach.png."),
    ],
)
def test_an_error_of_the_worker_is_shown_with_details(
    qtbot: QtBot, hand, opened: MainWindow, restorer, error: Exception, text: str
) -> None:
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_Return)
    restorer.fail(error)
    qtbot.waitUntil(lambda: opened.session.state is State.FAILED)
    bar = opened.error_bar
    assert bar.isVisible()
    assert text in bar.text.text()
    assert "Traceback" not in bar.text.text()
    assert not bar.details.isVisible()
    qtbot.mouseClick(bar.details_button, Qt.MouseButton.LeftButton)
    assert bar.details.isVisible()
    assert str(error) in bar.details.toPlainText()
    qtbot.mouseClick(bar.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert text in copied
    assert "Traceback" in copied
    qtbot.mouseClick(bar.dismiss_button, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    hand.press(opened, Qt.Key.Key_Return)
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)


def test_the_window_stays_responsive_during_a_restoration(qtbot: QtBot, hand, opened: MainWindow, restorer) -> None:
    states = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: states.append(opened.session.state))
    opened.session.choose("haze")
    hand.press(opened, Qt.Key.Key_Return)
    timer.start()
    qtbot.waitUntil(lambda: states.count(State.RUNNING) >= 20)
    zoom = opened.studio.canvas.viewport.zoom
    hand.press(opened, Qt.Key.Key_Plus)
    assert opened.studio.canvas.viewport.zoom > zoom
    assert opened.session.state is State.RUNNING
    timer.stop()


def test_the_drop_area_is_highlighted_while_a_photo_is_dragged(hand, window: MainWindow, photo_path: Path) -> None:
    data = QMimeData()
    data.setUrls([hand.url(photo_path)])
    before = window.studio.empty.grab().toImage()
    event = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QGuiApplication.sendEvent(window, event)
    area = window.studio.empty
    assert area._area.property("dragActive") is True
    QGuiApplication.sendEvent(window, QEvent(QEvent.Type.DragLeave))
    assert area.grab().toImage() == before


def test_the_status_bar_names_the_profile(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    pixels = Image.fromarray(np.full((30, 40, 3), 90, np.uint8))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    pixels.save(tmp_path / "tagged.png", icc_profile=profile.tobytes())
    window.open_photo(tmp_path / "tagged.png")
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert window.status.photo.text() == "tagged.png   40×30 px   8-bit   sRGB built-in"


def test_starting_a_preview_clears_the_message(qtbot: QtBot, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    opened.session.restore()
    opened.session.stop()
    qtbot.waitUntil(lambda: not opened.session.can_stop)
    assert "Stopped" in opened.session.status
    restorer.finish()
    qtbot.waitUntil(lambda: not opened.session.busy)
    restorer.finish()
    opened.session.preview((0, 0, 40, 30))
    qtbot.waitUntil(lambda: opened.session.current.preview is not None)
    assert opened.session.status == ""
