"""The main window: creates the parts, connects them, and handles keys, drops and closing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QMainWindow

from core.inference import Step
from dfpir_gui.app.actions import Actions
from dfpir_gui.app.close_guard import CloseGuard
from dfpir_gui.app.full_screen import FullScreen
from dfpir_gui.app.keyboard_focus import KeyboardFocus
from dfpir_gui.app.mask_commands import MaskCommands
from dfpir_gui.app.pages import PAGES, PageStack
from dfpir_gui.app.photo_commands import PhotoCommands
from dfpir_gui.app.photo_opener import PhotoOpener
from dfpir_gui.app.quick_save import QuickSave
from dfpir_gui.app.status_bar import StatusBar
from dfpir_gui.app.strip_commands import StripCommands
from dfpir_gui.app.tool_bar import EngineButton, ToolBar
from dfpir_gui.dialogs.guide import guide_dialog
from dfpir_gui.dialogs.help import about_dialog, log_dialog, shortcut_dialog
from dfpir_gui.dialogs.models_dialog import ModelsDialog
from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.dialogs.standard_dialogs import StandardDialogs
from dfpir_gui.session import Change, Session
from dfpir_gui.session.journal import RecoveredSession
from dfpir_gui.session.model_registry import ModelRegistry
from dfpir_gui.session.samples import Sample, shipped_samples
from dfpir_gui.settings.settings import APPLICATION, Settings
from dfpir_gui.studio.filmstrip import StripCommand
from dfpir_gui.studio.model_comparison import ModelComparison
from dfpir_gui.studio.page import StudioPage
from dfpir_gui.widgets.drops import local_files
from dfpir_gui.widgets.file_manager import show_in_folder
from dfpir_gui.widgets.page import STUDIO, Page
from dfpir_gui.widgets.split_handle import FINE
from dfpir_gui.widgets.task_bar import TaskBar


class MainWindow(QMainWindow):
    """The main window. Closing it closes the session."""

    def __init__(
        self, session: Session, samples: Sequence[Sample] | None = None, pages: Sequence[Page] = PAGES
    ) -> None:
        super().__init__()
        self.session = session
        self._settings = Settings()
        self._dialogs = StandardDialogs(self, self._settings)
        self._quick_save = QuickSave(session)
        self._close_guard = CloseGuard(session, self._dialogs, self._quick_save.save)
        self.photo_opener = PhotoOpener(session, self._settings, lambda: self.pages.show_page(STUDIO), self)
        self._may_close = False
        self._closing = False
        self.actions_ = Actions(session, self, pages)
        self.studio = StudioPage(
            session, self.actions_, shipped_samples() if samples is None else samples, self._settings
        )
        self.status = StatusBar(session, self.actions_.stop)
        self.preferences = Preferences(session, self._settings, self.studio.canvas.set_colour_space, self)
        self.model_registry = ModelRegistry(session, self._settings, self)
        self.task_bar = TaskBar()
        self.status.addPermanentWidget(self.task_bar)
        self.model_comparison = ModelComparison(
            session, self.preferences, self.studio.canvas, self.task_bar, self._dialogs.choose_save_path, self
        )
        self.model_registry.preparing.connect(self.task_bar.show_progress)
        self.model_registry.prepared.connect(self._on_prompts_prepared)
        self.task_bar.stopped.connect(self.model_registry.stop_preparing)
        self.pages = PageStack(session, self.studio, pages, self.actions_.pages)
        self.error_bar = self.pages.error_bar
        for bar in (self.error_bar, self.status):
            bar.folder_wanted.connect(lambda path: show_in_folder(path))
        self.error_bar.remedy_wanted.connect(lambda: self._dialogs.confirm_download(self.model_registry.prepare))
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
        """Show the Studio and open the photo at ``path``, with one step for ``degradation`` if given."""
        self.pages.show_page(STUDIO)
        self.session.open(path, () if degradation is None else (Step(degradation),))

    def offer_reopening(self, abandoned: RecoveredSession) -> None:
        """Ask whether to reopen the photos of a session that was not closed properly."""
        photos = abandoned.photos
        self._dialogs.confirm_reopening(len(photos), lambda: self.session.reopen(photos, abandoned.shown))

    @property
    def unfinished(self) -> str:
        """The work that replacing the window would stop, as a sentence; empty if there is none."""
        if self.model_comparison.running:
            return self.tr("Another model is running.")
        return self.tr("Prompts are being prepared.") if self.model_registry.is_preparing else self.pages.unfinished

    def close_without_asking(self) -> None:
        """Close the window but not its session, which another window continues to use."""
        for dialog in self.findChildren(QDialog):
            dialog.close()  # stops its work
        self.pages.end()
        self.hide()
        self.deleteLater()

    def _build_bars(self) -> None:
        self.actions_.fill_menus(self.menuBar())
        self.photo_opener.attach_recent_menu(self.actions_.recent)
        self.model_comparison.attach_menu(self.actions_.compare_with)
        self.tool_bar = ToolBar(self.actions_, EngineButton(self.preferences, self.actions_.settings))
        self.pages.put_above(self.tool_bar)
        self.addActions(self.actions_.all)  # their shortcuts work without the menu bar, too
        bars = [self.menuBar(), self.tool_bar, self.status, self.pages.bar]
        self._full_screen = FullScreen(self, [*bars, *self.studio.surroundings])

    def _connect(self) -> None:
        actions, canvas = self.actions_, self.studio.canvas
        actions.open.triggered.connect(lambda: self._dialogs.choose_photos(self.photo_opener.open_paths))
        actions.open_folder.triggered.connect(lambda: self._dialogs.choose_folder(self.photo_opener.open_paths))
        actions.paste.triggered.connect(self.photo_opener.paste)
        actions.save.triggered.connect(lambda: self._quick_save.save([d for d in (self.session.current,) if d]))
        actions.save_as.triggered.connect(lambda: self._close_guard.save())
        actions.close_photo.triggered.connect(self._close_guard.close_photo)
        actions.quit.triggered.connect(self.close)
        self.photo_commands = PhotoCommands(self, self.session, actions, self.studio, self._dialogs, self._settings)
        self._strip_commands = StripCommands(self.session, self.studio.filmstrip, self._quick_save, self._close_guard)
        strip = self._strip_commands
        actions.copy_steps.triggered.connect(lambda: strip.run(StripCommand.COPY_STEPS))
        actions.paste_steps.triggered.connect(lambda: strip.run(StripCommand.PASTE_STEPS))
        actions.show_in_folder.triggered.connect(lambda: strip.run(StripCommand.SHOW_IN_FOLDER))
        actions.rotate_left.triggered.connect(lambda: self.session.rotate(-1))
        actions.rotate_right.triggered.connect(lambda: self.session.rotate(1))
        actions.crop.triggered.connect(self.studio.begin_crop)
        self.studio.cropping.connect(actions.set_cropping)
        self.studio.cropping.connect(self._show_zoom)
        self.mask_commands = MaskCommands(actions, self.studio.mask_editor, self._dialogs.choose_mask, self)
        actions.mask_done.triggered.connect(self.studio.mask_tool.step_back)
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
        actions.clipping.toggled.connect(canvas.set_clipping)
        actions.histogram.setChecked(self._settings.histogram_shown)
        actions.histogram.toggled.connect(self._show_histogram)
        self._show_histogram(self._settings.histogram_shown)
        actions.full_screen.toggled.connect(self._full_screen.set_active)
        actions.guide.triggered.connect(lambda: guide_dialog(self).show())
        actions.hints.triggered.connect(self.studio.hints.show_again)
        actions.original.toggled.connect(canvas.show_original)
        actions.split_left.triggered.connect(lambda: canvas.move_split(-FINE))
        actions.split_right.triggered.connect(lambda: canvas.move_split(FINE))
        actions.settings.triggered.connect(lambda: SettingsDialog(self.preferences, self).show())
        actions.models.triggered.connect(self._manage_models)
        actions.log.triggered.connect(lambda: log_dialog(self).show())
        actions.shortcuts.triggered.connect(lambda: shortcut_dialog(self, actions.shortcut_sections()).show())
        actions.about.triggered.connect(lambda: about_dialog(self).show())
        canvas.view_changed.connect(self._show_zoom)
        self.pages.shown.connect(self._on_page_shown)
        self.pages.photo_wanted.connect(self.open_photo)
        self.pages.work_changed.connect(self.status.show_work)
        self.status.page_wanted.connect(self.pages.show_page)
        self.studio.sample_wanted.connect(lambda sample: self.open_photo(sample.path, sample.degradation))

    def _on_change(self, changed: Change) -> None:
        photo = self.session.photo
        if changed & Change.PHOTO:
            name = f"{photo.source.name}[*] — " if photo and photo.source else "[*]"
            self.setWindowTitle(name + APPLICATION)
            self._show_zoom()
        if changed & (Change.PHOTO | Change.RESULT):
            self.actions_.original.setChecked(False)
        self.setWindowModified(self.session.unsaved)

    def _show_histogram(self, shown: bool) -> None:
        self._settings.histogram_shown = shown
        self.studio.histogram.setVisible(shown)

    def _on_prompts_prepared(self) -> None:
        if self.session.notice is not None and self.session.notice.remedy is not None:
            self.session.dismiss()
        self.session.set_status(self.tr("Prompts prepared. Restore again."))

    def _manage_models(self) -> None:
        ModelsDialog(self.model_registry, self.preferences, self.model_comparison.run, self).show()

    def _on_page_shown(self, key: str) -> None:
        self.actions_.full_screen.setChecked(False)
        self.studio.end_crop()
        self.actions_.set_page(key)
        self.tool_bar.setVisible(key == STUDIO)
        self.status.show_page(key)
        self._show_zoom()

    def _show_zoom(self) -> None:
        shown = self.session.photo is not None and self.pages.current == STUDIO and not self.studio.is_cropping
        self.status.show_zoom(self.studio.canvas.viewport.zoom if shown else None)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: D102 - Qt's
        if self._keyboard.focus_is_lost():  # the button that was pressed last was disabled
            target = self.studio.canvas if self.session.photo is not None else self.studio.empty
            (target if self.pages.current == STUDIO else self.pages.current_page).setFocus()
            return True
        self._keyboard.note_tab()
        return super().focusNextPrevChild(forward)

    # Space is handled here since a shortcut does not report when its key is released; see KeyboardFocus.

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
            self.actions_.original.setChecked(False)  # another window may receive the release of the key
        super().changeEvent(event)

    # Dropped photos

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt's
        if local_files(event.mimeData()) and self.actions_.open.isEnabled():
            event.acceptProposedAction()
            self.studio.empty.set_drag_active(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: D102 - Qt's
        self.studio.empty.set_drag_active(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt's
        self.studio.empty.set_drag_active(False)
        paths = local_files(event.mimeData())
        if not paths:
            return
        event.acceptProposedAction()
        self.photo_opener.open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt's
        if not self._may_close:
            self._closing = True
            self._close_guard.before_closing(self._confirm_stopping_pages)
            self._closing = False
        if not self._may_close:
            event.ignore()  # the window is closed when the user has answered
            return
        self._settings.geometry = self.saveGeometry()
        self.pages.end()
        self.session.close()
        event.accept()

    def _confirm_stopping_pages(self) -> None:
        if self.pages.unfinished:
            self._dialogs.confirm_stopping(self.pages.unfinished, self._allow_closing)
        else:
            self._allow_closing()

    def _allow_closing(self) -> None:
        self._may_close = True
        if not self._closing:
            self.close()
