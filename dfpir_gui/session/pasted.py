"""Pictures from the clipboard, kept as files while they are open, so that they can be reopened after a crash."""

import contextlib
from collections.abc import Collection
from pathlib import Path

import platformdirs

from core.errors import PhotoError
from core.io import atomic
from core.io.os_errors import write_failure
from dfpir_gui.settings.private_folders import PrivateFolder


class PastedPictures:
    """The pasted pictures of one window. A file is deleted when its picture is closed, all of them with the window.

    Args:
        place: the folder for those of all windows; None takes :func:`pasted_folder`.
        in_use: files that photos of crashed windows refer to. Other files of such windows are deleted.
    """

    def __init__(self, place: Path | None = None, in_use: Collection[Path] = ()) -> None:
        self._place = pasted_folder() if place is None else place
        self._folder = PrivateFolder(self._place, in_use)
        self._remove_old({path.absolute() for path in in_use})

    def add(self, png: bytes, name: str) -> Path:
        """Write a picture to a new file called ``name``, which only the user can read, and return its path.

        Raises:
            PhotoError: it cannot be written; no file is left behind.
        """
        path = self._place / name
        try:
            path = self._folder.new_file().with_name(name)
            atomic.publish(png, path, overwrite=False, mode=atomic.PRIVATE)
        except OSError as error:
            raise PhotoError(write_failure(error, path)) from error
        return path

    def owns(self, path: Path) -> bool:
        """Whether a file is a pasted picture of this window."""
        return self._folder.owns(path)

    def forget(self, path: Path) -> None:
        """Delete the file of a picture that was closed; a file that is no pasted picture stays."""
        if self.owns(path):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def close(self) -> None:
        """Delete all files: the window closes."""
        self._folder.close()

    def _remove_old(self, in_use: Collection[Path]) -> None:
        """Delete files of earlier versions, which had no folder for each window."""
        for file in self._place.glob("*.png"):
            if file.absolute() not in in_use:
                with contextlib.suppress(OSError):
                    file.unlink()


def pasted_folder() -> Path:
    """The folder that pictures from the clipboard are kept in."""
    return platformdirs.user_data_path("dfpir-studio", appauthor=False) / "pasted"


def is_pasted(path: Path) -> bool:
    """Whether a photo came from the clipboard."""
    return pasted_folder() in path.absolute().parents
