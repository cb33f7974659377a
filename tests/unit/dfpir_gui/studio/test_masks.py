"""Masks in the Studio with real events: brush, gradients, sky, ranges, undo, overlay, recipe."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea
from pytestqt.qtbot import QtBot

from core.masks import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    Picture,
    RadialGradient,
    Sky,
    Stroke,
)
from core.masks.rendering import MaskRenderer
from core.recipes import read_recipe, recipe_path
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.session.steps import StackStep
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.studio.masks.editor import BrushSettings, MaskEditor
from dfpir_gui.studio.masks.overlay import MaskDetail, overlay_size
from dfpir_gui.studio.masks.tools import simplified

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Bench:
    """The window with a restored photo whose mask is edited, and a pen."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot = qtbot
        self.window = window
        self.session = window.session
        self.canvas = window.studio.canvas
        self.panel = window.studio.panel.mask_panel
        self.row = window.studio.panel.steps.rows[0]
        self.editor: MaskEditor = window.studio.mask_editor
        qtbot.mouseClick(self.row.mask_button, LEFT)
        assert self.editor.editing and self.panel.isVisible()

    @property
    def mask(self) -> Mask | None:
        return self.session.steps[0].mask

    def shape(self, index: int = -1) -> object:
        assert self.mask is not None
        return self.mask.components[index].shape

    def press(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseButtonPress, x, y, LEFT, LEFT)

    def move(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseMove, x, y, NONE, LEFT)

    def release(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseButtonRelease, x, y, LEFT, NONE)

    def drag(self, *points: tuple[float, float]) -> None:
        """Press at the first photo point (shares of its sides), move over the others and release at the last."""
        self.press(*points[0])
        for point in points[1:]:
            self.move(*point)
        self.release(*points[-1])

    def _send(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        at = self.canvas.photo_frames()[0].to_canvas(x, y)
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, QPointF(self.canvas.mapToGlobal(at)), button, held, no_keys)
        QApplication.sendEvent(self.canvas, event)

    def settle(self) -> None:
        """Wait until result and overlay show the mask."""
        document = self.session.current
        assert document is not None
        self._qtbot.waitUntil(
            lambda: (
                document.blend_request is None
                and not document.outdated
                and (self.mask is None or self.editor.rendered.find(document, self.mask) is not None)
            )
        )

    def expect_result(self) -> None:
        """The result is the negative of the photo inside the mask, and exactly the photo outside."""
        self.settle()
        photo, result = self.session.photo, self.session.result
        assert photo is not None and result is not None
        weights = 1.0 if self.mask is None else MaskRenderer(photo.pixels).render(self.mask)[..., None]
        expected = photo.pixels + weights * (1 - 2 * photo.pixels)
        assert np.abs(result.photo.pixels - expected).max() < 1e-5


def restored_bench(qtbot: QtBot, window: MainWindow, restorer, path: Path) -> Bench:
    """The photo of a file, opened and with haze removed."""
    window.open_photo(path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    return Bench(qtbot, window)


@pytest.fixture
def bench(qtbot: QtBot, restored: MainWindow) -> Bench:
    return Bench(qtbot, restored)


def redness(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0].astype(int) - picture[..., 1:].max(axis=2)


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


def test_the_overlay_follows_the_pen_before_the_stroke_ends(bench: Bench, painted) -> None:
    bench.window.actions_.mask_brush.trigger()
    before = redness(painted(bench.canvas))
    bench.press(0.3, 0.5)
    bench.move(0.5, 0.5)
    frame = bench.canvas.photo_frames()[0]
    inside, outside = frame.to_canvas(0.4, 0.5).toPoint(), frame.to_canvas(0.8, 0.5).toPoint()
    now = redness(painted(bench.canvas))
    assert (now - before)[inside.y() - 3 : inside.y() + 3, inside.x() - 3 : inside.x() + 3].mean() > 60
    assert abs((now - before)[outside.y() - 3 : outside.y() + 3, outside.x() - 3 : outside.x() + 3]).max() == 0
    bench.release(0.5, 0.5)
    bench.settle()
    values = bench.editor.overlay.values
    assert values is not None and bench.mask is not None
    assert np.abs(values - MaskRenderer(bench.session.photo.pixels).render(bench.mask)).max() < 0.02


def test_the_overlay_is_refined_where_the_photo_is_shown_larger(
    qtbot: QtBot, window: MainWindow, write_png, painted
) -> None:
    window.open_photo(write_png("large.png", np.full((900, 1500, 3), 90, np.uint8)))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    bench = Bench(qtbot, window)
    hard = Stroke(((0.5, 0.5),), 0.02, hardness=1.0)
    bench.editor.add(Brush((hard,)), "Paint mask")
    window.actions_.mask_sky.trigger()  # the brush is not the tool, so that its outline is not drawn
    bench.editor.remove()
    document = window.session.current
    qtbot.waitUntil(lambda: bench.editor.rendered.find(document, bench.mask) is not None)
    bench.canvas.zoom_to(8.0)

    def steps_at_the_edge() -> int:
        row = redness(painted(bench.canvas))[bench.canvas.height() // 2]
        low, high = row.min(), row.max()
        return int(((row > low + 0.1 * (high - low)) & (row < low + 0.9 * (high - low))).sum())

    coarse = steps_at_the_edge()
    assert coarse > 16
    qtbot.waitUntil(lambda: window.studio.mask_tool.refined, timeout=20_000)
    assert steps_at_the_edge() <= 8  # a pixel of the screen on each side, interpolated


def test_o_hides_the_overlay(bench: Bench, painted, qtbot: QtBot) -> None:
    bench.editor.add_linear()
    bench.settle()
    frame = bench.canvas.photo_frames()[0]
    at = frame.to_canvas(0.1, 0.05).toPoint()  # away from the handles

    def red() -> float:
        return redness(painted(bench.canvas))[at.y() : at.y() + 4, at.x() : at.x() + 4].mean()

    shown = red()
    qtbot.keyClick(bench.window, Qt.Key.Key_O)
    assert not bench.editor.overlay_shown and not bench.panel.overlay.isChecked()
    assert shown - red() > 60
    qtbot.keyClick(bench.window, Qt.Key.Key_O)
    assert red() == pytest.approx(shown)


def test_the_overlay_does_not_tint_the_labels(bench: Bench, painted) -> None:
    def label() -> np.ndarray:
        """The pixels of the label After, in the upper right corner of the photo."""
        area = bench.canvas.photo_frames()[0].visible
        right, top = round(area.right()), round(area.top())
        bench.canvas._labels.show()
        return painted(bench.canvas)[top + 10 : top + 22, right - 30 : right - 10].astype(int)

    bench.editor.paint()
    bench.editor.set_brush(BrushSettings(size=1.0, hardness=1.0))
    bench.drag((0.5, 0.5), (0.9, 0.1))
    bench.settle()
    assert bench.editor.overlay_shown
    with_overlay = label()
    bench.editor.show_overlay(False)
    assert np.abs(with_overlay - label()).max() < 64, "only what shines through the label changes"


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


def test_the_sky_is_proposed_and_edited_by_the_brush(qtbot, window, restorer, write_png) -> None:
    pixels = np.full((120, 200, 3), (60, 70, 50), np.uint8)
    pixels[:60] = (190, 210, 235)
    window.open_photo(write_png("sky.png", pixels))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    bench = Bench(qtbot, window)
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


def test_the_overlay_hides_when_the_result_can_be_looked_at(bench: Bench, qtbot: QtBot) -> None:
    editor = bench.editor
    editor._rest_timer.setInterval(0)
    editor.add_linear()
    assert editor.overlay_shown and bench.panel.overlay.isChecked()
    qtbot.waitUntil(lambda: not editor.overlay_shown)
    assert bench.session.current.quick_after is not None or bench.session.current.blend_request is None
    assert not bench.panel.overlay.isChecked() and not bench.window.actions_.mask_overlay.isChecked()
    bench.press(0.5, 0.6)
    bench.move(0.5, 0.7)
    assert editor.overlay_shown  # while the shape is edited
    bench.release(0.5, 0.7)
    qtbot.waitUntil(lambda: not editor.overlay_shown)
    qtbot.keyClick(bench.window, Qt.Key.Key_O)
    bench.settle()
    assert editor.overlay_shown and not editor._rest_timer.isActive()  # stays until the mask changes
    bench.panel.feather.slider.setValue(50)
    qtbot.waitUntil(lambda: not editor.overlay_shown)
    qtbot.keyClick(bench.window, Qt.Key.Key_O)
    qtbot.keyClick(bench.window, Qt.Key.Key_O)
    bench.panel.feather.slider.setValue(70)
    assert not editor.overlay_shown  # hidden by the user


def test_the_overlay_hides_at_once_while_the_strength_changes(bench: Bench) -> None:
    bench.editor.add_linear()
    bench.settle()
    assert bench.editor.overlay_shown
    bench.row.strength.setValue(60)
    assert not bench.editor.overlay_shown


def test_the_overlay_stays_where_no_result_can_be_seen(qtbot: QtBot, window: MainWindow, photo_path: Path) -> None:
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    bench = Bench(qtbot, window)
    bench.editor._rest_timer.setInterval(0)
    bench.editor.add_linear()
    bench.settle()
    qtbot.waitUntil(lambda: not bench.editor._rest_timer.isActive())
    assert bench.editor.overlay_shown


def test_a_moved_slider_shows_overlay_and_result_before_the_exact_ones(bench: Bench, qtbot: QtBot) -> None:
    """While the file thread is busy, so that the exact result cannot be blended."""
    bench.editor.add_linear()
    bench.settle()
    session, document, go_on = bench.session, bench.session.current, threading.Event()
    session.submit_to_files(lambda report, cancel: go_on.wait(20), lambda done: None, lambda error: None)
    before = document.after
    try:
        bench.panel.rows[1].slider.setValue(180)
        mask = bench.mask
        qtbot.waitUntil(lambda: document.quick_after is not None and document.quick_after.mask is not None)
        qtbot.waitUntil(lambda: bench.editor.rendered.find(document, mask) is not None)
        assert session.after is document.quick_after and document.after is before
        photo, expected = session.photo.pixels, MaskRenderer(session.photo.pixels).render(mask)[..., None]
        shown = session.after.part(0, 0, 0, 200, 120) / 255
        assert np.abs(shown - (photo + expected * (1 - 2 * photo))).max() < 0.03
        assert np.abs(bench.editor.overlay.values - expected[..., 0]).max() < 0.02
        part = session.after.part(0, 30, 40, 90, 80) / 255  # the same in any part
        assert np.abs(part - shown[40:80, 30:90]).max() <= 1 / 255 + 1e-6
    finally:
        go_on.set()
    bench.expect_result()
    assert document.quick_after is None


def test_masks_of_a_moved_slider_are_rendered_exactly_only_at_the_end(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.editor.add_linear()
    bench.settle()
    quick, exact, go_on = [], [], threading.Event()
    render, render_quickly = MaskRenderer.render, MaskRenderer.render_quickly

    def counted(renderer: MaskRenderer, mask: Mask, size: object = None, region: object = None) -> np.ndarray:
        exact.append(mask)
        return render(renderer, mask, size, region)

    def waiting(renderer: MaskRenderer, mask: Mask, size: tuple[int, int]) -> np.ndarray:
        quick.append(mask)
        assert go_on.wait(20)
        return render_quickly(renderer, mask, size)

    monkeypatch.setattr("dfpir_gui.studio.masks.overlay.render", lambda renderer, mask: counted(renderer, mask))
    monkeypatch.setattr(MaskRenderer, "render_quickly", waiting)
    masks = []
    for place in range(100, 200, 10):  # while the first one is being rendered
        bench.panel.rows[1].slider.setValue(place)
        masks.append(bench.mask)
    go_on.set()
    bench.settle()
    assert quick == [masks[0], masks[-1]] and exact == [masks[-1]]


def test_a_newer_mask_cancels_the_blending_of_an_older_one(bench: Bench) -> None:
    bench.editor.add_linear()
    first = bench.session.current._cancel_blend
    bench.editor.set_feather(0.05)
    assert first.cancelled and not bench.session.current._cancel_blend.cancelled
    bench.expect_result()


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


def test_a_new_result_leaves_the_focus_where_it_is(bench: Bench) -> None:
    bench.editor.add_linear()
    slider = bench.panel.feather.slider
    slider.setFocus()
    slider.setValue(100)
    bench.settle()
    assert slider.hasFocus()


def test_delete_removes_no_step_when_editing_begins(bench: Bench, qtbot: QtBot) -> None:
    assert not bench.row.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert len(bench.session.steps) == 1


def test_the_eyedropper_picks_a_colour(bench: Bench, pattern: np.ndarray) -> None:
    bench.window.actions_.mask_colour.trigger()
    assert bench.editor.picking and bench.panel.eyedropper.isChecked()
    bench.drag((0.25, 0.25), (0.25, 0.25))
    shape = bench.shape()
    assert isinstance(shape, ColourRange)
    part = pattern[27:32, 47:52].reshape(-1, 3).mean(axis=0) / 255
    assert shape.colour == pytest.approx(part, abs=0.002)
    bench.expect_result()


def test_a_mask_of_the_rotated_photo_is_rendered_anew_although_it_is_equal(
    bench: Bench, qtbot: QtBot, restorer
) -> None:
    bench.editor.add(LuminanceRange(0.5, 1.0, 0.1), "Add")
    bench.settle()
    mask, before = bench.mask, bench.editor.overlay.values.copy()
    bench.session.rotate(1)
    document = bench.session.current
    qtbot.waitUntil(lambda: document.geometry_request is None and document.photo.preserved.geometry.quarters == 1)
    assert bench.mask == mask  # a range has no place
    qtbot.waitUntil(lambda: bench.editor.rendered.find(document, mask) is not None)
    assert np.abs(bench.editor.overlay.values - np.rot90(before, -1)).max() < 0.05


def test_the_refined_mask_of_another_photo_is_not_shown(bench: Bench, qtbot: QtBot) -> None:
    photo, other = MaskRenderer(np.zeros((4, 4, 3), np.float32)), MaskRenderer(np.ones((4, 4, 3), np.float32))
    mask, place, detail = Mask((Component(Sky()),)), (0.0, 0.0, 1.0, 1.0), MaskDetail()
    detail.set(photo, mask, place, np.ones((4, 4), np.float32))
    assert detail.covers(photo, mask, place)
    assert not detail.covers(other, mask, place)


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


def test_the_split_makes_room_for_the_tools_and_returns(bench: Bench) -> None:
    assert not bench.canvas.split_shown and not bench.canvas.handle.isVisible()
    assert not bench.panel.overlay.isVisible()  # there is no mask yet
    assert not bench.window.studio.panel.found.isVisible()
    bench.panel.done.click()
    assert bench.canvas.split_shown and not bench.panel.isVisible() and bench.window.studio.panel.found.isVisible()
    bench.press(0.3, 0.3)  # drags the photo again
    bench.release(0.3, 0.3)
    assert bench.mask is None


def test_another_photo_or_a_removed_step_ends_editing(bench: Bench, qtbot: QtBot, write_png) -> None:
    bench.session.editor.remove(0)
    assert not bench.editor.editing
    bench.session.choose("haze")
    bench.editor.begin(0)
    bench.window.open_photo(write_png("other.png", np.full((40, 60, 3), 90, np.uint8)))
    qtbot.waitUntil(lambda: bench.session.photo is not None and bench.session.photo.width == 60)
    assert not bench.editor.editing


def test_every_tool_is_in_the_menu_and_asks_for_a_file_where_needed(bench: Bench, monkeypatch) -> None:
    opened: list[QFileDialog] = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog, *_: opened.append(dialog))
    actions = bench.window.actions_
    bench.panel.done.click()
    for action, kind in (
        (actions.mask_linear, LinearGradient),
        (actions.mask_radial, RadialGradient),
        (actions.mask_luminance, LuminanceRange),
        (actions.mask_colour, ColourRange),
        (actions.mask_sky, Sky),
    ):
        assert action.isEnabled()
        action.trigger()
        assert isinstance(bench.shape(), kind)
    actions.mask_picture.trigger()
    assert len(opened) == 1
    actions.mask_remove.trigger()
    assert bench.mask is None and not actions.mask_remove.isEnabled()
    actions.mask_edit.trigger()
    assert not bench.editor.editing and not actions.mask_erase.isEnabled()


def test_the_mask_is_saved_with_the_recipe_and_applied_again(bench: Bench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.editor.add_linear()
    bench.window.actions_.mask_brush.trigger()
    bench.drag((0.2, 0.9), (0.4, 0.9))
    bench.settle()
    mask = bench.mask
    saved = tmp_path / "saved.png"
    bench.session.save(saved, options=ExportOptions(recipe=True))
    qtbot.waitUntil(lambda: bench.session.saved_as == saved)
    recipe = read_recipe(recipe_path(saved))
    assert recipe.steps[0].mask == mask
    bench.editor.clear()
    assert bench.mask is None
    bench.session.editor.replace(recipe.steps)
    assert bench.mask == mask
    bench.expect_result()


def test_a_preview_shows_the_mask_of_the_whole_photo(bench: Bench, qtbot: QtBot, restorer) -> None:
    document = bench.session.current
    bench.editor.add_linear()
    bench.settle()
    bench.session.editor.set_degradation(0, "rain")  # so that there is something to restore
    qtbot.waitUntil(lambda: document.can_restore and document.blend_request is None)
    restorer.finish()
    bench.session.preview((50, 0, 150, 120))
    qtbot.waitUntil(lambda: document.preview is not None)
    shown, photo = document.preview.pyramid.levels[0].astype(int), document.before.levels[0].astype(int)
    assert np.abs(shown[80:, 50:150] - photo[80:, 50:150]).max() <= 1
    assert np.abs(shown[:20, 50:150] - (255 - photo[:20, 50:150])).max() <= 1


def test_a_stack_entry_keeps_its_mask_in_files() -> None:
    entry = StackStep("haze", 0.5, True, Mask.from_shape(Sky()))
    assert StackStep.from_json(entry.to_json()) == entry
    assert StackStep.from_json(["haze", 0.5, True]) == StackStep("haze", 0.5)  # of earlier versions


def test_strokes_are_simplified_without_leaving_their_path() -> None:
    points = [(0.1 + 0.005 * n, 0.5 + 0.1 * np.sin(n / 15)) for n in range(120)]
    few = simplified(points, 0.05, (1.0, 0.75))
    assert len(few) < 40 and few[0] == pytest.approx(points[0]) and few[-1] == pytest.approx(points[-1])
    whole, simple = (
        MaskRenderer(np.zeros((75, 100, 3), np.float32)).render(Mask.from_shape(Brush((Stroke(tuple(path), 0.05),))))
        for path in (points, few)
    )
    assert np.abs(whole - simple).max() < 0.08


@pytest.mark.parametrize(
    ("size", "expected"), [((6000, 4000), (1024, 683)), ((200, 120), (200, 120)), ((1, 9), (1, 9))]
)
def test_the_overlay_has_a_bounded_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert overlay_size(*size) == expected
