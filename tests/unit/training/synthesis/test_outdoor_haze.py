"""Haze of scenes with a sky, compared with the scattering model, and camera exposure."""

import numpy as np
import pytest

from training import synthesis
from training.synthesis.outdoor_haze import EXPOSED, SKY_DISTANCE, draw_haze, scene_depth


def half_sky(size: int = 64) -> np.ndarray:
    """The upper half is sky, the ground below recedes: what a map holds, divided by 255."""
    rows = np.round(np.linspace(254, 1, size // 2))
    values = np.concatenate([np.full(size // 2, 255.0), rows])
    return np.repeat(values[:, None] / 255.0, size, 1).astype(np.float32)


@pytest.fixture
def clean() -> np.ndarray:
    rng = np.random.default_rng(5)
    picture = np.full((64, 64, 3), 0.3, np.float32)
    picture[:32] = [0.5, 0.65, 0.85]
    picture[36:60, 8:24] = [0.7, 0.3, 0.2]
    return np.clip(picture + rng.normal(0, 0.01, picture.shape), 0, 1).astype(np.float32)


def test_the_sky_is_farthest_by_the_documented_factor(clean: np.ndarray) -> None:
    for seed in range(20):
        depth = scene_depth(clean, half_sky(), np.random.default_rng(seed))
        assert depth.dtype == np.float32 and depth.min() > 0
        ground, sky = depth[36:], depth[:28]
        assert ground.max() <= 1.0
        assert SKY_DISTANCE[0] * ground.max() * 0.9 <= sky.min()
        assert sky.max() <= SKY_DISTANCE[1] * depth[32:].max() * 1.5
        assert np.ptp(sky) < 1e-5
        assert depth[60:].mean() < depth[34:38].mean()  # nearer at one's feet


def test_without_exposure_the_scattering_law_holds(clean: np.ndarray) -> None:
    drawn = draw_haze(
        scene_depth(clean, half_sky(), np.random.default_rng(1)), half_sky() >= 1, np.random.default_rng(2)
    )
    t = np.exp(-drawn.beta * drawn.depth.astype(np.float64) * drawn.density)[:, :, None]
    np.testing.assert_allclose(drawn.over(clean), clean * t + drawn.airlight * (1 - t), atol=1e-5)
    assert drawn.airlight.min() >= 0.6 * 0.3 and drawn.airlight.max() <= 1


def test_veils_are_between_slight_and_thick_and_casts_occur(clean: np.ndarray) -> None:
    veils, casts, uneven = [], [], 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        drawn = draw_haze(scene_depth(clean, half_sky(), rng), half_sky() >= 1, rng)
        transmission = np.exp(-drawn.beta * drawn.depth * drawn.density)
        veils.append(1 - transmission.mean())
        casts.append(drawn.airlight[0] - drawn.airlight[2])
        uneven += np.ptp(drawn.density) > 0
    assert 0.1 < min(veils) < 0.25 and 0.7 < max(veils) < 0.95
    assert max(casts) > 0.15 and min(casts) < -0.02 and np.median(np.abs(casts)) < 0.1
    assert 12 <= uneven <= 36


def test_a_camera_exposes_the_hazy_side(clean: np.ndarray) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hazy = synthesis.outdoor_haze(clean, half_sky(), rng, camera=1.0)
        assert hazy.dtype == np.float32 and hazy.min() >= 0 and hazy.max() <= 1
        assert EXPOSED[0] - 0.02 <= hazy.mean() <= EXPOSED[1] + 0.005
        assert (hazy.max(2) >= 1).mean() < 0.03
    dark = np.full((16, 16, 3), 0.1, np.float32)
    means = [synthesis.exposed(dark, np.random.default_rng(seed)).mean() for seed in range(40)]
    assert 0.37 < min(means) < 0.42 and 0.58 < max(means) < 0.63


def test_only_dark_clean_pictures_are_brightened() -> None:
    picture = np.random.default_rng(0).random((32, 32, 3), np.float32)
    assert synthesis.well_lit(picture, 0.4) is picture
    dim = picture * np.float32(0.6)
    lit = synthesis.well_lit(dim, 0.4)
    assert lit.mean() == pytest.approx(0.4, abs=0.03) and lit.dtype == np.float32
    order = np.argsort(dim.ravel())[::50]
    assert (np.diff(lit.ravel()[order]) >= -1e-6).all()
    assert synthesis.well_lit(dim * np.float32(0.05), 0.4).mean() < 0.2  # night stays night


def test_the_seed_determines_the_result_and_the_input_is_unchanged(clean: np.ndarray) -> None:
    before = clean.copy()
    one, two, other = (
        synthesis.outdoor_haze(clean, half_sky(), np.random.default_rng(seed), camera=0.8) for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(clean, before)


def test_measured_distances_keep_their_order_and_their_sky(clean: np.ndarray) -> None:
    depth = half_sky() * 0.5
    depth[:32] = 1.0
    black = np.zeros_like(clean)
    for seed in range(12):
        veil = synthesis.measured_haze(black, depth, np.random.default_rng(seed), camera=0.0).mean(2)
        assert veil[:30].mean() > veil[34:].mean()
        if np.ptp(veil[0]) < 1e-6:  # even
            assert veil[:30].min() > veil[34:].max() and (np.diff(veil[33:, 0]) <= 1e-6).all()


def test_scenes_without_sky_get_haze_as_well(clean: np.ndarray) -> None:
    hazy = synthesis.outdoor_haze(clean, np.zeros((64, 64), np.float32), np.random.default_rng(0), camera=0.0)
    assert hazy.std() < clean.std() and not np.array_equal(hazy, clean)
