"""Where a photo was taken, taken out of its metadata."""

from dataclasses import replace

from core.photo.formats import exif, xmp
from core.photo.photo import Photo


def without_position(photo: Photo) -> Photo:
    """The same photo without GPS data in EXIF, XMP and texts, without GeoTIFF fields and the video of a motion photo.

    Place names that somebody has typed in stay, and so do maker notes, which some cameras put a position into. EXIF
    and XMP that cannot be read are dropped as a whole, since nobody can tell what they hold.
    """
    kept = photo.preserved
    block = exif.without_position(kept.exif) if kept.exif else None
    packet = xmp.without_position(kept.xmp) if kept.xmp else None
    attachments = tuple(attachment for attachment in kept.attachments if attachment.kind != xmp.VIDEO)
    if packet and attachments != kept.attachments:
        packet = xmp.announcing(packet, {attachment.kind for attachment in attachments})
    texts = tuple(text for text in kept.texts if "gps" not in text.keyword.lower())
    preserved = replace(kept, exif=block, xmp=packet, attachments=attachments, texts=texts, tiff_fields=None)
    return replace(photo, preserved=preserved)
