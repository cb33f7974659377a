"""XMP packets: set upright, cleared of positions."""

import re

_ORIENTATION = re.compile(rb"(tiff:Orientation(?:\s*=\s*[\"']|>)\s*)[2-8]")
_GPS_ATTRIBUTE = re.compile(rb"\s+exif:GPS\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_GPS_ELEMENT = re.compile(rb"<exif:(GPS\w+)(?:\s[^>]*)?(?:/>|>.*?</exif:\1\s*>)", re.DOTALL)


def upright(xmp: bytes) -> bytes:
    """The XMP packet with its copy of the EXIF orientation set to 1."""
    return _ORIENTATION.sub(rb"\g<1>1", xmp)


def without_position(xmp: bytes) -> bytes:
    """The XMP packet without its copies of the GPS fields of EXIF."""
    return _GPS_ELEMENT.sub(b"", _GPS_ATTRIBUTE.sub(b"", xmp))
