"""What every decoder hands on, and the limits that every decoder keeps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo.formats import MAX_PIXELS, MAX_SIDE

FLOATS = 12
"""Bytes of the float32 result per pixel."""


@dataclass
class Decoded:
    """The contents of a file. ``samples`` is (H, W, channels + extra) uint8 or uint16, 0…``maximum``, not turned."""

    samples: np.ndarray
    maximum: int
    channels: int
    profile: bytes | None
    kept: dict[str, Any]  # further fields of PhotoMetadata
    orientation: int
    notes: list[str]


SizeCheck = Callable[[int, int, str], None]
"""Raises :class:`core.errors.PhotoError` for a width and height in pixels and a name that are not to be opened."""

_further_check: ContextVar[SizeCheck | None] = ContextVar("further_check", default=None)


@contextmanager
def sizes_checked(check: SizeCheck) -> Iterator[None]:
    """Let ``check`` refuse further photos while it is open, before they are decoded; in this thread alone."""
    token = _further_check.set(check)
    try:
        yield
    finally:
        _further_check.reset(token)


def check_size(width: int, height: int, name: str) -> None:
    """Refuse a photo of more pixels than can be opened.

    Raises:
        PhotoError: it is too large; the message names it.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise PhotoError(
            f"{name} claims to have {width} × {height} pixels; at most {MAX_PIXELS // 1_000_000} megapixels and "
            f"{MAX_SIDE} pixels a side can be opened. Make it smaller first."
        )
    further = _further_check.get()
    if further is not None:
        further(width, height, name)
