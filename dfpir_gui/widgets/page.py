"""The interface between the window and its pages."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dfpir_gui.session import Session


class PageWidget(QWidget):
    """Base class of the pages other than the Studio. A page is created when it is first shown, and kept.

    A page reads the session and subscribes to its changes like every view. Errors and warnings go to
    :meth:`dfpir_gui.session.Session.show_notice`; the bar above the pages shows them.

    Attributes:
        photo_wanted: emitted with the path of a photo that the user wants to open in the Studio.
        work_changed: emitted with the work that goes on, e.g. ``"Batch: 3 of 8"``, for the status bar of the other
            pages; empty if there is none any more.
    """

    photo_wanted = Signal(object)
    work_changed = Signal(str)

    @property
    def unfinished(self) -> str:
        """The work that closing the window would stop, as a sentence for the user; empty if there is none."""
        return ""

    def end(self) -> None:
        """Stop running work and wait for its threads. Called once, when the window closes."""


@dataclass(frozen=True)
class Page:
    """One entry of the bar at the left.

    Attributes:
        key: identifier, e.g. ``"inspector"``.
        title: menu text with a mnemonic, marked with :func:`dfpir_gui.i18n.language.tr`.
        tip: tool tip, likewise.
        icon: file name in ``resources/icons`` without ``.svg``.
        make: creates the page; called when it is first shown.
    """

    key: str
    title: str
    tip: str
    icon: str
    make: Callable[[Session], PageWidget]


STUDIO = "studio"
"""Key of the first page, which always exists."""
