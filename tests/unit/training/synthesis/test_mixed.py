"""Several degradations in their physical order."""

import numpy as np
import pytest

from core.evaluation import psnr
from training import synthesis


def test_the_order_is_that_of_scene_lens_sensor_and_file(scene: np.ndarray) -> None:
    strengths = {"jpeg": 0.2, "noise": 0.1, "low-light": 0.3, "blur": 0.2, "haze": 0.3, "rain": 0.4}
    _, facts = synthesis.degrade_mixed(scene, strengths, np.random.default_rng(0))
    assert [fact.family for fact in facts] == ["rain", "haze", "blur", "low-light", "noise", "jpeg"]
    assert [fact.strength for fact in facts] == [0.4, 0.3, 0.2, 0.3, 0.1, 0.2]


def test_one_family_alone_is_degrade(scene: np.ndarray) -> None:
    depth = np.full(scene.shape[:2], 0.5, np.float32)
    for family in (*synthesis.FAMILIES, "jpeg"):
        alone, facts = synthesis.degrade(scene, family, 0.5, np.random.default_rng(3), depth=depth)
        mixed, several = synthesis.degrade_mixed(scene, {family: 0.5}, np.random.default_rng(3), depth=depth)
        np.testing.assert_array_equal(mixed, alone)
        assert several == (facts,)


def test_noise_is_added_after_low_light(scene: np.ndarray) -> None:
    (dark, _), (both, facts) = (
        synthesis.degrade_mixed(scene, strengths, np.random.default_rng(5))
        for strengths in ({"low-light": 0.1}, {"low-light": 0.1, "noise": 0.2})
    )
    assert both.mean() < 0.8 * scene.mean()  # noise before the darkness would have been darkened with it
    difference = (both - dark)[dark > 0.3]  # where nothing is cut off at black
    assert difference.std() * 255 == pytest.approx(facts[1].sigma, rel=0.25)


def test_haze_is_added_after_rain(scene: np.ndarray) -> None:
    depth = np.ones(scene.shape[:2], np.float32)
    clear = synthesis.degrade_mixed(scene, {"rain": 0.6}, np.random.default_rng(9), depth=depth)[0]
    hazy = synthesis.degrade_mixed(scene, {"rain": 0.6, "haze": 0.9}, np.random.default_rng(9), depth=depth)[0]
    assert hazy.std() < 0.6 * clear.std()


def test_random_mixed_draws_its_strengths(scene: np.ndarray) -> None:
    pair = ("rain", "haze")
    errors = [psnr(synthesis.random_mixed(scene, pair, np.random.default_rng(seed)), scene) for seed in range(10)]
    assert np.std(errors) > 1 and max(errors) < 35


def test_no_or_unknown_families_are_rejected(scene: np.ndarray) -> None:
    with pytest.raises(ValueError, match="none; expected one or more of rain"):
        synthesis.random_mixed(scene, (), np.random.default_rng(0))
    with pytest.raises(ValueError, match="snow"):
        synthesis.random_mixed(scene, ("rain", "snow"), np.random.default_rng(0))
