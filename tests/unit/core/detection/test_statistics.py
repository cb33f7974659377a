"""Statistics of a picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.detection.statistics import COUNT, QUANTILES, colour_noise, directions, haar, statistics, texture, tones


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.sampled_from(["noise", "black", "white"]))
def test_any_picture_gives_as_many_finite_numbers(height: int, width: int, kind: str) -> None:
    pixels = picture(height, width) if kind == "noise" else np.full((height, width, 3), kind == "white", np.float32)
    numbers = statistics(pixels)
    assert numbers.shape == (COUNT,) and numbers.dtype == np.float32
    assert np.abs(numbers).max() < 13  # a picture of one direction has all its gradient in one of 12 shares


def test_tones_are_quantiles_of_the_picture() -> None:
    pixels = np.zeros((200, 300, 3), np.float32)
    pixels[..., 0] = np.linspace(0, 1, 300)  # red, more of it to the right
    found = np.exp(tones(pixels.mean(2), pixels.min(2), pixels.max(2)).reshape(6, -1) - 2) - 0.02
    luminance, most, least, dark, saturation, contrast = found
    np.testing.assert_allclose(most, QUANTILES, atol=0.01)
    np.testing.assert_allclose(luminance, np.array(QUANTILES) / 3, atol=0.01)
    np.testing.assert_allclose([least, dark], 0, atol=1e-6)
    assert saturation[1:].min() > 0.6 and contrast.max() < 0.03


def test_haze_shows_in_the_darkest_tones() -> None:
    pixels = picture(120, 160)
    veiled = pixels * np.float32(0.9) + np.float32(0.08)
    before, after = (tones(p.mean(2), p.min(2), p.max(2)).reshape(6, -1) for p in (pixels, veiled))
    assert (after[3] > before[3] + 0.5).all()  # the dark channel, at every quantile


def test_transform_is_invertible_and_keeps_the_strength_of_white_noise() -> None:
    plane = picture(64, 96)[..., 0]
    means, down, across, diagonal = haar(plane)
    np.testing.assert_allclose(plane[::2, ::2], means + (down + across + diagonal) / 2, atol=1e-6)
    np.testing.assert_allclose(plane[1::2, 1::2], means + (diagonal - down - across) / 2, atol=1e-6)
    for band in (down, across, diagonal):
        assert band.std() == pytest.approx(plane.std(), rel=0.05)
    assert haar(picture(7, 9)[..., 0])[0].shape == (3, 4)


def test_texture_has_the_sizes_of_coefficients_and_the_moments_of_detail() -> None:
    noise = np.random.default_rng(1).normal(0.5, 0.1, (512, 512)).astype(np.float32)
    numbers = texture(noise).reshape(4, 11)
    sizes = np.exp(2 * (numbers[0, :9].reshape(3, 3) - 2)) - 0.25 / 255
    expected = 0.1 * np.array([np.sqrt(2 / np.pi), stats.norm.ppf(0.75), 1.0])  # of the absolute value of a Gaussian
    np.testing.assert_allclose(sizes, np.tile(expected, (3, 1)), rtol=0.02)
    coarser = np.exp(2 * (numbers[1, :9].reshape(3, 3) - 2)) - 0.25 / 255
    np.testing.assert_allclose(coarser, sizes / 2, rtol=0.03)  # means of four values
    assert numbers[0, 9] == pytest.approx(0.0, abs=0.02) and numbers[0, 10] == pytest.approx(np.log(4) - 1.5, abs=0.02)


def test_blur_reduces_the_fine_levels_only() -> None:
    sharp = picture(256, 256)[..., 0]
    before, after = texture(sharp).reshape(4, 11), texture(cv2.GaussianBlur(sharp, (0, 0), 1.2)).reshape(4, 11)
    loss = (before - after)[:, :9].mean(axis=1)
    assert loss[0] > 0.5 and loss[0] > 2 * loss[3]


def test_colour_noise_is_distinguished_from_grey_noise() -> None:
    rng = np.random.default_rng(2)
    grey = np.repeat(rng.normal(0.5, 0.1, (128, 128, 1)), 3, axis=2).astype(np.float32)
    coloured = rng.normal(0.5, 0.1, (128, 128, 3)).astype(np.float32)
    quiet, loud = (
        np.exp(2 * (colour_noise(part[..., 0] - part[..., 1]) - 2)) - 0.25 / 255 for part in (grey, coloured)
    )
    np.testing.assert_allclose(quiet, 0, atol=1e-6)
    np.testing.assert_allclose(loud, 0.1 * np.sqrt(2) * stats.norm.ppf(0.75) * np.array([1, 0.5]), rtol=0.1)


@pytest.mark.parametrize(("angle", "place"), [(0, 0), (45, 3), (90, 6), (135, 9)])
def test_directions_are_those_of_the_gradient(angle: int, place: int) -> None:
    down, across = np.mgrid[:80, :80].astype(np.float32)
    turned = across * np.cos(np.deg2rad(angle)) + down * np.sin(np.deg2rad(angle))
    shares = directions((0.5 + 0.2 * np.sin(turned / 3)).astype(np.float32))
    assert shares.argmax() == place and shares[place] > 8
    assert shares.mean() == pytest.approx(1.0, rel=1e-5)
