"""What the window remembers from one start to the next."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

ORGANISATION = "DFPIR"
APPLICATION = "DFPIR Studio"

_GEOMETRY = "window/geometry"
_FOLDER = "files/folder"
_RECENT = "files/recent"

_MOST_RECENT = 10


class Settings:
    """A typed face of QSettings; damaged or outdated entries count as absent."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the window when it was closed last."""
        value = self._store.value(_GEOMETRY)
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue(_GEOMETRY, value)

    @property
    def folder(self) -> Path:
        """The folder that a photo was opened from last, or the user's pictures."""
        value = self._store.value(_FOLDER)
        if isinstance(value, str) and Path(value).is_dir():
            return Path(value)
        return pictures()

    @folder.setter
    def folder(self, value: Path) -> None:
        self._store.setValue(_FOLDER, str(value))

    @property
    def recent(self) -> list[Path]:
        """The photos that were shown last, the newest first; those that are gone are left out."""
        value = self._store.value(_RECENT)
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(name) for name in names if isinstance(name, str) and Path(name).is_file()]

    @recent.setter
    def recent(self, value: list[Path]) -> None:
        self._store.setValue(_RECENT, [str(path) for path in value[:_MOST_RECENT]])

    def remember(self, path: Path) -> None:
        """Put ``path`` to the front of the recent files."""
        self.recent = [path, *(other for other in self.recent if other != path)]


def pictures() -> Path:
    """Return the user's folder for pictures, or the home folder if there is none."""
    location = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(location) if location and Path(location).is_dir() else Path.home()
