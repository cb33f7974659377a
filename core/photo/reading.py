"""From a file to a :class:`Photo`.

Memory: besides the file's own bytes the peak is the pixels at the depth of the file plus the float32 result, that is
(3 or 6) + 12 bytes per pixel, about 360 MB for an 8-bit photo of 24 megapixels; 12 bytes per pixel stay.
"""

import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.memory import check_free
from core.photo._vips import forget_old_messages, vips, vips_errors, vips_reason
from core.photo.colour import Residual, Space, lost_by, space_of
from core.photo.decoded import FLOATS, Decoded, check_size
from core.photo.files import read_bytes, shown
from core.photo.formats import FORMATS, HEIC, RAW, avif, bmp, foreign, heic, png, raw, sniff
from core.photo.formats.tiff import EXTRA_SAMPLES, TILE_BYTES, TILE_OFFSETS, Tiff
from core.photo.metadata import coarse_brightness, describes_other_colours, profile_of, read_metadata
from core.photo.photo import Photo, Preserved

Array = np.ndarray

BAND_PIXELS = 2**20  # pixels converted at a time, which bounds the scratch memory
_LOADERS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "tiff": "tiffload_buffer",
    "webp": "webpload_buffer",
    "avif": "heifload_buffer",
}
_STATED_SIZES = {"png": png.stated_size, "avif": avif.stated_size}
_CHANNELS = {"b-w": 1, "grey16": 1, "srgb": 3, "rgb": 3, "rgb16": 3, "cmyk": 4}
_MOST_CHANNELS = 16
_JPEG_DAMAGE = ("premature end", "bad Huffman", "bad arithmetic", "instead of RST")  # in the words of libjpeg


def read_photo(path: str | PathLike[str]) -> Photo:
    """Read a photograph: JPEG, PNG, TIFF, WebP, AVIF or BMP, whatever its suffix, 8 or 16 bits per channel.

    With the extras ``raw`` and ``heic`` camera raw files are developed, see :mod:`core.photo.formats.raw`, and HEIC
    pictures are read. Their formats are then called ``"raw"`` and ``"heic"``, and nothing can be saved in these.

    The pixels are turned upright by their EXIF orientation and converted to sRGB by their ICC profile (relative
    colorimetric); files without a profile are taken as sRGB. Colours outside sRGB are clipped for the network and
    kept in ``preserved.residual`` for saving. Grey is repeated in three channels, a palette is resolved, CMYK is
    converted by its profile or, without one, by the standard profile of libvips. Of a file with several pages or
    frames the first is read. Whatever could not be read as it is is told in ``photo.notes``.

    Raises:
        PhotoError: the file is missing, unreadable, empty, damaged, cut short, not a photo, or larger than
            ``MAX_PIXELS``. The message names it.
    """
    path = Path(path)
    name = shown(path)
    try:
        data = read_bytes(path)
        key = sniff(data) or {RAW: "raw", HEIC: "heic"}.get(foreign(data) or "")
        if key is None:
            what = foreign(data)
            kinds = ", ".join(entry.label for entry in FORMATS.values())
            raise PhotoError(f"{name} is {what or 'not a photo that can be read'}. Convert it to one of: {kinds}.")
        if key == "tiff" and raw.is_raw(_structure(data, name)):
            key = "raw"
        decoded = _DECODERS[key](data, name) if key in _DECODERS else _decode_with_vips(data, key, name)
        checksum = zlib.crc32(data)
        del data
        return _to_photo(decoded, key, path, checksum)
    except MemoryError as error:
        raise PhotoError(
            f"There is not enough memory to open {name}. Close some programs, or make it smaller."
        ) from error


def _decode_bmp(data: bytes, name: str) -> Decoded:
    header = bmp.Header(data, name)
    check_size(header.width, header.height, name)
    check_free(header.width * header.height * (4 + FLOATS))
    samples, has_alpha = bmp.decode(data, header)
    channels = samples.shape[2] - int(has_alpha)
    return Decoded(samples, 255, channels, None, {"dpi": header.dpi}, 1, [])


_DECODERS = {"bmp": _decode_bmp, "raw": raw.develop, "heic": heic.decode}
"""What is not decoded by libvips."""


def _decode_with_vips(data: bytes, key: str, name: str) -> Decoded:
    notes: list[str] = []
    loader: Any = getattr(vips().Image, _LOADERS[key])
    tiff = _checked_tiff(data, name) if key == "tiff" else None
    stated = _STATED_SIZES[key](data) if key in _STATED_SIZES else None
    if stated:  # libvips would complain about absurd numbers on the terminal
        check_size(*stated, name)
    try:
        forget_old_messages()
        # Sequential: rows are decoded as they are read, so the decoded picture is in memory once.
        image = loader(data, fail_on="error", access="sequential")
        check_size(image.width, image.height, name)
        channels, maximum = _layout(image, key, name)
        check_free(image.width * image.height * (image.bands * (1 if maximum == 255 else 2) + FLOATS))
        kept, orientation = read_metadata(image, data, key, tiff, notes)
        profile = profile_of(image)
        decoded = _decode_strictly(image, loader, data, key, tiff)
        samples: Array = np.frombuffer(decoded, np.uint8 if maximum == 255 else np.uint16)
        samples = samples.reshape(image.height, image.width, image.bands)
        if key == "png" and not any(kind == b"IEND" for kind, _, _ in png.chunks(data)):
            raise PhotoError(f"{name} is cut short. Copy it again from its source.")
    except vips_errors() as error:
        raise PhotoError(
            f"{name} is damaged or cut short and cannot be opened ({vips_reason(error)}). "
            "Copy it again from its source."
        ) from error
    if 255 < maximum < 65535:
        samples = samples >> (16 - maximum.bit_length())  # AVIF with 10 or 12 bits comes shifted to the top
    kept["mask"] = tiff is not None and tiff.number(EXTRA_SAMPLES) == 0
    if channels == 4:
        notes.append("The photo is CMYK; it is saved as sRGB colour, which a print shop separates again.")
    if image.bands > channels + 1:
        notes.append(
            "The file has several extra channels; the first was taken as transparency, the others were not read."
        )
    if profile is None and describes_other_colours(data, key):
        notes.append(
            "The file describes its colours in a way that is not supported (HDR or wide gamut); they are taken as sRGB."
        )
    return Decoded(samples, maximum, channels, profile, kept, orientation, notes)


def _decode_strictly(image: Any, loader: Any, data: bytes, key: str, tiff: Tiff | None) -> Any:
    """The pixels of ``image`` as a buffer; an error of libvips where a part of them would be made up.

    At its level "error" libvips fills a tile of a TIFF that it cannot decode, and the rest of a JPEG that ends early
    with an end marker, and goes on. At its level "warning" it refuses JPEG files over harmless oddities as well.
    """
    if key == "jpeg":
        try:
            return loader(data, fail_on="warning", access="sequential").write_to_memory()
        except vips().Error as error:
            if any(words in error.detail for words in _JPEG_DAMAGE):
                raise
    if tiff is not None and tiff.find(TILE_OFFSETS):
        image = loader(data, fail_on="warning", access="sequential")
    return image.write_to_memory()


def _checked_tiff(data: bytes, name: str) -> Tiff:
    """The structure of a TIFF file, after refusing what libvips would read wrongly without a word."""
    tiff = _structure(data, name)
    offsets, lengths = tiff.find(TILE_OFFSETS), tiff.find(TILE_BYTES)
    if offsets and lengths:
        ends = map(sum, zip(tiff.integers(offsets), tiff.integers(lengths), strict=False))
        if max(ends, default=0) > len(data):
            raise PhotoError(f"{name} is cut short. Copy it again from its source.")
    return tiff


def _structure(data: bytes, name: str) -> Tiff:
    try:
        return Tiff(data)
    except ValueError as error:
        raise PhotoError(f"{name} is damaged or cut short. Copy it again from its source.") from error


def _layout(image: Any, key: str, name: str) -> tuple[int, int]:
    """Colour channels and largest value of a decoded image, after refusing what is no photograph."""
    channels = _CHANNELS.get(image.interpretation)
    maximum = {"uchar": 255, "ushort": 65535}.get(image.format)
    if channels is None or maximum is None or not channels <= image.bands <= _MOST_CHANNELS:
        raise PhotoError(
            f"{name} holds {image.format} numbers as {image.interpretation} in {image.bands} channels; photos of 8 or "
            "16 bits in grey, RGB or CMYK can be opened. Convert it to 16-bit RGB first."
        )
    if key == "avif" and maximum == 65535:
        maximum = 2 ** int(image.get("bits-per-sample")) - 1
    return channels, maximum


def _to_photo(decoded: Decoded, key: str, path: Path, checksum: int) -> Photo:
    samples = _upright(decoded.samples, decoded.orientation)
    decoded.samples = samples  # lets go of the array before turning
    channels, maximum = decoded.channels, decoded.maximum
    alpha = None
    if samples.shape[2] > channels:
        alpha = samples[:, :, channels].astype(np.float32) / np.float32(maximum)
        samples = samples[:, :, :channels]
    dpi = decoded.kept["dpi"]
    if dpi and not all(0.1 <= value <= 100_000 for value in dpi):
        decoded.kept["dpi"] = None  # damaged, and more than some formats can state
    space, profile, note = space_of(decoded.profile, channels)
    pixels, residual = _convert(samples, maximum, space, returns=profile is not None)
    if decoded.kept.get("attachments"):
        decoded.kept["brightness"] = coarse_brightness(pixels)
    preserved = Preserved(
        format=key,
        bit_depth=8 if maximum == 255 else 16,
        sample_bits=maximum.bit_length(),
        grey=channels == 1,
        profile=profile,
        notes=(*decoded.notes, *([note] if note else [])),
        residual=residual,
        **decoded.kept,
    )
    return Photo(pixels, alpha, path, preserved, checksum)


def _convert(samples: Array, maximum: int, space: Space, returns: bool) -> tuple[Array, Residual | None]:
    """(H, W, channels) whole numbers → (H, W, 3) float32 sRGB, and what that loses if the space can be returned to."""
    height, width, channels = samples.shape
    pixels = np.empty((height, width, 3), np.float32)
    flat = pixels.reshape(-1, 3)
    indices: list[Array] = []
    values: list[Array] = []
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        band = np.ascontiguousarray(samples[top : top + rows]).reshape(-1, channels)
        first = top * width
        srgb, lost = space.decode(band, maximum)
        flat[first : first + len(band)] = srgb
        if returns and lost is not None and lost.any():
            index, value = lost_by(space, band, maximum, srgb, lost)
            indices.append(index + first)
            values.append(value)
    if not sum(map(len, indices)):
        return pixels, None
    return pixels, Residual(np.concatenate(indices), np.concatenate(values))


def _upright(samples: Array, orientation: int) -> Array:
    """(H, W, C) turned and mirrored as EXIF orientation 1 to 8 asks, C-contiguous."""
    if orientation in (5, 6, 7, 8):
        samples = samples.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)
