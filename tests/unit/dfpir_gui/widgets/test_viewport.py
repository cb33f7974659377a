"""The arithmetic of zoom, position and split."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfpir_gui.widgets.viewport import MAX_ZOOM, Viewport

NO_DEADLINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The duration depends on the load of the machine."""


def viewport(photo: tuple[int, int] = (6000, 4000), view_size: tuple[int, int] = (1200, 900)) -> Viewport:
    view = Viewport()
    view.set_view(*view_size)
    view.set_photo(*photo)
    return view


def test_a_fitted_photo_is_as_large_as_possible_and_centred() -> None:
    view = viewport()
    assert view.zoom == pytest.approx(0.2)
    box = view.visible
    assert (box.left, box.top, box.right, box.bottom) == (0, 50, 1200, 850)
    assert view.to_photo(0, 50) == pytest.approx((0, 0))
    assert view.to_photo(1200, 850) == pytest.approx((6000, 4000))


def test_only_a_fitted_photo_follows_the_size_of_the_view() -> None:
    view = viewport()
    view.set_view(600, 450)
    assert view.zoom == pytest.approx(0.1)
    view.zoom_to(1.0)
    view.set_view(1200, 900)
    assert view.zoom == 1.0
    assert view.to_photo(600, 450) == pytest.approx((3000, 2000))
    view.fit()
    assert view.zoom == pytest.approx(0.2)


@NO_DEADLINE
@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(1.01, 3), min_size=1, max_size=8))
def test_zooming_in_keeps_the_point_under_the_cursor(across: float, down: float, factors: list[float]) -> None:
    view = viewport()
    x, y = view.to_view(6000 * across, 4000 * down)
    for factor in factors:
        view.zoom_to(view.zoom * factor, x, y)
    assert view.to_photo(x, y) == pytest.approx((6000 * across, 4000 * down), abs=1e-6)


def test_zooming_out_keeps_the_point_until_the_photo_fits() -> None:
    view = viewport()
    view.zoom_to(4.0, 300, 200)
    view.pan(-37, 12)
    point = view.to_photo(700, 500)
    view.zoom_to(1.5, 700, 500)
    assert view.to_photo(700, 500) == pytest.approx(point)
    view.zoom_to(0.15, 700, 500)
    assert view.to_photo(600, 450) == pytest.approx((3000, 2000))


def test_zoom_stays_between_its_limits() -> None:
    view = viewport()
    view.zoom_to(1e9)
    assert view.zoom == MAX_ZOOM
    view.zoom_to(0.0)
    assert view.zoom == pytest.approx(view.fit_zoom / 4)


def test_a_small_photo_is_enlarged_to_fit_and_can_be_shown_at_100_percent() -> None:
    view = viewport(photo=(300, 200))
    assert view.zoom == pytest.approx(4.0)
    view.zoom_to(1.0)
    assert view.zoom == 1.0
    box = view.visible
    assert (box.width, box.height) == (300, 200)


def test_panning_moves_by_screen_pixels_and_keeps_the_photo_visible() -> None:
    view = viewport()
    view.zoom_to(2.0)
    before = view.to_view(3000, 2000)
    view.pan(33, -12)
    after = view.to_view(3000, 2000)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((33, -12))
    view.pan(-1e7, 1e7)
    assert view.to_photo(600, 450) == pytest.approx((6000, 0))
    assert view.visible.width == 600


def test_a_photo_that_fits_cannot_be_moved() -> None:
    view = viewport()
    box = view.visible
    view.pan(100, 100)
    assert view.visible == box


@NO_DEADLINE
@given(st.floats(0.01, 60), st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_photo_and_view_coordinates_are_inverse(zoom: float, x: float, y: float) -> None:
    view = viewport()
    view.zoom_to(zoom)
    view.pan(x, y)
    assert view.to_view(*view.to_photo(x, y)) == pytest.approx((x, y), abs=1e-6)


@NO_DEADLINE
@given(st.floats(0.05, 20), st.integers(-800, 800))
def test_the_split_is_a_share_of_the_visible_photo(zoom: float, moved: int) -> None:
    view = viewport()
    view.zoom_to(zoom)
    view.pan(moved, moved)
    box = view.visible
    for share in (0.0, 0.25, 1.0):
        view.split = share
        assert view.split_column == box.left + round(share * box.width)
    view.set_split_column(box.left + box.width * 0.3)
    assert view.split == pytest.approx(0.3)
    view.set_split_column(box.left - 500)
    assert view.split == 0.0
    view.move_split(2.0)
    assert view.split == 1.0
