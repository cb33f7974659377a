"""How much memory there is, asked before much of it is taken."""

import ctypes
import functools
import re
import sys
from collections.abc import Callable

from core.errors import RestorationError

DEFAULT_RATIO = 2000.0
"""How many times larger than its file a decoded photo of a batch may be.

The compression of PNG cannot exceed 1032, and a photograph in any format stays far below 200."""

_LARGE = 256 * 2**20  # bytes up to which nobody needs to ask
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")  # torch, on every device and system
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # parameters of mallopt
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def free_memory() -> int:
    """Memory of the machine that programs can still have without swapping, in bytes."""
    import psutil  # only where memory is planned: everything else works without it

    return int(psutil.virtual_memory().available)


def total_memory() -> int:
    """Bytes of main memory that this machine has."""
    import psutil  # as above

    return int(psutil.virtual_memory().total)


def check_free(size: int) -> None:
    """Refuse to take more memory than there is: systems that promise more than they have end the program instead.

    Args:
        size: what is about to be taken, bytes.

    Raises:
        MemoryError: less than ``size`` is free.
    """
    if size > _LARGE and size > free_memory():
        raise MemoryError(f"{size} bytes are needed, and fewer are free")


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, says that there is too little memory, here or on an accelerator."""
    while error is not None:
        text = str(error).lower()
        if isinstance(error, MemoryError) or any(words in text for words in _NO_MEMORY):
            return True
        error = error.__cause__
    return False


def give_back() -> None:
    """Give memory that is free within this process back to the system, where the C library can (glibc).

    It keeps what was freed in pieces below 32 MiB, in sizes that the next pieces may not fit into.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


def keep_freed() -> None:
    """Let this process keep what it frees, where the C library can (glibc): for programs that repeat themselves.

    Pieces of 32 MiB and more are given back to the system by default and have to be cleared anew every time they are
    asked for: of a training step on a processor that was a quarter.
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
    """An amount of memory as people write it, in bytes: ``"6G"``, ``"1.5 GB"``, ``"800M"``; units are powers of 1024.

    Raises:
        RestorationError: it is no positive amount.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    amount = int(float(match[1]) * _UNITS[match[2].upper()]) if match else 0
    if amount <= 0:
        raise RestorationError(f"{text!r} is no amount of memory. Write a number with a unit, such as 800M or 6G.")
    return amount


def readable_size(amount: int) -> str:
    """Bytes as people read them, in the units of :func:`parse_size`, never less than they are."""
    if amount < 1 << 30:
        return f"{-(-amount // (1 << 20))}M"
    return f"{-(-amount * 10 // (1 << 30)) / 10:.1f}G"
