"""The methods that are compared: a restorer with different prompts, and the baselines."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol as Interface

from core.degradations import KEYS, degradation
from core.photo import Photo
from core.steps import Step, parse_steps
from training.baselines import Baseline, baselines_for
from training.evaluation.scoring import Method, Outcome
from training.evaluation.sets import EvaluationSet, Sample
from training.synthesis.light import Picture

log = logging.getLogger(__name__)

TRUE, DETECTED = "true prompt", "detected prompt"
"""Names of the methods that use the prompt of the set, and that of the detector."""

Detect = Callable[[Photo], Sequence[str | Step]]
"""Photo -> steps, or keys of the degradations to remove, in order; none if it is clean or the detector unsure."""


class _Result(Interface):
    @property
    def photo(self) -> Photo: ...


class Restores(Interface):
    """The part of :class:`core.inference.Restorer` that is used here."""

    @property
    def degradations(self) -> tuple[str, ...]:
        """Keys of the prompts of the model."""

    def restore(self, photo: Photo, steps: Sequence[str | Step]) -> _Result:
        """Remove one degradation after the other."""


def given_prompt(restorer: Restores, name: str, key: str) -> Method:
    """The restorer with the prompt ``key``, whatever the degradation of the picture."""

    def restore(sample: Sample) -> Outcome:
        return Outcome(_restored(restorer, Photo.from_array(sample.degraded), [key]))

    return Method(name, restore)


def detected_prompt(restorer: Restores, detect: Detect) -> Method:
    """The restorer with the steps of the detector; a picture for which it proposes none is left unchanged."""

    def restore(sample: Sample) -> Outcome:
        photo = Photo.from_array(sample.degraded)
        steps = tuple(detect(photo))
        keys = tuple(step.degradation for step in parse_steps(steps)) if steps else ()
        return Outcome(_restored(restorer, photo, steps) if steps else sample.degraded, keys)

    return Method(DETECTED, restore)


def every_prompt(restorer: Restores) -> list[Method]:
    """One method per prompt of the model, in the order of the table; all seven if it uses a text encoder."""
    keys = [key for key in KEYS if key in restorer.degradations] or list(KEYS)
    return [given_prompt(restorer, key, key) for key in keys]


def baseline_methods(pictures: EvaluationSet) -> list[Method]:
    """The baselines for the degradation of a set, without those whose package is not installed."""
    entry = degradation(pictures.degradation)
    found = baselines_for(entry.family, kernel_known=pictures.kernels_known)
    for baseline in found:
        if not baseline.available:
            log.warning("%s is skipped: pip install 'dfpir-studio[baselines]'.", baseline.name)
    return [_baseline_method(baseline, entry.sigma) for baseline in found if baseline.available]


def shipped_detector() -> Detect:
    """The bundled detector, as a function.

    Raises:
        CheckpointError: its weights cannot be loaded.
    """
    from core.detection import Detector

    detector = Detector()
    return lambda photo: detector.detect(photo).proposals()


def _baseline_method(baseline: Baseline, sigma: float | None) -> Method:
    return Method(baseline.name, lambda sample: Outcome(baseline.restore(sample.degraded, sigma, sample.kernel)))


def _restored(restorer: Restores, photo: Photo, steps: Sequence[str | Step]) -> Picture:
    return restorer.restore(photo, steps).photo.pixels
