"""The canvas with real events, checked in the pixels that it draws: split, zoom, labels, high-resolution screens."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import dfpir_gui
from dfpir_gui.settings.theme import SURROUND
from dfpir_gui.studio.canvas import KEY_FACTOR, WHEEL_FACTOR, Canvas
from dfpir_gui.widgets.split_handle import COARSE, FINE, GRAB_DISTANCE
from dfpir_gui.workers.image_pyramid import Pyramid

RED, BLUE = (200, 30, 20), (10, 60, 220)
LOW = 0.8  # share of the height below the knob of the split and the labels


def plain(colour: tuple[int, int, int], width: int = 400, height: int = 300) -> Pyramid:
    return Pyramid.from_pixels(np.full((height, width, 3), np.array(colour) / 255, np.float32))


@pytest.fixture
def split(canvas: Canvas) -> Canvas:
    """A red photo with a blue restoration; fitted it covers the whole canvas."""
    canvas.set_photo(plain(RED))
    canvas.set_result(plain(BLUE))
    return canvas


def test_without_a_photo_only_the_surround_is_drawn(canvas: Canvas, painted) -> None:
    grey = int(SURROUND[1:3], 16)
    assert (painted(canvas) == grey).all()


def test_a_photo_is_fitted_and_centred(canvas: Canvas, painted) -> None:
    canvas.set_photo(plain(RED, 400, 200))
    pixels = painted(canvas)
    assert (pixels[100:500] == RED).all()
    assert (pixels[:100] == pixels[0, 0]).all()
    assert (pixels[500:] == pixels[0, 0]).all()
    assert tuple(pixels[0, 0]) != RED


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_before_is_left_of_the_split_and_after_right_of_it(split: Canvas, share: float, painted) -> None:
    split.viewport.split = share
    split.move_split(0.0)
    row = painted(split)[int(600 * LOW)]
    column = round(800 * share)
    assert (row[: max(0, column - 2)] == RED).all()
    assert (row[column + 3 :] == BLUE).all()


def test_the_split_is_dragged_without_a_jump(split: Canvas, painted, drag) -> None:
    drag(split.handle, QPointF(400 + GRAB_DISTANCE - 1, 100), QPointF(500 + GRAB_DISTANCE - 1, 100))
    assert split.viewport.split == pytest.approx(500 / 800)
    row = painted(split)[int(600 * LOW)]
    assert (row[:498] == RED).all()
    assert (row[503:] == BLUE).all()
    drag(split.handle, QPointF(500, 100), QPointF(5000, 100))
    assert split.viewport.split == 1.0


def test_the_split_can_be_grabbed_within_twelve_pixels(split: Canvas) -> None:
    for offset in (-12, 0, 12):
        assert split.childAt(400 + offset, 480) is split.handle
    for offset in (-13, 13):
        assert split.childAt(400 + offset, 480) is None


def test_arrow_keys_move_the_split(qtbot: QtBot, split: Canvas) -> None:
    for widget in (split, split.handle):
        split.viewport.split = 0.5
        qtbot.keyClick(widget, Qt.Key.Key_Right)
        assert split.viewport.split == pytest.approx(0.5 + FINE)
        qtbot.keyClick(widget, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        assert split.viewport.split == pytest.approx(0.5 + FINE - COARSE)


def test_the_handle_shows_the_focus(qtbot: QtBot, split: Canvas, painted) -> None:
    split.activateWindow()
    split.handle.setFocus()
    qtbot.waitUntil(split.handle.hasFocus)
    focused = painted(split)
    split.setFocus()
    qtbot.waitUntil(split.hasFocus)
    assert (painted(split) != focused).any()


def test_the_original_covers_everything_while_shown(qtbot: QtBot, split: Canvas, painted) -> None:
    split.show_original(True)
    row = painted(split)[int(600 * LOW)]
    assert (row == RED).all()
    assert not split.handle.isVisible()
    split.show_original(False)
    assert split.handle.isVisible()
    assert tuple(painted(split)[int(600 * LOW), 700]) == BLUE


def test_the_handle_gets_its_focus_back_after_the_original_was_shown(qtbot: QtBot, split: Canvas) -> None:
    split.activateWindow()
    split.handle.setFocus()
    qtbot.waitUntil(split.handle.hasFocus)
    split.show_original(True)
    assert split.hasFocus()
    split.show_original(False)
    assert split.handle.hasFocus()


def test_a_new_photo_removes_the_split(split: Canvas, painted) -> None:
    split.set_photo(plain(BLUE))
    assert not split.handle.isVisible()
    assert (painted(split) == BLUE).all()


def test_the_split_keeps_its_position_for_a_second_result(split: Canvas) -> None:
    split.move_split(0.2)
    split.set_result(plain((1, 2, 3)))
    assert split.viewport.split == pytest.approx(0.7)


def test_labels_fade_when_the_mouse_does_not_move(qtbot: QtBot, split: Canvas, painted) -> None:
    split.viewport.split = 0.5
    shown = painted(split)[:40]
    assert (shown[:, :100] != RED).any()
    assert (shown[:, -100:] != BLUE).any()
    qtbot.waitUntil(lambda: (painted(split)[:40, :100] == RED).all(), timeout=10_000)
    assert (painted(split)[:40, -100:] == BLUE).all()
    qtbot.mouseMove(split, QPoint(50, 300))
    qtbot.waitUntil(lambda: (painted(split)[:40, :100] != RED).any())


def test_a_double_click_on_the_handle_zooms_the_photo(qtbot: QtBot, split: Canvas) -> None:
    qtbot.mouseDClick(split.handle, Qt.MouseButton.LeftButton, pos=QPoint(GRAB_DISTANCE, 400))
    assert split.viewport.zoom == 1.0


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


def test_the_pixel_under_the_cursor_stays_in_place(canvas: Canvas, painted) -> None:
    pixels = np.full((300, 400, 3), 0.1, np.float32)
    pixels[120, 90] = (1.0, 1.0, 0.0)
    canvas.set_photo(Pyramid.from_pixels(pixels))
    cursor = QPointF(*canvas.viewport.to_view(90.5, 120.5))
    for _ in range(8):
        wheel(canvas, cursor, 1)
        assert tuple(painted(canvas)[int(cursor.y()), int(cursor.x())]) == (255, 255, 0)


def test_the_wheel_zooms_by_fractions_of_a_notch(canvas: Canvas) -> None:
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


def test_at_100_percent_pixels_are_unchanged(canvas: Canvas, pattern: np.ndarray, painted) -> None:
    canvas.set_photo(Pyramid.from_pixels(pattern.astype(np.float32) / 255))
    canvas.zoom_to(1.0)
    box = canvas.viewport.visible
    assert (box.width, box.height) == (200, 120)
    assert (painted(canvas)[box.top : box.bottom, box.left : box.right] == pattern).all()


def test_below_200_percent_scaling_is_smooth(canvas: Canvas, painted) -> None:
    steps = np.zeros((300, 400, 3), np.float32)
    steps[:, 200:] = 1.0
    canvas.set_photo(Pyramid.from_pixels(steps))
    canvas.zoom_to(1.5)
    assert len(np.unique(painted(canvas)[300, 300:500, 0])) > 2
    canvas.zoom_to(4.0)
    assert len(np.unique(painted(canvas)[300, 300:500, 0])) == 2


def test_a_reduced_photo_is_averaged_not_sampled(canvas: Canvas, painted) -> None:
    stripes = np.zeros((2400, 3200, 3), np.float32)
    stripes[:, ::4] = 1.0  # one column in four
    canvas.set_photo(Pyramid.from_pixels(stripes))
    assert canvas.viewport.zoom == pytest.approx(0.25)
    assert np.abs(painted(canvas).astype(int) - 64).max() <= 1


def test_dragging_moves_the_photo_with_the_mouse(canvas: Canvas, drag) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    canvas.zoom_to(1.0)
    point = canvas.viewport.to_photo(300, 300)
    drag(canvas, QPointF(300, 300), QPointF(340, 255))
    assert canvas.viewport.to_photo(340, 255) == pytest.approx(point)


def test_a_double_click_toggles_between_100_percent_and_fit(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    point = canvas.viewport.to_photo(100, 500)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 500))
    assert canvas.viewport.zoom == 1.0
    assert canvas.viewport.to_photo(100, 500) == pytest.approx(point)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 500))
    assert canvas.viewport.fitted


def test_arrow_keys_move_the_photo_without_a_split(qtbot: QtBot, canvas: Canvas) -> None:
    canvas.set_photo(plain(RED, 4000, 3000))
    canvas.zoom_to(1.0)
    x, y = canvas.viewport.to_photo(400, 300)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    moved = canvas.viewport.to_photo(400, 300)
    assert moved[0] > x
    assert moved[1] < y


def test_two_presses_of_a_zoom_key_double_the_zoom(canvas: Canvas) -> None:
    canvas.set_photo(plain(RED))
    zoom = canvas.viewport.zoom
    canvas.zoom_in()
    assert canvas.viewport.zoom == pytest.approx(zoom * KEY_FACTOR)
    canvas.zoom_in()
    assert canvas.viewport.zoom == pytest.approx(zoom * 2)
    canvas.zoom_out()
    canvas.zoom_out()
    assert canvas.viewport.zoom == pytest.approx(zoom)


def test_a_fitted_photo_follows_the_size_of_the_canvas(qtbot: QtBot, canvas: Canvas, painted) -> None:
    canvas.set_photo(plain(RED))
    canvas.resize(600, 450)
    qtbot.waitUntil(lambda: canvas.viewport.zoom == pytest.approx(1.5))
    assert (painted(canvas) == RED).all()


_SCALED_PROGRAM = """
import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.workers.image_pyramid import Pyramid

app = QApplication([])
canvas = Canvas()
canvas.resize(400, 300)
canvas.show()
app.processEvents()
photo = np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)
canvas.set_photo(Pyramid.from_pixels(photo.astype(np.float32) / 255))
print(canvas.devicePixelRatioF())
for zoom in (1, 3):
    canvas.zoom_to(zoom)
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    shown = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    box, (left, top) = canvas.viewport.visible, canvas.viewport.origin
    large = np.kron(photo, np.ones((zoom, zoom, 1), np.uint8))
    expected = large[box.top - top : box.bottom - top, box.left - left : box.right - left]
    print((shown[box.top : box.bottom, box.left : box.right] == expected).all())
canvas.fit()
canvas.set_result(Pyramid.from_pixels(np.zeros((200, 300, 3), np.float32)))
canvas.move_split(-0.2)
centre = canvas.handle.geometry().center().x() * canvas.devicePixelRatioF()
print(abs(centre - canvas.viewport.split_column) <= canvas.devicePixelRatioF())
"""
"""Qt reads the scale factor once, so each needs a process."""


@pytest.mark.parametrize("ratio", ["1.5", "2.0"])
def test_photo_pixels_are_device_pixels(ratio: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCALED_PROGRAM],
        cwd=tmp_path,
        env=os.environ | {"QT_SCALE_FACTOR": ratio, "PYTHONPATH": _search_path()},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == [ratio, "True", "True", "True"]


def _search_path() -> str:
    root = str(Path(dfpir_gui.__file__).parents[1])
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
