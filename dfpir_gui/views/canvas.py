"""The canvas: shows a photo, and beside it its restoration, at any zoom."""

from PySide6.QtCore import QEvent, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from dfpir_gui.theme import SURROUND
from dfpir_gui.views.labels import FadingLabels
from dfpir_gui.views.painting import Picture
from dfpir_gui.views.pyramid import Pyramid
from dfpir_gui.views.split_handle import SplitHandle, step_of
from dfpir_gui.views.viewport import Box, Viewport

WHEEL_FACTOR = 1.25
"""How much one notch of the wheel zooms."""

KEY_FACTOR = 2**0.5
"""How much + and − zoom: two presses double."""

_PAN_STEP = 64
_PAN_KEYS = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}


class Canvas(QWidget):
    """Shows the photo alone, or split into before and after.

    Attributes:
        view_changed: emitted when zoom, position or split may have changed.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport = Viewport()
        self._before: Picture | None = None
        self._after: Picture | None = None
        self._held = False
        self._refocus = False  # the line had the focus before it was hidden
        self._drag: QPointF | None = None
        self._labels = FadingLabels(self)
        self._labels.faded.connect(self.update)
        self.handle = SplitHandle(self)
        self.handle.hide()
        self.handle.dragged.connect(self._drag_split)
        self.handle.nudged.connect(self.move_split)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.setAccessibleName("Photo")

    # What is shown

    def set_photo(self, before: Pyramid | None) -> None:
        """Show this photo, fitted, without a restoration."""
        self._before = Picture(before) if before else None
        self._after = None
        self._held = False
        if before:
            self.viewport.set_photo(before.width, before.height)
        self._changed()

    def set_result(self, after: Pyramid | None) -> bool:
        """Show this restoration of the photo beside it, or none; return whether it is another than before.

        The line appears in the middle, and stays where it was put when a second restoration follows.
        """
        if after is (self._after.pyramid if self._after else None):
            return False
        if self._after is None:
            self.viewport.split = 0.5
        self._after = Picture(after) if after else None
        self._labels.wake()
        self._changed()
        return after is not None

    def hold(self, held: bool) -> None:
        """While held, show the original in place of the restoration."""
        if held != self._held:
            self._held = held
            self._labels.wake()
            self._changed()

    @property
    def split_shown(self) -> bool:
        """Whether before and after are both in sight."""
        return self._after is not None and not self._held

    # Zoom, position and split

    def fit(self) -> None:
        """Show the whole photo."""
        self.viewport.fit()
        self._changed()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the photo point under ``at`` (logical pixels; by default the middle) where it is."""
        ratio = self.devicePixelRatioF()
        if at is None:
            self.viewport.zoom_to(zoom)
        else:
            self.viewport.zoom_to(zoom, at.x() * ratio, at.y() * ratio)
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

    def _changed(self) -> None:
        ratio = self.devicePixelRatioF()
        box = self.viewport.visible
        shown = self.split_shown and box.width > 0 and box.height > 0
        if shown:
            column = self.viewport.split_column / ratio
            self.handle.place(column, box.top / ratio, box.height / ratio, self.viewport.split)
        if self.handle.isVisibleTo(self) != shown:
            self._show_handle(shown)
        self.update()
        self.view_changed.emit()

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
        painter.fillRect(self.rect(), QColor(SURROUND))
        if self._before is None:
            return
        ratio = self.devicePixelRatioF()
        box = self.viewport.visible
        column = self.viewport.split_column if self.split_shown else box.right
        left = Box(box.left, box.top, column, box.bottom)
        right = Box(column, box.top, box.right, box.bottom)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        self._before.draw(painter, self.viewport, left)
        if self._after is not None:
            self._after.draw(painter, self.viewport, right)
        painter.restore()
        if self._after is not None:
            self._labels.paint(painter, _logical(left, ratio), "Before", at_right=False)
            self._labels.paint(painter, _logical(right, ratio), "After", at_right=True)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        self._resize_view()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._resize_view()
        return super().event(event)

    def _resize_view(self) -> None:
        ratio = self.devicePixelRatioF()
        self.viewport.set_view(round(self.width() * ratio), round(self.height() * ratio))
        self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt's
        notches = event.angleDelta().y() / 120
        if self._before is not None and notches:
            self.zoom_to(self.viewport.zoom * WHEEL_FACTOR**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and self._before is not None:
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._labels.wake()
        if self._drag is not None:
            moved = (event.position() - self._drag) * self.devicePixelRatioF()
            self._drag = event.position()
            self.viewport.pan(moved.x(), moved.y())
            self._changed()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() != Qt.MouseButton.LeftButton or self._before is None:
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


def _logical(box: Box, ratio: float) -> QRect:
    return QRect(round(box.left / ratio), round(box.top / ratio), round(box.width / ratio), round(box.height / ratio))
