"""Opening, restoring, stopping and saving in the window with a real model."""

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.inference import Restorer
from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State

TIMEOUT_MS = 60_000


def test_the_window_saves_the_same_result_as_the_library(
    qtbot: QtBot, window: MainWindow, tiny_model_file: Path, tmp_path: Path
) -> None:
    source = tmp_path / "photo.png"
    pixels = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    source.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    session = window.session
    window.open_photo(source)
    qtbot.waitUntil(lambda: session.state is State.READY, timeout=TIMEOUT_MS)
    session.choose("haze")
    qtbot.keyClick(window.studio.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.state is State.RESTORED, timeout=TIMEOUT_MS)
    session.save(tmp_path / "out.png")
    qtbot.waitUntil(lambda: session.state is State.SAVED, timeout=TIMEOUT_MS)

    expected = Restorer(tiny_model_file, device="cpu").restore(Photo.open(source), "haze").photo.pixels
    np.testing.assert_allclose(Photo.open(tmp_path / "out.png").pixels, expected, atol=0.5 / 255 + 1e-4)


def test_a_real_restoration_can_be_stopped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    source = tmp_path / "large.png"
    source.write_bytes(cv2.imencode(".png", np.zeros((900, 1200, 3), np.uint8))[1].tobytes())
    session = window.session
    window.open_photo(source)
    qtbot.waitUntil(lambda: session.state is State.READY, timeout=TIMEOUT_MS)
    session.choose("rain")
    session.restore()
    qtbot.waitUntil(lambda: session.progress is not None and bool(session.progress.fraction), timeout=TIMEOUT_MS)
    session.stop()
    assert session.state is State.READY and session.result is None
    qtbot.waitUntil(lambda: not session.busy, timeout=TIMEOUT_MS)
    assert session.state is State.READY and session.result is None
