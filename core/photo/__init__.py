"""Photographs: from a file to pixels for the network, and back to a file with everything else as it was."""

from core.errors import PhotoError
from core.photo.formats import FORMATS, MAX_PIXELS, READABLE, SUFFIXES, Format
from core.photo.photo import Photo, PhotoMetadata
from core.photo.reading import read_photo
from core.photo.writing import DEFAULT_QUALITY, write_photo

__all__ = [
    "DEFAULT_QUALITY",
    "FORMATS",
    "MAX_PIXELS",
    "READABLE",
    "SUFFIXES",
    "Format",
    "Photo",
    "PhotoError",
    "PhotoMetadata",
    "read_photo",
    "write_photo",
]
