"""Esc steps back from editing a mask: first from what is being drawn, then from the editor, then it stops the work."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.masks import Brush, LinearGradient
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from tests.unit.dfpir_gui.studio.mask_bench import Bench


@pytest.fixture
def bench(qtbot: QtBot, restored: MainWindow) -> Bench:
    return Bench(qtbot, restored)


def test_escape_ends_editing_and_keeps_the_mask(bench: Bench, hand) -> None:
    bench.editor.paint()
    bench.drag((0.2, 0.2), (0.6, 0.6))
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert not bench.editor.editing
    assert not bench.panel.isVisible()
    assert isinstance(bench.shape(), Brush)


def test_escape_first_abandons_the_stroke_that_is_being_painted(bench: Bench, hand, painted) -> None:
    bench.editor.paint()
    bench.drag((0.2, 0.2), (0.3, 0.3))
    mask = bench.mask
    bench.settle()
    before = painted(bench.canvas)
    bench.press(0.5, 0.5)
    bench.move(0.8, 0.8)
    assert not np.array_equal(painted(bench.canvas), before)
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert bench.editor.editing and bench.editor.painting
    bench.move(0.9, 0.5)
    bench.release(0.9, 0.5)
    assert bench.mask == mask
    assert bench.editor.overlay.values is not None
    assert bench.editor.overlay.values[-20:, -20:].max() == 0.0
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert not bench.editor.editing and bench.mask == mask


def test_escape_first_abandons_the_gradient_that_is_being_dragged(bench: Bench, hand) -> None:
    bench.editor.add_linear()
    gradient = bench.shape()
    assert isinstance(gradient, LinearGradient)
    bench.press(*gradient.end)
    bench.move(0.9, 0.9)
    hand.press(bench.window, Qt.Key.Key_Escape)
    bench.release(0.9, 0.9)
    assert bench.editor.editing and bench.shape() == gradient


def test_escape_first_puts_the_eyedropper_away(bench: Bench, hand) -> None:
    bench.editor.add_colour()
    assert bench.editor.picking
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert bench.editor.editing and not bench.editor.picking
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert not bench.editor.editing


def test_escape_leaves_the_mask_before_it_stops_a_restoration(bench: Bench, hand, restorer) -> None:
    session = bench.session
    session.choose("rain")
    session.restore()
    assert bench.editor.editing and session.state is State.RUNNING
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert not bench.editor.editing and session.state is State.RUNNING
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert session.state is not State.RUNNING
    restorer.finish()


def test_escape_leaves_the_mask_before_the_full_screen(bench: Bench, hand) -> None:
    hand.press(bench.window, Qt.Key.Key_F11)
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert bench.window.isFullScreen() and not bench.editor.editing
    hand.press(bench.window, Qt.Key.Key_Escape)
    assert not bench.window.isFullScreen()
