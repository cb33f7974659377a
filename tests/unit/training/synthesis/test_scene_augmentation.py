"""Augmented scenes: what changes, and what must not."""

from collections.abc import Callable

import numpy as np
import pytest

from training import synthesis
from training.synthesis.light import LUMA

_SEEDS = range(40)


def test_augmented_colours_never_lower_the_contrast_of_a_grey_picture() -> None:
    ramp = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], 3, 2).repeat(4, 0)
    for seed in _SEEDS:
        out = synthesis.augment_colours(ramp, np.random.default_rng(seed))
        assert out.dtype == np.float32 and out.shape == ramp.shape
        assert out.min() == 0.0 and out.max() >= 0.85  # the least gain of a channel
        assert (np.diff(out.mean((0, 2))) >= -1e-6).all()  # what was brighter stays brighter
        np.testing.assert_allclose(out * 255, np.round(out * 255), atol=1e-4)


def test_augmented_colours_differ_from_draw_to_draw(random_picture: Callable[..., np.ndarray]) -> None:
    clean = random_picture()
    means = np.array([synthesis.augment_colours(clean, np.random.default_rng(seed)).mean((0, 1)) for seed in _SEEDS])
    assert (means.std(0) > 0.04).all()
    again = synthesis.augment_colours(clean, np.random.default_rng(3))
    np.testing.assert_array_equal(again, synthesis.augment_colours(clean, np.random.default_rng(3)))


def test_augmented_depth_without_tilt_keeps_the_order_of_distances() -> None:
    depth = np.linspace(0, 1, 50, dtype=np.float32)[None].repeat(3, 0)
    rising = 0
    for seed in _SEEDS:
        out = synthesis.augment_depth(depth, np.random.default_rng(seed))
        assert out.dtype == np.float32 and out.shape == depth.shape
        assert out.min() >= 0.02 and out.max() <= 1.0
        rising += bool((np.diff(out[1]) >= 0).all())
    assert rising > len(_SEEDS) / 2  # a room tilted far turns the order round


def test_segment_depth_steps_where_the_colour_changes() -> None:
    clean = np.full((60, 80, 3), 0.1, np.float32)
    clean[:, 40:] = (0.9, 0.2, 0.8)
    at_edge, elsewhere = [], []
    for seed in _SEEDS:
        depth = synthesis.segment_depth(clean, np.random.default_rng(seed))
        assert depth.shape == (60, 80) and depth.dtype == np.float32
        assert depth.min() >= 0.02 and depth.max() <= 1.0
        jumps = np.abs(np.diff(depth, axis=1))
        at_edge.append(jumps[:, 36:43].max(1).mean())
        elsewhere.append(np.delete(jumps, range(34, 45), 1).mean())
    assert np.mean(at_edge) > 5 * np.mean(elsewhere)


@pytest.mark.parametrize("known", [True, False])
def test_an_augmented_scene_keeps_its_depth_where_it_has_one(
    known: bool, random_picture: Callable[..., np.ndarray]
) -> None:
    clean = random_picture()
    depth = np.random.default_rng(1).random(clean.shape[:2], np.float32)
    alike = []
    for seed in _SEEDS:
        other, bent = synthesis.augment_scene(clean, depth if known else None, np.random.default_rng(seed))
        assert other.shape == clean.shape and bent.shape == depth.shape
        alike.append(np.corrcoef(bent.ravel(), depth.ravel())[0, 1])
    assert (np.median(alike) > 0.8) == known


def test_vivid_colours_change_saturation_but_not_luma() -> None:
    dull = np.broadcast_to(np.array([0.5, 0.45, 0.4], np.float32), (4, 4, 3))
    before, ratios, orders = np.ptp(dull, axis=2).mean(), [], set()
    for seed in range(60):
        out = synthesis.vivid_colours(dull, np.random.default_rng(seed))
        np.testing.assert_allclose(out * 255, np.round(out * 255), atol=1e-4)
        order = tuple(np.argsort(-out[0, 0]))
        orders.add(order)
        ratios.append(np.ptp(out, axis=2).mean() / before)
        if order == (0, 1, 2):
            np.testing.assert_allclose(out @ LUMA, dull @ LUMA, atol=2 / 255)
    assert 0.6 < min(ratios) < 0.85 and 1.9 < max(ratios) < 2.3 and len(orders) >= 4


def test_grey_stays_grey_with_vivid_colours() -> None:
    grey = np.repeat(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16, 1), 3, axis=2)
    np.testing.assert_allclose(synthesis.vivid_colours(grey, np.random.default_rng(0)), grey, atol=1e-3)
