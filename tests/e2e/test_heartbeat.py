"""The window stays responsive while a real network runs, and stopping takes effect quickly."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State

TIMEOUT_MS = 120_000
MAX_DELAY_S = 0.1
"""The event loop must not be blocked for longer."""

MAX_STOP_S = 1.0
"""The worker must stop within this time."""


class EventLoopMonitor:
    """Measures the time between the ticks of a timer in the event loop.

    Attributes:
        wall_times: wall time between two ticks, seconds.
        cpu_times: processor time of the main thread between two ticks, seconds. It does not depend on other programs.
    """

    def __init__(self) -> None:
        self.wall_times: list[float] = []
        self.cpu_times: list[float] = []
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.wall_times.append(now[0] - self._last[0])
        self.cpu_times.append(now[1] - self._last[1])
        self._last = now


@pytest.fixture
def window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """The window with a photo that is ready to be restored."""
    pixels = np.random.default_rng(0).integers(0, 256, (768, 1024, 3), np.uint8)
    (tmp_path / "photo.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    window.open_photo(tmp_path / "photo.png", "haze")
    qtbot.waitUntil(lambda: window.session.state is State.READY, timeout=TIMEOUT_MS)
    return window


def test_the_event_loop_is_never_blocked(qtbot: QtBot, window: MainWindow) -> None:
    session, monitor = window.session, EventLoopMonitor()
    monitor.start()
    session.restore()
    qtbot.waitUntil(lambda: session.state is State.RESTORED, timeout=TIMEOUT_MS)
    for strength in (0.8, 0.5, 0.2):  # as while a slider is dragged
        session.editor.set_strength(0, strength)
        qtbot.waitUntil(lambda: session.current.can_save, timeout=TIMEOUT_MS)
    monitor.stop()
    assert len(monitor.cpu_times) > 20
    assert max(monitor.cpu_times) < MAX_DELAY_S
    late = [wait for wait in monitor.wall_times if wait > MAX_DELAY_S]
    assert len(late) <= 0.05 * len(monitor.wall_times), f"late by {late}"


def test_the_worker_stops_within_a_second(qtbot: QtBot, window: MainWindow) -> None:
    session = window.session
    session.restore()
    qtbot.waitUntil(lambda: session.progress is not None and bool(session.progress.fraction), timeout=TIMEOUT_MS)
    assert session.busy
    before = time.process_time()
    session.stop()
    assert session.state is State.READY
    qtbot.waitUntil(lambda: not session.busy, timeout=TIMEOUT_MS)
    # Processor time of all threads, an upper bound of the wall time on an idle machine.
    assert time.process_time() - before < MAX_STOP_S
    assert session.result is None
