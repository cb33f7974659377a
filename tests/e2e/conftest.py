"""The window with nothing faked: real files, a real network, the real worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.inference import Restorer
from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Session
from dfpir_gui.workers.main_thread import MainThread


@pytest.fixture
def window(qtbot: QtBot, tiny_model_file: Path) -> Iterator[MainWindow]:
    """A window that is open, without photos, and ends with the test."""
    main_thread = MainThread()
    session = Session(
        post=main_thread.post,
        restorer_factory=lambda: Restorer(tiny_model_file, device="cpu"),
        open_photo=Photo.open,
    )
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    window.show()
    yield window
    session.close()
