"""Paints the canvas: surround, pictures, labels, the difference and its scale, the loupe."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QColorSpace, QColorTransform, QImage, QPainter

from dfpir_gui.settings import theme
from dfpir_gui.studio.difference import difference_image, paint_scale
from dfpir_gui.studio.labels import FadingLabels
from dfpir_gui.studio.loupe import loupe_zoom, paint_loupe
from dfpir_gui.studio.scene import Part, Scene
from dfpir_gui.studio.viewport import Box, Viewport


class CanvasPainter:
    """Paints what a scene shows through a viewport. It changes neither."""

    def __init__(self, scene: Scene, viewport: Viewport, labels: FadingLabels) -> None:
        self._scene = scene
        self._viewport = viewport
        self._labels = labels
        self._transform: QColorTransform | None = None

    def set_colour_space(self, space: QColorSpace | None) -> None:
        """Convert pictures from sRGB, in which they are, to this colour space; None leaves them as they are."""
        srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
        known = space is not None and space.isValid() and space != srgb
        self._transform = srgb.transformationToColorSpace(space) if known else None

    def paint(self, painter: QPainter, canvas: QRect, panes: tuple[Box, ...], ratio: float) -> None:
        """Paint all of the canvas but the loupe.

        Args:
            painter: in logical pixels of the canvas.
            canvas: all of it, in logical pixels.
            panes: from :meth:`Scene.panes`.
            ratio: device pixels per logical pixel.
        """
        painter.fillRect(canvas, QColor(theme.SURROUND))
        parts = self._scene.parts(self._viewport, panes)
        self._managed(painter, canvas, ratio, lambda inner: self._paint_pictures(inner, parts, ratio))
        for part in parts:
            room = _logical(part, ratio)
            if part.label:
                self._labels.paint(painter, room, part.label, part.at_right)
            if part.other is not None:
                paint_scale(painter, room, self._scene.factor)

    def paint_loupe(self, painter: QPainter, size: QSize, point: tuple[float, float], ratio: float) -> None:
        """Paint the loupe, which has this size in logical pixels, looking at ``point`` of the photo."""
        pictures, zoom = self._scene.pictures, loupe_zoom(self._viewport.zoom)
        area = QRect(QPoint(), size)
        self._managed(painter, area, ratio, lambda inner: paint_loupe(inner, area, pictures, point, zoom, ratio))

    def _managed(self, painter: QPainter, area: QRect, ratio: float, paint: Callable[[QPainter], None]) -> None:
        """Let ``paint`` paint into ``area`` of the canvas (logical pixels), in the colours of the screen."""
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
            if part.other is None:
                part.picture.draw(painter, self._viewport, part.within)
            elif part.within.width and part.within.height:
                heat = difference_image(part.other, part.picture, self._viewport, part.within, self._scene.factor)
                painter.drawImage(part.within.left, part.within.top, heat)
            painter.restore()
        painter.restore()


def _logical(part: Part, ratio: float) -> QRect:
    left, top = part.pane.left + part.within.left, part.pane.top + part.within.top
    return QRect(
        round(left / ratio), round(top / ratio), round(part.within.width / ratio), round(part.within.height / ratio)
    )
