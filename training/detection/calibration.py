"""Fitting the curves from logits to probabilities and the thresholds, and measuring how well probabilities hold."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.detection.calibration import Calibration, Platt, clean_logit, sigmoid
from core.detection.detection import FAMILIES
from core.detection.detector import decide
from training.detection.config import families_of

Values = NDArray[np.float64]

BINS = 15
"""Equal bins of probability for the calibration error, as in Guo et al."""


GRID = tuple(round(0.3 + 0.05 * step, 2) for step in range(11))
"""Thresholds to choose from. Outside of them a verdict would contradict its own probabilities."""


@dataclass(frozen=True)
class Outcomes:
    """What a network says of pictures of which it is known what is there.

    Attributes:
        kinds: (n,) str, as in the shares of a configuration, or ``"clean"``.
        present: (n, 5) in {0, 1}, which families are there.
        counts: (n, 5), 0 where that is open.
        sigma: (n,) of the noise on the 0-255 scale, 0 where unknown.
        logits: (n, 5).
        log_sigma: (n,), natural logarithm of the σ that the network sees.
    """

    kinds: NDArray[np.str_]
    present: NDArray[np.float32]
    counts: NDArray[np.float32]
    sigma: Values
    logits: Values
    log_sigma: Values

    def right(self, calibration: Calibration) -> NDArray[np.bool_]:
        """(n,) whether exactly what is there is named, save for what is open."""
        verdicts = [
            decide(values, float(log_sigma), calibration.thresholds).relied_on
            for values, log_sigma in zip(calibration.probabilities(self.logits), self.log_sigma, strict=True)
        ]
        named = np.array([[family in verdict for family in FAMILIES] for verdict in verdicts])
        return np.asarray(np.all((named == (self.present > 0)) | (self.counts == 0), axis=1))


def with_thresholds(calibration: Calibration, outcomes: Outcomes) -> Calibration:
    """The calibration with the thresholds of ``GRID`` under which most verdicts are right, all single classes alike.

    One family's threshold is changed at a time, to the best nearest to one half, until no change helps. Mixtures do
    not count: they are few in the world.
    """
    single = [kind for kind in dict.fromkeys(outcomes.kinds.tolist()) if len(families_of(kind)) < 2]

    def share(thresholds: dict[str, float]) -> float:
        right = outcomes.right(replace(calibration, thresholds=thresholds))
        return float(np.mean([right[outcomes.kinds == kind].mean() for kind in single]))

    best, before = dict(calibration.thresholds), -1.0
    while share(best) > before:
        before = share(best)
        for family in FAMILIES:
            shares = {value: share({**best, family: value}) for value in GRID}
            highest = max(shares.values())
            best[family] = min((value for value in GRID if shares[value] == highest), key=lambda v: abs(v - 0.5))
    return replace(calibration, thresholds=best)


def fitted(logits: Values, truth: Values, prior: float = 1.0) -> Platt:
    """The curve of the greatest likelihood, by Newton's method.

    Args:
        logits: (n,).
        truth: (n,) in {0, 1}.
        prior: weight of a Gaussian prior around the identity, in samples; it keeps the curve finite where logits part
            the truth without a mistake.
    """
    identity = np.array([1.0, 0.0])
    parameters = identity.copy()
    columns = np.stack([logits, np.ones_like(logits)], 1)
    for _ in range(100):
        p = sigmoid(columns @ parameters)
        gradient = columns.T @ (p - truth) + prior * (parameters - identity)
        curvature = (columns * (p * (1 - p))[:, None]).T @ columns + prior * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # Where the curve is nearly flat a full step of Newton's would leap; half a unit is far enough at a time.
        step /= max(1.0, 2 * float(np.abs(step).max()))
        parameters -= step
        if np.abs(step).max() < 1e-9:
            break
    return Platt(float(max(parameters[0], 1e-3)), float(parameters[1]))


def calibrated(logits: Values, present: NDArray[np.float32], counts: NDArray[np.float32]) -> Calibration:
    """Curves fitted to held-out pictures, first the families', then that of ``"clean"``.

    Args:
        logits: (n, 5).
        present: (n, 5), which families are there.
        counts: (n, 5), 0 where that is open.
    """
    curves: dict[str, Platt] = {}
    for index, name in enumerate(FAMILIES):
        known = counts[:, index] > 0
        curves[name] = fitted(logits[known, index], present[known, index].astype(np.float64))
    families = np.stack([curves[name](logits[:, index]) for index, name in enumerate(FAMILIES)], 1)
    clean = (present.max(axis=1) == 0).astype(np.float64)
    curves["clean"] = fitted(clean_logit(families), clean)
    return Calibration(curves)


def calibration_error(probabilities: Values, truth: Values, bins: int = BINS) -> float:
    """Expected calibration error: mean distance between what is said and what is true, over equal bins.

    Guo et al., *On calibration of modern neural networks*, ICML 2017, equation 5, here of the probability of one
    class: bins of [0, 1], each weighted by the samples in it.

    Args:
        probabilities: (n,) in [0, 1].
        truth: (n,) in {0, 1}.
        bins: how many.
    """
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    weights = np.bincount(place, minlength=bins)
    said = np.bincount(place, probabilities, bins)
    true = np.bincount(place, truth, bins)
    return float(np.abs(said - true).sum() / max(weights.sum(), 1))
