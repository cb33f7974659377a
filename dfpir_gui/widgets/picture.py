"""Image pyramids drawn at any zoom."""

import math

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from dfpir_gui.widgets.viewport import Box, Viewport
from dfpir_gui.workers.image_pyramid import MixedPyramid, ScreenPicture

SQUARE_PIXELS_FROM = 2.0
"""From this zoom on, photo pixels are drawn as squares; below it, scaling is smooth."""


class Picture:
    """An image pyramid as QImages that share its memory; it holds a reference to keep that memory alive."""

    def __init__(self, pyramid: ScreenPicture) -> None:
        self.pyramid = pyramid
        self._sizes = pyramid.sizes
        self._images = [] if isinstance(pyramid, MixedPyramid) else [_image(level) for level in pyramid.levels]

    def draw(self, painter: QPainter, viewport: Viewport, clip: Box) -> None:
        """Draw the part of the picture that ``viewport`` shows inside ``clip``.

        Only the visible pixels of the smallest sufficient level are read.

        Args:
            painter: uses device pixels of the pane.
            viewport: zoom and position.
            clip: a part of ``viewport.visible``.
        """
        if not clip.width or not clip.height:
            return
        index = self.pyramid.level_for(viewport.zoom)
        width, height = self._sizes[index]
        left, top = viewport.origin
        scale_x = viewport.zoom * self.pyramid.width / width  # device pixels per pixel of this level
        scale_y = viewport.zoom * self.pyramid.height / height
        # One more pixel on each side for smooth scaling.
        x0 = max(0, math.floor((clip.left - left) / scale_x) - 1)
        x1 = min(width, math.ceil((clip.right - left) / scale_x) + 1)
        y0 = max(0, math.floor((clip.top - top) / scale_y) - 1)
        y1 = min(height, math.ceil((clip.bottom - top) / scale_y) + 1)
        painter.save()
        painter.setClipRect(QRect(clip.left, clip.top, clip.width, clip.height))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, viewport.zoom < SQUARE_PIXELS_FROM)
        target = QRectF(left + x0 * scale_x, top + y0 * scale_y, (x1 - x0) * scale_x, (y1 - y0) * scale_y)
        if self._images:
            painter.drawImage(target, self._images[index], QRectF(x0, y0, x1 - x0, y1 - y0))
        else:  # computed for the visible part only
            part = self.pyramid.part(index, x0, y0, x1, y1)
            painter.drawImage(target, _image(part), QRectF(0, 0, x1 - x0, y1 - y0))
        painter.restore()


def _image(pixels: np.ndarray) -> QImage:
    """A QImage that shares the memory of ``pixels``, (H, W, 3) uint8 RGB."""
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], QImage.Format.Format_RGB888)
