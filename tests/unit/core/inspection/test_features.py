"""Summaries of feature maps against explicit sums."""

import numpy as np
import pytest

from core.inspection import mean_magnitude, principal_components, strongest_channels
from core.inspection.features import inner_range


def features(channels: int = 5, height: int = 6, width: int = 7) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((channels, height, width)).astype(np.float32)


def test_mean_magnitude() -> None:
    maps = np.array([[[1.0, -2.0]], [[-3.0, 0.0]]], np.float32)
    np.testing.assert_allclose(mean_magnitude(maps), [[2.0, 1.0]])


def test_edges_do_not_affect_the_range() -> None:
    maps = np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10)
    framed = np.pad(maps, 1, constant_values=1000)
    assert inner_range(framed) == pytest.approx((0.01, 0.99))
    assert inner_range(framed[:5, :5])[1] == 1000  # too small to go without
    inside = principal_components(np.stack([framed, features(1, 12, 12)[0]])).colours[1:-1, 1:-1]
    assert np.ptp(inside, axis=(0, 1)).max() > 0.9


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    maps = features()
    rows = maps.reshape(5, -1).T - maps.reshape(5, -1).T.mean(axis=0)
    left, sizes, _ = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
    found = principal_components(maps)
    np.testing.assert_allclose(found.explained, sizes[:3] ** 2 / (sizes**2).sum(), rtol=1e-6)
    for component in range(3):
        expected = left[:, component] * sizes[component]
        np.testing.assert_allclose(np.abs(found.maps[component].ravel()), np.abs(expected), atol=1e-5)
    assert found.colours.shape == (6, 7, 3)
    assert found.colours.min() == 0 and found.colours.max() == 1


def test_sign_is_independent_of_the_sign_of_the_features() -> None:
    maps = features()
    np.testing.assert_allclose(principal_components(maps + 4).maps, principal_components(maps).maps, atol=1e-5)


def test_constant_and_narrow_features_have_fewer_components() -> None:
    flat = principal_components(np.ones((4, 3, 3), np.float32))
    assert not flat.explained.any() and not flat.colours.any()
    narrow = principal_components(features(channels=2))
    assert narrow.explained[2] == 0 and not narrow.maps[2].any()
    assert narrow.explained.sum() == pytest.approx(1)


def test_strongest_channels_come_first() -> None:
    maps = features(channels=4) * np.array([1, -9, 3, 0], np.float32)[:, None, None]
    maps[3] += 50  # large, but the same everywhere
    found = strongest_channels(maps, count=3)
    assert found.channels.tolist() == [1, 2, 0]
    np.testing.assert_allclose(
        found.strengths, [np.sqrt(np.mean((maps[c] - maps[c].mean()) ** 2)) for c in (1, 2, 0)], rtol=1e-5
    )
    np.testing.assert_array_equal(found.maps, maps[[1, 2, 0]])
    assert len(strongest_channels(maps, count=99).channels) == 4
