"""Notes about masks that do not do in a photo what their names promise: a sky that is not there, or an empty mask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from core.degradations import degradation
from core.masks import Mask, Sky
from core.masks.rendering import BAND_PIXELS, MaskRenderer
from core.messages import Message, message
from core.steps import Step

_SIDE = 256
"""Longer side in pixels of the rendering by which a mask is judged first. Only if it seems to select nothing, or
everything, is it judged by every pixel of the photo, since dots of a few pixels are lost when it is reduced."""

_NOTHING = 1 / 510
"""Largest value of a mask that selects nothing: less than half a level of 255."""


def lacks_sky(masks: MaskRenderer, mask: Mask) -> bool:
    """Whether a mask refers to the sky and none is found in the photo."""
    skies = [component.shape for component in mask.components if isinstance(component.shape, Sky)]
    return any(not masks.finds(sky) for sky in skies)


@dataclass(frozen=True)
class Extent:
    """What a mask selects in a photo.

    Attributes:
        is_empty: nothing.
        is_everywhere: everything.
    """

    is_empty: bool
    is_everywhere: bool


def mask_extent(masks: MaskRenderer, mask: Mask, check: Callable[[], object] = lambda: None) -> Extent:
    """Whether a mask selects nothing, or everything, judged by every pixel of the photo.

    Args:
        masks: renders masks for the photo.
        mask: what is judged.
        check: called often; it may raise to give up.
    """
    width, height = masks.size
    scale = min(_SIDE / max(width, height), 1.0)
    values = masks.render(mask, (max(round(width * scale), 1), max(round(height * scale), 1)))
    is_empty, is_everywhere = _is_nothing(values), _is_everything(values)
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        if not is_empty and not is_everywhere:
            break
        check()
        values = masks.rows(mask, top, min(top + rows, height))
        is_empty, is_everywhere = is_empty and _is_nothing(values), is_everywhere and _is_everything(values)
    return Extent(is_empty, is_everywhere)


def _is_nothing(values: np.ndarray) -> bool:
    return bool(values.max() <= _NOTHING)


def _is_everything(values: np.ndarray) -> bool:
    return bool(values.min() >= 1 - _NOTHING)


def selects_nothing(masks: MaskRenderer, mask: Mask) -> bool:
    """Whether a mask selects nothing in the photo."""
    return mask_extent(masks, mask).is_empty


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
    extent = mask_extent(masks, mask)
    if lacks_sky(masks, mask):
        if extent.is_empty:
            return message(
                "Step {name}: no sky was found in this photo, so the step changes nothing. Use a gradient or the brush "
                "instead.",
                name=name,
            )
        if extent.is_everywhere:
            return message(
                "Step {name}: no sky was found in this photo, so the step applies everywhere. Use a gradient or the "
                "brush to keep the sky out.",
                name=name,
            )
        return message("Step {name}: no sky was found in this photo, so its mask is without one.", name=name)
    if extent.is_empty:
        return message("Step {name}: its mask selects nothing in this photo, so the step changes nothing.", name=name)
    return None
