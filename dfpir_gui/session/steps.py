"""What undo can take back: the stack of steps of a photo, and with which of them its result was made. Plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from core.degradations import DEGRADATIONS, degradation
from core.detection import REMOVAL
from core.inference import Step


@dataclass(frozen=True)
class StackStep:
    """One entry of the stack.

    Attributes:
        degradation: key of what it removes.
        strength: 0 leaves the photo as it is, 1 takes the network's result.
        enabled: whether it takes part; one that does not keeps its place and strength.

    Raises:
        RestorationError: there is no such degradation, or the strength is not in 0 to 1.
    """

    degradation: str
    strength: float = 1.0
    enabled: bool = True

    def __post_init__(self) -> None:
        Step(self.degradation, self.strength)

    @property
    def step(self) -> Step:
        """The step that it stands for."""
        return Step(self.degradation, self.strength)

    @property
    def family(self) -> str:
        """Family of the degradation, such as ``"noise"``."""
        return degradation(self.degradation).family


Stack = tuple[StackStep, ...]


@dataclass(frozen=True)
class Edit:
    """Everything about a photo that undo can take back.

    Attributes:
        stack: the steps, in the order in which they are done.
        applied: what the result that is shown was made with, or None while none is shown. It may differ from the
            stack: the result is out of date then.
    """

    stack: Stack = ()
    applied: tuple[Step, ...] | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that take part."""
        return tuple(entry.step for entry in self.stack if entry.enabled)


@dataclass(frozen=True)
class PhotoToOpen:
    """A photo to be opened.

    Attributes:
        path: the file.
        stack: its steps, or None for those that were chosen for it before, or else those that are proposed.
        result: a file of the program's own that holds the photo with an unsaved result of these steps, or None.
    """

    path: Path
    stack: Stack | None = None
    result: Path | None = None


def stack_of(steps: Iterable[Step]) -> Stack:
    """The stack that does ``steps``."""
    return tuple(StackStep(step.degradation, step.strength) for step in steps)


def with_entry(stack: Stack, index: int, **changes: object) -> Stack:
    """The stack with another entry at ``index``; ``changes`` are attributes of :class:`StackStep`."""
    return (*stack[:index], replace(stack[index], **changes), *stack[index + 1 :])


def without(stack: Stack, index: int) -> Stack:
    """The stack without its entry at ``index``."""
    return stack[:index] + stack[index + 1 :]


def moved(stack: Stack, index: int, to: int) -> Stack:
    """The stack with the entry at ``index`` taken out and put in again at ``to``, clipped to the ends."""
    rest = without(stack, index)
    to = min(max(to, 0), len(rest))
    return (*rest[:to], stack[index], *rest[to:])


def placed(stack: Stack, entry: StackStep) -> Stack:
    """The stack with one more entry, before the first one that is better removed after it."""
    order = _order(entry)
    at = next((i for i, other in enumerate(stack) if _order(other) > order), len(stack))
    return (*stack[:at], entry, *stack[at:])


def first_key(family: str) -> str:
    """Key of the first degradation of ``family``."""
    return next(entry.key for entry in DEGRADATIONS if entry.family == family)


def _order(entry: StackStep) -> int:
    return REMOVAL.index(entry.family) if entry.family in REMOVAL else len(REMOVAL)
