"""Bands of rows, and the rolling windows in which depthwise convolutions meet their neighbours.

A feature map is (H, W, C): a row of the matrix that it flattens to is a pixel. It is worked on in bands of rows, from
the top down. A 3x3 convolution gives a row as soon as the row below is there, so what follows it lags by one row; a
window holds the rows that are still needed. Nothing is computed twice and the map can be overwritten in place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Band:
    """Rows ``start`` to ``stop`` (exclusive) of a map; ``last`` if no rows lie below."""

    start: int
    stop: int
    last: bool

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    def common(self, other: "Band") -> "Band":
        """The rows that both have; ``start`` = ``stop`` if there are none."""
        start = max(self.start, other.start)
        return Band(start, max(min(self.stop, other.stop), start), self.last and other.last)


def bands(part: Band, rows: int) -> Iterator[Band]:
    """Cut the rows of ``part`` into bands of ``rows``; the last may have fewer."""
    for start in range(part.start, part.stop, rows):
        stop = min(start + rows, part.stop)
        yield Band(start, stop, part.last and stop == part.stop)


def flat(rows: Tensor) -> Tensor:
    """Rows of a map (n, W, C) as a matrix (n*W, C) that shares their memory."""
    return rows.view(-1, rows.shape[-1])


class Scratch:
    """Named buffers that one stage after another uses, so that memory is asked for once and stays in the cache.

    Args:
        dtype: of the buffers.
        device: of the buffers.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self._dtype = dtype
        self._device = device
        self._buffers: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """A contiguous buffer with undefined content; it is the caller's until the next call with this name."""
        size = torch.Size(shape).numel()
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < size:
            self._buffers.pop(name, None)  # before the larger one is there, not after
            buffer = self._buffers[name] = torch.empty(size, dtype=self._dtype, device=self._device)
        return buffer[:size].view(shape)


class Window:
    """The rows that a depthwise 3x3 convolution still needs, with one more row above and below the picture: zeros, or
    copies of the outermost rows.

    Args:
        scratch: lends the buffer.
        name: of the buffer.
        rows: most rows that come at once.
        width: of the map, pixels.
        weight: (C, 1, 3, 3) of the convolution.
        replicate: whether the outermost pixels continue the map, instead of zeros.
        top: whether the first rows are the picture's; otherwise the first one only serves the second.
    """

    def __init__(
        self, scratch: Scratch, name: str, rows: int, width: int, weight: Tensor, replicate: bool, top: bool
    ) -> None:
        self._weight = weight
        self._replicate = replicate
        self._rows = scratch.take(name, rows + 3, width, weight.shape[0])  # two kept, and one more below the picture
        self._rows[0].zero_()
        self._kept = 1 if top else 0
        self._begun = not top

    def fresh(self, rows: int) -> Tensor:
        """Where the next ``rows`` rows belong: (rows*W, C), to be filled by the caller."""
        return flat(self._rows[self._kept : self._kept + rows])

    def convolve(self, rows: int, last: bool) -> Tensor | None:
        """Convolve what the fresh rows complete.

        Args:
            rows: how many were filled.
            last: whether they end the picture.

        Returns:
            (n*W, C), the next n rows of the result; None if there are none yet.
        """
        if self._replicate and not self._begun:
            self._rows[0].copy_(self._rows[1])
        self._begun = True
        end = self._kept + rows
        if last:
            self._rows[end].copy_(self._rows[end - 1]) if self._replicate else self._rows[end].zero_()
            end += 1
        result = depthwise(self._rows[:end], self._weight, self._replicate) if end > 2 else None
        kept = min(2, end)
        self._rows[:kept].copy_(self._rows[end - kept : end].clone() if end < 4 else self._rows[end - kept : end])
        self._kept = kept
        return result


def as_image(rows: Tensor) -> Tensor:
    """Rows (n, W, C) as (1, C, n, W), for torch's convolutions, which recognise it as channels-last.

    The order matters: an axis that is added after the permutation gets a stride by which they would not.
    """
    return rows[None].permute(0, 3, 1, 2)


def depthwise(rows: Tensor, weight: Tensor, replicate: bool = False) -> Tensor:
    """3x3 convolution of each channel by itself, with padding beside the rows but not above and below them.

    Measured against nine shifted multiply-adds: torch's channels-last kernel is several times faster.

    Args:
        rows: (n + 2, W, C) contiguous.
        weight: (C, 1, 3, 3).
        replicate: pad with the outermost pixels instead of zeros.

    Returns:
        (n*W, C).
    """
    image = F.conv2d(as_image(rows), weight, padding=(0, 1), groups=weight.shape[0])  # (1, C, n, W)
    result = image[0].permute(1, 2, 0)  # (n, W, C)
    if replicate:
        # Added at the two outermost columns afterwards: wider rows would no longer be a matrix of pixels.
        for column, beside in ((0, 0), (-1, 2)):
            taps = weight[:, 0, :, beside].t()  # (3, C)
            edge = rows[:, column].unfold(0, 3, 1)  # (n, C, 3)
            result[:, column] += torch.einsum("nct,tc->nc", edge, taps)
    return result.reshape(-1, weight.shape[0])
