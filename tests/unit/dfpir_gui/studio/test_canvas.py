"""The canvas, through real events, checked in the pixels it paints: before, after, and the line between them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from dfpir_gui.settings.theme import SURROUND
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.widgets.split_handle import COARSE, FINE, GRAB_DISTANCE
from dfpir_gui.workers.image_pyramid import Pyramid

RED, BLUE = (200, 30, 20), (10, 60, 220)
LOW = 0.8  # of the height: below the knob of the line and the labels


def plain(colour: tuple[int, int, int], width: int = 400, height: int = 300) -> Pyramid:
    return Pyramid.from_pixels(np.full((height, width, 3), np.array(colour) / 255, np.float32))


@pytest.fixture
def split(canvas: Canvas) -> Canvas:
    """A red photo with a blue restoration; fitted it covers the whole canvas."""
    canvas.set_photo(plain(RED))
    canvas.set_result(plain(BLUE))
    return canvas


def test_without_a_photo_it_is_all_surround(canvas: Canvas, painted) -> None:
    grey = int(SURROUND[1:3], 16)
    assert (painted(canvas) == grey).all()


def test_a_photo_is_fitted_into_the_middle(canvas: Canvas, painted) -> None:
    canvas.set_photo(plain(RED, 400, 200))
    pixels = painted(canvas)
    assert (pixels[100:500] == RED).all()
    assert (pixels[:100] == pixels[0, 0]).all()
    assert (pixels[500:] == pixels[0, 0]).all()
    assert tuple(pixels[0, 0]) != RED


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_left_of_the_line_is_before_and_right_of_it_after(split: Canvas, share: float, painted) -> None:
    split.viewport.split = share
    split.move_split(0.0)
    row = painted(split)[int(600 * LOW)]
    column = round(800 * share)
    assert (row[: max(0, column - 2)] == RED).all()
    assert (row[column + 3 :] == BLUE).all()


def test_the_line_is_dragged_from_within_its_reach_without_a_jump(split: Canvas, painted, drag) -> None:
    drag(split.handle, QPointF(400 + GRAB_DISTANCE - 1, 100), QPointF(500 + GRAB_DISTANCE - 1, 100))
    assert split.viewport.split == pytest.approx(500 / 800)
    row = painted(split)[int(600 * LOW)]
    assert (row[:498] == RED).all()
    assert (row[503:] == BLUE).all()
    drag(split.handle, QPointF(500, 100), QPointF(5000, 100))
    assert split.viewport.split == 1.0


def test_the_reach_of_the_line_is_twelve_pixels(split: Canvas) -> None:
    for offset in (-12, 0, 12):
        assert split.childAt(400 + offset, 480) is split.handle
    for offset in (-13, 13):
        assert split.childAt(400 + offset, 480) is None


def test_arrow_keys_move_the_line(qtbot: QtBot, split: Canvas) -> None:
    for widget in (split, split.handle):
        split.viewport.split = 0.5
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        assert split.viewport.split == pytest.approx(0.5 + FINE)
        qtbot.keyClick(widget, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        assert split.viewport.split == pytest.approx(0.5 + FINE - COARSE)


def test_the_line_shows_that_it_has_the_focus(qtbot: QtBot, split: Canvas, painted) -> None:
    split.activateWindow()
    split.handle.setFocus()
    qtbot.waitUntil(split.handle.hasFocus)
    focused = painted(split)
    split.setFocus()
    qtbot.waitUntil(split.hasFocus)
    assert (painted(split) != focused).any()


def test_while_held_the_original_covers_everything(qtbot: QtBot, split: Canvas, painted) -> None:
    split.show_original(True)
    row = painted(split)[int(600 * LOW)]
    assert (row == RED).all()
    assert not split.handle.isVisible()
    split.show_original(False)
    assert split.handle.isVisible()
    assert tuple(painted(split)[int(600 * LOW), 700]) == BLUE


def test_holding_gives_the_line_its_focus_back(qtbot: QtBot, split: Canvas) -> None:
    split.activateWindow()
    split.handle.setFocus()
    qtbot.waitUntil(split.handle.hasFocus)
    split.show_original(True)
    assert split.hasFocus()
    split.show_original(False)
    assert split.handle.hasFocus()


def test_a_new_photo_takes_the_line_away(split: Canvas, painted) -> None:
    split.set_photo(plain(BLUE))
    assert not split.handle.isVisible()
    assert (painted(split) == BLUE).all()


def test_the_line_stays_where_it_was_put_for_a_second_result(split: Canvas) -> None:
    split.move_split(0.2)
    split.set_result(plain((1, 2, 3)))
    assert split.viewport.split == pytest.approx(0.7)


def test_labels_tell_the_sides_and_fade_when_the_mouse_rests(qtbot: QtBot, split: Canvas, painted) -> None:
    split.viewport.split = 0.5
    shown = painted(split)[:40]
    assert (shown[:, :100] != RED).any()
    assert (shown[:, -100:] != BLUE).any()
    qtbot.waitUntil(lambda: (painted(split)[:40, :100] == RED).all(), timeout=10_000)
    assert (painted(split)[:40, -100:] == BLUE).all()
    qtbot.mouseMove(split, QPoint(50, 300))
    qtbot.waitUntil(lambda: (painted(split)[:40, :100] != RED).any())


def test_a_double_click_on_the_line_means_the_photo(qtbot: QtBot, split: Canvas) -> None:
    qtbot.mouseDClick(split.handle, Qt.MouseButton.LeftButton, pos=QPoint(GRAB_DISTANCE, 400))
    assert split.viewport.zoom == 1.0
