"""Painting masks in the Studio: strokes, undo, the eraser and the keys of the brush."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.masks import Brush, Mask, Mode, Stroke
from core.masks.rendering import MaskRenderer
from dfpir_gui.studio.masks.tools import simplified
from tests.unit.dfpir_gui.studio.mask_bench import Bench


def test_a_stroke_limits_the_step_without_running_the_network(bench: Bench, restorer) -> None:
    calls = len(restorer.calls)
    bench.window.actions_.mask_brush.trigger()
    bench.drag((0.2, 0.5), (0.3, 0.5), (0.4, 0.5))
    shape = bench.shape()
    assert isinstance(shape, Brush) and len(shape.strokes) == 1
    points = shape.strokes[0].points
    assert points[0] == pytest.approx((0.2, 0.5), abs=0.01) and points[-1] == pytest.approx((0.4, 0.5), abs=0.01)
    bench.expect_result()
    assert len(restorer.calls) == calls
    assert bench.row.mask_button.text() == "Mask" and "(masked)" in bench.window.studio.panel.result.details.text()


def test_strokes_are_undone_and_redone_one_by_one(bench: Bench) -> None:
    actions = bench.window.actions_
    actions.mask_brush.trigger()
    bench.drag((0.2, 0.2), (0.4, 0.2))
    bench.drag((0.2, 0.8), (0.4, 0.8))
    two = bench.mask
    assert two is not None and len(two.components) == 1 and len(bench.shape().strokes) == 2
    assert actions.undo.text().endswith("Paint mask")
    actions.undo.trigger()
    assert len(bench.shape().strokes) == 1
    bench.expect_result()
    actions.undo.trigger()
    assert bench.mask is None and bench.editor.editing
    bench.expect_result()
    actions.redo.trigger()
    actions.redo.trigger()
    assert bench.mask == two
    bench.expect_result()


def test_keys_change_the_brush(bench: Bench, qtbot: QtBot) -> None:
    bench.window.actions_.mask_brush.trigger()
    size = bench.editor.brush.size
    qtbot.keyClick(bench.window, Qt.Key.Key_BracketRight)
    assert bench.editor.brush.size == pytest.approx(size * 1.25)
    qtbot.keyClick(bench.window, Qt.Key.Key_BracketLeft)
    qtbot.keyClick(bench.window, Qt.Key.Key_BracketLeft)
    assert bench.editor.brush.size == pytest.approx(size / 1.25)
    qtbot.keyClick(bench.window, Qt.Key.Key_X)
    assert bench.editor.brush.erase and bench.panel.erase.isChecked()


def test_erasing_everywhere_selects_everything_but_the_stroke(bench: Bench) -> None:
    bench.window.actions_.mask_brush.trigger()
    bench.editor.toggle_erase()
    bench.drag((0.5, 0.5), (0.6, 0.5))
    assert bench.mask is not None and bench.mask.components[0].mode is Mode.SUBTRACT
    rendered = MaskRenderer(bench.session.photo.pixels).render(bench.mask)
    assert rendered[60, 110] == 0 and rendered[5, 5] == 1
    bench.drag((0.2, 0.2), (0.2, 0.3))
    rendered = MaskRenderer(bench.session.photo.pixels).render(bench.mask)
    assert len(bench.mask.components) == 1 and rendered[30, 40] == 0
    bench.expect_result()


def test_in_an_inverted_mask_painting_still_selects_more(bench: Bench) -> None:
    bench.editor.add_linear()  # the upper part
    bench.window.actions_.mask_invert.trigger()
    bench.window.actions_.mask_brush.trigger()
    bench.drag((0.2, 0.1), (0.8, 0.1))
    rendered = MaskRenderer(bench.session.photo.pixels).render(bench.mask)
    assert rendered[12, 100] == 1 and rendered[35, 100] < 0.5


def test_strokes_are_simplified_without_leaving_their_path() -> None:
    points = [(0.1 + 0.005 * n, 0.5 + 0.1 * np.sin(n / 15)) for n in range(120)]
    few = simplified(points, 0.05, (1.0, 0.75))
    assert len(few) < 40 and few[0] == pytest.approx(points[0]) and few[-1] == pytest.approx(points[-1])
    whole, simple = (
        MaskRenderer(np.zeros((75, 100, 3), np.float32)).render(Mask.from_shape(Brush((Stroke(tuple(path), 0.05),))))
        for path in (points, few)
    )
    assert np.abs(whole - simple).max() < 0.08
