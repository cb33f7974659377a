"""Small pictures of photos as JPEG, for tables and reports."""

from pathlib import Path

from core.errors import PhotoError
from core.photo.libvips import vips, vips_errors
from core.photo.previews import read_preview

QUALITY = 80


def thumbnail(file: Path, side: int) -> bytes | None:
    """A small upright sRGB JPEG of a photo, or None if there is none that can be made with bounded memory.

    Args:
        file: the photo.
        side: the longer side, pixels; smaller photos are not enlarged.
    """
    try:
        pixels = read_preview(file, side)
        height, width, bands = pixels.shape
        image = vips().Image.new_from_memory(pixels, width, height, bands, "uchar").copy(interpretation="srgb")
        return bytes(image.jpegsave_buffer(Q=QUALITY, keep="none"))
    except vips_errors(PhotoError, OSError):
        return None
