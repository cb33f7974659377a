"""Two pictures of one photo side by side, with one zoom and position for both."""

from PySide6.QtCore import QMargins, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dfpir_gui.i18n.language import listed
from dfpir_gui.settings import theme
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.viewport import Box, Viewport
from dfpir_gui.workers.image_pyramid import Pyramid, ScreenPicture

_ZOOM_STEP = 1.25
_PAN = 64  # device pixels for a press of an arrow key
_GAP = 2
_LABEL_MARGIN = theme.GRID


class PairView(QWidget):
    """Before at the left, after at the right. Wheel zooms at the mouse, dragging moves, double-click changes between
    the whole photo and 100 %; keys: +, −, 0 and arrows.

    If the pictures have different sizes, the right one is shown at the size of the left one.

    Attributes:
        zoom_changed: emitted when the zoom has changed.
    """

    zoom_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewport_ = Viewport()
        self._pictures: tuple[Picture | None, Picture | None] = (None, None)
        self._labels = ("", "")
        self._note = ""
        self._scale = 1.0  # pixels of the left picture for each of the right one
        self._dragged_from: QPointF | None = None
        self.setMinimumSize(240, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @property
    def empty(self) -> bool:
        """Whether there is no picture at either side, and so no zoom."""
        return not any(self._pictures)

    def show_pair(self, before: Pyramid | None, after: Pyramid | None, labels: tuple[str, str], note: str = "") -> None:
        """Show two pictures with their labels. The zoom stays if the size is the same.

        Args:
            before: at the left; None leaves the side empty.
            after: at the right; None shows ``note`` there instead.
            labels: of both sides.
            note: why there is no right picture.
        """
        first = before or after
        old = self._pictures[0] or self._pictures[1]
        same = first is not None and old is not None and (old.pyramid.width, old.pyramid.height) == _size(first)
        self._pictures = (Picture(before) if before else None, Picture(after) if after else None)
        self._labels = labels
        self._note = note if after is None else ""
        self._scale = before.width / after.width if before is not None and after is not None else 1.0
        if first is not None and not same:
            self.viewport_.set_photo(first.width, first.height)
        self.setAccessibleName(listed(filter(None, (*labels, self._note))))
        self._set_view()
        self._changed()

    def fit(self) -> None:
        """Show the whole photo."""
        self.viewport_.fit()
        self._changed()

    def zoom_to(self, zoom: float, x: float | None = None, y: float | None = None) -> None:
        """Zoom about a point of a side in device pixels, by default its middle; 1.0 is 100 %."""
        self.viewport_.zoom_to(zoom, x, y)
        self._changed()

    def _changed(self) -> None:
        self.update()
        self.zoom_changed.emit()

    def _set_view(self) -> None:
        ratio = self.devicePixelRatioF()
        self.viewport_.set_view(round((self.width() - _GAP) / 2 * ratio), round(self.height() * ratio))

    def _place(self, at: QPointF) -> tuple[float, float]:
        """A point of the widget in device pixels of the side that it is in."""
        ratio = self.devicePixelRatioF()
        side = (self.width() - _GAP) / 2
        x = at.x() if at.x() <= side else at.x() - side - _GAP
        return x * ratio, at.y() * ratio

    # Overridden methods of Qt

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        ratio = self.devicePixelRatioF()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.SURROUND))
        side = round((self.width() - _GAP) / 2 * ratio)
        visible = self.viewport_.visible
        for number, picture in enumerate(self._pictures):
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            painter.translate(number * (side + round(_GAP * ratio)), 0)
            if picture is not None:
                view, clip = self.viewport_, visible
                if number == 1 and self._scale != 1.0:
                    view = _scaled(self.viewport_, picture.pyramid, self._scale, (side, round(self.height() * ratio)))
                    clip = view.visible
                painter.setClipRect(0, 0, side, round(self.height() * ratio))
                picture.draw(painter, view, Box(max(clip.left, 0), clip.top, min(clip.right, side), clip.bottom))
            painter.restore()
        painter.fillRect(round(side / ratio), 0, _GAP, self.height(), QColor(theme.PAGE))
        for number, text in enumerate(self._labels):
            self._draw_label(painter, text, number)
        if self._note:
            half = (self.width() - _GAP) // 2
            painter.setPen(QColor("white"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            area = QRect(half + _GAP, 0, half, self.height()).marginsRemoved(QMargins(*4 * (4 * _LABEL_MARGIN,)))
            painter.drawText(area, int(flags), self._note)
        if self.hasFocus():
            painter.setPen(QColor(theme.ACCENT))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _draw_label(self, painter: QPainter, text: str, number: int) -> None:
        if not text:
            return
        metrics = painter.fontMetrics()
        half = (self.width() - _GAP) // 2
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, half - 4 * _LABEL_MARGIN)
        width, height = metrics.horizontalAdvance(text) + 2 * _LABEL_MARGIN, metrics.height() + _LABEL_MARGIN
        left = _LABEL_MARGIN + number * (half + _GAP)
        painter.fillRect(left, _LABEL_MARGIN, width, height, QColor(0, 0, 0, 150))
        painter.setPen(QColor("white"))
        painter.drawText(left + _LABEL_MARGIN, _LABEL_MARGIN + _LABEL_MARGIN // 2 + metrics.ascent(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102
        self._set_view()
        super().resizeEvent(event)
        self.zoom_changed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102
        steps = event.angleDelta().y() / 120
        self.zoom_to(self.viewport_.zoom * _ZOOM_STEP**steps, *self._place(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self._dragged_from is not None:
            moved = (event.position() - self._dragged_from) * self.devicePixelRatioF()
            self._dragged_from = event.position()
            self.viewport_.pan(moved.x(), moved.y())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        self._dragged_from = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102
        if self.viewport_.fitted:
            self.zoom_to(1.0, *self._place(event.position()))
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102
        pan = {
            Qt.Key.Key_Left: (_PAN, 0),
            Qt.Key.Key_Right: (-_PAN, 0),
            Qt.Key.Key_Up: (0, _PAN),
            Qt.Key.Key_Down: (0, -_PAN),
        }.get(Qt.Key(event.key()))
        if pan is not None:
            self.viewport_.pan(*pan)
            self._changed()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_to(self.viewport_.zoom * _ZOOM_STEP)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_to(self.viewport_.zoom / _ZOOM_STEP)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)


def _size(pyramid: ScreenPicture) -> tuple[int, int]:
    return pyramid.width, pyramid.height


def _scaled(viewport: Viewport, pyramid: ScreenPicture, scale: float, view: tuple[int, int]) -> Viewport:
    """The viewport for a picture of another size that is shown at the same place."""
    other = Viewport()
    other.set_photo(*_size(pyramid))
    other.set_view(*view)
    x, y = viewport.centre
    other.centre_on(x / scale, y / scale, viewport.zoom * scale)
    return other
