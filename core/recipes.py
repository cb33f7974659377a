"""Recipes: the steps, model and precision of a result, as a small JSON file next to it with which to repeat it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

from core.degradations import KEYS, QUALITY_MODES, QualityMode, checked_quality_mode, degradation
from core.errors import MaskError, RecipeError, RestorationError
from core.geometry import UNCHANGED, Geometry
from core.io import atomic
from core.io.regular_files import open_regular
from core.messages import Message, message
from core.steps import Step
from core.system.device_info import Precision

VERSION = 3
"""Of the format. Files of later versions are refused.

Version 2 adds the quality mode, version 3 the masks of steps, and rotation and crop. A recipe is written as the
earliest version that holds it, which older programs read.
"""

SUFFIX = ".recipe.json"
"""Appended to the full name of a photo, this is the name of its recipe: ``beach.jpg.recipe.json``."""

_FIELDS = {"recipe", "program", "model", "precision", "steps"}
_PRECISIONS = get_args(Precision)
_TYPE_NAMES: dict[type, Message] = {str: message("text"), list: message("a list"), dict: message("an object")}
_SHA256_DIGITS = 64
_MAX_FILE_SIZE = 2**25  # bytes; a recipe has some hundreds, one with a mask picture some millions
_MAX_STEPS = 100
_MAX_SHOWN = 60  # characters of a wrong value in an error message

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Recipe:
    """Everything that determines the result of restoring a photo.

    Attributes:
        steps: what was done, in order; at least one.
        model: the model's name.
        model_sha256: of the model's file, 64 hexadecimal digits, or ``""`` if it had none.
        precision: of the computation.
        program: version of the program that did it.
        quality_mode: ``"standard"`` or ``"best"``.
        geometry: how the photo was rotated and cropped before.
        full_size: width and height of the upright photo before that, by which a crop is scaled for other photos; None
            if it is not known.
    """

    steps: tuple[Step, ...]
    model: str
    model_sha256: str
    precision: str
    program: str
    quality_mode: QualityMode = "standard"
    geometry: Geometry = UNCHANGED
    full_size: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, object]:
        """The recipe as plain values for JSON."""
        values: dict[str, object] = {
            "recipe": 1,
            "program": self.program,
            "model": {"name": self.model, "sha256": self.model_sha256},
            "precision": self.precision,
            "steps": [step.to_dict() for step in self.steps],
        }
        version_3 = any(step.mask is not None for step in self.steps) or not self.geometry.is_identity
        if version_3 or self.quality_mode != "standard":
            values |= {"recipe": 3 if version_3 else 2, "quality_mode": self.quality_mode}
        if not self.geometry.is_identity:
            size = {} if self.full_size is None else {"size": list(self.full_size)}
            values["geometry"] = self.geometry.to_dict() | size
        return values

    @classmethod
    def from_dict(cls, values: object, file: str) -> "Recipe":
        """Inverse of :meth:`to_dict`. Missing and unknown entries and wrong types are refused.

        Args:
            values: read from JSON.
            file: its name, for error messages.

        Raises:
            RecipeError: it is not a recipe, or one of a later version; the message names the entry.
        """
        if not isinstance(values, dict) or "recipe" not in values:
            raise RecipeError(
                message(
                    '{file} is not a recipe: it has no entry "recipe". Choose a file named *.recipe.json.', file=file
                )
            )
        version = _checked_version(values["recipe"], file)
        recipe_fields = _FIELDS | ({"quality_mode"} if version > 1 else set())
        if version > 2 and "geometry" in values:
            recipe_fields |= {"geometry"}
        _check_entries(values, recipe_fields, file, message("the recipe"))
        model = _typed(values, "model", dict, file)
        _check_entries(model, {"name", "sha256"}, file, message('"model"'))
        geometry, full_size = _checked_geometry(values["geometry"], file) if "geometry" in values else (UNCHANGED, None)
        return cls(
            steps=_steps(_typed(values, "steps", list, file), file, masks=version >= 3),
            model=_typed(model, "name", str, file),
            model_sha256=_checked_sha256(_typed(model, "sha256", str, file), file),
            precision=_checked_precision(_typed(values, "precision", str, file), file),
            program=_typed(values, "program", str, file),
            quality_mode=_checked_mode(values.get("quality_mode", "standard"), file),
            geometry=geometry,
            full_size=full_size,
        )

    def to_json(self) -> str:
        """The text of a recipe file."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, file: str) -> "Recipe":
        """Inverse of :meth:`to_json`; ``file`` is its name, for error messages.

        Raises:
            RecipeError: as :meth:`from_dict` does, or the text is not JSON.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError(
                message("{file} is not a recipe: it is not valid JSON ({reason}).", file=file, reason=str(error))
            ) from error
        return cls.from_dict(values, file)


def recipe_path(photo: Path) -> Path:
    """The path of the recipe of the result ``photo``."""
    return photo.with_name(photo.name + SUFFIX)


def write_recipe(recipe: Recipe, photo: Path, *, overwrite: bool = False) -> Path:
    """Write the recipe of the result ``photo``, whole or not at all; return its path.

    Raises:
        RecipeError: it cannot be written, or exists and ``overwrite`` is false.
    """
    path = recipe_path(photo)
    try:
        atomic.publish(recipe.to_json().encode(), path, overwrite=overwrite, mode=atomic.mode_like(photo))
    except FileExistsError as error:
        raise RecipeError(
            message("{file} already exists and was not changed. Choose another name for the photo.", file=str(path))
        ) from error
    except OSError as error:
        raise RecipeError(
            message(
                "{file} cannot be written: {reason}. Choose another folder.",
                file=str(path),
                reason=error.strerror or str(error),
            )
        ) from error
    return path


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: the file cannot be read or is not a recipe; the message says what is wrong with it.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_MAX_FILE_SIZE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RecipeError(message("{file} cannot be read: {reason}.", file=str(path), reason=reason)) from error
    if len(data) > _MAX_FILE_SIZE:
        raise RecipeError(
            message("{file} is too large for a recipe. Choose a file named *.recipe.json.", file=str(path))
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(message("{file} is not a recipe: it is not text in UTF-8.", file=str(path))) from error
    return Recipe.from_json(text, path.name)


def _checked_geometry(value: object, file: str) -> tuple[Geometry, tuple[int, int] | None]:
    try:
        size = None
        if isinstance(value, dict) and "size" in value:
            size = _checked_size(value["size"])
            value = {name: entry for name, entry in value.items() if name != "size"}
        return Geometry.from_dict(value), size
    except (RestorationError, ValueError) as error:
        raise RecipeError(
            message(
                '{file}: "geometry" must hold "quarters", 0 to 3, and "crop", four numbers or null, not {value}.',
                file=file,
                value=_shown(value),
            )
        ) from error


def _checked_size(value: object) -> tuple[int, int]:
    numbers = value if isinstance(value, list) else []
    if len(numbers) != 2 or not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError(f"not a size: {value!r}")
    return numbers[0], numbers[1]


def _shown(value: object) -> str:
    """The value in an error message: its beginning, if it is long."""
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _checked_version(version: object, file: str) -> int:
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RecipeError(
            message(
                '{file}: "recipe" must be the version of the format, a whole number, not {value}.',
                file=file,
                value=_shown(version),
            )
        )
    if version > VERSION:
        raise RecipeError(
            message(
                "{file} was written by a newer program: its format is version {version}, and this program knows "
                "{known}. Install the newer program.",
                file=file,
                version=_shown(version),
                known=VERSION,
            )
        )
    return version


def _check_entries(values: Mapping[str, object], expected: set[str], file: str, part: Message) -> None:
    if missing := sorted(expected - set(values)):
        raise RecipeError(message("{file}: {part} lacks {names}.", file=file, part=part, names=missing))
    if unknown := sorted(set(values) - expected):
        raise RecipeError(
            message(
                "{file}: {part} has entries that this program does not know: {names}.",
                file=file,
                part=part,
                names=_cut(", ".join(unknown)),
            )
        )


def _typed(values: Mapping[str, object], name: str, kind: type[_Value], file: str) -> _Value:
    value = values[name]
    if not isinstance(value, kind):
        raise RecipeError(
            message(
                '{file}: "{name}" must be {kind}, not {value}.',
                file=file,
                name=name,
                kind=_TYPE_NAMES[kind],
                value=_shown(value),
            )
        )
    return value


def _checked_sha256(digits: str, file: str) -> str:
    if digits and (len(digits) != _SHA256_DIGITS or set(digits) - set("0123456789abcdef")):
        raise RecipeError(
            message(
                '{file}: "sha256" must be 64 hexadecimal digits or empty, not {value}.',
                file=file,
                value=_shown(digits),
            )
        )
    return digits


def _checked_precision(name: str, file: str) -> str:
    if name not in _PRECISIONS:
        raise RecipeError(
            message(
                '{file}: "precision" must be one of {known}, not {value}.',
                file=file,
                known=list(_PRECISIONS),
                value=_shown(name),
            )
        )
    return name


def _checked_mode(name: object, file: str) -> QualityMode:
    if name not in QUALITY_MODES:
        raise RecipeError(
            message('{file}: "quality_mode" must be standard or best, not {value}.', file=file, value=_shown(name))
        )
    return checked_quality_mode(str(name))


def _steps(entries: list[object], file: str, *, masks: bool) -> tuple[Step, ...]:
    if not entries:
        raise RecipeError(message("{file} has no steps, so there is nothing to do.", file=file))
    if len(entries) > _MAX_STEPS:
        raise RecipeError(
            message(
                "{file} has {count} steps; the maximum is {limit}.", file=file, count=len(entries), limit=_MAX_STEPS
            )
        )
    return tuple(_step(entry, number, file, masks=masks) for number, entry in enumerate(entries, 1))


def _step(entry: object, number: int, file: str, *, masks: bool) -> Step:
    if not isinstance(entry, dict):
        raise RecipeError(
            message(
                "{file}: step {number} must be an object, not {value}.", file=file, number=number, value=_shown(entry)
            )
        )
    expected = {"degradation", "strength"} | ({"mask"} if masks and "mask" in entry else set())
    _check_entries(entry, expected, file, message("step {number}", number=number))
    key, strength = entry["degradation"], entry["strength"]
    try:
        degradation(key if isinstance(key, str) else "")
    except RestorationError as error:
        raise RecipeError(
            message(
                "{file}: step {number} removes {name}, which is not known. Known are: {known}.",
                file=file,
                number=number,
                name=_shown(key),
                known=list(KEYS),
            )
        ) from error
    try:
        return Step.from_dict(entry)
    except MaskError as error:
        raise RecipeError(
            message("{file}: step {number}: {reason}", file=file, number=number, reason=error.message)
        ) from error
    except (RestorationError, ValueError) as error:
        raise RecipeError(
            message(
                "{file}: the strength of step {number} must be a number from 0 to 1, not {value}.",
                file=file,
                number=number,
                value=_shown(strength),
            )
        ) from error
