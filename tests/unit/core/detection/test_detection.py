"""Detection: label, steps and JSON form."""

import json

import pytest

from core.degradations import KEYS
from core.detection import CLASSES, FAMILIES, Detection
from core.inference import parse_steps


def detection(*found: str, sigma: float | None = None, unsure: bool = False) -> Detection:
    probabilities = {name: 0.9 if name in found else 0.05 for name in CLASSES}
    return Detection(probabilities, found, sigma, unsure)


def test_families_are_those_of_the_degradations() -> None:
    from core.degradations import DEGRADATIONS

    assert set(FAMILIES) == {entry.family for entry in DEGRADATIONS}
    assert (*FAMILIES, "clean") == CLASSES


def test_clean_photo_needs_no_step() -> None:
    assert detection().label == "clean" and detection().steps() == ()


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
    assert detection("noise", sigma=sigma).steps() == (key,)


def test_steps_are_keys_in_the_order_of_removal() -> None:
    steps = detection("haze", "low-light", "rain", "blur", "noise", sigma=24.0).steps()
    assert steps == ("low-light", "haze", "noise25", "rain", "blur")
    assert set(steps) <= set(KEYS)
    assert [step.degradation for step in parse_steps(steps)] == list(steps)


def test_label_names_all_families() -> None:
    assert detection("noise", "low-light", sigma=22.7).label == "noise (σ 23) and low light"
    assert detection("blur", "rain", "haze").label == "blur, rain and haze"


def test_label_keeps_its_parts_for_the_translator() -> None:
    label = detection("noise", "haze", sigma=22.7).label
    assert label.template == "{names} and {last}"
    assert label.parameters["names"][0].template == "noise (σ {sigma:.0f})"
    assert label.parameters["names"][0].parameters == {"sigma": 22.7}


@pytest.mark.parametrize(
    "original",
    [
        detection(),
        detection("noise", "low-light", sigma=22.7),
        detection("haze", "rain", unsure=True),
    ],
)
def test_json_form_reads_back_as_the_same_detection(original: Detection) -> None:
    values = json.loads(json.dumps(original.to_dict()))
    assert Detection.from_dict(values) == original
    assert values["label"] == original.label and values["steps"] == list(original.steps())


def test_json_form_is_that_of_earlier_versions() -> None:
    result = detection("noise", "haze", sigma=22.74)
    assert result.to_dict() == {
        "label": "noise (σ 23) and haze",
        "probabilities": {"noise": 0.9, "rain": 0.05, "haze": 0.9, "blur": 0.05, "low-light": 0.05, "clean": 0.05},
        "found": ["noise", "haze"],
        "sigma": 22.7,
        "unsure": False,
        "steps": ["haze", "noise25"],
    }


@pytest.mark.parametrize("missing", ["probabilities", "found", "sigma", "unsure"])
def test_json_form_without_an_entry_is_refused(missing: str) -> None:
    values = detection("haze").to_dict()
    del values[missing]
    with pytest.raises(ValueError, match="not a detection"):
        Detection.from_dict(values)


def test_nothing_is_proposed_when_unsure() -> None:
    result = detection("haze", "rain", unsure=True)
    assert result.label == "unsure, perhaps haze" and result.relied_on == ()
    assert result.steps() == () and result.proposals() == () and result.to_dict()["steps"] == []
    assert result.likely_steps() == ("haze",)


def test_proposals_are_the_steps_at_full_strength() -> None:
    result = detection("haze", "noise", sigma=24.0)
    assert [step.degradation for step in result.proposals()] == list(result.steps()) == list(result.likely_steps())
    assert [step.strength for step in result.proposals()] == [1.0, 1.0]


@pytest.mark.parametrize(("blur", "named"), [(0.45, "blur"), (0.3, "clean")])
def test_unsure_label_names_the_most_probable_class_even_without_a_step(blur: float, named: str) -> None:
    probabilities = dict.fromkeys(CLASSES, 0.1) | {"blur": blur, "clean": 0.4}
    result = Detection(probabilities, (), None, True)
    assert result.label == f"unsure, perhaps {named}" and result.steps() == ()
