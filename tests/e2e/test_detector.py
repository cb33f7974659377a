"""The bundled detector on photographs that were not used for training, and its card."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from core import Detector, Photo
from core.checkpoints.builtin import built_in_models
from core.detection import CLASSES
from core.detection.files import built_in_detector, load_detector
from training import synthesis

CLEAN = Path(__file__).parents[1] / "data" / "photos"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.mark.parametrize(
    ("sample", "steps"),
    [("haze", ("haze",)), ("low-light", ("low-light",)), ("noise25", ("noise25",)), ("rain", ("rain",))],
)
def test_samples_need_what_they_are_named_after(detector: Detector, sample: str, steps: tuple[str, ...]) -> None:
    photo = Photo.open(Path(str(resources.files("resources") / "samples" / f"{sample}.jpg")))
    assert detector.detect(photo).steps() == steps


@pytest.mark.parametrize("sigma", [12.0, 25.0, 45.0])
def test_noise_is_found_with_its_strength(detector: Detector, sigma: float) -> None:
    clean = 0.3 + 0.4 * Photo.open(CLEAN / "bark.png").pixels  # noise that is cut off at black and white looks weaker
    noisy = synthesis.gaussian_noise(clean, sigma, np.random.default_rng(3))
    verdict = detector.detect(Photo.from_array(noisy))
    assert "noise" in verdict.found and verdict.sigma == pytest.approx(sigma, abs=6)


def test_clean_photograph_is_called_clean(detector: Detector) -> None:
    assert detector.detect(Photo.open(CLEAN / "bark.png")).steps() == ()


def test_file_is_small_and_its_card_tells_how_it_was_made_and_measured() -> None:
    shipped = load_detector(built_in_detector())
    assert sum(tensor.numel() for tensor in shipped.state.values()) <= 2_000_000
    for field in ("licence", "data", "command", "steps", "device", "held_out", "figures"):
        assert shipped.card[field], field
    assert set(CLASSES) <= set(shipped.card["figures"]["synthetic"]["confusion"])
    assert built_in_detector().with_suffix(".md").is_file()


def test_detector_is_no_restorer_in_the_list_of_models() -> None:
    assert built_in_detector().resolve() not in [file.resolve() for file in built_in_models().values()]
