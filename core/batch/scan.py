"""Finding the photographs of a folder tree."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.batch.layout import Layout, split_ending
from core.photo.formats import FORMATS, HEIC, RAW, READABLE, RESULT_SUFFIXES, foreign, sniff
from core.photo.output_paths import result_suffix

PRIVATE = ".dfpir-batch"
"""How the names of all files begin that the batch keeps for itself."""

_SHADOW = "._"  # macOS keeps a file's attributes on foreign disks under such names; they end like photos and are none


_OTHER_ENDINGS = frozenset({".mpo", ".jps", ".pns", ".jif", ".jfi", ".pjp", ".pjpeg", ".jpg_large", ".hif", ".avifs"})
"""Under which photographs are found as well; what such a file and one without an ending is, its first bytes tell."""

_NO_PHOTOS = frozenset(
    {".xmp", ".txt", ".json", ".xml", ".html", ".csv", ".pdf", ".db", ".ini", ".lnk", ".log", ".md", ".zip"}
    | {".mp4", ".mov", ".avi", ".mkv", ".m4v", ".mp3", ".wav", ".aae", ".thm", ".pp3", ".dop", ".cos", ".part", ".tmp"}
)
"""Files that nobody takes for photographs, and that need not be opened to know so."""

_FIRST_BYTES = 4096
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A picture that is not restored.

    Attributes:
        path: within the source, with slashes.
        reason: why, a sentence.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file that looks like a photograph by its name, or by its first bytes if its name does not tell.

    Attributes:
        path: within the source, with slashes; bytes that are no text are kept as surrogates.
        size: bytes; 0 if the file cannot be looked at (opening it will say why).
        mtime_ns: time of the last change, nanoseconds since 1970; 0 if unknown.
        ending: that its result gets where its own does not tell the format, with the dot; else ``""``.
    """

    path: str
    size: int
    mtime_ns: int
    ending: str = ""


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
        other: how many files were passed over because of their ending, their content or the patterns.
        passed_over: those among them that are pictures, with the reason.
        unreadable: folders that could not be read, with the system's reason.
    """

    layout: Layout
    start: str = ""
    seen: dict[Identity, str] = field(default_factory=dict)
    on_link: Callable[[str], None] = lambda path: None
    other: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Found]:
        chooser = Chooser(self.layout)
        self._target = identity(self.layout.target)
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
                    found = self._file(path, entry, chooser)
                    if found is not None:
                        yield found
                    else:
                        self.other += 1
                elif entry.is_symlink():
                    if self.layout.follow_links and chooser.enters(path):
                        links.append(path)
                elif chooser.enters(path):
                    inside.append(path)
            waiting += [path for path in reversed(inside) if self._enter(path)]

    def _file(self, path: str, entry: os.DirEntry[str], chooser: "Chooser") -> Found | None:
        if not chooser.takes(path) or self._is_result(entry):
            return None
        found = chooser.recognised(_found(path, entry), Path(entry.path))
        if isinstance(found, PassedOver):
            if found.reason:
                self.passed_over.append(found)
            return None
        return found

    def _begin(self) -> tuple[list[str], list[str]]:
        """Real folders and links to begin with."""
        if (self.layout.source / self.start).is_symlink() and self.start:
            return [], [self.start] if self.layout.follow_links else []
        return [self.start] if self._enter(self.start) else [], []

    def _enter(self, path: str) -> bool:
        """Whether the folder at ``path`` is neither the target nor one that is entered by another path."""
        itself = identity(self.layout.source / path)
        known = self.seen.get(itself, path)
        if itself == self._target:
            return False
        if known != path and identity(self.layout.source / known) == itself:  # else it was moved since
            return False
        self.seen[itself] = path
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
        """Whether the file at ``path`` (within the source, with slashes) may be restored; see :meth:`recognised`."""
        name = path.rpartition("/")[2]
        ending = split_ending(name)[1].lower()
        if ending in READABLE:
            if ending not in self._suffixes or name.startswith(_SHADOW):
                return False
        elif ending in _NO_PHOTOS or name.startswith("."):
            return False
        if self._exclude is not None and self._exclude.match_file(path):
            return False
        return self._include is None or self._include.match_file(path)

    def recognised(self, found: Found, file: Path) -> Found | PassedOver:
        """The file, with the ending for its result; or why it is passed over, ``""`` if it is no picture at all.

        Args:
            found: a file that :meth:`takes`.
            file: where it is. It is opened only if its ending is not one of a photograph.
        """
        ending = split_ending(found.path)[1].lower()
        if ending in READABLE:
            return found
        result, what = _content(file, "")
        if not result:
            return PassedOver(found.path, f"It is {what}, which cannot be restored." if what else "")
        if result not in self._suffixes:
            return PassedOver(found.path, "")
        if ending and ending not in _OTHER_ENDINGS:
            reason = f"It holds {what}, but its ending is {ending}. Rename it to have it restored."
            return PassedOver(found.path, reason)
        return replace(found, ending=result)

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


def identity(path: Path) -> Identity:
    """What tells folders apart, also on systems whose folders carry no numbers."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def ending_by_content(found: Found, source: Path) -> str:
    """The ending for the result of a photo whose own does not tell the format, or tells another one, else ``""``.

    A PNG that is called ``.jpg`` would otherwise lose its transparency.

    Args:
        found: the photo. Its first bytes are read, unless :attr:`Found.ending` is known.
        source: the folder that it was found in.
    """
    if found.ending:
        return found.ending
    own = split_ending(found.path)[1]
    ending = _content(source / found.path, own)[0]
    return "" if ending == RESULT_SUFFIXES.get(own.lower(), own) else ending


def _content(file: Path, own: str) -> tuple[str, str]:
    """The ending for the result of a photograph (``""`` if it is none that can be restored), and what it is.

    ``own`` is the file's ending, which stays where it fits.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe could wait for ever
            return "", ""
        with file.open("rb") as stream:
            data = stream.read(_FIRST_BYTES)
    except OSError:
        return "", ""
    key = sniff(data)
    if key == "bmp" and int.from_bytes(data[14:18], "little") not in _BMP_HEADERS:
        return "", ""  # a text that begins like one
    if key is not None:
        return result_suffix(key, own) or "", f"a picture of the kind {FORMATS[key].label}"
    what: str = foreign(data) or ""
    return result_suffix({str(HEIC): "heic", str(RAW): "raw"}.get(what, ""), own) or "", what
