"""The overlay of a mask in the Studio: what it shows, when it hides, and how it follows changes."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.masks import Brush, Component, LuminanceRange, Mask, Sky, Stroke
from core.masks.rendering import MaskRenderer
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.masks.editor import BrushSettings
from dfpir_gui.studio.masks.overlay import MaskDetail, overlay_size
from tests.unit.dfpir_gui.studio.mask_bench import Bench


def redness(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0].astype(int) - picture[..., 1:].max(axis=2)


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


@pytest.mark.parametrize(
    ("size", "expected"), [((6000, 4000), (1024, 683)), ((200, 120), (200, 120)), ((1, 9), (1, 9))]
)
def test_the_overlay_has_a_bounded_size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert overlay_size(*size) == expected
