"""Kernels of a given size compared with the moments of their shapes."""

import numpy as np
import pytest

from training import synthesis
from training.synthesis.kernels import spread


def moments(kernel: np.ndarray) -> np.ndarray:
    """Covariance of the light's place, (x, y), in pixels squared."""
    rows, columns = np.indices(kernel.shape)
    points = np.stack([columns.ravel(), rows.ravel()])
    return np.cov(points, aweights=kernel.ravel().astype(np.float64), bias=True)


@pytest.mark.parametrize("radius", [3.3, 8.0])
def test_a_disc_is_flat_and_has_a_quarter_of_its_squared_radius(radius: float) -> None:
    kernel = synthesis.disc_kernel(radius)
    np.testing.assert_allclose(moments(kernel), np.eye(2) * (radius**2 / 4 + 1 / 12), rtol=0.03, atol=0.01)
    assert kernel.max() == pytest.approx(1 / (np.pi * radius**2), rel=0.05)
    np.testing.assert_allclose(kernel, kernel[::-1].T, atol=1e-7)


def test_a_gaussian_has_its_variances_along_its_axes() -> None:
    covariance = moments(synthesis.gaussian_kernel(4.0, 1.5, 30.0))
    values, vectors = np.linalg.eigh(covariance)
    np.testing.assert_allclose(values, [1.5**2, 4.0**2], rtol=0.02)
    angle = np.rad2deg(np.arctan2(vectors[1, 1], vectors[0, 1])) % 180
    assert angle == pytest.approx(30.0, abs=0.5)


@pytest.mark.parametrize("angle", [0.0, 37.0, 90.0])
def test_straight_motion_has_a_twelfth_of_its_squared_length(angle: float) -> None:
    values, vectors = np.linalg.eigh(moments(synthesis.line_kernel(20.0, angle)))
    assert values[1] == pytest.approx(20**2 / 12, rel=0.06)
    assert values[0] < 0.3
    assert (np.rad2deg(np.arctan2(vectors[1, 1], vectors[0, 1])) - angle + 90) % 180 - 90 == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("radius", [1.0, 2.5, 7.0])
def test_shakes_and_measured_kernels_have_the_given_radius(radius: float) -> None:
    measured = synthesis.camera_shake_kernel(21, np.random.default_rng(3))
    sharing = 0.5 + 0.5  # variance that sharing among pixels and the lens add, in pixels squared
    for seed in range(5):
        shake = spread(synthesis.shake_kernel(radius, np.random.default_rng(seed)))
        resized = spread(synthesis.resized_kernel(measured, radius, angle=40.0 * seed, mirrored=seed % 2 == 0))
        for size in (shake, resized):
            assert radius * 0.98 <= size <= 1.02 * np.sqrt(radius**2 + sharing)


def test_a_resized_kernel_is_rotated_and_mirrored() -> None:
    corner = np.zeros((9, 9), np.float32)
    corner[1, 1:8] = corner[1:8, 1] = 1.0  # an L whose corner lies upper left
    corner /= corner.sum()

    def heavy(kernel: np.ndarray) -> tuple[int, int]:
        """Signs of x and y of the third moments: the side with the longer tails."""
        rows, columns = np.indices(kernel.shape)
        right, down = columns - (columns * kernel).sum(), rows - (rows * kernel).sum()
        return int(np.sign((right**3 * kernel).sum())), int(np.sign((down**3 * kernel).sum()))

    size = spread(corner)
    assert heavy(synthesis.resized_kernel(corner, size)) == (1, 1)
    assert heavy(synthesis.resized_kernel(corner, size, mirrored=True)) == (-1, 1)
    assert heavy(synthesis.resized_kernel(corner, 2 * size, angle=90.0)) == (-1, 1)  # x to y, y to -x
    assert heavy(synthesis.resized_kernel(corner, size / 2, angle=180.0)) == (-1, -1)


def test_enlarging_leaves_no_gaps() -> None:
    flat = np.full((5, 5), 1 / 25, np.float32)
    large = synthesis.resized_kernel(flat, 4 * spread(flat))
    middle = large[large.shape[0] // 2 - 6 : large.shape[0] // 2 + 7, large.shape[0] // 2 - 6 : large.shape[0] // 2 + 7]
    assert middle.std() < 0.2 * middle.mean()
