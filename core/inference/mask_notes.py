"""Notes about masks that do not do in a photo what their names promise: a sky that is not there, or an empty mask."""

from collections.abc import Iterable

from core.degradations import degradation
from core.masks import Mask, Sky
from core.masks.rendering import MaskRenderer
from core.messages import Message, message
from core.steps import Step

_SIDE = 256
"""Longer side in pixels of the rendering by which a mask is judged."""

_NOTHING = 1 / 510
"""Largest value of a mask that selects nothing: less than half a level of 255."""


def lacks_sky(masks: MaskRenderer, mask: Mask) -> bool:
    """Whether a mask refers to the sky and none is found in the photo."""
    skies = [component.shape for component in mask.components if isinstance(component.shape, Sky)]
    return any(not masks.finds(sky) for sky in skies)


def selects_nothing(masks: MaskRenderer, mask: Mask) -> bool:
    """Whether a mask selects nothing in the photo."""
    return bool(_rendered_extremes(masks, mask)[1] <= _NOTHING)


def mask_notes(masks: MaskRenderer, steps: Iterable[Step]) -> tuple[Message, ...]:
    """Notes for steps whose mask lacks its sky or selects nothing; empty for most photos.

    Args:
        masks: renders masks for the photo.
        steps: those of strength 0 are left out.
    """
    notes = []
    for step in steps:
        if step.mask is not None and step.strength > 0:
            note = _note(masks, step.mask, degradation(step.degradation).label)
            if note is not None:
                notes.append(note)
    return tuple(notes)


def _note(masks: MaskRenderer, mask: Mask, name: Message) -> Message | None:
    lowest, highest = _rendered_extremes(masks, mask)
    if lacks_sky(masks, mask):
        if highest <= _NOTHING:
            return message(
                "Step {name}: no sky was found in this photo, so the step changes nothing. Use a gradient or the brush "
                "instead.",
                name=name,
            )
        if lowest >= 1 - _NOTHING:
            return message(
                "Step {name}: no sky was found in this photo, so the step applies everywhere. Use a gradient or the "
                "brush to keep the sky out.",
                name=name,
            )
        return message("Step {name}: no sky was found in this photo, so its mask is without one.", name=name)
    if highest <= _NOTHING:
        return message("Step {name}: its mask selects nothing in this photo, so the step changes nothing.", name=name)
    return None


def _rendered_extremes(masks: MaskRenderer, mask: Mask) -> tuple[float, float]:
    width, height = masks.size
    scale = min(_SIDE / max(width, height), 1.0)
    values = masks.render(mask, (max(round(width * scale), 1), max(round(height * scale), 1)))
    return float(values.min()), float(values.max())
