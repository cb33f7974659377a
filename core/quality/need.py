"""The strength that a photo needs: less than all of it where the whole would visibly do harm.

It is judged on a small copy of the photo, which the restorer restores first. Only haze is judged, and only by measures
that did not warn of any good result of the test sets: that a result is darker than its photo, say, may be right. See
docs/measurements.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.degradations import FAMILY_LABELS
from core.detection import Detection
from core.detection.detection import ProposedStrength
from core.messages import Message, message
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback, no_progress
from core.quality.limits import LIMITS
from core.quality.measures import SIDE, Comparison
from core.quality.report import PROBLEMS, SHARES, harms_of
from core.steps import Step

if TYPE_CHECKING:
    from core.inference import RestorationResult

JUDGED: Mapping[str, tuple[str, ...]] = {
    "haze": (
        "dulled_lights",
        "bright_halos",
        "dark_halos",
        "blotches",
        "colour_blotches",
        "border_band",
        "new_colour",
        "skin",
        "clipped_lights",
    )
}
"""Families whose strength is proposed -> the measures that limit it, see :class:`core.quality.Measures`."""

_MARGIN = 0.97
"""At the proposed strength, every measure is below this share of its limit."""


class SmallRestorer(Protocol):
    """What is needed of a :class:`core.inference.Restorer`."""

    def restore(
        self,
        photo: Photo,
        steps: tuple[Step, ...],
        *,
        progress: ProgressCallback,
        cancel: CancelToken | None,
        quality_mode: str | None,
    ) -> "RestorationResult":
        """Restore a photo."""


def propose_strengths(
    detection: Detection,
    photo: Photo,
    restorer: SmallRestorer,
    cancel: CancelToken | None = None,
    *,
    steps: tuple[Step, ...] | None = None,
) -> Detection:
    """The detection with the strength that a photo needs, if that is less than all.

    It takes the time of a restoration of 0.15 megapixels if haze is the first of the steps, else none.

    Args:
        detection: of ``photo``.
        photo: not changed.
        restorer: that is to restore it.
        cancel: stops the work within one band.
        steps: that are to be done; None: those that are proposed. They differ where the user acts on a detection that
            is unsure.

    Raises:
        DFPIRError: as of the restorer.
        Cancelled: ``cancel`` was set.
    """
    from core.detection.sampling import reduce  # imports torch, which the report does not need

    first = next(iter(detection.proposals() if steps is None else steps), None)
    if first is None or first.degradation not in JUDGED:  # what is judged are families with one key
        return detection
    family = first.degradation
    small = Photo.from_array(np.ascontiguousarray(reduce(photo.visible_part().srgb(), SIDE)))
    step = Step(first.degradation)
    result = restorer.restore(small, (step,), progress=no_progress, cancel=cancel, quality_mode="standard")
    needed = needed_strength(Comparison(small.pixels, result.photo.pixels), JUDGED[family])
    return detection if needed is None else replace(detection, strengths={family: needed})


def needed_strength(comparison: Comparison, kinds: tuple[str, ...]) -> ProposedStrength | None:
    """The largest strength at which none of the measures ``kinds`` exceeds its limit, at least 0.3; None: all of it.

    Args:
        comparison: of a photo and its result at full strength.
        kinds: of :data:`core.quality.PROBLEMS`.
    """
    harms = harms_of(comparison.measures(), {kind: LIMITS[kind] for kind in kinds})
    if not harms:
        return None
    limits = {kind: LIMITS[kind] * _MARGIN for kind in kinds}
    for share in SHARES[:-1]:
        if not harms_of(comparison.measures(share), limits):
            return ProposedStrength(share, harms[0].kind)
    return ProposedStrength(SHARES[-1], harms[0].kind)


def strength_note(detection: Detection) -> Message | None:
    """Why less than all of the strength is proposed, as a sentence; None if it is not."""
    for family, needed in detection.strengths.items():
        return message(
            "{name}: {percent:.0f} % is proposed, since more may do harm ({problem}).",
            name=FAMILY_LABELS[family],
            percent=100 * needed.strength,
            problem=PROBLEMS[needed.problem],
        )
    return None
