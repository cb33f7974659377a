"""The loupe: the area at the cursor magnified, before and after next to each other."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.viewport import Box, Viewport

_SIDE = 22 * GRID
"""Width and height of one field, logical pixels."""

_FRAME = 2
"""Width of the line around the fields, logical pixels."""

_MIN_ZOOM = 4.0
_MAGNIFICATION = 3.0
"""The loupe shows at least 400 %, and at least three times the zoom of the canvas."""


def loupe_zoom(zoom: float) -> float:
    """Return the zoom of the loupe for this zoom of the canvas."""
    return max(_MIN_ZOOM, _MAGNIFICATION * zoom)


def loupe_rect(cursor: QPointF, field_count: int, canvas: QSize) -> QRect:
    """Return the rectangle of the loupe in logical pixels: beside the cursor and, if possible, inside the canvas."""
    width, height = field_count * (_SIDE + _FRAME) + _FRAME, _SIDE + 2 * _FRAME
    gap = 3 * GRID
    left = round(cursor.x()) + gap
    if left + width > canvas.width():
        left = round(cursor.x()) - gap - width
    left = max(0, min(left, canvas.width() - width))
    top = round(cursor.y()) - gap - height
    if top < 0:
        top = round(cursor.y()) + gap
    return QRect(QPoint(left, top), QSize(width, height))


def paint_loupe(
    painter: QPainter, area: QRect, pictures: Sequence[Picture], point: tuple[float, float], zoom: float, ratio: float
) -> None:
    """Draw the loupe.

    Args:
        painter: uses logical pixels.
        area: the rectangle of the loupe, of the size that :func:`loupe_rect` returns.
        pictures: one for each field, from left to right.
        point: the photo point in the middle of each field.
        zoom: zoom of the loupe, device pixels per photo pixel.
        ratio: device pixels per logical pixel.
    """
    side = round(_SIDE * ratio)
    painter.save()
    painter.fillRect(area, QColor(theme.ACCENT))
    for index, picture in enumerate(pictures):
        field = QRect(_FRAME + index * (_SIDE + _FRAME), _FRAME, _SIDE, _SIDE)
        painter.fillRect(field, QColor(theme.SURROUND))
        viewport = Viewport()
        viewport.set_photo(picture.pyramid.width, picture.pyramid.height)
        viewport.set_view(side, side)
        viewport.centre_on(*point, zoom)
        painter.save()
        painter.translate(field.topLeft())
        painter.scale(1 / ratio, 1 / ratio)
        box = viewport.visible
        picture.draw(painter, viewport, Box(max(0, box.left), max(0, box.top), box.right, box.bottom))
        painter.restore()
        _paint_cross(painter, field)
    painter.restore()


def _paint_cross(painter: QPainter, field: QRect) -> None:
    """Mark the middle, so that the same point can be found in all fields."""
    middle = field.center()
    for colour, width in ((QColor(0, 0, 0, 160), 3), (QColor(255, 255, 255, 220), 1)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(middle + QPoint(4 * dx, 4 * dy), middle + QPoint(9 * dx, 9 * dy))
