"""Draws the visible part of a pyramid, in device pixels."""

import math

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from dfpir_gui.studio.viewport import Box, Viewport
from dfpir_gui.workers.image_pyramid import Pyramid

SQUARE_FROM = 2.0
"""From this zoom on, photo pixels are drawn as squares; below, shrinking and enlarging are smooth."""


class Picture:
    """A pyramid as QImages that share its memory. The pyramid must outlive them, so it is kept here."""

    def __init__(self, pyramid: Pyramid) -> None:
        self.pyramid = pyramid
        self._images = [
            QImage(level.data, level.shape[1], level.shape[0], level.strides[0], QImage.Format.Format_RGB888)
            for level in pyramid.levels
        ]

    def draw(self, painter: QPainter, viewport: Viewport, within: Box) -> None:
        """Draw what ``viewport`` shows of the picture, but nothing outside ``within``.

        Only the visible pixels of the smallest sufficient level are touched.

        Args:
            painter: its coordinates are device pixels of the canvas.
            viewport: zoom and position.
            within: a part of ``viewport.visible``.
        """
        if not within.width or not within.height:
            return
        image = self._images[self.pyramid.level_for(viewport.zoom)]
        left, top = viewport.origin
        scale_x = viewport.zoom * self.pyramid.width / image.width()  # device pixels per pixel of this level
        scale_y = viewport.zoom * self.pyramid.height / image.height()
        # One pixel more on each side, for the smoothing to reach into.
        x0 = max(0, math.floor((within.left - left) / scale_x) - 1)
        x1 = min(image.width(), math.ceil((within.right - left) / scale_x) + 1)
        y0 = max(0, math.floor((within.top - top) / scale_y) - 1)
        y1 = min(image.height(), math.ceil((within.bottom - top) / scale_y) + 1)
        painter.save()
        painter.setClipRect(QRect(within.left, within.top, within.width, within.height))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.zoom < SQUARE_FROM)
        painter.drawImage(
            QRectF(left + x0 * scale_x, top + y0 * scale_y, (x1 - x0) * scale_x, (y1 - y0) * scale_y),
            image,
            QRectF(x0, y0, x1 - x0, y1 - y0),
        )
        painter.restore()
