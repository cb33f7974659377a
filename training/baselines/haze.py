"""Haze: the dark channel prior with the guided filter."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture

PATCH = 15
"""Side in pixels of the window of the dark channel."""

REMOVED = 0.95
"""Share of the haze that is removed, the paper's omega: a little remains so that distance stays visible."""

LEAST_TRANSMISSION = 0.1
"""Lower bound t0, which limits the amplification of noise."""

BRIGHTEST = 0.001
"""Share of the pixels, those of the brightest dark channel, among which the airlight is searched."""

RADIUS, EPSILON = 60, 1e-3
"""Radius of the guided filter, four times the patch, and the variance below which it smooths."""


def dark_channel_prior(picture: Picture) -> Picture:
    """He, Sun and Tang, *Single Image Haze Removal Using Dark Channel Prior*, CVPR 2009.

    Transmission ``t = 1 - 0.95 min(I / A)`` over 15x15 windows, refined by the guided filter (He et al., *Guided Image
    Filtering*, TPAMI 2013, radius 60, epsilon 1e-3, guided by the grey picture) in place of matting;
    ``J = (I - A) / max(t, 0.1) + A``. A is the brightest pixel among the 0.1 % with the brightest dark channel.

    Args:
        picture: (H, W, 3) float32 RGB in [0, 1].

    Returns:
        The same shape and range.
    """
    air = airlight(picture)
    rough = 1.0 - REMOVED * dark_channel(np.asarray(picture / np.maximum(air, np.float32(1e-3)), np.float32))
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)
    transmission = np.maximum(guided_filter(grey, rough, RADIUS, EPSILON), LEAST_TRANSMISSION)[:, :, None]
    return np.clip((picture - air) / transmission + air, 0.0, 1.0).astype(np.float32)


def dark_channel(picture: Picture) -> NDArray[np.float32]:
    """Least value of any channel in the window around each pixel (CVPR 2009, Eq. 5): (H, W, 3) -> (H, W) float32."""
    return np.asarray(cv2.erode(picture.min(axis=2), np.ones((PATCH, PATCH), np.uint8)), np.float32)


def airlight(picture: Picture) -> Picture:
    """Colour of the haze, (3,) float32 (CVPR 2009, section 4.4)."""
    dark = dark_channel(picture).ravel()
    count = max(1, round(BRIGHTEST * dark.size))
    candidates = picture.reshape(-1, 3)[np.argpartition(dark, -count)[-count:]]
    return np.asarray(candidates[candidates.sum(axis=1).argmax()])


def guided_filter(
    guide: NDArray[np.float32], values: NDArray[np.float32], radius: int, epsilon: float
) -> NDArray[np.float32]:
    """The filter that is linear in the guide within every window (TPAMI 2013, Eqs. 5, 6 and 8).

    Args:
        guide: (H, W) float32.
        values: (H, W) float32, the filtered quantity.
        radius: windows have sides of ``2 radius + 1`` pixels.
        epsilon: variance of the guide below which a window is averaged rather than followed.
    """

    def mean(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(
            cv2.boxFilter(plane, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT), np.float64
        )

    guide64, values64 = guide.astype(np.float64), values.astype(np.float64)
    guide_mean, values_mean = mean(guide64), mean(values64)
    slope = (mean(guide64 * values64) - guide_mean * values_mean) / (mean(guide64**2) - guide_mean**2 + epsilon)
    offset = values_mean - slope * guide_mean
    return (mean(slope) * guide64 + mean(offset)).astype(np.float32)
