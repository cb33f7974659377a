"""Private folders of a running window, and what is left of them by windows that did not close properly."""

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
    """A folder of this window's own below ``place``, for its user alone, which goes with the window.

    The window holds a lock beside it, which the system gives up when the process dies, so that the next window can
    tell what a crash has left. It takes that away, but for files that are still in use: their folder becomes its own.

    Args:
        place: the folder for the folders of all windows. Where it cannot be written, :meth:`new_file` says so.
        in_use: files that photos which were open refer to.
    """

    def __init__(self, place: Path, in_use: Collection[Path] = ()) -> None:
        self.place = place
        self._folder = place / secrets.token_hex(8)
        self._locks: dict[Path, QLockFile] = {}
        try:
            if place.is_dir():
                self._take_over({path.absolute() for path in in_use})
        except OSError as error:
            _log.warning("%s cannot be looked through: %s", place, error)

    def new_file(self, suffix: str = "") -> Path:
        """A name for a new file.

        Raises:
            OSError: the folder cannot be made.
        """
        if self._folder not in self._locks:
            make_private(self.place)
            lock = lock_for(self._folder)
            lock.tryLock(0)
            self._folder.mkdir(mode=0o700)
            self._locks[self._folder] = lock
        return self._folder / f"{secrets.token_hex(8)}{suffix}"

    def owns(self, path: Path) -> bool:
        """Whether a file is in one of the folders that belong to this window."""
        return path.absolute().parent in {folder.absolute() for folder in self._locks}

    def close(self) -> None:
        """Take the folders away."""
        for folder, lock in self._locks.items():
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlock()
        self._locks.clear()

    def _take_over(self, in_use: Collection[Path]) -> None:
        for folder in [entry for entry in self.place.iterdir() if entry.is_dir()]:
            lock = lock_for(folder)
            if not lock.tryLock(0):
                continue  # that window is open
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
    """Return where the log is kept on this system."""
    return platformdirs.user_state_path("dfpir-studio", appauthor=False) / "window.log"


def make_private(folder: Path) -> None:
    """Make a folder with those above it, and let nobody but the user look into it.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # it belongs to somebody else, or to a disk without permissions
        folder.chmod(0o700)


def lock_for(path: Path) -> QLockFile:
    """The lock beside a file or folder that belongs to one process."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # however old, it counts while its process lives
    return lock
