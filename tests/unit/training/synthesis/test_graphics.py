"""Drawn pictures: hard edges, flat parts, colours up to the most saturated."""

import numpy as np
import pytest

from training.synthesis import drawn_graphic, flat_colour


def pictures(count: int) -> list[np.ndarray]:
    return [drawn_graphic(64, 48, np.random.default_rng(seed)) for seed in range(count)]


def test_graphics_are_8_bit_pictures_determined_by_the_seed() -> None:
    for seed, picture in enumerate(pictures(20)):
        assert picture.shape == (64, 48, 3) and picture.dtype == np.float32
        assert picture.min() >= 0 and picture.max() <= 1
        np.testing.assert_allclose(picture * 255, np.rint(picture * 255), atol=1e-4)
        np.testing.assert_array_equal(picture, drawn_graphic(64, 48, np.random.default_rng(seed)))


def test_graphics_are_mostly_flat_and_partly_saturated() -> None:
    drawn = pictures(60)
    steps = np.concatenate([np.abs(np.diff(picture, axis=1)).max(axis=2).ravel() for picture in drawn])
    assert (steps == 0).mean() > 0.6  # flat
    assert (steps > 0.25).mean() > 0.005  # hard edges
    pixels = np.concatenate([picture.reshape(-1, 3) for picture in drawn])
    saturation = np.ptp(pixels, axis=1) / np.maximum(pixels.max(axis=1), 1 / 255)
    assert (saturation > 0.8).mean() > 0.1
    assert (saturation < 0.3).mean() > 0.05


def test_flat_pictures_are_of_one_colour_with_black_white_and_pure_ones_among_them() -> None:
    drawn = [flat_colour(9, 7, np.random.default_rng(seed)) for seed in range(200)]
    for picture in drawn:
        assert picture.shape == (9, 7, 3) and picture.dtype == np.float32
        assert not np.ptp(picture, axis=(0, 1)).any()
        assert picture.min() >= 0 and picture.max() <= 1
    colours = {tuple(picture[0, 0].tolist()) for picture in drawn}
    assert {(0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)} <= colours
    assert len(colours) > 100
    np.testing.assert_array_equal(drawn[3], flat_colour(9, 7, np.random.default_rng(3)))


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (192, 192)])
def test_graphics_of_any_size(size: tuple[int, int]) -> None:
    assert drawn_graphic(*size, np.random.default_rng(5)).shape == (*size, 3)
