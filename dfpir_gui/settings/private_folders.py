"""Private folders of running windows, and recovery of those that crashed windows have left."""

import contextlib
import logging
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLockFile

_log = logging.getLogger(__name__)


class PrivateFolder:
    """A folder of one window inside ``place``, which only the user can read and which is deleted with the window.

    The window holds a lock beside the folder, which the system releases when the process dies. The next window thus
    recognises folders of crashed windows: it deletes them, except for files that are in use, whose folders it takes
    over.

    Args:
        place: the folder for the folders of all windows. If it cannot be written, :meth:`new_file` raises.
        in_use: files that photos of crashed windows refer to.
    """

    def __init__(self, place: Path, in_use: Collection[Path] = ()) -> None:
        self.place = place
        self._folder = place / secrets.token_hex(8)
        self._locks: dict[Path, QLockFile] = {}
        try:
            if place.is_dir():
                self._take_over({path.absolute() for path in in_use})
        except OSError as error:
            _log.warning("%s cannot be searched: %s", place, error)

    def new_file(self, suffix: str = "") -> Path:
        """A path for a new file; the folder is created with the first one.

        Raises:
            OSError: the folder cannot be created.
        """
        if self._folder not in self._locks:
            make_private(self.place)
            lock = lock_for(self._folder)
            lock.tryLock(0)
            self._folder.mkdir(mode=0o700)
            self._locks[self._folder] = lock
        return self._folder / f"{secrets.token_hex(8)}{suffix}"

    def owns(self, path: Path) -> bool:
        """Whether a file is in a folder of this window, or in one that it took over."""
        return path.absolute().parent in {folder.absolute() for folder in self._locks}

    def close(self) -> None:
        """Delete the folders."""
        for folder, lock in self._locks.items():
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlock()
        self._locks.clear()

    def _take_over(self, in_use: Collection[Path]) -> None:
        for folder in [entry for entry in self.place.iterdir() if entry.is_dir()]:
            lock = lock_for(folder)
            if not lock.tryLock(0):
                continue  # that window is running
            files = list(folder.iterdir())
            if not any(file.absolute() in in_use for file in files):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlock()
                continue
            self._locks[folder] = lock
            for file in files:
                if file.absolute() not in in_use:
                    with contextlib.suppress(OSError):
                        file.unlink()


def log_path() -> Path:
    """Return the path of the log on this system."""
    return platformdirs.user_state_path("dfpir-studio", appauthor=False) / "window.log"


def make_private(folder: Path) -> None:
    """Create a folder with its parents, readable by the user only.

    Raises:
        OSError: it cannot be created.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # another user owns it, or the file system has no permissions
        folder.chmod(0o700)


def lock_for(path: Path) -> QLockFile:
    """The lock beside a file or folder, to be held by one process."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # a lock never expires while its process lives
    return lock
