"""Calibration of the detector: Platt curves from logits to probabilities, and the calibration error."""

import numpy as np
from numpy.typing import NDArray

from core.detection.calibration import Calibration, Platt, clean_logit, sigmoid
from core.detection.detection import FAMILIES

Values = NDArray[np.float64]

BINS = 15
"""Number of equal probability bins of the calibration error, as in Guo et al."""


def fit_platt(logits: Values, truth: Values, prior: float = 1.0) -> Platt:
    """The curve of maximum likelihood, by Newton's method.

    Args:
        logits: (n,).
        truth: (n,) in {0, 1}.
        prior: weight of a Gaussian prior around the identity, in samples; it keeps the curve finite if the logits
            separate the classes perfectly.
    """
    identity = np.array([1.0, 0.0])
    parameters = identity.copy()
    columns = np.stack([logits, np.ones_like(logits)], 1)
    for _ in range(100):
        p = sigmoid(columns @ parameters)
        gradient = columns.T @ (p - truth) + prior * (parameters - identity)
        curvature = (columns * (p * (1 - p))[:, None]).T @ columns + prior * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        # Where the curve is nearly flat, a full Newton step would be too long; steps are limited to half a unit.
        step /= max(1.0, 2 * float(np.abs(step).max()))
        parameters -= step
        if np.abs(step).max() < 1e-9:
            break
    return Platt(float(max(parameters[0], 1e-3)), float(parameters[1]))


def fit_calibration(logits: Values, present: NDArray[np.float32], counts: NDArray[np.float32]) -> Calibration:
    """Curves fitted to held-out pictures: those of the families, then that of ``"clean"``.

    Args:
        logits: (n, 5).
        present: (n, 5), 1 for each family that is present.
        counts: (n, 5), 0 where a family is ambiguous and does not count.
    """
    curves: dict[str, Platt] = {}
    for index, name in enumerate(FAMILIES):
        known = counts[:, index] > 0
        curves[name] = fit_platt(logits[known, index], present[known, index].astype(np.float64))
    families = np.stack([curves[name](logits[:, index]) for index, name in enumerate(FAMILIES)], 1)
    clean = (present.max(axis=1) == 0).astype(np.float64)
    curves["clean"] = fit_platt(clean_logit(families), clean)
    return Calibration(curves)


def calibration_error(probabilities: Values, truth: Values, bins: int = BINS) -> float:
    """Expected calibration error: mean distance between probability and frequency over equal bins.

    Guo et al., *On calibration of modern neural networks*, ICML 2017, equation 5, here of the probability of one
    class, with bins of [0, 1] weighted by their number of samples.

    Args:
        probabilities: (n,) in [0, 1].
        truth: (n,) in {0, 1}.
        bins: number of bins.
    """
    indices = np.minimum((probabilities * bins).astype(int), bins - 1)
    weights = np.bincount(indices, minlength=bins)
    predicted = np.bincount(indices, probabilities, bins)
    observed = np.bincount(indices, truth, bins)
    return float(np.abs(predicted - observed).sum() / max(weights.sum(), 1))
