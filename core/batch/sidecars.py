"""XMP files beside photos, in which editors keep ratings, keywords and edits: copied unchanged to the results.

There are two naming schemes: ``photo.xmp`` (Adobe) and ``photo.jpg.xmp`` (darktable, digiKam). Both are kept.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.batch.layout import split_ending
from core.io import atomic
from core.io.os_errors import display_path
from core.messages import Message, message

_ENDINGS = (".xmp", ".XMP")
_MAX_BYTES = 64 * 2**20  # they usually have some thousands


@dataclass(frozen=True)
class Sidecar:
    """A sidecar that was copied along with a result.

    Attributes:
        path: within the target, with slashes.
        size: bytes.
        mtime_ns: modification time, nanoseconds since 1970.
    """

    path: str
    size: int
    mtime_ns: int


def copy_sidecars(
    source: Path, target: Path, output: str, earlier: tuple[Sidecar, ...], *, replace: bool, keep_times: bool
) -> tuple[list[Sidecar], list[Message]]:
    """Copy the sidecars of a photo to its result, each whole or not at all.

    An existing file of that name is replaced only if it is the copy made for this result before, or if ``replace``
    allows it; a file with the same content counts as the copy.

    Args:
        source: the photo's file.
        target: the folder of the results.
        output: path of the result within it, with slashes.
        earlier: sidecars that were copied along with the result before.
        replace: whether files of others are replaced.
        keep_times: whether the copies get the modification times of their sources.

    Returns:
        The copies, and notes about sidecars that were not copied.

    Raises:
        OSError: the target cannot be written.
    """
    copies: list[Sidecar] = []
    notes: list[Message] = []
    for file, name in _sidecars(source, output):
        try:
            data = _content(file)
        except OSError as error:
            notes.append(
                message(
                    "The sidecar {file} could not be read and was not copied: {reason}.",
                    file=display_path(Path(file.name)),
                    reason=error.strerror or str(error),
                )
            )
            continue
        if data is None:
            notes.append(
                message("The sidecar {file} is too large and was not copied.", file=display_path(Path(file.name)))
            )
            continue
        copy = target / name
        if os.path.lexists(copy) and not _has_content(copy, data):
            own = any(entry.path == name and _is_unchanged(copy, entry) for entry in earlier)
            if copy.is_symlink() or not copy.is_file() or not (own or replace):
                notes.append(
                    message(
                        "{file} exists already in the target; the sidecar was not copied over it.",
                        file=display_path(Path(name)),
                    )
                )
                continue
        if not _has_content(copy, data):
            atomic.publish(data, copy, overwrite=os.path.lexists(copy), mode=atomic.mode_like(file))
        if keep_times:
            status = file.stat()
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        status = copy.stat()
        copies.append(Sidecar(name, status.st_size, status.st_mtime_ns))
    return copies, notes


def _sidecars(source: Path, output: str) -> Iterator[tuple[Path, str]]:
    """The sidecars of a photo, and the paths of their copies."""
    for stem, copied in ((source.stem, split_ending(output)[0]), (source.name, output)):
        for ending in _ENDINGS:
            file = source.with_name(stem + ending)
            if file != source and os.path.isfile(file):  # noqa: PTH113 - Path raises an error for names too long
                yield file, copied + ending
                break  # where case does not matter, the other ending names the same file


def _content(file: Path) -> bytes | None:
    """The content, or None if the file is too large or not a regular one."""
    status = file.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
        return None
    return file.read_bytes()


def _has_content(copy: Path, data: bytes) -> bool:
    try:
        regular = not copy.is_symlink() and copy.is_file()
        return regular and copy.stat().st_size == len(data) and copy.read_bytes() == data
    except OSError:
        return False


def _is_unchanged(copy: Path, entry: Sidecar) -> bool:
    status = copy.lstat()
    return (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)
