"""Haze compared with the scattering model."""

from collections.abc import Callable

import numpy as np
import pytest

from training import synthesis
from training.synthesis.haze import beta_for_veil


def test_haze_is_koschmieder_s_law(random_picture: Callable[..., np.ndarray]) -> None:
    clean, depth = random_picture(), np.random.default_rng(1).random((48, 64), np.float32)
    air = np.array([0.9, 0.8, 0.7], np.float32)
    hazy = synthesis.haze(clean, depth, beta=1.7, airlight=air)
    t = np.exp(-1.7 * depth)
    for channel in range(3):
        np.testing.assert_allclose(hazy[..., channel], clean[..., channel] * t + air[channel] * (1 - t), atol=1e-6)
    np.testing.assert_array_equal(synthesis.haze(clean, depth, beta=0.0, airlight=air), clean)
    np.testing.assert_allclose(synthesis.haze(clean, depth + 1, beta=99.0, airlight=air)[5, 5], air, atol=1e-6)


def test_density_multiplies_the_optical_depth(random_picture: Callable[..., np.ndarray]) -> None:
    clean, depth = random_picture(), np.full((48, 64), 0.5, np.float32)
    air, density = np.ones(3, np.float32), np.full((48, 64), 3.0, np.float32)
    density[:, 32:] = 0.0
    hazy = synthesis.haze(clean, depth, beta=0.4, airlight=air, density=density)
    np.testing.assert_array_equal(hazy[:, 32:], clean[:, 32:])
    left = clean[:, :32]
    np.testing.assert_allclose(hazy[:, :32], left * np.exp(-0.6) + 1 - np.exp(-0.6), atol=1e-6)


def test_haze_density_has_mean_one_and_its_unevenness() -> None:
    for unevenness in (0.3, 1.0):
        density = synthesis.haze_density(90, 120, np.random.default_rng(0), unevenness=unevenness)
        assert density.shape == (90, 120) and density.min() > 0
        assert density.mean() == pytest.approx(1.0, abs=1e-3)
        assert np.log(density).std() == pytest.approx(unevenness, rel=1e-3)
        assert np.abs(np.diff(density, axis=1)).max() < 0.35 * density.max()  # banks, not grain
    even = synthesis.haze_density(9, 12, np.random.default_rng(0), unevenness=0.0)
    np.testing.assert_allclose(even, 1.0, atol=1e-6)


def test_beta_for_veil_gives_the_share_of_airlight() -> None:
    assert beta_for_veil(np.full((8, 8), 0.5, np.float32), 0.3) == pytest.approx(-np.log(0.7) / 0.5, rel=1e-6)
    depth = synthesis.synthetic_depth(60, 60, np.random.default_rng(2))
    black = np.zeros((60, 60, 3), np.float32)
    for veil in (0.05, 0.4, 0.8):
        hazy = synthesis.haze(black, depth, beta=beta_for_veil(depth, veil), airlight=np.ones(3, np.float32))
        assert hazy.mean() == pytest.approx(veil, rel=1e-3)


def test_airlight_is_bright_and_at_times_coloured() -> None:
    lights = np.array([synthesis.random_airlight(np.random.default_rng(seed)) for seed in range(300)])
    assert lights.min() > 0.5 and lights.max() <= 1
    warm = lights[:, 0] - lights[:, 2]
    assert (warm > 0.03).mean() > 0.1 and (warm < -0.03).mean() > 0.1


def test_synthetic_depth_is_positive_and_increases_upwards() -> None:
    depths = [synthesis.synthetic_depth(60, 80, np.random.default_rng(seed)) for seed in range(50)]
    assert all(depth.shape == (60, 80) and depth.min() > 0 and depth.max() <= 1 for depth in depths)
    assert np.mean([depth[0].mean() - depth[-1].mean() for depth in depths]) > 0.2
