"""Opening regular files only: a name from a user or from another file may belong to a pipe, a device or a folder."""

import errno
import hashlib
import io
import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class NotRegularFileError(OSError):
    """The name belongs to a pipe or a device. Reading from it could block the program forever."""


def open_regular(path: Path) -> io.BufferedReader:
    """Open a regular file for reading in binary mode; never blocks.

    Raises:
        IsADirectoryError: it is a folder.
        NotRegularFileError: it is a pipe or a device.
        OSError: it is missing or cannot be read.
        ValueError: the name contains a NUL character.
    """
    _check(path.stat().st_mode, path)  # before: opening a device can already have effects
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle).st_mode, path)  # and after, since it may have been replaced meanwhile
        return open(handle, "rb")  # noqa: PTH123 - of a descriptor, for the caller to close
    except BaseException:
        os.close(handle)
        raise


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a regular file, 64 hexadecimal digits.

    Raises:
        OSError: see :func:`open_regular`.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise NotRegularFileError(errno.EINVAL, "it is a pipe or a device and not a file", str(path))
