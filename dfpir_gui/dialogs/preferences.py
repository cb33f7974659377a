"""The user's choices at work: theme, colours of the screen, and the engine that restores."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColorSpace, QGuiApplication
from PySide6.QtWidgets import QApplication

from core.errors import DFPIRError
from core.inference.devices import DeviceInfo, available_devices, choose_device, choose_precision
from dfpir_gui.session import Session, wording
from dfpir_gui.session.notices import Notice, Severity, notice_of
from dfpir_gui.settings.engine import AUTO, Engine
from dfpir_gui.settings.settings import Settings
from dfpir_gui.settings.theme import Theme, apply_theme


class Preferences(QObject):
    """Keeps the choices in the settings and puts them to work at once.

    Args:
        session: restores with the engine.
        settings: keep the choices.
        show_on: is told the colour space of the screen, or None for sRGB.

    Attributes:
        changed: something was chosen.
        devices_found: :attr:`devices` are known, or known anew.
        language_chosen: another language is to be spoken; carries its code, or ``""`` for the system's.
        devices: those of this machine, as far as they are known.
    """

    changed = Signal()
    devices_found = Signal()
    language_chosen = Signal(str)

    def __init__(
        self,
        session: Session,
        settings: Settings,
        show_on: Callable[[QColorSpace | None], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._show_on = show_on
        self.devices: tuple[DeviceInfo, ...] = ()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        if settings.screen_profile is not None:
            self.set_screen_profile(settings.screen_profile)

    # The engine

    @property
    def engine(self) -> Engine:
        """Model, device, precision and memory."""
        return self._settings.engine

    def set_engine(self, **changes: str | int) -> None:
        """Change what is named, e.g. ``device="cpu"``; what restores next is made anew if it is another engine."""
        before = self._settings.engine
        engine = replace(before, **changes)
        if engine.device != before.device and engine.precision not in (AUTO, *self._precisions(engine.device)):
            engine = replace(engine, precision=AUTO)
        if engine != before:
            self._settings.engine = engine
            self._session.use_restorer(engine.factory())
            self.changed.emit()

    @property
    def engine_words(self) -> str:
        """Device, precision and quality that a restoration would use now, e.g. ``"CPU · float32"``."""
        engine = self._settings.engine
        try:
            device = choose_device(engine.device)
            words = [wording.device_name(str(device)), choose_precision(engine.precision, device)]
            return wording.SEPARATOR.join([*words, *wording.quality_words(engine.quality_mode)])
        except DFPIRError:
            return self.tr("No such device")

    @property
    def precisions(self) -> tuple[str, ...]:
        """The precisions that make sense on the chosen device."""
        return self._precisions(self._settings.engine.device)

    def find_devices(self) -> None:
        """Ask for the devices on the worker's thread, since a GPU takes a moment to answer."""
        self._session.submit(lambda report, cancel: available_devices(), self._take_devices, self._no_devices)

    def _take_devices(self, devices: tuple[DeviceInfo, ...]) -> None:
        self.devices = devices
        self.devices_found.emit()

    def _no_devices(self, error: BaseException) -> None:
        self._session.warn(notice_of(error, self.tr("looking for devices")))

    def _precisions(self, device: str) -> tuple[str, ...]:
        wanted = str(choose_device()) if device == AUTO else device
        known = next((entry for entry in self.devices if entry.key.partition(":")[0] == wanted.partition(":")[0]), None)
        return known.precisions if known else ("float32", "bfloat16", "float16")

    # Theme, language, screen

    @property
    def theme(self) -> Theme:
        """Dark, light, or as the system."""
        return self._settings.theme

    def set_theme(self, theme: Theme) -> None:
        """Show the window in this theme from now on."""
        self._settings.theme = theme
        self._paint()
        self.changed.emit()

    @property
    def language(self) -> str:
        """Code of the language, or ``""`` for the system's."""
        return self._settings.language

    def set_language(self, language: str) -> None:
        """Speak this language from now on; whoever keeps the window makes it anew."""
        if language != self._settings.language:
            self._settings.language = language
            self.changed.emit()
            self.language_chosen.emit(language)

    @property
    def screen_profile(self) -> Path | None:
        """The ICC profile of the screen, or None for what the system does."""
        return self._settings.screen_profile

    def set_screen_profile(self, path: Path | None) -> None:
        """Convert the photo to the colours of this ICC profile; one that cannot be used is told about and left out."""
        space = None
        if path is not None:
            space = _colour_space(path)
            if space is None:
                self._session.warn(
                    Notice(
                        self.tr("{name} is no colour profile of a screen that can be used.").format(name=path.name),
                        self.tr("Choose an RGB profile (.icc or .icm) in the settings."),
                        str(path),
                        Severity.WARNING,
                    )
                )
                path = None
        self._settings.screen_profile = path
        self._show_on(space)
        self.changed.emit()

    def _follow_system(self) -> None:
        if self._settings.theme is Theme.SYSTEM:
            self._paint()

    def _paint(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, self._settings.theme)


def _colour_space(path: Path) -> QColorSpace | None:
    try:
        space = QColorSpace.fromIccProfile(path.read_bytes())
    except OSError:
        return None
    return space if space.isValid() and space.isValidTarget() else None
