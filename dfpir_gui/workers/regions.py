"""Parts of a photo: what a preview and the contact sheet look at."""

from dataclasses import replace

import numpy as np

from core.photo import Photo, PhotoMetadata

Region = tuple[int, int, int, int]
"""Left, top, and right and bottom just outside, in photo pixels."""


def central_part(region: Region, side: int) -> Region:
    """The middle of ``region``, at most ``side`` pixels wide and high."""
    left, top, right, bottom = region
    width, height = min(right - left, side), min(bottom - top, side)
    left += (right - left - width) // 2
    top += (bottom - top - height) // 2
    return left, top, left + width, top + height


def crop(photo: Photo, region: Region) -> Photo:
    """The part of a photo in ``region``, without what else its file held but what its pixels mean."""
    left, top, right, bottom = region
    pixels = np.ascontiguousarray(photo.pixels[top:bottom, left:right])
    alpha = None if photo.alpha is None else np.ascontiguousarray(photo.alpha[top:bottom, left:right])
    kept = photo.preserved
    meaning = PhotoMetadata(profile=kept.profile, grey=kept.grey, mask=kept.mask)
    return replace(photo, pixels=pixels, alpha=alpha, preserved=meaning)


def paste(photo: Photo, part: Photo, region: Region) -> Photo:
    """The photo with ``part`` in the place of ``region``."""
    left, top, right, bottom = region
    pixels = photo.pixels.copy()
    pixels[top:bottom, left:right] = part.pixels
    return photo.with_pixels(pixels)
