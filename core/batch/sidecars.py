"""XMP files beside photos, in which editors keep ratings, keywords and edits: carried to the results unchanged.

There are two customs: ``photo.xmp`` (Adobe) and ``photo.jpg.xmp`` (darktable, digiKam). Each is kept.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.batch.layout import split_ending
from core.io import atomic
from core.io.os_errors import display_path

_ENDINGS = (".xmp", ".XMP")
_LARGEST = 64 * 2**20  # bytes; they have some thousands


@dataclass(frozen=True)
class Sidecar:
    """A file that was carried along with a result.

    Attributes:
        path: within the target, with slashes.
        size: bytes.
        mtime_ns: time of the last change, nanoseconds since 1970.
    """

    path: str
    size: int
    mtime_ns: int


def read(text: str) -> tuple[Sidecar, ...]:
    """The sidecars in a text of :func:`written`; none in ``""``."""
    return tuple(Sidecar(*entry) for entry in json.loads(text)) if text else ()


def written(sidecars: list[Sidecar]) -> str:
    """Sidecars as JSON, for the journal."""
    return json.dumps([[entry.path, entry.size, entry.mtime_ns] for entry in sidecars]) if sidecars else ""


def carry(
    source: Path, target: Path, output: str, earlier: tuple[Sidecar, ...], *, replace: bool, keep_times: bool
) -> tuple[list[Sidecar], list[str]]:
    """Copy the sidecars of a photo to its result, each whole or not at all.

    A file that has the name already is replaced only if it is the copy that was made for this result before, or if
    ``replace`` allows it; one with the same content is taken for the copy.

    Args:
        source: the photo's file.
        target: the folder of the results.
        output: path of the result within it, with slashes.
        earlier: sidecars that were carried along with the result before.
        replace: whether files of others are replaced.
        keep_times: whether the copies get the times of change of their sources.

    Returns:
        What was carried, and sentences about what was not.

    Raises:
        OSError: the target cannot be written.
    """
    carried: list[Sidecar] = []
    notes: list[str] = []
    for file, name in _found(source, output):
        data, reason = _content(file)
        if data is None:
            notes.append(f"The sidecar {display_path(Path(file.name))} could not be read and was not copied: {reason}.")
            continue
        copy = target / name
        if os.path.lexists(copy) and not _same(copy, data):
            own = any(entry.path == name and _is(copy, entry) for entry in earlier)
            if copy.is_symlink() or not copy.is_file() or not (own or replace):
                notes.append(
                    f"{display_path(Path(name))} exists already in the target; the sidecar was not copied over it."
                )
                continue
        if not _same(copy, data):
            atomic.publish(data, copy, overwrite=os.path.lexists(copy), mode=atomic.mode_like(file))
        if keep_times:
            status = file.stat()
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
        status = copy.stat()
        carried.append(Sidecar(name, status.st_size, status.st_mtime_ns))
    return carried, notes


def _found(source: Path, output: str) -> Iterator[tuple[Path, str]]:
    """The sidecars of a photo, and the paths of their copies."""
    for stem, copied in ((source.stem, split_ending(output)[0]), (source.name, output)):
        for ending in _ENDINGS:
            file = source.with_name(stem + ending)
            if file != source and os.path.isfile(file):  # noqa: PTH113 - for names too long Path raises an error
                yield file, copied + ending
                break  # where case does not matter, the other one is the same file


def _content(file: Path) -> tuple[bytes | None, str]:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return None, "it is too large"
        return file.read_bytes(), ""
    except OSError as error:
        return None, error.strerror or str(error)


def _same(copy: Path, data: bytes) -> bool:
    try:
        plain = not copy.is_symlink() and copy.is_file()
        return plain and copy.stat().st_size == len(data) and copy.read_bytes() == data
    except OSError:
        return False


def _is(copy: Path, entry: Sidecar) -> bool:
    status = copy.lstat()
    return (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)
