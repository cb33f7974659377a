"""The Studio page: filmstrip, photo or empty state, and the side panel."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from dfpir_gui.session import Change, Session
from dfpir_gui.session.samples import Sample
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.empty_state import EmptyState
from dfpir_gui.studio.filmstrip import FilmstripPanel
from dfpir_gui.studio.found import FoundPanel
from dfpir_gui.studio.masks.editor import MaskEditor
from dfpir_gui.studio.masks.panel import MaskActions, MaskPanel
from dfpir_gui.studio.masks.tools import MaskTool
from dfpir_gui.studio.result import ResultPanel
from dfpir_gui.studio.steps import StepsPanel
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import action_button

_PANEL_WIDTH = 40 * GRID


class StudioActions(MaskActions, Protocol):
    """The actions for which the page has buttons."""

    open: QAction
    restore: QAction
    restore_all: QAction
    preview: QAction
    try_all: QAction


class SidePanel(QFrame):
    """The panels of degradations, steps and result, which scroll, above the buttons to preview and restore."""

    def __init__(
        self, session: Session, actions: StudioActions, mask_editor: MaskEditor, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sidePanel")
        self._tab_order: list[QWidget] = []
        self.setFixedWidth(_PANEL_WIDTH)
        self.found = FoundPanel(session)
        self.steps = StepsPanel(session, mask_editor.rendered)
        self.mask_panel = MaskPanel(mask_editor, actions)
        self.result = ResultPanel(session)
        self.restore_button = action_button(actions.restore, icons.icon("restore", theme.ON_PRIMARY))
        self.restore_button.setProperty("role", "primary")
        self.preview_button = action_button(actions.preview)
        self.try_all_button = action_button(actions.try_all)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, GRID)
        column.setSpacing(2 * GRID)
        for panel in (self.found, self.steps, self.mask_panel, self.result):
            column.addWidget(panel)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(scroll, 1)
        self.footer = QHBoxLayout()
        self.footer.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self.footer.setSpacing(GRID)
        self.footer.addWidget(self.preview_button)
        self.footer.addWidget(self.restore_button, 1)
        layout.addLayout(self.footer)

        self.steps.footer.addWidget(self.try_all_button)
        self.steps.mask_wanted.connect(mask_editor.toggle)
        mask_editor.changed.connect(lambda: self.steps.show_edited_mask(mask_editor.index))
        mask_editor.changed.connect(self._on_mask_changed)
        self._mask_editor, self._scroll = mask_editor, scroll
        self._mask_contents: tuple[bool, type] = (False, type(None))
        self.found.switched.connect(session.editor.toggle)
        self.found.reset_wanted.connect(session.editor.reset_to_detected)
        session.subscribe(lambda changed: self._update_tab_order())
        self._update_tab_order()

    def _on_mask_changed(self) -> None:
        """Make room for the mask panel while a mask is edited."""
        editing = self._mask_editor.editing
        self.found.setHidden(editing)
        contents = (editing, type(self._mask_editor.shape))
        if contents != self._mask_contents:
            self._mask_contents = contents
            QTimer.singleShot(0, self, self._show_mask_panel)  # when the layout has changed
        self._update_tab_order()

    def _show_mask_panel(self) -> None:
        """Scroll to the mask panel, as little as possible."""
        bar, panel = self._scroll.verticalScrollBar(), self.mask_panel
        if self._mask_editor.editing:
            top, bottom = panel.y() - GRID, panel.y() + panel.height() + GRID
            bar.setValue(min(top, max(bottom - self._scroll.viewport().height(), bar.value())))
        else:
            bar.setValue(0)

    def _update_tab_order(self) -> None:
        """Set the order of the Tab key from top to bottom, since rows are added, removed and moved."""
        order = [*self.found.focus_order, *self.steps.focus_order]
        order += [self.try_all_button, *self.mask_panel.focus_order, self.preview_button, self.restore_button]
        if order != self._tab_order:
            self._tab_order = order
            for earlier, later in pairwise(order):
                QWidget.setTabOrder(earlier, later)


class StudioPage(QWidget):
    """The Studio page. It updates its canvas from the session.

    Attributes:
        sample_wanted: emitted with the :class:`dfpir_gui.session.samples.Sample` that is clicked.
    """

    sample_wanted = Signal(object)

    def __init__(
        self, session: Session, actions: StudioActions, samples: Sequence[Sample], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.empty = EmptyState(samples)
        self.canvas = Canvas()
        self._filmstrip_panel = FilmstripPanel(session, actions.restore_all)
        self.filmstrip = self._filmstrip_panel.strip
        self.mask_editor = MaskEditor(session, self)
        self.mask_tool = MaskTool(self.mask_editor, self.canvas)
        self.panel = SidePanel(session, actions, self.mask_editor)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.canvas)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._filmstrip_panel)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.panel)

        self.empty.open_wanted.connect(actions.open.trigger)
        self.empty.sample_wanted.connect(self.sample_wanted)
        self.filmstrip.document_selected.connect(session.show)
        self.mask_editor.changed.connect(self._show_mask_tool)
        self.mask_editor.overlay_changed.connect(self.canvas.update)
        session.subscribe(self._on_change)

    def _show_mask_tool(self) -> None:
        self.canvas.set_tool(self.mask_tool if self.mask_editor.editing else None)

    def _on_change(self, changed: Change) -> None:
        session = self._session
        if changed & Change.PHOTO:
            self.canvas.set_photo(session.before)
            self._stack.setCurrentWidget(self.canvas if session.photo else self.empty)
            if not self.filmstrip.hasFocus():
                self.canvas.setFocus()
        if changed & Change.RESULT:
            split_was_shown = self.canvas.split_shown
            is_new = self.canvas.set_result(session.after)
            split_appears = self.canvas.split_shown and not split_was_shown
            if is_new and split_appears and not self.filmstrip.hasFocus():
                self.canvas.handle.setFocus()
