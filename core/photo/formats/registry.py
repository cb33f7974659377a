"""The file formats of photographs: their suffixes, what each can hold, and their signatures (first bytes)."""

from dataclasses import dataclass

from core.errors import PhotoError
from core.messages import Message, message

MAX_PIXELS = 500_000_000
"""Photos with more pixels than this are refused before they are decoded: they would need more than 7 GB of memory."""

MAX_SIDE = 1_000_000
"""Photos with a longer side than this, in pixels, are refused before they are decoded."""


@dataclass(frozen=True)
class Format:
    """What files of one format can hold.

    Attributes:
        key: name in this program, such as "jpeg".
        label: name for users, such as "JPEG".
        suffixes: of its files, lower case, with the dot; the first is the usual one.
        depths: bits per channel that can be requested; AVIF stores 16 as 12.
        alpha: whether it has transparency.
        grey: whether it has a single channel.
        profile: whether it has a place for an ICC profile that other programs read.
        max_side: longest side in pixels.
    """

    key: str
    label: str
    suffixes: tuple[str, ...]
    depths: tuple[int, ...]
    alpha: bool
    grey: bool
    profile: bool
    max_side: int

    @property
    def preview(self) -> bool:
        """Whether the EXIF of its files can hold a preview."""
        return self.key in ("jpeg", "png", "webp", "avif")


FORMATS: dict[str, Format] = {
    entry.key: entry
    for entry in (
        Format("jpeg", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), (8,), False, True, True, 65500),
        Format("png", "PNG", (".png",), (8, 16), True, True, True, 1_000_000),
        Format("tiff", "TIFF", (".tif", ".tiff"), (8, 16), True, True, True, 1_000_000),
        Format("webp", "WebP", (".webp",), (8,), True, False, True, 16383),
        Format("avif", "AVIF", (".avif",), (8, 16), True, True, True, 16384),
        Format("bmp", "BMP", (".bmp", ".dib"), (8,), False, True, False, 1_000_000),
    )
}

SUFFIXES: tuple[str, ...] = tuple(suffix for entry in FORMATS.values() for suffix in entry.suffixes)
"""Every file suffix that can be read and written, lower case, with its dot."""

RESULT_SUFFIXES = {".heic": ".jpg", ".heif": ".jpg"} | dict.fromkeys(
    (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw", ".3fr", ".iiq"), ".tif"
)
"""Suffix of the result for photos that can be read but not written: camera raw has more bits than JPEG can hold."""

READABLE: tuple[str, ...] = (*SUFFIXES, *RESULT_SUFFIXES)
"""Every file suffix that can be read, some with an extra installed, lower case, with its dot."""

RAW, HEIC = message("a camera raw file"), message("a HEIC image")
"""What :func:`foreign` calls files that can be read with an extra installed, but not written."""

# Signatures of files that users may take for photographs.
_FOREIGN = (
    (b"GIF8", message("a GIF animation")),
    (b"8BPS", message("a Photoshop document")),
    (b"%PDF", message("a PDF document")),
    (b"\xff\x0a", message("a JPEG XL image")),
    (b"\x00\x00\x00\x0cJXL ", message("a JPEG XL image")),
    (b"\x00\x00\x00\x0cjP  ", message("a JPEG 2000 image")),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"IIU\x00", RAW),
    (b"\x76\x2f\x31\x01", message("an OpenEXR image")),
)


def sniff(data: bytes) -> str | None:
    """Recognise a file by its first bytes; the suffix is ignored.

    Returns:
        The key of its format in :data:`FORMATS`, or None.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "tiff"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(b"BM"):
        return "bmp"
    if data[4:8] == b"ftyp" and not {b"avif", b"avis"}.isdisjoint(_brands(data)):
        return "avif"
    return None


def foreign(data: bytes) -> Message | None:
    """Describe a file that is not one of :data:`FORMATS` by its first bytes, such as "a PDF document"; None if it is
    not recognised."""
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        if not {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1"}.isdisjoint(brands):
            return HEIC
        return RAW if b"crx " in brands else message("a video")
    return next((description for signature, description in _FOREIGN if data.startswith(signature)), None)


def identify(head: bytes, name: str) -> str:
    """Recognise a photo by its first bytes.

    A TIFF may turn out to be a camera raw file when more of it is read; see :func:`core.photo.formats.raw.is_raw`.

    Args:
        head: the first bytes.
        name: of the file, for messages.

    Returns:
        A key of :data:`FORMATS`, or ``"raw"`` or ``"heic"``.

    Raises:
        PhotoError: it is none of these; the message says what it is, if that is known.
    """
    key = sniff(head)
    if key is not None:
        return key
    description = foreign(head)
    if description in (RAW, HEIC):
        return "raw" if description == RAW else "heic"
    labels = [entry.label for entry in FORMATS.values()]
    if description is None:
        raise PhotoError(
            message("{file} is not a photo that can be read. Convert it to one of: {kinds}.", file=name, kinds=labels)
        )
    raise PhotoError(
        message("{file} is {what}. Convert it to one of: {kinds}.", file=name, what=description, kinds=labels)
    )


def _brands(data: bytes) -> list[bytes]:
    """Major and compatible brands of an ISO media file."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    return [data[at : at + 4] for at in range(8, end, 4) if at != 12]


def format_for(suffix: str, requested: str | None) -> Format:
    """Find the format to write: ``requested`` (a key, a label or a suffix, any case), else the one of ``suffix``.

    Raises:
        PhotoError: no such format; the message lists those that can be written.
    """
    word = (requested if requested is not None else suffix).lower()
    for entry in FORMATS.values():
        if word in (entry.key, entry.label.lower()) or ("." + word.lstrip(".")) in entry.suffixes:
            return entry
    if not word:
        raise PhotoError(
            message("The file name has no suffix that names a format. Use one of: {known}.", known=list(SUFFIXES))
        )
    raise PhotoError(
        message('Photos cannot be saved in the format "{word}". Use one of: {known}.', word=word, known=list(SUFFIXES))
    )
