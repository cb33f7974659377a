"""The difference between two pictures as a heat map, and its colour scale."""

from functools import cache

import cv2
import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, qRgb

from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.viewport import Box, Viewport

_BAR_SIZE = (20 * GRID, GRID)
"""Minimum width and height of the colour bar, logical pixels."""


def difference_image(first: Picture, second: Picture, viewport: Viewport, clip: Box, factor: int) -> QImage:
    """Return a heat map of the difference inside ``clip``, one pixel per device pixel.

    The difference is computed from the displayed pixels: from 100 % zoom on those of the photo, below that their
    averages. It is the largest absolute difference of the three channels times ``factor``; black is no difference.

    Args:
        first: one picture.
        second: the other, of the same size.
        viewport: zoom and position of both.
        clip: a non-empty part of ``viewport.visible``.
        factor: amplification.
    """
    channels = cv2.absdiff(rendered(first, viewport, clip), rendered(second, viewport, clip))
    largest = cv2.max(cv2.max(channels[..., 0], channels[..., 1]), channels[..., 2])  # (H, W) uint8
    height, width = largest.shape
    heat = QImage(largest.data, width, height, width, QImage.Format.Format_Indexed8)
    heat.setColorTable([qRgb(*colour) for colour in heat_colours(factor).tolist()])
    return heat.convertToFormat(QImage.Format.Format_RGB32)  # a copy that does not use the memory of the array


@cache
def heat_colours(factor: int) -> np.ndarray:
    """Return the colours of the differences 0 to 255 at an amplification: (256, 3) uint8 RGB, from dark to light."""
    amplified = np.minimum(np.arange(256) * factor, 255).astype(np.uint8)
    return cv2.applyColorMap(amplified[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1]


def paint_scale(painter: QPainter, area: QRect, factor: int) -> None:
    """Draw the colour scale in the lower left corner of ``area``.

    Args:
        painter: uses logical pixels of the canvas.
        area: the area of the picture, logical pixels.
        factor: amplification.
    """
    metrics = QFontMetrics(painter.font())
    maximum = 255 / factor
    ticks = ("0", f"{maximum / 2:.0f}", f"{'' if factor == 1 else '≥ '}{maximum:.0f}")
    title = translate("Canvas", "Difference × {factor} (pixel values 0 to 255)").format(factor=factor)
    width = max(_BAR_SIZE[0], metrics.horizontalAdvance(title)) + 2 * GRID
    height = 2 * metrics.height() + _BAR_SIZE[1] + 3 * GRID
    box = QRect(area.left() + GRID, area.bottom() - GRID - height, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(255, 255, 255))
    inner = box.adjusted(GRID, GRID, -GRID, -GRID)
    painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, title)
    bar = QRect(inner.left(), inner.top() + metrics.height() + GRID // 2, inner.width(), _BAR_SIZE[1])
    colours = np.ascontiguousarray(heat_colours(1))
    painter.drawImage(bar, QImage(colours.data, 256, 1, 3 * 256, QImage.Format.Format_RGB888))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(255, 255, 255, 120))
    painter.drawRect(bar)
    painter.setPen(QColor(255, 255, 255))
    below = QRect(bar.left(), bar.bottom() + GRID // 2, bar.width(), metrics.height())
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
    for text, side in zip(ticks, sides, strict=True):
        painter.drawText(below, side | Qt.AlignmentFlag.AlignTop, text)
    painter.restore()


def rendered(picture: Picture, viewport: Viewport, clip: Box) -> np.ndarray:
    """The picture as drawn inside ``clip``, which is not empty: (H, W, 4) uint8 BGRX."""
    pixels = np.empty((clip.height, clip.width, 4), np.uint8)  # memory that outlives the QImage
    image = QImage(pixels.data, clip.width, clip.height, 4 * clip.width, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(-clip.left, -clip.top)
    picture.draw(painter, viewport, clip)
    painter.end()
    return pixels
