"""The file formats of photographs: what each can hold, and how its metadata is read and written.

Modules: ``registry`` (the formats and their first bytes) · ``jpeg`` ``png`` ``tiff`` ``webp`` ``avif`` (containers) ·
``bmp`` ``raw`` ``heic`` (decoders besides libvips) · ``exif`` ``xmp`` ``iptc`` (blocks of metadata).
"""

from core.photo.formats.registry import (
    FORMATS,
    HEIC,
    MAX_PIXELS,
    MAX_SIDE,
    RAW,
    READABLE,
    SUFFIXES,
    Format,
    foreign,
    format_for,
    identify,
    sniff,
)

__all__ = [
    "FORMATS",
    "HEIC",
    "MAX_PIXELS",
    "MAX_SIDE",
    "RAW",
    "READABLE",
    "SUFFIXES",
    "Format",
    "foreign",
    "format_for",
    "identify",
    "sniff",
]
