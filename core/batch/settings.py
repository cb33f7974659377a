"""What is done to the photos: the same for all, by what is found in them, or one by one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.batch.limits import Limits
from core.degradations import QUALITY_MODES, QualityMode
from core.errors import BatchError

Steps = tuple[tuple[str, float], ...]
"""Degradations to remove and their strengths, in order. Plain values, so that planning needs no network."""

Clean = Literal["copy", "leave"]

DEFAULT_THRESHOLD = 0.6


@dataclass(frozen=True)
class BatchSettings:
    """What is done to the photos.

    Attributes:
        steps: for all photos; None lets the detector decide for each.
        strength: of the steps that the detector decides on, 0 to 1.
        threshold: the probability that a verdict needs to be acted upon, 0 to 1; less goes to review.
        groups: steps for photos in which the detector finds these degradations; see
            :func:`core.batch.job.group_of`. No steps
            (``()``) hands the photos on as if they were clean.
        clean: whether clean photos are copied to the target or left out of it.
        quality: 1 to 100 for JPEG, WebP and AVIF, or None for the default.
        quality_mode: of the restoration, ``"standard"`` or ``"best"``; see :class:`core.inference.Restorer`.
        keep_times: whether results get the times of change and access of their sources. Results that are there already
            keep theirs.
        preview: whether results get a new preview in their EXIF; see :meth:`core.photo.Photo.save`.
        limits: what a photo may take.

    Raises:
        BatchError: a number is out of range.
    """

    steps: Steps | None = None
    strength: float = 1.0
    threshold: float = DEFAULT_THRESHOLD
    groups: Mapping[str, Steps] = field(default_factory=dict)
    clean: Clean = "copy"
    quality: int | None = None
    quality_mode: QualityMode = "standard"
    keep_times: bool = False
    preview: bool = False
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for name, value in (("Strength", self.strength), ("The threshold", self.threshold)):
            if not 0.0 <= value <= 1.0:
                raise BatchError(f"{name} {value!r} is out of range. Choose a number from 0 to 1.")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise BatchError(f"Quality {self.quality} is out of range. Choose 1 to 100.")
        if self.quality_mode not in QUALITY_MODES:
            raise BatchError(f"There is no quality mode {self.quality_mode!r}. Choose {' or '.join(QUALITY_MODES)}.")

    def recipe(self, model: str, detector: str, override: str = "") -> str:
        """Hash of all that decides what a photo's result looks like: 64 hexadecimal digits.

        Args:
            model: SHA-256 of the model's file.
            detector: SHA-256 of the detector's file; it counts only where the detector decides.
            override: steps set for this photo alone, as JSON, or ``""``.
        """
        parts: dict[str, Any] = {"model": model, "quality": self.quality}
        if override:
            parts["steps"] = [list(step) for step in read(override)]
        elif self.steps is not None:
            parts["steps"] = [list(step) for step in self.steps]
        else:
            groups = {name: [list(step) for step in steps] for name, steps in self.groups.items()}
            parts |= {"detector": detector, "strength": self.strength, "threshold": self.threshold, "groups": groups}
        if not parts.get("steps"):
            parts["clean"] = self.clean
        if self.quality_mode != "standard":  # otherwise the hash is that of versions that knew one mode
            parts["quality_mode"] = self.quality_mode
        if self.preview:
            parts["preview"] = True
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def written(steps: Steps) -> str:
    """Steps as JSON, for the journal and for reports."""
    return json.dumps([{"degradation": key, "strength": strength} for key, strength in steps])


def read(text: str) -> Steps:
    """The steps in a JSON text of :func:`written`."""
    return tuple((entry["degradation"], float(entry["strength"])) for entry in json.loads(text))
