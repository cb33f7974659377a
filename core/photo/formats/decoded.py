"""What every decoder returns, and the size limits that every decoder checks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.formats.registry import MAX_PIXELS, MAX_SIDE
from core.photo.metadata import PhotoMetadata

FLOAT_BYTES = 12
"""Bytes per pixel of the float32 result."""


@dataclass
class Decoded:
    """The contents of a file before colour conversion.

    Attributes:
        samples: (H, W, channels + extra) uint8 or uint16 as stored, not yet turned upright.
        maximum: the largest value that a sample can have: 255, 1023, 4095 or 65535.
        channels: colour channels: 1, 3, or 4 for CMYK.
        profile: the embedded ICC profile, or None.
        metadata: everything that follows neither from the samples nor from the profile.
        orientation: EXIF orientation 1 to 8 that the samples still need.
        notes: messages about what could not be read as it is.
    """

    samples: np.ndarray
    maximum: int
    channels: int
    profile: bytes | None
    metadata: PhotoMetadata
    orientation: int
    notes: list[Message]


SizeCheck = Callable[[int, int, str], None]
"""Raises :class:`core.errors.PhotoError` for a width and height in pixels that must not be opened, and a file name."""

_extra_check: ContextVar[SizeCheck | None] = ContextVar("extra_check", default=None)


@contextmanager
def extra_size_check(check: SizeCheck) -> Iterator[None]:
    """Apply a further size check to every photo that this thread opens within the block, before it is decoded."""
    token = _extra_check.set(check)
    try:
        yield
    finally:
        _extra_check.reset(token)


def check_size(width: int, height: int, name: str) -> None:
    """Refuse a photo with more pixels than can be opened.

    Raises:
        PhotoError: it is too large; the message names it.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise PhotoError(
            message(
                "{file} claims to have {width} × {height} pixels; at most {most} megapixels and {side} pixels per side "
                "can be opened. Make it smaller first.",
                file=name,
                width=width,
                height=height,
                most=MAX_PIXELS // 1_000_000,
                side=MAX_SIDE,
            )
        )
    check = _extra_check.get()
    if check is not None:
        check(width, height, name)
