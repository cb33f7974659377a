"""Finding the photographs of a folder tree."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.batch.layout import Layout, split_ending

PRIVATE = ".dfpir-batch"
"""How the names of all files begin that the batch keeps for itself."""

_SHADOW = "._"  # macOS keeps a file's attributes on foreign disks under such names; they end like photos and are none


@dataclass(frozen=True, slots=True)
class Found:
    """A file that looks like a photograph by its name.

    Attributes:
        path: within the source, with slashes; bytes that are no text are kept as surrogates.
        size: bytes; 0 if the file cannot be looked at (opening it will say why).
        mtime_ns: time of the last change, nanoseconds since 1970; 0 if unknown.
    """

    path: str
    size: int
    mtime_ns: int


Identity = tuple[int, int] | str
"""Equal for two paths of one folder."""


@dataclass
class Walk:
    """One pass over a source, or over a folder in it; iterate over it once.

    Real folders come first and links to folders after them, so that a folder that is reached in two ways keeps its
    own name. Within a folder, names are in the order of their code points.

    Attributes:
        start: the folder to begin with, within the source, with slashes; it must be one that is to be looked into.
        seen: folders that were entered, and their paths within the source. A folder is entered by one path only, also
            if several walks share this.
        on_link: called with the path of each link to a folder that is followed, before that folder is read.
        other: how many files were passed over because of their ending or the patterns.
        unreadable: folders that could not be read, with the system's reason.
    """

    layout: Layout
    start: str = ""
    seen: dict[Identity, str] = field(default_factory=dict)
    on_link: Callable[[str], None] = lambda path: None
    other: int = 0
    unreadable: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Found]:
        chooser = Chooser(self.layout)
        self._target = _identity(self.layout.target)
        waiting, links = self._begin()
        while waiting or links:
            if waiting:
                folder = waiting.pop()
            else:
                folder = links.pop(0)
                if self._within_target(folder) or not self._enter(folder):
                    continue
                self.on_link(folder)
            inside: list[str] = []
            for entry in self._entries(folder):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith(PRIVATE):
                    continue
                if not _is_folder(entry):
                    if chooser.takes(path) and not self._is_result(entry):
                        yield _found(path, entry)
                    else:
                        self.other += 1
                elif entry.is_symlink():
                    if self.layout.follow_links and chooser.enters(path):
                        links.append(path)
                elif chooser.enters(path):
                    inside.append(path)
            waiting += [path for path in reversed(inside) if self._enter(path)]

    def _begin(self) -> tuple[list[str], list[str]]:
        """Real folders and links to begin with."""
        if (self.layout.source / self.start).is_symlink() and self.start:
            return [], [self.start] if self.layout.follow_links else []
        return [self.start] if self._enter(self.start) else [], []

    def _enter(self, path: str) -> bool:
        """Whether the folder at ``path`` is neither the target nor one that is entered by another path."""
        identity = _identity(self.layout.source / path)
        known = self.seen.get(identity, path)
        if identity == self._target:
            return False
        if known != path and _identity(self.layout.source / known) == identity:  # else it was moved since
            return False
        self.seen[identity] = path
        return True

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.layout.source / folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.unreadable.append(f"{folder or '.'}: {error.strerror or error}")
            return []

    def _within_target(self, path: str) -> bool:
        real, target = os.path.realpath(self.layout.source / path), os.path.realpath(self.layout.target)
        return Path(real).is_relative_to(target)

    def _is_result(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return False
        return Path(os.path.realpath(entry.path)).is_relative_to(os.path.realpath(self.layout.target))


class Chooser:
    """Decides by a file's path within the source whether it is taken. Holds the compiled patterns of a layout."""

    def __init__(self, layout: Layout) -> None:
        from pathspec import PathSpec

        self._suffixes = layout.suffixes
        self._include = PathSpec.from_lines("gitignore", layout.include) if layout.include else None
        self._exclude = PathSpec.from_lines("gitignore", layout.exclude) if layout.exclude else None

    def takes(self, path: str) -> bool:
        """Whether the file at ``path`` (within the source, with slashes) is to be restored."""
        name = path.rpartition("/")[2]
        if split_ending(name)[1].lower() not in self._suffixes or name.startswith(_SHADOW):
            return False
        if self._exclude is not None and self._exclude.match_file(path):
            return False
        return self._include is None or self._include.match_file(path)

    def enters(self, path: str) -> bool:
        """Whether the folder at ``path`` is to be looked into."""
        return self._exclude is None or not self._exclude.match_file(f"{path}/")

    def reaches(self, path: str) -> bool:
        """Whether all folders above ``path`` are to be looked into."""
        parts = path.split("/")[:-1]
        return all(self.enters("/".join(parts[: depth + 1])) for depth in range(len(parts)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a folder that may not be read
        return False


def _found(path: str, entry: os.DirEntry[str]) -> Found:
    try:
        status = entry.stat()
    except OSError:
        return Found(path, 0, 0)
    return Found(path, status.st_size, status.st_mtime_ns)


def _identity(path: Path) -> Identity:
    """What tells folders apart, also on systems whose folders carry no numbers."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)
