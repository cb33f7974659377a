"""The result of looking at a photograph."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.degradations import DEGRADATIONS

FAMILIES = ("noise", "rain", "haze", "blur", "low-light")
"""Families of :mod:`core.degradations`, in the order of the detector's outputs."""

CLASSES = (*FAMILIES, "clean")
"""All that a photograph gets a probability for."""

CERTAIN = 0.6
"""If no class reaches this probability, the detector is unsure."""

REMOVAL = ("noise", "low-light", "blur", "rain", "haze")
"""The families in the order in which they are removed. What came last is undone first: light falls through haze and
rain, the camera shakes, too little light arrives, and the sensor adds noise to what arrived."""


@dataclass(frozen=True)
class Detection:
    """What a photograph suffers from.

    Attributes:
        probabilities: one for each of :data:`CLASSES`, 0 to 1, calibrated. Families are independent of each other
            (several may be near 1); ``"clean"`` is the probability that there is none.
        found: families whose probability reaches the detector's threshold, the most probable first.
        sigma: estimated standard deviation of the noise on the 0-255 scale if noise was found, else None.
        unsure: whether no class is probable enough to rely on.
    """

    probabilities: Mapping[str, float]
    found: tuple[str, ...]
    sigma: float | None
    unsure: bool

    @property
    def likeliest(self) -> str:
        """The most probable of :data:`CLASSES`."""
        return max(self.probabilities, key=lambda name: self.probabilities[name])

    @property
    def relied_on(self) -> tuple[str, ...]:
        """The families that are acted upon: those found; when unsure, only the most probable of them."""
        return self.found[:1] if self.unsure else self.found

    @property
    def label(self) -> str:
        """The verdict in words: ``"clean"``, ``"noise (σ 23) and low light"``, ``"unsure, perhaps haze"``.

        Unsure, it names the most probable class, also where that is too improbable for a step.
        """
        if self.unsure:
            return f"unsure, perhaps {self._named((self.found or (self.likeliest,))[0])}"
        return " and ".join(self._named(family) for family in self.found) or "clean"

    def steps(self) -> tuple[str, ...]:
        """Keys of the degradations to remove, in a sensible order; none for a clean photograph.

        Noise becomes the trained strength nearest to σ by ratio. When unsure, only the most probable family counts.
        """
        return tuple(self.key_of(family) for family in REMOVAL if family in self.relied_on)

    def record(self) -> dict[str, Any]:
        """The verdict as plain values for JSON."""
        return {
            "label": self.label,
            "probabilities": {name: round(value, 4) for name, value in self.probabilities.items()},
            "found": list(self.found),
            "sigma": None if self.sigma is None else round(self.sigma, 1),
            "unsure": self.unsure,
            "steps": list(self.steps()),
        }

    def key_of(self, family: str) -> str:
        """Key of the degradation that removes ``family``; for noise the trained strength nearest to σ by ratio."""
        entries = [entry for entry in DEGRADATIONS if entry.family == family]
        if self.sigma is None or entries[0].sigma is None:
            return entries[0].key
        sigma = max(self.sigma, 1e-3)
        return min(entries, key=lambda entry: abs(math.log((entry.sigma or 1.0) / sigma))).key

    def _named(self, family: str) -> str:
        if family == "noise" and self.sigma is not None:
            return f"noise (σ {self.sigma:.0f})"
        return family.replace("-", " ")
