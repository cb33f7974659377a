"""Which files of a folder are restored, and where their results go."""

import os
import string
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import BatchError, PhotoError
from core.io.os_errors import display_path
from core.messages import message
from core.photo.formats import FORMATS, READABLE, RESULT_SUFFIXES, format_for
from core.photo.output_paths import day_of_photo, possible_on_windows

_WINDOWS = sys.platform == "win32"

_FOLDER_NAMES = {".": "_", "..": "__"}

Collision = Literal["number", "skip", "replace"]

COLLISIONS: tuple[Collision, ...] = ("number", "skip", "replace")
"""What to do if a file with the result's name exists: add a ``number``, ``skip`` the photo, or ``replace`` the file.

Only a file from before the run is ever replaced: if two photos would get the same name, the second gets a number.
"""

DEFAULT_NAME = "{folder}/{name}"
"""The template that mirrors the source's tree."""

FIELDS = ("folder", "parent", "name", "ext", "date", "counter")
"""Fields of a template: the photo's folder within the source, the last part of that folder, the photo's name without
its ending, the ending without its dot, the day on which it was taken (``2024-05-31``; without EXIF the day of the file)
and a number, ``0001`` for the first photo."""

COUNTER = "\0"
"""Stands for the number in what :meth:`Layout.output` returns; :mod:`core.batch.plan` puts in the first free one."""


@dataclass(frozen=True)
class Layout:
    """Which files are restored and what their results are called.

    Attributes:
        source: the folder that is read. Nothing in it is ever changed.
        target: the folder of the results. It may be inside ``source``; it is then not read.
        include: patterns as in ``.gitignore``; if there are any, only matching files are restored.
        exclude: patterns of files and folders to leave out.
        formats: keys of :data:`core.photo.FORMATS` to restore, or ``"raw"`` or ``"heic"``; empty for all.
        follow_links: whether symbolic links to folders are followed. Each folder is read once, so loops end.
        name: template for a result's path within ``target`` without its ending; see :data:`FIELDS`.
        collision: see :data:`COLLISIONS`.
        format: key of the format to write, or None for each photo's own.

    Raises:
        BatchError: the folders, the template or a format cannot be used; the message says why.
    """

    source: Path
    target: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    follow_links: bool = True
    name: str = DEFAULT_NAME
    collision: Collision = "number"
    format: str | None = None

    def __post_init__(self) -> None:
        if not self.source.is_dir():
            raise BatchError(
                message(
                    "{folder} is not a folder. Name the folder that holds the photos.", folder=display_path(self.source)
                )
            )
        if self.target.exists() and not self.target.is_dir():
            raise BatchError(
                message("{file} is a file. Name a folder for the results.", file=display_path(self.target))
            )
        if _real(self.source) == _real(self.target):
            raise BatchError(
                message(
                    "{folder} cannot hold the results as well: sources are never changed. Name another folder; it may "
                    "be inside this one.",
                    folder=display_path(self.source),
                )
            )
        if Path(_real(self.source)).is_relative_to(_real(self.target)):
            raise BatchError(
                message(
                    "{folder} contains the source, so results could be written among the photos. Name another folder; "
                    "it may be inside the source.",
                    folder=display_path(self.target),
                )
            )
        if self.collision not in COLLISIONS:
            raise BatchError(
                message(
                    "There is no collision rule {name}. Choose one of: {known}.",
                    name=repr(self.collision),
                    known=COLLISIONS,
                )
            )
        try:
            self.suffixes  # noqa: B018 - an unknown format is refused here
            if self.format:
                format_for("", self.format)
        except PhotoError as error:
            raise BatchError(error.message) from error
        _check_template(self.name)

    @property
    def suffixes(self) -> frozenset[str]:
        """Endings of the files that are taken, lower case, with their dots."""
        if not self.formats:
            return frozenset(READABLE)
        return frozenset(suffix for key in self.formats for suffix in _suffixes_of(key.lower()))

    def output(self, path: str, ending: str = "") -> str:
        """The result's path within ``target`` before collisions are resolved, with slashes.

        Args:
            path: the photo's path within ``source``, with slashes.
            ending: of the result, with the dot, if the photo's own ending does not give the format.
        """
        folder, _, file = path.rpartition("/")
        name, suffix = split_ending(file)
        filled = self.name.format(
            folder=folder,
            parent=folder.rpartition("/")[2],
            name=name,
            ext=suffix[1:],
            date=day_of_photo(self.source / path) if "{date}" in self.name else "",
            counter=COUNTER,
        )
        if self.format is None:
            ending = ending or RESULT_SUFFIXES.get(suffix.lower(), suffix)
        else:
            ending = FORMATS[format_for("", self.format).key].suffixes[0]
        # A photo called "...jpg" has the name "..", which must not become the parent folder.
        return "/".join(_FOLDER_NAMES.get(part, part) for part in filled.split("/") if part) + ending


def _suffixes_of(key: str) -> tuple[str, ...]:
    heic = tuple(suffix for suffix in RESULT_SUFFIXES if suffix.startswith(".hei"))
    if key == "heic":
        return heic
    if key == "raw":
        return tuple(suffix for suffix in RESULT_SUFFIXES if suffix not in heic)
    return format_for("", key).suffixes


def split_ending(path: str) -> tuple[str, str]:
    """A path with slashes without its ending, and the ending with its dot (or ``""``)."""
    start = path.rfind("/") + 1
    dot = path.rfind(".")
    return (path[:dot], path[dot:]) if dot > start else (path, "")


def _check_template(template: str) -> None:
    quoted = repr(template)
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    except ValueError as error:
        raise BatchError(
            message("The naming template {pattern} cannot be read: {reason}.", pattern=quoted, reason=str(error))
        ) from error
    for field in fields:
        if field not in FIELDS:
            raise BatchError(
                message(
                    "The naming template {pattern} has an unknown field {field}. Known fields: {known}.",
                    pattern=quoted,
                    field=f"{{{field}}}",
                    known=[f"{{{name}}}" for name in FIELDS],
                )
            )
    if "name" not in fields and "counter" not in fields:
        raise BatchError(
            message(
                "The naming template {pattern} gives all photos one name. Add {field} or {counter}.",
                pattern=quoted,
                field="{name}",
                counter="{counter}",
            )
        )
    if fields.count("counter") > 1 or any(
        spec or conversion
        for _, field, spec, conversion in string.Formatter().parse(template)
        if field in ("date", "counter")
    ):
        raise BatchError(
            message(
                "The naming template {pattern} cannot be read: {reason}.",
                pattern=quoted,
                reason=message("{field} can only be written once and as it is", field="{counter}"),
            )
        )
    parts = template.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0] or "\0" in template:
        raise BatchError(
            message("The naming template {pattern} points outside the target. Write a path inside it.", pattern=quoted)
        )
    if _WINDOWS and not all(possible_on_windows(part.replace("{", "").replace("}", "")) for part in parts if part):
        raise BatchError(
            message(
                "The naming template {pattern} gives names that are not valid on Windows. Choose others.",
                pattern=quoted,
            )
        )


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
