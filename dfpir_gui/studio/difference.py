"""The difference between two pictures as a heat map, and the scale that says what its colours mean."""

from functools import cache

import cv2
import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, qRgb

from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.painting import Picture
from dfpir_gui.studio.viewport import Box, Viewport

_BAR = (20 * GRID, GRID)
"""Length and height of the scale's bar, logical pixels."""


def difference_image(first: Picture, second: Picture, viewport: Viewport, within: Box, factor: int) -> QImage:
    """Return what lies within ``within`` as a heat map, one pixel for each device pixel of it.

    The difference is that of what is shown: from 100 % on of the photo's own values, below of their averages. It
    is the largest of the three channels', times ``factor``; black is none.

    Args:
        first: one picture.
        second: the other, of the same size.
        viewport: zoom and position of both.
        within: a part of ``viewport.visible``; not empty.
        factor: amplification.
    """
    channels = cv2.absdiff(_rendered(first, viewport, within), _rendered(second, viewport, within))
    largest = cv2.max(cv2.max(channels[..., 0], channels[..., 1]), channels[..., 2])  # (H, W) uint8
    height, width = largest.shape
    heat = QImage(largest.data, width, height, width, QImage.Format.Format_Indexed8)
    heat.setColorTable([qRgb(*colour) for colour in heat_colours(factor).tolist()])
    return heat.convertToFormat(QImage.Format.Format_RGB32)  # a copy: the array ends here


@cache
def heat_colours(factor: int) -> np.ndarray:
    """Colours of the differences 0 to 255 at an amplification: (256, 3) uint8 RGB, lighter for larger ones."""
    amplified = np.minimum(np.arange(256) * factor, 255).astype(np.uint8)
    return cv2.applyColorMap(amplified[:, None], cv2.COLORMAP_INFERNO)[:, 0, ::-1]


def paint_scale(painter: QPainter, room: QRect, factor: int) -> None:
    """Paint the scale into the lower left corner of ``room``, in logical pixels.

    Args:
        painter: of the canvas.
        room: what the picture covers.
        factor: amplification.
    """
    metrics = QFontMetrics(painter.font())
    top = 255 / factor
    ends = ("0", f"{top / 2:.0f}", f"{'' if factor == 1 else '≥ '}{top:.0f}")
    title = translate("Canvas", "Difference × {factor}, in values of 0 to 255").format(factor=factor)
    width = max(_BAR[0], metrics.horizontalAdvance(title)) + 2 * GRID
    height = 2 * metrics.height() + _BAR[1] + 3 * GRID
    box = QRect(room.left() + GRID, room.bottom() - GRID - height, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(255, 255, 255))
    inner = box.adjusted(GRID, GRID, -GRID, -GRID)
    painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, title)
    bar = QRect(inner.left(), inner.top() + metrics.height() + GRID // 2, inner.width(), _BAR[1])
    colours = np.ascontiguousarray(heat_colours(1))
    painter.drawImage(bar, QImage(colours.data, 256, 1, 3 * 256, QImage.Format.Format_RGB888))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(255, 255, 255, 120))
    painter.drawRect(bar)
    painter.setPen(QColor(255, 255, 255))
    below = QRect(bar.left(), bar.bottom() + GRID // 2, bar.width(), metrics.height())
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
    for text, side in zip(ends, sides, strict=True):
        painter.drawText(below, side | Qt.AlignmentFlag.AlignTop, text)
    painter.restore()


def _rendered(picture: Picture, viewport: Viewport, within: Box) -> np.ndarray:
    """What ``picture`` shows within ``within``: (H, W, 4) uint8, the last channel being the same everywhere."""
    pixels = np.empty((within.height, within.width, 4), np.uint8)  # its own memory: that of a QImage ends with it
    image = QImage(pixels.data, within.width, within.height, 4 * within.width, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(-within.left, -within.top)
    picture.draw(painter, viewport, within)
    painter.end()
    return pixels
