"""Detection of sky and horizon in outdoor photographs, for the synthesis of outdoor haze."""

import cv2
import numpy as np
from numpy.typing import NDArray

SKY = 255
"""Value of the sky in a map of :func:`scene_map`."""

FARTHEST = 254
"""Value at and above the horizon outside the sky; below it, values decrease linearly to 1 at the lower edge."""

UNKNOWN = 0
"""Value of the whole map if there is no sky, as the horizon is then unknown."""

MIN_SKY = 0.02
"""Minimum share of sky; smaller detections are ignored."""

_BRIGHT = 0.45
"""Minimum grey level of the blurred sky, except a deep blue one."""

_MAX_ROUGHNESS = 0.012
"""Maximum Laplacian of the blurred grey picture inside the sky: clouds are smooth, foliage is not."""


def scene_map(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Sky and ground of a photograph.

    The horizon is the row that the sky reaches in a quarter of the columns with sky: hills and houses rise above it.

    Args:
        picture: (H, W, 3) uint8 RGB, upright.

    Returns:
        (H, W) uint8: :data:`SKY`; below the horizon 1 (the lower edge) to :data:`FARTHEST`; :data:`FARTHEST` above it;
        all :data:`UNKNOWN` if there is no sky.
    """
    sky = find_sky(picture)
    height = sky.shape[0]
    if sky.mean() < MIN_SKY:
        return np.full(sky.shape, UNKNOWN, np.uint8)
    columns = sky.any(0)
    lowest = height - 1 - sky[::-1, columns].argmax(0)
    horizon = min(float(np.quantile(lowest, 0.75)), 0.85 * height)
    nearness = np.clip((np.arange(height) - horizon) / max(height - 1 - horizon, 1.0), 0.0, 1.0)
    rows = np.round(FARTHEST - (FARTHEST - 1) * nearness).astype(np.uint8)
    return np.where(sky, np.uint8(SKY), rows[:, None])


def find_sky(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The sky: bright (or deep blue) and smooth after a blur of 2 pixels, and connected to the upper edge.

    Args:
        picture: (H, W, 3) uint8 RGB, upright.

    Returns:
        (H, W) bool, exact to the pixel along objects that are darker than the sky.
    """
    colours = picture.astype(np.float32) / np.float32(255.0)
    smooth = cv2.GaussianBlur(colours, (0, 0), 2.0)
    grey = cv2.cvtColor(smooth, cv2.COLOR_RGB2GRAY)
    red, green, blue = cv2.split(smooth)
    rough = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    coloured = np.maximum(red, green) - blue  # lawns, sunlit walls and sand; the sky at dawn is as yellow, but smoother
    clear = (blue > red + 0.12) & (blue > green + 0.02) & (blue > 0.3)
    dawn = (rough < _MAX_ROUGHNESS / 4) & (red > green)
    dawn[dawn.shape[0] // 2 :] = False
    candidates = ((grey > _BRIGHT) & ((coloured < 0.12) | dawn)) | clear
    candidates &= rough < _MAX_ROUGHNESS
    sky = _connected_to_top(candidates.astype(np.uint8), max(max(picture.shape[:2]) // 100, 5))
    if not sky.any():
        return sky.astype(np.bool_)
    return _refined(sky, colours)


def _connected_to_top(candidates: NDArray[np.uint8], thinnest: int) -> NDArray[np.uint8]:
    """Regions connected to the upper edge over at least about ``thinnest`` pixels, which excludes snow and water."""
    element = np.ones((thinnest | 1, thinnest | 1), np.uint8)
    thick = cv2.erode(candidates, element, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    _, labels, facts, _ = cv2.connectedComponentsWithStats(thick, connectivity=4)
    height, width = candidates.shape
    top = np.unique(labels[: max(height // 50, 1)])
    wide = facts[:, cv2.CC_STAT_AREA] > 0.002 * height * width
    chosen = np.isin(labels, [label for label in top if label and wide[label]])
    return np.asarray(cv2.dilate(chosen.astype(np.uint8), element), np.uint8) & candidates


def _refined(sky: NDArray[np.uint8], colours: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The sky extended to the edges of objects, where blur and Laplacian exclude a few pixels."""
    share = cv2.blur(sky.astype(np.float32), (31, 31))
    around = cv2.blur(colours * sky[:, :, None], (31, 31)) / np.maximum(share, 1e-3)[:, :, None]
    alike = np.abs(colours - around).max(2) < 0.1
    near = cv2.dilate(sky, np.ones((17, 17), np.uint8)) > 0
    darker = (around - colours).mean(2) > 0.15
    grown = ((sky > 0) & ~darker) | (near & alike & (share > 0.02))
    filled = cv2.morphologyEx(grown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0
    return np.asarray(filled & ~darker)
