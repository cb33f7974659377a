"""The settings of the window, in Qt's store."""

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from core.degradations import QUALITY_MODES
from dfpir_gui.settings.engine_settings import EngineSettings
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.settings.private_folders import make_private
from dfpir_gui.settings.theme import Theme

ORGANISATION = "DFPIR"
APPLICATION = "DFPIR Studio"

_GEOMETRY = "window/geometry"
_FOLDER = "files/folder"
_RECENT = "files/recent"
_BATCH = "batch/"

_THEME = "window/theme"
_LANGUAGE = "window/language"
_PROFILE = "window/screen-profile"
_ENGINE = "engine/"
_EXPORT = "files/export"
_MODELS = "models/added"
_HINTS = "window/hints-seen"
_HISTOGRAM = "window/histogram"
_FIGURE_SIZE = "inspector/figure-size"

_MAX_RECENT = 10


class Settings:
    """Typed access to QSettings. Entries that are damaged or outdated count as absent."""

    def __init__(self) -> None:
        self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)

    def keep_private(self) -> None:
        """Make the settings readable by the user only, because they contain names of photos and folders."""
        with contextlib.suppress(OSError):
            make_private(Path(self._store.fileName()).parent)

    @property
    def geometry(self) -> QByteArray | None:
        """Size and position of the window when it was last closed."""
        value = self._store.value(_GEOMETRY)
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue(_GEOMETRY, value)

    @property
    def folder(self) -> Path:
        """The folder that a photo was last opened from, or the user's folder for pictures."""
        value = self._store.value(_FOLDER)
        if isinstance(value, str) and Path(value).is_dir():
            return Path(value)
        return pictures()

    @folder.setter
    def folder(self, value: Path) -> None:
        self._store.setValue(_FOLDER, str(value))

    @property
    def batch_folders(self) -> tuple[Path | None, Path | None]:
        """Last source and target folder of the Batch page; None if not set or, for the source, deleted."""
        source, target = (self._store.value(_BATCH + name) for name in ("source", "target"))
        exists = isinstance(source, str) and Path(source).is_dir()
        return Path(source) if exists else None, Path(target) if isinstance(target, str) else None

    @batch_folders.setter
    def batch_folders(self, value: tuple[Path, Path]) -> None:
        for name, folder in zip(("source", "target"), value, strict=True):
            self._store.setValue(_BATCH + name, str(folder))

    @property
    def batch_scheduler(self) -> str:
        """The address of the Dask scheduler on the Batch page, or ``""``."""
        return self._text(_BATCH + "scheduler")

    @batch_scheduler.setter
    def batch_scheduler(self, value: str) -> None:
        self._store.setValue(_BATCH + "scheduler", value)

    @property
    def batch_review(self) -> bool:
        """Whether batches leave harmful results for review."""
        return self._text(_BATCH + "review") == "yes"

    @batch_review.setter
    def batch_review(self, value: bool) -> None:
        self._store.setValue(_BATCH + "review", "yes" if value else "no")

    @property
    def batch_options(self) -> dict[str, object]:
        """The other options of the Batch page by their names; see :meth:`dfpir_gui.batch.options.Options.to_dict`."""
        try:
            values = json.loads(self._text(_BATCH + "options"))
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}

    @batch_options.setter
    def batch_options(self, value: Mapping[str, object]) -> None:
        self._store.setValue(_BATCH + "options", json.dumps(value))

    @property
    def recent(self) -> list[Path]:
        """The photos that were last shown, newest first, without those that do not exist any more."""
        return [path for path in self._paths(_RECENT) if path.is_file()]

    @recent.setter
    def recent(self, value: list[Path]) -> None:
        self._store.setValue(_RECENT, [str(path) for path in value[:_MAX_RECENT]])

    def remember(self, path: Path) -> None:
        """Put ``path`` first in the list of recent photos."""
        self.recent = [path, *(other for other in self.recent if other != path)]

    @property
    def figure_size(self) -> str:
        """Key of the size of exported charts, see :data:`core.inspection.charts.FIGURE_SIZES`; ``""`` as on screen."""
        return self._text(_FIGURE_SIZE)

    @figure_size.setter
    def figure_size(self, value: str) -> None:
        self._store.setValue(_FIGURE_SIZE, value)

    @property
    def models(self) -> list[Path]:
        """The model files that were added, including those that do not exist any more."""
        return self._paths(_MODELS)

    @models.setter
    def models(self, value: list[Path]) -> None:
        self._store.setValue(_MODELS, [str(path) for path in value])

    @property
    def theme(self) -> Theme:
        """Dark, light, or the system's."""
        value = self._store.value(_THEME)
        return Theme(value) if value in list(Theme) else Theme.SYSTEM

    @theme.setter
    def theme(self, value: Theme) -> None:
        self._store.setValue(_THEME, value.value)

    @property
    def language(self) -> str:
        """A key of :data:`dfpir_gui.i18n.qt_translators.LANGUAGES`, or ``""`` for the system's."""
        return self._text(_LANGUAGE)

    @language.setter
    def language(self, value: str) -> None:
        self._store.setValue(_LANGUAGE, value)

    @property
    def screen_profile(self) -> Path | None:
        """The ICC profile of the screen, for systems that do not manage its colours; or None."""
        value = self._text(_PROFILE)
        return Path(value) if value else None

    @screen_profile.setter
    def screen_profile(self, value: Path | None) -> None:
        self._store.setValue(_PROFILE, str(value or ""))

    @property
    def export(self) -> ExportOptions:
        """The options of the last export."""
        return ExportOptions.from_json(self._text(_EXPORT))

    @export.setter
    def export(self, value: ExportOptions) -> None:
        self._store.setValue(_EXPORT, value.to_json())

    @property
    def engine(self) -> EngineSettings:
        """Model, device, precision, memory and quality mode."""
        default = EngineSettings()
        mode = self._text(_ENGINE + "quality_mode")
        memory = self._text(_ENGINE + "memory")
        return EngineSettings(
            self._text(_ENGINE + "model") or default.model,
            self._text(_ENGINE + "device") or default.device,
            self._text(_ENGINE + "precision") or default.precision,
            int(memory) if memory.isdecimal() else default.memory,
            next((valid for valid in QUALITY_MODES if valid == mode), default.quality_mode),
        )

    @engine.setter
    def engine(self, value: EngineSettings) -> None:
        for name, entry in asdict(value).items():
            self._store.setValue(_ENGINE + name, str(entry))

    @property
    def speeds(self) -> str:
        """The measured times of restorations; see :class:`dfpir_gui.session.speed.SpeedLog`."""
        return self._text(_ENGINE + "speeds")

    @speeds.setter
    def speeds(self, value: str) -> None:
        self._store.setValue(_ENGINE + "speeds", value)

    @property
    def hints_seen(self) -> list[str]:
        """Keys of the hints that were seen; see :mod:`dfpir_gui.studio.hints`."""
        return self._text(_HINTS).split()

    @hints_seen.setter
    def hints_seen(self, value: Collection[str]) -> None:
        self._store.setValue(_HINTS, " ".join(value))

    @property
    def histogram_shown(self) -> bool:
        """Whether the Studio shows the histogram."""
        return self._text(_HISTOGRAM) != "hidden"

    @histogram_shown.setter
    def histogram_shown(self, value: bool) -> None:
        self._store.setValue(_HISTOGRAM, "shown" if value else "hidden")

    def _paths(self, key: str) -> list[Path]:
        value = self._store.value(key)
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and text]

    def _text(self, key: str) -> str:
        value = self._store.value(key)
        return value if isinstance(value, str) else ""


def pictures() -> Path:
    """Return the user's folder for pictures, or the home folder if it does not exist."""
    location = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(location) if location and Path(location).is_dir() else Path.home()
