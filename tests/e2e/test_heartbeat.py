"""The window answers while a real network works, and a stop is a stop."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State

PATIENCE_MS = 120_000
ANSWER_S = 0.1
"""How long the window may keep a user waiting."""

STOP_S = 1.0
"""How long the worker may go on after a stop."""


class Heart:
    """Beats in the window's event loop, and measures what lies between two beats.

    Attributes:
        waits: wall time between two beats, seconds.
        work: processor time of the main thread between two beats, seconds. Unlike the wall time it does not depend on
            what else the machine does.
    """

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.work: list[float] = []
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.waits.append(now[0] - self._last[0])
        self.work.append(now[1] - self._last[1])
        self._last = now


@pytest.fixture
def window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """The window with a photo that is ready to be restored."""
    pixels = np.random.default_rng(0).integers(0, 256, (768, 1024, 3), np.uint8)
    (tmp_path / "photo.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    window.open_photo(tmp_path / "photo.png", "haze")
    qtbot.waitUntil(lambda: window.session.state is State.READY, timeout=PATIENCE_MS)
    return window


def test_the_window_answers_all_the_while(qtbot: QtBot, window: MainWindow) -> None:
    session, heart = window.session, Heart()
    heart.start()
    session.restore()
    qtbot.waitUntil(lambda: session.state is State.RESTORED, timeout=PATIENCE_MS)
    for strength in (0.8, 0.5, 0.2):  # and while a slider is drawn
        session.editor.set_strength(0, strength)
        qtbot.waitUntil(lambda: session.current.can_save, timeout=PATIENCE_MS)
    heart.stop()
    assert len(heart.work) > 20
    assert max(heart.work) < ANSWER_S
    late = [wait for wait in heart.waits if wait > ANSWER_S]
    assert len(late) <= 0.05 * len(heart.waits), f"late by {late}"


def test_a_stop_ends_the_work_within_a_second(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.restore()
    qtbot.waitUntil(lambda: session.progress is not None and bool(session.progress.fraction), timeout=PATIENCE_MS)
    assert session.busy
    before = time.process_time()
    session.stop()
    assert session.state is State.READY
    qtbot.waitUntil(lambda: not session.busy, timeout=PATIENCE_MS)
    # Processor time of all threads together: what a machine with nothing else to do would take, or less.
    assert time.process_time() - before < STOP_S
    assert session.result is None
