"""Opening the files that people and other files name, which may be no files at all."""

import errno
import io
import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: Path) -> io.BufferedReader:
    """Open a file to read its bytes, if it is a regular one: a pipe or a device could let the program wait for ever.

    Raises:
        OSError: it is missing, a folder, a pipe or a device, or cannot be read.
    """
    _check(path.stat().st_mode, path)  # before: opening a device can already do something
    handle = os.open(path, _FLAGS)
    try:
        _check(os.fstat(handle).st_mode, path)  # and after, since it may have been exchanged in between
        return open(handle, "rb")  # noqa: PTH123 - of a descriptor, for the caller to close
    except BaseException:
        os.close(handle)
        raise


def _check(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device and not a file", str(path))
