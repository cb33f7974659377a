"""The canvas: shows a photo, and beside it its restoration, at any zoom."""

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColorSpace,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from dfpir_gui.studio.canvas_painter import CanvasPainter
from dfpir_gui.studio.labels import FadingLabels
from dfpir_gui.studio.loupe import loupe_place
from dfpir_gui.studio.overlay import Overlay
from dfpir_gui.studio.painting import Picture
from dfpir_gui.studio.scene import Mode, Scene
from dfpir_gui.studio.viewport import Box, Viewport
from dfpir_gui.widgets.split_handle import SplitHandle, step_of
from dfpir_gui.workers.image_pyramid import Pyramid

WHEEL_FACTOR = 1.25
"""How much one notch of the wheel zooms."""

KEY_FACTOR = 2**0.5
"""How much + and − zoom: two presses double."""

_GAP = 2
"""Between two panes, logical pixels."""

_PAN_STEP = 64
_PAN_KEYS = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class Canvas(QWidget):
    """Shows the photo alone, or compared with its restoration.

    Attributes:
        scene: what is shown, and how it is compared.
        viewport: zoom and position, of all panes alike.
        view_changed: emitted when zoom, position, split or the way to compare may have changed.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.viewport = Viewport()
        self._refocus = False  # the line had the focus before it was hidden
        self._drag: QPointF | None = None
        self._cursor: QPointF | None = None  # where the mouse is, while it is over the canvas
        self._labels = FadingLabels(self)
        self._labels.faded.connect(self.update)
        self._painter = CanvasPainter(self.scene, self.viewport, self._labels)
        self._loupe_on = False
        self._loupe = Overlay(self, self._paint_loupe)
        self.handle = SplitHandle(self)
        self.handle.hide()
        self.handle.dragged.connect(self._drag_split)
        self.handle.nudged.connect(self.move_split)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Photo"))

    # What is shown

    def set_photo(self, before: Pyramid | None) -> None:
        """Show this photo, fitted, without a restoration."""
        scene = self.scene
        scene.before = Picture(before) if before else None
        scene.after = scene.reference = scene.names = None
        scene.held = False
        if before:
            self.viewport.set_photo(before.width, before.height)
        self._resize_view()

    def set_result(self, after: Pyramid | None) -> bool:
        """Show this restoration of the photo beside it, or none; return whether it is another than before.

        The line appears in the middle, and stays where it was put when a second restoration follows.
        """
        scene = self.scene
        if after is (scene.after.pyramid if scene.after else None):
            return False
        if scene.after is None:
            self.viewport.split = 0.5
        scene.after = Picture(after) if after else None
        self._labels.wake()
        self._resize_view()
        return after is not None

    def set_reference(self, reference: Pyramid | None, names: tuple[str, str] | None) -> None:
        """Compare with ``reference`` in the place of the photo, and call the two sides by these names."""
        scene = self.scene
        same = reference is (scene.reference.pyramid if scene.reference else None)
        if same and names == scene.names:
            return
        if not same:
            scene.reference = Picture(reference) if reference else None
        scene.names = names
        self._labels.wake()
        self._changed()

    def set_mode(self, mode: Mode) -> None:
        """Compare in this way from now on."""
        self.scene.mode = mode
        self._labels.wake()
        self._resize_view()

    def amplify(self, steps: int) -> None:
        """Amplify the difference by the next larger factor, or for negative ``steps`` by a smaller one."""
        self.scene.amplify(steps)
        self._changed()

    def set_loupe(self, on: bool) -> None:
        """Show the loupe beside the cursor, or do not."""
        self._loupe_on = on
        self._place_loupe()

    def set_colour_space(self, space: QColorSpace | None) -> None:
        """Show the photo on a screen with this colour space; None for sRGB, or where the system sees to it."""
        self._painter.set_colour_space(space)
        self.update()

    def hold(self, held: bool) -> None:
        """While held, show the original in place of the restoration."""
        if held != self.scene.held:
            self.scene.held = held
            self._labels.wake()
            self._changed()

    @property
    def split_shown(self) -> bool:
        """Whether before and after are both in sight, with a line between them."""
        return self.scene.split_shown

    # Zoom, position and split

    def fit(self) -> None:
        """Show the whole photo."""
        self.viewport.fit()
        self._changed()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the photo point under ``at`` (logical pixels; by default the middle) where it is."""
        if at is None:
            self.viewport.zoom_to(zoom)
        else:
            self.viewport.zoom_to(zoom, *self._in_pane(at))
        self._changed()

    def zoom_in(self) -> None:
        """Show the photo larger, about the middle."""
        self.zoom_to(self.viewport.zoom * KEY_FACTOR)

    def zoom_out(self) -> None:
        """Show the photo smaller, about the middle."""
        self.zoom_to(self.viewport.zoom / KEY_FACTOR)

    def move_split(self, by: float) -> None:
        """Move the line by a share of the visible photo."""
        self.viewport.move_split(by)
        self._labels.wake()
        self._changed()

    def _drag_split(self, column: float) -> None:
        self.viewport.put_split(column * self.devicePixelRatioF())
        self._labels.wake()
        self._changed()

    def _in_pane(self, at: QPointF) -> tuple[float, float]:
        """Device pixels, in its pane, of a point of the canvas in logical pixels."""
        ratio = self.devicePixelRatioF()
        x, y = at.x() * ratio, at.y() * ratio
        pane = next((pane for pane in reversed(self._panes()) if x >= pane.left), self._panes()[0])
        return x - pane.left, y - pane.top

    def _panes(self) -> tuple[Box, ...]:
        ratio = self.devicePixelRatioF()
        return self.scene.panes(round(self.width() * ratio), round(self.height() * ratio), round(_GAP * ratio))

    def _changed(self) -> None:
        ratio = self.devicePixelRatioF()
        box = self.viewport.visible
        shown = self.split_shown and box.width > 0 and box.height > 0
        if shown:
            column = self.viewport.split_column / ratio
            self.handle.place(column, box.top / ratio, box.height / ratio, self.viewport.split)
        if self.handle.isVisibleTo(self) != shown:
            self._show_handle(shown)
        self._place_loupe()
        self.update()
        self.view_changed.emit()

    def _place_loupe(self) -> None:
        fields = len(self.scene.pictures)
        if not self._loupe_on or self._cursor is None or self._drag is not None or not fields:
            self._loupe.hide()
            return
        self._loupe.setGeometry(loupe_place(self._cursor, fields, self.size()))
        self._loupe.show()
        self._loupe.raise_()
        self._loupe.update()

    def _paint_loupe(self, painter: QPainter) -> None:
        if self._cursor is not None:
            point = self.viewport.to_photo(*self._in_pane(self._cursor))
            self._painter.paint_loupe(painter, self._loupe.size(), point, self.devicePixelRatioF())

    def _show_handle(self, shown: bool) -> None:
        if not shown and self.handle.hasFocus():
            self._refocus = True
            self.setFocus()
        self.handle.setVisible(shown)
        if shown and self._refocus and self.hasFocus():
            self.handle.setFocus()
        self._refocus = self._refocus and not shown

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        self._painter.paint(painter, self.rect(), self._panes(), self.devicePixelRatioF())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        self._resize_view()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._resize_view()
        return super().event(event)

    def _resize_view(self) -> None:
        pane = self._panes()[0]
        self.viewport.set_view(pane.width, pane.height)
        self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt's
        notches = event.angleDelta().y() / 120
        if self.scene.before is not None and notches:
            self.zoom_to(self.viewport.zoom * WHEEL_FACTOR**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and self.scene.before is not None:
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._labels.wake()
        self._cursor = event.position()
        if self._drag is not None:
            moved = (event.position() - self._drag) * self.devicePixelRatioF()
            self._drag = event.position()
            self.viewport.pan(moved.x(), moved.y())
            self._changed()
        self._place_loupe()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        self._cursor = None
        self._place_loupe()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._drag = None
        self.unsetCursor()
        self._place_loupe()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() != Qt.MouseButton.LeftButton or self.scene.before is None:
            event.ignore()
        elif self.viewport.fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        step = step_of(event) if self.split_shown else None
        way = _PAN_KEYS.get(Qt.Key(event.key()))
        if step is not None:
            self.move_split(step)
        elif way is not None:
            distance = _PAN_STEP * self.devicePixelRatioF()
            self.viewport.pan(way[0] * distance, way[1] * distance)
            self._changed()
        else:
            super().keyPressEvent(event)
