"""Another language at once: the window is made anew around the session, which goes on undisturbed."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject, QRect, Qt
from PySide6.QtWidgets import QApplication

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.i18n.language import translate
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Change
from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.studio.scene import Mode


@dataclass(frozen=True)
class WindowState:
    """What of a window is not in the session: its place, its page, and how the photo is looked at.

    Attributes:
        geometry: size and place, and whether the window is maximised.
        place: its rectangle on the screen, or None if it is maximised.
        page: key of the page in sight.
        mode: how before and after are compared.
        factor: by how much the difference is amplified.
        loupe: whether the loupe is on.
        at: photo point in the middle and zoom, or None while the whole photo is shown.
        split: the place of the line.
        settings: whether the settings are open.
    """

    geometry: QByteArray
    place: QRect | None
    page: str
    mode: Mode
    factor: int
    loupe: bool
    at: tuple[float, float, float] | None
    split: float
    settings: bool

    @classmethod
    def of(cls, window: MainWindow) -> "WindowState":
        """How ``window`` looks now."""
        canvas = window.studio.canvas
        view = canvas.viewport
        return cls(
            geometry=window.saveGeometry(),
            place=None if window.isMaximized() or window.isFullScreen() else window.geometry(),
            page=window.pages.current,
            mode=canvas.scene.mode,
            factor=canvas.scene.factor,
            loupe=window.actions_.loupe.isChecked(),
            at=None if view.fitted else (*view.centre, view.zoom),
            split=view.split,
            settings=any(dialog.isVisible() for dialog in window.findChildren(SettingsDialog)),
        )

    def give(self, window: MainWindow) -> None:
        """Let ``window``, which is shown, look so."""
        canvas = window.studio.canvas
        window.pages.show_page(self.page)
        canvas.scene.factor = self.factor
        canvas.viewport.split = self.split
        if self.at is not None:
            canvas.viewport.look_at(*self.at)
        window.actions_.modes[self.mode].trigger()
        window.actions_.loupe.setChecked(self.loupe)
        if self.settings:
            window.actions_.settings.trigger()


class Windows(QObject):
    """Keeps one window, and makes it anew when another language is chosen.

    Args:
        app: speaks the language.
        make: makes the window.

    Attributes:
        window: the one that there is now.
    """

    def __init__(self, app: QApplication, make: Callable[[], MainWindow]) -> None:
        super().__init__(app)
        self._app = app
        self._make = make
        self.window = self._made()
        self.window.show()

    def _made(self) -> MainWindow:
        window = self._make()
        # Later, when the dialog in which it was chosen has done with it: the dialog goes with its window.
        window.preferences.language_chosen.connect(self._speak, Qt.ConnectionType.QueuedConnection)
        return window

    def _speak(self, language: str) -> None:
        old = self.window
        session, unfinished = old.session, old.unfinished
        if unfinished:
            words = translate("Reopening", "The language changes when the window is opened again. {unfinished}")
            session.show_notice(Notice(words.format(unfinished=unfinished), severity=Severity.WARNING))
            return
        look = WindowState.of(old)
        session.set_status("")  # it was said in the language before
        use_language(self._app, language)
        session.detach_window()
        self.window = self._made()
        self.window.beside.take_over(old.beside)
        self.window.restoreGeometry(look.geometry)
        if look.place is not None:
            self.window.setGeometry(look.place)
        self.window.show()
        session.notify(~Change(0))
        look.give(self.window)
        old.retire()
