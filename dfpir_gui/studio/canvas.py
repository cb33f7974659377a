"""The canvas: shows a photo, alone or compared with its restoration, at any zoom."""

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QColorSpace,
    QColorTransform,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.canvas_tool import CanvasTool, PhotoFrame
from dfpir_gui.studio.clipping import paint_clipping
from dfpir_gui.studio.difference import difference_image, paint_scale
from dfpir_gui.studio.loupe import loupe_rect, loupe_zoom, paint_loupe
from dfpir_gui.studio.scene import Mode, Part, Scene
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.split_handle import SplitHandle, arrow_step
from dfpir_gui.widgets.viewport import Box, Viewport
from dfpir_gui.workers.image_pyramid import Pyramid, ScreenPicture

WHEEL_FACTOR = 1.25
"""Zoom factor of one notch of the mouse wheel."""

KEY_FACTOR = 2**0.5
"""Zoom factor of the keys + and −: two presses double the zoom."""

_PANE_GAP = 2
"""Gap between two panes, logical pixels."""

_PAN_STEP = 64
"""How far an arrow key moves the photo, logical pixels."""

_PAN_KEYS = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}

_LABEL_MS = 2500
"""The labels begin to fade this long after the last movement of the mouse."""

_FADE_MS = 300


class FadingLabels(QObject):
    """Draws the labels Before and After, which fade out when the mouse does not move.

    Attributes:
        faded: emitted when the opacity has changed and the labels must be drawn again.
    """

    faded = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.opacity = 1.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LABEL_MS)
        self._fade = QVariantAnimation(self)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.setDuration(_FADE_MS)
        self._timer.timeout.connect(self._fade.start)
        self._fade.valueChanged.connect(self._set_opacity)

    def show(self) -> None:
        """Show the labels and restart the time until they fade."""
        self._fade.stop()
        self._set_opacity(1.0)
        self._timer.start()

    def paint(self, painter: QPainter, area: QRect, text: str, at_right: bool) -> None:
        """Draw ``text`` in the upper left or right corner of ``area``, unless it is too wide."""
        font = QFont(painter.font())
        font.setBold(True)
        metrics = QFontMetrics(font)
        pill = QRect(0, 0, metrics.horizontalAdvance(text) + 2 * GRID, metrics.height() + GRID)
        if self.opacity <= 0.0 or pill.width() + 2 * GRID > area.width():
            return
        left = area.right() - GRID - pill.width() + 1 if at_right else area.left() + GRID
        pill.moveTo(left, area.top() + GRID)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self.opacity)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRoundedRect(pill, 4, 4)
        painter.setPen(QColor(255, 255, 255))
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _set_opacity(self, opacity: float) -> None:
        self.opacity = opacity
        self.faded.emit()


class _Overlay(QWidget):
    """A widget above the canvas and its handle that ignores the mouse and calls ``paint`` to be drawn."""

    def __init__(self, canvas: QWidget, paint: Callable[[QPainter], None]) -> None:
        super().__init__(canvas)
        self._paint = paint
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(QPainter(self))


class CanvasPainter:
    """Draws a scene as seen through a viewport, without changing either."""

    def __init__(self, scene: Scene, viewport: Viewport, labels: FadingLabels) -> None:
        self._scene = scene
        self._viewport = viewport
        self._labels = labels
        self._transform: QColorTransform | None = None

    def set_colour_space(self, space: QColorSpace | None) -> None:
        """Convert the sRGB pictures to this colour space; None leaves them unchanged."""
        srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
        if space is None or not space.isValid() or space == srgb:
            self._transform = None
        else:
            self._transform = srgb.transformationToColorSpace(space)

    def paint(self, painter: QPainter, canvas: QRect, panes: tuple[Box, ...], ratio: float) -> None:
        """Draw the pictures; labels and loupe are drawn above them, by methods of their own.

        Args:
            painter: uses logical pixels of the canvas.
            canvas: the part of the canvas to draw, logical pixels.
            panes: from :meth:`Scene.panes`.
            ratio: device pixels per logical pixel.
        """
        painter.fillRect(canvas, QColor(theme.SURROUND))
        parts = [_within(part, canvas, ratio) for part in self._scene.parts(self._viewport, panes)]
        self._paint_managed(painter, canvas, ratio, lambda inner: self._paint_pictures(inner, parts, ratio))

    def paint_labels(self, painter: QPainter, panes: tuple[Box, ...], ratio: float) -> None:
        """Draw the labels and the scale of the difference, above everything that is drawn over the pictures."""
        for part in self._scene.parts(self._viewport, panes):
            area = _logical_rect(part, ratio)
            if part.label:
                self._labels.paint(painter, area, part.label, part.label_at_right)
            if part.compared_with is not None:
                paint_scale(painter, area, self._scene.factor)

    def paint_loupe(self, painter: QPainter, size: QSize, point: tuple[float, float], ratio: float) -> None:
        """Draw the loupe of this size in logical pixels, centred on ``point`` of the photo."""
        pictures, zoom = self._scene.pictures, loupe_zoom(self._viewport.zoom)
        area = QRect(QPoint(), size)
        self._paint_managed(painter, area, ratio, lambda inner: paint_loupe(inner, area, pictures, point, zoom, ratio))

    def _paint_managed(self, painter: QPainter, area: QRect, ratio: float, paint: Callable[[QPainter], None]) -> None:
        """Let ``paint`` draw ``area`` of the canvas (logical pixels), converted to the colour space of the screen."""
        if self._transform is None:
            paint(painter)
            return
        image = QImage(area.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(QColor(theme.SURROUND))
        inner = QPainter(image)
        inner.translate(-area.topLeft())
        paint(inner)
        inner.end()
        image.applyColorTransform(self._transform)
        painter.drawImage(area.topLeft(), image)

    def _paint_pictures(self, painter: QPainter, parts: list[Part], ratio: float) -> None:
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for part in parts:
            painter.save()
            painter.translate(part.pane.left, part.pane.top)
            if part.compared_with is None:
                part.picture.draw(painter, self._viewport, part.clip)
                if self._scene.clipping_shown:
                    paint_clipping(painter, part.picture, self._viewport, part.clip)
            elif part.clip.width and part.clip.height:
                heat = difference_image(part.compared_with, part.picture, self._viewport, part.clip, self._scene.factor)
                painter.drawImage(part.clip.left, part.clip.top, heat)
            painter.restore()
        painter.restore()


def _within(part: Part, area: QRect, ratio: float) -> Part:
    """The part clipped to an area of the canvas (logical pixels), so that a small change is drawn in little time."""
    left, top = math.floor(area.left() * ratio) - part.pane.left, math.floor(area.top() * ratio) - part.pane.top
    right = math.ceil((area.right() + 1) * ratio) - part.pane.left
    bottom = math.ceil((area.bottom() + 1) * ratio) - part.pane.top
    clip = part.clip
    clip = Box(max(clip.left, left), max(clip.top, top), min(clip.right, right), min(clip.bottom, bottom))
    return replace(part, clip=clip)


def _logical_rect(part: Part, ratio: float) -> QRect:
    left, top = part.pane.left + part.clip.left, part.pane.top + part.clip.top
    return QRect(
        round(left / ratio), round(top / ratio), round(part.clip.width / ratio), round(part.clip.height / ratio)
    )


class Canvas(QWidget):
    """Shows the photo, alone or compared with its restoration.

    Attributes:
        scene: the pictures and how they are compared.
        viewport: zoom and position, common to all panes.
        view_changed: emitted when zoom, position, split or the way to compare may have changed.
    """

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.viewport = Viewport()
        self._refocus_handle = False  # whether the handle had the focus before it was hidden
        self._drag: QPointF | None = None  # the last position of the mouse while the photo is dragged
        self._cursor: QPointF | None = None  # the position of the mouse over the canvas
        self._labels = FadingLabels(self)
        self._labels.faded.connect(self.update)
        self._painter = CanvasPainter(self.scene, self.viewport, self._labels)
        self._tool: CanvasTool | None = None
        self._tool_pressed = False
        self._loupe_on = False
        self._loupe = _Overlay(self, self._paint_loupe)
        self.handle = SplitHandle(self)
        self.handle.hide()
        self.handle.dragged.connect(self._drag_split)
        self.handle.nudged.connect(self.move_split)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("Photo"))

    # Contents

    def set_photo(self, before: Pyramid | None) -> None:
        """Show this photo, fitted, without a restoration; None shows nothing."""
        scene = self.scene
        scene.before = Picture(before) if before else None
        scene.after = scene.reference = scene.names = None
        scene.original_shown = False
        if before:
            self.viewport.set_photo(before.width, before.height)
        self._resize_view()

    def set_result(self, after: ScreenPicture | None) -> bool:
        """Compare the photo with this restoration, or show it alone for None.

        The split starts in the middle and keeps its position when another restoration follows.

        Returns:
            Whether a restoration is shown that was not shown before.
        """
        scene = self.scene
        if after is (scene.after.pyramid if scene.after else None):
            return False
        if scene.after is None:
            self.viewport.split = 0.5
        scene.after = Picture(after) if after else None
        self._labels.show()
        self._resize_view()
        return after is not None

    def set_reference(self, reference: Pyramid | None, names: tuple[str, str] | None) -> None:
        """Compare with ``reference`` instead of the photo; ``names`` replace the labels Before and After."""
        scene = self.scene
        same = reference is (scene.reference.pyramid if scene.reference else None)
        if same and names == scene.names:
            return
        if not same:
            scene.reference = Picture(reference) if reference else None
        scene.names = names
        self._labels.show()
        self._update_view()

    def set_mode(self, mode: Mode) -> None:
        """Select how before and after are compared."""
        self.scene.mode = mode
        self._labels.show()
        self._resize_view()

    def amplify(self, steps: int) -> None:
        """Select a larger amplification of the difference, or a smaller one for negative ``steps``."""
        self.scene.amplify(steps)
        self._update_view()

    def set_clipping(self, shown: bool) -> None:
        """Mark clipped pixels or not."""
        self.scene.clipping_shown = shown
        self.update()

    def set_loupe(self, on: bool) -> None:
        """Show or hide the loupe beside the cursor."""
        self._loupe_on = on
        self._place_loupe()

    def set_colour_space(self, space: QColorSpace | None) -> None:
        """Convert photos for a screen with this colour space; None for sRGB or if the system manages colours."""
        self._painter.set_colour_space(space)
        self.update()

    def show_original(self, shown: bool) -> None:
        """Show the original instead of the restoration, or the restoration again."""
        if shown != self.scene.original_shown:
            self.scene.original_shown = shown
            self._labels.show()
            self._update_view()

    # Tools that draw on the photo

    def set_tool(self, tool: CanvasTool | None) -> None:
        """Let ``tool`` receive the left mouse button and draw over the photo, without the split; None ends that."""
        if tool is self._tool:
            self._show_cursor()
            self.update()
            return
        self._tool, self._tool_pressed = tool, False
        self.scene.solo = tool is not None
        self._show_cursor()
        self._update_view()

    def update_photo(self, left: float, top: float, right: float, bottom: float, margin: int) -> None:
        """Draw a part of the photo (shares of its sides) and ``margin`` logical pixels around it again."""
        for frame in self.photo_frames():
            corner, opposite = frame.to_canvas(left, top), frame.to_canvas(right, bottom)
            area = QRectF(corner, opposite).normalized().toAlignedRect()
            self.update(area.adjusted(-margin, -margin, margin, margin))

    def photo_frames(self) -> list[PhotoFrame]:
        """Where the photo lies in each pane."""
        ratio = self.devicePixelRatioF()
        viewport, before = self.viewport, self.scene.before
        if before is None:
            return []
        left, top = viewport.origin
        width, height = before.pyramid.width * viewport.zoom, before.pyramid.height * viewport.zoom
        frames = []
        for pane in self._panes():
            photo = QRectF((pane.left + left) / ratio, (pane.top + top) / ratio, width / ratio, height / ratio)
            area = QRectF(pane.left / ratio, pane.top / ratio, pane.width / ratio, pane.height / ratio)
            frames.append(PhotoFrame(photo, area.intersected(photo)))
        return frames

    def _to_share(self, at: QPointF) -> tuple[float, float]:
        """Convert a canvas point in logical pixels to shares of the photo's sides; it may lie outside."""
        x, y = self.viewport.to_photo(*self._to_pane(at))
        before = self.scene.before
        assert before is not None
        return x / before.pyramid.width, y / before.pyramid.height

    def _show_cursor(self) -> None:
        if self._tool is not None and self.scene.before is not None:
            self.setCursor(self._tool.cursor)
        else:
            self.unsetCursor()

    @property
    def split_shown(self) -> bool:
        """Whether before and after are both visible with a split between them."""
        return self.scene.split_shown

    # Zoom, position and split

    def fit(self) -> None:
        """Show the whole photo."""
        self.viewport.fit()
        self._update_view()

    def zoom_to(self, zoom: float, at: QPointF | None = None) -> None:
        """Zoom about the canvas point ``at`` in logical pixels, by default the middle."""
        if at is None:
            self.viewport.zoom_to(zoom)
        else:
            self.viewport.zoom_to(zoom, *self._to_pane(at))
        self._update_view()

    def zoom_in(self) -> None:
        """Zoom in about the middle."""
        self.zoom_to(self.viewport.zoom * KEY_FACTOR)

    def zoom_out(self) -> None:
        """Zoom out about the middle."""
        self.zoom_to(self.viewport.zoom / KEY_FACTOR)

    def move_split(self, by: float) -> None:
        """Move the split by a share of the visible photo; positive is to the right."""
        self.viewport.move_split(by)
        self._labels.show()
        self._update_view()

    def _drag_split(self, column: float) -> None:
        self.viewport.set_split_column(column * self.devicePixelRatioF())
        self._labels.show()
        self._update_view()

    def _to_pane(self, at: QPointF) -> tuple[float, float]:
        """Convert a canvas point in logical pixels to device pixels of its pane."""
        ratio = self.devicePixelRatioF()
        x, y = at.x() * ratio, at.y() * ratio
        pane = next((pane for pane in reversed(self._panes()) if x >= pane.left), self._panes()[0])
        return x - pane.left, y - pane.top

    def _panes(self) -> tuple[Box, ...]:
        ratio = self.devicePixelRatioF()
        return self.scene.panes(round(self.width() * ratio), round(self.height() * ratio), round(_PANE_GAP * ratio))

    def _update_view(self) -> None:
        ratio = self.devicePixelRatioF()
        box = self.viewport.visible
        has_split = self.split_shown and box.width > 0 and box.height > 0
        if has_split:
            column = self.viewport.split_column / ratio
            self.handle.place(column, box.top / ratio, box.height / ratio, self.viewport.split)
        if self.handle.isVisibleTo(self) != has_split:
            self._show_handle(has_split)
        self._place_loupe()
        self.update()
        self.view_changed.emit()

    def _place_loupe(self) -> None:
        field_count = len(self.scene.pictures)
        if not self._loupe_on or self._cursor is None or self._drag is not None or not field_count:
            self._loupe.hide()
            return
        self._loupe.setGeometry(loupe_rect(self._cursor, field_count, self.size()))
        self._loupe.show()
        self._loupe.raise_()
        self._loupe.update()

    def _paint_loupe(self, painter: QPainter) -> None:
        if self._cursor is not None:
            point = self.viewport.to_photo(*self._to_pane(self._cursor))
            self._painter.paint_loupe(painter, self._loupe.size(), point, self.devicePixelRatioF())

    def _show_handle(self, shown: bool) -> None:
        if not shown and self.handle.hasFocus():
            self._refocus_handle = True
            self.setFocus()
        self.handle.setVisible(shown)
        if shown and self._refocus_handle and self.hasFocus():
            self.handle.setFocus()
        self._refocus_handle = self._refocus_handle and not shown

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        panes, ratio = self._panes(), self.devicePixelRatioF()
        self._painter.paint(painter, event.rect(), panes, ratio)
        if self._tool is not None and not self.scene.original_shown:
            for frame in self.photo_frames():
                painter.save()
                painter.setClipRect(frame.visible)
                self._tool.paint(painter, frame)
                painter.restore()
        self._painter.paint_labels(painter, panes, ratio)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        self._resize_view()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._resize_view()
        return super().event(event)

    def _resize_view(self) -> None:
        pane = self._panes()[0]
        self.viewport.set_view(pane.width, pane.height)
        self._update_view()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt's
        notches = event.angleDelta().y() / 120
        if self.scene.before is not None and notches:
            self.zoom_to(self.viewport.zoom * WHEEL_FACTOR**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        tool = self._tool if event.button() == Qt.MouseButton.LeftButton and self.scene.before is not None else None
        if tool is not None and tool.press(self._to_share(event.position())):
            self._tool_pressed = True
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and self.scene.before is not None:
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._cursor = event.position()
        if self._tool is not None and self.scene.before is not None and self._drag is None:
            share = self._to_share(event.position())
            (self._tool.drag if self._tool_pressed else self._tool.hover)(share)
            if self._tool_pressed:  # labels and loupe would slow down the pen
                return
        self._labels.show()
        if self._drag is not None:
            distance = (event.position() - self._drag) * self.devicePixelRatioF()
            self._drag = event.position()
            self.viewport.pan(distance.x(), distance.y())
            self._update_view()
        self._place_loupe()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        self._cursor = None
        if self._tool is not None:
            self._tool.hover(None)
        self._place_loupe()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._tool_pressed and event.button() == Qt.MouseButton.LeftButton:
            self._tool_pressed = False
            if self._tool is not None and self.scene.before is not None:
                self._tool.release(self._to_share(event.position()))
            return
        self._drag = None
        self._show_cursor()
        self._place_loupe()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._tool is not None and event.button() == Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)  # two quick strokes
        elif event.button() != Qt.MouseButton.LeftButton or self.scene.before is None:
            event.ignore()
        elif self.viewport.fitted:
            self.zoom_to(1.0, event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        step = arrow_step(event) if self.split_shown else None
        direction = _PAN_KEYS.get(Qt.Key(event.key()))
        if step is not None:
            self.move_split(step)
        elif direction is not None:
            distance = _PAN_STEP * self.devicePixelRatioF()
            self.viewport.pan(direction[0] * distance, direction[1] * distance)
            self._update_view()
        else:
            super().keyPressEvent(event)
