"""Fixtures of the Studio."""

import pytest
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from tests.unit.dfpir_gui.studio.mask_bench import Bench


@pytest.fixture
def bench(qtbot: QtBot, restored: MainWindow) -> Bench:
    return Bench(qtbot, restored)
