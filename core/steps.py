"""What to do to a photo: degradations to remove, one after the other, each with a strength."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.degradations import FREE_TEXT, degradation
from core.errors import RestorationError


@dataclass(frozen=True)
class Step:
    """One pass through the network.

    Attributes:
        degradation: key of what to remove, see :data:`core.degradations.KEYS`, or a prompt in other words, see
            :func:`core.degradations.text_key`.
        strength: 0 leaves the photo as it is, 1 takes the network's result, between is a blend of both.

    Raises:
        RestorationError: there is no such degradation, or the strength is not in 0 to 1.
    """

    degradation: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        degradation(self.degradation)
        if not 0.0 <= self.strength <= 1.0:
            raise RestorationError(f"Strength {self.strength!r} is out of range. Choose one from 0 to 1.")


def parse_steps(steps: "str | Step | Iterable[str | Step]", strength: float = 1.0) -> tuple[Step, ...]:
    """Bring every way of writing steps into one form.

    Args:
        steps: a step, a key, keys joined by commas (each may carry its own strength, ``"haze,noise25:0.5"``), or
            a sequence of steps and keys. The key of a prompt in other words (``"text:soft light, haze"``) is one whole
            text, with its commas and colons: a text that begins with it is that one step, and its strength is
            ``strength``.
        strength: for keys without a strength of their own.

    Returns:
        At least one step.

    Raises:
        RestorationError: no steps, an unknown key, or a strength that is no number from 0 to 1.
    """
    if isinstance(steps, Step):
        return (steps,)
    if isinstance(steps, str):
        entries: list[str | Step] = [steps.strip()] if _is_text(steps) else [*map(str.strip, steps.split(","))]
    else:
        entries = list(steps)
    parsed = tuple(entry if isinstance(entry, Step) else _parse(entry, strength) for entry in entries if entry)
    if not parsed:
        raise RestorationError("No step was given. Name at least one degradation to remove.")
    return parsed


def _is_text(entry: str) -> bool:
    return entry.strip().startswith(f"{FREE_TEXT}:")


def _parse(text: str, strength: float) -> Step:
    key, colon, number = text.partition(":")
    if not colon or _is_text(text):
        return Step(text, strength)
    try:
        return Step(key, float(number))
    except ValueError as error:
        raise RestorationError(f"Step {text!r}: {number!r} is no strength. Write a number from 0 to 1.") from error
