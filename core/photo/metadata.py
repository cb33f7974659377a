"""What a photo's file holds besides its pixels: the classes that reading, writing and the formats share.

:func:`core.photo.reading.read_metadata` fills them from a file, :mod:`core.photo.writing` puts them into another one.
"""

from dataclasses import dataclass, field

from core.geometry import UNCHANGED, Geometry
from core.messages import Message


@dataclass(frozen=True)
class Text:
    """A text with a keyword, such as "Title" or "Comment", as in PNG; also the comment of a JPEG.

    Attributes:
        keyword: as the file states it.
        text: the contents.
        language: a tag such as "de"; may be empty.
        translated: the keyword in that language; may be empty.
    """

    keyword: str
    text: str
    language: str = ""
    translated: str = ""


@dataclass(frozen=True)
class Attachment:
    """Data after the image in a JPEG file.

    Attributes:
        kind: :data:`core.photo.formats.xmp.GAIN_MAP` or ``VIDEO``.
        data: the bytes.
        attribute: its attribute in the table of images (MPF); None if it is not listed there.
    """

    kind: str
    data: bytes
    attribute: int | None = None


@dataclass
class MetadataBlocks:
    """The metadata of a file as its format stores it, each block without the wrapping of the container.

    Attributes:
        exif: a TIFF structure, or None.
        xmp: the whole packet, extended XMP included, or None.
        photoshop: Photoshop's image resources, IPTC among them; see :mod:`core.photo.formats.iptc`. May be empty.
        texts: texts with keywords.
        modified: date and time of the last change as in PNG (7 bytes), or None.
        dpi: horizontal and vertical resolution in dots per inch, or None.
        fields: GeoTIFF fields as a TIFF structure of their own, or None.
        attachments: data after the image of a JPEG.
        gain_map_version: the JPEG segment that announces a gain map by ISO 21496-1, or None.
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


@dataclass(frozen=True)
class PhotoMetadata:
    """Everything that a photo's file held besides the pixels and that saving preserves.

    Attributes:
        format: key of the format that the photo was read from, such as "jpeg"; None if it was not read from a file.
        bit_depth: 8 or 16; a save uses it where the format supports it.
        sample_bits: bits per channel in the file: ``bit_depth``, or for example 10 or 12 in AVIF.
        grey: whether the file was grey; it is saved as grey while the three channels stay equal.
        lossless: whether the file was a lossless WebP; saving as WebP is then lossless too.
        profile: ICC profile of the file, embedded again on saving, or one that is equivalent to what the file declares
            otherwise; it decides what the pixels mean, see :class:`core.photo.Photo`. None for untagged files and CMYK.
        exif: EXIF as a TIFF structure, with the orientation already set to upright, or None.
        xmp: XMP packet, or None.
        iptc: IPTC-IIM records, or None.
        resources: Photoshop's image resources that stay valid for other pixels, such as paths, or None.
        texts: texts with keywords as in PNG, and the comments of a JPEG.
        modified: date and time of the last change as in PNG (7 bytes), or None.
        tiff_fields: GeoTIFF fields as a TIFF structure of their own, or None.
        attachments: gain map and video after the image of a JPEG. They are written to JPEG only, and the gain map only
            while the brightness stays the same.
        gain_map_version: the JPEG segment that announces a gain map by ISO 21496-1, or None.
        brightness: mean brightness of 8 × 8 parts of the photo that a gain map was made for, see
            :func:`core.photo.colour.mean_brightness`; empty without a gain map or video.
        dpi: horizontal and vertical resolution in dots per inch, or None.
        pages: number of pages or frames in the file; the first was read.
        mask: whether ``Photo.alpha`` is an extra channel of a TIFF that does not mean transparency, such as a
            selection. It is written to TIFF only.
        notes: messages about what could not be read as it is.
        geometry: how the photo was rotated and cropped since it was read.
        full_size: width and height of the upright photo before that; None if nothing was changed.
        lost: messages about what that has removed; saving reports them.
    """

    format: str | None = None
    bit_depth: int = 8
    sample_bits: int = 8
    grey: bool = False
    lossless: bool = False
    profile: bytes | None = field(default=None, repr=False)
    exif: bytes | None = field(default=None, repr=False)
    xmp: bytes | None = field(default=None, repr=False)
    iptc: bytes | None = field(default=None, repr=False)
    resources: bytes | None = field(default=None, repr=False)
    texts: tuple[Text, ...] = field(default=(), repr=False)
    modified: bytes | None = field(default=None, repr=False)
    tiff_fields: bytes | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    gain_map_version: bytes | None = field(default=None, repr=False)
    brightness: tuple[float, ...] = field(default=(), repr=False)
    dpi: tuple[float, float] | None = None
    pages: int = 1
    mask: bool = False
    notes: tuple[Message, ...] = ()
    geometry: Geometry = UNCHANGED
    full_size: tuple[int, int] | None = None
    lost: tuple[Message, ...] = ()
