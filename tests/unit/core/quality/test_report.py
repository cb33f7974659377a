"""What is warned of, and what is suggested against it."""

import json

import numpy as np
import pytest

from core.inference import Step
from core.photo import Photo
from core.quality import LIMITS, PROBLEMS, Comparison, Measures, QualityReport, harms_of, quality_report


def photos(after: np.ndarray, before: np.ndarray) -> tuple[Photo, Photo]:
    return Photo.from_array(before.astype(np.float32)), Photo.from_array(after.clip(0, 1).astype(np.float32))


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0.2, 0.9, 240, dtype=np.float32)[None, :, None], (200, 1, 3))


def textured() -> np.ndarray:
    photo = 0.5 + np.random.default_rng(4).normal(0, 0.02, (240, 240, 3))
    photo[:40] = 0.5
    return photo


def test_every_limit_has_a_problem_and_every_measure_but_the_change_a_limit() -> None:
    assert set(LIMITS) == set(PROBLEMS) == set(Measures.names()) - {"change"}


def test_the_worst_harm_comes_first() -> None:
    measures = Measures(darkening=1.1 * LIMITS["darkening"], bright_halos=2 * LIMITS["bright_halos"])
    assert [harm.kind for harm in harms_of(measures)] == ["bright_halos", "darkening"]
    assert harms_of(Measures()) == ()


def test_a_strength_is_suggested_that_does_no_harm() -> None:
    source, result = photos(ramp() * 0.6, ramp())
    report = quality_report(source, result, [Step("haze")])
    assert report.remedy is not None
    assert report.remedy.kind == "strength"
    (step,) = report.remedy.steps
    assert step.degradation == "haze"
    assert 0.3 <= step.strength < 1
    assert all(text.endswith(f": try {100 * step.strength:.0f} %.") for text in report.warnings)
    comparison = Comparison(source.pixels, result.pixels)
    assert harms_of(comparison.measures(step.strength)) == ()
    assert harms_of(comparison.measures(step.strength + 0.15))


@pytest.mark.parametrize("own", [0.95, 0.85, 0.7, 0.55])
def test_the_suggested_strength_itself_does_no_harm(own: float) -> None:
    source, full = photos(ramp() * 0.5, ramp())
    result = Photo.from_array(source.pixels + np.float32(own) * (full.pixels - source.pixels))
    report = quality_report(source, result, [Step("haze", own)])
    assert report.remedy is not None
    for step in report.remedy.steps:
        shown = Photo.from_array(source.pixels + np.float32(step.strength) * (full.pixels - source.pixels))
        assert quality_report(source, shown, [step]).harms == ()


def test_harm_that_does_not_grow_evenly_is_measured_at_the_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    source, result = photos(ramp() * 0.6, ramp())
    whole = Comparison.measures

    def measures(self: Comparison, strength: float = 1.0) -> Measures:
        harmless = strength == 0.9 or strength < 0.62  # 0.9 of 0.7 is 0.63, which is rounded to 0.6
        return Measures() if harmless else whole(self, 1.0)

    monkeypatch.setattr(Comparison, "measures", measures)
    remedy = quality_report(source, result, [Step("haze", 0.7)]).remedy
    assert remedy is not None
    assert measures(Comparison(source.pixels, result.pixels), remedy.steps[0].strength / 0.7) == Measures()


@pytest.mark.parametrize("light", [1.0, 0.3, 0.1, 0.04])
@pytest.mark.parametrize("kept", [0.0, 0.03])
def test_no_strength_is_suggested_for_a_result_that_is_nearly_black(light: float, kept: float) -> None:
    source, result = photos(ramp() * light * kept, ramp() * light)
    report = quality_report(source, result, [Step("noise50")])
    assert report.harms
    assert report.remedy is not None
    assert report.remedy.kind == "leave"


def test_a_dark_photo_that_loses_half_of_its_light_is_warned_of() -> None:
    for before, after in ((0.12, 0.04), (0.3, 0.1)):
        report = quality_report(*photos(ramp() * after, ramp() * before), [Step("haze")])
        assert "darkening" in {harm.kind for harm in report.harms}
    report = quality_report(*photos(ramp() * 0.11, ramp() * 0.12), [Step("haze")])
    assert report.harms == ()


def test_the_suggested_strength_is_relative_to_that_of_the_step() -> None:
    source, result = photos(ramp() * 0.6, ramp())
    full = quality_report(source, result, [Step("haze")]).remedy
    half = quality_report(source, result, [Step("haze", 0.5)]).remedy
    assert full is not None
    assert half is not None
    assert half.steps[0].strength == pytest.approx(full.steps[0].strength / 2, abs=0.051)


def test_several_steps_are_weakened_together() -> None:
    source, result = photos(ramp() * 0.6, ramp())
    remedy = quality_report(source, result, [Step("noise15"), Step("rain", 0.0), Step("haze")]).remedy
    assert remedy is not None
    assert [step.degradation for step in remedy.steps] == ["noise15", "haze"]
    assert remedy.steps[0].strength == remedy.steps[1].strength < 1
    assert "of all steps" in remedy.advice


def test_what_harms_at_any_strength_is_better_left_out() -> None:
    before = np.full((200, 240, 3), 0.9, np.float32)
    source, result = photos(np.full_like(before, 0.0), before)
    remedy = quality_report(source, result, [Step("haze")]).remedy
    assert remedy is not None
    assert (remedy.kind, remedy.steps) == ("leave", ())
    assert quality_report(source, result, []).remedy == remedy  # a model without prompts


def test_lost_detail_suggests_the_next_weaker_noise() -> None:
    blurred = np.full((240, 240, 3), 0.5)
    source, result = photos(blurred, textured())
    report = quality_report(source, result, [Step("noise50")])
    assert report.harms[0].kind == "texture_lost"
    assert report.remedy is not None
    assert report.remedy.steps == (Step("noise25"),)
    assert report.warnings[0] == "Fine detail was lost: try Noise (σ 25) instead."
    of_weakest = quality_report(source, result, [Step("noise15")]).remedy
    assert of_weakest is not None
    assert of_weakest.kind != "degradation"


def test_a_harmless_result_has_no_warning_and_may_be_hardly_changed() -> None:
    source, result = photos(ramp() * 1.001, ramp())
    report = quality_report(source, result, [Step("rain")])
    assert (report.harms, report.remedy, report.warnings, report.hardly_changed) == ((), None, (), True)
    assert not quality_report(*photos(ramp() * 1.05, ramp()), [Step("rain")]).hardly_changed


def test_the_report_as_json() -> None:
    source, result = photos(ramp() * 0.6, ramp())
    report = quality_report(source, result, [Step("haze")])
    values = json.loads(json.dumps(report.to_dict()))
    assert values["warnings"][0]["kind"] == report.harms[0].kind
    assert values["warnings"][0]["text"] == report.warnings[0]
    assert values["remedy"] == {"kind": "strength", "steps": [step.to_dict() for step in report.remedy.steps]}
    assert set(values["measures"]) == set(Measures.names())


def test_colours_beneath_transparent_parts_do_not_matter() -> None:
    """Programs leave any colour where a photo is cut out; it is not seen."""
    alpha = np.ones((200, 240), np.float32)
    alpha[:90] = alpha[:, 170:] = 0
    visible = alpha[..., None] > 0

    def report(hidden: float) -> QualityReport:
        before = np.where(visible, ramp(), np.float32(hidden))
        after = np.where(visible, ramp() * np.float32(0.5), np.float32(hidden))  # the hidden colour stays
        return quality_report(Photo.from_array(before, alpha), Photo.from_array(after, alpha), [Step("haze")])

    assert report(0.0) == report(1.0) == report(0.4)
    assert report(0.0).harms
    assert report(1.0).changes.changed > 0.99
    assert report(1.0).changes.clipped_before == 0
