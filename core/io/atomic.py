"""Files that appear whole or not at all."""

import contextlib
import os
import stat
import sys
import time
from pathlib import Path

from core.io.temp_files import part

_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3) if sys.platform == "win32" else ()
"""Seconds between attempts to rename a file that another program has open."""

PRIVATE = 0o600
"""Permissions of files that are for their owner alone."""

_DATA_FILE = 0o666
"""Permissions that a file of data can have; the umask of the user takes some of them away."""


def mode_like(*sources: Path | None) -> int:
    """Permissions for a file that is made from ``sources``: no more than each of them has for group and others.

    The owner may always read and write. Without a source, or if it is gone, the umask alone decides.
    """
    mode = _DATA_FILE
    for source in sources:
        if source is not None:
            with contextlib.suppress(OSError, ValueError):
                mode &= stat.S_IMODE(source.stat().st_mode) | PRIVATE
    return mode


def publish(data: bytes | memoryview, path: Path, *, overwrite: bool, mode: int = _DATA_FILE) -> None:
    """Make ``path`` a file with exactly these bytes, or leave everything as it was.

    The bytes go to a hidden temporary file beside it, are flushed to the disk, and get their name in one step: at no
    moment does ``path`` hold half a file, and without ``overwrite`` a file that appears there meanwhile wins. A new
    file has the permissions of ``mode`` that the umask does not deny. An overwritten file keeps its own, unless
    ``mode`` is :data:`PRIVATE`; a symbolic link stays, and the file that it points to is replaced. What a killed
    program has left half written in that folder is removed; see :func:`core.io.temp_files.part`.

    Raises:
        FileExistsError: ``path`` exists and ``overwrite`` is false.
        OSError: it cannot be written. Nothing is left behind in either case.
    """
    target = Path(os.path.realpath(path)) if overwrite else path
    with part(target.parent, mode) as temporary:
        _write(temporary, data)
        if overwrite:
            if mode != PRIVATE:
                with contextlib.suppress(FileNotFoundError):
                    temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            replace(temporary, target)
        else:
            claim(temporary, target)
    _sync_folder(target.parent)


def _write(path: Path, data: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def claim(temporary: Path, target: Path) -> None:
    """Give a file on the same disk the name ``target`` as well, or instead, if that is free.

    Raises:
        FileExistsError: it is not, and nothing was touched.
        OSError: the name cannot be given.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some network shares): an empty file takes the name, if it is free, and is replaced.
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            os.close(handle)
            replace(temporary, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def replace(temporary: Path, target: Path) -> None:
    """Give a file on the same disk the name ``target``, in place of whatever has it.

    On Windows neither may be open elsewhere. Virus scanners and indexers open what is new for a moment, so that it is
    tried again for a second there.

    Raises:
        OSError: the name cannot be given; ``target`` is as it was.
    """
    for pause in _PAUSES:
        try:
            temporary.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    """Ask that the new name survives a power cut too. The file is complete either way, so failure does not matter."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
