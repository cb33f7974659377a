"""The mask that is being edited: commands of the panel, the menu and the tools, each of which can be undone."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import ReferenceType, ref

import cv2
import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import MaskError
from core.masks import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    RadialGradient,
    Shape,
    Sky,
    Stroke,
)
from core.masks.rendering import MaskRenderer
from core.photo.mask_files import MaskFile, read_mask
from dfpir_gui.session import Change, Document, Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.steps import StackStep
from dfpir_gui.studio.masks.overlay import (
    MaskOverlay,
    RenderedMasks,
    Rendering,
    overlay_size,
    quick_size,
    renderer_of,
)
from dfpir_gui.workers.image_pyramid import Pyramid

_REST_MS = 1500
"""The overlay hides when the mask has not changed for this long, so that the result can be seen."""

_RECENT = 64
"""Masks of a slider that is moved, whose renderings are shown although they are late."""

SIZE_FACTOR = 1.25
"""By which the keys [ and ] change the size of the brush."""

SMALLEST_BRUSH, LARGEST_BRUSH = 0.002, 1.0
"""Diameters, as shares of the longer side."""


@dataclass(frozen=True)
class BrushSettings:
    """The brush of the next stroke.

    Attributes:
        size: diameter, a share of the longer side.
        hardness: 0 to 1.
        erase: whether it removes from the mask.
    """

    size: float = 0.08
    hardness: float = 0.5
    erase: bool = False


class MaskEditor(QObject):
    """Edits the mask of one step of the current photo.

    Args:
        session: whose step is edited.
        parent: Qt's parent.

    Attributes:
        changed: emitted when anything that views show has changed.
        overlay_changed: emitted when the overlay has other values or is shown or hidden.
        index: of the step whose mask is edited, or None.
        component: index of the selected component, or None.
        brush: of the next stroke.
        painting: whether the brush is the current tool.
        picking: whether the next click picks the colour of the selected range.
        overlay: the mask over the photo.
        rendered: the masks that were rendered.
    """

    changed = Signal()
    overlay_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document: Document | None = None
        self._shown: Rendering | None = None
        self._overlay_of: ReferenceType[MaskRenderer] | None = None
        self.index: int | None = None
        self.component: int | None = None
        self.brush = BrushSettings()
        self.painting = False
        self.picking = False
        self.overlay = MaskOverlay()
        self.rendered = RenderedMasks(session, self)
        self.rendered.rendered.connect(self._on_rendered)
        self._overlay_wanted = True
        self._resting = self._pinned = False  # whether the overlay hides by itself, and whether the user prevents that
        self._recent: deque[Mask] = deque(maxlen=_RECENT)
        self._strength = 0.0  # of the step
        self._result_seen: Pyramid | None = None
        self._rest_timer = QTimer(self)
        self._rest_timer.setSingleShot(True)
        self._rest_timer.setInterval(_REST_MS)
        self._rest_timer.timeout.connect(self._rest)
        session.subscribe(self._on_change)

    # What is edited

    @property
    def editing(self) -> bool:
        """Whether the mask of a step is being edited."""
        return self.index is not None

    @property
    def mask(self) -> Mask | None:
        """The mask that is edited; None while the step applies everywhere."""
        entry = self._entry
        return entry.mask if entry is not None else None

    @property
    def _entry(self) -> StackStep | None:
        """The step; None also while one that was removed is not noticed yet."""
        stack = self._document.edit.stack if self._document is not None else ()
        return stack[self.index] if self.index is not None and self.index < len(stack) else None

    @property
    def shape(self) -> Shape | None:
        """The shape of the selected component."""
        mask = self.mask
        if mask is None or self.component is None or self.component >= len(mask.components):
            return None
        return mask.components[self.component].shape

    @property
    def rendering(self) -> Rendering | None:
        """The mask as it was rendered last, exactly if that is known; None while it is not rendered."""
        mask, document = self.mask, self._document
        return None if mask is None or document is None else self.rendered.find_any(document, mask)

    @property
    def photo_masks(self) -> MaskRenderer | None:
        """Renders masks of the photo as it is now; None without one, and while it is being rotated or cropped."""
        return renderer_of(self._document) if self._document else None

    @property
    def overlay_shown(self) -> bool:
        """Whether the overlay is visible: not if the user has hidden it, nor while the result is looked at."""
        return self._overlay_wanted and not self._resting

    @property
    def photo_size(self) -> tuple[int, int]:
        """Width and height of the photo in pixels; (1, 1) without one."""
        photo = self._document.photo if self._document else None
        return (photo.width, photo.height) if photo else (1, 1)

    @property
    def step_name(self) -> str:
        """Key of the degradation of the edited step, or empty."""
        entry = self._entry
        return entry.degradation if entry is not None else ""

    def begin(self, index: int) -> None:
        """Edit the mask of a step of the current photo."""
        document = self._session.current
        if document is None or not 0 <= index < len(document.edit.stack):
            return
        self._document, self.index = document, index
        self.painting = self.picking = False
        mask = self.mask
        self.component = len(mask.components) - 1 if mask else None
        self.painting = isinstance(self.shape, Brush)
        self._note_shape_change()
        self._strength = document.edit.stack[index].strength
        self._update_overlay()
        self.changed.emit()

    def finish(self) -> None:
        """Stop editing."""
        self.index = self.component = self._document = None
        self.painting = self.picking = False
        self._rest_timer.stop()
        self._resting = self._pinned = False
        self._recent.clear()
        self._update_overlay()
        self.changed.emit()

    def toggle(self, index: int) -> None:
        """Edit the mask of a step, or stop if it is edited already."""
        if self.index == index:
            self.finish()
        else:
            self.begin(index)

    # Components

    def select(self, component: int | None) -> None:
        """Select a component."""
        self.component = component
        self.painting = isinstance(self.shape, Brush)
        self.picking = False
        self._note_shape_change()
        self.changed.emit()

    def add(self, shape: Shape, text: str) -> None:
        """Add a component at the end and select it; ``text`` names the change for undo."""
        mask = self.mask
        component = Component(shape)
        self._try(lambda: _with_part(mask, None, component), text)
        mask = self.mask
        self.select(len(mask.components) - 1 if mask else None)

    def add_sky(self) -> None:
        """Add the sky."""
        self.add(Sky(), self.tr("Add sky to mask"))

    def add_all_but_sky(self) -> None:
        """Leave the sky out: of everything, or of what the mask selects already."""
        mask = self.mask
        mode = Mode.ADD if mask is not None and mask.inverted else Mode.SUBTRACT
        component = Component(Sky(), mode)
        self._try(lambda: _with_part(mask, None, component), self.tr("Leave the sky out"))
        mask = self.mask
        self.select(len(mask.components) - 1 if mask else None)

    def add_linear(self) -> None:
        """Add a linear gradient in the upper half of the photo."""
        self.add(LinearGradient((0.5, 0.2), (0.5, 0.6)), self.tr("Add gradient to mask"))

    def add_radial(self) -> None:
        """Add a radial gradient in the middle of the photo."""
        width, height = self.photo_size
        longer = max(width, height)
        radii = (0.3 * width / longer, 0.3 * height / longer)
        self.add(RadialGradient((0.5, 0.5), radii), self.tr("Add gradient to mask"))

    def add_luminance(self) -> None:
        """Add the brighter half of the lightness."""
        self.add(LuminanceRange(), self.tr("Add lightness range to mask"))

    def add_colour(self) -> None:
        """Add a range around the colour in the middle of the photo; the next click picks another."""
        self.add(ColourRange(self.colour_at((0.5, 0.5))), self.tr("Add colour range to mask"))
        self.pick(True)

    def add_picture(self, path: Path) -> None:
        """Add a grey picture from a file, which is read in the background."""
        document, index = self._document, self.index

        def done(file: MaskFile) -> None:
            if (document, index) != (self._document, self.index) or document is None or document.photo is None:
                return
            try:
                shape = file.mask_for(document.photo).components[0].shape
            except MaskError as error:
                failed(error)
                return
            self.add(shape, self.tr("Add picture to mask"))

        def failed(error: BaseException) -> None:
            self._session.show_notice(notice_from_error(error, self.tr("reading a mask")))

        self._session.submit_to_files(lambda report, cancel: read_mask(path), done, failed)

    def remove(self) -> None:
        """Remove the selected component; without any, the step applies everywhere."""
        mask, selected = self.mask, self.component
        if mask is None or selected is None:
            return
        rest = mask.components[:selected] + mask.components[selected + 1 :]
        self._commit(replace(mask, components=rest) if rest else None, self.tr("Remove part of mask"))
        self.select(min(selected, len(rest) - 1) if rest else None)

    def clear(self) -> None:
        """Remove the mask: the step applies everywhere."""
        if self.mask is not None:
            self._commit(None, self.tr("Remove mask"))
            self.select(None)

    def set_mode(self, mode: Mode) -> None:
        """Set how the selected component is combined with those before it."""
        self._change_component(lambda component: replace(component, mode=mode), self.tr("Combine mask differently"))

    def invert_component(self, inverted: bool) -> None:
        """Let the selected component select the opposite, or not."""
        text = self.tr("Invert part of mask")
        self._change_component(lambda component: replace(component, inverted=inverted), text)

    def set_shape(self, shape: Shape, merge: int | None = None) -> None:
        """Change the selected component; see :meth:`dfpir_gui.session.editor.StepEditor.set_mask` for ``merge``."""
        self._change_component(lambda component: replace(component, shape=shape), self.tr("Change mask"), merge)

    def invert(self, inverted: bool) -> None:
        """Let the mask select the opposite, or not."""
        mask = self.mask
        if mask is not None:
            self._commit(replace(mask, inverted=inverted), self.tr("Invert mask"))

    def set_feather(self, feather: float) -> None:
        """Blur the mask; changes until :meth:`finish_drag` are undone as one."""
        mask = self.mask
        if mask is not None:
            self._commit(replace(mask, feather=feather), self.tr("Feather mask"), merge=0)

    def finish_drag(self) -> None:
        """Note that a slider or handle was released: its next change is undone separately."""
        self._session.editor.finish_drag()

    # Tools

    def paint(self, erase: bool = False) -> None:
        """Take the brush: it continues the selected brush, or else the last component if that is one."""
        mask = self.mask
        if not isinstance(self.shape, Brush):
            last = len(mask.components) - 1 if mask else None
            self.component = last if mask is not None and _continues(mask.components[-1]) else None
        self.painting, self.picking = True, False
        self.set_brush(replace(self.brush, erase=erase))

    def set_brush(self, brush: BrushSettings) -> None:
        """Change the brush of the next stroke."""
        size = min(max(brush.size, SMALLEST_BRUSH), LARGEST_BRUSH)
        self.brush = replace(brush, size=size)
        self.changed.emit()

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        self.set_brush(replace(self.brush, size=self.brush.size * factor))

    def toggle_erase(self) -> None:
        """Switch between painting and erasing."""
        self.set_brush(replace(self.brush, erase=not self.brush.erase))

    def pick(self, picking: bool) -> None:
        """Let the next click on the photo pick the colour of the selected range, or not."""
        self.picking = picking and isinstance(self.shape, ColourRange)
        self.changed.emit()

    def pick_at(self, at: tuple[float, float]) -> None:
        """Take the colour at a photo point for the selected range."""
        if isinstance(self.shape, ColourRange):
            self.set_shape(replace(self.shape, colour=self.colour_at(at)))

    def colour_at(self, at: tuple[float, float]) -> tuple[float, float, float]:
        """The mean sRGB colour of the original photo around a point, each 0 to 1."""
        before = self._document.before if self._document else None
        if before is None:
            return 0.5, 0.5, 0.5
        level = before.levels[min(len(before.levels) - 1, 1)]
        height, width = level.shape[:2]
        column, row = int(min(max(at[0], 0), 1) * (width - 1)), int(min(max(at[1], 0), 1) * (height - 1))
        part = level[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3].reshape(-1, 3)
        red, green, blue = (float(value) / 255 for value in part.mean(axis=0))
        return red, green, blue

    def add_stroke(self, stroke: Stroke) -> None:
        """Add a stroke to the selected brush, or else to a new one.

        A painted stroke always selects more and an erasing one less, also in an inverted mask. Erasing where the step
        applies everywhere selects everything but the stroke.
        """
        mask, selected, shape = self.mask, self.component, self.shape
        text = self.tr("Erase from mask") if stroke.erase else self.tr("Paint mask")
        if mask is not None and mask.inverted:
            stroke = replace(stroke, erase=not stroke.erase)
        if mask is not None and selected is not None and isinstance(shape, Brush):
            component = mask.components[selected]
            if component.inverted != (component.mode is Mode.SUBTRACT):
                stroke = replace(stroke, erase=not stroke.erase)
            strokes = shape.strokes
            self._try(lambda: _with_part(mask, selected, replace(component, shape=Brush((*strokes, stroke)))), text)
            return
        if mask is None and stroke.erase:
            component = Component(Brush((replace(stroke, erase=False),)), Mode.SUBTRACT)
        else:
            component = Component(Brush((stroke,)))
        self._try(lambda: _with_part(mask, None, component), text)
        mask = self.mask
        self.component = len(mask.components) - 1 if mask else None
        self.changed.emit()

    def preview_shape(self, shape: Shape) -> None:
        """Show what the mask would be with another shape for the selected component, without changing it."""
        mask, selected, document = self.mask, self.component, self._document
        if mask is None or selected is None or document is None or document.masks is None:
            return
        changed = _with_part(mask, selected, replace(mask.components[selected], shape=shape))
        self._note_shape_change(rests=False)
        self._shown = None
        self.overlay.set_values(document.masks.render_quickly(changed, quick_size(*document.masks.size)))
        self.overlay_changed.emit()

    def render_part(
        self,
        mask: Mask,
        place: tuple[float, float, float, float],
        size: tuple[int, int],
        done: Callable[[np.ndarray], None],
        failed: Callable[[], None],
    ) -> None:
        """Render a part of a mask of the photo in the background.

        Args:
            mask: what is rendered.
            place: left, top, right and bottom in shares of the photo's sides.
            size: width and height of the result in pixels.
            done: gets the result, (H, W) float32.
            failed: called after an error.
        """
        renderer = self.photo_masks
        if renderer is None or self._session.closed:
            failed()
            return
        width, height = renderer.size
        region = (place[0] * width, place[1] * height, place[2] * width, place[3] * height)
        self._session.submit_to_screen(
            lambda report, cancel: renderer.render(mask, size, region), done, lambda error: failed()
        )

    def begin_stroke(self) -> np.ndarray:
        """The values of the overlay, which the brush changes while it paints: (H, W) float32."""
        self._note_shape_change(rests=False)
        self._shown = None
        size = overlay_size(*self.photo_size)
        values = self.overlay.values
        if values is None or values.shape[::-1] != size:
            if values is None or self.mask is None:
                everything = self.mask is None and self.brush.erase
                values = np.full(size[::-1], everything, np.float32)
            else:  # a quick rendering
                values = np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR), np.float32)
            self.overlay.set_values(values)
            self.overlay_changed.emit()
        assert self.overlay.values is not None
        return self.overlay.values

    def discard_preview(self) -> None:
        """Show the mask as it is."""
        self._shown = None
        self._update_overlay()

    def show_overlay(self, shown: bool) -> None:
        """Show or hide the overlay. It stays so until the mask changes, and hidden until it is shown again."""
        self._overlay_wanted = self._pinned = shown
        self._resting = False
        self._rest_timer.stop()
        self.overlay_changed.emit()
        self.changed.emit()

    # Implementation

    def _change_component(self, change: Callable[[Component], Component], text: str, merge: int | None = None) -> None:
        mask, selected = self.mask, self.component
        if mask is None or selected is None:
            return
        changed = _with_part(mask, selected, change(mask.components[selected]))
        self._commit(changed, text, None if merge is None else merge + 1)

    def _try(self, make: Callable[[], Mask], text: str) -> None:
        try:
            mask = make()
        except MaskError as error:
            self._session.show_notice(notice_from_error(error, self.tr("changing a mask")))
            self.discard_preview()
        else:
            self._commit(mask, text)

    def _commit(self, mask: Mask | None, text: str, merge: int | None = None) -> None:
        if self._document is None or self.index is None:
            return
        self._note_shape_change()
        self._session.editor.set_mask(self.index, mask, text, merge)

    def _on_change(self, changed: Change) -> None:
        document = self._session.current
        result = None if document is None else document.after
        is_new, self._result_seen = result is not self._result_seen, result
        if self.index is None or not changed & (Change.STEPS | Change.PHOTO):
            return
        if is_new and result is not None and not self._resting:
            self._rest_timer.start()  # the user has waited for the result, which the overlay would cover
        if document is not self._document or document is None or self.index >= len(document.edit.stack):
            self.finish()
            return
        mask = self.mask
        count = len(mask.components) if mask else 0
        if self.component is not None and self.component >= count:  # undone
            self.component = count - 1 if count else None
        strength = document.edit.stack[self.index].strength
        if strength != self._strength:
            self._strength = strength
            self._rest()
        self._update_overlay()
        self.changed.emit()

    def _on_rendered(self, document: Document, mask: Mask) -> None:
        rendering = self.rendered.find_any(document, mask)
        for index, entry in enumerate(document.edit.stack):
            if entry.mask == mask and rendering is not None:
                self._session.show_mask(document, index, mask, rendering.values)
        if document is not self._document or self.index is None:
            return
        if mask == self.mask:
            self._update_overlay()
        elif rendering is not None and mask in self._recent:  # a slider is moved, and has left it behind
            self._session.show_mask(document, self.index, mask, rendering.values)
            self._show_values(rendering.values)

    def _update_overlay(self) -> None:
        mask, document = self.mask, self._document
        if mask is None or document is None:
            self._shown = None
            self.overlay.set_values(None)
            self.overlay_changed.emit()
            return
        self._recent.append(mask)
        renderer = renderer_of(document)
        if renderer is None:
            return  # the photo is being rotated or cropped; until then, the previous one is shown, and its mask
        rendering = self.rendered.find_any(document, mask)
        if rendering is None or not rendering.exact:
            self.rendered.request(document, mask)
        if rendering is None and self._overlay_of is not None and self._overlay_of() is not renderer:
            self._show_values(None)
        self._overlay_of = ref(renderer)
        if rendering is not None and self._shown is not rendering:
            self._shown = rendering
            self._show_values(rendering.values)
            self.changed.emit()  # what is known of it

    def _show_values(self, values: np.ndarray | None) -> None:
        self.overlay.set_values(values)
        self.overlay_changed.emit()

    # Hiding the overlay while the result is looked at

    def _note_shape_change(self, *, rests: bool = True) -> None:
        """Show the overlay; it hides a moment after the last change, unless ``rests`` is false."""
        self._pinned = False
        if rests:
            self._rest_timer.start()
        else:
            self._rest_timer.stop()
        if self._resting:
            self._resting = False
            self.overlay_changed.emit()
            self.changed.emit()

    def _rest(self) -> None:
        """Hide the overlay, unless there is no result to be seen below."""
        document = self._document
        if document is None or self._pinned or self._resting or document.after is None:
            return
        if document.blend_request is not None and document.quick_after is None:
            self._rest_timer.start()  # the result follows
            return
        if document.blend_request is None and document.outdated:
            return
        self._rest_timer.stop()
        self._resting = True
        self.overlay_changed.emit()
        self.changed.emit()


def _continues(component: Component) -> bool:
    """Whether a new stroke joins this last component instead of beginning a new one."""
    return isinstance(component.shape, Brush) and component.mode is Mode.ADD and not component.inverted


def _with_part(mask: Mask | None, index: int | None, component: Component) -> Mask:
    """The mask with another component at ``index``, or with one more for None."""
    if mask is None:
        return Mask((component,))
    parts = mask.components
    after = () if index is None else parts[index + 1 :]
    return replace(mask, components=(*parts[: len(parts) if index is None else index], component, *after))
