"""Memory of maps and scratch buffers, mapped apart from the allocator's.

The C library gives each thread a heap of limited size. Large buffers in it leave too little for the temporary tensors
of a band, which are then taken from the system and returned to it for every band: up to a tenth of the time.
"""

import contextlib
import mmap

import torch
from torch import Tensor

_MIN_MAPPED_BYTES = 1 << 16


def empty(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A contiguous tensor with undefined content; on the CPU in pages of its own, which are taken when written to."""
    return FeatureMap(shape, dtype, device).tensor


class FeatureMap:
    """A map whose rows can be given back to the system one after the other, where it is in pages of its own.

    Args:
        shape: (H, W, C).
        dtype: of its values.
        device: of its memory.

    Attributes:
        tensor: contiguous, with undefined content.

    Raises:
        MemoryError: there is not enough memory.
    """

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> None:
        count = torch.Size(shape).numel()
        size = count * dtype.itemsize
        self._pages: mmap.mmap | None = None
        if device.type != "cpu" or size < _MIN_MAPPED_BYTES:
            self.tensor = torch.empty(shape, dtype=dtype, device=device)
            return
        try:
            self._pages = _map_pages(size)
        except OSError as error:
            raise MemoryError(f"cannot map {size} bytes") from error
        self.tensor = torch.frombuffer(self._pages, dtype=dtype, count=count).view(shape)

    def release(self, start: int, stop: int) -> None:
        """Give the memory of rows ``start`` to ``stop`` (exclusive) back, as far as it is in whole pages.

        Their content is undefined afterwards, and they may be written to again.
        """
        if self._pages is None or not hasattr(mmap, "MADV_DONTNEED"):
            return
        row = self.tensor[:1].numel() * self.tensor.itemsize
        first = -(-start * row // mmap.PAGESIZE) * mmap.PAGESIZE
        last = stop * row // mmap.PAGESIZE * mmap.PAGESIZE
        if last > first:
            with contextlib.suppress(OSError):
                self._pages.madvise(mmap.MADV_DONTNEED, first, last - first)


class RowRelease:
    """Gives rows back that a part has read from a map, except those at its ends, which its neighbours read as well.

    Args:
        feature_map: that is read; None releases nothing.
        start: first row of the part.
        extra: rows that the work on a band reads above and below it.
    """

    def __init__(self, feature_map: FeatureMap | None, start: int, extra: int = 1) -> None:
        self._map = feature_map
        self._extra = extra
        self._released = start + extra

    def until(self, stop: int) -> None:
        """All bands up to row ``stop`` (exclusive) are done."""
        stop -= self._extra
        if self._map is not None and stop > self._released:
            self._map.release(self._released, stop)
            self._released = stop


def _map_pages(size: int) -> mmap.mmap:
    if not hasattr(mmap, "MAP_PRIVATE"):  # Windows
        return mmap.mmap(-1, size)
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them
            pages.madvise(mmap.MADV_HUGEPAGE)
    return pages
