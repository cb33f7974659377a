"""Atomic writing: a file appears whole or not at all."""

import contextlib
import os
import stat
import sys
import time
from pathlib import Path

from core.io.temp_files import temporary_file

_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3) if sys.platform == "win32" else ()
"""Seconds between attempts to rename a file that another program has open."""

PRIVATE = 0o600
"""Permissions of files that only their owner may read."""

_DATA_FILE = 0o666
"""Permissions of a data file before the user's umask is applied."""


def mode_like(*sources: Path | None) -> int:
    """Permissions for a file that is made from ``sources``: group and others get no more than all of these allow.

    The owner may always read and write. A missing source does not restrict the permissions.
    """
    mode = _DATA_FILE
    for source in sources:
        if source is not None:
            with contextlib.suppress(OSError, ValueError):
                mode &= stat.S_IMODE(source.stat().st_mode) | PRIVATE
    return mode


def publish(data: bytes | memoryview, path: Path, *, overwrite: bool, mode: int = _DATA_FILE) -> None:
    """Write a file with exactly these bytes, or leave everything as it was.

    The bytes are written to a hidden temporary file in the same folder, flushed to the disk, and renamed in one step:
    ``path`` never holds a partial file, and without ``overwrite`` a file that another program creates meanwhile is
    kept. Temporary files that killed programs left in the folder are removed; see
    :func:`core.io.temp_files.temporary_file`.

    Args:
        data: the contents.
        path: the file. If it is a symbolic link and is overwritten, the link stays and its target is replaced.
        overwrite: whether an existing file may be replaced.
        mode: permissions of a new file, less those that the umask denies. An overwritten file keeps its own, unless
            ``mode`` is :data:`PRIVATE`.

    Raises:
        FileExistsError: ``path`` exists and ``overwrite`` is false.
        OSError: it cannot be written. Nothing is left behind in either case.
    """
    target = Path(os.path.realpath(path)) if overwrite else path
    with temporary_file(target.parent, mode) as temporary:
        _write(temporary, data)
        if overwrite:
            if mode != PRIVATE:
                with contextlib.suppress(FileNotFoundError):
                    temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            replace(temporary, target)
        else:
            rename_if_free(temporary, target)
    _sync_folder(target.parent)


def _write(path: Path, data: bytes | memoryview) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def rename_if_free(temporary: Path, target: Path) -> None:
    """Give a file on the same disk the name ``target`` if no file has it. The old name may stay as a second one.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        OSError: the file cannot be renamed.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # No hard links here (FAT, some network shares): an empty file reserves the name, if it is free.
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            os.close(handle)
            replace(temporary, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def replace(temporary: Path, target: Path) -> None:
    """Rename a file on the same disk to ``target``, replacing an existing file.

    On Windows neither file may be open in another program. Virus scanners and indexers open new files briefly, so the
    rename is repeated there for about a second.

    Raises:
        OSError: the file cannot be renamed; ``target`` is unchanged.
    """
    for pause in _PAUSES:
        try:
            temporary.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    """Flush the new name to the disk. Failure does not matter: the file is complete either way."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
