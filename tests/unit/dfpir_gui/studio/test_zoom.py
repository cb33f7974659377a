"""Zooming and panning the canvas, through real events, checked in the pixels it paints."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dfpir_gui.studio.canvas import KEY_FACTOR, WHEEL_FACTOR, Canvas
from dfpir_gui.workers.image_pyramid import Pyramid

RED, BLUE = (200, 30, 20), (10, 60, 220)
LOW = 0.8  # of the height: below the knob of the line and the labels


def plain(colour: tuple[int, int, int], width: int = 400, height: int = 300) -> Pyramid:
    return Pyramid.from_pixels(np.full((height, width, 3), np.array(colour) / 255, np.float32))


def wheel(canvas: Canvas, at: QPointF, notches: float) -> None:
    event = QWheelEvent(
        at,
        QPointF(canvas.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_and_keeps_the_point_under_the_cursor(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    cursor = QPointF(217, 431)
    before = canvas.viewport.to_photo(cursor.x(), cursor.y())
    zoom = canvas.viewport.zoom
    for count in range(1, 6):
        wheel(canvas, cursor, 1)
        assert canvas.viewport.zoom == pytest.approx(zoom * WHEEL_FACTOR**count)
        assert canvas.viewport.to_photo(cursor.x(), cursor.y()) == pytest.approx(before)
    for _ in range(3):
        wheel(canvas, cursor, -1)
        assert canvas.viewport.to_photo(cursor.x(), cursor.y()) == pytest.approx(before)


def test_the_pixel_under_the_cursor_stays_painted_there(canvas: Canvas, painted) -> None:
    pixels = np.full((300, 400, 3), 0.1, np.float32)
    pixels[120, 90] = (1.0, 1.0, 0.0)
    canvas.set_photo(Pyramid.from_pixels(pixels))
    cursor = QPointF(*canvas.viewport.to_view(90.5, 120.5))
    for _ in range(8):
        wheel(canvas, cursor, 1)
        assert tuple(painted(canvas)[int(cursor.y()), int(cursor.x())]) == (255, 255, 0)


def test_zoom_can_be_a_part_of_a_notch(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED))
    zoom = canvas.viewport.zoom
    wheel(canvas, QPointF(400, 300), 0.5)
    assert canvas.viewport.zoom == pytest.approx(zoom * WHEEL_FACTOR**0.5)


@pytest.mark.parametrize("zoom", [2.0, 3.0, 8.0])
def test_from_200_percent_pixels_are_exact_squares(canvas: Canvas, pattern: np.ndarray, zoom: float, painted) -> None:
    canvas.set_photo(Pyramid.from_pixels(np.repeat(pattern, 8, axis=1).astype(np.float32) / 255))
    canvas.zoom_to(zoom)
    canvas.viewport.pan(13, -7)
    canvas.zoom_to(zoom)
    enlarged = np.kron(np.repeat(pattern, 8, axis=1), np.ones((int(zoom), int(zoom), 1), np.uint8))
    left, top = canvas.viewport.origin
    box = canvas.viewport.visible
    assert box.width * box.height > 100_000
    expected = enlarged[box.top - top : box.bottom - top, box.left - left : box.right - left]
    assert (painted(canvas)[box.top : box.bottom, box.left : box.right] == expected).all()


def test_at_100_percent_every_pixel_is_itself(canvas: Canvas, pattern: np.ndarray, painted) -> None:
    canvas.set_photo(Pyramid.from_pixels(pattern.astype(np.float32) / 255))
    canvas.zoom_to(1.0)
    box = canvas.viewport.visible
    assert (box.width, box.height) == (200, 120)
    assert (painted(canvas)[box.top : box.bottom, box.left : box.right] == pattern).all()


def test_below_200_percent_enlarging_is_smooth(canvas: Canvas, painted) -> None:
    steps = np.zeros((300, 400, 3), np.float32)
    steps[:, 200:] = 1.0
    canvas.set_photo(Pyramid.from_pixels(steps))
    canvas.zoom_to(1.5)
    assert len(np.unique(painted(canvas)[300, 300:500, 0])) > 2
    canvas.zoom_to(4.0)
    assert len(np.unique(painted(canvas)[300, 300:500, 0])) == 2


def test_a_shrunk_photo_is_averaged_not_sampled(canvas: Canvas, painted) -> None:
    stripes = np.zeros((2400, 3200, 3), np.float32)
    stripes[:, ::4] = 1.0  # one column in four
    canvas.set_photo(Pyramid.from_pixels(stripes))
    assert canvas.viewport.zoom == pytest.approx(0.25)
    assert np.abs(painted(canvas).astype(int) - 64).max() <= 1


def test_dragging_pans_by_the_way_of_the_mouse(canvas: Canvas, drag) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    canvas.zoom_to(1.0)
    point = canvas.viewport.to_photo(300, 300)
    drag(canvas, QPointF(300, 300), QPointF(340, 255))
    assert canvas.viewport.to_photo(340, 255) == pytest.approx(point)


def test_a_double_click_goes_to_100_percent_there_and_back(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    point = canvas.viewport.to_photo(100, 500)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 500))
    assert canvas.viewport.zoom == 1.0
    assert canvas.viewport.to_photo(100, 500) == pytest.approx(point)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 500))
    assert canvas.viewport.fitted


def test_arrow_keys_pan_while_there_is_no_line(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    canvas.zoom_to(1.0)
    x, y = canvas.viewport.to_photo(400, 300)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    moved = canvas.viewport.to_photo(400, 300)
    assert moved[0] > x
    assert moved[1] < y


def test_two_presses_of_a_zoom_key_double(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED))
    zoom = canvas.viewport.zoom
    canvas.zoom_in()
    assert canvas.viewport.zoom == pytest.approx(zoom * KEY_FACTOR)
    canvas.zoom_in()
    assert canvas.viewport.zoom == pytest.approx(zoom * 2)
    canvas.zoom_out()
    canvas.zoom_out()
    assert canvas.viewport.zoom == pytest.approx(zoom)


def test_fitted_it_follows_the_size_of_the_canvas(qtbot: QtBot, canvas: Canvas, painted) -> None:
    canvas.set_photo(plain(RED))
    canvas.resize(600, 450)
    qtbot.waitUntil(lambda: canvas.viewport.zoom == pytest.approx(1.5))
    assert (painted(canvas) == RED).all()
