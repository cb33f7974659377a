"""Bytes from and to the disk: whole files in, and out in one step that either happens or does not."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import PhotoError
from core.io import atomic
from core.system.memory import check_free

_ADVICE = {
    errno.ENOENT: "There is no such file or folder; check the name.",
    errno.ENOTDIR: "A part of the path is a file, not a folder; check the path.",
    errno.EISDIR: "It is a folder; choose a file.",
    errno.EACCES: "You are not allowed to; check the permissions, or choose another folder.",
    errno.EPERM: "You are not allowed to; check the permissions, or choose another folder.",
    errno.EROFS: "The disk is write-protected; choose another folder.",
    errno.ENOSPC: "The disk is full; free some space, or choose another disk.",
    errno.EDQUOT: "Your space on this disk is used up; free some, or choose another disk.",
    errno.EFBIG: "The file is too large for this disk; choose another disk.",
    errno.ENAMETOOLONG: "The name is too long; choose a shorter one.",
    errno.EINVAL: "This disk does not accept the name; choose another one.",
    errno.EILSEQ: "This disk does not accept the name; choose another one.",
    errno.EIO: "The disk reports a fault; try another disk.",
    errno.EMFILE: "Too many files are open; close some programs and try again.",
}


def shown(path: Path) -> str:
    """The path as text that can be printed, also where its bytes are not valid in the system's encoding."""
    return os.fsencode(path).decode("utf-8", "replace")


def failure(error: OSError, path: Path, verb: str) -> PhotoError:
    """``error`` in words: the file, what went wrong, what to do. ``verb`` is "read" or "written"."""
    advice = _ADVICE.get(error.errno or 0, "Try again, or choose another folder.")
    return PhotoError(f"{shown(path)} cannot be {verb}: {error.strerror or error}. {advice}")


HEAD_BYTES = 4096
"""How many of its first bytes tell what a file is; see :func:`core.photo.formats.sniff`."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file, open for reading while the block runs. Never waits, as a pipe or a device would let it.

    Raises:
        PhotoError: it is missing, empty, not a regular file, or cannot be read.
    """
    try:
        _check_regular(path.stat(), path)
        with open(path, "rb", opener=_open_without_waiting) as file:
            told = os.fstat(file.fileno())
            _check_regular(told, path)  # it may have been replaced since
            if not told.st_size:
                raise PhotoError(f"{shown(path)} is empty (0 bytes). Copy it again from its source.")
            yield file
    except OSError as error:
        raise failure(error, path, "read") from error
    except ValueError as error:  # a NUL in the name
        raise PhotoError(f"{shown(path)!r} cannot be read: it is not a valid file name.") from error


def _check_regular(told: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(told.st_mode):
        raise PhotoError(f"{shown(path)} is a folder, not a photo. Choose a file in it.")
    if not stat.S_ISREG(told.st_mode):  # reading a pipe or a device could wait, or go on, for ever
        raise PhotoError(f"{shown(path)} is not a regular file. Copy the photo to a file first.")


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_bytes(path: Path, check_head: Callable[[bytes], object] = lambda head: None) -> bytes:
    """The whole file, which is closed again before this returns.

    Args:
        path: the file.
        check_head: given the first :data:`HEAD_BYTES`; what it raises ends the reading before the rest is read.

    Raises:
        MemoryError: it is larger than the free memory.
        PhotoError: it is missing, empty, not a regular file, or cannot be read.
    """
    with opened(path) as file:
        head = file.read(HEAD_BYTES)
        check_head(head)
        check_free(os.fstat(file.fileno()).st_size)
        file.seek(0)
        return file.read()


def check_target(path: Path, overwrite: bool) -> None:
    """Refuse early, before work is spent on encoding, what :func:`publish` would refuse at the end.

    Raises:
        PhotoError: the folder is missing, or the file exists and ``overwrite`` is false, or it is a folder.
    """
    if "\0" in str(path):
        raise PhotoError(f"{shown(path)!r} cannot be written: it is not a valid file name.")
    try:
        if path.is_dir():
            raise PhotoError(f"{shown(path)} is a folder. Choose a file name.")
        if not path.parent.is_dir():
            raise PhotoError(f"The folder {shown(path.parent)} does not exist. Make it, or choose another one.")
        if not overwrite and os.path.lexists(path):
            raise _exists(path)
    except OSError as error:
        raise failure(error, path, "written") from error


def make_folder(folder: Path) -> None:
    """Make a folder for results, with those above it, if it is not there yet.

    Raises:
        PhotoError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise PhotoError(f"{shown(folder)} is a file, not a folder. Choose another folder for the results.") from error
    except OSError as error:
        raise failure(error, folder, "written") from error


def publish(data: bytes, path: Path, overwrite: bool, *sources: Path | None) -> None:
    """:func:`core.io.atomic.publish` with the errors that users see.

    What is made from ``sources`` is readable by nobody who could not read those; see :func:`core.io.atomic.mode_like`.

    Raises:
        PhotoError: it cannot be written, or it exists and ``overwrite`` is false. Nothing is left behind.
    """
    try:
        atomic.publish(data, path, overwrite=overwrite, mode=atomic.mode_like(*sources))
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise failure(error, path, "written") from error


def _exists(path: Path) -> PhotoError:
    return PhotoError(f"{shown(path)} already exists and was left as it is. Choose another name, or allow overwriting.")
