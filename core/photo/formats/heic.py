"""HEIC pictures, as phones take them, decoded by libheif through the extra ``heic``."""

import io
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo.decoded import FLOATS, Decoded, check_size
from core.photo.formats import exif, xmp
from core.photo.formats.tiff import Tiff
from core.system.memory import check_free

GAIN_MAP_LOST = "The HDR gain map was left out, because it can be carried from JPEG to JPEG only."
_CHANNELS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}


def decode(data: bytes, name: str) -> Decoded:
    """Decode a HEIC picture: upright, 8 bits, or 16 where it has more, with profile, EXIF and XMP.

    Args:
        data: the file.
        name: of the file, for messages.

    Raises:
        PhotoError: pillow-heif is not installed, or the file is damaged.
        MemoryError: there is not enough memory.
    """
    heif = _pillow_heif(name)
    try:
        picture = heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
        width, height = picture.size
        mode, _, deep = picture.mode.partition(";")
        check_size(width, height, name)
        check_free(width * height * ((8 if deep else 4) + FLOATS))
        samples = np.ascontiguousarray(np.asarray(picture))
        channels = _CHANNELS[mode]
    except (ValueError, RuntimeError, OSError, KeyError, EOFError) as error:  # libheif's own words are of little use
        raise PhotoError(
            f"{name} is a HEIC picture that is damaged or cut short ({error}). Copy it again from its source."
        ) from error
    notes: list[str] = []
    pages = len(picture)
    if pages > 1:
        notes.append(f"Only the main one of {pages} pictures was read.")
    if any("gainmap" in kind.lower() for kind in picture.info.get("aux") or ()):
        notes.append(GAIN_MAP_LOST)
    if picture.info.get("depth_images"):
        notes.append("The depth map was left out, because no format that can be written holds it.")
    packet = picture.info.get("xmp") or None
    kept = {
        "exif": _exif(picture.info.get("exif"), width, height, notes),
        "xmp": xmp.cleaned(packet, 1, (width, height), (), notes),
        "iptc": None,
        "dpi": None,
        "pages": pages,
    }
    profile = picture.info.get("icc_profile") or None
    # libheif has turned the picture by the file's own instructions, which EXIF merely repeats.
    shape = samples if samples.ndim == 3 else samples[..., None]
    return Decoded(shape, 65535 if deep else 255, channels, profile, kept, 1, notes)


def _exif(block: bytes | None, width: int, height: int, notes: list[str]) -> bytes | None:
    if not block:
        return None
    try:
        return exif.turned_upright(Tiff(block.removeprefix(b"Exif\x00\x00")), width, height)
    except ValueError:
        notes.append("The camera information (EXIF) was damaged and was left out.")
        return None


def _pillow_heif(name: str) -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            f"{name} is a HEIC picture; pillow-heif, which reads these, is not installed. Install it with "
            '"pip install pillow-heif" (or the extra: dfpir-studio[heic]) and start again, or convert the picture to '
            "JPEG."
        ) from error
    return pillow_heif
