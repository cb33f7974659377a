"""Tests for histograms and for the marks of clipped pixels."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.clipping import clipping_marks
from dfpir_gui.studio.histogram import HistogramPanel, HistogramPlot, clipped_shares, histogram
from dfpir_gui.studio.scene import Mode

BLUE, RED = (30, 80, 255), (255, 40, 40)


def test_the_histogram_counts_each_level(pattern: np.ndarray) -> None:
    shares = histogram(pattern)
    for channel in range(3):
        counts = np.bincount(pattern[..., channel].ravel(), minlength=256)
        assert shares[channel] == pytest.approx(counts / pattern[..., 0].size)
    luminance = pattern @ np.array([0.299, 0.587, 0.114])
    mean = float((shares[3] * np.arange(256)).sum())
    assert mean == pytest.approx(luminance.mean(), abs=0.6)


def test_clipped_shares_count_pixels_not_channels() -> None:
    pixels = np.full((10, 10, 3), 100, np.uint8)
    pixels[0, :] = 0
    pixels[1, :5, 1] = 255
    assert clipped_shares(pixels) == pytest.approx((0.1, 0.05))


def test_marks_are_blue_for_shadows_and_red_for_lights() -> None:
    pixels = np.full((2, 3, 3), 100, np.uint8)
    pixels[0, 0, 2] = 0
    pixels[0, 1, 0] = 255
    pixels[0, 2] = (0, 128, 255)
    marks = clipping_marks(pixels)
    assert tuple(marks[0, 0][2::-1]) == BLUE
    assert tuple(marks[0, 1][2::-1]) == RED
    assert tuple(marks[0, 2][2::-1]) == RED
    assert (marks[1] == 0).all()


def test_the_key_marks_clipped_pixels_on_the_canvas(qtbot: QtBot, hand, window: MainWindow, write_png, painted) -> None:
    pixels = np.full((300, 400, 3), 120, np.uint8)
    pixels[:, :100] = 0
    pixels[:, 300:] = 255
    window.open_photo(write_png("clipped.png", pixels))
    qtbot.waitUntil(lambda: window.session.photo is not None and not window.session.busy)
    canvas = window.studio.canvas
    canvas.zoom_to(1.0)
    before = painted(canvas)
    hand.press(window, Qt.Key.Key_J)
    box = canvas.viewport.visible
    shown = painted(canvas)[box.top : box.bottom, box.left : box.right]
    left = canvas.viewport.region[0]
    columns = np.arange(shown.shape[1]) + left
    assert (shown[:, columns < 100] == BLUE).all()
    assert (shown[:, columns >= 300] == RED).all()
    assert (shown[:, (columns >= 100) & (columns < 300)] == 120).all()
    hand.press(window, Qt.Key.Key_J)
    assert (painted(canvas) == before).all()


def test_the_panel_follows_result_and_visible_area(
    qtbot: QtBot, hand, restored: MainWindow, pattern: np.ndarray, painted
) -> None:
    panel, canvas = restored.studio.histogram, restored.studio.canvas
    panel.count()
    assert panel.after.shares[:3] == pytest.approx(histogram(255 - pattern)[:3])
    canvas.set_mode(Mode.HOLD)
    canvas.zoom_to(8.0)
    panel.area.setCurrentIndex(1)
    panel.count()
    left, top, right, bottom = canvas.viewport.region
    assert panel.before.shares == pytest.approx(histogram(np.ascontiguousarray(pattern[top:bottom, left:right])))
    drawn = painted(panel.before)
    assert (drawn != drawn[-1, 0]).any()
    assert "Clipped shadows" in panel.before.accessibleDescription()


def test_the_key_hides_the_panel_and_that_is_remembered(hand, opened: MainWindow) -> None:
    assert opened.studio.histogram.isVisible()
    hand.press(opened, Qt.Key.Key_H)
    assert not opened.studio.histogram.isVisible()
    assert not opened._settings.histogram_shown


@pytest.mark.parametrize("level", [5, 40])
def test_the_name_of_a_histogram_lies_above_its_curve(qtbot: QtBot, painted, level: int) -> None:
    """A peak at the left, where the name is."""
    name, empty = HistogramPlot("Before"), HistogramPlot("")
    for plot in (name, empty):
        qtbot.addWidget(plot)
        plot.resize(300, plot.height())
    blank = painted(empty)
    name_rows = np.flatnonzero((painted(name) != blank).any(axis=(1, 2)))
    empty.show_pixels(np.full((10, 10, 3), level, np.uint8))
    curve_rows = np.flatnonzero((painted(empty) != blank).any(axis=(1, 2)))
    assert name_rows.size and curve_rows.size and name_rows.max() < curve_rows.min()
    assert curve_rows.max() == empty.height() - 1


def test_without_a_result_only_one_histogram_is_ever_shown(qtbot: QtBot) -> None:
    panel = HistogramPanel(Canvas())
    qtbot.addWidget(panel)
    panel.show()
    assert panel.before.isVisible() and not panel.after.isVisible()
