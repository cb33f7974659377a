"""Camera raw files, developed by LibRaw with the extra ``raw``."""

import io
from types import ModuleType

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.formats import exif
from core.photo.formats.decoded import FLOAT_BYTES, Decoded, check_size
from core.photo.formats.tiff import DNG_VERSION, Tiff, images, main_image
from core.photo.metadata import PhotoMetadata
from core.system.memory import check_free

_GAMMA = (2.4, 12.92)
"""Power and slope of the sRGB curve, IEC 61966-2-1, in LibRaw's form."""

_CLIPPED = 0.001
"""Share of the pixels that LibRaw may clip when it chooses the brightness."""

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
"""LibRaw's number for the rotation → EXIF orientation."""

_NOTE = message(
    "A camera raw file: it was developed with the camera's white balance and an automatic brightness. "
    "A raw converter gives more control."
)


def is_raw(tiff: Tiff) -> bool:
    """Whether a TIFF is a camera raw file: DNG, CR2, with the pixels of a sensor, or with previews only."""
    if tiff.find(DNG_VERSION) or tiff.data[8:10] == b"CR":
        return True
    return main_image(tiff) is None or any(image.is_raw for image in images(tiff))


def develop(data: bytes, name: str) -> Decoded:
    """Develop a camera raw file: demosaicing by AHD, white balance of the camera, sRGB, 16 bits, upright.

    Its EXIF is preserved if the file is a TIFF structure (DNG, NEF, CR2, ARW, PEF).

    Args:
        data: the file.
        name: of the file, for messages.

    Raises:
        PhotoError: rawpy is not installed, or LibRaw cannot read the file.
        MemoryError: there is not enough memory.
    """
    rawpy = _rawpy(name)
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            check_size(raw.sizes.width, raw.sizes.height, name)
            check_free(
                raw.sizes.width * raw.sizes.height * (8 + 6 + FLOAT_BYTES)
            )  # LibRaw's four channels and its result
            samples = raw.postprocess(
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                output_bps=16,
                gamma=_GAMMA,
                auto_bright_thr=_CLIPPED,
            )
    except rawpy.LibRawError as error:
        raise _unreadable(name, error) from error
    notes = [_NOTE]
    metadata = PhotoMetadata(exif=_exif(data, samples, notes))
    return Decoded(np.ascontiguousarray(samples), 65535, 3, None, metadata, 1, notes)


def embedded_preview(data: bytes, name: str) -> tuple[bytes | np.ndarray, int]:
    """Read the preview that the camera stored in a raw file; without one, develop the image at half its size.

    Args:
        data: the file.
        name: of the file, for messages.

    Returns:
        A JPEG file or (h, w, 3) uint8, and its EXIF orientation.

    Raises:
        PhotoError: rawpy is not installed, or LibRaw cannot read the file.
        MemoryError: there is not enough memory.
    """
    rawpy = _rawpy(name)
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            check_size(raw.sizes.width, raw.sizes.height, name)
            try:
                thumb = raw.extract_thumb()
            except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
                check_free(raw.sizes.width * raw.sizes.height * 8)
                return raw.postprocess(half_size=True, use_camera_wb=True, output_color=rawpy.ColorSpace.sRGB), 1
            preview = bytes(thumb.data) if thumb.format == rawpy.ThumbFormat.JPEG else np.array(thumb.data)
            return preview, _ORIENTATIONS.get(raw.sizes.flip, 1)
    except rawpy.LibRawError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> PhotoError:
    reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
    return PhotoError(
        message(
            "{file} is a camera raw file that cannot be read ({reason}). Develop it with a raw converter and save it "
            "as TIFF or JPEG.",
            file=name,
            reason=reason,
        )
    )


def _exif(data: bytes, samples: np.ndarray, notes: list[Message]) -> bytes | None:
    try:
        block = exif.from_tiff_file(Tiff(data), notes)
        return exif.turn_upright(Tiff(block), samples.shape[1], samples.shape[0]) if block else None
    except ValueError:  # not a TIFF, or a damaged one: the image is read without EXIF
        return None


def _rawpy(name: str) -> ModuleType:
    try:
        import rawpy
    except ImportError as error:
        raise PhotoError(
            message(
                "{file} is a camera raw file; rawpy, which reads these, is not installed. Install it with "
                '"pip install rawpy" (or the extra: dfpir-studio[raw]) and start again, or develop the file with a raw '
                "converter and save it as TIFF or JPEG.",
                file=name,
            )
        ) from error
    module: ModuleType = rawpy
    return module
