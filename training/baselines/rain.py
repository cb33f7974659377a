"""Rain: the median filter."""

import cv2

from training.baselines.pixels import to_bytes, to_unit
from training.synthesis.light import Picture

SIDE = 3
"""Side of the window in pixels: streaks narrower than half of it vanish. Wider windows lose more than they gain."""


def median(picture: Picture) -> Picture:
    """The median of 3x3 pixels, each channel by itself (OpenCV's ``medianBlur``).

    Args:
        picture: (H, W, 3) float32 in [0, 1].

    Returns:
        The same shape and range, multiples of 1/255.
    """
    return to_unit(cv2.medianBlur(to_bytes(picture), SIDE))
