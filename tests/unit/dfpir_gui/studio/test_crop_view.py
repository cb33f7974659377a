"""Tests for the crop mode."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from core.geometry import UNCHANGED, Geometry
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.studio.crop_view import CropPage, Frame

SHIFT = Qt.KeyboardModifier.ShiftModifier
Drag = Callable[[CropPage, QPointF, QPointF], None]


@pytest.fixture
def page(qtbot: QtBot) -> CropPage:
    """The crop mode of a photo of 2000 × 1000 pixels."""
    page = CropPage()
    page.resize(900, 600)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    page.show_photo(np.zeros((100, 200, 3), np.uint8), (2000, 1000), UNCHANGED)
    return page


def corner(page: CropPage, x: float, y: float) -> QPointF:
    """A point of the frame, 0 to 1 from left to right and from top to bottom, in coordinates of the page."""
    rect = page.view.frame_rect()
    at = QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height())
    return QPointF(page.view.mapTo(page, at.toPoint()))


def test_the_whole_photo_is_kept_at_first(page: CropPage) -> None:
    assert page.view.frame.crop == (0, 0, 2000, 1000)
    assert page.view.geometry_chosen == UNCHANGED
    assert page.view.size_text == "2000×1000 px"


def test_a_corner_is_dragged(page: CropPage, drag) -> None:
    drag(page.view, corner(page, 0, 0), corner(page, 0.25, 0.5))
    left, top, width, height = page.view.frame.crop
    assert left == pytest.approx(500, abs=12)
    assert top == pytest.approx(500, abs=12)
    assert (left + width, top + height) == (2000, 1000)


def test_the_frame_is_dragged_inside_the_photo_only(page: CropPage, drag) -> None:
    drag(page.view, corner(page, 1, 1), corner(page, 0.5, 0.5))
    _, _, width, height = page.view.frame.crop
    drag(page.view, corner(page, 0.3, 0.3), corner(page, 5, 5))
    assert page.view.frame.crop == (2000 - width, 1000 - height, width, height)


def test_keys_move_resize_apply_and_cancel(qtbot: QtBot, page: CropPage) -> None:
    qtbot.keyClick(page.view, Qt.Key.Key_Left, SHIFT)
    qtbot.keyClick(page.view, Qt.Key.Key_Up, SHIFT)
    assert page.view.frame.crop == (0, 0, 1980, 980)
    qtbot.keyClick(page.view, Qt.Key.Key_Right)
    assert page.view.frame.crop == (20, 0, 1980, 980)
    with qtbot.waitSignal(page.applied) as applied:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert applied.args == [Geometry(0, (20, 0, 1980, 980))]
    with qtbot.waitSignal(page.cancelled):
        qtbot.keyClick(page.view, Qt.Key.Key_Escape)


@pytest.mark.parametrize(("index", "width", "height"), [(1, 2, 1), (2, 1, 1), (3, 3, 2), (4, 4, 3), (5, 16, 9)])
def test_ratios_hold_while_a_handle_is_dragged(page: CropPage, drag, index: int, width: int, height: int) -> None:
    page.ratio.setCurrentIndex(index)
    page.ratio.activated.emit(index)
    for start, end in (((0, 0), (0.2, 0.4)), ((1, 0.5), (0.8, 0.5)), ((0.5, 1), (0.5, 3.0))):
        drag(page.view, corner(page, *start), corner(page, *end))
        frame = page.view.frame
        assert frame.width / frame.height == pytest.approx(width / height)
        assert frame.left >= 0
        assert frame.top >= 0
        assert frame.right <= 2000 + 1e-6
        assert frame.bottom <= 1000 + 1e-6


def test_rotating_takes_the_frame_along(qtbot: QtBot, page: CropPage) -> None:
    page.view.show_photo(np.zeros((100, 200, 3), np.uint8), (2000, 1000), Geometry(0, (100, 200, 300, 400)))
    qtbot.keyClick(page.view, Qt.Key.Key_BracketRight)
    assert page.view.geometry_chosen == Geometry(1, (1000 - 600, 100, 400, 300))
    qtbot.mouseClick(page.rotate_left, Qt.MouseButton.LeftButton)
    assert page.view.geometry_chosen == Geometry(0, (100, 200, 300, 400))
    page.reset.click()
    assert page.view.geometry_chosen == UNCHANGED


def test_a_frame_has_a_minimum_size() -> None:
    frame = Frame(0, 0, 100, 100).resized((1, 1), -50, -50, 200, 200, None)
    assert frame.crop == (0, 0, 16, 16)
    tiny = Frame(0, 0, 4, 4).resized((1, 1), 1, 1, 4, 4, 1.0)
    assert tiny.crop == (0, 0, 4, 4)


def test_the_photo_shows_what_was_kept(qtbot: QtBot, hand, opened: MainWindow, pattern: np.ndarray, painted) -> None:
    session, studio = opened.session, opened.studio
    hand.press(opened, Qt.Key.Key_C)
    assert studio.is_cropping
    assert not opened.actions_.restore.isEnabled()
    shown = painted(studio.crop_page.view)
    assert (shown != shown[0, 0]).any()
    for _ in range(10):
        hand.press(opened, Qt.Key.Key_Left, SHIFT)
    hand.press(opened, Qt.Key.Key_Return)
    assert not studio.is_cropping
    qtbot.waitUntil(lambda: session.photo.width == 180)
    assert (session.before.levels[0] == pattern[:, :180]).all()
    assert studio.canvas.viewport.region == (0, 0, 180, 120)
    qtbot.waitUntil(lambda: session.can_change_geometry)
    hand.press(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: session.photo.width == 200)


def test_leaving_the_crop_mode_changes_nothing(qtbot: QtBot, hand, opened: MainWindow) -> None:
    hand.press(opened, Qt.Key.Key_C)
    hand.press(opened, Qt.Key.Key_Left, SHIFT)
    hand.press(opened, Qt.Key.Key_Escape)
    assert not opened.studio.is_cropping
    assert opened.session.geometry == UNCHANGED
    assert opened.studio.panel.isEnabled()
    assert opened.actions_.crop.isEnabled()


def test_the_zoom_of_the_hidden_canvas_is_not_shown_in_the_crop_mode(opened: MainWindow) -> None:
    shown = opened.status.zoom.text()
    assert shown.endswith(" %")
    opened.actions_.crop.trigger()
    assert opened.status.zoom.text() == ""
    opened.studio.end_crop()
    assert opened.status.zoom.text() == shown


def test_keys_rotate_without_the_crop_mode(qtbot: QtBot, hand, opened: MainWindow, pattern: np.ndarray) -> None:
    hand.press(opened, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened.session.photo.height == 200)
    assert (opened.session.before.levels[0] == np.rot90(pattern, -1)).all()
