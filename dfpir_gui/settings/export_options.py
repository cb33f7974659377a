"""How results are written: format, quality, depth, metadata, names."""

import json
import string
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from core.degradations import FREE_TEXT, degradation
from core.errors import PhotoError, RecipeError
from core.inference import RestorationResult
from core.messages import Message
from core.photo import DEFAULT_QUALITY, FORMATS, Format, Photo
from core.photo.formats.exif import capture_date
from core.photo.output_options import KeptMetadata, OutputOptions, write_with_options
from core.photo.output_paths import day_of_photo
from core.photo.resizing import Resize
from core.recipes import Recipe, write_recipe
from dfpir_gui.i18n.language import listed, translate

ALL, NO_POSITION, NONE = "all", "no-position", "none"
METADATA = (ALL, NO_POSITION, NONE)
"""Which metadata to keep: all, all but the location, or none."""

LIBRARY_METADATA: dict[str, KeptMetadata] = {ALL: "all", NO_POSITION: "no-location", NONE: "none"}
"""The names that the library has for them."""

LOSSY = ("jpeg", "webp", "avif")
"""Keys of the formats with a quality setting."""

FIELDS = ("name", "steps", "model", "date", "counter")
"""Fields of a name template, in curly braces: the photo's name without suffix, the keys of the steps joined by ``+``,
the model's name, the day on which the photo was taken (``2024-05-31``), and a number, ``0001`` where it is free."""

DEFAULT_TEMPLATE = "{name}-restored"

_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True)
class ExportOptions:
    """How results are written.

    Attributes:
        format: key in :data:`core.photo.FORMATS`, or ``""`` for the photo's own.
        quality: 1 to 100, for lossy formats. At the default, a lossless WebP stays lossless.
        bit_depth: 8 or 16, or 0 for the photo's own; formats without 16 bits use 8.
        metadata: one of :data:`METADATA`.
        template: for names without suffix; see :data:`FIELDS`.
        folder: where results go, or ``""`` for the folder of the photo.
        recipe: whether a recipe file is saved next to the result.
        embed_preview: whether the result gets a new preview in its EXIF, if its format supports one.
        resize: how results are made smaller, as :class:`core.photo.resizing.Resize` writes it; ``""`` for not.
        colour_space: key in :data:`core.photo.output_colours.OUTPUT_SPACES`, or ``""`` for the photo's own.
    """

    format: str = ""
    quality: int = DEFAULT_QUALITY
    bit_depth: int = 0
    metadata: str = ALL
    template: str = DEFAULT_TEMPLATE
    folder: str = ""
    recipe: bool = False
    embed_preview: bool = False
    resize: str = ""
    colour_space: str = ""

    def to_json(self) -> str:
        """The options as a JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ExportOptions":
        """Inverse of :meth:`to_json`. Missing entries and those of a wrong type get their default."""
        try:
            values = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(values, dict):
            return cls()
        default = cls()
        known = {
            field.name: values[field.name]
            for field in fields(cls)
            if type(values.get(field.name)) is type(getattr(default, field.name))
        }
        options = cls(**known)
        valid = options.format in ("", *FORMATS) and options.metadata in METADATA and 1 <= options.quality <= 100
        try:
            output_options(options)
        except PhotoError:
            valid = False
        return options if valid and options.bit_depth in (0, 8, 16) else default

    def suffix(self, default: str) -> str:
        """The suffix of a result, with its dot; ``default`` is that of a result in the photo's own format."""
        return FORMATS[self.format].suffixes[0] if self.format else default


def template_error(template: str) -> str:
    """Why a name template is invalid, in a sentence; empty if it is valid."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return translate("Exporting", "Unmatched curly brace.")
    names = [name for _, name, _, _ in parts if name is not None]
    if any(name not in FIELDS for name in names):
        return translate("Exporting", "Unknown field. Available fields: {fields}.").format(fields=listed(FIELDS))
    if any(spec or conversion for _, _, spec, conversion in parts):
        return translate("Exporting", "A field has only a name in its braces.")
    if any(_FORBIDDEN & set(literal) for literal, _, _, _ in parts):
        return translate("Exporting", "A name cannot contain: {characters}").format(
            characters=" ".join(sorted(_FORBIDDEN))
        )
    return "" if template.strip() else translate("Exporting", "The name is empty.")


def format_name(result: RestorationResult, options: ExportOptions, number: int = 1) -> str:
    """The name of a result by the template of ``options``, without suffix; ``number`` is that of ``{counter}``."""
    source = result.photo.source
    steps = "+".join(_file_name_key(step.degradation) for step in result.steps if step.strength > 0)
    return options.template.format(
        name=source.stem if source else "photo",
        steps=steps,
        model=result.model,
        date=_day(result.photo) if "{date}" in options.template else "",
        counter=f"{number:04}",
    ).strip()


def _day(photo: Photo) -> str:
    taken = capture_date(photo.preserved.exif)
    if taken is not None:
        return taken.isoformat()
    return day_of_photo(photo.source) if photo.source is not None else date.today().isoformat()


def _file_name_key(key: str) -> str:
    """A degradation as part of a file name; a custom prompt could contain any character, so its family is used."""
    family = degradation(key).family
    return family if family == FREE_TEXT else key


def output_path(default: Path, result: RestorationResult, options: ExportOptions, taken: Collection[Path] = ()) -> Path:
    """The path of a result; a number is added if the name is taken.

    Args:
        default: the path without any options, which gives folder and suffix.
        result: what is written.
        options: with a valid template.
        taken: paths that are reserved for files that do not exist yet.
    """
    counts = any(field == "counter" for _, field, _, _ in string.Formatter().parse(options.template))
    name = format_name(result, options)
    folder = Path(options.folder) if options.folder else default.parent
    suffix = options.suffix(default.suffix)
    path, count = folder / f"{name}{suffix}", 2
    while path.exists() or path in taken:
        path = folder / f"{format_name(result, options, count) if counts else f'{name}-{count}'}{suffix}"
        count += 1
    return path


def output_options(options: ExportOptions) -> OutputOptions:
    """The part of the options that the library applies to the photo.

    Raises:
        PhotoError: size or colour space are unknown.
    """
    return OutputOptions(
        resize=Resize.from_text(options.resize) if options.resize else None,
        colour_space=options.colour_space or None,
        bit_depth=options.bit_depth or None,
        metadata=LIBRARY_METADATA[options.metadata],
    )


def quality_for(suffix: str, options: ExportOptions) -> int | None:
    """The quality to ask for in a file with this suffix; None for a lossless format, and for the default."""
    entry = _format_of(suffix)
    return options.quality if options.quality != DEFAULT_QUALITY and entry and entry.key in LOSSY else None


def _format_of(suffix: str) -> Format | None:
    return next((entry for entry in FORMATS.values() if suffix.lower() in entry.suffixes), None)


@dataclass(frozen=True)
class WrittenResult:
    """A result that was written.

    Attributes:
        path: the file.
        recipe_error: why the recipe file could not be written; None if it was written or not asked for.
        notes: messages about what the file could not keep.
    """

    path: Path
    recipe_error: RecipeError | None = None
    notes: tuple[str, ...] = ()


def write_result(
    result: RestorationResult, recipe: Recipe, path: Path, overwrite: bool, options: ExportOptions
) -> WrittenResult:
    """Write a result, with a recipe file if the options ask for one; see
    :func:`core.photo.output_options.write_with_options`.

    Raises:
        PhotoError: the photo cannot be written.
    """
    entry = _format_of(path.suffix)
    notes: list[Message] = []
    written = write_with_options(
        result.photo,
        path,
        output_options(options),
        overwrite=overwrite,
        quality=quality_for(path.suffix, options),
        notes=notes,
        preview=options.embed_preview and entry is not None and entry.preview,
    )
    if options.recipe:
        try:
            write_recipe(recipe, written, overwrite=overwrite)
        except RecipeError as error:
            return WrittenResult(written, error, tuple(notes))
    return WrittenResult(written, notes=tuple(notes))
