"""Gradients, ranges and pictures as masks in the Studio, and their combination."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.masks import ColourRange, Component, LinearGradient, LuminanceRange, Mode, Picture, RadialGradient
from tests.unit.dfpir_gui.studio.mask_bench import Bench


def test_handles_of_a_linear_gradient_are_dragged(bench: Bench) -> None:
    bench.window.actions_.mask_linear.trigger()
    assert bench.shape() == LinearGradient((0.5, 0.2), (0.5, 0.6))
    bench.drag((0.5, 0.6), (0.55, 0.7), (0.6, 0.8))
    shape = bench.shape()
    assert shape.start == (0.5, 0.2) and shape.end == pytest.approx((0.6, 0.8), abs=0.01)
    bench.drag((0.55, 0.5), (0.65, 0.5))  # the handle in the middle moves the whole
    shape = bench.shape()
    assert shape.start == pytest.approx((0.6, 0.2), abs=0.01) and shape.end == pytest.approx((0.7, 0.8), abs=0.01)
    bench.drag((0.1, 0.1), (0.2, 0.3))  # elsewhere a new one is drawn
    shape = bench.shape()
    assert shape.start == pytest.approx((0.1, 0.1), abs=0.01) and shape.end == pytest.approx((0.2, 0.3), abs=0.01)
    bench.expect_result()
    for _ in range(3):
        bench.window.actions_.undo.trigger()
    assert bench.shape() == LinearGradient((0.5, 0.2), (0.5, 0.6))


def test_handles_of_a_radial_gradient_are_dragged(bench: Bench) -> None:
    bench.window.actions_.mask_radial.trigger()
    bench.drag((0.5, 0.5), (0.4, 0.4))
    assert bench.shape().centre == pytest.approx((0.4, 0.4), abs=0.01)
    bench.drag((0.7, 0.4), (0.6, 0.4))
    assert bench.shape().radii == pytest.approx((0.2, 0.18), abs=0.01)  # of 0.3 × 0.6 of the longer side
    bench.expect_result()


def test_the_overlay_follows_a_dragged_gradient(bench: Bench) -> None:
    bench.editor.add_linear()
    bench.settle()
    bench.press(0.5, 0.6)
    bench.move(0.5, 0.9)
    values = bench.editor.overlay.values
    assert values is not None and values[int(0.6 * len(values)), 0] > 0.3
    assert bench.shape() == LinearGradient((0.5, 0.2), (0.5, 0.6))  # not before the button is released
    bench.release(0.5, 0.9)
    assert bench.shape().end == pytest.approx((0.5, 0.9), abs=0.01)


def test_parameters_have_sliders(bench: Bench) -> None:
    editor, panel = bench.editor, bench.panel
    editor.add_radial()
    names = [row.slider.accessibleName() for row in panel.rows]
    assert names == ["Across", "Down", "Width", "Height", "Angle", "Softness"]
    panel.rows[5].slider.setValue(0)
    panel.rows[4].slider.setValue(150)
    assert bench.shape().feather == 0 and bench.shape().angle == 90
    editor.add_linear()
    panel.rows[2].slider.setValue(100)
    x = [bench.shape().start[1], bench.shape().end[1]]
    assert x == pytest.approx([0.4, 0.4], abs=0.01)  # at 0° it runs from left to right through the same centre
    editor.add_luminance()
    panel.rows[0].slider.setValue(160)
    assert bench.shape() == LuminanceRange(0.8, 1.0, 0.1)
    panel.rows[1].slider.setValue(100)
    assert bench.shape() == LuminanceRange(0.5, 0.5, 0.1)
    bench.expect_result()


def test_a_dragged_slider_is_one_change(bench: Bench) -> None:
    bench.editor.add_linear()
    for value in (20, 60, 100):
        bench.panel.feather.slider.setValue(value)
    bench.panel.feather.released.emit()
    assert bench.mask is not None and bench.mask.feather == pytest.approx(0.025)
    bench.window.actions_.undo.trigger()
    assert bench.mask is not None and bench.mask.feather == 0


def test_the_eyedropper_picks_a_colour(bench: Bench, pattern: np.ndarray) -> None:
    bench.window.actions_.mask_colour.trigger()
    assert bench.editor.picking and bench.panel.eyedropper.isChecked()
    bench.drag((0.25, 0.25), (0.25, 0.25))
    shape = bench.shape()
    assert isinstance(shape, ColourRange)
    part = pattern[27:32, 47:52].reshape(-1, 3).mean(axis=0) / 255
    assert shape.colour == pytest.approx(part, abs=0.002)
    bench.expect_result()


def test_parts_are_combined_inverted_and_removed(bench: Bench, qtbot: QtBot) -> None:
    editor, panel = bench.editor, bench.panel
    editor.add_linear()
    editor.add_radial()
    assert [panel.list.item(row).text() for row in range(2)] == ["Linear gradient", "+ Radial gradient"]
    panel.mode.setCurrentIndex(1)
    panel.mode.activated.emit(1)
    assert panel.list.item(1).text() == "− Radial gradient"
    panel.invert_part.click()
    assert bench.mask.components[1] == Component(bench.shape(), Mode.SUBTRACT, inverted=True)
    panel.list.setCurrentRow(0)
    assert editor.component == 0
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert [type(part.shape) for part in bench.mask.components] == [RadialGradient]
    panel.everywhere.click()
    assert bench.mask is None and bench.row.mask_button.text() == "Everywhere"
    bench.expect_result()


def test_a_grey_picture_becomes_part_of_the_mask(bench: Bench, qtbot: QtBot, write_png, tmp_path: Path) -> None:
    path = write_png("mask.png", np.repeat(np.arange(60, dtype=np.uint8)[:, None, None], 100, 1).repeat(3, 2) * 4)
    bench.editor.add_picture(path)
    qtbot.waitUntil(lambda: bench.mask is not None)
    assert isinstance(bench.shape(), Picture)
    bench.expect_result()
    bench.editor.add_picture(write_png("square.png", np.zeros((50, 50, 3), np.uint8)))
    qtbot.waitUntil(lambda: bench.session.notice is not None)
    assert "another shape" in bench.session.notice.what + bench.session.notice.details
    assert len(bench.mask.components) == 1
