import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from core.evaluation import luma, psnr, ssim


@given(seed=st.integers(0, 1000), height=st.integers(8, 40), width=st.integers(8, 40))
def test_metrics_agree_with_scikit_image(seed: int, height: int, width: int) -> None:
    a, b = np.random.default_rng(seed).random((2, height, width, 3), np.float32)
    assert psnr(a, b) == pytest.approx(
        peak_signal_noise_ratio(a.astype(float), b.astype(float), data_range=1.0), abs=1e-6
    )
    assert ssim(a, b) == pytest.approx(structural_similarity(a, b, data_range=1.0, channel_axis=2), abs=1e-6)
    grey, other = a[:, :, 0], b[:, :, 0]
    assert ssim(grey, other) == pytest.approx(structural_similarity(grey, other, data_range=1.0), abs=1e-6)


def test_known_values_and_equal_pictures() -> None:
    assert psnr(np.zeros(4), np.full(4, 0.1)) == pytest.approx(20.0)
    flat = np.full((8, 8, 3), 0.5, np.float32)
    assert psnr(flat, flat) == float("inf") and ssim(flat, flat) == pytest.approx(1.0)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shapes"):
        psnr(np.zeros((2, 3)), np.zeros((3, 2)))


def test_gaussian_ssim_is_that_of_wang_et_al() -> None:
    a, b = np.random.default_rng(3).random((2, 20, 23))
    b = 0.6 * a + 0.4 * b
    # Their formula, written out: an 11x11 Gaussian window of σ 1.5 on every place where it fits.
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()

    def mean(values: np.ndarray) -> np.ndarray:
        views = np.lib.stride_tricks.sliding_window_view(values, (11, 11))
        return np.asarray((views * window).sum(axis=(2, 3)))

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    shared = mean(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    wanted = (2 * mean_a * mean_b + c1) * (2 * shared + c2)
    wanted /= (mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2)
    assert ssim(a, b, gaussian=True) == pytest.approx(float(wanted.mean()), abs=1e-6)


def test_luma_is_the_y_of_ycbcr() -> None:
    picture = np.random.default_rng(5).random((6, 7, 3))
    np.testing.assert_allclose(luma(picture) * 255, rgb2ycbcr(picture)[:, :, 0], atol=1e-9)
    assert luma(np.zeros((1, 1, 3)))[0, 0] * 255 == pytest.approx(16)
    assert luma(np.ones((1, 1, 3)))[0, 0] * 255 == pytest.approx(235)
