"""How much space results will take, about, without opening a photo."""

from functools import cache

from core.batch.layout import split_ending
from core.errors import PhotoError
from core.photo.formats import format_for

_BYTES_PER_PIXEL = {"jpeg": 0.55, "png": 2.0, "tiff": 2.2, "webp": 0.4, "avif": 0.35, "bmp": 3.0}
"""Of photographs as this program writes them: 8 bits per channel, quality 95, TIFF and PNG compressed."""

_SOURCE_BYTES_PER_PIXEL = {"jpeg": 0.35, "png": 2.0, "tiff": 2.6, "webp": 0.2, "avif": 0.15, "bmp": 3.0}
"""Of photographs as they come from cameras and editors."""


def estimated_bytes(path: str, size: int, output: str) -> int:
    """Bytes that the result of a photo will take, about.

    Args:
        path: of the photo; its ending tells the format.
        size: of the photo, bytes.
        output: of the result; its ending tells the format.
    """
    return round(estimated_pixels(path, size) * _BYTES_PER_PIXEL[_key(output)])


def estimated_pixels(path: str, size: int) -> float:
    """Pixels that a photo has, about, by its ending and its size in bytes."""
    return size / _SOURCE_BYTES_PER_PIXEL[_key(path)]


def _key(path: str) -> str:
    return _format(split_ending(path)[1])


@cache
def _format(suffix: str) -> str:
    try:
        return format_for(suffix, None).key
    except PhotoError:
        return "jpeg"
