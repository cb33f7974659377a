"""The detector's inputs: crops in full resolution, crops of a reduced picture, a small view, and statistics.

Noise is visible only in full resolution, since reducing a picture averages it out. For blur it is the reverse: a large
photo is always soft at its finest scale, and blurred only if it is still soft when reduced. Hence both kinds of crops.
"""

from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detection.network import DetectorConfig
from core.detection.statistics import statistics

Pixels = NDArray[np.float32]
Number = TypeVar("Number", bound=np.generic)

CANDIDATES = 6
"""Crops are chosen from a grid of this many by this many positions."""


class DetectorInputs(NamedTuple):
    """Inputs of the network for one picture, in the order of its arguments; pictures are float32 RGB in [0, 1].

    Attributes:
        native: (N, 3, S, S) crops in full resolution.
        reduced: (M, 3, S, S) crops of the picture reduced to ``DetectorConfig.reduced_side``.
        view: (3, V, V), the whole picture resized to a square.
        numbers: :func:`core.detection.statistics.statistics` of the reduced picture.
    """

    native: Pixels
    reduced: Pixels
    view: Pixels
    numbers: Pixels


def extract_inputs(pixels: Pixels, config: DetectorConfig) -> DetectorInputs:
    """Compute the network's inputs for a picture; equal pictures give equal inputs.

    Args:
        pixels: (H, W, 3) float32 in [0, 1], any size from 1x1.
        config: number and sizes of the crops.
    """
    small = reduce(pixels, config.reduced_side)
    return DetectorInputs(
        native=planes(cut(pixels, config.native_crops, config.crop)),
        reduced=planes(cut(small, config.reduced_crops, config.crop)),
        view=planes(squeeze(small, config.view)[None])[0],
        numbers=statistics(small),
    )


def reduce(pixels: Pixels, side: int) -> Pixels:
    """Reduce a picture to at most ``side`` pixels on its longer side, by area averaging: (h, w, 3)."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    # A first reduction by a whole number is several times as fast as one by a fraction. It leaves at least twice the
    # target size for the second one.
    whole = int(0.5 / scale)
    if whole > 1:
        pixels = _averaged(pixels, max(width // whole, 1), max(height // whole, 1))
    return _averaged(pixels, max(round(width * scale), 1), max(round(height * scale), 1))


def squeeze(pixels: Pixels, side: int) -> Pixels:
    """Resize the whole picture to a square: (side, side, 3)."""
    smaller = min(pixels.shape[:2]) < side
    mode = cv2.INTER_LINEAR if smaller else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, (side, side), interpolation=mode), np.float32)


def cut(pixels: Pixels, count: int, side: int) -> Pixels:
    """Cut crops from the flattest to the most textured position: (count, side, side, 3).

    Flat positions show noise, textured ones show blur. Candidates are on a regular grid and ranked by contrast. A
    picture smaller than a crop is mirrored at its edges.

    Args:
        pixels: (H, W, 3), floating point or uint8.
        count: number of crops; they repeat if the picture has fewer positions.
        side: side of a crop in pixels.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < side:
        missing = [(0, max(side - height, 0)), (0, max(side - width, 0)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
        height, width = pixels.shape[:2]
    tops = np.unique(np.linspace(0, height - side, CANDIDATES).round().astype(int))
    lefts = np.unique(np.linspace(0, width - side, CANDIDATES).round().astype(int))
    positions = [(top, left) for top in tops.tolist() for left in lefts.tolist()]
    # Every other pixel of the green channel is enough for the ranking.
    contrast = [float(pixels[top : top + side : 2, left : left + side : 2, 1].std()) for top, left in positions]
    ranked = [positions[index] for index in np.argsort(contrast, kind="stable")]
    chosen = [ranked[index] for index in np.linspace(0, len(ranked) - 1, count).round().astype(int)]
    return np.stack([pixels[top : top + side, left : left + side] for top, left in chosen])


def planes(pictures: NDArray[Number]) -> NDArray[Number]:
    """(n, H, W, 3) -> (n, 3, H, W) contiguous, dtype kept."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))


def _averaged(pixels: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.float32)
