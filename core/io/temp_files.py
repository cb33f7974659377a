"""Hidden temporary files, and the removal of those that killed programs left behind."""

import contextlib
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_NAME = re.compile(r"\.dfpir-[0-9a-f]{16}\.part")
_LEFTOVER_AGE_S = 3600.0
_BINARY = getattr(os, "O_BINARY", 0)

_cleaned: set[str] = set()
"""Folders whose leftovers this process has removed."""


@contextlib.contextmanager
def temporary_file(folder: Path, mode: int = 0o666) -> Iterator[Path]:
    """Make a new, empty, hidden file in ``folder``; unless it was renamed, it is removed at the end of the block.

    The first call for a folder removes leftovers of killed programs there. A file is a leftover when no process holds
    a lock on it: the system releases the locks of a process that dies, however it dies.

    Args:
        folder: where the file will be renamed within.
        mode: permissions, less those that the user's umask denies.

    Raises:
        OSError: no file can be created there.
    """
    known = str(folder.absolute())
    if known not in _cleaned:
        _cleaned.add(known)
        remove_leftovers(folder)
    path, handle = _create(folder, mode)
    try:
        yield path
    finally:
        if handle is not None:
            os.close(handle)
        with contextlib.suppress(PermissionError):  # Windows, while a virus scanner has it open: removed later
            path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Remove the temporary files that killed programs left in ``folder``.

    Files of running programs stay, and so does what cannot be removed.

    Returns:
        The number of removed files.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file()]
    except OSError:
        return 0
    return sum(_remove_leftover(folder / name) for name in names)


if sys.platform == "win32":

    def _create(folder: Path, mode: int) -> tuple[Path, int | None]:
        path = folder / f".dfpir-{secrets.token_hex(8)}.part"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode))
        return path, None  # a file that is open cannot be renamed here

    def _remove_leftover(path: Path) -> bool:
        # An open file cannot be removed here, but temporary files are closed before they are renamed: use the age.
        with contextlib.suppress(OSError):
            if abs(time.time() - path.stat().st_mtime) > _LEFTOVER_AGE_S:
                path.unlink()
                return True
        return False

else:

    def _create(folder: Path, mode: int) -> tuple[Path, int | None]:
        while True:
            path = folder / f".dfpir-{secrets.token_hex(8)}.part"
            # os.open, not tempfile: the mode then follows the user's umask as for any other new file.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # another program took it for a leftover and is about to remove it
                os.close(handle)
                continue
            except OSError:  # no locks on this disk: leftovers are never removed here
                return path, handle
            if os.fstat(handle).st_nlink:
                return path, handle
            os.close(handle)

    def _remove_leftover(path: Path) -> bool:
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                return True
            finally:
                os.close(handle)
        return False
