"""Augmentations that preserve the labels."""

import numpy as np
import pytest

from training.detection import variety
from training.detection.pictures import Scene

RNG = np.random.default_rng


@pytest.fixture
def picture() -> np.ndarray:
    return RNG(0).random((120, 160, 3), np.float32)


@pytest.mark.parametrize("change", [variety.toned, variety.finished, variety.bordered, variety.developed])
def test_size_and_range_stay(picture: np.ndarray, change: object) -> None:
    before = picture.copy()
    for seed in range(25):
        out = change(picture, RNG(seed))  # type: ignore[operator]
        assert out.shape == picture.shape and out.dtype == np.float32
        assert out.min() >= 0 and out.max() <= 1
    np.testing.assert_array_equal(picture, before)


def test_frame_is_never_enlarged_and_crops_all_parts_equally() -> None:
    rows, columns = np.mgrid[:300, :900]
    clean = np.stack([rows % 256, columns % 256, rows // 256 * 16 + columns // 256], 2).astype(np.uint8)
    scene = Scene(clean, "rain", 255 - clean, clean[..., 0])
    for seed in range(25):
        part = variety.framed(scene, RNG(seed), native=True)
        assert part.degraded is not None and part.depth is not None
        assert max(part.clean.shape[:2]) <= 560 and min(part.clean.shape[:2]) >= 60
        np.testing.assert_array_equal(part.degraded, 255 - part.clean)
        np.testing.assert_array_equal(part.depth, part.clean[..., 0])
        reduced = variety.framed(scene, RNG(seed), native=False).clean
        assert max(reduced.shape[:2]) <= 560


def test_native_frame_has_original_pixels() -> None:
    clean = RNG(1).integers(0, 256, (130, 170, 3), np.uint8)
    values = {tuple(pixel) for pixel in clean.reshape(-1, 3).tolist()}
    part = variety.framed(Scene(clean), RNG(2), native=True).clean
    assert {tuple(pixel) for pixel in part.reshape(-1, 3).tolist()} <= values


def test_backlit_picture_is_dark_except_its_brightest_parts() -> None:
    bright = np.repeat(np.linspace(1, 0, 100, dtype=np.float32), 300).reshape(100, 100, 3)
    dark = bright * np.float32(0.1)
    for seed in range(10):
        out = variety.backlit(dark, bright, RNG(seed))
        assert (out >= dark - 1e-6).all() and (out <= bright + 1e-6).all()
        assert out[0].mean() > 2 * dark[0].mean()
        np.testing.assert_allclose(out[60:], dark[60:], atol=1e-6)


def test_lamps_brighten_only_part_of_a_dark_picture() -> None:
    bright = np.full((90, 120, 3), 0.7, np.float32)
    dark = bright * np.float32(0.08)
    for seed in range(20):
        out = variety.lamplit(dark, bright, RNG(seed))
        assert (out >= dark - 1e-6).all() and out.max() <= 1
        assert out.max() > 0.75, "a lamp is blown out"
        assert np.median(out) < 0.5


def test_haze_is_removed_only_in_the_foreground(picture: np.ndarray) -> None:
    hazy = (0.2 * picture + 0.7).astype(np.float32)
    for seed in range(20):
        share = np.abs(variety.near_clear(hazy, picture, RNG(seed)) - hazy) / np.abs(picture - hazy).clip(1e-3)
        assert share.max() > 0.99
        assert (share < 0.05).mean() > 0.4
