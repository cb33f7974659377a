"""A page whose modules are slow to import: they are imported on a thread, and the page appears when they are there."""

import importlib
import logging
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from dfpir_gui.session import Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.widgets.page import PageWidget
from dfpir_gui.workers.main_thread import MainThread

_log = logging.getLogger(__name__)


class LazyPage(PageWidget):
    """Stands for a page until it can be made.

    Args:
        session: of the window.
        modules: names of modules to import, in this order.
        make: makes the page; called on the main thread after the imports.

    Attributes:
        page: the page, or None until it is made.
    """

    def __init__(self, session: Session, modules: tuple[str, ...], make: Callable[[Session], PageWidget]) -> None:
        super().__init__()
        self.page: PageWidget | None = None
        self._session = session
        self._make = make
        self._main_thread = MainThread(self)
        self._ended = False
        self._label = QLabel(self.tr("Loading…"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._label.setProperty("role", "quiet")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._label)
        self._thread = threading.Thread(target=self._import, args=(modules,), name="dfpir-imports", daemon=True)
        self._thread.start()

    @property
    def unfinished(self) -> str:  # noqa: D102 - as PageWidget's
        return self.page.unfinished if self.page is not None else ""

    def end(self) -> None:  # noqa: D102 - as PageWidget's
        self._ended = True
        self._thread.join()
        if self.page is not None:
            self.page.end()

    def _import(self, modules: tuple[str, ...]) -> None:
        try:
            for module in modules:
                if self._ended:
                    return
                importlib.import_module(module)
        except Exception as error:
            failure = error
            _log.exception("a page cannot be imported")
            self._main_thread.post(lambda: self._failed(failure))
            return
        self._main_thread.post(self._show)

    def _show(self) -> None:
        if self._ended:
            return
        self.page = self._make(self._session)
        self.page.photo_wanted.connect(self.photo_wanted)
        focused = self.isAncestorOf(self.window().focusWidget()) if self.window().focusWidget() else False
        self._layout.removeWidget(self._label)
        self._label.deleteLater()
        self._layout.addWidget(self.page)
        if focused:
            self.page.setFocus()

    def _failed(self, error: BaseException) -> None:
        self._label.setText(self.tr("This page cannot be shown; see the message above."))
        self._session.show_notice(notice_from_error(error, self.tr("loading a part of the program")))


def loaded_or_lazy(session: Session, modules: tuple[str, ...], make: Callable[[Session], PageWidget]) -> PageWidget:
    """The page itself if its modules are imported already, else a :class:`LazyPage`."""
    if all(module in sys.modules for module in modules):
        return make(session)
    return LazyPage(session, modules, make)
