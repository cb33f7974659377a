"""Pictures from the clipboard, kept as files while they are open, so that they can be opened again after a crash."""

import contextlib
from collections.abc import Collection
from pathlib import Path

import platformdirs

from core.errors import PhotoError
from core.io import atomic
from core.io.os_errors import write_failure
from dfpir_gui.settings.private_folders import PrivateFolder


class PastedPictures:
    """The pasted pictures of one window. Their files go when they are closed, and with the window.

    Args:
        place: the folder for those of all windows; None: the usual one.
        in_use: files that photos which were open refer to. Other files of windows that are gone are removed.
    """

    def __init__(self, place: Path | None = None, in_use: Collection[Path] = ()) -> None:
        self._place = pasted_folder() if place is None else place
        self._own = PrivateFolder(self._place, in_use)
        self._remove_old({path.absolute() for path in in_use})

    def add(self, png: bytes, name: str) -> Path:
        """Write a picture to a file that is called ``name``, for its user alone, and return it.

        Raises:
            PhotoError: it cannot be written; nothing is left of it.
        """
        path = self._place / name
        try:
            path = self._own.new_file().with_name(name)
            atomic.publish(png, path, overwrite=False, mode=atomic.PRIVATE)
        except OSError as error:
            raise PhotoError(write_failure(error, path)) from error
        return path

    def forget(self, path: Path) -> None:
        """Remove the file of a picture that is closed; any other file stays."""
        if self._own.owns(path):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    def close(self) -> None:
        """Remove all files; the window closes."""
        self._own.close()

    def _remove_old(self, in_use: Collection[Path]) -> None:
        """Remove what earlier versions have left, which had no folders of their own for windows."""
        for file in self._place.glob("*.png"):
            if file.absolute() not in in_use:
                with contextlib.suppress(OSError):
                    file.unlink()


def pasted_folder() -> Path:
    """Where pictures from the clipboard are kept."""
    return platformdirs.user_data_path("dfpir-studio", appauthor=False) / "pasted"


def is_pasted(path: Path) -> bool:
    """Whether a photo came from the clipboard."""
    return pasted_folder() in path.absolute().parents
