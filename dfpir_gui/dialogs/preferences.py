"""Applies the user's settings: theme, language, screen profile, and the engine that restores."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColorSpace, QGuiApplication
from PySide6.QtWidgets import QApplication

from core.errors import DFPIRError
from core.progress import CancelToken
from core.system.device_info import DeviceInfo, Precision
from core.system.torch_import import torch_is_imported
from dfpir_gui.session import Session, wording
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.settings.engine_settings import AUTO, EngineSettings
from dfpir_gui.settings.settings import Settings
from dfpir_gui.settings.theme import Theme, apply_theme
from dfpir_gui.workers.worker_thread import Report

_ALL_PRECISIONS: tuple[str, ...] = get_args(Precision)


class Preferences(QObject):
    """Stores choices in the settings and applies them at once.

    Args:
        session: restores with the engine.
        settings: store the choices.
        set_colour_space: receives the colour space of the screen, or None for sRGB.

    Attributes:
        changed: emitted after a setting changed.
        devices_found: emitted after :attr:`devices` was updated, or when the automatic one is known.
        language_chosen: emitted with the code of another language, or ``""`` for the system's.
        devices: the devices of this machine; empty until they were found.
    """

    changed = Signal()
    devices_found = Signal()
    language_chosen = Signal(str)

    def __init__(
        self,
        session: Session,
        settings: Settings,
        set_colour_space: Callable[[QColorSpace | None], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._set_colour_space = set_colour_space
        self.devices: tuple[DeviceInfo, ...] = ()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_theme)
        if settings.screen_profile is not None:
            self.set_screen_profile(settings.screen_profile)

    # The engine

    @property
    def engine(self) -> EngineSettings:
        """Model, device, precision and memory."""
        return self._settings.engine

    def set_engine(self, **changes: Any) -> None:
        """Change attributes of the engine, e.g. ``device="cpu"``; the next restoration uses the new engine."""
        before = self._settings.engine
        engine = replace(before, **changes)
        if engine.device != before.device and engine.precision not in (AUTO, *self._precisions(engine.device)):
            engine = replace(engine, precision=AUTO)
        if engine != before:
            self._settings.engine = engine
            self._session.use_restorer(engine.factory())
            self.changed.emit()

    @property
    def engine_summary(self) -> str:
        """Device, precision and quality of the next restoration, e.g. ``"CPU · float32"``.

        Until torch is imported, which knows the devices, that the engine is being loaded.
        """
        if not torch_is_imported():
            return self.tr("Loading the engine…")
        from core.system.devices import choose_device, choose_precision

        engine = self._settings.engine
        try:
            device = choose_device(engine.device)
            parts = [wording.device_name(str(device)), choose_precision(engine.precision, device)]
            return wording.SEPARATOR.join([*parts, *wording.quality_texts(engine.quality_mode)])
        except DFPIRError:
            return self.tr("No such device")

    @property
    def precisions(self) -> tuple[str, ...]:
        """The precisions that the chosen device supports."""
        return self._precisions(self._settings.engine.device)

    def find_devices(self) -> None:
        """Look for devices on the worker thread, since querying a GPU takes a moment."""

        def find(report: Report, cancel: CancelToken) -> tuple[DeviceInfo, ...]:
            from core.system.devices import available_devices

            return available_devices()

        self._session.submit(find, self._set_devices, self._on_devices_failed)

    def on_engine_imported(self) -> None:
        """Update the views when torch is imported: the automatic device and precision are known now."""
        self.devices_found.emit()

    def _set_devices(self, devices: tuple[DeviceInfo, ...]) -> None:
        self.devices = devices
        self.devices_found.emit()

    def _on_devices_failed(self, error: BaseException) -> None:
        self._session.show_notice(notice_from_error(error, self.tr("looking for devices")))

    def _precisions(self, device: str) -> tuple[str, ...]:
        key = device
        if device == AUTO:
            if not torch_is_imported():
                return _ALL_PRECISIONS
            from core.system.devices import choose_device

            key = str(choose_device())
        kind = key.partition(":")[0]
        found = next((entry for entry in self.devices if entry.key.partition(":")[0] == kind), None)
        return found.precisions if found else _ALL_PRECISIONS

    # Theme, language, screen

    @property
    def theme(self) -> Theme:
        """Dark, light, or that of the system."""
        return self._settings.theme

    def set_theme(self, theme: Theme) -> None:
        """Switch to this theme."""
        self._settings.theme = theme
        self._apply_theme()
        self.changed.emit()

    @property
    def language(self) -> str:
        """Code of the language, or ``""`` for the system's."""
        return self._settings.language

    def set_language(self, language: str) -> None:
        """Switch to this language; the owner of the window recreates it."""
        if language != self._settings.language:
            self._settings.language = language
            self.changed.emit()
            self.language_chosen.emit(language)

    @property
    def screen_profile(self) -> Path | None:
        """The ICC profile of the screen, or None if the system manages colours."""
        return self._settings.screen_profile

    def set_screen_profile(self, path: Path | None) -> None:
        """Show photos in the colours of this ICC profile; a profile that cannot be used is reported and ignored."""
        space = None
        if path is not None:
            space = _colour_space(path)
            if space is None:
                self._session.show_notice(
                    Notice(
                        self.tr("{name} is not a usable screen profile.").format(name=path.name),
                        self.tr("Choose an RGB profile (.icc or .icm) in the settings."),
                        str(path),
                        Severity.WARNING,
                    )
                )
                path = None
        self._settings.screen_profile = path
        self._set_colour_space(space)
        self.changed.emit()

    def _on_system_theme(self) -> None:
        if self._settings.theme is Theme.SYSTEM:
            self._apply_theme()

    def _apply_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, self._settings.theme)


def _colour_space(path: Path) -> QColorSpace | None:
    try:
        space = QColorSpace.fromIccProfile(path.read_bytes())
    except OSError:
        return None
    return space if space.isValid() and space.isValidTarget() else None
