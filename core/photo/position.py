"""Where a photo was taken, taken out of its metadata."""

from dataclasses import replace

from core.photo.formats import exif, xmp
from core.photo.photo import Photo


def without_position(photo: Photo) -> Photo:
    """The same photo without GPS data in EXIF and XMP.

    Place names that somebody has typed in stay, and so do maker notes, which some cameras put a position into. EXIF
    that cannot be read is dropped as a whole, since nobody can tell what it holds.
    """
    kept = photo.preserved
    block = exif.without_position(kept.exif) if kept.exif else None
    packet = xmp.without_position(kept.xmp) if kept.xmp else None
    return replace(photo, preserved=replace(kept, exif=block, xmp=packet))
