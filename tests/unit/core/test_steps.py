import pytest

from core.degradations import KEYS, text_key
from core.errors import MaskError, RestorationError
from core.inference import Step, parse_steps
from core.masks import Mask, Sky


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("haze", (Step("haze", 0.7),)),
        ("haze,noise25:0.5", (Step("haze", 0.7), Step("noise25", 0.5))),
        (" rain , blur ", (Step("rain", 0.7), Step("blur", 0.7))),
        (Step("haze", 0.2), (Step("haze", 0.2),)),
        ("text:soft light: a little, haze", (Step("text:soft light: a little, haze", 0.7),)),
        (["text:0.5", "rain"], (Step("text:0.5", 0.7), Step("rain", 0.7))),
        ([Step("haze", 0.2), "rain", "blur:0"], (Step("haze", 0.2), Step("rain", 0.7), Step("blur", 0.0))),
    ],
)
def test_every_form_of_steps_is_accepted(given: object, expected: tuple[Step, ...]) -> None:
    assert parse_steps(given, strength=0.7) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["", " , ", [], "snow", "haze:", "haze:much", "haze:1.1", "haze:-0.1", "haze:nan"])
def test_invalid_steps_are_refused(given: object) -> None:
    with pytest.raises(RestorationError):
        parse_steps(given)  # type: ignore[arg-type]


def test_every_key_is_parsed() -> None:
    for key in (*KEYS, text_key("grain, as of old film: much of it"), text_key("haze:0.5")):
        assert parse_steps(key) == (Step(key),)


def test_an_empty_free_text_prompt_is_refused() -> None:
    with pytest.raises(RestorationError, match="characters"):
        parse_steps("text: ")


def test_the_common_strength_is_checked() -> None:
    with pytest.raises(RestorationError, match=r"1\.5"):
        parse_steps("haze", strength=1.5)


def test_steps_are_converted_to_plain_values_and_back() -> None:
    step = Step("haze", 0.5)
    assert step.to_dict() == {"degradation": "haze", "strength": 0.5}
    assert Step.from_dict(step.to_dict()) == step
    assert Step.from_dict({"strength": 1, "degradation": "rain"}) == Step("rain")


@pytest.mark.parametrize(
    "values",
    [
        None,
        ["haze", 0.5],
        {"degradation": "haze"},
        {"degradation": "haze", "strength": 0.5, "masks": "sky"},
        {"degradation": "haze", "strength": "0.5"},
        {"degradation": "haze", "strength": True},
        {"degradation": ["haze"], "strength": 0.5},
    ],
)
def test_values_of_another_form_are_not_a_step(values: object) -> None:
    with pytest.raises(ValueError, match="not a step"):
        Step.from_dict(values)


@pytest.mark.parametrize("values", [{"degradation": "snow", "strength": 1}, {"degradation": "haze", "strength": 1.5}])
def test_unknown_degradations_and_strengths_out_of_range_are_refused(values: object) -> None:
    with pytest.raises(RestorationError):
        Step.from_dict(values)


def test_a_mask_is_part_of_a_step() -> None:
    mask = Mask.from_shape(Sky(), inverted=True)
    step = Step("haze", 0.5, mask)
    assert Step.from_dict(step.to_dict()) == step != Step("haze", 0.5)
    assert "mask" not in Step("haze").to_dict()  # as earlier versions wrote it
    with pytest.raises(MaskError):
        Step.from_dict({"degradation": "haze", "strength": 0.5, "mask": "sky"})
