"""From a photo to a detection."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import core
from core.detection import CLASSES, FAMILIES, Detector
from core.detection.calibration import Calibration, Platt
from core.detection.detection import CERTAIN
from core.detection.detector import judge
from core.detection.files import DetectorFile
from core.errors import RestorationError
from core.photo import Photo


def photo(height: int, width: int, seed: int = 0) -> Photo:
    return Photo.from_array(np.random.default_rng(seed).random((height, width, 3), np.float32))


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (40, 50), (150, 90)])
def test_any_size_gets_a_probability_for_every_class(small_file: Path, size: tuple[int, int]) -> None:
    detection = Detector(small_file).detect(photo(*size))
    assert tuple(detection.probabilities) == CLASSES
    assert all(0 <= value <= 1 for value in detection.probabilities.values())


@pytest.mark.parametrize("value", [0, 128, 255])
def test_photo_of_one_colour_gives_finite_probabilities(small_file: Path, value: int) -> None:
    detection = Detector(small_file).detect(Photo.from_array(np.full((50, 60), value, np.uint8)))
    assert all(math.isfinite(chance) for chance in detection.probabilities.values())


def test_equal_photos_give_equal_detections_without_global_state(small_file: Path) -> None:
    detector, picture = Detector(small_file), photo(90, 120)
    before, grad, threads = torch.get_rng_state(), torch.is_grad_enabled(), torch.get_num_threads()
    first = detector.detect(picture)
    torch.manual_seed(99)
    detector.detect(photo(30, 30, seed=3))
    torch.set_rng_state(before)
    assert detector.detect(picture) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert (torch.is_grad_enabled(), torch.get_num_threads()) == (grad, threads)


def test_loaded_detector_equals_its_file(small_file: Path, small_detector: DetectorFile) -> None:
    assert Detector(small_file).detect(photo(40, 40)) == Detector(small_detector).detect(photo(40, 40))
    assert Detector(small_detector).card["name"] == "small"


def test_colours_of_transparent_pixels_are_ignored(small_file: Path) -> None:
    pixels, alpha = photo(80, 90).pixels, np.zeros((80, 90), np.float32)
    alpha[10:60, 20:70] = alpha[65, 80] = 1
    shown = [np.where(alpha[..., None] > 0, pixels, np.float32(beneath)) for beneath in ([0, 0, 0], [1, 0, 1])]
    detector = Detector(small_file)
    one, other = (detector.detect(Photo.from_array(each, alpha)) for each in shown)
    assert one == other != detector.detect(Photo.from_array(shown[0]))


def test_detection_is_made_in_srgb(small_file: Path, tmp_path: Path) -> None:
    """By its colours in sRGB, not by the values in its own profile."""
    import pyvips

    icc = bytes(pyvips.Operation.call("profile_load", "p3"))
    plain = photo(60, 60)
    tagged = replace(plain, preserved=replace(plain.preserved, profile=icc))
    detector = Detector(small_file)
    assert detector.detect(tagged) == detector.detect(Photo.from_array(tagged.srgb())) != detector.detect(plain)


def test_unknown_device_is_refused(small_file: Path) -> None:
    with pytest.raises(RestorationError, match="abacus"):
        Detector(small_file, device="abacus")


def test_detector_is_exported_by_core() -> None:
    assert core.Detector is Detector and "Detection" in core.__all__


def logits(**values: float) -> np.ndarray:
    return np.array([values.get(name.replace("-", "_"), -6.0) for name in FAMILIES])


def test_thresholds_determine_the_families_found_most_probable_first() -> None:
    strict = Calibration(thresholds={**dict.fromkeys(FAMILIES, 0.5), "blur": 0.95})
    seen = logits(haze=1.0, rain=3.0, blur=2.0)  # 0.73, 0.95, 0.88
    assert judge(seen, 0.0, Calibration()).found == ("rain", "blur", "haze")
    assert judge(seen, 0.0, strict).found == ("rain", "haze")


def test_haze_with_other_families_needs_a_higher_probability() -> None:
    both = judge(logits(rain=3.0, haze=0.9), 0.0, Calibration())  # 0.95, 0.71
    alone = judge(logits(rain=3.0, haze=0.8), 0.0, Calibration())  # 0.95, 0.69
    assert both.found == ("rain", "haze") and both.steps() == ("haze", "rain")
    assert alone.found == ("rain",) and alone.label == "rain" and alone.steps() == ("rain",)
    assert alone.probabilities["haze"] == pytest.approx(0.69, abs=0.01)
    less = judge(logits(blur=0.1, haze=0.7), 0.0, Calibration())  # 0.52, 0.67
    assert less.found == ("blur",) and not less.unsure and less.likeliest == "haze"
    assert judge(logits(haze=0.7), 0.0, Calibration()).found == ("haze",)
    assert judge(logits(rain=0.5, noise=0.6), 0.0, Calibration()).found == ("noise", "rain")


def test_sigma_is_given_only_with_noise() -> None:
    log_sigma = math.log(23.0)
    assert judge(logits(noise=4.0), log_sigma, Calibration()).sigma == pytest.approx(23.0)
    assert judge(logits(rain=4.0), log_sigma, Calibration()).sigma is None
    assert judge(logits(noise=4.0), 1e9, Calibration()).sigma == 255.0


def test_unsure_when_no_class_is_probable_enough() -> None:
    halfway = judge(logits(haze=0.1), 0.0, Calibration())
    assert halfway.unsure and max(halfway.probabilities.values()) < CERTAIN
    assert halfway.found == ("haze",) and halfway.steps() == () and halfway.likely_steps() == ("haze",)
    leaning = judge(logits(haze=-0.3), 0.0, Calibration())
    assert leaning.unsure and leaning.steps() == ()
    assert not judge(logits(haze=3.0, rain=0.1), 0.0, Calibration()).unsure
    assert not judge(logits(), 0.0, Calibration()).unsure


def test_calibration_of_the_file_is_used(small_detector: DetectorFile) -> None:
    sure = Calibration({name: Platt(1.0, 50.0 if name == "rain" else -50.0) for name in CLASSES})
    detector = Detector(DetectorFile(small_detector.config, small_detector.state, sure))
    assert detector.detect(photo(40, 40)).found == ("rain",)


def test_detection_as_values_for_json(small_file: Path) -> None:
    verdict = Detector(small_file).detect(photo(40, 40)).to_dict()
    assert json.loads(json.dumps(verdict)) == verdict
