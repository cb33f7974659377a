"""Marks clipped pixels on the canvas: shadows in blue, lights in red."""

import cv2
import numpy as np
from PySide6.QtGui import QImage, QPainter

from dfpir_gui.studio.difference import rendered
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.viewport import Box, Viewport

_SHADOWS = (255, 80, 30, 255)
_LIGHTS = (40, 40, 255, 255)
"""BGRA."""


def clipping_marks(pixels: np.ndarray) -> np.ndarray:
    """Mark pixels with a channel at the end of its range.

    Args:
        pixels: (H, W, 3 or more) uint8; the first three channels are colours.

    Returns:
        (H, W, 4) uint8 BGRA: opaque blue where a channel is 0, opaque red where one is 255, else transparent. Red wins
        where both are.
    """
    marks = np.zeros((*pixels.shape[:2], 4), np.uint8)
    channels = [np.ascontiguousarray(pixels[..., index]) for index in range(3)]
    lowest = cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    highest = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    marks[lowest == 0] = _SHADOWS
    marks[highest == 255] = _LIGHTS
    return marks


def paint_clipping(painter: QPainter, picture: Picture, viewport: Viewport, clip: Box) -> None:
    """Draw the marks of a picture inside ``clip``.

    They are computed from the displayed pixels: from 100 % zoom on those of the photo, below that their averages.

    Args:
        painter: uses device pixels of the pane.
        picture: the picture that is shown there.
        viewport: zoom and position.
        clip: a part of ``viewport.visible``.
    """
    if not clip.width or not clip.height:
        return
    marks = clipping_marks(rendered(picture, viewport, clip))
    image = QImage(marks.data, clip.width, clip.height, 4 * clip.width, QImage.Format.Format_ARGB32)
    painter.drawImage(clip.left, clip.top, image)
