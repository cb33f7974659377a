"""Statistics of noise of given levels."""

from collections.abc import Callable

import numpy as np
import pytest

from training.synthesis import camera_grain, film_grain, random_level, random_noise, sensor_grain
from training.synthesis.grain import NOISE_SOURCES
from training.synthesis.light import LUMA

GRAINS = {"sensor": sensor_grain, "camera": camera_grain, "film": film_grain}


def deviation(noisy: np.ndarray, clean: np.ndarray) -> float:
    return float(np.sqrt(np.mean((noisy - clean) ** 2)) * 255)


def likeness(plane: np.ndarray, distance: int) -> float:
    plane = plane - plane.mean()
    return float((plane[:, distance:] * plane[:, :-distance]).mean() / plane.var())


@pytest.mark.parametrize("source", GRAINS)
@pytest.mark.parametrize("sigma", [3.0, 15.0, 35.0])
def test_noise_has_the_target_deviation_no_bias_and_a_seed(source: str, sigma: float, scene: np.ndarray) -> None:
    for seed in range(4):
        noisy = GRAINS[source](scene, sigma, np.random.default_rng(seed))
        assert noisy.shape == scene.shape and noisy.dtype == np.float32 and noisy.min() >= 0 and noisy.max() <= 1
        assert deviation(noisy, scene) == pytest.approx(sigma, rel=0.15)
        middle = (scene > 0.3) & (scene < 0.7)
        assert abs(float((noisy - scene)[middle].mean())) * 255 < 0.35 * sigma
        np.testing.assert_array_equal(noisy, GRAINS[source](scene, sigma, np.random.default_rng(seed)))


def test_sensor_noise_depends_on_the_signal_and_is_white() -> None:
    steps = np.repeat(np.array([0.2, 0.8], np.float32), 100)[None, :, None] * np.ones((200, 1, 3), np.float32)
    ratios = []
    for seed in range(20):
        noise = sensor_grain(steps, 8.0, np.random.default_rng(seed)) - steps
        ratios.append(noise[:, 100:].std() / noise[:, :100].std())
        assert abs(likeness(noise[:, :100, 0], 1)) < 0.05
        assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.05
    # The tone curve raises noise in the dark, where the encoded values do not; both are drawn.
    assert min(ratios) < 0.8 and max(ratios) > 1.3


def test_camera_noise_is_coarse_and_its_colour_coarser() -> None:
    grey = np.full((160, 160, 3), 0.5, np.float32)
    luma, colour, share = [], [], []
    for seed in range(16):
        noise = camera_grain(grey, 12.0, np.random.default_rng(seed)) - grey
        brightness = noise @ LUMA
        blue = noise[..., 2] - brightness
        luma.append(likeness(brightness, 2))
        colour.append(likeness(blue, 2))
        share.append(blue.std() / brightness.std())
    assert np.mean(luma) > 0.1 and np.mean(colour) > np.mean(luma) and np.max(colour) > 0.6
    assert np.min(share) < 0.6 < np.max(share)  # from nearly grey to blotches of colour


def test_film_grain_is_mostly_grey_soft_and_strongest_in_the_mid_tones() -> None:
    steps = np.repeat(np.array([0.02, 0.5, 0.97], np.float32), 80)[None, :, None] * np.ones((120, 1, 3), np.float32)
    alike, tied = [], []
    for seed in range(12):
        noise = film_grain(steps, 12.0, np.random.default_rng(seed)) - steps
        dark, middle, bright = noise[:, :75], noise[:, 85:155], noise[:, 165:]
        assert middle.std() > 1.3 * max(dark.std(), bright.std())
        alike.append(likeness(middle[..., 0], 1))
        tied.append(np.corrcoef(middle[..., 0].ravel(), middle[..., 2].ravel())[0, 1])
    assert np.mean(alike) > 0.2 and max(alike) > 0.5
    assert min(tied) > 0.45 and max(tied) > 0.99


def test_levels_are_drawn_over_the_whole_range() -> None:
    rng = np.random.default_rng(0)
    even = [random_level(2, 80, rng, log_share=0.0) for _ in range(4000)]
    log = [random_level(2, 80, rng, log_share=1.0) for _ in range(4000)]
    assert np.median(even) == pytest.approx(41, rel=0.05) and np.median(log) == pytest.approx(np.sqrt(160), rel=0.07)
    assert min(even + log) >= 2 and max(even + log) <= 80


def test_random_noise_returns_its_deviation(random_picture: Callable[..., np.ndarray]) -> None:
    grey = np.full((64, 64, 3), 0.5, np.float32)
    for source in NOISE_SOURCES:
        for seed in range(5):
            noisy, sigma = random_noise(grey, (4, 30), {source: 1.0}, np.random.default_rng(seed))
            assert deviation(noisy, grey) == pytest.approx(sigma, rel=0.06)
    rng = np.random.default_rng(1)
    sigmas = [random_noise(grey[:16, :16], (60, 80), {"camera": 1, "white": 1}, rng)[1] for _ in range(30)]
    assert max(sigmas) <= 80 and min(sigmas) > 25  # a range beyond a source's limit is its lower end
