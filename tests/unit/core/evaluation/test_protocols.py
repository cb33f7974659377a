import numpy as np
import pytest
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from core.evaluation import PAPER, PROTOCOLS, centre_crop


def _bytes(seed: int, shape: tuple[int, ...] = (24, 31, 3)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def test_the_papers_protocol_clips_and_does_not_round() -> None:
    clean = np.zeros((8, 8, 3), np.float32)
    paper = PROTOCOLS[PAPER]
    assert paper.score(np.full_like(clean, -3.0), clean).psnr == float("inf")
    assert paper.score(np.full_like(clean, 0.001), clean).psnr == pytest.approx(60.0, abs=1e-4)


def test_8_bit_protocol_scores_rounded_values() -> None:
    clean = np.zeros((8, 8, 3), np.float32)
    rounded = PROTOCOLS["rgb-uint8"]
    assert rounded.score(np.full_like(clean, 0.49 / 255), clean).psnr == float("inf")
    assert rounded.score(np.full_like(clean, 0.51 / 255), clean).psnr == pytest.approx(20 * np.log10(255), abs=1e-6)
    a, b = _bytes(1), _bytes(2)
    score = rounded.score(a.astype(np.float32) / np.float32(255), b.astype(np.float32) / np.float32(255))
    assert score.psnr == pytest.approx(peak_signal_noise_ratio(b, a, data_range=255), abs=1e-6)
    assert score.ssim == pytest.approx(structural_similarity(b, a, data_range=255, channel_axis=2), abs=1e-6)


def test_the_y_protocol_agrees_with_scikit_image_on_8_bit_luma() -> None:
    a, b = _bytes(3), _bytes(4)
    score = PROTOCOLS["y-uint8"].score(a.astype(np.float32) / 255, b.astype(np.float32) / 255)
    grey_a, grey_b = (np.floor(rgb2ycbcr(picture)[:, :, 0] + 0.5) for picture in (a, b))
    assert score.psnr == pytest.approx(peak_signal_noise_ratio(grey_b, grey_a, data_range=255), abs=1e-6)
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    assert score.ssim == pytest.approx(structural_similarity(grey_b, grey_a, data_range=255, **window), abs=1e-6)


def test_crops_of_the_protocols() -> None:
    picture = _bytes(0, (35, 50, 3))
    assert PROTOCOLS[PAPER].crop(picture).shape == (32, 48, 3)
    assert PROTOCOLS["rgb-uint8"].crop(picture).shape == PROTOCOLS["y-uint8"].crop(picture).shape == picture.shape
    assert all(name == protocol.name for name, protocol in PROTOCOLS.items())


def test_perceptual_distance_gets_rgb_rounded_by_the_protocol() -> None:
    clean = np.zeros((11, 11, 3), np.float32)
    output = np.full_like(clean, 0.6 / 255)
    output[0, 0, 0] = 7.0

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        assert a.shape == b.shape == (11, 11, 3) and a.max() == 1.0
        return float(a[5, 5, 0] * 255)

    found = {name: protocol.score(output, clean, distance).lpips for name, protocol in PROTOCOLS.items()}
    assert found == {
        PAPER: pytest.approx(0.6, abs=1e-5),
        "rgb-uint8": pytest.approx(1.0),
        "y-uint8": pytest.approx(1.0),
    }
    assert PROTOCOLS[PAPER].score(output, clean).lpips is None


def test_centre_crop_keeps_the_centre() -> None:
    picture = np.zeros((35, 50, 3), np.uint8)
    picture[1:33, 1:49] = 1
    assert centre_crop(picture).shape == (32, 48, 3) and centre_crop(picture).all()
    with pytest.raises(ValueError, match="50x15"):
        centre_crop(picture[:15])
