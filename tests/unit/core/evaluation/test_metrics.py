import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from core.evaluation import centre_crop, psnr, score, ssim


@given(seed=st.integers(0, 1000), height=st.integers(8, 40), width=st.integers(8, 40))
def test_metrics_agree_with_scikit_image(seed: int, height: int, width: int) -> None:
    a, b = np.random.default_rng(seed).random((2, height, width, 3), np.float32)
    assert psnr(a, b) == pytest.approx(
        peak_signal_noise_ratio(a.astype(float), b.astype(float), data_range=1.0), abs=1e-6
    )
    assert ssim(a, b) == pytest.approx(structural_similarity(a, b, data_range=1.0, channel_axis=2), abs=1e-6)


def test_known_values_and_equal_pictures() -> None:
    assert psnr(np.zeros(4), np.full(4, 0.1)) == pytest.approx(20.0)
    flat = np.full((8, 8, 3), 0.5, np.float32)
    assert psnr(flat, flat) == float("inf") and ssim(flat, flat) == pytest.approx(1.0)


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shapes"):
        psnr(np.zeros((2, 3)), np.zeros((3, 2)))


def test_output_is_clipped_and_not_rounded() -> None:
    clean = np.zeros((8, 8, 3), np.float32)
    assert score(np.full_like(clean, -3.0), clean).psnr == float("inf")
    assert score(np.full_like(clean, 0.001), clean).psnr == pytest.approx(60.0, abs=1e-4)


def test_centre_crop_keeps_the_middle() -> None:
    picture = np.zeros((35, 50, 3), np.uint8)
    picture[1:33, 1:49] = 1
    assert centre_crop(picture).shape == (32, 48, 3) and centre_crop(picture).all()
    with pytest.raises(ValueError, match="50x15"):
        centre_crop(picture[:15])
