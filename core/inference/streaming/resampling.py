"""What lies between the levels, in bands: down- and upsampling with their skip connections.

The first level's map has 2C channels from the start: the encoder works on its right half, which becomes the skip
connection where it lies, and upsampled features go into the left half. On the other levels the 1x1 convolution that
follows the concatenation is split: its half for upsampled features is folded into their 3x3 convolution, its half for
the skip connection is applied where that lies. So no feature map is held twice.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.inference.streaming.bands import Band, Scratch, as_image, bands, flat
from core.inference.streaming.weights import exact, in_double, matrix_of, replicates
from core.inference.streaming.workers import Finished, RowWorkers
from core.models import Downsample, Upsample

Take = Callable[[int, int], Tensor]


@dataclass(frozen=True)
class Upsampling:
    """An Upsample and the 1x1 convolution behind the concatenation, if there is one.

    Attributes:
        weight: (4C, 2C, 3, 3); output channels lie as (dy, dx, c), so that a pixel's are contiguous.
        skip: (C, C) that the skip connection is multiplied by; None on the first level, which concatenates.
        replicate: whether the outermost pixels continue the map, instead of zeros.
    """

    weight: Tensor
    skip: Tensor | None
    replicate: bool

    @classmethod
    def of(cls, up: Upsample, fuse: nn.Module, dtype: torch.dtype) -> "Upsampling":
        """From the plain layers; ``fuse`` is a 1x1 convolution or an identity."""
        weight, skip = up.conv.weight.unflatten(0, (-1, 4)).transpose(0, 1), None  # (4, C, 2C, 3, 3)
        if isinstance(fuse, nn.Conv2d):
            both = matrix_of(fuse.weight)
            channels = both.shape[1]
            skip = both[channels:].to(dtype).contiguous()
            # Padding is of the input of the 3x3 convolution, and no bias comes after it: the product folds exactly.
            folded = torch.einsum("dimyx,io->domyx", in_double(weight), in_double(both[:channels]))
            weight = folded.to(weight.device, exact(weight, dtype).dtype)
        return cls(channels_last(weight.flatten(0, 1), dtype), skip, replicates(up.conv))

    def __call__(self, below: Tensor, target: Tensor, rows: int, workers: RowWorkers, finished: Finished) -> None:
        """Bring the level below up into the map of this one.

        Args:
            below: (H, W, 2C), the coarser map.
            target: (2H, 2W, C) to be overwritten; if there is a ``skip``, it holds the skip connection.
            rows: of a band of ``below``.
            workers: share the rows.
            finished: called after each band.
        """

        def upsample(part: Band, scratch: Scratch, finished: Finished) -> None:
            for band in bands(part, rows):
                # (n, W, 4C)
                up = convolved(rows_of(below), len(below), band.start, band.stop, self.weight, self.replicate)
                n, width, _ = up.shape
                out = target[2 * band.start : 2 * band.stop]  # (2n, 2W, C)
                if self.skip is not None:
                    out.copy_((flat(out) @ self.skip).view(out.shape))
                by_position = up.view(n, width, 2, 2, -1).transpose(1, 2)  # (n, 2, W, 2, C)
                into = out.view(n, 2, width, 2, -1)
                into.copy_(by_position) if self.skip is None else into.add_(by_position)
                finished(band.rows)

        workers.run(workers.parts(len(below)), below.shape[1], upsample, finished)


@dataclass(frozen=True)
class Downsampling:
    """A Downsample: weight (C/2, C, 3, 3); ``replicate`` as for :class:`Upsampling`."""

    weight: Tensor
    replicate: bool

    @classmethod
    def of(cls, down: Downsample, dtype: torch.dtype) -> "Downsampling":
        """From the plain layer."""
        return cls(channels_last(down.conv.weight, dtype), replicates(down.conv))

    def __call__(self, feature_map: Tensor, rows: int, workers: RowWorkers, finished: Finished) -> Tensor:
        """(H, W, C) -> a new map (H/2, W/2, 2C). Arguments as for :class:`Upsampling`; ``rows`` of the new map."""
        height, width, channels = feature_map.shape
        below = feature_map.new_empty(height // 2, width // 2, 2 * channels)

        def downsample(part: Band, scratch: Scratch, finished: Finished) -> None:
            for band in bands(part, rows):
                start, stop = 2 * band.start, 2 * band.stop
                convolution = convolved(rows_of(feature_map), height, start, stop, self.weight, self.replicate)
                by_position = convolution.view(band.rows, 2, width // 2, 2, -1)  # of (2n, W, C/2)
                # Channels of the result lie as (c, dy, dx).
                below[band.start : band.stop].unflatten(2, (-1, 2, 2)).copy_(by_position.permute(0, 2, 4, 1, 3))
                finished(band.rows)

        workers.run(workers.parts(height // 2), width // 2, downsample, finished)
        return below


def channels_last(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """A weight (out, in, 3, 3) in the memory layout that channels-last convolutions read."""
    return weight.to(dtype).contiguous(memory_format=torch.channels_last)


def convolved(take: Take, height: int, start: int, stop: int, weight: Tensor, replicate: bool) -> Tensor:
    """Rows ``start`` to ``stop`` of a map's 3x3 convolution.

    Args:
        take: gives rows of the map by first and last (exclusive), (n, W, in).
        height: of the map.
        start: first row.
        stop: row behind the last.
        weight: (out, in, 3, 3).
        replicate: continue the map by its outermost pixels, not by zeros.

    Returns:
        (stop - start, W, out) contiguous.
    """
    top, bottom = max(start - 1, 0), min(stop + 1, height)
    inside = top == start - 1 and bottom == stop + 1
    rows = take(top, bottom)
    if replicate:
        above, below = rows[:1].expand(1 - (start - top), -1, -1), rows[-1:].expand(1 - (bottom - stop), -1, -1)
        rows = torch.cat([above, rows, below])
        rows = torch.cat([rows[:, :1], rows, rows[:, -1:]], dim=1)
        return F.conv2d(as_image(rows), weight)[0].permute(1, 2, 0).contiguous()
    image = as_image(rows)
    result = F.conv2d(image, weight, padding=(0 if inside else 1, 1))[0].permute(1, 2, 0)
    return (result if inside else result[start - top : stop - top]).contiguous()


def rows_of(feature_map: Tensor) -> Take:
    """Gives rows of a map that lies in memory."""
    return lambda start, stop: feature_map[start:stop]
