"""Calibration: from the network's logits to probabilities."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.detection.detection import CLASSES, FAMILIES

_SMALLEST = 1e-6


@dataclass(frozen=True)
class Platt:
    """``p = 1 / (1 + exp(-(scale * logit + shift)))`` with a positive scale, so that the order of logits is kept.

    Platt, *Probabilistic outputs for support vector machines*, 1999.

    Raises:
        ValueError: the scale is not positive, or a number is not finite.
    """

    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift) and math.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"{self} is not a calibration: the scale must be positive, both numbers finite")

    def __call__(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map logits of any shape to probabilities."""
        return sigmoid(self.scale * logits + self.shift)


@dataclass(frozen=True)
class Calibration:
    """Calibration curves and thresholds of a detector.

    Attributes:
        curves: one for each of :data:`CLASSES`; that of ``"clean"`` is applied to :func:`clean_logit`.
        thresholds: probability from which each of :data:`FAMILIES` counts as found, between 0 and 1, both excluded.

    Raises:
        ValueError: a class is missing, or a threshold is out of range.
    """

    curves: Mapping[str, Platt] = field(default_factory=lambda: MappingProxyType({name: Platt() for name in CLASSES}))
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(FAMILIES, 0.5)))

    def __post_init__(self) -> None:
        if set(self.curves) != set(CLASSES) or set(self.thresholds) != set(FAMILIES):
            raise ValueError("a calibration needs a curve for every class and a threshold for every family")
        if not all(0.0 < value < 1.0 for value in self.thresholds.values()):
            raise ValueError(f"thresholds {dict(self.thresholds)} must be between 0 and 1")

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map logits of the families (n, 5) to probabilities of the classes (n, 6)."""
        families = np.stack([self.curves[name](logits[:, i]) for i, name in enumerate(FAMILIES)], 1)
        clean = self.curves["clean"](clean_logit(families))
        return np.concatenate([families, clean[:, None]], 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the calibration as values for JSON."""
        return {
            "curves": {name: [curve.scale, curve.shift] for name, curve in self.curves.items()},
            "thresholds": dict(self.thresholds),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """Inverse of :meth:`to_dict`.

        Raises:
            KeyError, TypeError, ValueError: entries are missing or out of range.
        """
        curves = {name: Platt(float(scale), float(shift)) for name, (scale, shift) in values["curves"].items()}
        return cls(curves, {name: float(value) for name, value in values["thresholds"].items()})


def clean_logit(families: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logit of the probability that no family is present if they were independent: (n, 5) probabilities -> (n,)."""
    clean = np.prod(1.0 - families, axis=1)
    clean = np.clip(clean, _SMALLEST, 1.0 - _SMALLEST)
    return np.asarray(np.log(clean / (1.0 - clean)))


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``1 / (1 + exp(-x))`` without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * values)))
