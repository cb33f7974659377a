"""The result of the detection on one photo."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.degradations import DEGRADATIONS
from core.messages import Message, message
from core.steps import Step

FAMILIES = ("noise", "rain", "haze", "blur", "low-light")
"""Families of :mod:`core.degradations`, in the order of the detector's outputs."""

CLASSES = (*FAMILIES, "clean")
"""The classes that a photo gets a probability for."""

CERTAIN = 0.6
"""The detection is unsure if no class reaches this probability."""

BESIDE_OTHERS: Mapping[str, float] = {"haze": 0.7}
"""Probability from which a family is found if others are probable too. Removing haze changes the whole photo: doing so
needlessly costs more than leaving mild haze, see docs/measurements.md."""

REMOVAL = ("low-light", "haze", "noise", "rain", "blur")
"""The families in the order of their removal: of each measured pair the better order, see docs/measurements.md."""

_NAMES = {
    "noise": message("noise"),
    "rain": message("rain"),
    "haze": message("haze"),
    "blur": message("blur"),
    "low-light": message("low light"),
    "clean": message("clean"),
}


@dataclass(frozen=True)
class Detection:
    """The degradations of a photo.

    Attributes:
        probabilities: one for each of :data:`CLASSES`, 0 to 1, calibrated. Families are independent of each other
            (several may be near 1); ``"clean"`` is the probability that there is none.
        found: families whose probability reaches the detector's threshold, and with others also that of
            :data:`BESIDE_OTHERS`; the most probable first.
        sigma: estimated standard deviation of the noise on the 0-255 scale if noise was found, else None.
        unsure: whether no class reaches :data:`CERTAIN`.
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
        """The families to remove: those found; none when unsure."""
        return () if self.unsure else self.found

    @property
    def label(self) -> Message:
        """The detection in words: ``"clean"``, ``"noise (σ 23) and low light"``, ``"unsure, perhaps haze"``.

        When unsure it names the most probable class, even if no step follows from it.
        """
        if self.unsure:
            return message("unsure, perhaps {name}", name=self._named((self.found or (self.likeliest,))[0]))
        names = [self._named(family) for family in self.found] or [_NAMES["clean"]]
        label = names[0]
        for name in names[1:]:
            label = message("{first} and {second}", first=label, second=name)
        return label

    def steps(self) -> tuple[str, ...]:
        """Keys of the degradations to remove, in the order of :data:`REMOVAL`; none for a clean photo or when unsure.

        Noise becomes the trained strength nearest to σ by ratio.
        """
        return self._keys(self.relied_on)

    def likely_steps(self) -> tuple[str, ...]:
        """As :meth:`steps`; when unsure, the step of the most probable family that was found.

        For users who choose to act on uncertain detections.
        """
        return self._keys(self.found[:1] if self.unsure else self.found)

    def proposals(self) -> tuple[Step, ...]:
        """The proposed steps: those of :meth:`steps`, at full strength."""
        return tuple(Step(key) for key in self.steps())

    def to_dict(self) -> dict[str, Any]:
        """The detection as values for JSON: the attributes, rounded, and with them ``label`` and ``steps``."""
        return {
            "label": str(self.label),
            "probabilities": {name: round(value, 4) for name, value in self.probabilities.items()},
            "found": list(self.found),
            "sigma": None if self.sigma is None else round(self.sigma, 1),
            "unsure": self.unsure,
            "steps": list(self.steps()),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Detection":
        """Inverse of :meth:`to_dict`; ``label`` and ``steps`` are derived anew and not read.

        Raises:
            ValueError: an entry is missing or of a wrong type.
        """
        try:
            probabilities = {name: float(values["probabilities"][name]) for name in CLASSES}
            sigma = values["sigma"]
            found = tuple(name for name in values["found"] if name in FAMILIES)
            return cls(probabilities, found, None if sigma is None else float(sigma), bool(values["unsure"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a detection: {error!r}") from error

    def key_of(self, family: str) -> str:
        """Key of the degradation that removes ``family``; for noise the trained strength nearest to σ by ratio."""
        entries = [entry for entry in DEGRADATIONS if entry.family == family]
        if self.sigma is None or entries[0].sigma is None:
            return entries[0].key
        sigma = max(self.sigma, 1e-3)
        return min(entries, key=lambda entry: abs(math.log((entry.sigma or 1.0) / sigma))).key

    def _keys(self, families: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.key_of(family) for family in REMOVAL if family in families)

    def _named(self, name: str) -> Message:
        if name == "noise" and self.sigma is not None:
            return message("noise (σ {sigma:.0f})", sigma=self.sigma)
        return _NAMES[name]
