"""Overlapped, blended tiles: the fallback where the whole frame's maps do not fit into memory.

The network's attention sums over the whole picture, so that a tile by itself would see other statistics than the frame:
tones would change, and seams show. Here all tiles share the attention of one picture. It begins as that of a reduced
frame, a mosaic of patches (shrinking instead would change the noise and with it the attention), and is then gathered
anew over all tiles, round by round. Each round corrects what the one before got wrong; the first blocks are exact after
the first, and errors of later ones shrink quickly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.inference.streaming.attention import GlobalSums
from core.inference.streaming.blocks import Core
from core.inference.streaming.compiled import CompiledDFPIR
from core.inference.tiling import tile_starts
from core.progress import CancelToken, ProgressCallback, scaled

LEAST_OVERLAP = 64
MOST_OVERLAP = 256
"""Pixels between which a quarter of a tile is what neighbours share: what an edge spoils reaches some way inwards."""

ROUNDS = 3
"""How often the sums are gathered over all tiles.

Measured with the compact model on 352x512 crops of the sample photos, from patches of half the frame's sides, all else
as in the full frame: after 0, 1, 2 and 3 rounds 49, 57, 71 and 95 dB from it for noise, 27, 37, 37 and 60 for haze, 40,
55, 73 and 89 for rain.
"""

_GATHER_SHARE = 1.5
"""What a round costs, a pass that only applies being 1."""

_PATCH = 64


@dataclass(frozen=True)
class Tile:
    """A rectangle of the picture, in pixels, and the part of it that no other tile gathers, in the tile's pixels."""

    top: int
    left: int
    height: int
    width: int
    core: Core

    @property
    def area(self) -> tuple[slice, slice]:
        """Index of its rows and columns in the picture."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def tiles_of(height: int, width: int, tile: int, overlap: int, multiple: int) -> list[Tile]:
    """Cut a picture into tiles; their cores cover it once, with what it is padded by."""
    return [
        Tile(top, left, rows, columns, Core(core_top, core_bottom, core_left, core_right))
        for top, rows, core_top, core_bottom in _cut(height, tile, overlap, multiple)
        for left, columns, core_left, core_right in _cut(width, tile, overlap, multiple)
    ]


def _cut(length: int, tile: int, overlap: int, multiple: int) -> Iterator[tuple[int, int, int, int]]:
    # Start, length, and core of each tile along one side. Cores meet in the middle of overlaps.
    starts = tile_starts(length, tile, overlap, multiple)
    for number, start in enumerate(starts):
        end = min(start + tile, length)
        before, after = starts[number - 1 : number], starts[number + 1 : number + 2]
        core_start = (before[0] + tile - start) // 2 // multiple * multiple if before else 0
        padded = end - start + -(end - start) % multiple
        core_end = after[0] - start + (tile - (after[0] - start)) // 2 // multiple * multiple if after else padded
        yield start, end - start, core_start, core_end


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
    """Restore a picture tile by tile with one attention for all; in overlaps, tiles fade into each other.

    Args:
        network: compiled.
        prompt: (prompt_dim,).
        pixels: (H, W, 3) float32.
        tile: side of a tile in pixels, at least 128.
        band: positions of a band.
        progress: called after each band.
        cancel: asked after each band.

    Returns:
        (H, W, 3) float32.

    Raises:
        NotFinite: the output holds infinities or NaN.
        Cancelled: ``cancel`` was set.
    """
    height, width = pixels.shape[:2]
    multiple = network.config.multiple
    overlap = min(max(tile // 4, LEAST_OVERLAP), MOST_OVERLAP)
    tiles = tiles_of(height, width, tile // multiple * multiple, overlap, multiple)
    reduced = mosaic(pixels, tile)
    one, small = height * width / len(tiles), reduced.shape[0] * reduced.shape[1]  # work of a pass, in pixels
    steps = _Steps(progress, _GATHER_SHARE * (small + ROUNDS * height * width) + height * width)
    matrices = network.matrices(reduced, prompt, band=band, progress=steps.next(_GATHER_SHARE * small), cancel=cancel)
    for _ in range(ROUNDS):
        sums = GlobalSums(network.dtype, network.device)
        for part in tiles:
            report = steps.next(_GATHER_SHARE * one)
            network.gather(
                pixels[part.area], prompt, matrices, sums, part.core, band=band, progress=report, cancel=cancel
            )
        matrices = sums.matrices()
    total, weights = torch.zeros_like(pixels), torch.zeros(height, width, 1)
    for part in tiles:
        report = steps.next(one)
        restored = network.restore(
            pixels[part.area], prompt, band=band, matrices=matrices, progress=report, cancel=cancel
        )
        rows, columns = _ramp(part.top, part.height, height, overlap), _ramp(part.left, part.width, width, overlap)
        weight = rows[:, None, None] * columns[None, :, None]
        total[part.area] += restored * weight
        weights[part.area] += weight
    return total.div_(weights)


class _Steps:
    # Turns the shares of passes one after the other into the share of the whole.

    def __init__(self, progress: ProgressCallback, total: float) -> None:
        self._progress = progress
        self.total = total
        self._done = 0.0

    def next(self, cost: float) -> ProgressCallback:
        start, self._done = self._done / self.total, self._done + cost
        return scaled(self._progress, start, min(self._done / self.total, 1.0))


def mosaic(pixels: Tensor, side: int) -> Tensor:
    """A picture of at most ``side`` x ``side`` pixels, made of square patches from all over a larger one.

    Unlike a picture that is shrunk, it has the source's noise and sharpness. (H, W, 3) -> (h, w, 3); one that is small
    enough stays as it is.
    """
    rows, columns = (_patches(length, side) for length in pixels.shape[:2])
    return pixels[rows][:, columns]


def _patches(length: int, side: int) -> Tensor:
    # Indices of the pixels along one side.
    if length <= side:
        return torch.arange(length)
    starts = torch.linspace(0, length - _PATCH, side // _PATCH).round().long()
    return (starts[:, None] + torch.arange(_PATCH)).flatten()


def _ramp(start: int, length: int, whole: int, overlap: int) -> Tensor:
    # Rises from the tile's edge inwards, but not from an edge of the picture, where the tile is as good as the frame.
    # Zero in the outer quarter of the overlap, which the tile's own edge has reached.
    inner = torch.arange(length, dtype=torch.float32) + 0.5
    spoilt = overlap / 4
    rise = [(distance - spoilt) / (overlap - 2 * spoilt) for distance in (inner, inner.flip(0))]
    first = rise[0] if start > 0 else torch.ones(length)
    last = rise[1] if start + length < whole else torch.ones(length)
    return torch.minimum(first, last).clamp(0.0, 1.0)
