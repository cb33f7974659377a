"""The main window: composes the parts and wires them. It holds no logic of its own."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from core.inference import Step
from dfpir_gui.app.close_guard import CloseGuard
from dfpir_gui.app.engine_button import EngineButton
from dfpir_gui.app.keyboard_focus import KeyboardFocus
from dfpir_gui.app.page_stack import PageStack
from dfpir_gui.app.pages import PAGES
from dfpir_gui.app.photo_opener import PhotoOpener
from dfpir_gui.app.status_bar import StatusBar
from dfpir_gui.app.tool_bar import ToolBar
from dfpir_gui.dialogs.help import about_sheet, log_sheet, shortcut_sheet
from dfpir_gui.dialogs.models_dialog import ModelsDialog
from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.dialogs.questions import Questions
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.session import Change, Session
from dfpir_gui.session.journal import RecoveredSession
from dfpir_gui.session.model_registry import ModelRegistry
from dfpir_gui.session.samples import Sample, shipped_samples
from dfpir_gui.settings.settings import APPLICATION, Settings
from dfpir_gui.studio.actions import Actions
from dfpir_gui.studio.model_comparison import ModelComparison
from dfpir_gui.studio.photo_menu import PhotoMenu
from dfpir_gui.studio.studio import Studio
from dfpir_gui.widgets.drops import local_files
from dfpir_gui.widgets.page import STUDIO, Page
from dfpir_gui.widgets.split_handle import FINE
from dfpir_gui.widgets.task_bar import TaskBar


class MainWindow(QMainWindow):
    """The one window. It owns the session: closing the window ends it."""

    def __init__(
        self, session: Session, samples: Sequence[Sample] | None = None, pages: Sequence[Page] = PAGES
    ) -> None:
        super().__init__()
        self.session = session
        self._settings = Settings()
        self._questions = Questions(self, self._settings)
        self._guard = CloseGuard(session, self._questions)
        self.incoming = PhotoOpener(session, self._settings, lambda: self.pages.show_page(STUDIO), self)
        self._may_close = False
        self._closing = False
        self.actions_ = Actions(session, self, pages)
        self.studio = Studio(session, self.actions_, shipped_samples() if samples is None else samples)
        self.status = StatusBar(session, self.actions_.stop)
        self.preferences = Preferences(session, self._settings, self.studio.canvas.set_colour_space, self)
        self.models = ModelRegistry(session, self._settings, self)
        self.task_bar = TaskBar()
        self.status.addPermanentWidget(self.task_bar)
        ask_save = self._questions.ask_save
        self.beside = ModelComparison(session, self.preferences, self.studio.canvas, self.task_bar, ask_save, self)
        self.models.preparing.connect(self.task_bar.show_progress)
        self.models.prepared.connect(self._on_prepared)
        self.task_bar.stopped.connect(self.models.stop_preparing)
        self.pages = PageStack(session, self.studio, pages, self.actions_.pages)
        self.error_bar = self.pages.error_bar
        self.error_bar.remedy_wanted.connect(lambda: self._questions.ask_download(self.models.prepare))
        self.setCentralWidget(self.pages)
        self.setStatusBar(self.status)
        self._keyboard = KeyboardFocus(self, lambda: self.session.photo is not None and self.pages.current == STUDIO)
        self._build_bars()
        self._connect()
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 560)
        self.resize(1280, 800)
        if self._settings.geometry is not None:
            self.restoreGeometry(self._settings.geometry)
        session.subscribe(self._on_change)
        self._on_change(Change.PHOTO)
        self.studio.empty.setFocus()

    def open_photo(self, path: Path, degradation: str | None = None) -> None:
        """Open the photo at ``path`` beside those that are open, and choose ``degradation`` for it."""
        self.pages.show_page(STUDIO)
        self.session.open(path, () if degradation is None else (Step(degradation),))

    def offer(self, abandoned: RecoveredSession) -> None:
        """Ask whether to open again what was open when the program ended without being closed."""
        photos = abandoned.photos
        self._questions.ask_reopen(len(photos), lambda: self.session.reopen(photos, abandoned.shown))

    @property
    def unfinished(self) -> str:
        """What would be broken off if the window went, though the session stayed; in a sentence, empty if nothing."""
        if self.beside.running:
            return self.tr("Another restorer is running.")
        return self.tr("Prompts are being prepared.") if self.models.is_preparing else self.pages.unfinished

    def retire(self) -> None:
        """Go without a question and without ending the session, in which another window takes the place."""
        for dialog in self.findChildren(QDialog):
            dialog.close()  # what it has begun ends with it
        self.pages.end()
        self.hide()
        self.deleteLater()

    def _build_bars(self) -> None:
        self.actions_.fill_menus(self.menuBar())
        self.incoming.fill(self.actions_.recent)
        self.beside.fill(self.actions_.beside)
        self.tool_bar = ToolBar(self.actions_, EngineButton(self.preferences, self.actions_.settings))
        self.addToolBar(self.tool_bar)

    def _connect(self) -> None:
        actions, canvas = self.actions_, self.studio.canvas
        actions.open.triggered.connect(lambda: self._questions.ask_open(self.incoming.take))
        actions.open_folder.triggered.connect(lambda: self._questions.ask_folder(self.incoming.take))
        actions.paste.triggered.connect(self.incoming.paste)
        actions.save_as.triggered.connect(lambda: self._guard.save())
        actions.close_photo.triggered.connect(self._guard.close_photo)
        actions.quit.triggered.connect(self.close)
        self.photo_menu = PhotoMenu(self, self.session, actions, self.studio, self._questions, self._settings)
        actions.fit.triggered.connect(canvas.fit)
        actions.zoom_100.triggered.connect(lambda: canvas.zoom_to(1.0))
        actions.zoom_200.triggered.connect(lambda: canvas.zoom_to(2.0))
        actions.zoom_in.triggered.connect(canvas.zoom_in)
        actions.zoom_out.triggered.connect(canvas.zoom_out)
        for mode, action in actions.modes.items():
            action.triggered.connect(lambda _=False, mode=mode: canvas.set_mode(mode))
        actions.amplify.triggered.connect(lambda: canvas.amplify(1))
        actions.attenuate.triggered.connect(lambda: canvas.amplify(-1))
        actions.loupe.toggled.connect(canvas.set_loupe)
        actions.original.toggled.connect(canvas.hold)
        actions.split_left.triggered.connect(lambda: canvas.move_split(-FINE))
        actions.split_right.triggered.connect(lambda: canvas.move_split(FINE))
        actions.settings.triggered.connect(lambda: SettingsDialog(self.preferences, self).show())
        actions.models.triggered.connect(self._manage_models)
        actions.log.triggered.connect(lambda: log_sheet(self).show())
        actions.shortcuts.triggered.connect(lambda: shortcut_sheet(self, actions.sheet()).show())
        actions.about.triggered.connect(lambda: about_sheet(self).show())
        canvas.view_changed.connect(self._mirror_zoom)
        self.pages.shown.connect(self._on_page)
        self.pages.photo_wanted.connect(self.open_photo)
        self.studio.sample_wanted.connect(lambda sample: self.open_photo(sample.path, sample.degradation))

    def _on_change(self, changed: Change) -> None:
        photo = self.session.photo
        if changed & Change.PHOTO:
            name = f"{photo.source.name}[*] — " if photo and photo.source else "[*]"
            self.setWindowTitle(name + APPLICATION)
            self._mirror_zoom()
        if changed & (Change.PHOTO | Change.RESULT):
            self.actions_.original.setChecked(False)
        self.setWindowModified(self.session.unsaved)

    def _on_prepared(self) -> None:
        if self.session.notice is not None and self.session.notice.remedy is not None:
            self.session.dismiss()
        self.session.set_status(self.tr("The prompts are prepared. Restore again."))

    def _manage_models(self) -> None:
        ModelsDialog(self.models, self.preferences, self.beside.run, self).show()

    def _on_page(self, key: str) -> None:
        self.actions_.show_for(key)
        self.tool_bar.setVisible(key == STUDIO)
        self._mirror_zoom()

    def _mirror_zoom(self) -> None:
        shown = self.session.photo is not None and self.pages.current == STUDIO
        self.status.show_zoom(self.studio.canvas.viewport.zoom if shown else None)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: D102 - Qt's
        if self._keyboard.lost():  # the button that was pressed last has been disabled: no other one was chosen
            home = self.studio.canvas if self.session.photo is not None else self.studio.empty
            (home if self.pages.current == STUDIO else self.pages.shown_page).setFocus()
            return True
        self._keyboard.tabbed()
        return super().focusNextPrevChild(forward)

    # Space is held, which a shortcut cannot tell. It arrives here unless the user has tabbed to a button that wants it.

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        if event.key() == Qt.Key.Key_Space and self.actions_.original.isEnabled():
            if not event.isAutoRepeat():
                self.actions_.original.setChecked(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.actions_.original.setChecked(False)
        else:
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.actions_.original.setChecked(False)  # the key may be let go elsewhere
        super().changeEvent(event)

    # Photos that are dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt's
        if local_files(event.mimeData()) and self.actions_.open.isEnabled():
            event.acceptProposedAction()
            self.studio.empty.set_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102 - Qt's
        self.studio.empty.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt's
        self.studio.empty.set_hot(False)
        paths = local_files(event.mimeData())
        if not paths:
            return
        event.acceptProposedAction()
        self.incoming.take(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt's
        if not self._may_close:
            self._closing = True
            self._guard.before_closing(self._ask_pages)
            self._closing = False
        if not self._may_close:
            event.ignore()  # the guard closes the window when its question is answered
            return
        self._settings.geometry = self.saveGeometry()
        self.pages.end()
        self.session.close()
        event.accept()

    def _ask_pages(self) -> None:
        if self.pages.unfinished:
            self._questions.ask_break_off(self.pages.unfinished, self._let_go)
        else:
            self._let_go()

    def _let_go(self) -> None:
        self._may_close = True
        if not self._closing:
            self.close()
