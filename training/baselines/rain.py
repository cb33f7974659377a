"""Rain: the median filter."""

import cv2
import numpy as np

from training.data.pictures import to_bytes, to_unit
from training.synthesis.light import Picture

SIDE = 3
"""Side of the window in pixels: it removes streaks narrower than half of it. Larger windows reduce the PSNR."""


def median(picture: Picture) -> Picture:
    """The median of 3x3 pixels, each channel separately (OpenCV's ``medianBlur``).

    Args:
        picture: (H, W, 3) float32 in [0, 1].

    Returns:
        The same shape and range, multiples of 1/255.
    """
    return to_unit(np.asarray(cv2.medianBlur(to_bytes(picture), SIDE), np.uint8))
