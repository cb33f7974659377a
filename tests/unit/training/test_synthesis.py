"""Synthesis against its physics: closed forms, statistics, and what must not change."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import convolve2d

from training import synthesis
from training.synthesis.blur import centred
from training.synthesis.light import to_encoded, to_linear


def picture(height: int = 48, width: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


RANDOM: list[Callable[[np.ndarray, np.random.Generator], np.ndarray]] = [
    synthesis.random_rain,
    synthesis.random_low_light,
    lambda clean, rng: synthesis.random_blur(clean, [], rng),
    lambda clean, rng: synthesis.gaussian_noise(clean, 25.0, rng),
    lambda clean, rng: synthesis.random_haze(clean, synthesis.synthetic_depth(*clean.shape[:2], rng), rng),
]


@pytest.mark.parametrize("degrade", RANDOM)
def test_seed_decides_everything_and_the_result_is_a_picture(degrade: Callable[..., np.ndarray]) -> None:
    clean = picture()
    kept = clean.copy()
    results = [degrade(clean, np.random.default_rng(seed)) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2]) and not np.array_equal(results[0], clean)
    np.testing.assert_array_equal(clean, kept)
    for result in results:
        assert result.shape == clean.shape and result.dtype == np.float32
        assert result.min() >= 0 and result.max() <= 1


@pytest.mark.parametrize("sigma", [15.0, 25.0, 50.0])
def test_noise_has_its_standard_deviation_and_is_truncated_to_8_bits(sigma: float) -> None:
    grey = np.full((300, 300, 3), 0.5, np.float32)
    noisy = synthesis.gaussian_noise(grey, sigma, np.random.default_rng(0)) * 255
    np.testing.assert_array_equal(noisy, np.round(noisy))
    middle = noisy[(noisy > 0) & (noisy < 255)]
    assert noisy.std() == pytest.approx(sigma, rel=0.02)
    assert middle.mean() == pytest.approx(127.5 - 0.5, abs=0.5)  # truncation takes half a level


def test_haze_is_koschmieder_s_law() -> None:
    clean, depth = picture(), np.random.default_rng(1).random((48, 64), np.float32)
    air = np.array([0.9, 0.8, 0.7], np.float32)
    hazy = synthesis.haze(clean, depth, beta=1.7, airlight=air)
    t = np.exp(-1.7 * depth)
    for channel in range(3):
        np.testing.assert_allclose(hazy[..., channel], clean[..., channel] * t + air[channel] * (1 - t), atol=1e-6)
    np.testing.assert_array_equal(synthesis.haze(clean, depth, beta=0.0, airlight=air), clean)
    np.testing.assert_allclose(synthesis.haze(clean, depth + 1, beta=99.0, airlight=air)[5, 5], air, atol=1e-6)


def test_synthetic_depth_is_positive_and_recedes_upwards_on_the_whole() -> None:
    depths = [synthesis.synthetic_depth(60, 80, np.random.default_rng(seed)) for seed in range(50)]
    assert all(depth.shape == (60, 80) and depth.min() > 0 and depth.max() <= 1 for depth in depths)
    assert np.mean([depth[0].mean() - depth[-1].mean() for depth in depths]) > 0.2


def test_blur_is_convolution_in_linear_light() -> None:
    clean, kernel = picture(), synthesis.camera_shake_kernel(9, np.random.default_rng(2))
    blurred, half = synthesis.blur(clean, kernel), kernel.shape[0] // 2
    expected = to_encoded(convolve2d(to_linear(clean)[..., 1], kernel, mode="valid").astype(np.float32))
    np.testing.assert_allclose(blurred[half:-half, half:-half, 1], expected, atol=1e-5)


def test_blur_leaves_flat_areas_and_a_single_point_leaves_everything() -> None:
    flat = np.full((30, 30, 3), 0.3, np.float32)
    np.testing.assert_allclose(
        synthesis.blur(flat, synthesis.camera_shake_kernel(13, np.random.default_rng(0))), flat, atol=1e-5
    )
    point = np.zeros((5, 5), np.float32)
    point[2, 2] = 1
    np.testing.assert_allclose(synthesis.blur(picture(), point), picture(), atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(4, 15))
def test_kernels_spread_light_without_losing_or_moving_it(seed: int, size: int) -> None:
    side = 2 * size + 1
    rng = np.random.default_rng(seed)
    for kernel in (
        synthesis.camera_shake_kernel(side, rng),
        synthesis.random_kernel([np.pad(np.eye(7, dtype=np.float32) / 7, 1)], rng),
    ):
        rows, columns = np.indices(kernel.shape) - kernel.shape[0] // 2
        assert kernel.min() >= 0 and kernel.sum() == pytest.approx(1.0, abs=1e-5)
        assert abs((rows * kernel).sum()) <= 0.6 and abs((columns * kernel).sum()) <= 0.6


def test_centring_moves_the_centre_of_mass_to_the_middle() -> None:
    kernel = np.zeros((9, 9), np.float32)
    kernel[0, 1] = 3.0
    moved = centred(kernel)
    middle = moved.shape[0] // 2
    assert moved.shape == (17, 17) and moved[middle, middle] == 1.0 and moved.sum() == 1.0


def test_kernels_are_read_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "k.npz", a=np.full((3, 3), 2.0), b=np.eye(5))
    (kernel,) = synthesis.load_kernels(tmp_path / "k.npz", ["a"])
    np.testing.assert_allclose(kernel, np.full((3, 3), 1 / 9), atol=1e-6)
    with pytest.raises(KeyError):
        synthesis.load_kernels(tmp_path / "k.npz", ["c"])


def test_rain_only_brightens_and_follows_its_direction() -> None:
    black = np.zeros((200, 200, 3), np.float32)

    def fall(angle: float) -> np.ndarray:
        return synthesis.rain(
            black, angle=angle, length=31, width=0.5, density=0.001, strength=0.8, rng=np.random.default_rng(3)
        )[..., 0]

    upright, clean = fall(0.0), picture()
    assert np.abs(np.diff(upright, axis=0)).mean() < 0.3 * np.abs(np.diff(upright, axis=1)).mean()
    leaning = fall(45.0)  # upper left to lower right
    along = np.abs(leaning[1:, 1:] - leaning[:-1, :-1]).mean()
    across = np.abs(leaning[1:, :-1] - leaning[:-1, 1:]).mean()
    assert along < 0.5 * across
    wet = synthesis.rain(clean, angle=0, length=9, width=0.5, density=0.01, strength=0.5, rng=np.random.default_rng(0))
    assert (wet >= clean).all() and (wet > clean).any()


def test_low_light_scales_linear_light_and_its_noise_follows_the_photons() -> None:
    grey = np.full((400, 400, 3), 0.7, np.float32)
    balance = np.array([1.1, 1.0, 0.9], np.float32)
    dark = synthesis.low_light(
        grey,
        exposure=0.1,
        gamma=1.0,
        white_balance=balance,
        photons=5000.0,
        read_noise=1e-3,
        rng=np.random.default_rng(0),
    )
    linear, signal = to_linear(dark), to_linear(grey)[0, 0] * 0.1 * balance
    np.testing.assert_allclose(linear.mean((0, 1)), signal, rtol=0.01)
    np.testing.assert_allclose(linear.var((0, 1)), signal / 5000 + 1e-6, rtol=0.03)
    darker = synthesis.low_light(
        grey,
        exposure=0.1,
        gamma=1.5,
        white_balance=balance,
        photons=5000.0,
        read_noise=1e-3,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(darker, dark**1.5, atol=1e-5)


def test_srgb_curve_round_trips_and_meets_known_values() -> None:
    values = np.linspace(0, 1, 1001, dtype=np.float32)
    np.testing.assert_allclose(to_encoded(to_linear(values)), values, atol=2e-6)
    np.testing.assert_allclose(to_linear(np.array([0.5, 0.04], np.float32)), [0.21404114, 0.04 / 12.92], rtol=1e-5)
