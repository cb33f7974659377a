"""The tools with which masks are drawn on the canvas: brush, gradients and eyedropper."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen

from core.masks import LinearGradient, Mask, RadialGradient, Stroke
from core.masks.drawing import paint_stroke
from core.masks.grid import grid_for
from core.masks.rendering import MaskRenderer
from dfpir_gui.settings import theme
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.canvas_tool import PhotoFrame
from dfpir_gui.studio.masks.editor import MaskEditor
from dfpir_gui.studio.masks.overlay import MaskDetail, overlay_size

Point = tuple[float, float]
Place = tuple[float, float, float, float]
"""Left, top, right and bottom, in shares of the photo's sides."""

_DETAIL_DELAY_MS = 150
"""The detail of a mask is rendered when zoom and mask have not changed for this long."""

HANDLE_RADIUS = 6
"""Of the handles of gradients, logical pixels."""

GRAB_DISTANCE = 12
"""A handle is grabbed within this many logical pixels."""

_MARGIN = HANDLE_RADIUS + 4
_POINT_DISTANCE = 0.02
"""Points of a stroke that are nearer than this share of its size are left out."""

_TOLERANCE = 0.01
"""A finished stroke is simplified by at most this share of its size."""


def simplified(points: Sequence[Point], size: float, unit: Point) -> tuple[Point, ...]:
    """The path with fewer points (Douglas and Peucker).

    Args:
        points: shares of the photo's sides.
        size: of the stroke.
        unit: the photo's sides, as shares of the longer one.
    """
    if len(points) < 3:
        return tuple(points)
    scaled = (np.array(points) * unit).astype(np.float32)
    kept = cv2.approxPolyDP(scaled[:, None], max(size * _TOLERANCE, 1e-4), False)[:, 0] / unit
    return tuple((float(x), float(y)) for x, y in kept)


class BrushStroke:
    """A stroke while it is painted: every move changes only the overlay around the new piece.

    Args:
        editor: whose overlay is painted, and which gets the finished stroke.
        canvas: is drawn again where it changes.
        at: the first point.
    """

    def __init__(self, editor: MaskEditor, canvas: Canvas, at: Point) -> None:
        self._editor = editor
        self._canvas = canvas
        self._brush = editor.brush
        self._values = editor.begin_stroke()
        height, width = self._values.shape
        self._grid = grid_for((width, height))
        photo = editor.photo_size
        self._unit = (photo[0] / max(photo), photo[1] / max(photo))
        self._points = [at]
        self._paint((at,))

    def move_to(self, at: Point) -> None:
        """Paint up to this point."""
        last = self._points[-1]
        if math.dist(*((x * self._unit[0], y * self._unit[1]) for x, y in (last, at))) < (
            self._brush.size * _POINT_DISTANCE
        ):
            return
        self._points.append(at)
        self._paint((last, at))

    def finish(self) -> None:
        """Hand the stroke to the editor."""
        brush = self._brush
        points = simplified(self._points, brush.size, self._unit)
        self._editor.add_stroke(Stroke(points, brush.size, brush.hardness, brush.erase))

    def _paint(self, points: tuple[Point, ...]) -> None:
        brush = self._brush
        limited = tuple((min(max(x, -4.0), 5.0), min(max(y, -4.0), 5.0)) for x, y in points)
        paint_stroke(self._values, Stroke(limited, brush.size, brush.hardness, brush.erase), self._grid)
        xs, ys = [x for x, _ in limited], [y for _, y in limited]
        across, down = brush.size / 2 / self._unit[0], brush.size / 2 / self._unit[1]
        left, right, top, bottom = min(xs) - across, max(xs) + across, min(ys) - down, max(ys) + down
        height, width = self._values.shape
        rows = slice(max(math.floor(top * height) - 1, 0), max(math.ceil(bottom * height) + 1, 0))
        columns = slice(max(math.floor(left * width) - 1, 0), max(math.ceil(right * width) + 1, 0))
        self._editor.overlay.refresh((rows, columns))
        self._canvas.update_photo(left, top, right, bottom, 2)


class GradientDrag:
    """A handle of the selected gradient that is dragged, or a new gradient that is drawn.

    Args:
        editor: shows the changed gradient, and gets it at the end.
        change: makes the gradient for a position of the mouse.
    """

    def __init__(self, editor: MaskEditor, change: Callable[[Point], LinearGradient | RadialGradient | None]) -> None:
        self._editor = editor
        self._change = change
        self.shape: LinearGradient | RadialGradient | None = None

    def move_to(self, at: Point) -> None:
        """Show the gradient for this position."""
        shape = self._change((min(max(at[0], -1.0), 2.0), min(max(at[1], -1.0), 2.0)))
        if shape is not None:
            self.shape = shape
            self._editor.preview_shape(shape)

    def finish(self) -> None:
        """Hand the gradient to the editor."""
        if self.shape is not None:
            self._editor.set_shape(self.shape)


class MaskTool:
    """The canvas tool of the mask editor: what it does depends on what is selected.

    Args:
        editor: what is edited.
        canvas: what is drawn on.
    """

    def __init__(self, editor: MaskEditor, canvas: Canvas) -> None:
        self._editor = editor
        self._canvas = canvas
        self._action: BrushStroke | GradientDrag | None = None
        self._action_of: MaskRenderer | None = None  # of the photo as it was when the action began
        self._pen: Point | None = None
        self._detail = MaskDetail()
        self._detail_asked: tuple[MaskRenderer, Mask, Place] | None = None  # until it arrives
        self._detail_timer = QTimer(canvas)
        self._detail_timer.setSingleShot(True)
        self._detail_timer.setInterval(_DETAIL_DELAY_MS)
        self._detail_timer.timeout.connect(self._ask_for_detail)
        canvas.view_changed.connect(self._detail_timer.start)
        editor.overlay_changed.connect(self._detail_timer.start)

    @property
    def cursor(self) -> Qt.CursorShape:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        if self._editor.picking or self._editor.painting or self._gradient is not None:
            return Qt.CursorShape.CrossCursor
        return Qt.CursorShape.ArrowCursor

    def press(self, at: Point) -> bool:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        editor = self._editor
        self._action_of = editor.photo_masks
        if self._action_of is None:
            return False  # the photo is being rotated or cropped, so that the place would be wrong
        if editor.picking:
            editor.pick_at(at)
        elif editor.painting:
            self._action = BrushStroke(editor, self._canvas, at)
        elif self._gradient is not None:
            self._action = GradientDrag(editor, self._change_at(at))
        else:
            return False
        return True

    def drag(self, at: Point) -> None:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        self._move_pen(at)
        if self._action is not None and self._action_of is self._editor.photo_masks:
            self._action.move_to(at)

    def release(self, at: Point) -> None:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        action, self._action = self._action, None
        if action is None:
            return
        if self._action_of is not self._editor.photo_masks:
            self._editor.discard_preview()  # rotated or cropped meanwhile
            return
        action.move_to(at)
        action.finish()

    def step_back(self) -> None:
        """Abandon what is being drawn; without that, stop picking a colour; without that, stop editing the mask."""
        if self._action is not None:
            self._action = None
            self._editor.discard_preview()
            self._canvas.update()
        elif self._editor.picking:
            self._editor.pick(False)
        else:
            self._editor.finish()

    def hover(self, at: Point | None) -> None:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        self._move_pen(at)

    def paint(self, painter: QPainter, frame: PhotoFrame) -> None:
        """See :class:`dfpir_gui.studio.canvas_tool.CanvasTool`."""
        if self._editor.overlay_shown:
            if self._action is None and self._covers(_visible_place(frame)):
                self._detail.paint(painter, frame)
            else:
                self._editor.overlay.paint(painter, frame, smooth=not isinstance(self._action, GradientDrag))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = self._gradient
        if self._editor.painting:
            self._paint_pen(painter, frame)
        elif shape is not None:
            self._paint_handles(painter, frame, shape)

    # Detail at high zoom

    @property
    def refined(self) -> bool:
        """Whether the visible part of the mask is shown at the resolution of the screen."""
        frames = self._canvas.photo_frames()
        return bool(frames) and self._covers(_visible_place(frames[0]))

    def _covers(self, place: Place) -> bool:
        return self._detail.covers(self._editor.photo_masks, self._editor.mask, place)

    def _ask_for_detail(self) -> None:
        """Render the visible part of the mask at the resolution of the screen, if the overlay is coarser."""
        frames, mask = self._canvas.photo_frames(), self._editor.mask
        if not frames or mask is None or not self._editor.overlay_shown or self._action is not None:
            return
        frame, ratio = frames[0], self._canvas.devicePixelRatioF()
        place = _visible_place(frame)
        coarse = frame.longer_side * ratio <= 1.5 * max(overlay_size(*self._editor.photo_size))
        photo = self._editor.photo_masks
        if photo is None or coarse or self._covers(place) or self._detail_asked == (photo, mask, place):
            return
        size = (round(frame.visible.width() * ratio), round(frame.visible.height() * ratio))
        if min(size) < 1:
            return
        self._detail_asked = (photo, mask, place)

        def done(values: np.ndarray) -> None:
            self._detail_asked = None
            self._detail.set(photo, mask, place, values)
            self._canvas.update()

        def failed() -> None:
            self._detail_asked = None

        self._editor.render_part(mask, place, size, done, failed)

    # The brush

    def _move_pen(self, at: Point | None) -> None:
        if self._editor.painting:
            for place in (self._pen, at):
                self._update_pen(place)
        self._pen = at

    def _update_pen(self, at: Point | None) -> None:
        if at is not None:
            width, height = self._editor.photo_size
            across = self._editor.brush.size / 2 * max(width, height) / width
            down = self._editor.brush.size / 2 * max(width, height) / height
            self._canvas.update_photo(at[0] - across, at[1] - down, at[0] + across, at[1] + down, 3)

    def _paint_pen(self, painter: QPainter, frame: PhotoFrame) -> None:
        if self._pen is None:
            return
        brush = self._editor.brush
        radius = brush.size / 2 * frame.longer_side
        centre = frame.to_canvas(*self._pen)
        style = Qt.PenStyle.DashLine if brush.erase else Qt.PenStyle.SolidLine
        for width, colour in ((3.0, QColor(0, 0, 0, 130)), (1.2, QColor(255, 255, 255))):
            painter.setPen(QPen(colour, width, style))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, radius, radius)
            if 0 < brush.hardness < 1:
                painter.setPen(QPen(colour, width / 2, Qt.PenStyle.DotLine))
                painter.drawEllipse(centre, radius * brush.hardness, radius * brush.hardness)

    # Gradients

    @property
    def _gradient(self) -> LinearGradient | RadialGradient | None:
        """The gradient as it is shown, or None."""
        if isinstance(self._action, GradientDrag) and self._action.shape is not None:
            return self._action.shape
        shape = self._editor.shape
        return shape if isinstance(shape, LinearGradient | RadialGradient) else None

    def handles(self) -> dict[str, Point]:
        """The handles of the selected gradient, by name, as shares of the photo's sides."""
        shape = self._gradient
        if isinstance(shape, LinearGradient):
            (ax, ay), (bx, by) = shape.start, shape.end
            return {"start": shape.start, "end": shape.end, "move": ((ax + bx) / 2, (ay + by) / 2)}
        if isinstance(shape, RadialGradient):
            first, second = self._axes(shape)
            return {"move": shape.centre, "first": first, "second": second}
        return {}

    def _axes(self, shape: RadialGradient) -> tuple[Point, Point]:
        ux, uy = self._unit
        cosine, sine = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
        x, y = shape.centre
        first, second = shape.radii
        return (
            (x + first * cosine / ux, y + first * sine / uy),
            (x - second * sine / ux, y + second * cosine / uy),
        )

    @property
    def _unit(self) -> Point:
        width, height = self._editor.photo_size
        return width / max(width, height), height / max(width, height)

    def _change_at(self, at: Point) -> Callable[[Point], LinearGradient | RadialGradient | None]:
        """What dragging from ``at`` does: moves the handle there, or draws a new gradient."""
        shape = self._editor.shape
        assert isinstance(shape, LinearGradient | RadialGradient)
        handle = self._handle_at(at)
        if isinstance(shape, LinearGradient):
            return lambda to: self._changed_linear(shape, handle, at, to)
        return lambda to: self._changed_radial(shape, handle, at, to)

    def _handle_at(self, at: Point) -> str | None:
        frames = self._canvas.photo_frames()
        if not frames:
            return None
        photo = frames[0].photo

        def distance(place: Point) -> float:
            return math.hypot((place[0] - at[0]) * photo.width(), (place[1] - at[1]) * photo.height())

        handles = self.handles()
        name = min(handles, key=lambda name: distance(handles[name]))
        return name if distance(handles[name]) <= GRAB_DISTANCE else None

    def _changed_linear(self, shape: LinearGradient, handle: str | None, at: Point, to: Point) -> LinearGradient | None:
        start, end = shape.start, shape.end
        if handle == "move":
            dx, dy = to[0] - at[0], to[1] - at[1]
            return LinearGradient((start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy))
        if handle == "start":
            start = to
        elif handle == "end":
            end = to
        else:
            start, end = at, to
        return None if math.dist(start, end) < 0.005 else LinearGradient(start, end)

    def _changed_radial(self, shape: RadialGradient, handle: str | None, at: Point, to: Point) -> RadialGradient | None:
        ux, uy = self._unit
        if handle == "move":
            return replace(shape, centre=to)
        centre = shape.centre if handle else at
        dx, dy = (to[0] - centre[0]) * ux, (to[1] - centre[1]) * uy
        radius = math.hypot(dx, dy)
        if radius < 0.005:
            return None
        angle = math.degrees(math.atan2(dy, dx))
        if handle == "first":
            return replace(shape, radii=(radius, shape.radii[1]), angle=angle)
        if handle == "second":
            return replace(shape, radii=(shape.radii[0], radius), angle=angle - 90)
        return replace(shape, centre=centre, radii=(radius, radius), angle=0.0)

    def _paint_handles(self, painter: QPainter, frame: PhotoFrame, shape: LinearGradient | RadialGradient) -> None:
        for width, colour in ((3.0, QColor(0, 0, 0, 130)), (1.2, QColor(255, 255, 255))):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if isinstance(shape, LinearGradient):
                _paint_lines(painter, frame, shape)
            else:
                _paint_ellipses(painter, frame, shape)
        for place in self.handles().values():
            painter.setPen(QPen(QColor(0, 0, 0, 160), 1.5))
            painter.setBrush(QColor(theme.ACCENT))
            painter.drawEllipse(frame.to_canvas(*place), HANDLE_RADIUS, HANDLE_RADIUS)


def _visible_place(frame: PhotoFrame) -> Place:
    """The visible part of the photo, in shares of its sides."""
    photo, visible = frame.photo, frame.visible
    return (
        (visible.left() - photo.left()) / photo.width(),
        (visible.top() - photo.top()) / photo.height(),
        (visible.right() - photo.left()) / photo.width(),
        (visible.bottom() - photo.top()) / photo.height(),
    )


def _paint_lines(painter: QPainter, frame: PhotoFrame, shape: LinearGradient) -> None:
    start, end = frame.to_canvas(*shape.start), frame.to_canvas(*shape.end)
    along = end - start
    length = math.hypot(along.x(), along.y()) or 1.0
    across = QPointF(-along.y(), along.x()) * (2 * frame.longer_side / length)
    for point in (start, end):
        painter.drawLine(point - across, point + across)
    painter.drawLine(start, end)


def _paint_ellipses(painter: QPainter, frame: PhotoFrame, shape: RadialGradient) -> None:
    painter.save()
    painter.translate(frame.to_canvas(*shape.centre))
    painter.rotate(shape.angle)
    first, second = (radius * frame.longer_side for radius in shape.radii)
    painter.drawEllipse(QPointF(), first, second)
    inner = 1 - shape.feather
    if 0 < inner < 1:
        painter.setPen(QPen(painter.pen().color(), 1, Qt.PenStyle.DotLine))
        painter.drawEllipse(QPointF(), first * inner, second * inner)
    painter.restore()
