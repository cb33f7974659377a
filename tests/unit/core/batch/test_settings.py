"""Settings: decisions by verdicts, fingerprints, and steps as JSON."""

import pytest

from core.batch.settings import BatchSettings, Steps, steps_from_json, steps_text, steps_to_json
from core.batch.verdict import Verdict, verdict_from_json, verdict_to_json
from core.detection import CLASSES, Detection
from core.errors import BatchError
from core.steps import Step


def verdict(found: tuple[str, ...], confidence: float = 0.9, sigma: float | None = None) -> Verdict:
    probabilities = {name: confidence if name in (found or ("clean",)) else 0.01 for name in CLASSES}
    return verdict_from_json(verdict_to_json(Detection(probabilities, found, sigma, confidence < 0.6)))


def test_steps_follow_from_the_verdict() -> None:
    settings = BatchSettings(strength=0.5, groups={"noise+rain": (Step("noise50"),), "rain": ()})
    assert settings.steps_for(verdict(("haze",))) == (Step("haze", 0.5),)
    assert settings.steps_for(verdict(())) == ()
    assert settings.steps_for(verdict(("rain", "noise"), sigma=20.0)) == (Step("noise50"),)
    assert settings.steps_for(verdict(("rain",))) == ()


def test_verdict_below_the_threshold_needs_review() -> None:
    settings = BatchSettings(threshold=0.8)
    assert settings.steps_for(verdict(("haze",), 0.8)) == (Step("haze"),)
    assert settings.steps_for(verdict(("haze",), 0.79)) is None
    reason = settings.review_reason(verdict(("haze",), 0.79))
    assert reason == "The detector is not sure: haze (79%; the minimum is 80%)."
    assert reason.parameters["confidence"] == 0.79


def test_a_lower_threshold_acts_on_the_likeliest_when_the_detector_is_unsure() -> None:
    unsure = Detection({**dict.fromkeys(CLASSES, 0.1), "haze": 0.55, "rain": 0.5}, ("haze", "rain"), None, True)
    stored = verdict_from_json(verdict_to_json(unsure))
    assert stored.steps == ()
    assert BatchSettings().steps_for(stored) is None
    assert BatchSettings(threshold=0.5).steps_for(stored) == (Step("haze"),)


def test_noise_between_two_trained_levels_keeps_the_step_of_the_exact_value() -> None:
    """The nearest levels by ratio are 15 and 25; they meet at 19.365, and the journal rounds to one decimal."""
    for sigma, step in ((19.36, "noise15"), (19.37, "noise25")):
        assert verdict(("noise",), sigma=sigma).steps == (step,)


@pytest.mark.parametrize("text", ["[]", "{}", '"haze"', '{"probabilities": {}}', "no JSON"])
def test_other_texts_are_no_verdicts(text: str) -> None:
    with pytest.raises(ValueError):
        verdict_from_json(text)


def test_fingerprint_depends_exactly_on_what_changes_a_result() -> None:
    auto, steps = BatchSettings(), BatchSettings(steps=(Step("haze"),))
    override = (Step("rain"),)
    different = [
        auto.fingerprint("m", "d"),
        auto.fingerprint("m", "other"),
        auto.fingerprint("other", "d"),
        BatchSettings(threshold=0.9).fingerprint("m", "d"),
        BatchSettings(groups={"haze": ()}).fingerprint("m", "d"),
        BatchSettings(clean="leave").fingerprint("m", "d"),
        BatchSettings(quality=80).fingerprint("m", "d"),
        BatchSettings(quality_mode="best").fingerprint("m", "d"),
        BatchSettings(preview=True).fingerprint("m", "d"),
        steps.fingerprint("m", "d"),
        auto.fingerprint("m", "d", override),
    ]
    assert len(set(different)) == len(different)
    assert steps.fingerprint("m", "d") == steps.fingerprint("m", "other")  # the detector is not used
    assert auto.fingerprint("m", "d", override) == steps.fingerprint("m", "d", override)


RAIN = (Step("rain"),)
GROUPS = {"haze": (Step("haze", 0.7),), "rain": ()}


@pytest.mark.parametrize(
    ("settings", "override", "fingerprint"),
    [
        (BatchSettings(), None, "83faeb00427ae63466c990aabb8e5102b2115007320991c5648e32c07e2c8dd2"),
        (
            BatchSettings(steps=(Step("haze"), Step("noise25", 0.5)), quality=90),
            None,
            "1c636cad4ea8414d588f6b4bcee6cd2c6d8233edaf6894b2e3186b45b47aa066",
        ),
        (
            BatchSettings(groups=GROUPS, threshold=0.8, strength=0.5, clean="leave", quality_mode="best", preview=True),
            None,
            "59d1ae0ece20714745c1fc80799fed8b07c34ac0d3999548d8e1ccd1e8db4c34",
        ),
        (BatchSettings(), (), "65e2ed6838f6bf2f0bfac91e4bc3f516e9170c56c4a9381f941211a7ad7d6c90"),
        (BatchSettings(), RAIN, "cf832ada9fd8559080c7dc87244c7f01fa5e8658b59856d60fbabe9f790d6eb6"),
    ],
)
def test_fingerprints_are_those_of_earlier_versions(
    settings: BatchSettings, override: Steps | None, fingerprint: str
) -> None:
    """Calculated by version 0.2.0. With others, all photos of existing batches would be restored again."""
    assert settings.fingerprint("m", "d", override) == fingerprint


@pytest.mark.parametrize(
    ("steps", "json", "text"),
    [
        (None, "", ""),
        ((), "[]", ""),
        (
            (Step("haze"), Step("text:soft light", 0.25)),
            '[{"degradation": "haze", "strength": 1.0}, {"degradation": "text:soft light", "strength": 0.25}]',
            "haze,text:soft light:0.25",
        ),
    ],
)
def test_steps_as_json_and_text(steps: Steps | None, json: str, text: str) -> None:
    assert steps_to_json(steps) == json and steps_from_json(json) == steps and steps_text(steps) == text


@pytest.mark.parametrize(
    "values", [{"strength": 1.5}, {"strength": -0.1}, {"threshold": 2.0}, {"quality": 0}, {"quality_mode": "fast"}]
)
def test_values_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(BatchError, match="Choose"):
        BatchSettings(**values)  # type: ignore[arg-type]
