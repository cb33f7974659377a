"""How much memory there is, asked before much of it is taken."""

_LARGE = 256 * 2**20  # bytes up to which nobody needs to ask


def free_memory() -> int:
    """Memory of the machine that programs can still have without swapping, in bytes."""
    import psutil  # only where memory is planned: everything else works without it

    return int(psutil.virtual_memory().available)


def check_free(size: int) -> None:
    """Refuse to take more memory than there is: systems that promise more than they have end the program instead.

    Args:
        size: what is about to be taken, bytes.

    Raises:
        MemoryError: less than ``size`` is free.
    """
    if size > _LARGE and size > free_memory():
        raise MemoryError(f"{size} bytes are needed, and fewer are free")
