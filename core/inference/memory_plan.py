"""How much memory a restoration takes, how much there is, and what is done so that it fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from core.inference.devices import PRECISIONS, Precision
from core.inference.streaming.streaming_run import BAND_POSITIONS, band_rows
from core.models import DFPIRConfig
from core.models.config import LEVELS
from core.system.memory import free_memory

SAFE_SHARE = 0.6
"""Share of the free memory that a restoration may plan to use; the rest is for what the estimate does not see."""

TILES = (2048, 1024, 512, 256)
"""Sides of tiles in pixels, where whole maps do not fit; smaller ones would cost too much in overlaps."""

_NARROWER = 8  # times, where memory is scarce
_OVERHEAD = 30 << 20  # kernels made at run time, and small things
_KEPT = {4: 1.4, 2: 3.3}  # what comes and goes, times this, with what the C library keeps of it; by bytes of a value


@dataclass(frozen=True)
class Plan:
    """One way to restore a picture.

    Attributes:
        precision: of maps and products.
        band: positions of a band.
        tile: side of tiles in pixels; None for exact bands.
        needed: bytes, estimated.
    """

    precision: Precision
    band: int
    tile: int | None
    needed: int


def plans(
    config: DFPIRConfig,
    height: int,
    width: int,
    precisions: Sequence[Precision],
    tile: int | None = None,
    band: int = BAND_POSITIONS,
    workers: int = 1,
) -> Iterator[Plan]:
    """All ways to restore a picture, the best first.

    Exact bands come before tiles, the first precision before others, and high bands before low ones.

    Args:
        config: the network.
        height: of the picture, pixels.
        width: of the picture, pixels.
        precisions: that may be used.
        tile: side of tiles in pixels if they are wanted; then only smaller ones follow.
        band: positions of a band if there is memory for them.
        workers: that have a band each at the same time.
    """
    if tile is None:
        for precision in precisions:
            for positions in (band, band // _NARROWER):
                yield Plan(
                    precision, positions, None, frame_bytes(config, height, width, precision, positions, workers)
                )
    sides = [side for side in TILES if side < (tile or max(height, width))]
    for side in [tile, *sides] if tile else sides:
        for precision in precisions:
            # Beside the tile: the sum of blended tiles, its weights, and the picture reduced to at most a tile.
            blending = height * width * 4 * 4 + min(side * side, height * width) * 3 * 4
            narrow = band // _NARROWER
            needed = blending + frame_bytes(config, min(side, height), min(side, width), precision, narrow, workers)
            yield Plan(precision, narrow, side, needed)


def frame_bytes(config: DFPIRConfig, height: int, width: int, precision: Precision, band: int, workers: int = 1) -> int:
    """Estimate of what restoring a picture in exact bands needs beside weights and picture, in bytes.

    The maps: 2C channels on the first level, and those below it until the decoder has used them up, when the result
    takes their place. And for the bands in work, wherever that is most: the rows before and behind the depthwise
    convolutions.

    Args:
        config: the network.
        height: of the picture, pixels.
        width: of the picture, pixels.
        precision: of maps and bands.
        band: positions of a band.
        workers: that have a band each at the same time.
    """
    size = PRECISIONS[precision].itemsize
    height, width = height + -height % config.multiple, width + -width % config.multiple
    sizes = [(height // (config.stem << n), width // (config.stem << n)) for n in range(LEVELS)]
    maps = [rows * columns * config.channels(n) * size for n, (rows, columns) in enumerate(sizes)]
    maps[0] *= 2
    peak = scratch = 0
    for level in reversed(range(LEVELS)):
        channels = config.channels(level) * (2 if level == 0 else 1)
        rows, columns = band_rows(band, *sizes[level]), sizes[level][1]
        lent, passing = _band_bytes(channels, int(channels * config.expansion), rows, columns, size)
        scratch = max(scratch, lent)  # buffers grow and stay
        live = sum(maps[: level + 1]) + (sum(maps[level + 1 : level + 2]) if level else height * width * 3 * 4)
        peak = max(peak, live + workers * (scratch + int(passing * _KEPT[size])))
    return peak + _OVERHEAD


def _band_bytes(channels: int, hidden: int, rows: int, columns: int, size: int) -> tuple[int, int]:
    # Lent buffers, and what comes and goes.
    hidden += -hidden % 16
    lent = ((rows + 3) * 2 * channels + 2 * (rows + 4) * hidden) * columns * size
    # Queries and keys as they are, squared, and if need be in full precision.
    gathering = 2 * channels * (size + 4 + (4 if size < 4 else 0))
    applying = (3 * channels + 3 * hidden) * size
    return lent, max(gathering, applying) * rows * columns


def free_bytes(device: torch.device) -> int:
    """Memory that can still be had on a device, in bytes."""
    if device.type == "cuda":
        # What PyTorch has kept of earlier photos is ours to use again, though the driver does not call it free.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    return free_memory()
