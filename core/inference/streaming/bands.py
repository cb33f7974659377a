"""Bands of rows, and the rolling windows of depthwise convolutions.

A feature map is (H, W, C), with H x W positions; flattened, it is a matrix with a row for each position. It is
processed in bands of rows, from the top down. A 3x3 convolution can compute a row once the row below is known, so its
result lags by one row; a window holds the rows that are still needed. Nothing is computed twice and the map can be
overwritten in place.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor


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


def bands(part: Band, rows: int) -> Iterator[Band]:
    """Cut the rows of ``part`` into bands of ``rows``; the last may have fewer."""
    for start in range(part.start, part.stop, rows):
        stop = min(start + rows, part.stop)
        yield Band(start, stop, part.last and stop == part.stop)


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
            buffer = self._buffers[name] = torch.empty(size, dtype=self._dtype, device=self._device)
        return buffer[:size].view(shape)


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

    torch's channels-last kernel is several times faster than nine shifted multiply-adds. What follows is applied to
    values that are still in registers where oneDNN can do so: the same in float32, and rounded once less in bfloat16.

    Args:
        rows: (n + 2, W, C) contiguous.
        weight: (C, 1, 3, 3).
        replicate: pad with the outermost pixels instead of zeros.
        then: ``"gelu"``, or factors (n*W, C).

    Returns:
        (n*W, C).
    """
    channels = weight.shape[0]
    if then is not None and not replicate and fuses(rows.device.type, rows.dtype):
        return _fused_depthwise(rows, weight, then)
    image = F.conv2d(as_image(rows), weight, padding=(0, 1), groups=channels)  # (1, C, n, W)
    result = image[0].permute(1, 2, 0)  # (n, W, C)
    if replicate:
        # Added to the two outermost columns afterwards: wider rows would no longer be a matrix of pixels.
        for column, tap_column in ((0, 0), (-1, 2)):
            for tap_row in range(3):
                edge = rows[tap_row : tap_row + len(result), column]  # (n, C)
                result[:, column].addcmul_(edge, weight[:, 0, tap_row, tap_column])
    result = result.reshape(-1, channels)
    if then is None:
        return result
    return F.gelu(result) if isinstance(then, str) else result.mul_(then)


@functools.cache
def fuses(device: str, dtype: torch.dtype) -> bool:
    """Whether oneDNN convolves with what follows in one pass here, correctly; it is tried once, on a small map."""
    if device != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    rows = torch.linspace(-2, 2, 4 * 5 * 16).view(4, 5, 16).to(dtype)
    weight = torch.linspace(1, -1, 16 * 9).view(16, 1, 3, 3).to(dtype)
    try:
        gate = _fused_depthwise(rows, weight, "gelu")
        made = _fused_depthwise(rows, weight, gate)
    except (RuntimeError, AttributeError, TypeError):  # not supported by the build, the processor, or for this type
        return False
    convolved = depthwise(rows, weight)
    tolerance = 4 * torch.finfo(dtype).eps
    return torch.allclose(made, F.gelu(convolved) * convolved, rtol=tolerance, atol=tolerance)


def _fused_depthwise(rows: Tensor, weight: Tensor, then: Literal["gelu"] | Tensor) -> Tensor:
    # The operators into which torch.compile fuses convolutions on a CPU.
    convolve = torch.ops.mkldnn._convolution_pointwise
    image, channels = as_image(rows), weight.shape[0]
    geometry = ([0, 1], [1, 1], [1, 1], channels)  # padding, stride, dilation, groups
    if isinstance(then, str):
        result: Tensor = convolve.default(image, weight, None, *geometry, then, [], "none")
    else:
        factors = as_image(then.view(-1, rows.shape[1], channels))
        result = convolve.binary(image, factors, weight, None, *geometry, "mul", None, None, [], None)
    return result[0].permute(1, 2, 0).reshape(-1, channels)
