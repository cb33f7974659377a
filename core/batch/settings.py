"""What is done to the photos: the same for all, according to what is found in them, or set for single ones."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

from core.batch.limits import Limits
from core.batch.verdict import Verdict
from core.degradations import QUALITY_MODES, QualityMode, degradation
from core.errors import BatchError
from core.geometry import UNCHANGED, Geometry, geometry_for_other
from core.masks import Brush, Stroke
from core.messages import Message, message
from core.photo.output_options import OutputOptions
from core.steps import Step

Steps = tuple[Step, ...]
"""Degradations to remove, in order; none for a photo that is copied as it is."""

Clean = Literal["copy", "leave"]

DEFAULT_THRESHOLD = 0.6


@dataclass(frozen=True)
class BatchSettings:
    """What is done to the photos.

    Attributes:
        steps: for all photos; None lets the detector decide for each.
        strength: of the steps that the detector chooses, 0 to 1.
        threshold: minimum confidence of the detector, 0 to 1; photos below it need review.
        groups: steps for photos in which exactly these degradations are found; see
            :attr:`core.batch.verdict.Verdict.group`. Without steps (``()``) the photos are treated as clean.
        clean: whether clean photos are copied to the target or left out of it.
        quality: 1 to 100 for JPEG, WebP and AVIF, or None for the default.
        output: size, colour space, bit depth and metadata of the results.
        geometry: how photos that are restored are rotated and cropped before; see :meth:`geometry_for`.
        geometry_size: width and height of the upright photo that its crop was made for, or None if that is not known.
        quality_mode: of the restoration, ``"standard"`` or ``"best"``; see :class:`core.inference.Restorer`.
        review_harm: whether results that may be worse than their photos (:mod:`core.quality`) are left for review
            instead of being written; not those of photos that have steps of their own: there the user has decided.
        keep_times: whether new results get the modification and access times of their sources.
        preview: whether results get a new preview in their EXIF; see :meth:`core.photo.Photo.save`.
        limits: memory and time that a photo may take.

    Raises:
        BatchError: a number is out of range.
    """

    steps: Steps | None = None
    strength: float = 1.0
    threshold: float = DEFAULT_THRESHOLD
    groups: Mapping[str, Steps] = field(default_factory=dict)
    clean: Clean = "copy"
    quality: int | None = None
    output: OutputOptions = field(default_factory=OutputOptions)
    geometry: Geometry = UNCHANGED
    geometry_size: tuple[int, int] | None = None
    quality_mode: QualityMode = "standard"
    review_harm: bool = False
    keep_times: bool = False
    preview: bool = False
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise BatchError(
                message("Strength {value} is out of range. Choose a number from 0 to 1.", value=self.strength)
            )
        if not 0.0 <= self.threshold <= 1.0:
            raise BatchError(
                message("The threshold {value} is out of range. Choose a number from 0 to 1.", value=self.threshold)
            )
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise BatchError(message("Quality {value} is out of range. Choose 1 to 100.", value=self.quality))
        if self.quality_mode not in QUALITY_MODES:
            raise BatchError(
                message(
                    "There is no quality mode {name}. Choose one of: {modes}.",
                    name=repr(self.quality_mode),
                    modes=QUALITY_MODES,
                )
            )

    def steps_for(self, verdict: Verdict) -> Steps | None:
        """The steps for a photo in which the detector found ``verdict``, ``()`` if it is clean; None: needs review."""
        if verdict.confidence < self.threshold:
            return None
        if verdict.group in self.groups:
            return self.groups[verdict.group]
        return tuple(Step(key, self.strength) for key in verdict.likely_steps)

    def geometry_for(self, width: int, height: int) -> tuple[Geometry, Message | None]:
        """How a photo of this size is rotated and cropped, and a note if the crop is left out.

        The crop keeps its shares of width and height. It is left out for photos of another shape, since it would cut
        off something else there.
        """
        geometry, size = self.geometry, self.geometry_size
        if geometry.crop is None:
            return geometry, None
        if size is None:
            return Geometry(geometry.quarters), message(
                "The crop was left out: the recipe does not say how large its photo was."
            )
        return geometry_for_other(geometry, size, width, height)

    def review_reason(self, verdict: Verdict) -> Message:
        """Why a photo needs review whose verdict is below the threshold."""
        return message(
            "The detector is not sure: {verdict} ({confidence:.0%}; the minimum is {threshold:.0%}).",
            verdict=verdict.label,
            confidence=verdict.confidence,
            threshold=self.threshold,
        )

    def fingerprint(self, model: str, detector: str, override: Steps | None = None) -> str:
        """Hash of everything that determines a photo's result: 64 hexadecimal digits.

        Args:
            model: SHA-256 of the model's file.
            detector: SHA-256 of the detector's file; used only where the detector decides.
            override: steps set for this photo alone, or None.
        """
        parts: dict[str, Any] = {"model": model, "quality": self.quality}
        steps = self.steps if override is None else override
        if steps is not None:
            parts["steps"] = _pairs(steps)
        else:
            groups = {name: _pairs(steps) for name, steps in self.groups.items()}
            parts |= {"detector": detector, "strength": self.strength, "threshold": self.threshold, "groups": groups}
        if not parts.get("steps"):
            parts["clean"] = self.clean
        if self.quality_mode != "standard":  # left out otherwise: earlier versions had one mode
            parts["quality_mode"] = self.quality_mode
        if self.preview:
            parts["preview"] = True
        if output := self.output.to_dict():
            parts["output"] = output
        if not self.geometry.is_identity:
            parts["geometry"] = self.geometry.to_dict() | {"size": self.geometry_size}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _pairs(steps: Steps) -> list[list[Any]]:
    # Masks only where there are some: earlier versions had none. Parts that are left out do not change a result.
    steps, _ = steps_for_batch(steps)
    masks = [[] if step.mask is None else [step.to_dict()["mask"]] for step in steps]
    return [[step.degradation, step.strength, *mask] for step, mask in zip(steps, masks, strict=True)]


def steps_to_json(steps: Steps | None) -> str:
    """Steps as JSON for the journal; ``""`` for None."""
    if steps is None:
        return ""
    return json.dumps([step.to_dict() for step in steps])


@lru_cache(1000)
def steps_from_json(text: str) -> Steps | None:
    """Inverse of :func:`steps_to_json`.

    Raises:
        ValueError: the text is not JSON of steps.
    """
    if not text:
        return None
    try:
        return tuple(map(Step.from_dict, json.loads(text)))
    except TypeError as error:
        raise ValueError(f"not steps: {error}") from error


def steps_text(steps: Steps | None) -> str:
    """Steps as on the command line: ``"haze,noise25:0.5"``; ``""`` for none. Masks are not part of it."""
    return ",".join(
        step.degradation if step.strength == 1 else f"{step.degradation}:{step.strength:g}" for step in steps or ()
    )


def steps_for_batch(steps: Steps) -> tuple[Steps, tuple[Message, ...]]:
    """The steps with what of their masks makes sense on other photos, and notes about what was left out.

    Gradients, ranges and the sky stay. Brush strokes and pictures belong to one photo; a step whose mask consists of
    nothing else applies everywhere.
    """
    kept = tuple(step.for_other_photo() for step in steps)
    notes = []
    for step, other in zip(steps, kept, strict=True):
        if other.mask is None and step.mask is not None:
            notes.append(
                message(
                    "Step {name} is applied to the whole photo: its mask was made for another photo.",
                    name=degradation(step.degradation).label,
                )
            )
        elif other.mask != step.mask:
            notes.append(
                message(
                    "Step {name}: brush strokes and pictures of its mask were left out, since they belong to another "
                    "photo.",
                    name=degradation(step.degradation).label,
                )
            )
    return kept, tuple(notes)


def without_mask_contents(steps: Steps) -> Steps:
    """The steps with tiny strokes in place of strokes and pictures in masks.

    :func:`steps_for_batch` treats both alike, but the journal stores the steps once for each photo.
    """
    placeholder = Brush((Stroke(((0.0, 0.0),), 0.01),))

    def emptied(step: Step) -> Step:
        if step.mask is None:
            return step
        parts = tuple(
            part if part.fits_other_photos else replace(part, shape=placeholder) for part in step.mask.components
        )
        return replace(step, mask=replace(step.mask, components=parts))

    return tuple(map(emptied, steps))
