"""Steps: degradations to remove from a photo, in order, each with a strength."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.degradations import FREE_TEXT, degradation
from core.errors import RestorationError
from core.masks import Mask
from core.masks.files import mask_from_dict, mask_to_dict
from core.messages import message


@dataclass(frozen=True)
class Step:
    """One degradation to remove.

    Attributes:
        degradation: its key, see :data:`core.degradations.KEYS`; or that of a free-text prompt, see
            :func:`core.degradations.text_key`.
        strength: 0 leaves the photo unchanged, 1 is the network's result, values between blend both.
        mask: where in the photo it applies; None applies it everywhere. The network still sees the whole photo.

    Raises:
        RestorationError: there is no such degradation, or the strength is not in 0 to 1.
    """

    degradation: str
    strength: float = 1.0
    mask: Mask | None = None

    def __post_init__(self) -> None:
        degradation(self.degradation)
        if not 0.0 <= self.strength <= 1.0:
            raise RestorationError(
                message("Strength {value!r} is out of range. Choose one from 0 to 1.", value=self.strength)
            )

    def to_dict(self) -> dict[str, Any]:
        """The step as plain values for JSON: ``{"degradation": "haze", "strength": 0.5}``, and its mask if any."""
        values: dict[str, Any] = {"degradation": self.degradation, "strength": self.strength}
        if self.mask is not None:
            values["mask"] = mask_to_dict(self.mask)
        return values

    @classmethod
    def from_dict(cls, values: object) -> "Step":
        """Inverse of :meth:`to_dict`.

        Raises:
            RestorationError: there is no such degradation, the strength is not in 0 to 1, or the mask is invalid.
            ValueError: the values are not those of a step: an entry is missing, unknown or of another type.
        """
        if not isinstance(values, Mapping) or set(values) - {"mask"} != {"degradation", "strength"}:
            raise ValueError(f"not a step: {values!r}")
        key, strength = values["degradation"], values["strength"]
        if not isinstance(key, str) or not isinstance(strength, int | float) or isinstance(strength, bool):
            raise ValueError(f"not a step: {values!r}")
        return cls(key, checked_number(strength), mask_from_dict(values["mask"]) if "mask" in values else None)

    def for_other_photo(self) -> "Step":
        """The step without the parts of its mask that make no sense on another photo: strokes and pictures."""
        return self if self.mask is None else replace(self, mask=self.mask.for_other_photo())


def checked_number(value: float) -> float:
    """``value``, from a file, as a float.

    Raises:
        ValueError: it is a whole number that no float can hold.
    """
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError("the number is too large") from error


def parse_steps(steps: "str | Step | Iterable[str | Step]", strength: float = 1.0) -> tuple[Step, ...]:
    """Convert every accepted form of steps to a tuple of :class:`Step`.

    Args:
        steps: a step, a key, comma-separated keys (each with an optional strength, ``"haze,noise25:0.5"``), or
            a sequence of steps and keys. The key of a free-text prompt (``"text:soft light, haze"``) extends to the
            end of the text, with its commas and colons; its strength is ``strength``.
        strength: for keys without a strength of their own.

    Returns:
        At least one step.

    Raises:
        RestorationError: no steps, an unknown key, or a strength that is not a number from 0 to 1.
    """
    if isinstance(steps, Step):
        return (steps,)
    if isinstance(steps, str):
        entries: list[str | Step] = [steps.strip()] if _is_free_text(steps) else [*map(str.strip, steps.split(","))]
    else:
        entries = list(steps)
    parsed = tuple(entry if isinstance(entry, Step) else _parse(entry, strength) for entry in entries if entry)
    if not parsed:
        raise RestorationError(message("No step was given. Name at least one degradation to remove."))
    return parsed


def _is_free_text(entry: str) -> bool:
    return entry.strip().startswith(f"{FREE_TEXT}:")


def _parse(text: str, strength: float) -> Step:
    key, colon, number = text.partition(":")
    if not colon or _is_free_text(text):
        return Step(text, strength)
    try:
        value = float(number)
    except ValueError as error:
        raise RestorationError(
            message("Step {step!r}: invalid strength {value!r}. Write a number from 0 to 1.", step=text, value=number)
        ) from error
    return Step(key, value)
