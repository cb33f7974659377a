"""What every format hands on of the metadata that it found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A text with a keyword, such as "Title" or "Comment", as PNG has them; the comment of a JPEG is one as well.

    ``language`` is a tag such as "de", and ``translated`` the keyword in it; both may be empty.
    """

    keyword: str
    text: str
    language: str = ""
    translated: str = ""


@dataclass(frozen=True)
class Attachment:
    """Data behind the picture in a JPEG file.

    ``kind`` is :data:`core.photo.formats.xmp.GAIN_MAP` or ``VIDEO``. ``attribute`` is what the table of pictures (MPF)
    says of it, or None if it is not listed there.
    """

    kind: str
    data: bytes
    attribute: int | None = None


@dataclass
class Blocks:
    """The metadata of a file, each block without the wrapping of its container; None or empty where there is none.

    Attributes:
        exif: a TIFF structure.
        xmp: a packet, whole, extended XMP included.
        photoshop: image resources as Photoshop stores them, IPTC among them; see :mod:`core.photo.formats.iptc`.
        texts: texts with keywords.
        modified: date and time of the last change, as PNG states it (7 bytes).
        dpi: dots per inch, across and down.
        fields: GeoTIFF fields of a TIFF, as a TIFF structure of their own.
        attachments: what lies behind the picture in a JPEG.
        gain_map_version: the JPEG segment that announces a gain map by ISO 21496-1.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes = b""
    texts: tuple[Text, ...] = ()
    modified: bytes | None = None
    dpi: tuple[float, float] | None = None
    fields: bytes | None = None
    attachments: tuple[Attachment, ...] = ()
    gain_map_version: bytes | None = None
