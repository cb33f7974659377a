"""Degradations as in photographs."""

import cv2
import numpy as np
import pytest

from training.detection.photographic import FAMILIES, photographic


def scene() -> np.ndarray:
    small = np.random.default_rng(3).random((18, 24, 3)).astype(np.float32)
    return np.clip(cv2.resize(small, (144, 108), interpolation=cv2.INTER_CUBIC), 0.05, 0.9)


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_change_and_stay_in_range(family: str) -> None:
    clean = scene()
    picture, sigma = photographic(clean, family, [], np.random.default_rng(1))
    assert picture.shape == clean.shape and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1 and not np.allclose(picture, clean, atol=0.01)
    again, _ = photographic(clean, family, [], np.random.default_rng(1))
    np.testing.assert_array_equal(picture, again)
    if family == "noise":
        assert sigma == pytest.approx(255 * np.sqrt(np.mean((picture - clean) ** 2)), rel=0.3)
    else:
        assert sigma == 0


def test_unknown_families_are_refused() -> None:
    with pytest.raises(ValueError, match="low-light"):
        photographic(scene(), "low-light", [], np.random.default_rng(0))
