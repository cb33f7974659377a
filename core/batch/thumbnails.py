"""Small pictures of photos, for tables and reports."""

from pathlib import Path

from core.errors import PhotoError
from core.photo._vips import vips, vips_errors
from core.photo.files import read_bytes

QUALITY = 80


def thumbnail(file: Path, side: int) -> bytes | None:
    """A small upright sRGB JPEG of a photo, or None if it cannot be read.

    The decoder makes it small while it reads, so that this takes a fraction of the time of opening the photo.

    Args:
        file: the photo.
        side: the longer side, pixels; smaller photos are not enlarged.
    """
    try:
        data = read_bytes(file)
        image = vips().Image.thumbnail_buffer(data, side, height=side, size="down", export_profile="srgb")
        if image.hasalpha():
            image = image.flatten(background=[255, 255, 255])
        return bytes(image.jpegsave_buffer(Q=QUALITY, keep="none"))
    except vips_errors(PhotoError, OSError):
        return None
