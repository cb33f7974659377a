"""From a file to a :class:`Photo`.

Memory: besides the file's own bytes the peak is the pixels at the depth of the file plus the float32 result, that is
(3 or 6) + 12 bytes per pixel, about 360 MB for an 8-bit photo of 24 megapixels; 12 bytes per pixel stay.
"""

import zlib
from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo._vips import forget_old_messages, vips, vips_errors, vips_reason
from core.photo.colour import Space, space_of
from core.photo.decoded import FLOATS, Decoded, check_size
from core.photo.files import read_bytes, shown
from core.photo.formats import avif, bmp, heic, identify, jpeg_frame, png, raw, tiff_codecs, webp
from core.photo.formats.tiff import EXTRA_SAMPLES, TILE_BYTES, TILE_OFFSETS, Tiff
from core.photo.formats.tiff_pictures import PROFILE, Picture, count_pages, description, photograph
from core.photo.metadata import coarse_brightness, profile_of, read_metadata
from core.photo.photo import Photo, PhotoMetadata
from core.photo.stated_colours import stated_profile
from core.system.memory import check_free

Array = np.ndarray

BAND_PIXELS = 2**20  # pixels converted at a time, which bounds the scratch memory
LOADERS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "tiff": "tiffload_buffer",
    "webp": "webpload_buffer",
    "avif": "heifload_buffer",
}
"""libvips' loader by key of the format: it is never left to guess what a file is."""

STATED_SIZES = {"png": png.stated_size, "avif": avif.stated_size}
"""What reads width and height from a header before libvips, which would complain about absurd ones on the terminal."""

_CHANNELS = {"scrgb": 3, "b-w": 1, "grey16": 1, "srgb": 3, "rgb": 3, "rgb16": 3, "cmyk": 4}
_MOST_CHANNELS = 16
_JPEG_ENDS = "premature end of JPEG image"
_NOT_KNOWN = ("unsupported", "not supported", "not implemented", "not configured")  # in the words of several decoders
_JPEG_DAMAGE = ("premature end", "bad Huffman", "bad arithmetic", "instead of RST")  # in the words of libjpeg


def read_photo(path: str | PathLike[str]) -> Photo:
    """Read a photograph: JPEG, PNG, TIFF, WebP, AVIF or BMP, whatever its suffix, 8 or 16 bits per channel.

    With the extras ``raw`` and ``heic`` camera raw files are developed, see :mod:`core.photo.formats.raw`, and HEIC
    pictures are read. Their formats are then called ``"raw"`` and ``"heic"``, and nothing can be saved in these.

    The pixels are turned upright by their EXIF orientation. Files that say nothing of their colours are taken as
    sRGB; what pixels under a profile mean, see :mod:`core.photo.colour`. Grey is repeated in three channels, a palette
    is resolved, CMYK is converted to sRGB by its profile or, without one, by the standard profile of libvips. Of a file
    with several pages or frames the first is read. Whatever could not be read as it is is told in ``photo.notes``.

    Raises:
        PhotoError: the file is missing, unreadable, empty, damaged, cut short, not a photo, or larger than
            ``MAX_PIXELS``. The message names it.
    """
    path = Path(path)
    name = shown(path)
    try:
        data = read_bytes(path, lambda head: identify(head, name))
        key = identify(data, name)
        if key == "tiff" and raw.is_raw(_structure(data, name)):
            key = "raw"
        decoded = _DECODERS[key](data, name) if key in _DECODERS else _decode_with_vips(data, key, name)
        exif = decoded.kept.get("exif")
        decoded.profile, note = stated_profile(data, key, decoded.profile, decoded.channels, exif)
        decoded.notes.extend([note] if note else [])
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
    _check_kind(data, key, name)
    picture = _checked_picture(data, name) if key == "tiff" else None
    if picture is not None and tiff_codecs.peculiarity(picture.tiff):
        return _decode_with_tifffile(data, picture, name, notes)
    stated = STATED_SIZES[key](data) if key in STATED_SIZES else None
    if stated:
        check_size(*stated, name)
    # Sequential: rows are decoded as they are read, so the decoded picture is in memory once.
    options = {"access": "sequential", **(picture.options if picture else {})}
    try:
        forget_old_messages()
        load = partial(getattr(vips().Image, LOADERS[key]), **options)
        image = load(data, fail_on="error")
        check_size(image.width, image.height, name)
        channels, maximum = _layout(image, key, name)
        sample = {"uchar": 1, "ushort": 2, "float": 6}[image.format]
        check_free(image.width * image.height * (image.bands * sample + FLOATS))
        kept, orientation = _metadata(image, data, key, picture, notes)
        profile = profile_of(image)
        decoded = _pixels(image, load, data, key, picture)
        samples: Array = np.frombuffer(decoded, {1: np.uint8, 2: np.uint16, 6: np.float32}[sample])
        if sample == 6:
            samples = _whole_numbers(samples, notes)
        samples = samples.reshape(image.height, image.width, image.bands)
    except vips_errors() as error:
        raise _undecodable(name, error) from error
    if 255 < maximum < 65535:
        samples = samples >> (16 - maximum.bit_length())  # AVIF with 10 or 12 bits comes shifted to the top
    if key == "avif" and channels == 3 and avif.is_monochrome(data):
        samples, channels = samples[..., [0, *range(3, image.bands)]], 1
    if key == "webp" and channels == 3 and not kept["lossless"] and webp.is_grey(samples):
        samples = samples[..., [0, 0, 0, *range(3, image.bands)]]  # else a network would make colour of the difference
    _tell_of_channels(channels, samples.shape[2] - channels, notes)
    return Decoded(samples, maximum, channels, profile, kept, orientation, notes)


def _decode_with_tifffile(data: bytes, picture: Picture, name: str, notes: list[str]) -> Decoded:
    """What libvips cannot read; it still carries the profile to :func:`read_metadata`."""
    samples, maximum, channels = tiff_codecs.decode(data, picture.tiff, name, notes)
    height, width, bands = samples.shape
    image = vips().Image.black(width, height).copy()
    entry = picture.tiff.find(PROFILE)
    if entry is not None and tiff_codecs.LAB_NOTE not in notes:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", data[entry.at : entry.at + entry.size])
    kept, orientation = _metadata(image, data, "tiff", picture, notes)
    _tell_of_channels(channels, bands - channels, notes)
    return Decoded(samples, maximum, channels, profile_of(image), kept, orientation, notes)


def _metadata(
    image: Any, data: bytes, key: str, picture: Picture | None, notes: list[str]
) -> tuple[dict[str, Any], int]:
    """:func:`read_metadata` for a photo that may be one of several pictures in a TIFF."""
    if picture is None:
        kept, orientation = read_metadata(image, data, key, None, notes)
        return {**kept, "mask": False}, orientation
    file = Tiff(data)
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "n-pages", count_pages(file))
    kept, orientation = read_metadata(image, data, key, description(file, picture), notes)
    return {**kept, "mask": picture.tiff.number(EXTRA_SAMPLES) == 0}, orientation


def _tell_of_channels(channels: int, extra: int, notes: list[str]) -> None:
    if channels == 4:
        notes.append("The photo is CMYK; it is saved as sRGB colour, which a print shop separates again.")
    if extra > 1:
        notes.append(
            "The file has several extra channels; the first was taken as transparency, the others were not read."
        )


def _check_kind(data: bytes, key: str, name: str) -> None:
    """Refuse what libvips calls damaged, but is only of a kind that it does not know, or reads wrongly without a word.

    Raises:
        PhotoError: the message says what it is, and what to do.
    """
    if key == "png":
        if data[12:16] == b"CgBI":
            raise PhotoError(
                f"{name} is a picture from an iPhone app in Apple's own variant of PNG (CgBI). Open it on a Mac and "
                'export it as PNG, or run "pngcrush -revert-iphone-optimizations".'
            )
        if not any(kind == b"IEND" for kind, _, _ in png.chunks(data)):
            raise PhotoError(f"{name} is cut short. Copy it again from its source.")
    header = jpeg_frame.frame(data) if key == "jpeg" else None
    if header is not None and (header.precision != 8 or header.is_lossless):
        kind = "a lossless JPEG" if header.is_lossless else f"a JPEG with {header.precision} bits per channel"
        raise PhotoError(
            f"{name} is {kind}, which cannot be opened. Open it in the program that it comes from and save it as TIFF "
            "or PNG with 16 bits."
        )


def _undecodable(name: str, error: Exception) -> PhotoError:
    reason = vips_reason(error)
    if any(words in str(error).lower() for words in _NOT_KNOWN):
        return PhotoError(
            f"{name} is of a kind that cannot be opened ({reason}). Open it in another program and save it as PNG, or "
            "as TIFF without compression."
        )
    return PhotoError(f"{name} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source.")


def _pixels(image: Any, load: Callable[..., Any], data: bytes, key: str, picture: Picture | None) -> Any:
    """The pixels of ``image`` as a buffer; an error of libvips where a part of them would be made up.

    At its level "error" libvips fills a tile of a TIFF that it cannot decode, and the rest of a JPEG that ends early
    with an end marker, and goes on. At its level "warning" it refuses JPEG files over harmless oddities as well.
    """
    if key == "jpeg":
        return _jpeg_pixels(load, data)
    if picture is not None and picture.tiff.find(TILE_OFFSETS):
        image = load(data, fail_on="warning")
    return image.write_to_memory()


def _jpeg_pixels(load: Callable[..., Any], data: bytes) -> Any:
    for level in ("warning", "error"):
        try:
            return load(data, fail_on=level).write_to_memory()
        except vips().Error as error:
            if _JPEG_ENDS in error.detail and not data.endswith(jpeg_frame.END) and jpeg_frame.has_all_scans(data):
                return _jpeg_pixels(load, data + jpeg_frame.END)  # an error again if pixels are missing as well
            if level == "error" or any(words in error.detail for words in _JPEG_DAMAGE):
                raise
    raise AssertionError("a picture or an error")


def _checked_picture(data: bytes, name: str) -> Picture:
    """The photograph in a TIFF file, after refusing what libvips would read wrongly without a word."""
    tiff = _structure(data, name)
    picture = photograph(tiff) or Picture(tiff, 0, None, True)
    offsets, lengths = picture.tiff.find(TILE_OFFSETS), picture.tiff.find(TILE_BYTES)
    if offsets and lengths:
        ends = map(sum, zip(picture.tiff.integers(offsets), picture.tiff.integers(lengths), strict=False))
        if max(ends, default=0) > len(data):
            raise PhotoError(f"{name} is cut short. Copy it again from its source.")
    return picture


def _structure(data: bytes, name: str) -> Tiff:
    try:
        return Tiff(data)
    except ValueError as error:
        raise PhotoError(f"{name} is damaged or cut short. Copy it again from its source.") from error


def _layout(image: Any, key: str, name: str) -> tuple[int, int]:
    """Colour channels and largest value of a decoded image, after refusing what is no photograph."""
    channels = _CHANNELS.get(image.interpretation)
    maximum = {"uchar": 255, "ushort": 65535, **({"float": 65535} if key == "tiff" else {})}.get(image.format)
    if channels is None or maximum is None or not channels <= image.bands <= _MOST_CHANNELS:
        raise PhotoError(
            f"{name} holds {image.format} numbers as {image.interpretation} in {image.bands} channels; photos of 8 or "
            "16 bits in grey, RGB or CMYK can be opened. Convert it to 16-bit RGB first."
        )
    if key == "avif" and maximum == 65535:
        maximum = 2 ** int(image.get("bits-per-sample")) - 1
    return channels, maximum


def _whole_numbers(values: Array, notes: list[str]) -> Array:
    """Floating-point numbers as 16 bits: 0 is black, 1 white, and the profile, or else sRGB, says what lies between."""
    samples = np.empty(values.shape, np.uint16)
    beyond = False
    for start in range(0, len(values), BAND_PIXELS):
        band = np.nan_to_num(values[start : start + BAND_PIXELS], nan=0.0)
        beyond |= bool(band.min() < -1e-4 or band.max() > 1 + 1e-4)
        samples[start : start + BAND_PIXELS] = np.rint(np.clip(band, 0, 1) * np.float32(65535))
    notes.append(
        "The photo holds floating-point numbers: 0 was read as black and 1 as white; it is saved with 16 bits."
    )
    if beyond:
        notes.append("Numbers below 0 and above 1 (HDR) were cut off.")
    return samples


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
    pixels = _convert(samples, maximum, space)
    if decoded.kept.get("attachments"):
        decoded.kept["brightness"] = coarse_brightness(pixels)
    preserved = PhotoMetadata(
        format=key,
        bit_depth=8 if maximum == 255 else 16,
        sample_bits=maximum.bit_length(),
        grey=channels == 1,
        profile=profile,
        notes=(*decoded.notes, *([note] if note else [])),
        **decoded.kept,
    )
    return Photo(pixels, alpha, path, preserved, checksum)


def _convert(samples: Array, maximum: int, space: Space) -> Array:
    """(H, W, channels) whole numbers → (H, W, 3) float32, the pixels of a photo."""
    height, width, channels = samples.shape
    pixels = np.empty((height, width, 3), np.float32)
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        band = np.ascontiguousarray(samples[top : top + rows]).reshape(-1, channels)
        pixels[top : top + rows] = space.decode(band, maximum).reshape(-1, width, 3)
    return pixels


def _upright(samples: Array, orientation: int) -> Array:
    """(H, W, C) turned and mirrored as EXIF orientation 1 to 8 asks, C-contiguous."""
    if orientation in (5, 6, 7, 8):
        samples = samples.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)
