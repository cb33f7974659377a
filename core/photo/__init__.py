"""Photographs: read from a file into pixels for the network, and written with everything else preserved.

Modules: ``photo`` (:class:`Photo`: opened and saved) · ``photo_data`` (its contents) · ``metadata`` (what is preserved)
· ``reading`` (pixels, bit depth, ICC profile, EXIF, XMP, IPTC of a file) · ``writing`` (files of results) · ``colour``
(what the pixels mean with a profile) · ``icc`` (ICC profiles) · ``declared_colours`` (colours without an ICC profile) ·
``transparency`` · ``previews`` (small images) · ``output_paths`` (names of results) · ``libvips`` · ``formats/``
(containers and metadata blocks).
"""

from typing import TYPE_CHECKING

from core.errors import PhotoError
from core.photo.formats import FORMATS, MAX_PIXELS, READABLE, SUFFIXES, Format
from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.photo.metadata import PhotoMetadata
    from core.photo.photo import Photo, read_photo
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

_MODULES = {
    "DEFAULT_QUALITY": "core.photo.writing",
    "Photo": "core.photo.photo",
    "PhotoMetadata": "core.photo.metadata",
    "read_photo": "core.photo.photo",
    "write_photo": "core.photo.writing",
}

__getattr__ = importer(__name__, _MODULES)
