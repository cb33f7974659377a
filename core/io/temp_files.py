"""Hidden files that hold what is being written, and what killed programs have left of them."""

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
_MOMENT_S = 3600.0
_BINARY = getattr(os, "O_BINARY", 0)

_swept: set[str] = set()
"""Folders that this process has looked through."""


@contextlib.contextmanager
def part(folder: Path, mode: int = 0o666) -> Iterator[Path]:
    """A new, empty, hidden file in ``folder``; if it still has its name at the end, it is removed.

    It has the permissions of ``mode`` that the user's umask does not deny.

    What killed programs have left in the folder is removed before, once in a process. A file is known to be left when
    nobody holds a lock on it: the system gives up the lock of a process that dies, however it dies.

    Raises:
        OSError: no file can be made there.
    """
    known = str(folder.absolute())
    if known not in _swept:
        _swept.add(known)
        sweep(folder)
    path, handle = _made(folder, mode)
    try:
        yield path
    finally:
        if handle is not None:
            os.close(handle)
        with contextlib.suppress(PermissionError):  # on Windows, while a virus scanner has it open: a later sweep does
            path.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove the hidden files that killed programs have left in ``folder``, and count them.

    Those of running programs stay, and so does whatever cannot be removed.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file()]
    except OSError:
        return 0
    return sum(_removed(folder / name) for name in names)


if sys.platform == "win32":

    def _made(folder: Path, mode: int) -> tuple[Path, int | None]:
        path = folder / f".dfpir-{secrets.token_hex(8)}.part"
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode))
        return path, None  # a file that is open cannot be renamed here

    def _removed(path: Path) -> bool:
        # A file that is open cannot be removed here either, but those of others are closed before they are renamed.
        with contextlib.suppress(OSError):
            if abs(time.time() - path.stat().st_mtime) > _MOMENT_S:
                path.unlink()
                return True
        return False

else:

    def _made(folder: Path, mode: int) -> tuple[Path, int | None]:
        while True:
            path = folder / f".dfpir-{secrets.token_hex(8)}.part"
            # os.open, not tempfile: the mode then follows the user's umask as for any other new file.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # another program sweeps, and has taken it for a leftover
                os.close(handle)
                continue
            except OSError:  # no locks on this disk, so that nobody sweeps either
                return path, handle
            if os.fstat(handle).st_nlink:
                return path, handle
            os.close(handle)

    def _removed(path: Path) -> bool:
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
                return True
            finally:
                os.close(handle)
        return False
