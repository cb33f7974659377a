"""Slight degradations."""

import numpy as np
import pytest

from core.evaluation.metrics import psnr
from training import synthesis


@pytest.mark.parametrize("family", synthesis.FAMILIES)
def test_traces_are_slight_and_not_zero(family: str, scene: np.ndarray) -> None:
    values = []
    for seed in range(12):
        one, two = (synthesis.slight(scene, family, np.random.default_rng(seed)) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert one.dtype == np.float32 and one.min() >= 0 and one.max() <= 1
        values.append(psnr(one, scene))
    assert np.median(values) > 29 and np.median(values) < 60


def test_noise_of_a_trace_does_not_darken() -> None:
    grey = np.full((64, 64, 3), 0.5, np.float32)
    means = [synthesis.slight(grey, "noise", np.random.default_rng(seed)).mean() for seed in range(8)]
    assert np.mean(means) == pytest.approx(0.5, abs=0.1 / 255)


def test_unknown_families_are_named() -> None:
    with pytest.raises(ValueError, match="snow"):
        synthesis.slight(np.zeros((8, 8, 3), np.float32), "snow", np.random.default_rng(0))
