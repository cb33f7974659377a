"""Sizes of files in words."""

import math


def size_text(count: float) -> str:
    """Return a number of bytes as text, with decimal units: ``"12 kB"``, ``"0.45 MB"``, ``"2.4 MB"``, ``"1.25 GB"``.

    Every size is rounded so that only an empty file is ``"0 kB"``.

    Args:
        count: bytes, 0 or more; need not be whole, as estimates are not.
    """
    if count < 1e5:
        return f"{math.ceil(count / 1e3)} kB"
    if count < 9.995e5:
        return f"{count / 1e6:.2f} MB"
    if count < 9.9995e8:
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e9:.2f} GB"
