"""The Studio page: photo or empty state, and the panel beside them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from dfpir_gui.session import Change, Session
from dfpir_gui.session.samples import Sample
from dfpir_gui.studio.actions import Actions
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.empty_state import EmptyState
from dfpir_gui.studio.filmstrip import FilmstripColumn
from dfpir_gui.studio.side import SidePanel


class Studio(QWidget):
    """Composes the page and lets its parts mirror the session.

    Attributes:
        sample_wanted: a sample was clicked; carries the :class:`dfpir_gui.session.samples.Sample`.
    """

    sample_wanted = Signal(object)

    def __init__(
        self, session: Session, actions: Actions, samples: Sequence[Sample], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.empty = EmptyState(samples)
        self.canvas = Canvas()
        self._column = FilmstripColumn(session, actions.restore_all)
        self.filmstrip = self._column.strip
        self.panel = SidePanel(session, actions)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.canvas)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._column)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.panel)

        self.empty.open_wanted.connect(actions.open.trigger)
        self.empty.sample_wanted.connect(self.sample_wanted)
        self.filmstrip.wanted.connect(session.show)
        session.subscribe(self._on_change)

    def _on_change(self, changed: Change) -> None:
        session = self._session
        if changed & Change.PHOTO:
            self.canvas.set_photo(session.before)
            self._stack.setCurrentWidget(self.canvas if session.photo else self.empty)
            if not self.filmstrip.hasFocus():
                self.canvas.setFocus()
        if changed & Change.RESULT:
            first = not self.canvas.split_shown
            if self.canvas.set_result(session.after) and first and not self.filmstrip.hasFocus():
                self.canvas.handle.setFocus()
