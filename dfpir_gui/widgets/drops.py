"""Files in dropped or pasted data."""

from pathlib import Path

from PySide6.QtCore import QMimeData


def local_files(data: QMimeData) -> list[Path]:
    """Return the local files and folders in ``data``; other URLs are ignored."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
