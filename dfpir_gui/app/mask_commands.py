"""Connects the actions of the menu Mask with the mask editor."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from dfpir_gui.app.actions import Actions
from dfpir_gui.studio.masks.editor import SIZE_FACTOR, MaskEditor


class MaskCommands(QObject):
    """Runs the actions, and enables and ticks them according to what is edited.

    Args:
        actions: of the menu.
        editor: does the edits.
        choose_picture: asks for a file and calls its argument with it.
        parent: Qt's parent.
    """

    def __init__(
        self,
        actions: Actions,
        editor: MaskEditor,
        choose_picture: Callable[[Callable[[Path], None]], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._editor = editor
        self._studio_shown = True
        self._last_edited = 0
        for action, run in (
            (actions.mask_brush, self._use_brush),
            (actions.mask_linear, editor.add_linear),
            (actions.mask_radial, editor.add_radial),
            (actions.mask_luminance, editor.add_luminance),
            (actions.mask_colour, editor.add_colour),
            (actions.mask_sky, editor.add_sky),
            (actions.mask_all_but_sky, editor.add_all_but_sky),
            (actions.mask_picture, lambda: choose_picture(editor.add_picture)),
        ):
            action.triggered.connect(lambda _=False, run=run: self._with_step(run))
        actions.mask_edit.triggered.connect(self._toggle)
        actions.mask_invert.triggered.connect(editor.invert)
        actions.mask_remove.triggered.connect(editor.clear)
        actions.mask_overlay.triggered.connect(editor.show_overlay)
        actions.mask_erase.triggered.connect(editor.toggle_erase)
        actions.mask_smaller.triggered.connect(lambda: editor.scale_brush(1 / SIZE_FACTOR))
        actions.mask_larger.triggered.connect(lambda: editor.scale_brush(SIZE_FACTOR))
        actions.mask_edit.changed.connect(self._refresh)
        editor.changed.connect(self._refresh)
        self._refresh()

    def _toggle(self) -> None:
        if self._editor.editing:
            self._editor.finish()
        else:
            self._editor.begin(self._last_edited)
            if not self._editor.editing:
                self._editor.begin(0)
        self._refresh()

    def _with_step(self, run: Callable[[], None]) -> None:
        """Use a tool, on the mask of the step edited last unless one is being edited."""
        if not self._editor.editing:
            self._toggle()
        if self._editor.editing:
            run()
        self._refresh()

    def _use_brush(self) -> None:
        self._editor.paint(erase=self._editor.brush.erase and self._editor.painting)

    def _refresh(self) -> None:
        actions, editor = self._actions, self._editor
        if editor.index is not None:
            self._last_edited = editor.index
        available = actions.mask_edit.isEnabled()
        for action in (
            actions.mask_brush,
            actions.mask_linear,
            actions.mask_radial,
            actions.mask_luminance,
            actions.mask_colour,
            actions.mask_sky,
            actions.mask_all_but_sky,
            actions.mask_picture,
        ):
            action.setEnabled(available)
        for action in (actions.mask_invert, actions.mask_remove):
            action.setEnabled(available and editor.mask is not None)
        for action in (actions.mask_done, actions.mask_overlay):
            action.setEnabled(available and editor.editing)
        for action in (actions.mask_erase, actions.mask_smaller, actions.mask_larger):
            action.setEnabled(available and editor.painting)
        actions.mask_edit.setChecked(editor.editing)
        actions.mask_brush.setChecked(editor.painting)
        actions.mask_invert.setChecked(editor.mask is not None and editor.mask.inverted)
        actions.mask_overlay.setChecked(editor.overlay_shown)
        actions.mask_erase.setChecked(editor.brush.erase)
