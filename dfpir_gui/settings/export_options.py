"""How results are written: format, quality, depth, metadata, names."""

import json
import string
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.degradations import FREE_TEXT, degradation
from core.errors import RecipeError
from core.inference import RestorationResult
from core.photo import DEFAULT_QUALITY, FORMATS, Photo
from core.photo.position import without_position
from core.recipes import Recipe, write_recipe
from dfpir_gui.i18n.language import translate

ALL, NO_POSITION, NONE = "all", "no-position", "none"
METADATA = (ALL, NO_POSITION, NONE)
"""What is kept of the metadata: everything, everything but where the photo was taken, or nothing."""

LOSSY = ("jpeg", "webp", "avif")
"""Keys of the formats that have a quality."""

FIELDS = ("name", "steps", "model")
"""What a template for names may hold, in curly braces: the photo's name without its ending, the keys of the steps
joined by ``+``, and the model's name."""

DEFAULT_TEMPLATE = "{name}-restored"

_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True)
class ExportOptions:
    """How results are written.

    Attributes:
        format: key in :data:`core.photo.FORMATS`, or ``""`` for the photo's own.
        quality: 1 to 100, for formats that have one. The usual one leaves a lossless WebP lossless.
        bit_depth: 8 or 16, or 0 for the photo's own; a format that has no 16 gets 8.
        metadata: one of :data:`METADATA`.
        template: for names without their ending; see :data:`FIELDS`.
        folder: where results go, or ``""`` for the folder of the photo.
        recipe: whether the recipe is written beside the result.
        embed_preview: whether the result gets a new preview in its EXIF, where its format has a place for it.
    """

    format: str = ""
    quality: int = DEFAULT_QUALITY
    bit_depth: int = 0
    metadata: str = ALL
    template: str = DEFAULT_TEMPLATE
    folder: str = ""
    recipe: bool = False
    embed_preview: bool = False

    def to_json(self) -> str:
        """The options as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ExportOptions":
        """Inverse of :meth:`to_json`; entries that are missing or of a wrong kind count as absent."""
        try:
            values = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(values, dict):
            return cls()
        usual = cls()
        kept: dict[str, Any] = {
            field.name: values[field.name]
            for field in fields(cls)
            if type(values.get(field.name)) is type(getattr(usual, field.name))
        }
        made = cls(**kept)
        sensible = made.format in ("", *FORMATS) and made.metadata in METADATA and 1 <= made.quality <= 100
        return made if sensible and made.bit_depth in (0, 8, 16) else usual

    def suffix(self, usual: str) -> str:
        """The ending of a result, with its dot; ``usual`` is that of a result in the photo's own format."""
        return FORMATS[self.format].suffixes[0] if self.format else usual


def template_error(template: str) -> str:
    """What is wrong with a template for names, in a sentence; empty if nothing is."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return translate("Exporting", "A curly brace has no partner.")
    named = [name for _, name, _, _ in parts if name is not None]
    if any(name not in FIELDS for name in named):
        return translate("Exporting", "Only these can stand in curly braces: {fields}.").format(
            fields=", ".join(FIELDS)
        )
    if any(spec or conversion for _, _, spec, conversion in parts):
        return translate("Exporting", "Only a name can stand in curly braces.")
    if any(_FORBIDDEN & set(literal) for literal, _, _, _ in parts):
        return translate("Exporting", "These cannot be part of a name: {characters}.").format(
            characters=" ".join(sorted(_FORBIDDEN))
        )
    return "" if template.strip() else translate("Exporting", "A name is needed.")


def format_name(result: RestorationResult, options: ExportOptions) -> str:
    """The name of a result by its template, without its ending."""
    source = result.photo.source
    steps = "+".join(_word(step.degradation) for step in result.steps if step.strength > 0)
    return options.template.format(name=source.stem if source else "photo", steps=steps, model=result.model).strip()


def _word(key: str) -> str:
    """A degradation as part of a name; prompts in other words could hold anything."""
    family = degradation(key).family
    return family if family == FREE_TEXT else key


def output_path(usual: Path, result: RestorationResult, options: ExportOptions, taken: Collection[Path] = ()) -> Path:
    """Where a result goes: a name that is free, numbered if need be.

    Args:
        usual: the path of a result that nothing was chosen for; its folder and ending count.
        result: what is written.
        options: with a template that has no fault.
        taken: paths that are spoken for, though nothing is there yet.
    """
    name = format_name(result, options)
    folder = Path(options.folder) if options.folder else usual.parent
    suffix = options.suffix(usual.suffix)
    path, count = folder / f"{name}{suffix}", 2
    while path.exists() or path in taken:
        path = folder / f"{name}-{count}{suffix}"
        count += 1
    return path


@dataclass(frozen=True)
class WrittenResult:
    """A result that was written.

    Attributes:
        path: the photo.
        recipe_error: why its recipe, which was wanted, could not be written; None if it was, or was not wanted.
        notes: sentences for the user, in English, about what the file could not keep.
    """

    path: Path
    recipe_error: RecipeError | None = None
    notes: tuple[str, ...] = ()


def write_result(
    result: RestorationResult, recipe: Recipe, path: Path, overwrite: bool, options: ExportOptions
) -> WrittenResult:
    """Write a result, and its recipe if that was chosen; see :meth:`core.photo.Photo.save`.

    Raises:
        PhotoError: the photo cannot be written.
    """
    photo: Photo = without_position(result.photo) if options.metadata == NO_POSITION else result.photo
    entry = next((entry for entry in FORMATS.values() if path.suffix.lower() in entry.suffixes), None)
    depths = entry.depths if entry else (8,)
    notes: list[str] = []
    written = photo.save(
        path,
        overwrite=overwrite,
        quality=options.quality if options.quality != DEFAULT_QUALITY and entry and entry.key in LOSSY else None,
        bit_depth=options.bit_depth if options.bit_depth in depths else None,
        keep_metadata=options.metadata != NONE,
        notes=notes,
        preview=options.embed_preview and entry is not None and entry.preview,
    )
    if options.recipe:
        try:
            write_recipe(recipe, written, overwrite=overwrite)
        except RecipeError as error:
            return WrittenResult(written, error, tuple(notes))
    return WrittenResult(written, notes=tuple(notes))
