"""The crop mode: the whole photo with a frame around what is kept, and the bar that rotates it and applies the crop."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.geometry import Crop, Geometry
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import small_button

MIN_SIDE = 16
"""Minimum side of the frame, in pixels of the photo."""

_GRAB = 12
"""A handle or an edge can be grabbed within this many logical pixels."""

_HANDLE = 5
_MARGIN = 3 * GRID

_STEP, _COARSE_STEP = 0.01, 0.05
"""Step of an arrow key as a share of the longer side; the coarse one with Ctrl."""

_ROTATIONS = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)

RATIOS: tuple[tuple[str, float | None], ...] = (
    (tr("Free"), None),
    (tr("Original"), 0.0),
    ("1:1", 1.0),
    ("3:2", 3 / 2),
    ("4:3", 4 / 3),
    ("16:9", 16 / 9),
)
"""Names of the ratios of width and height; 0 is that of the photo."""

Handle = tuple[int, int]
"""Which sides a handle moves: -1 left or top, 1 right or bottom, 0 neither. (0, 0) moves the whole frame."""

_CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
}


@dataclass(frozen=True)
class Frame:
    """A rectangle in pixels of the rotated photo."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def crop(self) -> Crop:
        """The frame in whole pixels."""
        left, top = round(self.left), round(self.top)
        return left, top, max(round(self.right) - left, 1), max(round(self.bottom) - top, 1)

    def moved(self, dx: float, dy: float, width: float, height: float) -> "Frame":
        """Moved inside a photo of this size."""
        dx = min(max(dx, -self.left), width - self.right)
        dy = min(max(dy, -self.top), height - self.bottom)
        return Frame(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def with_ratio(self, ratio: float, width: float, height: float) -> "Frame":
        """The frame with this ratio of width to height, about the same area and centre, inside a photo of this size."""
        across = min((self.width * self.height * ratio) ** 0.5, width, height * ratio)
        down = across / ratio
        left = min(max((self.left + self.right - across) / 2, 0.0), width - across)
        top = min(max((self.top + self.bottom - down) / 2, 0.0), height - down)
        return Frame(left, top, left + across, top + down)

    def resized(self, handle: Handle, x: float, y: float, width: float, height: float, ratio: float | None) -> "Frame":
        """The frame after ``handle`` was moved to the point (x, y), inside a photo of this size, with this ratio."""
        low_x, low_y = min(MIN_SIDE, width), min(MIN_SIDE, height)
        left, top, right, bottom = self.left, self.top, self.right, self.bottom
        if handle[0] < 0:
            left = min(max(x, 0.0), right - low_x)
        elif handle[0] > 0:
            right = max(min(x, width), left + low_x)
        if handle[1] < 0:
            top = min(max(y, 0.0), bottom - low_y)
        elif handle[1] > 0:
            bottom = max(min(y, height), top + low_y)
        if ratio is None:
            return Frame(left, top, right, bottom)
        wanted = right - left if handle[0] else (bottom - top) * ratio
        if handle[0] and handle[1]:
            wanted = max(wanted, (bottom - top) * ratio)
        space_x = _space(handle[0], self.left, self.right, width)
        space_y = _space(handle[1], self.top, self.bottom, height)
        across = max(min(wanted, space_x, space_y * ratio), min(low_x, space_x, space_y * ratio))
        left, right = _span(handle[0], self.left, self.right, across)
        top, bottom = _span(handle[1], self.top, self.bottom, across / ratio)
        return Frame(left, top, right, bottom)


def _space(side: int, low: float, high: float, size: float) -> float:
    """The largest length that fits if the opposite side, or the middle, stays."""
    if side < 0:
        return high
    return size - low if side > 0 else 2 * min((low + high) / 2, size - (low + high) / 2)


def _span(side: int, low: float, high: float, length: float) -> tuple[float, float]:
    if side < 0:
        return high - length, high
    return (low, low + length) if side > 0 else ((low + high - length) / 2, (low + high + length) / 2)


class CropView(QWidget):
    """The rotated photo with the frame, which the mouse and the arrow keys move and resize.

    Attributes:
        changed: emitted when the frame or the rotation has changed.
        frame: what is kept, in pixels of the rotated photo.
        quarters: quarter turns clockwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frame = Frame(0, 0, 1, 1)
        self.quarters = 0
        self.ratio: float | None = None
        self._overview = np.zeros((1, 1, 3), np.uint8)
        self._size = (1, 1)  # of the source
        self._pixels = self._overview  # rotated; the memory of the image
        self._image = QImage()
        self._grabbed: tuple[Handle, QPointF] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setAccessibleName(self.tr("Crop frame"))

    def show_photo(self, overview: np.ndarray, size: tuple[int, int], geometry: Geometry) -> None:
        """Show a photo.

        Args:
            overview: the whole upright photo, reduced: (H, W, 3) uint8 RGB.
            size: its width and height in full.
            geometry: its present rotation and crop.
        """
        self._overview, self._size, self.ratio = overview, size, None
        self.quarters = geometry.quarters
        left, top, width, height = geometry.box(*size)
        self._rotate_picture()
        self._set_frame(Frame(left, top, left + width, top + height))

    @property
    def size_of_photo(self) -> tuple[int, int]:
        """Width and height of the whole rotated photo."""
        return Geometry(self.quarters).rotated_size(*self._size)

    @property
    def geometry_chosen(self) -> Geometry:
        """Rotation and crop as they are shown."""
        return Geometry(self.quarters).cropped(self.frame.crop, *self._size)

    def rotate(self, by: int) -> None:
        """Rotate photo and frame by quarter turns clockwise."""
        turned = Geometry(self.quarters, self.frame.crop).turned(by, *self._size)
        assert turned.crop is not None
        left, top, width, height = turned.crop
        self.quarters = turned.quarters
        if self.ratio and by % 2:
            self.ratio = 1 / self.ratio
        self._rotate_picture()
        self._set_frame(Frame(left, top, left + width, top + height))

    def set_ratio(self, ratio: float | None) -> None:
        """Keep this ratio of width to height from now on; None allows every ratio."""
        self.ratio = ratio
        if ratio:
            self._set_frame(self.frame.with_ratio(ratio, *self.size_of_photo))

    def reset(self) -> None:
        """Keep the whole photo, upright."""
        self.quarters = 0
        self._rotate_picture()
        self.ratio = None
        self._set_frame(Frame(0, 0, *self._size))

    def _rotate_picture(self) -> None:
        rotation = _ROTATIONS[self.quarters]
        pixels = self._overview if rotation is None else cv2.rotate(self._overview, rotation)
        self._pixels = np.ascontiguousarray(pixels)
        height, width = self._pixels.shape[:2]
        self._image = QImage(self._pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)

    def _set_frame(self, frame: Frame) -> None:
        self.frame = frame
        left, top, width, height = frame.crop
        self.setAccessibleDescription(
            self.tr("{width} × {height} pixels at {left}, {top}; arrow keys move it, with Shift they resize it").format(
                width=width, height=height, left=left, top=top
            )
        )
        self.update()
        self.changed.emit()

    # From photo to view

    def _target(self) -> QRectF:
        """The rectangle of the photo in the view, logical pixels."""
        width, height = self.size_of_photo
        scale = min((self.width() - 2 * _MARGIN) / width, (self.height() - 2 * _MARGIN) / height)
        across, down = width * max(scale, 1e-6), height * max(scale, 1e-6)
        return QRectF((self.width() - across) / 2, (self.height() - down) / 2, across, down)

    def frame_rect(self) -> QRectF:
        """The rectangle of the frame in the view, logical pixels."""
        target, (width, height) = self._target(), self.size_of_photo
        x, y = target.width() / width, target.height() / height
        frame = self.frame
        return QRectF(target.left() + frame.left * x, target.top() + frame.top * y, frame.width * x, frame.height * y)

    def _to_photo(self, point: QPointF) -> tuple[float, float]:
        target, (width, height) = self._target(), self.size_of_photo
        return (
            (point.x() - target.left()) * width / target.width(),
            (point.y() - target.top()) * height / target.height(),
        )

    def handle_at(self, point: QPointF) -> Handle | None:
        """The handle at a point of the view; (0, 0) inside the frame; None outside."""
        rect = self.frame_rect()
        if not rect.adjusted(-_GRAB, -_GRAB, _GRAB, _GRAB).contains(point):
            return None

        def side(value: float, low: float, high: float) -> int:
            if min(abs(value - low), abs(value - high)) > _GRAB:
                return 0
            return -1 if abs(value - low) <= abs(value - high) else 1

        return side(point.x(), rect.left(), rect.right()), side(point.y(), rect.top(), rect.bottom())

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.SURROUND))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target, rect = self._target(), self.frame_rect()
        painter.drawImage(target, self._image)
        outside = QPainterPath()
        outside.addRect(target)
        outside.addRect(rect)  # the rule of even and odd leaves the frame out
        painter.fillPath(outside, QColor(0, 0, 0, 150))
        painter.setPen(QPen(QColor(255, 255, 255, 90), 1))
        for third in (1, 2):
            x, y = rect.left() + rect.width() * third / 3, rect.top() + rect.height() * third / 3
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
        painter.setPen(QPen(QColor(0, 0, 0, 140), 3))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor(theme.ACCENT) if self.hasFocus() else QColor(255, 255, 255), 1.5))
        painter.drawRect(rect)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(QColor(255, 255, 255))
        for x in (rect.left(), rect.center().x(), rect.right()):
            for y in (rect.top(), rect.center().y(), rect.bottom()):
                if (x, y) != (rect.center().x(), rect.center().y()):
                    painter.drawRect(QRectF(x - _HANDLE, y - _HANDLE, 2 * _HANDLE, 2 * _HANDLE))

        self._paint_size(painter, rect)

    @property
    def size_text(self) -> str:
        """The size of the frame, e.g. ``"640×480 px"``."""
        _, _, width, height = self.frame.crop
        return f"{width}×{height} px"

    def _paint_size(self, painter: QPainter, rect: QRectF) -> None:
        metrics = painter.fontMetrics()
        pill = QRectF(0, 0, metrics.horizontalAdvance(self.size_text) + 2 * GRID, metrics.height() + GRID // 2)
        pill.moveCenter(QPointF(rect.center().x(), rect.top() + pill.height() / 2 + GRID))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRoundedRect(pill, 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.size_text)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        handle = self.handle_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            self._grabbed = (handle, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._grabbed is None:
            handle = self.handle_at(event.position())
            self.setCursor(_CURSORS[handle]) if handle is not None else self.unsetCursor()
            return
        handle, last = self._grabbed
        x, y = self._to_photo(event.position())
        if handle == (0, 0):
            old_x, old_y = self._to_photo(last)
            self._grabbed = (handle, event.position())
            self._set_frame(self.frame.moved(x - old_x, y - old_y, *self.size_of_photo))
        else:
            self._set_frame(self.frame.resized(handle, x, y, *self.size_of_photo, self.ratio))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._grabbed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        keys = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        direction = keys.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        width, height = self.size_of_photo
        coarse = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        step = max(width, height) * (_COARSE_STEP if coarse else _STEP)
        dx, dy = direction[0] * step, direction[1] * step
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            handle = (1 if dx else 0, 1 if dy else 0)
            self._set_frame(
                self.frame.resized(handle, self.frame.right + dx, self.frame.bottom + dy, width, height, self.ratio)
            )
        else:
            self._set_frame(self.frame.moved(dx, dy, width, height))

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()


class CropPage(QFrame):
    """The crop view below a bar of controls. Enter applies, Esc cancels.

    Attributes:
        applied: emitted with the chosen :class:`core.geometry.Geometry`.
        cancelled: emitted when nothing is to be changed.
    """

    applied = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cropPage")
        self.view = CropView()
        self.rotate_left = small_button("rotate-left", self.tr("Rotate left"), self.tr("Rotate by 90° to the left ([)"))
        self.rotate_right = small_button(
            "rotate-right", self.tr("Rotate right"), self.tr("Rotate by 90° to the right (])")
        )
        self.ratio = ComboBox()
        self.ratio.setMinimumContentsLength(11)  # the style cuts texts at its arrow
        for name, ratio in RATIOS:
            self.ratio.addItem(translated(name), ratio)
        self.ratio.setAccessibleName(self.tr("Ratio of width to height"))
        self.ratio.view().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ratio.setToolTip(self.tr("Ratio of width to height"))
        self.swap = small_button("swap", self.tr("Swap width and height"), self.tr("Swap width and height (X)"))
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Keep the whole photo, upright"))
        self.cancel = QPushButton(self.tr("Cancel"))
        for button in (self.reset, self.cancel):
            button.setProperty("role", "link")
        self.cancel.setToolTip(self.tr("Leave rotation and crop as they were (Esc)"))
        self.apply = QPushButton(self.tr("Apply"))
        self.apply.setToolTip(self.tr("Rotate and crop the photo (Enter)"))
        self.apply.setProperty("role", "primary")
        bar = QHBoxLayout()
        bar.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        bar.setSpacing(GRID)
        for widget in (self.rotate_left, self.rotate_right, self.ratio, self.swap):
            bar.addWidget(widget)
        bar.addStretch(1)
        for button in (self.reset, self.cancel, self.apply):
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view, 1)
        self._keys: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Return: self._apply,
            Qt.Key.Key_Enter: self._apply,
            Qt.Key.Key_Escape: self.cancelled.emit,
            Qt.Key.Key_BracketLeft: lambda: self.view.rotate(-1),
            Qt.Key.Key_BracketRight: lambda: self.view.rotate(1),
            Qt.Key.Key_X: self._swap,
        }
        self.rotate_left.clicked.connect(lambda: self.view.rotate(-1))
        self.rotate_right.clicked.connect(lambda: self.view.rotate(1))
        self.ratio.activated.connect(self._choose_ratio)
        self.swap.clicked.connect(self._swap)
        self.reset.clicked.connect(self._reset)
        self.cancel.clicked.connect(self.cancelled)
        self.apply.clicked.connect(self._apply)
        self.view.changed.connect(self._refresh)

    def show_photo(self, overview: np.ndarray, size: tuple[int, int], geometry: Geometry) -> None:
        """Show a photo with its present rotation and crop; see :meth:`CropView.show_photo`."""
        self.ratio.setCurrentIndex(0)
        self.view.show_photo(overview, size, geometry)
        self.view.setFocus()

    def _refresh(self) -> None:
        self.swap.setEnabled(self.view.ratio is not None and self.view.ratio != 1)

    def _choose_ratio(self) -> None:
        ratio = self.ratio.currentData()
        width, height = self.view.size_of_photo
        if ratio == 0:
            ratio = width / height
        elif ratio and self.view.frame.height > self.view.frame.width:
            ratio = 1 / ratio
        self.view.set_ratio(ratio)
        self._refresh()

    def _swap(self) -> None:
        if self.view.ratio:
            self.view.set_ratio(1 / self.view.ratio)

    def _reset(self) -> None:
        self.ratio.setCurrentIndex(0)
        self.view.reset()

    def _apply(self) -> None:
        self.applied.emit(self.view.geometry_chosen)

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        # These keys have other meanings in the window.
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        if self._is_own(event):
            self._keys[Qt.Key(event.key())]()
        else:
            super().keyPressEvent(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        allowed = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
        return Qt.Key(event.key()) in self._keys and not event.modifiers() & ~allowed
