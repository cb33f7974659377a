"""What the pages of the window have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dfpir_gui.session import Session


class PageWidget(QWidget):
    """A page besides the Studio. It is made when it is first shown, and then kept.

    What happens to the photo it reads from the session, as all views do; what it has to say to the user it
    hands to :meth:`dfpir_gui.session.Session.warn`, and the bar above all pages shows it.

    Attributes:
        photo_wanted: the user wants to see a photo in the Studio; carries its path.
    """

    photo_wanted = Signal(object)

    @property
    def unfinished(self) -> str:
        """What closing the window would break off, in a sentence for people; empty if nothing."""
        return ""

    def end(self) -> None:
        """Stop what runs and wait for its threads. Called once, when the window closes."""


@dataclass(frozen=True)
class Page:
    """One entry of the bar at the left.

    Attributes:
        key: short name, e.g. ``"inspector"``.
        title: for people; marked with :func:`dfpir_gui.i18n.language.tr`.
        tip: what one does there; likewise.
        icon: name in ``resources/icons``.
        make: makes the page; called when it is first shown.
    """

    key: str
    title: str
    tip: str
    icon: str
    make: Callable[[Session], PageWidget]


STUDIO = "studio"
"""Key of the first page, which is always there."""
