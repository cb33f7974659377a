"""HEIC images, as phones take them, decoded by libheif with the extra ``heic``."""

import io
from types import ModuleType

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.formats import exif, xmp
from core.photo.formats.decoded import FLOAT_BYTES, Decoded, check_size
from core.photo.formats.tiff import Tiff
from core.photo.metadata import PhotoMetadata
from core.system.memory import check_free

GAIN_MAP_LOST = message("The HDR gain map was left out, because it can be preserved from JPEG to JPEG only.")
_CHANNELS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3}


def decode(data: bytes, name: str) -> Decoded:
    """Decode a HEIC image: upright, 8 bits, or 16 if it has more, with profile, EXIF and XMP.

    Args:
        data: the file.
        name: of the file, for messages.

    Raises:
        PhotoError: pillow-heif is not installed, or the file is damaged.
        MemoryError: there is not enough memory.
    """
    heif = _pillow_heif(name)
    try:
        image = heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
        width, height = image.size
        mode, _, deep = image.mode.partition(";")
        check_size(width, height, name)
        check_free(width * height * ((8 if deep else 4) + FLOAT_BYTES))
        samples = np.ascontiguousarray(np.asarray(image))
        channels = _CHANNELS[mode]
    except (ValueError, RuntimeError, OSError, KeyError, EOFError) as error:  # libheif's own messages do not help users
        raise PhotoError(
            message(
                "{file} is a HEIC image that is damaged or cut short ({reason}). Copy it again from its source.",
                file=name,
                reason=str(error),
            )
        ) from error
    notes: list[Message] = []
    pages = len(image)
    if pages > 1:
        notes.append(message("Only the main one of {count} images was read.", count=pages))
    if any("gainmap" in kind.lower() for kind in image.info.get("aux") or ()):
        notes.append(GAIN_MAP_LOST)
    if image.info.get("depth_images"):
        notes.append(message("The depth map was left out, because no format that can be written can hold it."))
    packet = image.info.get("xmp") or None
    metadata = PhotoMetadata(
        exif=_exif(image.info.get("exif"), width, height, notes),
        xmp=xmp.for_upright_photo(packet, 1, (width, height), (), notes),
        pages=pages,
    )
    profile = image.info.get("icc_profile") or None
    samples = samples if samples.ndim == 3 else samples[..., None]
    # libheif has turned the image upright by the file's own properties, which EXIF only repeats: orientation 1.
    return Decoded(samples, 65535 if deep else 255, channels, profile, metadata, 1, notes)


def _exif(block: bytes | None, width: int, height: int, notes: list[Message]) -> bytes | None:
    if not block:
        return None
    try:
        return exif.turn_upright(Tiff(block.removeprefix(b"Exif\x00\x00")), width, height)
    except ValueError:
        notes.append(message("The camera information (EXIF) is damaged and was left out."))
        return None


def _pillow_heif(name: str) -> ModuleType:
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            message(
                "{file} is a HEIC image; pillow-heif, which reads these, is not installed. Install it with "
                '"pip install pillow-heif" (or the extra: dfpir-studio[heic]) and start again, or convert the image '
                "to JPEG.",
                file=name,
            )
        ) from error
    module: ModuleType = pillow_heif
    return module
