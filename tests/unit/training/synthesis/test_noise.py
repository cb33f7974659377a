"""Statistics of noise."""

import numpy as np
import pytest

from training import synthesis
from training.synthesis.light import to_encoded, to_linear
from training.synthesis.noise import camera_noise_field, demosaiced


@pytest.mark.parametrize("sigma", [15.0, 25.0, 50.0])
def test_noise_has_its_standard_deviation_and_is_truncated_to_8_bits(sigma: float) -> None:
    grey = np.full((300, 300, 3), 0.5, np.float32)
    noisy = synthesis.gaussian_noise(grey, sigma, np.random.default_rng(0)) * 255
    np.testing.assert_array_equal(noisy, np.round(noisy))
    middle = noisy[(noisy > 0) & (noisy < 255)]
    assert noisy.std() == pytest.approx(sigma, rel=0.02)
    assert middle.mean() == pytest.approx(127.5 - 0.5, abs=0.5)  # truncation takes half a level


@pytest.mark.parametrize("level", [0.05, 0.2, 0.6])
@pytest.mark.parametrize(("gain", "read_noise"), [(2e-3, 0.0), (1e-4, 0.01), (1e-3, 5e-3)])
def test_poisson_gaussian_variance_is_a_straight_line_in_the_signal(
    level: float, gain: float, read_noise: float
) -> None:
    flat = np.full((300, 300, 3), to_encoded(np.float32(level)), np.float32)
    noisy = synthesis.poisson_gaussian_noise(flat, gain=gain, read_noise=read_noise, rng=np.random.default_rng(1))
    linear = to_linear(noisy).astype(np.float64)
    assert linear.mean() == pytest.approx(level, rel=5e-3)
    assert linear.var() == pytest.approx(gain * level + read_noise**2, rel=0.03)


def test_demosaicing_keeps_linear_fields_and_correlates_noise() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 40, dtype=np.float32)[None, :, None], (40, 40, 3))
    np.testing.assert_allclose(demosaiced(ramp)[2:-2, 2:-2], ramp[2:-2, 2:-2], atol=1e-6)
    white = np.random.default_rng(2).normal(size=(600, 600, 3)).astype(np.float32)
    spread = demosaiced(white)
    # Means over the 2x2 sites of 1 / (number of samples averaged): red and blue 1, 1/2, 1/2, 1/4; green 1, 1, 1/4, 1/4.
    np.testing.assert_allclose(spread.var((0, 1)), [0.5625, 0.625, 0.5625], rtol=0.02)
    red = spread[..., 0]
    # Neighbours in red share half of a sample on rows with red sites (1/2), else two halves with two quarters (1/4).
    assert (red[:, 1:] * red[:, :-1]).mean() / red.var() == pytest.approx(0.375 / 0.5625, rel=0.03)


def camera_field(**options: object) -> np.ndarray:
    grey = np.full((300, 300, 3), 0.6, np.float32)
    return camera_noise_field(grey, gain=1e-3, read_noise=1e-3, rng=np.random.default_rng(3), **options)


def test_camera_noise_has_no_mean_and_follows_the_white_balance() -> None:
    balance = np.array([2.0, 1.0, 1.5], np.float32)
    field = camera_field(white_balance=balance, colour_matrix=np.eye(3, dtype=np.float32))
    signal = to_linear(np.full(3, 0.6, np.float32)) / balance
    expected = (1e-3 * signal + 1e-6) * balance**2 * [0.5625, 0.625, 0.5625]
    np.testing.assert_allclose(field.mean((0, 1)), 0, atol=4 * np.sqrt(expected.max() / 300**2) * 2)
    np.testing.assert_allclose(field.var((0, 1)), expected, rtol=0.04)


def test_colour_matrix_correlates_the_channels() -> None:
    apart = np.corrcoef(camera_field(colour_matrix=np.eye(3, dtype=np.float32)).reshape(-1, 3).T)
    tied = np.corrcoef(camera_field().reshape(-1, 3).T)
    assert np.abs(apart - np.eye(3)).max() < 0.02
    assert np.abs(tied - np.eye(3)).max() > 0.3


def test_grain_makes_colour_noise_coarser_than_brightness_noise() -> None:
    field = camera_field(grain=(0.0, 2.0))
    luma = field @ np.array([0.299, 0.587, 0.114], np.float32)
    chroma = field[..., 2] - luma

    def likeness(plane: np.ndarray, distance: int) -> float:
        return float((plane[:, distance:] * plane[:, :-distance]).mean() / plane.var())

    assert abs(likeness(luma, 3)) < 0.05
    assert likeness(chroma, 3) > 0.4


def test_camera_noise_does_not_blur_the_picture(scene: np.ndarray) -> None:
    faint = synthesis.camera_noise(scene, gain=1e-12, read_noise=0.0, rng=np.random.default_rng(0), grain=(1, 3))
    np.testing.assert_allclose(faint, scene, atol=2e-3)
