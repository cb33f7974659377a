"""The Studio page: filmstrip, photo or empty state, and the side panel."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from core.geometry import Geometry
from dfpir_gui.session import Change, Document, Session, wording
from dfpir_gui.session.samples import Sample
from dfpir_gui.settings import theme
from dfpir_gui.settings.settings import Settings
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.crop_view import CropPage
from dfpir_gui.studio.empty_state import EmptyState
from dfpir_gui.studio.filmstrip import FilmstripPanel
from dfpir_gui.studio.found import FoundPanel
from dfpir_gui.studio.hints import HintBar
from dfpir_gui.studio.histogram import HistogramPanel
from dfpir_gui.studio.masks.editor import MaskEditor
from dfpir_gui.studio.masks.panel import MaskActions, MaskPanel
from dfpir_gui.studio.masks.tools import MaskTool
from dfpir_gui.studio.presets import PresetsButton
from dfpir_gui.studio.result import ResultPanel
from dfpir_gui.studio.steps import StepsPanel
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import action_button, quiet

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
        self.estimate = quiet()
        self.estimate.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        layout.addWidget(self.estimate)
        self.footer = QHBoxLayout()
        self.footer.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self.footer.setSpacing(GRID)
        self.footer.addWidget(self.preview_button)
        self.footer.addWidget(self.restore_button, 1)
        layout.addLayout(self.footer)

        self.presets_button = PresetsButton(session)
        self.steps.header.addWidget(self.presets_button)
        self.steps.footer.addWidget(self.try_all_button)
        self.steps.mask_wanted.connect(mask_editor.toggle)
        mask_editor.changed.connect(lambda: self.steps.show_edited_mask(mask_editor.index))
        mask_editor.changed.connect(self._on_mask_changed)
        self._mask_editor, self._scroll = mask_editor, scroll
        self._mask_contents: tuple[bool, type] = (False, type(None))
        self.mask_panel.installEventFilter(self)
        self.found.switched.connect(session.editor.toggle)
        self.found.reset_wanted.connect(session.editor.reset_to_detected)
        self._session = session
        self._column = column
        session.subscribe(self._on_change)
        self._on_change(Change.STATE)

    def add_section(self, panel: QWidget) -> None:
        """Add a panel below the others."""
        self._column.insertWidget(self._column.count() - 1, panel)

    def _on_change(self, changed: Change) -> None:
        self._update_tab_order()
        if changed & (Change.STATE | Change.STEPS | Change.RESULT | Change.PHOTO):
            session = self._session
            known = session.photo is not None and session.can_restore
            text = wording.estimate_line(session.photo, session.expected_seconds) if known and session.photo else ""
            self.estimate.setText(text)
            self.estimate.setVisible(bool(text))

    def _on_mask_changed(self) -> None:
        """Show the mask panel in place of what was found while a mask is edited."""
        editing = self._mask_editor.editing
        self.found.setHidden(editing)
        contents = (editing, type(self._mask_editor.shape))
        if contents != self._mask_contents:
            self._mask_contents = contents
            QTimer.singleShot(0, self, self._show_mask_panel)  # when the layout has changed
        self._update_tab_order()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt's
        grows = isinstance(event, QResizeEvent) and event.size().height() > event.oldSize().height()
        if watched is self.mask_panel and grows:  # by the warning that no sky was found, say
            QTimer.singleShot(0, self, self._show_mask_panel)
        return super().eventFilter(watched, event)

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
        order = [*self.found.focus_order, self.presets_button, *self.steps.focus_order]
        order += [self.try_all_button, *self.mask_panel.focus_order, self.preview_button, self.restore_button]
        if order != self._tab_order:
            self._tab_order = order
            for earlier, later in pairwise(order):
                QWidget.setTabOrder(earlier, later)


class StudioPage(QWidget):
    """The Studio page. It updates its canvas from the session.

    Attributes:
        sample_wanted: emitted with the :class:`dfpir_gui.session.samples.Sample` that is clicked.
        cropping: emitted with whether the crop mode is on.
    """

    sample_wanted = Signal(object)
    cropping = Signal(bool)

    def __init__(
        self,
        session: Session,
        actions: StudioActions,
        samples: Sequence[Sample],
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.empty = EmptyState(samples)
        self.canvas = Canvas()
        self.crop_page = CropPage()
        self.hints = HintBar(session, settings.hints_seen, lambda seen: setattr(settings, "hints_seen", seen))
        self._crop_wanted: Document | None = None  # its overview is being read
        self._filmstrip_panel = FilmstripPanel(session, actions.restore_all)
        self.filmstrip = self._filmstrip_panel.strip
        self.mask_editor = MaskEditor(session, self)
        self.mask_tool = MaskTool(self.mask_editor, self.canvas)
        self.panel = SidePanel(session, actions, self.mask_editor)
        self.histogram = HistogramPanel(self.canvas)
        self.panel.add_section(self.histogram)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.canvas)
        self._stack.addWidget(self.crop_page)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        self._holders = [_holder(self.hints), _holder(self._filmstrip_panel)]
        column.addWidget(self._holders[0])

        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._holders[1])
        layout.addLayout(column, 1)
        layout.addWidget(self.panel)

        self.setTabOrder(self.panel.restore_button, self.hints.close_button)
        self.empty.open_wanted.connect(actions.open.trigger)
        self.empty.sample_wanted.connect(self.sample_wanted)
        self.filmstrip.document_selected.connect(session.show)
        self.mask_editor.changed.connect(self._show_mask_tool)
        self.mask_editor.overlay_changed.connect(self.canvas.update)
        self.crop_page.applied.connect(self._apply_crop)
        self.crop_page.cancelled.connect(self.end_crop)
        session.subscribe(self._on_change)

    @property
    def surroundings(self) -> list[QWidget]:
        """Everything but the canvas, which the full screen hides."""
        return [*self._holders, self.panel]

    @property
    def is_cropping(self) -> bool:
        """Whether the crop mode is on."""
        return self._stack.currentWidget() is self.crop_page

    def begin_crop(self) -> None:
        """Show the whole photo with the crop frame, as soon as the photo is read."""
        document, size = self._session.current, self._session.source_size
        if document is None or not document.can_change_geometry:
            return
        if document.overview is None or size is None:
            self._crop_wanted = document
            self._session.load_overview()
            return
        self._crop_wanted = None
        self._stack.setCurrentWidget(self.crop_page)
        self.panel.setEnabled(False)
        self.crop_page.show_photo(document.overview, size, document.edit.geometry)
        self.cropping.emit(True)

    def end_crop(self) -> None:
        """Leave the crop mode without any change."""
        if self.is_cropping:
            self._stack.setCurrentWidget(self.canvas if self._session.photo else self.empty)
            self.panel.setEnabled(True)
            self.canvas.setFocus()
            self.cropping.emit(False)

    def _apply_crop(self, geometry: Geometry) -> None:
        self.end_crop()
        self._session.set_geometry(geometry)

    def _show_mask_tool(self) -> None:
        self.canvas.set_tool(self.mask_tool if self.mask_editor.editing else None)

    def _on_change(self, changed: Change) -> None:
        session = self._session
        if self._crop_wanted is not None and self._crop_wanted.overview is not None:
            if self._crop_wanted is session.current:
                self.begin_crop()
            self._crop_wanted = None
        if changed & Change.PHOTO:
            self.end_crop()
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


def _holder(widget: QWidget) -> QWidget:
    """A widget around one that shows and hides itself, which can be hidden independently of that."""
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(widget)
    return holder
