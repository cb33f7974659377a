"""The file formats of photographs: their suffixes, what each can hold, and how their first bytes look."""

from dataclasses import dataclass

from core.errors import PhotoError
from core.photo.output_paths import RESULT_SUFFIXES

MAX_PIXELS = 500_000_000
"""Photos with more pixels than this are refused before they are decoded: they would need more than 7 GB of memory."""

MAX_SIDE = 1_000_000
"""Photos with more pixels than this a side are refused before they are decoded."""


@dataclass(frozen=True)
class Format:
    """What one file format can hold.

    ``depths`` are the bits per channel that can be asked for; AVIF stores 16 as 12. ``max_side`` is in pixels.
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
        """Whether a preview of the photo has a place in the file's EXIF."""
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

RAW, HEIC = "a camera raw file", "a HEIC picture"
"""What :func:`foreign` calls the files that can be read with extras, but not written."""

READABLE: tuple[str, ...] = (*SUFFIXES, *RESULT_SUFFIXES)
"""Every file suffix that can be read, be it with an extra, lower case, with its dot."""

# Files that people take for photographs we could read, by their first bytes.
_FOREIGN = (
    (b"GIF8", "a GIF animation"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"IIU\x00", RAW),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
)


def sniff(data: bytes) -> str | None:
    """The key in :data:`FORMATS` that the first bytes of a file tell, or None. The suffix plays no part."""
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


def foreign(data: bytes) -> str | None:
    """What a file is that is not one of :data:`FORMATS`, in words, if its first bytes tell."""
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        if not {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1"}.isdisjoint(brands):
            return HEIC
        return RAW if b"crx " in brands else "a video"
    return next((words for magic, words in _FOREIGN if data.startswith(magic)), None)


def identify(head: bytes, name: str) -> str:
    """What a file is: a key of :data:`FORMATS`, or ``"raw"`` or ``"heic"``.

    A TIFF may turn out to be a camera raw file when more of it is read; see :func:`core.photo.formats.raw.is_raw`.

    Args:
        head: its first bytes.
        name: of the file, for messages.

    Raises:
        PhotoError: it is none of these; the message says what it is, if that is known.
    """
    key = sniff(head) or {RAW: "raw", HEIC: "heic"}.get(foreign(head) or "")
    if key is None:
        kinds = ", ".join(entry.label for entry in FORMATS.values())
        what = foreign(head) or "not a photo that can be read"
        raise PhotoError(f"{name} is {what}. Convert it to one of: {kinds}.")
    return key


def _brands(data: bytes) -> list[bytes]:
    """Major and compatible brands of an ISO media file."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 4096)
    return [data[at : at + 4] for at in range(8, end, 4) if at != 12]


def format_for(suffix: str, asked: str | None) -> Format:
    """The format to write: ``asked`` (a key, a label or a suffix, any case) or else what ``suffix`` stands for.

    Raises:
        PhotoError: neither names a known format; the message lists those that can be written.
    """
    word = (asked if asked is not None else suffix).lower()
    for entry in FORMATS.values():
        if word in (entry.key, entry.label.lower()) or ("." + word.lstrip(".")) in entry.suffixes:
            return entry
    known = ", ".join(SUFFIXES)
    if not word:
        raise PhotoError(f"The file name has no ending that tells the format. Use one of: {known}.")
    raise PhotoError(f'"{word}" is not a format that photos can be saved in. Use one of: {known}.')
