"""Presets: named recipes of the user, such as "my scanner", kept as recipe files in the settings folder.

A preset is a recipe without a model: its steps and quality mode apply to whatever model is used. The window and the
command line share the folder.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from core.degradations import QualityMode
from core.errors import RecipeError
from core.io import atomic
from core.io.os_errors import write_failure
from core.messages import message
from core.recipes import SUFFIX, Recipe, read_recipe
from core.steps import Step
from core.system.version import program_version

MAX_NAME = 60
"""Characters of a preset's name."""

_ESCAPED = re.compile(r'[<>:"/\\|?*%\x00-\x1f\x7f]|^\.|[. ]$')
"""What cannot be part of a file name on every system, written as %XX."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Preset:
    """A named recipe.

    Attributes:
        name: as the user has written it.
        recipe: its steps and quality mode; the model is empty.
    """

    name: str
    recipe: Recipe


def presets_folder() -> Path:
    """The folder of the presets; it need not exist."""
    import platformdirs

    return platformdirs.user_config_path("dfpir-studio", appauthor=False) / "presets"


def is_preset(recipe: Recipe) -> bool:
    """Whether a recipe is independent of a model, as those of presets are."""
    return not recipe.model


def preset_recipe(steps: Sequence[Step], quality_mode: QualityMode = "standard") -> Recipe:
    """Make the recipe of a preset. It holds no rotation: the sky of its masks is at the top.

    Raises:
        RecipeError: there are no steps.
    """
    if not steps:
        raise RecipeError(message("A preset needs at least one step. Add a step first."))
    upright = (step if step.mask is None else replace(step, mask=step.mask.with_sky_at_top()) for step in steps)
    return Recipe(tuple(upright), "", "", "float32", program_version(), quality_mode)


class Presets:
    """The presets of the user. Nothing is cached: the window and the command line may change them at any time.

    Args:
        folder: default :func:`presets_folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else presets_folder()

    def names(self) -> list[str]:
        """The names of all presets in alphabetical order, without reading their files."""
        try:
            files = [file.name for file in self.folder.iterdir() if file.name.endswith(SUFFIX)]
        except OSError:
            return []
        return sorted((unquote(name.removesuffix(SUFFIX)) for name in files), key=lambda name: (name.casefold(), name))

    def path(self, name: str) -> Path:
        """The file of the preset called ``name``."""
        return self.folder / f"{_escaped(name)}{SUFFIX}"

    def load(self, name: str) -> Recipe:
        """The recipe of a preset.

        Raises:
            RecipeError: there is no preset of this name, or its file cannot be read.
        """
        return read_recipe(self.path(self.stored_name(name)))

    def has(self, name: str) -> bool:
        """Whether there is a preset of this name, whatever its case."""
        return self._stored(name) is not None

    def stored_name(self, name: str) -> str:
        """The name under which a preset is stored, whose case may differ; its file is not read.

        Raises:
            RecipeError: there is no preset of this name.
        """
        known = self._stored(name)
        if known is not None:
            return known
        names = ", ".join(self.names())
        if not names:
            raise RecipeError(message("There is no preset {name}: none is stored.", name=repr(name)))
        raise RecipeError(message("There is no preset {name}. Stored are: {known}.", name=repr(name), known=names))

    def save(self, name: str, recipe: Recipe, *, overwrite: bool = False) -> str:
        """Store steps and quality mode of ``recipe`` as a preset; returns its name, without blanks at the ends.

        Raises:
            RecipeError: the name cannot be used or is taken, or the file cannot be written.
        """
        name = checked_name(name)
        known = self._stored(name)
        if known is not None and not overwrite:
            raise RecipeError(message("There is a preset {name} already. Choose another name.", name=repr(known)))
        stored = preset_recipe(recipe.steps, recipe.quality_mode)
        path = self.path(known or name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecipeError(write_failure(error, path)) from error
        try:
            atomic.publish(stored.to_json().encode(), path, overwrite=overwrite, mode=atomic.PRIVATE)
        except FileExistsError as error:
            raise RecipeError(
                message("There is a preset {name} already. Choose another name.", name=repr(name))
            ) from error
        except OSError as error:
            raise RecipeError(write_failure(error, path)) from error
        return known or name

    def rename(self, name: str, new: str) -> str:
        """Give a preset another name; returns that name, without blanks at the ends.

        Raises:
            RecipeError: there is no such preset, or the new name cannot be used or is taken.
        """
        new = checked_name(new)
        known, taken = self._stored(name), self._stored(new)
        if known is None:
            raise RecipeError(message("There is no preset {name}.", name=repr(name)))
        if taken is not None and taken != known:
            raise RecipeError(message("There is a preset {name} already. Choose another name.", name=repr(taken)))
        source, target = self.path(known), self.path(new)
        try:
            if taken is None:
                atomic.rename_if_free(source, target)
                source.unlink(missing_ok=True)  # a link that shares the file, where that is how it was renamed
            elif source != target:  # another case of the same name
                source.replace(target)
        except OSError as error:
            raise RecipeError(write_failure(error, target)) from error
        return new

    def delete(self, name: str) -> None:
        """Delete a preset, if it exists.

        Raises:
            RecipeError: its file cannot be removed.
        """
        known = self._stored(name)
        if known is None:
            return
        try:
            self.path(known).unlink(missing_ok=True)
        except OSError as error:
            raise RecipeError(write_failure(error, self.path(known))) from error

    def import_file(self, file: Path) -> str:
        """Store a recipe file as a preset called like the file; a number is added if the name is taken.

        Raises:
            RecipeError: it cannot be read or stored.
        """
        recipe = read_recipe(file)
        base = file.name.removesuffix(SUFFIX).removesuffix(".json")[:MAX_NAME].strip() or "preset"
        name, number = base, 2
        while self._stored(name) is not None:
            name, number = f"{base[: MAX_NAME - 5]} {number}", number + 1
        return self.save(name, recipe)

    def export_file(self, name: str, file: Path) -> Path:
        """Write a preset as a recipe file; an existing one is replaced.

        Raises:
            RecipeError: there is no such preset, or the file cannot be written.
        """
        recipe = self.load(name)
        try:
            atomic.publish(recipe.to_json().encode(), file, overwrite=True, mode=atomic.mode_like(file))
        except OSError as error:
            raise RecipeError(write_failure(error, file)) from error
        return file

    def _stored(self, name: str) -> str | None:
        """The stored name that equals ``name``, or does but for its case."""
        names = self.names()
        return next((known for known in names if known == name.strip()), None) or next(
            (known for known in names if known.casefold() == name.strip().casefold()), None
        )


def find_recipe(text: str, folder: Path | None = None) -> Recipe:
    """The recipe in a file, or that of a preset.

    Args:
        text: path of a recipe file, or name of a preset. A preset is looked for if there is no such file.
        folder: of the presets; default :func:`presets_folder`.

    Raises:
        RecipeError: there is neither, or it cannot be read.
    """
    path, presets = Path(text), Presets(folder)
    if path.is_file() or ((text.endswith(".json") or os.sep in text) and not presets.has(text)):
        return read_recipe(path)
    return presets.load(text)


def checked_name(name: str) -> str:
    """The name of a preset without blanks at the ends.

    Raises:
        RecipeError: it is empty or too long.
    """
    name = " ".join(name.split())
    if not name:
        raise RecipeError(message("The name of the preset is empty. Enter a name."))
    if len(name) > MAX_NAME or len(_escaped(name).encode()) + len(SUFFIX) > 250:
        raise RecipeError(
            message("The name of the preset is too long; the maximum is {limit} characters.", limit=MAX_NAME)
        )
    return name


def _escaped(name: str) -> str:
    escaped = _ESCAPED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)
    if _RESERVED.fullmatch(escaped):  # names of devices on Windows
        return f"%{ord(escaped[0]):02X}{escaped[1:]}"
    return escaped
