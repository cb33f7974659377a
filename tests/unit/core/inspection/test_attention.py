"""Attention maps: differences between two, and how often an entry is dropped over many."""

from collections.abc import Callable

import numpy as np
import pytest

from core.inspection import Attention, Inspector, difference, drop_rates, region_of


def attention(kept: list[list[int]], block: str = "latent") -> Attention:
    array = np.array([kept], bool)
    values = array.astype(np.float32)
    return Attention(block, values, array, values / 2, keep=0.5, mode="before_softmax")


def test_difference_is_second_minus_first(inspector: Inspector, picture: Callable) -> None:
    region = region_of(picture())
    first, second = (inspector.trace(region, key, stages=()).blocks["latent"].attention for key in ("rain", "haze"))
    found = difference(first, second)
    np.testing.assert_array_equal(found.logits, second.logits - first.logits)
    np.testing.assert_array_equal(found.weights, second.weights - first.weights)
    assert (found.kept == 1).sum() == (second.kept & ~first.kept).sum() > 0
    assert (found.kept == -1).sum() == (first.kept & ~second.kept).sum() > 0
    assert found.changed == pytest.approx(np.mean(first.kept != second.kept))
    same = difference(first, first)
    assert same.changed == 0 and not same.logits.any() and not same.weights.any()


def test_blocks_cannot_be_compared_with_each_other() -> None:
    with pytest.raises(ValueError, match="level 3"):
        difference(attention([[1, 0], [0, 1]]), attention([[1, 0], [0, 1]], "level 3"))


def test_drop_rates_are_counted() -> None:
    photos = [[attention([[1, 0], [1, 0]])], [attention([[1, 0], [0, 1]])], [attention([[1, 0], [0, 1]])]]
    (found,) = drop_rates(photos)
    assert (found.block, found.photos, found.expected) == ("latent", 3, 0.5)
    np.testing.assert_allclose(found.rates, [[[0, 1], [2 / 3, 1 / 3]]], rtol=1e-6)
    assert found.settled == 0.5


def test_photos_of_different_models_are_refused() -> None:
    with pytest.raises(ValueError, match="different blocks"):
        drop_rates([[attention([[1]])], [attention([[1]], "level 1")]])


def test_drop_rates_of_a_folder(inspector: Inspector, picture: Callable) -> None:
    regions = [region_of(picture(32, 40, seed)) for seed in range(3)]
    found = inspector.drop_rates(regions, "rain", blocks=["level 3", "latent"])
    assert [entry.block for entry in found] == ["level 3", "latent"]
    for entry in found:
        one_by_one = [inspector.trace(region, "rain").blocks[entry.block].attention.kept for region in regions]
        np.testing.assert_allclose(entry.rates, 1 - np.mean(one_by_one, axis=0), atol=1e-6)
        assert entry.expected == pytest.approx(entry.rates.mean())  # each row drops as many
    assert inspector.drop_rates([], "rain") == ()


def test_models_without_caapm_have_no_drop_rates(make_inspector: Callable, picture: Callable) -> None:
    assert make_inspector(perturbation="dgcpm").drop_rates([region_of(picture())], "rain") == ()
