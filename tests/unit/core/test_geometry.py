"""Tests for rotation and crop as values."""

import itertools

import numpy as np
import pytest

from core.errors import RestorationError
from core.geometry import UNCHANGED, Geometry, relative_matrix, transform

WIDTH, HEIGHT = 7, 4


def applied(geometry: Geometry, pixels: np.ndarray) -> np.ndarray:
    """The geometry by NumPy alone."""
    turned = np.rot90(pixels, -geometry.quarters)
    left, top, width, height = geometry.crop or (0, 0, turned.shape[1], turned.shape[0])
    return turned[top : top + height, left : left + width]


@pytest.mark.parametrize("geometry", [Geometry(q, crop) for q in range(4) for crop in (None, (1, 2, 3, 2))])
def test_points_go_where_pixels_go(geometry: Geometry) -> None:
    pixels = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    result = applied(geometry, pixels)
    assert geometry.result_size(WIDTH, HEIGHT) == result.shape[::-1]
    forward, backward = geometry.matrix(WIDTH, HEIGHT), geometry.inverse_matrix(WIDTH, HEIGHT)
    for x, y in itertools.product(range(result.shape[1]), range(result.shape[0])):
        source = transform(backward, x + 0.5, y + 0.5)
        assert pixels[int(source[1]), int(source[0])] == result[y, x]
        assert transform(forward, *source) == (x + 0.5, y + 0.5)


@pytest.mark.parametrize(("quarters", "by"), list(itertools.product(range(4), (-1, 1, 2))))
def test_turning_further_keeps_the_same_part(quarters: int, by: int) -> None:
    pixels = np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH)
    geometry = Geometry(quarters, (1, 0, 2, 3))
    turned = geometry.turned(by, WIDTH, HEIGHT)
    assert (applied(turned, pixels) == np.rot90(applied(geometry, pixels), -by)).all()
    assert turned.turned(-by, WIDTH, HEIGHT) == geometry


@pytest.mark.parametrize(
    ("first", "second"), list(itertools.product([Geometry(1, (1, 2, 3, 2)), Geometry(2)], repeat=2))
)
def test_points_move_from_one_geometry_to_another(first: Geometry, second: Geometry) -> None:
    matrix = relative_matrix(first, second, WIDTH, HEIGHT)
    for source in ((0.5, 1.5), (4.5, 2.5)):
        before = transform(first.matrix(WIDTH, HEIGHT), *source)
        assert transform(matrix, *before) == transform(second.matrix(WIDTH, HEIGHT), *source)


def test_a_crop_of_everything_is_none() -> None:
    assert Geometry(1).cropped((0, 0, HEIGHT, WIDTH), WIDTH, HEIGHT) == Geometry(1)
    assert UNCHANGED.is_identity
    assert not Geometry(0, (0, 0, 1, 1)).is_identity


@pytest.mark.parametrize("crop", [(-1, 0, 2, 2), (0, 0, 0, 2), (0, 0, 2, 0)])
def test_impossible_crops_are_refused(crop: tuple[int, int, int, int]) -> None:
    with pytest.raises(RestorationError, match="crop"):
        Geometry(0, crop)


def test_a_crop_beyond_the_photo_is_refused_with_the_size() -> None:
    with pytest.raises(RestorationError, match="4 × 7"):
        Geometry(1, (0, 0, 5, 2)).box(WIDTH, HEIGHT)


@pytest.mark.parametrize("geometry", [UNCHANGED, Geometry(3, (1, 2, 3, 4))])
def test_json_round_trip(geometry: Geometry) -> None:
    assert Geometry.from_dict(geometry.to_dict()) == geometry


@pytest.mark.parametrize(
    "values",
    [None, {}, {"quarters": 1}, {"quarters": True, "crop": None}, {"quarters": 0, "crop": [1, 2, 3]},
     {"quarters": 0, "crop": [0, 0, 1.5, 1]}, {"quarters": 0, "crop": "all"}],
)  # fmt: skip
def test_other_values_are_refused(values: object) -> None:
    with pytest.raises(ValueError, match="not a geometry"):
        Geometry.from_dict(values)
