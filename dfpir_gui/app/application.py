"""Creates the application: log, style, language, session and window."""

import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QApplication

from core.photo import Photo
from core.system.version import program_version
from dfpir_gui.app.logging import display_opened, install_exception_hooks, start_logging, stop_logging
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.app.window_manager import WindowManager
from dfpir_gui.i18n.language import translate
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import RememberedSteps, Session
from dfpir_gui.session.journal import Journal, files_in_use, recover_session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.pasted import PastedPictures
from dfpir_gui.session.speed import SpeedLog
from dfpir_gui.session.swap_folder import SwapFolder
from dfpir_gui.settings import theme
from dfpir_gui.settings.settings import APPLICATION, ORGANISATION, Settings
from dfpir_gui.widgets import icons
from dfpir_gui.workers.engine_import import EngineImport
from dfpir_gui.workers.main_thread import MainThread

_log = logging.getLogger(__name__)

_UNTIL_DRAWN_MS = 50


def sessions_folder() -> Path:
    """Return the folder of the files in which windows record their open photos."""
    return platformdirs.user_data_path("dfpir-studio", appauthor=False) / "sessions"


def run(photos: Sequence[Path], *, smoke_test: bool = False) -> int:
    """Open the window with ``photos``, run until it is closed, and return the exit status.

    Args:
        photos: photos to open, and folders of photos.
        smoke_test: print the size of the drawn window and close it.
    """
    start_logging()
    QCoreApplication.setOrganizationName(ORGANISATION)
    QCoreApplication.setApplicationName(APPLICATION)
    app = QApplication([APPLICATION])
    display_opened()
    app.setApplicationVersion(program_version())
    app.setDesktopFileName("dfpir-studio")
    app.setWindowIcon(icons.app_icon())
    settings = Settings()
    settings.keep_private()
    use_language(app, settings.language)
    theme.apply_theme(app, settings.theme)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's event loop ignores Ctrl+C in the terminal
    _log.info("%s %s starts", APPLICATION, program_version())

    main_thread = MainThread()
    folder = sessions_folder()
    in_use = files_in_use(folder)
    abandoned = recover_session(folder)
    store = SwapFolder(platformdirs.user_cache_path("dfpir-studio", appauthor=False) / "results", in_use)
    choices = RememberedSteps(sessions_folder().with_name("choices.json"))
    session = Session(
        post=main_thread.post,
        restorer_factory=settings.engine.factory(),
        open_photo=Photo.open,
        remembered_steps=choices,
        swap_folder=store,
        pasted=PastedPictures(in_use=in_use),
        speeds=SpeedLog(settings.speeds, lambda text: setattr(settings, "speeds", text)),
    )

    def show(error: BaseException) -> None:
        main_thread.post(
            lambda: session.show_notice(notice_from_error(error, translate("Notices", "handling an event")))
        )

    install_exception_hooks(show)
    manager = WindowManager(app, lambda: MainWindow(session))
    journal = Journal(session, folder, choices)
    # After the window was drawn: the import slows everything down that runs at the same time.
    engine_import = EngineImport(main_thread.post, lambda: manager.window.preferences.on_engine_imported())
    QTimer.singleShot(_UNTIL_DRAWN_MS, engine_import.start)
    if photos:
        manager.window.photo_opener.open_paths(photos)
    if abandoned is not None:
        manager.window.offer_reopening(abandoned)
    if smoke_test:
        QTimer.singleShot(0, lambda: _report_and_close(manager.window))
    status = app.exec()
    engine_import.wait()
    session.close()
    journal.close()
    store.close()
    stop_logging()
    return status


def _report_and_close(window: MainWindow) -> None:
    picture = window.grab()
    sys.stdout.write(f"{APPLICATION} {program_version()}: window of {picture.width()} × {picture.height()} pixels\n")
    window.close()
