"""Parts of a photo, for the preview and for trying every step."""

from dataclasses import replace

import numpy as np

from core.photo import Photo, PhotoMetadata

Region = tuple[int, int, int, int]
"""Left, top, right and bottom in photo pixels; right and bottom are just outside."""


def central_part(region: Region, side: int) -> Region:
    """The centre of ``region``, at most ``side`` pixels wide and high."""
    left, top, right, bottom = region
    width, height = min(right - left, side), min(bottom - top, side)
    left += (right - left - width) // 2
    top += (bottom - top - height) // 2
    return left, top, left + width, top + height


def crop(photo: Photo, region: Region) -> Photo:
    """The part of a photo in ``region``. Of its metadata only what decides how pixels are read is kept."""
    left, top, right, bottom = region
    pixels = np.ascontiguousarray(photo.pixels[top:bottom, left:right])
    alpha = None if photo.alpha is None else np.ascontiguousarray(photo.alpha[top:bottom, left:right])
    metadata = photo.preserved
    colour = PhotoMetadata(profile=metadata.profile, grey=metadata.grey, mask=metadata.mask)
    return replace(photo, pixels=pixels, alpha=alpha, preserved=colour)


def paste(photo: Photo, part: Photo, region: Region) -> Photo:
    """A copy of the photo with the pixels of ``part`` in ``region``."""
    left, top, right, bottom = region
    pixels = photo.pixels.copy()
    pixels[top:bottom, left:right] = part.pixels
    return photo.with_pixels(pixels)
