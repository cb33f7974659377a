"""Overlapping, blended tiles: the fallback where the whole frame's maps do not fit into memory.

The network's attention sums over the whole image, so a tile restored alone would have other statistics than the frame:
tones would change, and seams would show. Here all tiles share one attention. It is initialised from a reduced frame, a
mosaic of patches (shrinking would change the noise and so the attention), and then gathered again over all tiles,
round by round. Each round corrects the errors of the previous one; the first blocks are exact after the first round,
and the errors of later blocks decrease quickly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.inference.streaming.attention import GlobalSums
from core.inference.streaming.blocks import TileInterior
from core.inference.streaming.compiled import CompiledDFPIR
from core.progress import CancelToken, ProgressCallback, scaled

MIN_OVERLAP = 64
MAX_OVERLAP = 256
"""Limits in pixels of the overlap, which is a quarter of a tile: a tile's edge affects pixels some way inwards."""

ROUNDS = 3
"""How often the sums are gathered over all tiles.

Measured with the compact model on 352x512 crops of the sample photos, from patches of half the frame's sides, all else
as in the full frame: after 0, 1, 2 and 3 rounds PSNRs to it of 49, 57, 71 and 95 dB for noise, 27, 37, 37 and 60 for
haze, 40, 55, 73 and 89 for rain.
"""

_GATHER_COST = 1.5
"""Cost of a round, relative to a pass that only applies the attention."""

_PATCH = 64
"""Side in pixels of the patches of a reduced frame."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of the image, in pixels.

    Attributes:
        top: first row.
        left: first column.
        height: rows.
        width: columns.
        interior: the part of it that no other tile gathers, in the tile's pixels.
    """

    top: int
    left: int
    height: int
    width: int
    interior: TileInterior

    @property
    def area(self) -> tuple[slice, slice]:
        """Index of its rows and columns in the image."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def tile_starts(length: int, tile: int, overlap: int, multiple: int = 1) -> list[int]:
    """Starts of tiles along one side, such that they cover it and neighbours share at least ``overlap`` pixels.

    Args:
        length: of the side, pixels.
        tile: of a tile, pixels, more than ``overlap``.
        overlap: pixels.
        multiple: starts are multiples of it: the network treats pixels by their position in a grid.

    Returns:
        Ascending starts; the last tile reaches ``length``, or beyond it by less than ``multiple`` pixels.
    """
    if length <= tile:
        return [0]
    tile, last = tile // multiple, -(-(length - tile) // multiple)
    stride = max(tile - -(-overlap // multiple), 1)
    count = -(-last // stride) + 1
    return [multiple * (index * last // (count - 1)) for index in range(count)]


def cut_into_tiles(height: int, width: int, tile: int, overlap: int, multiple: int) -> list[Tile]:
    """Cut an image into tiles; their interiors cover it once, including its padding."""
    return [
        Tile(top, left, rows, columns, TileInterior(inner_top, inner_bottom, inner_left, inner_right))
        for top, rows, inner_top, inner_bottom in _cut_side(height, tile, overlap, multiple)
        for left, columns, inner_left, inner_right in _cut_side(width, tile, overlap, multiple)
    ]


def _cut_side(length: int, tile: int, overlap: int, multiple: int) -> Iterator[tuple[int, int, int, int]]:
    # Start, length, and interior of each tile along one side. Interiors meet in the middle of overlaps.
    starts = tile_starts(length, tile, overlap, multiple)
    for number, start in enumerate(starts):
        end = min(start + tile, length)
        before, after = starts[number - 1 : number], starts[number + 1 : number + 2]
        inner_start = (before[0] + tile - start) // 2 // multiple * multiple if before else 0
        padded = end - start + -(end - start) % multiple
        inner_end = after[0] - start + (tile - (after[0] - start)) // 2 // multiple * multiple if after else padded
        yield start, end - start, inner_start, inner_end


@torch.inference_mode()
def restore_in_tiles(
    network: CompiledDFPIR,
    prompt: Tensor,
    pixels: Tensor,
    tile: int,
    band: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Tensor:
    """Restore an image tile by tile with one attention for all; in overlaps, tiles are blended linearly.

    Args:
        network: compiled.
        prompt: (prompt_dim,).
        pixels: (H, W, 3) float32.
        tile: side of a tile in pixels, at least 128.
        band: positions of a band.
        progress: called after each band.
        cancel: checked after each band.

    Returns:
        (H, W, 3) float32.

    Raises:
        NonFiniteError: the output holds infinities or NaN.
        Cancelled: ``cancel`` was set.
    """
    height, width = pixels.shape[:2]
    multiple = network.config.multiple
    overlap = min(max(tile // 4, MIN_OVERLAP), MAX_OVERLAP)
    tiles = cut_into_tiles(height, width, tile // multiple * multiple, overlap, multiple)
    reduced = mosaic(pixels, tile)
    tile_cost, reduced_cost = height * width / len(tiles), reduced.shape[0] * reduced.shape[1]  # of a pass, in pixels
    total_cost = _GATHER_COST * (reduced_cost + ROUNDS * height * width) + height * width
    costs = _PassProgress(progress, total_cost)
    matrices = network.attention_matrices(
        reduced, prompt, band=band, progress=costs.next(_GATHER_COST * reduced_cost), cancel=cancel
    )
    for _ in range(ROUNDS):
        sums = GlobalSums(network.dtype, network.device)
        for part in tiles:
            tile_progress = costs.next(_GATHER_COST * tile_cost)
            network.gather(
                pixels[part.area],
                prompt,
                matrices,
                sums,
                part.interior,
                band=band,
                progress=tile_progress,
                cancel=cancel,
            )
        matrices = sums.matrices()
    total, weights = torch.zeros_like(pixels), torch.zeros(height, width, 1)
    for part in tiles:
        tile_progress = costs.next(tile_cost)
        restored = network.restore(
            pixels[part.area], prompt, band=band, attention_matrices=matrices, progress=tile_progress, cancel=cancel
        )
        rows, columns = (
            _blend_weights(part.top, part.height, height, overlap),
            _blend_weights(part.left, part.width, width, overlap),
        )
        weight = rows[:, None, None] * columns[None, :, None]
        total[part.area] += restored * weight
        weights[part.area] += weight
    return total.div_(weights)


class _PassProgress:
    """Maps the progress of consecutive passes to that of the whole."""

    def __init__(self, progress: ProgressCallback, total: float) -> None:
        self._progress = progress
        self._total = total
        self._done = 0.0

    def next(self, cost: float) -> ProgressCallback:
        start, self._done = self._done / self._total, self._done + cost
        return scaled(self._progress, start, min(self._done / self._total, 1.0))


def mosaic(pixels: Tensor, side: int) -> Tensor:
    """An image of at most ``side`` x ``side`` pixels, made of square patches from all over a larger one.

    Unlike a shrunk image, it has the source's noise and sharpness. (H, W, 3) -> (h, w, 3); an image that is small
    enough is not changed.
    """
    rows, columns = (_patches(length, side) for length in pixels.shape[:2])
    return pixels[rows][:, columns]


def _patches(length: int, side: int) -> Tensor:
    # Indices of the pixels along one side.
    if length <= side:
        return torch.arange(length)
    starts = torch.linspace(0, length - _PATCH, side // _PATCH).round().long()
    return (starts[:, None] + torch.arange(_PATCH)).flatten()


def _blend_weights(start: int, length: int, whole: int, overlap: int) -> Tensor:
    # Rises from the tile's edge inwards, but not from an edge of the image, where tile and frame see the same.
    # Zero in the outer quarter of the overlap, which the tile's edge affects most.
    inner = torch.arange(length, dtype=torch.float32) + 0.5
    margin = overlap / 4
    rise = [(distance - margin) / (overlap - 2 * margin) for distance in (inner, inner.flip(0))]
    first = rise[0] if start > 0 else torch.ones(length)
    last = rise[1] if start + length < whole else torch.ones(length)
    return torch.minimum(first, last).clamp(0.0, 1.0)
