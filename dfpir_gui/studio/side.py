"""The column beside the photo: what was found, what is to be done, what came of it."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dfpir_gui.session import Session
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.actions import Actions
from dfpir_gui.studio.found import FoundPanel
from dfpir_gui.studio.result import ResultPanel
from dfpir_gui.studio.steps import StepsPanel
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import action_button

_WIDTH = 40 * GRID


class SidePanel(QFrame):
    """Composes the three panels, which scroll, and the button to restore, which is always in sight."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="sidePanel")
        self._chain: list[QWidget] = []
        self.setFixedWidth(_WIDTH)
        self.found = FoundPanel(session)
        self.steps = StepsPanel(session)
        self.result = ResultPanel(session)
        self.restore_button = action_button(actions.restore, icons.icon("restore", theme.ON_PRIMARY))
        self.restore_button.setProperty("role", "primary")
        self.preview_button = action_button(actions.preview)
        self.try_all_button = action_button(actions.try_all)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, GRID)
        column.setSpacing(2 * GRID)
        for panel in (self.found, self.steps, self.result):
            column.addWidget(panel)
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(scroll, 1)
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self.foot.setSpacing(GRID)
        self.foot.addWidget(self.preview_button)
        self.foot.addWidget(self.restore_button, 1)
        layout.addLayout(self.foot)

        self.steps.foot.addWidget(self.try_all_button)
        self.found.switched.connect(session.editor.toggle)
        self.found.as_found_wanted.connect(session.editor.reset_to_detected)
        session.subscribe(lambda changed: self._order_focus())
        self._order_focus()

    def _order_focus(self) -> None:
        """Let the tab key visit the panels from top to bottom; their rows come, go and change places."""
        chain = [*self.found.focus_chain, *self.steps.focus_chain]
        chain += [self.try_all_button, self.preview_button, self.restore_button]
        if chain != self._chain:
            self._chain = chain
            for earlier, later in pairwise(chain):
                QWidget.setTabOrder(earlier, later)
