"""Which files of a folder are restored, and where their results go."""

import os
import string
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import BatchError, PhotoError
from core.io.os_errors import display_path
from core.photo.formats import FORMATS, READABLE, RESULT_SUFFIXES, format_for
from core.photo.output_paths import possible_on_windows

_WINDOWS = sys.platform == "win32"

_FOLDER_NAMES = {".": "_", "..": "__"}

Collision = Literal["number", "skip", "replace"]

COLLISIONS: tuple[Collision, ...] = ("number", "skip", "replace")
"""What to do when a result's name is taken: ``number`` it, ``skip`` the photo, or ``replace`` what is there.

Only a file that was there before is ever replaced: of two photos that want the same name, the second is numbered.
"""

DEFAULT_NAME = "{folder}/{name}"
"""The template that mirrors the source's tree."""

FIELDS = ("folder", "parent", "name", "ext")
"""What a template may hold: the photo's folder within the source, that folder's own name, the photo's name without
and only its ending."""


@dataclass(frozen=True)
class Layout:
    """Which files are restored and what their results are called.

    Attributes:
        source: the folder that is read. Nothing in it is ever changed.
        target: the folder that results go to; it may lie inside ``source``, and is then left out of it.
        include: patterns as in ``.gitignore``; if there are any, only files that match one are taken.
        exclude: patterns of files and folders to leave out.
        formats: keys of :data:`core.photo.FORMATS` to take, or ``"raw"`` or ``"heic"``; empty takes all.
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
            raise BatchError(f"{display_path(self.source)} is not a folder. Name the folder that holds the photos.")
        if self.target.exists() and not self.target.is_dir():
            raise BatchError(f"{display_path(self.target)} is a file. Name a folder for the results.")
        if _real(self.source) == _real(self.target):
            raise BatchError(
                f"{display_path(self.source)} cannot hold the results as well: sources are never touched. Name another "
                "folder; it may lie inside this one."
            )
        if Path(_real(self.source)).is_relative_to(_real(self.target)):
            raise BatchError(
                f"{display_path(self.target)} holds the source, so that results could land among the photos. "
                "Name another "
                "folder; it may lie inside the source."
            )
        if self.collision not in COLLISIONS:
            raise BatchError(f"There is no collision rule {self.collision!r}. Choose one of: {', '.join(COLLISIONS)}.")
        try:
            self.suffixes  # noqa: B018 - a format that is not known is refused here
            if self.format:
                format_for("", self.format)
        except PhotoError as error:
            raise BatchError(str(error)) from error
        _check_template(self.name)

    @property
    def suffixes(self) -> frozenset[str]:
        """Endings of the files that are taken, lower case, with their dots."""
        if not self.formats:
            return frozenset(READABLE)
        return frozenset(suffix for key in self.formats for suffix in _suffixes_of(key.lower()))

    def output(self, path: str, ending: str = "") -> str:
        """The result's path within ``target`` before collisions, with slashes.

        Args:
            path: the photo's path within ``source``, with slashes.
            ending: that the result gets if the photo's own does not tell the format, with the dot.
        """
        folder, _, file = path.rpartition("/")
        name, suffix = split_ending(file)
        written = self.name.format(folder=folder, parent=folder.rpartition("/")[2], name=name, ext=suffix[1:])
        if self.format is None:
            ending = ending or RESULT_SUFFIXES.get(suffix.lower(), suffix)
        else:
            ending = FORMATS[format_for("", self.format).key].suffixes[0]
        # A photo called "...jpg" has the name "..", which must not become a folder above.
        return "/".join(_FOLDER_NAMES.get(part, part) for part in written.split("/") if part) + ending


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
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(template) if field is not None]
    except ValueError as error:
        raise BatchError(f"The naming template {template!r} cannot be read: {error}.") from error
    for field in fields:
        if field not in FIELDS:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise BatchError(f"The naming template {template!r} has an unknown field {{{field}}}. There are {known}.")
    if "name" not in fields:
        raise BatchError(f"The naming template {template!r} gives all photos one name. Put {{name}} into it.")
    parts = template.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in parts[0] or "\0" in template:
        raise BatchError(f"The naming template {template!r} leads out of the target. Write a path inside it.")
    if _WINDOWS and not all(possible_on_windows(part.replace("{", "").replace("}", "")) for part in parts if part):
        raise BatchError(f"The naming template {template!r} gives names that Windows cannot have. Choose others.")


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))
