"""The result of the detection on one photo."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.degradations import DEGRADATIONS, degradation
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

WITHOUT_RAIN = 0.75
"""Probability from which haze is found beside rain, judged after a trial of removing the rain."""

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
class ProposedStrength:
    """Why a family is to be removed with less than all of the strength, see :mod:`core.quality.need`.

    Attributes:
        strength: 0 to 1.
        problem: the harm of more, one of :data:`core.quality.PROBLEMS`.
    """

    strength: float
    problem: str


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
        rain_trial: evidence of rain from a trial that raised its probability if it was typical; None without a trial.
            See :mod:`core.detection.trial`.
        strengths: strengths of families that need less than all of it.
    """

    probabilities: Mapping[str, float]
    found: tuple[str, ...]
    sigma: float | None
    unsure: bool
    rain_trial: float | None = None
    strengths: Mapping[str, ProposedStrength] = field(default_factory=dict)

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
        *others, last = names
        return message("{names} and {last}", names=others, last=last) if others else last

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
        """The proposed steps: those of :meth:`steps`, at full strength or that of :attr:`strengths`."""
        return self.limit(tuple(Step(key) for key in self.steps()))

    def limit(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """``steps`` with strengths of at most those of :attr:`strengths`."""
        most = {family: needed.strength for family, needed in self.strengths.items()}
        families = [degradation(step.degradation).family for step in steps]
        return tuple(
            replace(step, strength=min(step.strength, most.get(family, 1.0)))
            for step, family in zip(steps, families, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """The detection as values for JSON: the attributes, rounded, and with them ``label`` and ``steps``.

        ``rain_trial`` is only there if there was a trial, ``strengths`` only if one is below 1.
        """
        extra: dict[str, Any] = {} if self.rain_trial is None else {"rain_trial": round(self.rain_trial, 3)}
        if self.strengths:
            extra["strengths"] = {
                family: {"strength": needed.strength, "problem": needed.problem}
                for family, needed in self.strengths.items()
            }
        return {
            "label": str(self.label),
            "probabilities": {name: round(value, 4) for name, value in self.probabilities.items()},
            "found": list(self.found),
            "sigma": None if self.sigma is None else round(self.sigma, 1),
            "unsure": self.unsure,
            "steps": list(self.steps()),
            **extra,
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
            trial = values.get("rain_trial")
            return cls(
                probabilities,
                found,
                None if sigma is None else float(sigma),
                bool(values["unsure"]),
                None if trial is None else float(trial),
                {
                    family: ProposedStrength(float(needed["strength"]), str(needed["problem"]))
                    for family, needed in values.get("strengths", {}).items()
                    if family in FAMILIES
                },
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
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
