"""Overlapped, blended tiles, each restored by itself.

For networks that look at a neighbourhood only. DFPIR's attention sums over the whole picture; its tiles share one, see
:mod:`core.inference.streaming.tiles`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.progress import CancelToken, ProgressCallback

Pixels = NDArray[np.float32]


def tile_starts(length: int, tile: int, overlap: int, multiple: int = 1) -> list[int]:
    """Where tiles begin along one side, so that they cover it and neighbours share at least ``overlap`` pixels.

    Args:
        length: of the side, pixels.
        tile: of a tile, pixels, more than ``overlap``.
        overlap: pixels.
        multiple: that starts must be of: the network treats pixels by their place in a grid.

    Returns:
        Ascending starts; the last tile reaches ``length``, or beyond it by less than ``multiple`` pixels.
    """
    if length <= tile:
        return [0]
    tile, furthest = tile // multiple, -(-(length - tile) // multiple)
    stride = max(tile - -(-overlap // multiple), 1)
    count = -(-furthest // stride) + 1
    return [multiple * (index * furthest // (count - 1)) for index in range(count)]


def run_tiled(
    pixels: Pixels,
    tile: int,
    overlap: int,
    restore: Callable[[Pixels], Pixels],
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Pixels:
    """Restore a picture tile by tile; in overlaps, tiles fade into each other linearly.

    Args:
        pixels: (H, W, 3) float32.
        tile: side of a tile in pixels, more than ``overlap``.
        overlap: pixels that neighbours share at least.
        restore: (h, w, 3) float32 -> the same shape.
        progress: called after each tile.
        cancel: asked before each tile.

    Returns:
        (H, W, 3) float32.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    height, width = pixels.shape[:2]
    tops, lefts = tile_starts(height, tile, overlap), tile_starts(width, tile, overlap)
    total = np.zeros_like(pixels)
    weights = np.zeros((height, width, 1), np.float32)
    for number, (top, left) in enumerate((top, left) for top in tops for left in lefts):
        cancel.check()
        area = (slice(top, min(top + tile, height)), slice(left, min(left + tile, width)))
        restored = restore(pixels[area])
        weight = _ramp(restored.shape[0], overlap)[:, None, None] * _ramp(restored.shape[1], overlap)[None, :, None]
        total[area] += restored * weight
        weights[area] += weight
        progress((number + 1) / (len(tops) * len(lefts)))
    total /= weights
    return total


def _ramp(length: int, overlap: int) -> NDArray[np.float32]:
    # Rises from the tile's edge inwards; never zero, so that a pixel covered by one tile alone has a weight.
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1
    return np.minimum(distance / (overlap + 1), 1.0).astype(np.float32)
