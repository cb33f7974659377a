"""Fixtures for tests of the window, whose restorer and detector are controlled by the test."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Session, State
from dfpir_gui.session.pasted import PastedPictures
from dfpir_gui.session.samples import find_samples
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.workers.main_thread import MainThread
from tests.unit.dfpir_gui.stand_ins import FakeDetector, FakeRestorer, Hand, SessionHarness


@pytest.fixture
def make_harness(restorer: FakeRestorer, detector: FakeDetector) -> Iterator[Callable[..., SessionHarness]]:
    """Returns a function that makes a harness with options of its session, which is closed at the end."""
    with contextlib.ExitStack() as after:

        def make(**options: Any) -> SessionHarness:
            harness = SessionHarness(restorer, detector, **options)
            after.callback(harness.session.close)
            return harness

        yield make
        for _ in range(8):
            restorer.finish()


@pytest.fixture
def harness(make_harness: Callable[..., SessionHarness]) -> SessionHarness:
    return make_harness()


@pytest.fixture
def style_sheet(qapp: QApplication) -> Iterator[None]:
    """The test may change the style sheet of the application; afterwards it is as before."""
    before = qapp.styleSheet()
    yield
    qapp.setStyleSheet("")  # first, as in apply_theme: Qt would style deleted widgets
    qapp.setStyleSheet(before)


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    return Hand(qtbot)


@pytest.fixture
def painted() -> Callable[[QWidget], np.ndarray]:
    """Returns a function that renders a widget as (H, W, 3) uint8 RGB."""

    def grab(widget: QWidget) -> np.ndarray:
        image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()

    return grab


@pytest.fixture(autouse=True)
def _fresh_settings(qapp: object) -> Iterator[None]:
    """Start every test with empty settings, in the temporary folder that tests/conftest.py sets."""
    store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "DFPIR", "DFPIR Studio")
    store.clear()
    store.sync()
    yield


@pytest.fixture
def restorer() -> FakeRestorer:
    return FakeRestorer()


@pytest.fixture
def detector() -> FakeDetector:
    return FakeDetector()


@pytest.fixture
def made() -> list[FakeRestorer]:
    """The restorers that the session's factory has made."""
    return []


@pytest.fixture
def session(
    qtbot: QtBot, restorer: FakeRestorer, detector: FakeDetector, made: list[FakeRestorer]
) -> Iterator[Session]:
    def factory() -> FakeRestorer:
        made.append(restorer)
        return restorer

    main_thread = MainThread()
    session = Session(
        post=main_thread.post,
        restorer_factory=factory,
        open_photo=Photo.open,
        detector_factory=lambda: detector,
        pasted=PastedPictures(),
    )
    yield session
    for _ in range(8):  # lets a restoration end that still waits for a command
        restorer.finish()
    session.close()


@pytest.fixture
def pattern() -> np.ndarray:
    """A (120, 200, 3) uint8 RGB picture in which every pixel differs from its neighbours."""
    y, x = np.mgrid[0:120, 0:200]
    return np.stack([(x * 7 + y * 3) % 256, (x * 5 + y * 11 + 40) % 256, (x + y * 2 + 90) % 256], -1).astype(np.uint8)


@pytest.fixture
def write_png(tmp_path: Path) -> Callable[[str, np.ndarray], Path]:
    """Returns a function that writes an RGB array as a PNG file and returns its path."""

    def write(name: str, pixels: np.ndarray) -> Path:
        path = tmp_path / name
        path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1].tobytes())
        return path

    return write


@pytest.fixture
def read_png() -> Callable[[Path], np.ndarray]:
    """Returns a function that reads a file as an RGB array, without the code under test."""

    def read(path: Path) -> np.ndarray:
        return np.ascontiguousarray(
            cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        )

    return read


@pytest.fixture
def photo_path(write_png: Callable[[str, np.ndarray], Path], pattern: np.ndarray) -> Path:
    return write_png("beach.png", pattern)


@pytest.fixture
def window(qtbot: QtBot, session: Session, write_png: Callable[[str, np.ndarray], Path]) -> MainWindow:
    """The window, shown, with one sample photo."""
    Settings().folder = write_png("rain.png", np.full((40, 60, 3), 80, np.uint8)).parent
    window = MainWindow(session, find_samples([Settings().folder / "rain.png"]))
    window.resize(1000, 640)
    qtbot.addWidget(window, before_close_func=_close_without_question)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    return window


def _close_without_question(window: MainWindow) -> None:
    """Allow closing although work is unfinished: a question would stay on the screen during the next tests."""
    window._may_close = True


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, photo_path: Path) -> MainWindow:
    """The window with ``photo_path`` open."""
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    return window


@pytest.fixture
def restored(qtbot: QtBot, opened: MainWindow, restorer: FakeRestorer) -> MainWindow:
    """The window with ``photo_path`` open and its negative as the result."""
    opened.session.choose("haze")
    opened.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)
    return opened


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    canvas.resize(800, 600)
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.waitExposed(canvas)
    return canvas


@pytest.fixture
def drag() -> Callable[[QWidget, QPointF, QPointF], None]:
    return _drag


def _drag(widget: QWidget, start: QPointF, end: QPointF) -> None:
    """Press, move and release the mouse; moves of qtbot have no pressed button."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    no_keys = Qt.KeyboardModifier.NoModifier
    for kind, at, button, held in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, (start + end) / 2, none, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        # A widget that follows the mouse has moved, so the position is mapped to it each time.
        local = QPointF(widget.mapFrom(widget.window(), at.toPoint()))
        event = QMouseEvent(kind, local, QPointF(widget.window().mapToGlobal(at.toPoint())), button, held, no_keys)
        QApplication.sendEvent(widget, event)
