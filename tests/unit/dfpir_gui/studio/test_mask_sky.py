"""The sky as a mask in the Studio: found, not found, left out."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from core.masks import Brush, Component, LinearGradient, LuminanceRange, Mask, Mode, Sky
from core.masks.rendering import MaskRenderer
from dfpir_gui.app.main_window import MainWindow
from tests.unit.dfpir_gui.studio.mask_bench import Bench, restored_bench

LEFT = Qt.MouseButton.LeftButton


def test_the_sky_is_proposed_and_edited_by_the_brush(qtbot, window, restorer, write_png) -> None:
    pixels = np.full((120, 200, 3), (60, 70, 50), np.uint8)
    pixels[:60] = (190, 210, 235)
    bench = restored_bench(qtbot, window, restorer, write_png("sky.png", pixels))
    qtbot.mouseClick(bench.panel.tools[5], LEFT)
    assert isinstance(bench.shape(), Sky)
    bench.expect_result()
    result = window.session.result.photo.pixels
    assert np.allclose(result[:50], 1 - window.session.photo.pixels[:50])
    assert np.array_equal(result[70:], window.session.photo.pixels[70:])
    window.actions_.mask_brush.trigger()
    bench.editor.toggle_erase()
    bench.drag((0.1, 0.2), (0.9, 0.2))
    assert [type(part.shape) for part in bench.mask.components] == [Sky, Brush]
    bench.settle()
    assert np.array_equal(window.session.result.photo.pixels[24, 50], window.session.photo.pixels[24, 50])


@pytest.fixture
def without_sky(qtbot: QtBot, window: MainWindow, restorer, write_png) -> Bench:
    """A restored photo without a sky, whose mask is edited."""
    return restored_bench(qtbot, window, restorer, write_png("dark.png", np.full((40, 60, 3), 50, np.uint8)))


def test_a_sky_that_is_not_found_is_said_in_editor_row_and_result(qtbot: QtBot, without_sky: Bench) -> None:
    bench, result = without_sky, without_sky.window.studio.panel.result
    bench.window.resize(960, 560)
    assert bench.panel.warning.isHidden()
    qtbot.mouseClick(bench.panel.tools[5], LEFT)
    qtbot.waitUntil(bench.panel.warning.isVisible)
    assert bench.panel.warning.text().startswith("No sky was found, so the step changes nothing.")
    assert bench.row.mask_button.text() == "Mask: no sky found"
    bench.settle()
    assert "no sky was found in this photo, so the step changes nothing" in result.text.text()

    bench.editor.invert(True)
    qtbot.waitUntil(lambda: "the step applies everywhere" in bench.panel.warning.text())
    panel, scroll = bench.panel, bench.window.studio.panel.findChild(QScrollArea)
    viewport = scroll.viewport()
    assert scroll.verticalScrollBar().maximum() > 0
    qtbot.waitUntil(  # although the warning has made it larger
        lambda: panel.mapTo(viewport, QPoint(0, panel.height())).y() <= viewport.height()
    )
    bench.settle()
    assert "so the step applies everywhere" in result.text.text()
    assert bench.row.mask_button.text() == "Mask: no sky found"

    bench.editor.clear()
    bench.settle()
    assert bench.panel.warning.isHidden() and bench.row.mask_button.text() == "Everywhere"
    assert "no sky" not in result.text.text()


def test_an_empty_mask_is_called_empty(qtbot: QtBot, without_sky: Bench) -> None:
    without_sky.editor.add(LuminanceRange(0.9, 1.0, 0.0), "Add")
    qtbot.waitUntil(lambda: without_sky.row.mask_button.text() == "Mask: empty")
    assert without_sky.panel.warning.text() == "The mask is empty: the step changes nothing."
    without_sky.settle()
    assert "its mask selects nothing" in without_sky.window.studio.panel.result.text.text()


@pytest.fixture
def with_sky(qtbot: QtBot, window: MainWindow, restorer, write_png) -> Bench:
    pixels = np.full((120, 200, 3), (60, 70, 50), np.uint8)
    pixels[:60] = (190, 210, 235)
    return restored_bench(qtbot, window, restorer, write_png("sky.png", pixels))


def test_one_click_leaves_the_sky_out(qtbot: QtBot, with_sky: Bench) -> None:
    bench, photo = with_sky, with_sky.session.photo
    assert bench.panel.all_but_sky.isVisible()
    qtbot.mouseClick(bench.panel.all_but_sky, LEFT)
    assert bench.mask == Mask((Component(Sky(), Mode.SUBTRACT),))
    assert bench.panel.hint.text() == "The step applies everywhere except here:"
    bench.expect_result()
    result = bench.session.result.photo.pixels
    assert np.array_equal(result[:50], photo.pixels[:50]) and np.allclose(result[70:], 1 - photo.pixels[70:])
    assert bench.panel.warning.isHidden() and bench.row.mask_button.text() == "Mask"


@pytest.mark.parametrize("inverted", [False, True])
def test_the_sky_is_left_out_of_what_is_selected_already(with_sky: Bench, inverted: bool) -> None:
    bench = with_sky
    bench.editor.add(LinearGradient((0.4, 0.5), (0.6, 0.5)), "Add")  # the left half
    bench.editor.invert(inverted)
    bench.window.actions_.mask_all_but_sky.trigger()
    rendered = MaskRenderer(bench.session.photo.pixels).render(bench.mask)
    inside, outside = (180, 20) if inverted else (20, 180)
    assert rendered[100, inside] == 1 and rendered[100, outside] == 0 and rendered[:50].max() == 0
