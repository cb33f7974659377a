"""Recipes: what was done to a photo, as a small JSON file beside the result, to be read and done again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.degradations import KEYS, QUALITY_MODES, QualityMode, degradation
from core.errors import RecipeError, RestorationError
from core.io import atomic
from core.io.regular_files import open_regular
from core.system.version import program_version

if TYPE_CHECKING:
    from core.inference import RestorationResult, Step

VERSION = 2
"""Of the format. A file of a later version is refused, not guessed at.

Version 2 has the quality mode. A recipe of mode ``"standard"`` is written as version 1, which older programs read.
"""

SUFFIX = ".recipe.json"
"""What is added to the whole name of a photo for the name of its recipe: ``beach.jpg.recipe.json``."""

_FIELDS = {"recipe", "program", "model", "precision", "steps"}
_PRECISIONS = ("float32", "bfloat16", "float16")
_KINDS: dict[type, str] = {str: "text", list: "a list", dict: "an object"}
_SHA256_DIGITS = 64
_LARGEST = 2**20  # bytes; a recipe has some hundreds
_MOST_STEPS = 100
_SHOWN = 60  # characters of a wrong value in a message


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a restoration of a photo looks like.

    Attributes:
        steps: what was done, in order; at least one.
        model: the model's name.
        model_sha256: of the model's file, 64 hexadecimal digits, or ``""`` if it had none.
        precision: that the result was computed in.
        program: version of the program that did it.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    steps: "tuple[Step, ...]"
    model: str
    model_sha256: str
    precision: str
    program: str
    quality_mode: QualityMode = "standard"

    @classmethod
    def of(cls, result: "RestorationResult", model_sha256: str | None = None) -> "Recipe":
        """The recipe of a result; ``model_sha256`` is that of the model that made it, None for what the result says."""
        sha256 = result.model_sha256 if model_sha256 is None else model_sha256
        return cls(result.steps, result.model, sha256, result.precision, program_version(), result.quality_mode)

    def to_json(self) -> str:
        """The recipe as text for a file."""
        steps = [{"degradation": step.degradation, "strength": step.strength} for step in self.steps]
        values: dict[str, Any] = {
            "recipe": 1,
            "program": self.program,
            "model": {"name": self.model, "sha256": self.model_sha256},
            "precision": self.precision,
            "steps": steps,
        }
        if self.quality_mode != "standard":
            values |= {"recipe": VERSION, "quality_mode": self.quality_mode}
        return json.dumps(values, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str) -> "Recipe":
        """Inverse of :meth:`to_json`. Nothing is guessed: what is missing, unknown or of a wrong type is refused.

        Args:
            text: of the file.
            name: of the file, for messages.

        Raises:
            RecipeError: it is no recipe, or one of a later version; the message names the entry.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError(f"{name} is not a recipe: it is no valid JSON ({error}).") from error
        if not isinstance(values, dict) or "recipe" not in values:
            raise RecipeError(f'{name} is not a recipe: it has no entry "recipe". Choose a file named *{SUFFIX}.')
        _check_version(values["recipe"], name)
        _check_names(values, _FIELDS | ({"quality_mode"} if values["recipe"] > 1 else set()), name, "the recipe")
        model = _typed(values, "model", dict, name)
        _check_names(model, {"name", "sha256"}, name, '"model"')
        sha256 = _typed(model, "sha256", str, name)
        if sha256 and (len(sha256) != _SHA256_DIGITS or set(sha256) - set("0123456789abcdef")):
            raise RecipeError(f'{name}: "sha256" must be 64 hexadecimal digits or empty, not {_brief(sha256)}.')
        precision = _typed(values, "precision", str, name)
        if precision not in _PRECISIONS:
            raise RecipeError(f'{name}: "precision" must be one of {", ".join(_PRECISIONS)}, not {_brief(precision)}.')
        steps = _typed(values, "steps", list, name)
        if not steps:
            raise RecipeError(f"{name} has no steps, so there is nothing to do.")
        if len(steps) > _MOST_STEPS:
            raise RecipeError(f"{name} has {len(steps)} steps, which nobody meant. At most {_MOST_STEPS} are done.")
        parsed = tuple(_step(entry, number, name) for number, entry in enumerate(steps, 1))
        mode = values.get("quality_mode", "standard")
        if mode not in QUALITY_MODES:
            raise RecipeError(f'{name}: "quality_mode" must be {" or ".join(QUALITY_MODES)}, not {_brief(mode)}.')
        return cls(
            parsed, _typed(model, "name", str, name), sha256, precision, _typed(values, "program", str, name), mode
        )


def recipe_path(photo: Path) -> Path:
    """Where the recipe of the result ``photo`` is kept."""
    return photo.with_name(photo.name + SUFFIX)


def write_recipe(recipe: Recipe, photo: Path, *, overwrite: bool = False) -> Path:
    """Write the recipe beside the result ``photo``, whole or not at all; return its path.

    Raises:
        RecipeError: it cannot be written, or exists and ``overwrite`` is false.
    """
    path = recipe_path(photo)
    try:
        atomic.publish(recipe.to_json().encode(), path, overwrite=overwrite, mode=atomic.mode_like(photo))
    except FileExistsError as error:
        raise RecipeError(f"{path} already exists and was left as it is. Choose another name for the photo.") from error
    except OSError as error:
        raise RecipeError(f"{path} cannot be written: {error.strerror or error}. Choose another folder.") from error
    return path


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: the file cannot be read or is no recipe; the message says what is wrong with it.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise RecipeError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    if len(data) > _LARGEST:
        raise RecipeError(f"{path} is too large for a recipe. Choose a file named *{SUFFIX}.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not a recipe: it is no text in UTF-8.") from error
    return Recipe.from_json(text, path.name)


def _brief(value: Any) -> str:
    """The value as it stands in a message: its beginning, if it is long."""
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _check_version(version: Any, name: str) -> None:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecipeError(f'{name}: "recipe" must be the version of the format, a whole number, not {_brief(version)}.')
    if version > VERSION:
        raise RecipeError(
            f"{name} was written by a newer program: its format is version {_brief(version)}, and this program knows "
            f"{VERSION}. Install the newer program."
        )


def _check_names(values: Mapping[str, Any], wanted: set[str], name: str, where: str) -> None:
    if missing := sorted(wanted - set(values)):
        raise RecipeError(f"{name}: {where} lacks {', '.join(missing)}.")
    if unknown := sorted(set(values) - wanted):
        raise RecipeError(f"{name}: {where} has entries that this program does not know: {_cut(', '.join(unknown))}.")


def _typed(values: Mapping[str, Any], key: str, kind: type, name: str) -> Any:
    if not isinstance(values[key], kind):
        raise RecipeError(f'{name}: "{key}" must be {_KINDS[kind]}, not {_brief(values[key])}.')
    return values[key]


def _step(entry: Any, number: int, name: str) -> "Step":
    from core.inference import Step

    where = f"step {number}"
    if not isinstance(entry, dict):
        raise RecipeError(f"{name}: {where} must be an object, not {_brief(entry)}.")
    _check_names(entry, {"degradation", "strength"}, name, where)
    key, strength = entry["degradation"], entry["strength"]
    try:
        degradation(key if isinstance(key, str) else "")
    except RestorationError as error:
        known = ", ".join(KEYS)
        raise RecipeError(f"{name}: {where} removes {_brief(key)}, which is not known. Known are: {known}.") from error
    if not isinstance(strength, int | float) or isinstance(strength, bool) or not 0 <= strength <= 1:
        raise RecipeError(f"{name}: the strength of {where} must be a number from 0 to 1, not {_brief(strength)}.")
    return Step(key, float(strength))
