"""The Inspector with a tiny model, and helpers for its user interface."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.checkpoints import Checkpoint
from core.inference import Restorer
from core.models import DFPIR, DFPIRConfig
from core.photo import Photo
from core.prompts import random_codes
from dfpir_gui.inspector import InspectorPage
from dfpir_gui.inspector.panel import Panel
from dfpir_gui.session import Session
from dfpir_gui.workers.main_thread import MainThread

TIMEOUT_MS = 120_000
SMALLEST = {
    "dim": 4,
    "blocks": (0, 0, 0, 0),
    "refinement_blocks": 0,
    "heads": (1, 1, 1, 2),
    "expansion": 1.0,
    "prompt_dim": 8,
    "stem": 2,
}


class PageDriver:
    """Drives an Inspector page like a user."""

    def __init__(self, qtbot: QtBot, session: Session, page: InspectorPage) -> None:
        self.qtbot, self.session, self.page = qtbot, session, page

    def settle(self) -> None:
        """Wait until no inspection is running."""
        self.qtbot.waitUntil(
            lambda: (
                self.page.model_info is not None
                and not self.session.busy
                and not any(panel.busy for panel in self.page.panels.values())
            ),
            timeout=TIMEOUT_MS,
        )
        self.page.grab()  # lays out and paints

    def point(self, plots: QWidget, at: QPointF) -> None:
        """Move the mouse to ``at``, in the coordinates of the plots' scene."""
        viewport = plots.viewport()
        local = QPointF(plots.mapFromScene(at))
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QEvent.Type.MouseMove, local, viewport.mapToGlobal(local), none, none, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(viewport, event)

    def turn_wheel(self, plots: QWidget, at: QPointF, clicks: int, *, control: bool = True) -> None:
        """Turn the wheel at a point of the plots' scene, with the control key; positive ``clicks`` zoom in."""
        viewport = plots.viewport()
        local = QPointF(plots.mapFromScene(at))
        keys = Qt.KeyboardModifier
        event = QWheelEvent(
            local,
            viewport.mapToGlobal(local),
            QPoint(),
            QPoint(0, 120 * clicks),
            Qt.MouseButton.NoButton,
            keys.ControlModifier if control else keys.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)
        self.page.grab()

    def open(self, path: Path) -> None:
        """Open a photo and wait until it is inspected."""
        self.session.open(path)
        self.qtbot.waitUntil(lambda: self.session.photo is not None, timeout=TIMEOUT_MS)
        self.settle()

    def show(self, title: str) -> Panel:
        """Show a tab and wait until it is filled."""
        panel = self.page.panels[title]
        self.page.tabs.setCurrentWidget(panel)
        self.settle()
        return panel


@pytest.fixture
def make_page(qtbot: QtBot, detector: object) -> Iterator[Callable[..., PageDriver]]:
    """Makes a visible page with a model whose configuration has the given changes."""
    sessions: list[Session] = []
    main_threads: list[MainThread] = []

    def make(prompts: tuple[str, ...] = ("rain", "haze"), card: dict | None = None, **changes: object) -> PageDriver:
        torch.manual_seed(4)
        network = DFPIR(DFPIRConfig(**{**SMALLEST, **changes}))
        checkpoint = Checkpoint.from_model(network, random_codes(prompts, seed=1, width=8), card)
        main_thread = MainThread()
        main_threads.append(main_thread)
        session = Session(
            post=main_thread.post,
            restorer_factory=lambda: Restorer(checkpoint, device="cpu", precision="float32"),
            open_photo=Photo.open,
            detector_factory=lambda: detector,
        )
        sessions.append(session)
        page = InspectorPage(session)
        page.resize(1100, 700)
        qtbot.addWidget(page)
        page.show()
        driver = PageDriver(qtbot, session, page)
        driver.settle()
        return driver

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Writes a random picture of 96×64 pixels under a given name."""

    def write(name: str, seed: int = 0) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 256, (64, 96, 3), np.uint8)
        file.write_bytes(cv2.imencode(file.suffix, pixels)[1].tobytes())
        return file

    return write


@pytest.fixture
def many(tmp_path: Path, put: Callable[..., Path]) -> Path:
    """A folder for the clusters: three pictures each with rain and haze, and one without a prompt of the model."""
    for number in range(6):
        put(f"many/{('rain', 'haze')[number % 2]}/{number}.png", number)
    put("many/blur.png")
    return tmp_path / "many"
