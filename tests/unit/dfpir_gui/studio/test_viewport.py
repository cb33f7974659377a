"""Zoom, position and split as numbers."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfpir_gui.studio.viewport import MAX_ZOOM, Viewport

LOADED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long it takes tells how busy the machine is, and nothing about the code."""


def viewport(photo: tuple[int, int] = (6000, 4000), view: tuple[int, int] = (1200, 900)) -> Viewport:
    made = Viewport()
    made.set_view(*view)
    made.set_photo(*photo)
    return made


def test_fitted_the_photo_fills_the_canvas_in_one_direction_and_is_centred() -> None:
    made = viewport()
    assert made.zoom == pytest.approx(0.2)
    box = made.visible
    assert (box.left, box.top, box.right, box.bottom) == (0, 50, 1200, 850)
    assert made.to_photo(0, 50) == pytest.approx((0, 0))
    assert made.to_photo(1200, 850) == pytest.approx((6000, 4000))


def test_fitted_it_follows_the_canvas_and_otherwise_it_does_not() -> None:
    made = viewport()
    made.set_view(600, 450)
    assert made.zoom == pytest.approx(0.1)
    made.zoom_to(1.0)
    made.set_view(1200, 900)
    assert made.zoom == 1.0
    assert made.to_photo(600, 450) == pytest.approx((3000, 2000))
    made.fit()
    assert made.zoom == pytest.approx(0.2)


@LOADED
@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(1.01, 3), min_size=1, max_size=8))
def test_zooming_in_keeps_the_point_under_the_cursor(across: float, down: float, factors: list[float]) -> None:
    made = viewport()
    x, y = made.to_view(6000 * across, 4000 * down)
    for factor in factors:
        made.zoom_to(made.zoom * factor, x, y)
    assert made.to_photo(x, y) == pytest.approx((6000 * across, 4000 * down), abs=1e-6)


def test_zooming_out_again_keeps_it_too_until_the_photo_fits() -> None:
    made = viewport()
    made.zoom_to(4.0, 300, 200)
    made.pan(-37, 12)
    point = made.to_photo(700, 500)
    made.zoom_to(1.5, 700, 500)
    assert made.to_photo(700, 500) == pytest.approx(point)
    made.zoom_to(0.15, 700, 500)
    assert made.to_photo(600, 450) == pytest.approx((3000, 2000))


def test_zoom_stays_between_its_limits() -> None:
    made = viewport()
    made.zoom_to(1e9)
    assert made.zoom == MAX_ZOOM
    made.zoom_to(0.0)
    assert made.zoom == pytest.approx(made.fit_zoom / 4)


def test_a_photo_smaller_than_the_canvas_is_fitted_enlarged_and_can_be_shown_at_100_percent() -> None:
    made = viewport(photo=(300, 200))
    assert made.zoom == pytest.approx(4.0)
    made.zoom_to(1.0)
    assert made.zoom == 1.0
    box = made.visible
    assert (box.width, box.height) == (300, 200)


def test_panning_moves_by_screen_pixels_and_keeps_the_photo_in_sight() -> None:
    made = viewport()
    made.zoom_to(2.0)
    before = made.to_view(3000, 2000)
    made.pan(33, -12)
    after = made.to_view(3000, 2000)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((33, -12))
    made.pan(-1e7, 1e7)
    assert made.to_photo(600, 450) == pytest.approx((6000, 0))
    assert made.visible.width == 600


def test_a_photo_that_fits_cannot_be_moved() -> None:
    made = viewport()
    box = made.visible
    made.pan(100, 100)
    assert made.visible == box


@LOADED
@given(st.floats(0.01, 60), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_photo_and_view_coordinates_are_inverse(zoom: float, x: float, y: float) -> None:
    made = viewport()
    made.zoom_to(zoom)
    made.pan(x, y)
    assert made.to_view(*made.to_photo(x, y)) == pytest.approx((x, y), abs=1e-6)


@LOADED
@given(st.floats(0.05, 20), st.integers(-800, 800))
def test_the_split_is_a_share_of_what_is_visible(zoom: float, moved: int) -> None:
    made = viewport()
    made.zoom_to(zoom)
    made.pan(moved, moved)
    box = made.visible
    for share in (0.0, 0.25, 1.0):
        made.split = share
        assert made.split_column == box.left + round(share * box.width)
    made.set_split_column(box.left + box.width * 0.3)
    assert made.split == pytest.approx(0.3)
    made.set_split_column(box.left - 500)
    assert made.split == 0.0
    made.move_split(2.0)
    assert made.split == 1.0
