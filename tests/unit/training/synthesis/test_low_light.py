"""Low light compared with photon statistics."""

import numpy as np
import pytest

from training import synthesis
from training.synthesis.light import to_linear
from training.synthesis.low_light import darkened

BALANCE = np.array([1.1, 1.0, 0.9], np.float32)


def dark(clean: np.ndarray, gamma: float = 1.0, bayer: bool = False, photons: float = 5000.0) -> np.ndarray:
    return synthesis.low_light(
        clean,
        exposure=0.1,
        gamma=gamma,
        white_balance=BALANCE,
        photons=photons,
        read_noise=1e-3,
        rng=np.random.default_rng(0),
        bayer=bayer,
    )


@pytest.mark.parametrize(("bayer", "kept"), [(False, np.ones(3)), (True, np.array([0.5625, 0.625, 0.5625]))])
def test_low_light_scales_linear_light_and_its_noise_follows_the_photons(bayer: bool, kept: np.ndarray) -> None:
    grey = np.full((400, 400, 3), 0.7, np.float32)
    linear, signal = to_linear(dark(grey, bayer=bayer)), to_linear(grey)[0, 0] * 0.1 * BALANCE
    np.testing.assert_allclose(linear.mean((0, 1)), signal, rtol=0.01)
    np.testing.assert_allclose(linear.var((0, 1)), kept * (signal / 5000 + 1e-6), rtol=0.03)


def test_gamma_comes_last() -> None:
    grey = np.full((40, 40, 3), 0.7, np.float32)
    np.testing.assert_allclose(dark(grey, gamma=1.5), dark(grey) ** 1.5, atol=1e-5)


def test_darkened_is_low_light_without_noise(scene: np.ndarray) -> None:
    bright = synthesis.low_light(
        scene,
        exposure=0.3,
        gamma=1.2,
        white_balance=BALANCE,
        photons=1e9,
        read_noise=0.0,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(bright, darkened(scene, exposure=0.3, gamma=1.2, white_balance=BALANCE), atol=2e-3)


def test_measured_low_light_is_as_dark_and_steep_as_the_pairs(scene: np.ndarray) -> None:
    shares, slopes = [], []
    for seed in range(30):
        dark = synthesis.measured_low_light(scene, np.random.default_rng(seed))
        assert dark.dtype == np.float32 and dark.min() >= 0 and dark.max() <= 1
        medians = [np.median(to_linear(picture)) for picture in (dark, scene)]
        shares.append(np.log10(medians[0] / medians[1]))
        usable = (scene > 0.3) & (scene < 0.95) & (dark > 0.02)
        if usable.sum() > 500:
            slopes.append(np.polyfit(np.log(scene[usable]), np.log(dark[usable]), 1)[0])
    assert -2.4 < min(shares) < -1.6 and -1.2 < max(shares) < -0.7
    assert 0.9 < min(slopes) < 1.4 and 1.5 < max(slopes) < 2.2
    one, two = (synthesis.measured_low_light(scene, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
