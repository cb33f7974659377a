"""The ways to compare, the difference and the loupe, checked in the pixels that the canvas draws."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QColorSpace
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.difference import heat_colours
from dfpir_gui.studio.loupe import loupe_rect
from dfpir_gui.studio.scene import FACTORS, Mode
from dfpir_gui.workers.image_pyramid import Pyramid

RED, BLUE = (200, 30, 20), (10, 60, 220)
LOW = 0.8  # share of the height below the knob of the split and the labels


def plain(colour: tuple[int, int, int], width: int = 400, height: int = 300) -> Pyramid:
    return Pyramid.from_pixels(np.full((height, width, 3), np.array(colour) / 255, np.float32))


def pyramid(pixels: np.ndarray) -> Pyramid:
    return Pyramid.from_pixels(pixels.astype(np.float32) / 255)


@pytest.fixture
def compared(canvas: Canvas) -> Canvas:
    canvas.set_photo(plain(RED))
    canvas.set_result(plain(BLUE))
    return canvas


def test_side_by_side_shows_the_whole_photo_twice(compared: Canvas, painted) -> None:
    compared.set_mode(Mode.SIDE)
    row = painted(compared)[300]
    assert (row[:399] == RED).all()
    assert (row[401:] == BLUE).all()
    assert not compared.handle.isVisible()
    compared.set_mode(Mode.SPLIT)
    assert compared.handle.isVisible()


def test_side_by_side_panes_move_and_zoom_together(canvas: Canvas, drag, painted, pattern: np.ndarray) -> None:
    large = np.kron(pattern, np.ones((8, 8, 1), np.uint8))
    canvas.set_photo(pyramid(large))
    canvas.set_result(pyramid(255 - large))
    canvas.set_mode(Mode.SIDE)
    canvas.zoom_to(1.0, QPointF(600, 200))  # in the right pane
    drag(canvas, QPointF(500, 300), QPointF(430, 340))
    picture = painted(canvas).astype(int)
    box = canvas.viewport.visible
    rows = slice(box.top + 40, box.bottom)  # below the labels
    left, right = picture[rows, box.left : box.right], picture[rows, 401 + box.left : 401 + box.right]
    assert left.size > 250_000
    assert (left + right == 255).all()
    assert left.std() > 10


def test_zooming_in_the_right_pane_keeps_the_point_under_the_cursor(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    canvas.set_result(plain(BLUE, 4000, 3000))
    canvas.set_mode(Mode.SIDE)
    canvas.zoom_to(0.5, QPointF(200, 300))
    point = canvas.viewport.to_photo(601 - 401, 250)
    canvas.zoom_to(1.0, QPointF(601, 250))
    assert canvas.viewport.to_photo(601 - 401, 250) == pytest.approx(point)


def test_side_by_side_shows_one_pane_without_a_result(canvas: Canvas, painted) -> None:
    canvas.set_mode(Mode.SIDE)
    canvas.set_photo(plain(RED))
    assert (painted(canvas) == RED).all()
    canvas.set_result(plain(BLUE))
    assert tuple(painted(canvas)[300, 700]) == BLUE
    assert canvas.viewport.fitted


def test_hold_shows_the_result_or_the_original(compared: Canvas, painted) -> None:
    compared.set_mode(Mode.HOLD)
    assert (painted(compared)[int(600 * LOW)] == BLUE).all()
    compared.show_original(True)
    assert (painted(compared)[int(600 * LOW)] == RED).all()


@pytest.mark.parametrize("factor", FACTORS)
def test_the_difference_is_that_of_the_largest_channel_times_the_factor(canvas: Canvas, painted, factor: int) -> None:
    rng = np.random.default_rng(factor)
    first = rng.integers(0, 256, (300, 400, 3), np.uint8)
    second = np.clip(first.astype(int) + rng.integers(-20, 21, first.shape), 0, 255).astype(np.uint8)
    canvas.set_photo(pyramid(first))
    canvas.set_result(pyramid(second))
    canvas.set_mode(Mode.DIFFERENCE)
    canvas.scene.factor = factor
    canvas.zoom_to(1.0)
    expected = heat_colours(1)[np.minimum(np.abs(first.astype(int) - second).max(-1) * factor, 255)]
    box = canvas.viewport.visible
    shown = painted(canvas)[box.top : box.bottom, box.left : box.right]
    assert (shown[60:200] == expected[60:200]).all()  # between the label and the scale


def test_the_heat_map_gets_lighter_with_the_difference(qapp: object) -> None:
    lightness = heat_colours(1).astype(float) @ (0.2126, 0.7152, 0.0722)
    assert lightness[0] < 3
    assert (np.diff(lightness) > -1.0).all()
    assert lightness[255] > 230
    assert (heat_colours(8)[32:] == heat_colours(1)[255]).all()


def test_equal_pictures_have_no_difference(canvas: Canvas, painted) -> None:
    canvas.set_photo(plain(RED))
    canvas.set_result(plain(RED))
    canvas.set_mode(Mode.DIFFERENCE)
    assert (painted(canvas)[100:450] == heat_colours(1)[0]).all()


def test_the_colour_scale_depends_on_the_factor_and_is_shown_only_for_the_difference(compared: Canvas, painted) -> None:
    compared.set_mode(Mode.DIFFERENCE)
    first = painted(compared)[-80:, :200]
    compared.amplify(1)
    assert compared.scene.factor == 8
    assert (painted(compared)[-80:, :200] != first).any()
    for _ in range(20):
        compared.amplify(1)
    assert compared.scene.factor == FACTORS[-1]
    for _ in range(20):
        compared.amplify(-1)
    assert compared.scene.factor == 1
    compared.set_mode(Mode.HOLD)
    assert (painted(compared)[-80:, :200] == BLUE).all()


def test_the_loupe_magnifies_the_same_point_of_both_pictures(qtbot: QtBot, canvas: Canvas, painted) -> None:
    before, after = (np.full((300, 400, 3), value, np.uint8) for value in (40, 90))
    before[149:152, 199:202] = (255, 255, 0)
    after[149:152, 199:202] = (0, 255, 255)
    canvas.set_photo(pyramid(before))
    canvas.set_result(pyramid(after))
    canvas.set_loupe(True)
    cursor = QPoint(*(round(v) for v in canvas.viewport.to_view(200.5, 150.5)))
    qtbot.mouseMove(canvas, cursor)
    picture = painted(canvas)
    rectangle = loupe_rect(QPointF(cursor), 2, canvas.size())
    y = rectangle.center().y() + 6  # outside the cross
    assert tuple(picture[y, rectangle.left() + 90 - 6]) == (255, 255, 0)
    assert tuple(picture[y, rectangle.left() + 180 + 88 - 6]) == (0, 255, 255)
    assert tuple(picture[rectangle.top() + 5, rectangle.left() + 5]) == (40, 40, 40)
    assert tuple(picture[rectangle.top() + 5, rectangle.left() + 180 + 5]) == (90, 90, 90)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert (painted(canvas) != picture).any()


def test_the_loupe_is_inside_the_canvas_and_beside_the_cursor() -> None:
    canvas = QSize(900, 700)
    for x in (0, 300, 899):
        for y in (0, 350, 699):
            rectangle = loupe_rect(QPointF(x, y), 2, canvas)
            assert QRect(QPoint(), canvas).contains(rectangle)
            assert not rectangle.contains(QPoint(x, y))


def test_colours_are_converted_for_a_screen_profile(compared: Canvas, painted) -> None:
    space = QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb)
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    expected = [srgb.transformationToColorSpace(space).map(QColor(*colour)) for colour in (RED, BLUE)]
    compared.set_colour_space(space)
    row = painted(compared)[int(600 * LOW)].astype(int)
    for at, colour in zip((100, 700), expected, strict=True):
        assert np.abs(row[at] - (colour.red(), colour.green(), colour.blue())).max() <= 1
    assert np.abs(row[100] - RED).max() > 5
    compared.set_colour_space(srgb)
    assert tuple(painted(compared)[int(600 * LOW), 100]) == RED


def test_the_visible_region_is_in_photo_pixels(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    assert canvas.viewport.region == (0, 0, 4000, 3000)
    canvas.zoom_to(1.0)
    assert canvas.viewport.region == (1600, 1200, 2400, 1800)


def test_number_keys_select_the_mode(hand, restored: MainWindow) -> None:
    canvas, actions = restored.studio.canvas, restored.actions_
    for key, mode in zip(
        (Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_1), (*list(Mode)[1:], Mode.SPLIT), strict=True
    ):
        hand.press(restored, key)
        assert canvas.scene.mode is mode
        assert [m for m, action in actions.modes.items() if action.isChecked()] == [mode]


def test_keys_change_the_amplification(hand, restored: MainWindow) -> None:
    scene = restored.studio.canvas.scene
    hand.press(restored, Qt.Key.Key_4)
    hand.press(restored, Qt.Key.Key_Period)
    assert scene.factor == 8
    hand.press(restored, Qt.Key.Key_Comma)
    hand.press(restored, Qt.Key.Key_Comma)
    assert scene.factor == 2


def test_a_key_toggles_the_loupe(qtbot: QtBot, hand, restored: MainWindow, painted) -> None:
    canvas = restored.studio.canvas
    qtbot.mouseMove(canvas, canvas.rect().center() + QPoint(90, 90))
    without = painted(canvas)
    hand.press(restored, Qt.Key.Key_L)
    assert (painted(canvas) != without).mean() > 0.02
    hand.press(restored, Qt.Key.Key_L)
    assert (painted(canvas) == without).all()
