"""The file formats of photographs: what each can hold, and how its pixels and metadata are read and written.

Modules: ``registry`` (the formats and their signatures) · ``jpeg`` ``png`` ``tiff`` ``webp`` ``avif`` (containers) ·
``bmp`` ``raw`` ``heic`` ``tiff_codecs`` (decoders for what libvips does not read) · ``decoded`` (what a decoder
returns, size limits) · ``exif`` ``xmp`` ``iptc`` ``maker_note`` (metadata blocks).
"""

from core.photo.formats.registry import (
    FORMATS,
    HEIC,
    MAX_PIXELS,
    MAX_SIDE,
    RAW,
    READABLE,
    RESULT_SUFFIXES,
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
    "RESULT_SUFFIXES",
    "SUFFIXES",
    "Format",
    "foreign",
    "format_for",
    "identify",
    "sniff",
]
