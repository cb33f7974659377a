"""The small picture that is embedded in a photo's EXIF, for programs that list photos."""

from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo._vips import vips, vips_errors, vips_reason
from core.photo.formats import jpeg
from core.photo.photo import Photo

SIDE = 160
"""Pixels of the longer side at most, as Exif 2.32 recommends."""

_QUALITY = 80


def made_preview(photo: Photo) -> bytes:
    """A small picture of a photo: upright, in sRGB, transparency laid over white. Photos are not enlarged.

    Memory: that of the preview and a few rows of the photo.

    Returns:
        A baseline JPEG without segments for applications, as EXIF has it; a few kB.

    Raises:
        PhotoError: it cannot be made.
    """
    try:
        data = bytes(_small(photo).jpegsave_buffer(Q=_QUALITY, subsample_mode="on", optimize_coding=True, keep=0))
    except vips_errors(ValueError) as error:
        raise PhotoError(f"The preview cannot be made ({vips_reason(error)}). Save the photo without one.") from error
    first = next(at for marker, at, _ in jpeg.segments(data) if not 0xE0 <= marker <= 0xEF)
    return data[:2] + data[first:]


def _small(photo: Photo) -> Any:
    image = vips().Image.new_from_memory(photo.pixels, photo.width, photo.height, 3, "float")
    if photo.transparency is not None:
        opacity = np.ascontiguousarray(photo.transparency, np.float32)
        shown = vips().Image.new_from_memory(opacity, photo.width, photo.height, 1, "float")
        image = image * shown + (1 - shown)
    scale = min(SIDE / max(photo.width, photo.height), 1.0)
    width, height = (max(round(side * scale), 1) for side in (photo.width, photo.height))
    small = image.resize(width / photo.width, vscale=height / photo.height)
    numbers = np.frombuffer(small.write_to_memory(), np.float32).reshape(small.height, small.width, 3)
    levels = np.rint(photo.space.to_srgb(np.clip(np.nan_to_num(numbers), 0, 1)) * 255).astype(np.uint8)
    return vips().Image.new_from_memory(levels, small.width, small.height, 3, "uchar").copy(interpretation="srgb")
