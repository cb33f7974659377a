"""How much memory a restoration takes, and the plans by which it can take less."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.inference.streaming.compiled import BAND_POSITIONS, band_height
from core.models import DFPIRConfig
from core.models.config import LEVELS
from core.system.device_info import Precision
from core.system.devices import PRECISIONS

SAFE_SHARE = 0.6
"""Share of the free memory that a restoration may plan to use; the rest is for what the estimate does not cover."""

TILES = (2048, 1024, 512, 256)
"""Sides of tiles in pixels, where whole maps do not fit; smaller ones would cost too much in overlaps."""

_NARROW_DIVISOR = 8
"""How many times fewer positions a band has where memory is scarce."""

_OVERHEAD = 56 << 20
"""Bytes for kernels that are compiled at run time, memory that the allocator keeps, and other small things."""

_TEMPORARY_FACTOR = {4: 1.4, 2: 3.3}
"""Safety factor for temporaries, including allocator overhead, by bytes of a value."""


@dataclass(frozen=True)
class Plan:
    """One way to restore an image.

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


def candidate_plans(
    config: DFPIRConfig,
    height: int,
    width: int,
    precisions: Sequence[Precision],
    tile: int | None = None,
    band: int = BAND_POSITIONS,
    workers: int = 1,
    *,
    averaged: bool = False,
) -> Iterator[Plan]:
    """All ways to restore an image, the best first.

    Exact bands come before tiles, the first precision before others, and high bands before low ones.

    Args:
        config: of the network.
        height: of the image, pixels.
        width: of the image, pixels.
        precisions: that may be used.
        tile: side of tiles in pixels if tiling is forced; then only smaller tiles follow.
        band: positions of a band if there is enough memory.
        workers: number of bands that are processed at the same time.
        averaged: whether the result is the mean over rotations and reflections of the image.
    """
    upright = _upright_plans(config, height, width, precisions, tile, band, workers)
    if not averaged:
        yield from upright
        return
    rotated = _upright_plans(config, width, height, precisions, tile, band, workers)
    additional = 2 * height * width * 3 * 4  # the sum, and the rotated image
    for plan, other in zip(upright, rotated, strict=True):
        yield replace(plan, needed=max(plan.needed, other.needed) + additional)


def _upright_plans(
    config: DFPIRConfig,
    height: int,
    width: int,
    precisions: Sequence[Precision],
    tile: int | None,
    band: int,
    workers: int,
) -> Iterator[Plan]:
    narrow = band // _NARROW_DIVISOR
    if tile is None:
        for precision in precisions:
            for positions in (band, narrow):
                needed = frame_bytes(config, height, width, precision, positions, workers)
                yield Plan(precision, positions, None, needed)
    sides = [side for side in TILES if side < (tile or max(height, width))]
    for side in [tile, *sides] if tile else sides:
        for precision in precisions:
            # In addition to the tile: the sum of blended tiles, its weights, and the image reduced to at most a tile.
            blending = height * width * 4 * 4 + min(side * side, height * width) * 3 * 4
            needed = blending + frame_bytes(config, min(side, height), min(side, width), precision, narrow, workers)
            yield Plan(precision, narrow, side, needed)


def frame_bytes(config: DFPIRConfig, height: int, width: int, precision: Precision, band: int, workers: int = 1) -> int:
    """Estimate of the memory for restoring an image in exact bands, without weights and image, in bytes.

    It is the largest sum over the levels of: the maps (2C channels on the first level of the decoder, and those of the
    levels below until the decoder has used them); and, for each band in work, the rows before and after the depthwise
    convolutions. The result takes less than the maps of which it is made, whose rows are given back.

    Args:
        config: of the network.
        height: of the image, pixels.
        width: of the image, pixels.
        precision: of maps and bands.
        band: positions of a band.
        workers: number of bands that are processed at the same time.
    """
    size = PRECISIONS[precision].itemsize
    height, width = height + -height % config.multiple, width + -width % config.multiple
    sizes = [(height // (config.stem << n), width // (config.stem << n)) for n in range(LEVELS)]
    maps = [rows * columns * config.channels(n) * size for n, (rows, columns) in enumerate(sizes)]
    peak = scratch = 0
    for level in reversed(range(LEVELS)):
        channels = config.channels(level) * (2 if level == 0 else 1)
        rows, columns = band_height(band, *sizes[level], level), sizes[level][1]
        buffers, temporary = _band_bytes(channels, int(channels * config.expansion), rows, columns, size)
        scratch = max(scratch, buffers)  # freed between the levels of large maps only
        live = sum(maps[: level + 2]) if level else 2 * maps[0] + max(maps[1], height * width * 3 * 4)
        peak = max(peak, live + workers * (scratch + int(temporary * _TEMPORARY_FACTOR[size])))
    return peak + _OVERHEAD


def _band_bytes(channels: int, hidden: int, rows: int, columns: int, size: int) -> tuple[int, int]:
    # Scratch buffers, and temporaries.
    hidden += -hidden % 16
    buffers = ((rows + 3) * 2 * channels + 2 * (rows + 4) * hidden) * columns * size
    # Queries and keys as they are, squared, and if needed in full precision.
    gathering = 2 * channels * (size + 4 + (4 if size < 4 else 0))
    applying = (3 * channels + 3 * hidden) * size
    return buffers, max(gathering, applying) * rows * columns
