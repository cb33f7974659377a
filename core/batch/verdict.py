"""What the detector found in a photo, as the journal keeps it."""

import json
from dataclasses import dataclass
from functools import lru_cache

from core.detection import Detection
from core.messages import Message, verbatim

_CACHED = 50_000  # a table of photos reads the same verdicts again each time it is sorted


@dataclass(frozen=True)
class Verdict:
    """What the detector found in one photo.

    Attributes:
        detection: the detection, its numbers rounded as in the journal.
        steps: keys of the degradations to remove, in order; none if the detector is unsure. They are stored and not
            derived from ``detection``: for a noise level between two trained strengths the rounding could change the
            choice.
    """

    detection: Detection
    steps: tuple[str, ...]

    @property
    def label(self) -> Message:
        """Description for people, e.g. ``"noise (σ 23) and low light"``."""
        return verbatim(self.detection.label)

    @property
    def confidence(self) -> float:
        """The probability of the most probable class, 0 to 1."""
        return float(max(self.detection.probabilities.values()))

    @property
    def likely_steps(self) -> tuple[str, ...]:
        """Keys of the degradations to remove; if the detector is unsure, that of the most probable one found."""
        return self.detection.likely_steps() if self.detection.unsure else self.steps

    @property
    def group(self) -> str:
        """Degradations found, in the order of the detector's classes: ``"noise+low-light"``, or ``"clean"``."""
        found = self.detection.found
        return "+".join(name for name in self.detection.probabilities if name in found) or "clean"


def verdict_to_json(detection: Detection) -> str:
    """The text for the journal."""
    return json.dumps(detection.to_dict())


@lru_cache(_CACHED)
def verdict_from_json(text: str) -> Verdict:
    """Inverse of :func:`verdict_to_json`.

    Raises:
        ValueError: the text is not a verdict.
    """
    try:
        values = json.loads(text)
        found, sigma = tuple(values["found"]), values.get("sigma")
        detection = Detection(values["probabilities"], found, sigma, values.get("unsure", False))
        return Verdict(detection, tuple(values["steps"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a verdict: {error}") from error
