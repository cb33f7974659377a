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
    count = torch.Size(shape).numel()
    size = count * dtype.itemsize
    if device.type != "cpu" or size < _MIN_MAPPED_BYTES:
        return torch.empty(shape, dtype=dtype, device=device)
    try:
        pages = _map_pages(size)
    except OSError as error:
        raise MemoryError(f"cannot map {size} bytes") from error
    return torch.frombuffer(pages, dtype=dtype, count=count).view(shape)


def _map_pages(size: int) -> mmap.mmap:
    if not hasattr(mmap, "MAP_PRIVATE"):  # Windows
        return mmap.mmap(-1, size)
    pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without them
            pages.madvise(mmap.MADV_HUGEPAGE)
    return pages
