"""Camera raw files, developed by LibRaw through the extra ``raw``."""

import io
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo.decoded import FLOATS, Decoded, check_size
from core.photo.formats import exif
from core.photo.formats.tiff import DNG_VERSION, Tiff
from core.photo.formats.tiff_pictures import photograph, pictures
from core.system.memory import check_free

_GAMMA = (2.4, 12.92)
"""Power and slope of the sRGB curve, IEC 61966-2-1, as LibRaw wants them."""

_CLIPPED = 0.001
"""Share of the pixels that LibRaw may clip when it chooses the brightness."""

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
"""EXIF orientation by LibRaw's number for the turn."""

_NOTE = (
    "A camera raw file: it was developed with the camera's white balance and a brightness that suits the picture. "
    "A raw converter gives more control."
)


def is_raw(tiff: Tiff) -> bool:
    """Whether a TIFF is a camera raw file: DNG, CR2, with the pixels of a sensor, or with nothing but previews."""
    if tiff.find(DNG_VERSION) or tiff.data[8:10] == b"CR":
        return True
    return photograph(tiff) is None or any(picture.is_raw for picture in pictures(tiff))


def develop(data: bytes, name: str) -> Decoded:
    """Develop a camera raw file: demosaicked by AHD, white balance of the camera, sRGB, 16 bits, upright.

    Its EXIF is kept where the file has the structure of a TIFF (DNG, NEF, CR2, ARW, PEF).

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
            check_free(raw.sizes.width * raw.sizes.height * (8 + 6 + FLOATS))  # LibRaw's four channels, and its result
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
    block = _exif(data, samples, notes)
    kept = {"exif": block, "xmp": None, "iptc": None, "dpi": None}
    return Decoded(np.ascontiguousarray(samples), 65535, 3, None, kept, 1, notes)


def embedded_preview(data: bytes, name: str) -> tuple[bytes | np.ndarray, int]:
    """The preview that the camera put into a raw file, or the picture developed at half its size where there is none.

    Args:
        data: the file.
        name: of the file, for messages.

    Returns:
        A JPEG file or (h, w, 3) uint8, and the EXIF orientation that turns it upright.

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
            picture = bytes(thumb.data) if thumb.format == rawpy.ThumbFormat.JPEG else np.array(thumb.data)
            return picture, _ORIENTATIONS.get(raw.sizes.flip, 1)
    except rawpy.LibRawError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> PhotoError:
    reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
    return PhotoError(
        f"{name} is a camera raw file that cannot be read ({reason}). Develop it with a raw converter and save it "
        "as TIFF or JPEG."
    )


def _exif(data: bytes, samples: np.ndarray, notes: list[str]) -> bytes | None:
    try:
        block = exif.from_tiff_file(Tiff(data), notes)
        return exif.turned_upright(Tiff(block), samples.shape[1], samples.shape[0]) if block else None
    except ValueError:  # no TIFF, or a damaged one: the picture is read all the same
        return None


def _rawpy(name: str) -> Any:
    try:
        import rawpy
    except ImportError as error:
        raise PhotoError(
            f"{name} is a camera raw file; rawpy, which reads these, is not installed. Install it with "
            '"pip install rawpy" (or the extra: dfpir-studio[raw]) and start again, or develop the file with a raw '
            "converter and save it as TIFF or JPEG."
        ) from error
    return rawpy
