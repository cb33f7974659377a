"""The trial of removing rain."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.detection import Detector
from core.detection.calibration import Calibration
from core.detection.detection import FAMILIES, Detection
from core.detection.detector import judge
from core.detection.trial import POSSIBLE, RainTrial, evidence, log_odds
from core.photo import Photo

SAMPLES = Path(__file__).parents[4] / "resources" / "samples"


@pytest.fixture(scope="module")
def trial() -> RainTrial:
    return RainTrial(torch.device("cpu"))


def streaks(angle: str, colour: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    """Faint lines of one pixel on every tenth row or column: (96, 96, 3)."""
    lines = np.zeros((96, 96, 3), np.float32)
    lines[:, ::10] = 0.06 * np.array(colour, np.float32)
    return lines if angle == "upright" else np.ascontiguousarray(lines.transpose(1, 0, 2))


def grey() -> np.ndarray:
    return np.random.default_rng(2).uniform(0.2, 0.7, (96, 96, 3)).astype(np.float32)


def test_upright_grey_streaks_are_typical_and_others_less_so() -> None:
    clean = grey()
    upright = evidence(clean + streaks("upright"), clean)
    assert upright > 2.5
    assert evidence(clean + streaks("level"), clean) < 0.5 < upright
    assert evidence(clean + streaks("upright", (1, 0, 0)), clean) < upright - 1


def test_nothing_removed_is_hardly_evidence() -> None:
    assert evidence(grey(), grey()) == pytest.approx(0, abs=1e-6)
    assert log_odds(evidence(grey(), grey())) == 0


def test_evidence_never_lowers_the_odds_and_has_an_upper_bound() -> None:
    values = [log_odds(value) for value in np.linspace(-3, 6, 40)]
    assert values == sorted(values)
    assert values[0] == 0 and values[-1] == 2


@pytest.mark.parametrize("size", [(5, 7), (160, 160), (90, 1500)])
def test_any_size_can_be_tried(trial: RainTrial, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).random((*size, 3), np.float32)
    assert np.isfinite(trial.evidence(pixels))


def test_the_built_in_restorer_finds_the_streaks_of_the_rain_sample_but_none_in_others(trial: RainTrial) -> None:
    """Fails with a restorer for which the limits have to be measured anew."""
    found = {name: trial.evidence(Photo.open(SAMPLES / f"{name}.jpg").srgb()) for name in ("rain", "haze", "low-light")}
    assert log_odds(found.pop("rain")) == 2
    assert all(log_odds(value) == 0 for value in found.values())


class Trial:
    """Counts the trials, and finds what it was told."""

    count, found = 0, 2.5

    def evidence(self, pixels: np.ndarray) -> float:
        self.count += 1
        return self.found


def detect(small_file: Path, monkeypatch: pytest.MonkeyPatch, rain: float) -> tuple[Detection, Trial]:
    detector, trial = Detector(small_file), Trial()
    detector.calibration = Calibration()
    logits = np.full(len(FAMILIES), -5.0)
    logits[FAMILIES.index("rain")] = np.log(rain / (1 - rain))
    monkeypatch.setattr(detector, "_run", lambda pixels: (logits, 0.0))
    monkeypatch.setattr(detector, "_trial", trial)
    return detector.detect(Photo.from_array(grey())), trial


@pytest.mark.parametrize("size", [(9, 40), (100, 130), (500, 1000)])
def test_the_small_copy_without_rain_is_a_picture_of_any_photo(trial: RainTrial, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).random((*size, 3), np.float32)
    copy = trial.small_copy_without_rain(pixels)
    assert copy.ndim == 3 and copy.dtype == np.float32 and max(copy.shape) <= 384
    assert copy.min() >= 0 and copy.max() <= 1


@pytest.mark.parametrize(("after", "haze"), [(0.6, False), (0.74, False), (0.76, True), (0.95, True)])
def test_haze_beside_rain_is_judged_without_the_rain(
    small_file: Path, monkeypatch: pytest.MonkeyPatch, after: float, haze: bool
) -> None:
    detector = Detector(small_file)
    detector.calibration = Calibration()
    seen: list[object] = []
    copy = np.zeros((4, 4, 3), np.float32)

    def run(pixels: np.ndarray) -> tuple[np.ndarray, float]:
        seen.append(pixels)
        value = after if pixels is copy else 0.9
        logits = np.full(len(FAMILIES), -5.0)
        logits[FAMILIES.index("rain")] = 4.0
        logits[FAMILIES.index("haze")] = np.log(value / (1 - value))
        return logits, 0.0

    monkeypatch.setattr(detector, "_run", run)
    monkeypatch.setattr(detector._trial, "small_copy_without_rain", lambda pixels: copy)
    detection = detector.detect(Photo.from_array(grey()))
    assert seen[1] is copy
    assert ("haze" in detection.relied_on) == haze and "rain" in detection.relied_on
    assert detection.probabilities["haze"] == pytest.approx(min(after, 0.9))


def test_a_trial_is_made_only_if_rain_is_possible(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for rain in (0.02, 0.97):
        detection, trial = detect(small_file, monkeypatch, rain)
        assert trial.count == 0 and detection.rain_trial is None
        assert detection.probabilities["rain"] == pytest.approx(rain)
    assert POSSIBLE == (0.1, 0.9)


@pytest.fixture
def doubtful(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Detection]:
    yield detect(small_file, monkeypatch, 0.4)[0]


def test_rain_that_the_trial_removes_is_found(doubtful: Detection) -> None:
    assert doubtful.relied_on == ("rain",)
    assert doubtful.probabilities["rain"] == pytest.approx(1 / (1 + np.exp(-np.log(0.4 / 0.6) - 2)))
    assert doubtful.probabilities["clean"] < 0.3
    assert doubtful.to_dict()["rain_trial"] == 2.5
    assert Detection.from_dict(doubtful.to_dict()).rain_trial == 2.5


def test_without_evidence_the_detection_is_that_of_the_network(
    small_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trial, "found", 0.3)
    detection, trial = detect(small_file, monkeypatch, 0.4)
    logits = np.full(len(FAMILIES), -5.0)
    logits[FAMILIES.index("rain")] = np.log(0.4 / 0.6)
    assert trial.count == 1 and detection.rain_trial == 0.3
    assert detection.probabilities == judge(logits, 0.0, Calibration()).probabilities
