"""Recreates the window in another language, with the same session."""

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
    """The state of a window that the session does not hold.

    Attributes:
        geometry: size and position, and whether the window is maximised.
        rectangle: its rectangle on the screen, or None if it is maximised.
        page: key of the current page.
        mode: how before and after are compared.
        factor: amplification of the difference.
        loupe: whether the loupe is on.
        clipping: whether clipped areas are marked.
        position: x and y of the photo point in the middle, and zoom; None while the whole photo is fitted.
        split: position of the split, 0.0 to 1.0.
        settings_open: whether the settings dialog is open.
    """

    geometry: QByteArray
    rectangle: QRect | None
    page: str
    mode: Mode
    factor: int
    loupe: bool
    clipping: bool
    position: tuple[float, float, float] | None
    split: float
    settings_open: bool

    @classmethod
    def from_window(cls, window: MainWindow) -> "WindowState":
        """Return the present state of ``window``."""
        canvas = window.studio.canvas
        view = canvas.viewport
        return cls(
            geometry=window.saveGeometry(),
            rectangle=None if window.isMaximized() or window.isFullScreen() else window.geometry(),
            page=window.pages.current,
            mode=canvas.scene.mode,
            factor=canvas.scene.factor,
            loupe=window.actions_.loupe.isChecked(),
            clipping=window.actions_.clipping.isChecked(),
            position=None if view.fitted else (*view.centre, view.zoom),
            split=view.split,
            settings_open=any(dialog.isVisible() for dialog in window.findChildren(SettingsDialog)),
        )

    def apply_to(self, window: MainWindow) -> None:
        """Restore this state in ``window``, which must be visible."""
        canvas = window.studio.canvas
        window.pages.show_page(self.page)
        canvas.scene.factor = self.factor
        canvas.viewport.split = self.split
        if self.position is not None:
            canvas.viewport.centre_on(*self.position)
        window.actions_.modes[self.mode].trigger()
        window.actions_.loupe.setChecked(self.loupe)
        window.actions_.clipping.setChecked(self.clipping)
        if self.settings_open:
            window.actions_.settings.trigger()


class WindowManager(QObject):
    """Owns the window and replaces it when another language is selected.

    Args:
        app: the application, whose translators are replaced.
        create: creates a window.

    Attributes:
        window: the present window.
    """

    def __init__(self, app: QApplication, create: Callable[[], MainWindow]) -> None:
        super().__init__(app)
        self._app = app
        self._create = create
        self.window = self._create_window()
        self.window.show()

    def _create_window(self) -> MainWindow:
        window = self._create()
        # Queued, so that the dialog that emits the signal returns before it is deleted with its window.
        window.preferences.language_chosen.connect(self._change_language, Qt.ConnectionType.QueuedConnection)
        return window

    def _change_language(self, language: str) -> None:
        old = self.window
        session, unfinished = old.session, old.unfinished
        if unfinished:
            text = translate("Reopening", "The language will change when the window is next opened. {unfinished}")
            session.show_notice(Notice(text.format(unfinished=unfinished), severity=Severity.WARNING))
            return
        state = WindowState.from_window(old)
        session.set_status("")  # the message is in the previous language
        use_language(self._app, language)
        session.detach_window()
        self.window = self._create_window()
        self.window.model_comparison.use_results(old.model_comparison.results)
        self.window.restoreGeometry(state.geometry)
        if state.rectangle is not None:
            self.window.setGeometry(state.rectangle)
        self.window.show()
        session.notify(~Change(0))
        state.apply_to(self.window)
        old.close_without_asking()
