"""From the picture into the first map and back: padding, stem and head, in bands.

The picture stays where it is, usually in the computer's own memory; only bands of it go to the device.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.inference.streaming.bands import Band, Scratch, bands
from core.inference.streaming.resampling import channels_last, convolved, rows_of
from core.inference.streaming.weights import replicates
from core.inference.streaming.workers import Finished, RowWorkers


class NotFinite(Exception):
    """The network's output holds infinities or NaN."""


class Picture:
    """A picture that is continued by reflection to the right and below, to multiples of some number of pixels.

    Args:
        pixels: (H, W, 3) float32 or float64.
        multiple: that height and width are brought to.
    """

    def __init__(self, pixels: Tensor, multiple: int) -> None:
        self._pixels = pixels
        height, width = pixels.shape[:2]
        self.height, self.width = height + -height % multiple, width + -width % multiple
        self._rows, self._columns = _reflected(height, self.height), _reflected(width, self.width)

    def take(self, start: int, stop: int) -> Tensor:
        """Rows ``start`` to ``stop``: (n, width, 3)."""
        height, width = self._pixels.shape[:2]
        rows = self._pixels[start:stop] if stop <= height else self._pixels[self._rows[start:stop]]
        return rows if self.width == width else rows[:, self._columns]


@dataclass(frozen=True)
class Stem:
    """Pixel-unshuffle by ``factor`` and the first convolution: weight (C, 3f², 3, 3).

    ``replicate``: the convolution continues the map by its outermost pixels, not by zeros.
    """

    weight: Tensor
    factor: int
    replicate: bool

    @classmethod
    def of(cls, convolution: nn.Conv2d, factor: int, dtype: torch.dtype) -> "Stem":
        """From the plain convolution."""
        return cls(channels_last(convolution.weight, dtype), factor, replicates(convolution))

    def __call__(self, picture: Picture, target: Tensor, rows: int, workers: RowWorkers, finished: Finished) -> None:
        """Fill the first map, (height/f, width/f, C), in bands of ``rows`` rows of it."""

        def unshuffled(start: int, stop: int) -> Tensor:
            pixels = picture.take(self.factor * start, self.factor * stop)
            by_position = pixels.to(target).view(stop - start, self.factor, target.shape[1], self.factor, 3)
            return by_position.permute(0, 2, 4, 1, 3).flatten(2)  # (n, W/f, 3f²), channels as (colour, dy, dx)

        def fill(part: Band, scratch: Scratch, finished: Finished) -> None:
            for band in bands(part, rows):
                target[band.start : band.stop] = convolved(
                    unshuffled, len(target), band.start, band.stop, self.weight, self.replicate
                )
                finished(band.rows)

        workers.run(workers.parts(len(target)), target.shape[1], fill, finished)


@dataclass(frozen=True)
class Head:
    """The last convolution, weight (3f², 2C, 3, 3), and pixel-shuffle by ``factor``; ``replicate`` as for ``Stem``."""

    weight: Tensor
    factor: int
    replicate: bool

    @classmethod
    def of(cls, convolution: nn.Conv2d, factor: int, dtype: torch.dtype) -> "Head":
        """From the plain convolution."""
        return cls(channels_last(convolution.weight, dtype), factor, replicates(convolution))

    def __call__(
        self, feature_map: Tensor, picture: Picture, out: Tensor, rows: int, workers: RowWorkers, finished: Finished
    ) -> None:
        """Write picture + residual into ``out`` (H, W, 3), without what the padding gave.

        Raises:
            NotFinite: the output holds infinities or NaN.
        """
        height, width = out.shape[:2]

        def write(part: Band, scratch: Scratch, finished: Finished) -> None:
            for band in bands(part, rows):
                residual = convolved(
                    rows_of(feature_map), len(feature_map), band.start, band.stop, self.weight, self.replicate
                )
                by_position = residual.view(band.rows, -1, 3, self.factor, self.factor).permute(0, 3, 1, 4, 2)
                shuffled = by_position.reshape(band.rows * self.factor, -1, 3).to(out)  # (fn, width, 3)
                start = self.factor * band.start
                stop = min(self.factor * band.stop, height)
                if stop > start:
                    restored = shuffled[: stop - start, :width].add_(picture.take(start, stop)[:, :width])
                    if not torch.isfinite(restored).all():
                        raise NotFinite
                    out[start:stop] = restored
                finished(band.rows)

        workers.run(workers.parts(len(feature_map)), feature_map.shape[1], write, finished)


def _reflected(length: int, padded: int) -> Tensor:
    # Indices as of numpy.pad's mode "reflect", which goes to and fro where the side is shorter than the padding.
    return torch.from_numpy(np.pad(np.arange(length), (0, padded - length), mode="reflect"))
