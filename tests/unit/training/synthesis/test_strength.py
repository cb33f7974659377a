"""Degradations by strength: order, parameters, and rounding."""

from itertools import pairwise

import numpy as np
import pytest

from core.evaluation import psnr
from training import synthesis

EVERY = (*synthesis.FAMILIES, "jpeg")
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize("family", EVERY)
def test_psnr_falls_with_strength_from_just_visible_to_heavy(family: str, scene: np.ndarray) -> None:
    means = [
        np.mean(
            [psnr(synthesis.degrade(scene, family, s, np.random.default_rng(seed))[0], scene) for seed in range(12)]
        )
        for s in STRENGTHS
    ]
    assert all(before > after + 0.4 for before, after in pairwise(means)), means
    assert means[0] - means[-1] > 6


@pytest.mark.parametrize("family", EVERY)
def test_every_family_returns_8_bit_values_and_its_parameters(family: str, scene: np.ndarray) -> None:
    for seed in range(8):
        picture, facts = synthesis.degrade(scene, family, 0.3, np.random.default_rng(seed))
        np.testing.assert_array_equal(picture, (np.round(picture * 255) / 255).astype(np.float32))
        assert facts.family == family and facts.strength == 0.3
        assert all(np.isfinite(value) for value in facts.values.values())


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_sigma_is_that_of_the_noise(strength: float) -> None:
    grey = np.full((128, 128, 3), 128 / 255, np.float32)
    kinds = set()
    for seed in range(12):
        noisy, facts = synthesis.degrade(grey, "noise", strength, np.random.default_rng(seed))
        kinds.add(facts.kind)
        assert (noisy - grey).std() * 255 == pytest.approx(facts.sigma, rel=0.06)
        assert facts.sigma == pytest.approx(5 + 45 * strength, rel=0.05)
    assert kinds == ({"gaussian", "camera"} if strength < 0.6 else {"gaussian"})


def test_camera_noise_keeps_its_sigma_on_a_picture(scene: np.ndarray) -> None:
    for seed in range(20):
        noisy, facts = synthesis.degrade(scene, "noise", 0.4, np.random.default_rng(seed))
        if facts.kind == "camera":
            assert np.sqrt(np.mean((noisy - scene) ** 2)) * 255 == pytest.approx(facts.sigma, rel=0.02)
            assert facts.sigma == pytest.approx(23.0, rel=0.05)


def test_blur_is_of_every_kind_and_its_radius_grows(scene: np.ndarray) -> None:
    measured = [synthesis.camera_shake_kernel(15, np.random.default_rng(seed)) for seed in range(3)]

    def facts(strength: float) -> list[synthesis.Facts]:
        rngs = [np.random.default_rng(seed) for seed in range(40)]
        return [synthesis.degrade(scene, "blur", strength, rng, kernels=measured)[1] for rng in rngs]

    light, heavy = facts(0.2), facts(0.9)
    assert {fact.kind for fact in light} == {"motion", "defocus", "gaussian"}
    assert all(b.values["radius"] > 2 * a.values["radius"] for a, b in zip(light, heavy, strict=True))
    assert any(fact.sigma for fact in light) and not all(fact.sigma for fact in light)


def test_haze_uses_the_given_depth(scene: np.ndarray) -> None:
    depth = np.full(scene.shape[:2], 0.05, np.float32)
    depth[:, 64:] = 1.0
    hazy, facts = synthesis.degrade(scene, "haze", 0.5, np.random.default_rng(0), depth=depth)
    change = np.abs(hazy - scene)
    assert change[:, 64:].mean() > 4 * change[:, :64].mean()
    assert facts.values["veil"] == pytest.approx(0.41, rel=0.1)


def test_low_light_returns_its_exposure_and_noise(scene: np.ndarray) -> None:
    dark, facts = synthesis.degrade(scene, "low-light", 0.5, np.random.default_rng(1))
    assert dark.mean() < 0.5 * scene.mean()
    assert 0.07 < facts.values["exposure"] < 0.12 and facts.sigma > 0.3


def test_wrong_family_and_strength_are_rejected(scene: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"'snow'.*noise, rain"):
        synthesis.degrade(scene, "snow", 0.5, np.random.default_rng(0))
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="strength"):
            synthesis.degrade(scene, "noise", strength, np.random.default_rng(0))
