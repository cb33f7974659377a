"""Bands of rows, and the rolling windows of depthwise convolutions.

A feature map is (H, W, C), with H x W positions; flattened, it is a matrix with a row for each position. It is
processed in bands of rows, from the top down. A 3x3 convolution can compute a row once the row below is known, so its
result lags by one row; a window holds the rows that are still needed. Nothing is computed twice and the map can be
overwritten in place.
"""

import functools
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from core.inference.streaming.buffers import empty


@dataclass(frozen=True)
class Band:
    """Rows ``start`` to ``stop`` (exclusive) of a map; ``last`` if there are no rows below."""

    start: int
    stop: int
    last: bool

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    def common(self, other: "Band") -> "Band":
        """The rows in both bands; ``start`` = ``stop`` if there are none."""
        start = max(self.start, other.start)
        return Band(start, max(min(self.stop, other.stop), start), self.last and other.last)


def flat(rows: Tensor) -> Tensor:
    """Rows of a map (n, W, C) as a matrix (n*W, C) that shares their memory."""
    return rows.view(-1, rows.shape[-1])


class Scratch:
    """Named buffers that the stages share, so that memory is allocated once and stays in the cache.

    Args:
        dtype: of the buffers.
        device: of the buffers.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self._dtype = dtype
        self._device = device
        self._buffers: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """A contiguous buffer with undefined content, valid until the next call with this name."""
        size = torch.Size(shape).numel()
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < size:
            self._buffers.pop(name, None)  # freed before the larger one is allocated
            buffer = self._buffers[name] = empty((size,), self._dtype, self._device)
        return buffer[:size].view(shape)

    def free(self) -> None:
        """Give all buffers back; none may be in use."""
        self._buffers.clear()


class RollingWindow:
    """The rows that a depthwise 3x3 convolution still needs, with one row of padding above and below the map: zeros,
    or copies of the outermost rows.

    Args:
        scratch: owns the buffer.
        name: of the buffer.
        rows: maximum number of rows added at once.
        width: of the map, positions.
        weight: (C, 1, 3, 3) of the convolution.
        replicate: whether to pad with the outermost pixels instead of zeros.
        top: whether the first rows are the map's first; otherwise the first one is only a neighbour of the second.
    """

    def __init__(
        self, scratch: Scratch, name: str, rows: int, width: int, weight: Tensor, replicate: bool, top: bool
    ) -> None:
        self._weight = weight
        self._replicate = replicate
        self._rows = scratch.take(name, rows + 3, width, weight.shape[0])  # two kept rows and one of padding
        self._rows[0].zero_()
        self._kept_rows = 1 if top else 0
        self._started = not top

    def fresh(self, rows: int) -> Tensor:
        """The memory of the next ``rows`` rows, (rows*W, C), to be filled by the caller."""
        return flat(self._rows[self._kept_rows : self._kept_rows + rows])

    def convolve(self, rows: int, last: bool, then: "Then" = None) -> Tensor | None:
        """Convolve the rows whose neighbours are now known.

        Args:
            rows: number of fresh rows.
            last: whether they are the map's last.
            then: what is applied to the result, as for :func:`depthwise`.

        Returns:
            (n*W, C), the next n rows of the result; None if there are none yet.
        """
        if self._replicate and not self._started:
            self._rows[0].copy_(self._rows[1])
        self._started = True
        end = self._kept_rows + rows
        if last:
            self._rows[end].copy_(self._rows[end - 1]) if self._replicate else self._rows[end].zero_()
            end += 1
        result = depthwise(self._rows[:end], self._weight, self._replicate, then) if end > 2 else None
        kept = min(2, end)
        self._rows[:kept].copy_(self._rows[end - kept : end].clone() if end < 4 else self._rows[end - kept : end])
        self._kept_rows = kept
        return result


def as_image(rows: Tensor) -> Tensor:
    """Rows (n, W, C) as (1, C, n, W), in the strides that torch's convolutions recognise as channels-last.

    The order matters: an axis added after the permutation gets a stride that they would not recognise.
    """
    return rows[None].permute(0, 3, 1, 2)


def for_products(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """The matrix (in, out) in the memory layout in which products with rows of pixels are fastest.

    oneDNN, which multiplies in half precision, takes up to a quarter less time if the inputs of an output are
    contiguous.
    """
    converted = matrix.to(dtype)
    return converted.t().contiguous().t() if dtype.itemsize < 4 else converted.contiguous()


Then = Literal["gelu"] | Tensor | None
"""What follows a depthwise convolution: the exact GELU, a factor for each value, or nothing."""


def depthwise(rows: Tensor, weight: Tensor, replicate: bool = False, then: Then = None) -> Tensor:
    """3x3 convolution of each channel by itself, padded on the left and right but not above and below.

    torch's channels-last kernel is several times faster than nine shifted multiply-adds. oneDNN can apply GELU or a
    product within its convolution, but takes longer for that than the operations one after the other.

    Args:
        rows: (n + 2, W, C) contiguous.
        weight: (C, 1, 3, 3).
        replicate: pad with the outermost pixels instead of zeros.
        then: ``"gelu"``, or factors (n*W, C).

    Returns:
        (n*W, C).
    """
    channels = weight.shape[0]
    result = F.conv2d(as_image(rows), weight, padding=(0, 1), groups=channels)[0].permute(1, 2, 0)  # (n, W, C)
    if replicate:
        replace_outermost_columns(result, rows, weight, channels)
    result = result.reshape(-1, channels)
    if then is None:
        return result
    return torch.ops.aten.gelu_(result) if isinstance(then, str) else result.mul_(then)


def replace_outermost_columns(result: Tensor, rows: Tensor, weight: Tensor, groups: int = 1) -> None:
    """Compute the outermost columns of a 3x3 convolution with replicated instead of zero padding, in place.

    That takes less time than copying all rows into wider ones.

    Args:
        result: (n, W, out), of a convolution with zeros on the left and right.
        rows: (n + 2, W, in).
        weight: (out, in / groups, 3, 3).
        groups: of the convolution.
    """
    last = result.shape[1] - 1
    sources = rows.index_select(1, _beside_outermost_columns(last, rows.device))
    edges = F.conv2d(as_image(sources), weight, stride=(1, 3), groups=groups)[0]
    result[:, :: last or 1] = edges.permute(1, 2, 0)


@functools.lru_cache(maxsize=64)
def _beside_outermost_columns(last: int, device: torch.device) -> Tensor:
    # What the first and the last column are convolved from; with a single column both are the same.
    return torch.tensor([0, 0, 1, last - 1, last, last] if last else [0, 0, 0], device=device)
