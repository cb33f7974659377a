"""Fitting the curves from logits to probabilities, and measuring how well probabilities hold."""

import numpy as np
from numpy.typing import NDArray

from core.detection.calibration import Calibration, Platt, clean_logit, sigmoid
from core.detection.detection import FAMILIES

Values = NDArray[np.float64]

BINS = 15
"""Equal bins of probability for the calibration error, as in Guo et al."""


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
