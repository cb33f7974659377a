"""Finding the photographs of a folder tree."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.batch.layout import Layout, split_ending
from core.io import os_errors
from core.messages import Message, message, verbatim
from core.photo.formats import FORMATS, HEIC, RAW, READABLE, RESULT_SUFFIXES, foreign, sniff
from core.photo.output_paths import result_suffix

PRIVATE = ".dfpir-batch"
"""Prefix of the names of the batch's own files in the target."""

_APPLE_DOUBLE = "._"  # prefix of files in which macOS keeps attributes on foreign disks; their endings are the photos'

_OTHER_ENDINGS = frozenset({".mpo", ".jps", ".pns", ".jif", ".jfi", ".pjp", ".pjpeg", ".jpg_large", ".hif", ".avifs"})
"""Less common endings of photographs. Such a file, and one without an ending, is identified by its first bytes."""

_NO_PHOTOS = frozenset(
    {".xmp", ".txt", ".json", ".xml", ".html", ".csv", ".pdf", ".db", ".ini", ".lnk", ".log", ".md", ".zip"}
    | {".mp4", ".mov", ".avi", ".mkv", ".m4v", ".mp3", ".wav", ".aae", ".thm", ".pp3", ".dop", ".cos", ".part", ".tmp"}
)
"""Endings of files that are not photographs and need not be opened to find that out."""

_FIRST_BYTES = 4096
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A picture that is not restored.

    Attributes:
        path: within the source, with slashes.
        reason: why.
    """

    path: str
    reason: Message


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is a photograph by its name, or else by its first bytes.

    Attributes:
        path: within the source, with slashes; bytes that are not valid text are kept as surrogates.
        size: bytes; 0 if the file's status cannot be read (opening it will give the reason).
        mtime_ns: modification time, nanoseconds since 1970; 0 if unknown.
        ending: of its result, with the dot, if its own ending does not give the format; else ``""``.
    """

    path: str
    size: int
    mtime_ns: int
    ending: str = ""


FolderId = tuple[int, int] | str
"""Equal for two paths of one folder."""


@dataclass
class Scan:
    """One pass over a source, or over a folder in it; iterate over it once.

    Real folders are read before links to folders, so that a folder with two paths keeps its own name. Within a folder,
    names are in the order of their code points.

    Attributes:
        start: the folder to begin with, within the source, with slashes; it must not be excluded.
        entered: folders that were entered, and their paths within the source. A folder is entered by one path only,
            also if several scans share this.
        on_link: called with the path of each link to a folder that is followed, before that folder is read.
        other: number of files left out because of their ending, their content or the patterns.
        passed_over: those among them that are pictures, with the reason.
        unreadable: folders that could not be read, with the system's reason.
    """

    layout: Layout
    start: str = ""
    entered: dict[FolderId, str] = field(default_factory=dict)
    on_link: Callable[[str], None] = lambda path: None
    other: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[SourceFile]:
        file_filter = FileFilter(self.layout)
        self._target = folder_id(self.layout.target)
        folders, links = self._begin()
        while folders or links:
            if folders:
                folder = folders.pop()
            else:
                folder = links.pop(0)
                if self._is_within_target(folder) or not self._enter(folder):
                    continue
                self.on_link(folder)
            subfolders: list[str] = []
            for entry in self._entries(folder):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith(PRIVATE):
                    continue
                if not _is_folder(entry):
                    file = self._file(path, entry, file_filter)
                    if file is not None:
                        yield file
                    else:
                        self.other += 1
                elif entry.is_symlink():
                    if self.layout.follow_links and file_filter.allows_folder(path):
                        links.append(path)
                elif file_filter.allows_folder(path):
                    subfolders.append(path)
            folders += [path for path in reversed(subfolders) if self._enter(path)]

    def _file(self, path: str, entry: os.DirEntry[str], file_filter: "FileFilter") -> SourceFile | None:
        if not file_filter.allows(path) or self._is_result(entry):
            return None
        file = file_filter.identify(_with_status(path, entry), Path(entry.path))
        if isinstance(file, PassedOver):
            self.passed_over.append(file)
            return None
        return file

    def _begin(self) -> tuple[list[str], list[str]]:
        """Real folders and links to begin with."""
        if (self.layout.source / self.start).is_symlink() and self.start:
            return [], [self.start] if self.layout.follow_links else []
        return [self.start] if self._enter(self.start) else [], []

    def _enter(self, path: str) -> bool:
        """Whether the folder at ``path`` is neither the target nor already entered by another path; then note it."""
        this = folder_id(self.layout.source / path)
        known = self.entered.get(this, path)
        if this == self._target:
            return False
        if known != path and folder_id(self.layout.source / known) == this:  # otherwise it was moved since
            return False
        self.entered[this] = path
        return True

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.layout.source / folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.unreadable.append(message("{folder}: {reason}", folder=folder or ".", reason=os_errors.reason(error)))
            return []

    def _is_within_target(self, path: str) -> bool:
        real, target = os.path.realpath(self.layout.source / path), os.path.realpath(self.layout.target)
        return Path(real).is_relative_to(target)

    def _is_result(self, entry: os.DirEntry[str]) -> bool:
        if not entry.is_symlink():
            return False
        return Path(os.path.realpath(entry.path)).is_relative_to(os.path.realpath(self.layout.target))


class FileFilter:
    """Decides by a file's path within the source whether it is restored. Holds the compiled patterns of a layout."""

    def __init__(self, layout: Layout) -> None:
        from pathspec import PathSpec

        self._suffixes = layout.suffixes
        self._include = PathSpec.from_lines("gitignore", layout.include) if layout.include else None
        self._exclude = PathSpec.from_lines("gitignore", layout.exclude) if layout.exclude else None

    def allows(self, path: str) -> bool:
        """Whether the file at ``path`` (within the source, with slashes) may be restored; see :meth:`identify`."""
        name = path.rpartition("/")[2]
        ending = split_ending(name)[1].lower()
        if ending in READABLE:
            if ending not in self._suffixes or name.startswith(_APPLE_DOUBLE):
                return False
        elif ending in _NO_PHOTOS or name.startswith("."):
            return False
        if self._exclude is not None and self._exclude.match_file(path):
            return False
        return self._include is None or self._include.match_file(path)

    def identify(self, file: SourceFile, location: Path) -> SourceFile | PassedOver | None:
        """The file, with the ending for its result; or why the picture is passed over; or None for any other file.

        Args:
            file: one that :meth:`allows` accepts.
            location: of the file. It is opened only if its ending is not that of a photograph.
        """
        ending = split_ending(file.path)[1].lower()
        if ending in READABLE:
            return file
        result, kind = _identify_content(location, "")
        if not result:
            if kind is None:
                return None
            return PassedOver(file.path, message("It is {what}, which cannot be restored.", what=kind))
        if result not in self._suffixes:
            return None
        if kind is not None and ending and ending not in _OTHER_ENDINGS:
            reason = message(
                "It holds {what}, but its ending is {ending}. Rename it to have it restored.", what=kind, ending=ending
            )
            return PassedOver(file.path, reason)
        return replace(file, ending=result)

    def allows_folder(self, path: str) -> bool:
        """Whether the folder at ``path`` is read."""
        return self._exclude is None or not self._exclude.match_file(f"{path}/")

    def allows_folders_above(self, path: str) -> bool:
        """Whether all folders above ``path`` are read."""
        parts = path.split("/")[:-1]
        return all(self.allows_folder("/".join(parts[: depth + 1])) for depth in range(len(parts)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself, or into a folder that may not be read
        return False


def _with_status(path: str, entry: os.DirEntry[str]) -> SourceFile:
    try:
        status = entry.stat()
    except OSError:
        return SourceFile(path, 0, 0)
    return SourceFile(path, status.st_size, status.st_mtime_ns)


def folder_id(path: Path) -> FolderId:
    """The identity of a folder: its numbers in the file system, or its real path where it has none."""
    try:
        status = path.stat()
    except OSError:
        return os.path.realpath(path)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def ending_by_content(file: SourceFile, source: Path) -> str:
    """The ending for the result of a photo whose own gives no format, or another one than the content; else ``""``.

    A PNG that is called ``.jpg`` would otherwise lose its transparency.

    Args:
        file: the photo. Its first bytes are read, unless :attr:`SourceFile.ending` is known.
        source: the folder that its path starts from.
    """
    if file.ending:
        return file.ending
    own = split_ending(file.path)[1]
    ending = _identify_content(source / file.path, own)[0]
    return "" if ending == RESULT_SUFFIXES.get(own.lower(), own) else ending


def _identify_content(file: Path, own: str) -> tuple[str, Message | None]:
    """The ending for the result of a photograph (``""`` if it cannot be restored), and what kind of file it is.

    ``own`` is the file's ending, which is kept where it fits.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # reading a pipe could wait forever
            return "", None
        with file.open("rb") as stream:
            data = stream.read(_FIRST_BYTES)
    except OSError:
        return "", None
    key = sniff(data)
    if key == "bmp" and int.from_bytes(data[14:18], "little") not in _BMP_HEADERS:
        return "", None  # a text file that begins with "BM"
    if key is not None:
        return result_suffix(key, own) or "", message("a picture in {format} format", format=FORMATS[key].label)
    kind = foreign(data)
    if kind is None:
        return "", None
    return result_suffix({HEIC: "heic", RAW: "raw"}.get(kind, ""), own) or "", verbatim(kind)
