"""Blur in linear light, kernels from trajectories and files, and clipping."""

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


def test_blur_is_convolution_in_linear_light(random_picture: Callable[..., np.ndarray]) -> None:
    clean, kernel = random_picture(), synthesis.camera_shake_kernel(9, np.random.default_rng(2))
    blurred, half = synthesis.blur(clean, kernel), kernel.shape[0] // 2
    expected = to_encoded(convolve2d(to_linear(clean)[..., 1], kernel, mode="valid").astype(np.float32))
    np.testing.assert_allclose(blurred[half:-half, half:-half, 1], expected, atol=1e-5)


def test_flat_areas_and_the_unit_kernel_change_nothing(random_picture: Callable[..., np.ndarray]) -> None:
    flat = np.full((30, 30, 3), 0.3, np.float32)
    np.testing.assert_allclose(
        synthesis.blur(flat, synthesis.camera_shake_kernel(13, np.random.default_rng(0))), flat, atol=1e-5
    )
    point = np.zeros((5, 5), np.float32)
    point[2, 2] = 1
    np.testing.assert_allclose(synthesis.blur(random_picture(), point), random_picture(), atol=1e-5)


def test_highlights_change_only_the_trace_of_clipped_values() -> None:
    night = np.full((21, 41, 3), 0.1, np.float32)
    night[10, 20] = [1.0, 1.0, 0.5]  # clipped in red and green alone: two thirds of what is above white
    kernel = np.full((1, 9), 1 / 9, np.float32)
    faded, traced = (synthesis.blur(night, kernel, highlights=factor) for factor in (1.0, 2.5))
    ground = float(to_linear(np.float32(0.1)))
    expected = to_encoded(np.float32((8 * ground + 2.0) / 9))
    np.testing.assert_allclose(traced[10, 16:25, :2], expected, atol=1e-5)
    np.testing.assert_array_equal(traced[..., 2], faded[..., 2])
    assert (traced[10, 16:25, :2] > faded[10, 16:25, :2] + 0.1).all()
    np.testing.assert_array_equal(traced[10, :16], faded[10, :16])


def test_light_far_above_white_is_clipped_again() -> None:
    night = np.zeros((9, 41, 3), np.float32)
    night[:, 20] = 1.0
    trace = synthesis.blur(night, np.full((1, 9), 1 / 9, np.float32), highlights=20.0)
    np.testing.assert_allclose(trace[:, 16:25], 1.0, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(4, 15))
def test_kernels_have_sum_one_and_are_centred(seed: int, size: int) -> None:
    side = 2 * size + 1
    rng = np.random.default_rng(seed)
    for kernel in (
        synthesis.camera_shake_kernel(side, rng),
        synthesis.random_kernel([np.pad(np.eye(7, dtype=np.float32) / 7, 1)], rng),
        synthesis.shake_kernel(size / 2, rng),
        synthesis.line_kernel(size, rng.uniform(0, 360)),
        synthesis.disc_kernel(size / 3),
        synthesis.gaussian_kernel(size / 4, size / 7, rng.uniform(0, 360)),
        synthesis.resized_kernel(np.pad(np.eye(7, dtype=np.float32) / 7, 1), size / 3, angle=rng.uniform(0, 360)),
    ):
        rows, columns = np.indices(kernel.shape) - kernel.shape[0] // 2
        assert kernel.shape[0] == kernel.shape[1] and kernel.shape[0] % 2 == 1
        assert kernel.min() >= 0 and kernel.sum() == pytest.approx(1.0, abs=1e-5)
        assert abs((rows * kernel).sum()) <= 0.6 and abs((columns * kernel).sum()) <= 0.6


def test_centring_moves_the_centre_of_mass_to_the_central_pixel() -> None:
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
