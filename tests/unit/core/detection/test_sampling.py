"""The inputs of the network for a picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.detection.network import DetectorConfig
from core.detection.sampling import cut, extract_inputs, planes, reduce, squeeze
from core.detection.statistics import COUNT

CONFIG = DetectorConfig(crop=32, view=24, native_crops=5, reduced_crops=4, reduced_side=100)


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 180), st.integers(1, 180))
def test_every_size_gives_the_same_shapes_in_range(height: int, width: int) -> None:
    inputs = extract_inputs(picture(height, width), CONFIG)
    assert inputs.native.shape == (5, 3, 32, 32)
    assert inputs.reduced.shape == (4, 3, 32, 32)
    assert inputs.view.shape == (3, 24, 24)
    assert inputs.numbers.shape == (COUNT,) and np.isfinite(inputs.numbers).all()
    for part in inputs[:3]:
        assert part.dtype == np.float32 and part.flags.c_contiguous
        assert part.min() >= 0 and part.max() <= 1 + 1e-6


def test_equal_pictures_give_equal_inputs_and_are_not_changed() -> None:
    pixels = picture(150, 210)
    before = pixels.copy()
    one, two = extract_inputs(pixels, CONFIG), extract_inputs(pixels, CONFIG)
    np.testing.assert_array_equal(pixels, before)
    for part, again in zip(one, two, strict=True):
        np.testing.assert_array_equal(part, again)


def test_crops_are_pixels_of_the_picture_in_full_resolution() -> None:
    pixels = picture(90, 130)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (32, 32), axis=(0, 1))  # (h, w, 3, 32, 32)
    for crop in planes(cut(pixels, 5, 32)):
        assert np.isclose(windows, crop).all(axis=(2, 3, 4)).any()


def test_crops_range_from_the_flattest_to_the_most_textured_position() -> None:
    pixels = np.full((192, 192, 3), 0.5, np.float32)
    pixels[96:] = picture(96, 192)
    contrasts = cut(pixels, 5, 32).std(axis=(1, 2, 3))
    assert contrasts[0] == 0 and contrasts[-1] > 0.25
    assert (np.diff(contrasts) > -0.02).all()


def test_small_picture_is_mirrored_not_padded_with_black() -> None:
    pixels = np.full((5, 7, 3), 0.8, np.float32)
    np.testing.assert_allclose(cut(pixels, 2, 32), 0.8, rtol=1e-6)


@pytest.mark.parametrize("size", [(100, 60), (40, 100), (1, 1)])
def test_small_enough_picture_is_not_reduced(size: tuple[int, int]) -> None:
    pixels = picture(*size)
    assert reduce(pixels, 100) is pixels


@pytest.mark.parametrize("size", [(101, 40), (300, 450), (1000, 20), (613, 977)])
def test_reducing_averages_over_areas(size: tuple[int, int]) -> None:
    pixels = picture(*size)
    small = reduce(pixels, 100)
    assert max(small.shape[:2]) == 100
    assert small.shape[0] / small.shape[1] == pytest.approx(size[0] / size[1], rel=0.3 if min(size) < 50 else 0.02)
    expected = cv2.resize(pixels, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    # In two steps a pixel may cross the border between two cells: compare as blurred pictures.
    np.testing.assert_allclose(cv2.blur(small, (5, 5)), cv2.blur(expected, (5, 5)), atol=0.03)
    assert small.mean() == pytest.approx(pixels.mean(), abs=0.01)


def test_view_covers_the_whole_picture() -> None:
    pixels = np.zeros((60, 200, 3), np.float32)
    pixels[:, 100:] = 1.0
    view = squeeze(pixels, 24)
    assert view[:, :11].max() == pytest.approx(0, abs=1e-6) and view[:, 13:].min() == pytest.approx(1, abs=1e-6)
