"""The dense 3x3 convolutions of the network, band by band: stem, head, down- and upsampling.

The first level's map has room for 2C channels from the start. The encoder uses the first half of its memory; when the
upsampled features arrive, the skip connection is moved, row by row from the end, into the right half of the channels.
On the other levels the 1x1 convolution that follows the concatenation is split: its half for upsampled features is
folded into their 3x3 convolution, its half for the skip connection is applied in place. So no map is held twice.

The image stays where it is, usually in the computer's own memory; only bands of it go to the device.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.inference.streaming.bands import Scratch, as_image, flat, for_products, replace_outermost_columns
from core.inference.streaming.buffers import FeatureMap, RowRelease
from core.inference.streaming.weights import exact, in_double, matrix_of, replicates
from core.inference.streaming.workers import RowPart, RowsDone, RowWorkers
from core.models import Downsample, Upsample

ReadRows = Callable[[int, int], Tensor]
"""Returns rows ``start`` to ``stop`` (exclusive) of a map, (n, W, C)."""


class NonFiniteError(Exception):
    """The network's output holds infinities or NaN."""


class PaddedImage:
    """An image continued by reflection to the right and below, to multiples of a number of pixels.

    Args:
        pixels: (H, W, 3) float32 or float64.
        multiple: height and width are padded to multiples of it.
    """

    def __init__(self, pixels: Tensor, multiple: int) -> None:
        self._pixels = pixels
        height, width = pixels.shape[:2]
        self.height, self.width = height + -height % multiple, width + -width % multiple
        self._rows, self._columns = _reflected(height, self.height), _reflected(width, self.width)

    def rows(self, start: int, stop: int) -> Tensor:
        """Rows ``start`` to ``stop`` (exclusive): (n, width, 3)."""
        height, width = self._pixels.shape[:2]
        rows = self._pixels[start:stop] if stop <= height else self._pixels[self._rows[start:stop]]
        return rows if self.width == width else rows[:, self._columns]


@dataclass(frozen=True)
class Stem:
    """Pixel-unshuffle by ``factor`` and the first convolution.

    Attributes:
        weight: (C, 3f², 3, 3).
        factor: f.
        replicate: whether the convolution pads with the outermost pixels instead of zeros.
    """

    weight: Tensor
    factor: int
    replicate: bool

    @classmethod
    def from_layer(cls, convolution: nn.Conv2d, factor: int, dtype: torch.dtype) -> "Stem":
        """Repack the plain convolution."""
        return cls(channels_last(convolution.weight, dtype), factor, replicates(convolution))

    def __call__(
        self, image: PaddedImage, target: Tensor, band_height: int, workers: RowWorkers, rows_done: RowsDone
    ) -> None:
        """Fill the first map, (height/f, width/f, C), in bands of ``band_height`` of its rows."""

        def unshuffled(start: int, stop: int) -> Tensor:
            pixels = image.rows(self.factor * start, self.factor * stop)
            by_position = pixels.to(target).view(stop - start, self.factor, target.shape[1], self.factor, 3)
            return by_position.permute(0, 2, 4, 1, 3).flatten(2)  # (n, W/f, 3f²), channels as (colour, dy, dx)

        def fill(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
            for band in part.bands():
                target[band.start : band.stop] = convolve_rows(
                    unshuffled, len(target), band.start, band.stop, self.weight, self.replicate
                )
                rows_done(band.rows)

        workers.run(len(target), target.shape[1], band_height, fill, rows_done)


@dataclass(frozen=True)
class Head:
    """The last convolution and pixel-shuffle by ``factor``.

    Attributes:
        weight: (3f², 2C, 3, 3).
        factor: f.
        replicate: whether the convolution pads with the outermost pixels instead of zeros.
    """

    weight: Tensor
    factor: int
    replicate: bool

    @classmethod
    def from_layer(cls, convolution: nn.Conv2d, factor: int, dtype: torch.dtype) -> "Head":
        """Repack the plain convolution."""
        return cls(channels_last(convolution.weight, dtype), factor, replicates(convolution))

    def __call__(
        self,
        whole: FeatureMap,
        image: PaddedImage,
        out: Tensor,
        band_height: int,
        workers: RowWorkers,
        rows_done: RowsDone,
    ) -> None:
        """Write image + residual into ``out`` (H, W, 3), without the padding. Rows of the map are given back.

        Raises:
            NonFiniteError: the output holds infinities or NaN.
        """
        height, width = out.shape[:2]
        feature_map = whole.tensor

        def write(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
            release = RowRelease(whole, part.start)
            for band in part.bands():
                residual = convolve_rows(
                    rows_of(feature_map), len(feature_map), band.start, band.stop, self.weight, self.replicate
                )
                by_position = residual.view(band.rows, -1, 3, self.factor, self.factor).permute(0, 3, 1, 4, 2)
                shuffled = by_position.reshape(band.rows * self.factor, -1, 3).to(out)  # (fn, width, 3)
                start = self.factor * band.start
                stop = min(self.factor * band.stop, height)
                if stop > start:
                    restored = shuffled[: stop - start, :width].add_(image.rows(start, stop)[:, :width])
                    if not torch.isfinite(restored).all():
                        raise NonFiniteError
                    out[start:stop] = restored
                release.until(band.stop)
                rows_done(band.rows)

        workers.run(len(feature_map), feature_map.shape[1], band_height, write, rows_done)


@dataclass(frozen=True)
class Upsampling:
    """An Upsample and the 1x1 convolution that follows the concatenation, if there is one.

    Attributes:
        weight: (4C, 2C, 3, 3); output channels are ordered (dy, dx, c), so that those of a pixel are contiguous.
        skip: (C, C) matrix applied to the skip connection; None on the first level, which concatenates.
        replicate: whether the convolution pads with the outermost pixels instead of zeros.
    """

    weight: Tensor
    skip: Tensor | None
    replicate: bool

    @classmethod
    def from_layers(cls, up: Upsample, fuse: nn.Module, dtype: torch.dtype) -> "Upsampling":
        """Repack the plain layers; ``fuse`` is a 1x1 convolution or an identity."""
        weight, skip = up.conv.weight.reshape(-1, 4, *up.conv.weight.shape[1:]).transpose(0, 1), None  # (4, C, 2C, ...)
        if isinstance(fuse, nn.Conv2d):
            both = matrix_of(fuse.weight)
            channels = both.shape[1]
            skip = for_products(both[channels:], dtype)
            # Padding is of the input of the 3x3 convolution, and no bias comes after it: the product folds exactly.
            folded = torch.einsum("dimyx,io->domyx", in_double(weight), in_double(both[:channels]))
            weight = folded.to(weight.device, exact(weight, dtype).dtype)
        return cls(channels_last(weight.flatten(0, 1), dtype), skip, replicates(up.conv))

    def __call__(
        self,
        coarse: FeatureMap,
        target: Tensor,
        band_height: int,
        workers: RowWorkers,
        rows_done: RowsDone,
        *,
        limits: tuple[int, int] | None = None,
        prepare: Callable[[int, int], None] = lambda start, stop: None,
    ) -> None:
        """Upsample the map of the level below into the map of this level. Rows of the former are given back.

        Args:
            coarse: (H, W, 2C), the coarser map.
            target: (2H, 2W, C) to be overwritten; if there is a ``skip``, it holds the skip connection.
            band_height: rows of the coarser map in a band.
            workers: share the rows.
            rows_done: called after each band.
            limits: rows of the coarser map to upsample, from and to (exclusive); None: all.
            prepare: called with the rows of ``target`` that are written next, from and to (exclusive).
        """
        below = coarse.tensor
        first, last = limits or (0, len(below))

        def upsample(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
            release = RowRelease(coarse, first + part.start)
            for band in part.bands():
                start, stop = first + band.start, first + band.stop
                prepare(2 * start, 2 * stop)
                # (n, W, 4C)
                up = convolve_rows(rows_of(below), len(below), start, stop, self.weight, self.replicate)
                n, width, _ = up.shape
                out = target[2 * start : 2 * stop]  # (2n, 2W, C)
                if self.skip is not None:
                    out.copy_((flat(out) @ self.skip).view(out.shape))
                by_position = up.view(n, width, 2, 2, -1).transpose(1, 2)  # (n, 2, W, 2, C)
                into = out.view(n, 2, width, 2, -1)
                into.copy_(by_position) if self.skip is None else into.add_(by_position)
                release.until(stop)
                rows_done(band.rows)

        workers.run(last - first, below.shape[1], band_height, upsample, rows_done)


@dataclass(frozen=True)
class Downsampling:
    """A Downsample: weight (C/2, C, 3, 3); ``replicate`` as for :class:`Upsampling`."""

    weight: Tensor
    replicate: bool

    @classmethod
    def from_layer(cls, down: Downsample, dtype: torch.dtype) -> "Downsampling":
        """Repack the plain layer."""
        return cls(channels_last(down.conv.weight, dtype), replicates(down.conv))

    def __call__(self, feature_map: Tensor, band_height: int, workers: RowWorkers, rows_done: RowsDone) -> FeatureMap:
        """(H, W, C) -> a new map (H/2, W/2, 2C). Arguments as for :class:`Upsampling`; bands are of the new map."""
        height, width, channels = feature_map.shape
        coarse = FeatureMap((height // 2, width // 2, 2 * channels), feature_map.dtype, feature_map.device)
        below = coarse.tensor

        def downsample(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
            for band in part.bands():
                start, stop = 2 * band.start, 2 * band.stop
                convolution = convolve_rows(rows_of(feature_map), height, start, stop, self.weight, self.replicate)
                by_position = convolution.view(band.rows, 2, width // 2, 2, -1)  # of (2n, W, C/2)
                rows = below[band.start : band.stop]
                # Channels of the result are ordered (c, dy, dx).
                rows.view(*rows.shape[:2], -1, 2, 2).copy_(by_position.permute(0, 2, 4, 1, 3))
                rows_done(band.rows)

        workers.run(height // 2, width // 2, band_height, downsample, rows_done)
        return coarse


def channels_last(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """A weight (out, in, 3, 3) in the memory layout that channels-last convolutions read."""
    return weight.to(dtype).contiguous(memory_format=torch.channels_last)


def convolve_rows(read: ReadRows, height: int, start: int, stop: int, weight: Tensor, replicate: bool) -> Tensor:
    """Rows ``start`` to ``stop`` (exclusive) of a map's 3x3 convolution.

    Args:
        read: returns rows of the map, (n, W, in).
        height: of the map.
        start: first row.
        stop: end of the rows.
        weight: (out, in, 3, 3).
        replicate: pad with the outermost pixels instead of zeros.

    Returns:
        (stop - start, W, out) contiguous.
    """
    top, bottom = max(start - 1, 0), min(stop + 1, height)
    inside = top == start - 1 and bottom == stop + 1
    rows = read(top, bottom)
    if replicate and not inside:
        above, below = rows[:1].expand(1 - (start - top), -1, -1), rows[-1:].expand(1 - (bottom - stop), -1, -1)
        rows = torch.cat([above, rows, below])
    complete = replicate or inside
    image = as_image(rows.contiguous())
    result = F.conv2d(image, weight, padding=(0 if complete else 1, 1))[0].permute(1, 2, 0)
    if replicate:
        replace_outermost_columns(result, rows, weight)
    return (result if complete else result[start - top : stop - top]).contiguous()


def rows_of(feature_map: Tensor) -> ReadRows:
    """The reader of a map that is held in memory."""
    return lambda start, stop: feature_map[start:stop]


def _reflected(length: int, padded: int) -> Tensor:
    # Indices as of numpy.pad's mode "reflect", which goes to and fro where the side is shorter than the padding.
    return torch.from_numpy(np.pad(np.arange(length), (0, padded - length), mode="reflect"))
