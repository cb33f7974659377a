"""The stack of steps of a photo, and what undo restores. Plain values; functions return changed copies."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.degradations import DEGRADATIONS, degradation
from core.detection import REMOVAL
from core.geometry import UNCHANGED, Geometry
from core.inference import Step
from core.masks import Mask
from core.masks.files import mask_from_dict, mask_to_dict
from core.steps import checked_number


@dataclass(frozen=True)
class StackStep:
    """One entry of the stack.

    Attributes:
        degradation: key of the degradation that it removes.
        strength: 0.0 leaves the photo unchanged, 1.0 takes the network's result.
        enabled: whether it takes part; a disabled step keeps its place and strength.
        mask: where it applies, or None for everywhere.

    Raises:
        RestorationError: there is no such degradation, or the strength is not in 0 to 1.
    """

    degradation: str
    strength: float = 1.0
    enabled: bool = True
    mask: Mask | None = None

    def __post_init__(self) -> None:
        Step(self.degradation, self.strength)

    @property
    def step(self) -> Step:
        """The step without ``enabled``."""
        return Step(self.degradation, self.strength, self.mask)

    @property
    def family(self) -> str:
        """Family of the degradation, such as ``"noise"``."""
        return degradation(self.degradation).family

    def to_json(self) -> list[Any]:
        """The entry as plain values; the mask is left out if there is none."""
        values: list[Any] = [self.degradation, self.strength, self.enabled]
        return values if self.mask is None else [*values, mask_to_dict(self.mask)]

    @classmethod
    def from_json(cls, values: list[Any]) -> "StackStep":
        """Inverse of :meth:`to_json`.

        Raises:
            RestorationError: there is no such degradation, the strength is not in 0 to 1, or the mask is invalid.
            ValueError: the values are not those of an entry.
        """
        key, strength, enabled, *mask = values
        return cls(str(key), checked_number(strength), enabled is True, mask_from_dict(mask[0]) if mask else None)


Stack = tuple[StackStep, ...]


@dataclass(frozen=True)
class Edit:
    """Everything about a photo that undo restores.

    Attributes:
        stack: the steps, in the order in which they are done.
        applied: the steps that the shown result was made with, or None while there is none. If they differ from the
            stack, the result is outdated.
        geometry: how the photo is rotated and cropped before.
    """

    stack: Stack = ()
    applied: tuple[Step, ...] | None = None
    geometry: Geometry = UNCHANGED

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that take part."""
        return tuple(entry.step for entry in self.stack if entry.enabled)


@dataclass(frozen=True)
class PhotoToOpen:
    """A photo to be opened.

    Attributes:
        path: the file.
        stack: its steps, or None for those that the user chose for it before, or else those that the detector proposes.
        result: a swap file that holds the photo with an unsaved result of these steps, or None.
        geometry: how it is rotated and cropped; without steps, an unchanged one stands for what was remembered.
    """

    path: Path
    stack: Stack | None = None
    result: Path | None = None
    geometry: Geometry = UNCHANGED


def stack_from_steps(steps: Iterable[Step]) -> Stack:
    """The stack that does ``steps``."""
    return tuple(StackStep(step.degradation, step.strength, mask=step.mask) for step in steps)


def with_degradation(stack: Stack, index: int, key: str) -> Stack:
    """The stack with another degradation for the entry at ``index``."""
    return _replaced(stack, index, replace(stack[index], degradation=key))


def with_strength(stack: Stack, index: int, strength: float) -> Stack:
    """The stack with another strength for the entry at ``index``."""
    return _replaced(stack, index, replace(stack[index], strength=strength))


def with_mask(stack: Stack, index: int, mask: Mask | None) -> Stack:
    """The stack with another mask for the entry at ``index``."""
    return _replaced(stack, index, replace(stack[index], mask=mask))


def with_sky_at_top(stack: Stack) -> Stack:
    """Return a copy for a photo that is rotated otherwise; see :meth:`core.masks.Mask.with_sky_at_top`."""
    return tuple(entry if entry.mask is None else replace(entry, mask=entry.mask.with_sky_at_top()) for entry in stack)


def with_enabled(stack: Stack, index: int, enabled: bool) -> Stack:
    """The stack with the entry at ``index`` enabled or disabled."""
    return _replaced(stack, index, replace(stack[index], enabled=enabled))


def without(stack: Stack, index: int) -> Stack:
    """The stack without its entry at ``index``."""
    return stack[:index] + stack[index + 1 :]


def moved(stack: Stack, index: int, to: int) -> Stack:
    """The stack with the entry at ``index`` moved to the place ``to``, clipped to the ends."""
    rest = without(stack, index)
    to = min(max(to, 0), len(rest))
    return (*rest[:to], stack[index], *rest[to:])


def inserted(stack: Stack, entry: StackStep) -> Stack:
    """The stack with one more entry, before the first one that is better removed after it."""
    order = _removal_order(entry)
    place = next((i for i, other in enumerate(stack) if _removal_order(other) > order), len(stack))
    return (*stack[:place], entry, *stack[place:])


def first_key(family: str) -> str:
    """Key of the first degradation of ``family``."""
    return next(entry.key for entry in DEGRADATIONS if entry.family == family)


def _replaced(stack: Stack, index: int, entry: StackStep) -> Stack:
    return (*stack[:index], entry, *stack[index + 1 :])


def _removal_order(entry: StackStep) -> int:
    return REMOVAL.index(entry.family) if entry.family in REMOVAL else len(REMOVAL)
