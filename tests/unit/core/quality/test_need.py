"""Strengths by what a photo needs."""

from pathlib import Path

import numpy as np
import pytest

from core.detection import CLASSES, Detection
from core.detection.detection import ProposedStrength
from core.inference import RestorationResult, Step
from core.photo import Photo
from core.quality import LIMITS, Comparison, harms_of, propose_strengths, strength_note
from core.quality.measures import SIDE
from core.quality.need import JUDGED, needed_strength


def found(*families: str, unsure: bool = False) -> Detection:
    return Detection({name: 0.9 if name in families else 0.02 for name in CLASSES}, families, None, unsure)


def ramp(height: int = 300, width: int = 400) -> np.ndarray:
    return np.tile(np.linspace(0.3, 0.95, width, dtype=np.float32)[None, :, None], (height, 1, 3))


class Darkener:
    """A restorer whose result is ``light`` times as bright."""

    def __init__(self, light: float) -> None:
        self.light = light
        self.photos: list[Photo] = []

    def restore(self, photo: Photo, steps: tuple[Step, ...], **options: object) -> RestorationResult:
        self.photos.append(photo)
        assert options["quality_mode"] == "standard"
        result = photo.with_pixels(photo.pixels * np.float32(self.light))
        return RestorationResult(result, steps, "fake", "cpu", "float32", "bands", 0.1)


@pytest.mark.parametrize("light", [0.75, 0.65, 0.5])
def test_the_strength_is_the_largest_that_leaves_lights_bright(light: float) -> None:
    photo = Photo.from_array(ramp())
    detection = propose_strengths(found("haze"), photo, Darkener(light))
    (step,) = detection.proposals()
    assert step.degradation == "haze" and 0.3 <= step.strength < 1
    kinds = {kind: LIMITS[kind] for kind in JUDGED["haze"]}
    comparison = Comparison(photo.pixels, photo.pixels * np.float32(light))
    assert harms_of(comparison.measures(), kinds)
    if step.strength > 0.3:
        assert not harms_of(comparison.measures(step.strength), kinds)
    assert harms_of(comparison.measures(step.strength + 0.1), {kind: 0.97 * value for kind, value in kinds.items()})


def test_the_whole_strength_needs_no_words() -> None:
    photo, restorer = Photo.from_array(ramp()), Darkener(0.99)
    detection = propose_strengths(found("haze"), photo, restorer)
    assert detection == found("haze") and restorer.photos
    assert detection.proposals() == (Step("haze"),)
    assert strength_note(detection) is None
    assert "strengths" not in detection.to_dict()


@pytest.mark.parametrize("detection", [found("rain"), found("noise", "haze", "low-light"), found("haze", unsure=True)])
def test_only_haze_that_is_removed_first_is_judged(detection: Detection) -> None:
    restorer = Darkener(0.5)
    assert propose_strengths(detection, Photo.from_array(ramp()), restorer) == detection
    assert restorer.photos == []


def test_haze_that_is_removed_although_the_detection_is_unsure_is_judged() -> None:
    detection = found("haze", unsure=True)
    judged = propose_strengths(detection, Photo.from_array(ramp()), Darkener(0.5), steps=(Step("haze"),))
    assert judged.proposals() == ()
    (step,) = judged.limit((Step("haze"),))
    assert 0.3 <= step.strength < 1


def test_a_large_photo_is_reduced_before() -> None:
    restorer = Darkener(0.5)
    propose_strengths(found("haze"), Photo.from_array(ramp(900, 1600)), restorer)
    (small,) = restorer.photos
    assert max(small.pixels.shape) == SIDE


def test_the_reason_is_said_and_survives_json() -> None:
    detection = propose_strengths(found("haze", "noise"), Photo.from_array(ramp()), Darkener(0.6))
    note = str(strength_note(detection))
    (strength,) = detection.strengths.values()
    assert f"Haze: {100 * strength.strength:.0f} % is proposed" in note
    assert "(Dull: nothing is bright any more)" in note
    assert Detection.from_dict(detection.to_dict()) == detection
    assert [step.strength for step in detection.proposals()] == [strength.strength, 1.0]
    with pytest.raises(ValueError, match="not a detection"):
        Detection.from_dict(detection.to_dict() | {"strengths": {"haze": 3}})


def test_a_smaller_strength_of_the_user_is_kept() -> None:
    detection = found("haze")
    limited = Detection(
        detection.probabilities, ("haze",), None, False, strengths={"haze": ProposedStrength(0.6, "dulled_lights")}
    )
    assert limited.limit((Step("haze", 0.4), Step("noise25"))) == (Step("haze", 0.4), Step("noise25"))
    assert limited.limit((Step("haze", 0.9),)) == (Step("haze", 0.6),)


def test_what_harms_at_every_strength_gets_the_smallest() -> None:
    photo = ramp()
    needed = needed_strength(Comparison(photo, photo * np.float32(0.05)), JUDGED["haze"])
    assert needed is not None and needed.strength == 0.3


def test_a_darker_room_without_dull_lights_gets_the_whole_strength() -> None:
    room = np.full((300, 400, 3), 0.5, np.float32)
    room[:60, :80] = 0.95
    restored = room.copy()
    restored[room == 0.5] = 0.15
    assert needed_strength(Comparison(room, restored), JUDGED["haze"]) is None


def test_the_judgement_of_a_file_follows_its_visible_pixels(tmp_path: Path) -> None:
    photo = Photo.from_array(ramp())
    file = tmp_path / "hazy.png"
    photo.save(file)
    first = propose_strengths(found("haze"), Photo.open(file), Darkener(0.6))
    assert first.strengths == propose_strengths(found("haze"), photo, Darkener(0.6)).strengths
