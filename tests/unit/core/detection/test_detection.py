"""What a verdict says and what follows from it."""

import pytest

from core.degradations import KEYS
from core.detection import CLASSES, FAMILIES, Detection
from core.inference import parse_steps


def verdict(*found: str, sigma: float | None = None, unsure: bool = False) -> Detection:
    chances = {name: 0.9 if name in found else 0.05 for name in CLASSES}
    return Detection(chances, found, sigma, unsure)


def test_families_are_those_of_the_restorer_and_clean_is_none_of_them() -> None:
    from core.degradations import DEGRADATIONS

    assert set(FAMILIES) == {entry.family for entry in DEGRADATIONS}
    assert (*FAMILIES, "clean") == CLASSES


def test_clean_photo_needs_no_step() -> None:
    assert verdict().label == "clean" and verdict().steps() == ()


@pytest.mark.parametrize(
    ("sigma", "key"),
    [
        (3.0, "noise15"),
        (15.0, "noise15"),
        (19.0, "noise15"),  # sqrt(15 * 25) = 19.4 parts the ratios
        (19.8, "noise25"),
        (35.0, "noise25"),  # sqrt(25 * 50) = 35.4
        (36.0, "noise50"),
        (120.0, "noise50"),
        (0.0, "noise15"),
    ],
)
def test_noise_becomes_the_trained_strength_nearest_by_ratio(sigma: float, key: str) -> None:
    assert verdict("noise", sigma=sigma).steps() == (key,)


def test_noise_goes_before_what_would_amplify_it_and_every_step_is_a_key() -> None:
    steps = verdict("haze", "low-light", "rain", "blur", "noise", sigma=24.0).steps()
    assert steps == ("noise25", "low-light", "blur", "rain", "haze")
    assert set(steps) <= set(KEYS)
    assert [step.degradation for step in parse_steps(steps)] == list(steps)


def test_label_names_all_in_words() -> None:
    assert verdict("noise", "low-light", sigma=22.7).label == "noise (σ 23) and low light"


def test_unsure_counts_only_the_most_probable() -> None:
    doubtful = verdict("haze", "rain", unsure=True)
    assert doubtful.label == "unsure, perhaps haze" and doubtful.steps() == ("haze",)


@pytest.mark.parametrize(("blur", "named"), [(0.45, "blur"), (0.3, "clean")])
def test_unsure_names_the_most_probable_even_if_it_leaves_it_alone(blur: float, named: str) -> None:
    chances = dict.fromkeys(CLASSES, 0.1) | {"blur": blur, "clean": 0.4}
    undecided = Detection(chances, (), None, True)
    assert undecided.label == f"unsure, perhaps {named}" and undecided.steps() == ()
