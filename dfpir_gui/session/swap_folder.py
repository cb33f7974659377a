"""The folder that results are swapped out to."""

import logging
import shutil
from collections.abc import Collection
from pathlib import Path

from dfpir_gui.settings.private_folders import PrivateFolder

_log = logging.getLogger(__name__)

_MIN_FREE = 2**30
"""Bytes that always stay free on the disk."""


class SwapFolder:
    """A private folder of one window, which is deleted with it; see :class:`PrivateFolder`.

    Args:
        place: the folder for the folders of all windows. If it cannot be written, nothing is swapped out.
        in_use: swap files of windows that have crashed, to be taken over; others are deleted.
    """

    def __init__(self, place: Path, in_use: Collection[Path] = ()) -> None:
        self._folder = PrivateFolder(place, in_use)

    def new_file(self, size: int) -> Path | None:
        """A path for a new file of ``size`` bytes, or None if there is no space for it."""
        try:
            file = self._folder.new_file()
            free = shutil.disk_usage(file.parent).free
        except OSError as error:
            _log.warning("Results cannot be swapped out: %s", error)
            return None
        return file if free - size > _MIN_FREE else None

    def holds(self, file: Path) -> bool:
        """Whether a swap file exists and belongs to this window; one taken over after a crash does."""
        return self._folder.owns(file) and file.is_file()

    def close(self) -> None:
        """Delete the folder."""
        self._folder.close()
