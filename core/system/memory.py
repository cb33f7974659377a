"""Main memory: how much is free, checks before large allocations, and amounts as text."""

import ctypes
import functools
import re
import sys
from collections.abc import Callable

from core.errors import RestorationError
from core.messages import message

DEFAULT_RATIO = 2000.0
"""How many times larger than its file a decoded photo of a batch may be.

PNG compresses at most 1032 times; photographs in any format stay far below 200."""

_UNCHECKED = 256 * 2**20  # bytes; smaller allocations are not worth asking the system for
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")  # torch, on every device and system
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # parameters of mallopt
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def free_memory() -> int:
    """Main memory in bytes that programs can still allocate without swapping."""
    import psutil  # only where memory is planned: everything else works without it

    return int(psutil.virtual_memory().available)


def total_memory() -> int:
    """Main memory of this computer in bytes."""
    import psutil  # as above

    return int(psutil.virtual_memory().total)


def check_free(size: int) -> None:
    """Refuse an allocation that exceeds the free memory: systems that overcommit would kill the program instead.

    Args:
        size: what is about to be allocated, in bytes.

    Raises:
        MemoryError: less than ``size`` is free.
    """
    if size > _UNCHECKED and size > free_memory():
        raise MemoryError(f"{size} bytes are needed, and fewer are free")


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one of its causes, says that main memory or an accelerator's memory is exhausted."""
    while error is not None:
        text = str(error).lower()
        if isinstance(error, MemoryError) or any(words in text for words in _NO_MEMORY):
            return True
        error = error.__cause__
    return False


def release_free_memory() -> None:
    """Return memory that is free within this process to the system, where the C library can do so (glibc).

    glibc keeps freed blocks below 32 MiB, and the next allocations may not fit into them.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def keep_freed() -> None:
    """Let this process keep freed memory for the next allocation, where the C library supports it (glibc).

    By default blocks of 32 MiB and more are returned to the system and cleared at every allocation, which took a
    quarter of a training step on a CPU.
    """
    if sys.platform.startswith("linux"):
        try:
            choose = ctypes.CDLL(None).mallopt
        except (OSError, AttributeError):  # another C library
            return
        choose(_MMAP_MAX, 0)
        choose(_TRIM_THRESHOLD, 2**31 - 1)


@functools.cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return None


def parse_size(text: str) -> int:
    """Read an amount of memory, such as ``"6G"``, ``"1.5 GB"`` or ``"800M"``, in bytes; units are powers of 1024.

    Raises:
        RestorationError: not a positive amount.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    amount = int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0
    if amount <= 0:
        raise RestorationError(
            message("Invalid amount of memory {text!r}. Use a number with a unit, such as 800M or 6G.", text=text)
        )
    return amount


def readable_size(amount: int) -> str:
    """Format an amount of memory in bytes with the units of :func:`parse_size`, rounded up."""
    if amount < 1 << 30:
        return f"{-(-amount // (1 << 20))}M"
    return f"{-(-amount * 10 // (1 << 30)) / 10:.1f}G"
