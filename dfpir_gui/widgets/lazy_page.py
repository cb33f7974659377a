"""A page whose modules are slow to import: they are imported on a thread, and the page appears when they are there."""

import importlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TypeAlias

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout

from dfpir_gui.session import Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.widgets.page import PageWidget
from dfpir_gui.workers.main_thread import MainThread

MakePage: TypeAlias = Callable[[Session], Iterator[PageWidget | None]]
"""Makes a page step by step: yields None until the page can be shown, and then the page until it is complete."""

_log = logging.getLogger(__name__)


class LazyPage(PageWidget):
    """Stands for a page until it can be made.

    Args:
        session: of the window.
        modules: names of modules to import, in this order.
        make: makes the page on the main thread after the imports; other events are handled between its steps.

    Attributes:
        page: the page, or None until it can be shown.
    """

    def __init__(self, session: Session, modules: tuple[str, ...], make: MakePage) -> None:
        super().__init__()
        self.page: PageWidget | None = None
        self._session = session
        self._make = make
        self._main_thread = MainThread(self)
        self._ended = False
        self._steps: Iterator[PageWidget | None] = iter(())
        self._next_step = QTimer(self, interval=1)  # with 0, two steps may follow each other without other events
        self._next_step.timeout.connect(self._do_step)
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
        self._next_step.stop()
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
        self._main_thread.post(self._begin)

    def _begin(self) -> None:
        if not self._ended:
            self._steps = self._make(self._session)
            self._next_step.start()

    def _do_step(self) -> None:
        try:
            page = next(self._steps)
        except StopIteration:
            self._next_step.stop()
            return
        if page is not None and self.page is None:
            self._show(page)

    def _show(self, page: PageWidget) -> None:
        self.page = page
        self.page.photo_wanted.connect(self.photo_wanted)
        self.page.work_changed.connect(self.work_changed)
        focused = self.isAncestorOf(self.window().focusWidget()) if self.window().focusWidget() else False
        self._layout.removeWidget(self._label)
        self._label.deleteLater()
        self._layout.addWidget(self.page)
        if focused:
            self.page.setFocus()

    def _failed(self, error: BaseException) -> None:
        self._label.setText(self.tr("This page cannot be shown; see the message above."))
        self._session.show_notice(notice_from_error(error, self.tr("loading a part of the program")))


def loaded_or_lazy(session: Session, modules: tuple[str, ...], make: MakePage) -> PageWidget:
    """The page itself if its modules are imported already, else a :class:`LazyPage`."""
    if all(module in sys.modules for module in modules):
        *_, page = make(session)
        assert page is not None
        return page
    return LazyPage(session, modules, make)
