"""Small pictures of photos, made with bounded memory: the one way to look at a file without opening the photo.

What a file is, is told by its first bytes, as for :func:`core.photo.read_photo`; libvips is given no other kind than
those that can be opened, and is told which one it is. Where a decoder can make the picture small while it reads, or
gives it out row by row, it does; where it must hold the whole picture, only those below :data:`MOST_BYTES` are decoded.
"""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo._vips import forget_old_messages, vips, vips_errors, vips_reason
from core.photo.decoded import check_size
from core.photo.files import read_bytes, shown
from core.photo.formats import avif, bmp, heic, identify, raw, tiff_codecs
from core.photo.formats.tiff import TILE_LENGTH, Tiff
from core.photo.formats.tiff_pictures import HEIGHT, SAMPLES, WIDTH, Picture, photograph
from core.photo.reading import LOADERS, STATED_SIZES
from core.system.memory import check_free

Array = np.ndarray

MOST_BYTES = 2**29
"""Memory that a decoder may need which holds the whole picture at once."""

_WHITE = 255
_ROWS = 512
"""Rows that libvips keeps of a picture that is given out row by row."""


def read_preview(path: str | PathLike[str], side: int) -> Array:
    """A small picture of a photo: upright, in sRGB, transparency laid over white.

    A file that is cut short or damaged gives what can be decoded of it.

    Args:
        path: the photo's file, whatever its suffix.
        side: the longer side in pixels; smaller photos are not enlarged.

    Returns:
        (h, w, 3) uint8, C-contiguous.

    Raises:
        PhotoError: there is no photo in the file, it cannot be decoded, or it could only be with more memory than a
            preview may take. The message names it.
    """
    path = Path(path)
    name = shown(path)
    try:
        data = read_bytes(path, lambda head: identify(head, name))
        key = identify(data, name)
        if key == "tiff" and _is_raw(data):
            key = "raw"
        image = _PICTURES[key](data, name) if key in _PICTURES else _open_with_vips(data, key, name, side)
        return _small(image, side, name)
    except MemoryError as error:
        raise PhotoError(
            f"There is not enough memory to open {name}. Close some programs, or make it smaller."
        ) from error


def _small(image: Any, side: int, name: str) -> Array:
    try:
        image = image.thumbnail_image(side, height=side, size="down", export_profile="srgb")
        if image.hasalpha():
            image = image.flatten(background=_WHITE)
        if image.interpretation != "srgb":
            image = image.colourspace("srgb")
        pixels = np.frombuffer(image.cast("uchar").write_to_memory(), np.uint8)
        return np.ascontiguousarray(pixels.reshape(image.height, image.width, image.bands)[..., :3])
    except vips_errors(ValueError) as error:
        raise _damaged(name, error) from error


def _open_with_vips(data: bytes, key: str, name: str, side: int) -> Any:
    stated = STATED_SIZES[key](data) if key in STATED_SIZES else None
    if stated:
        check_size(*stated, name)
    loader = getattr(vips().Image, LOADERS[key])
    picture = _photograph(data) if key == "tiff" else None
    if picture is not None and tiff_codecs.peculiarity(picture.tiff):
        return _open_with_tifffile(data, picture, name)
    options = picture.options if picture else {}
    try:
        forget_old_messages()
        image = loader(data, access="sequential", **options)
        check_size(image.width, image.height, name)
        _check_memory(_held_at_once(image, data, key, picture), name)
        shrink = _shrink(max(image.width, image.height), side) if key == "jpeg" else 1
        return loader(data, access="sequential", shrink=shrink) if shrink > 1 else image
    except vips_errors() as error:
        raise _damaged(name, error) from error


def _shrink(longest: int, side: int) -> int:
    """By what libjpeg can divide the size while it decodes, so that twice the wanted size is left for a good filter."""
    return next((factor for factor in (8, 4, 2) if side and longest >= 2 * factor * side), 1)


def _photograph(data: bytes) -> Picture | None:
    try:
        return photograph(Tiff(data))
    except ValueError:
        return None  # damaged, and libvips says how


def _open_with_tifffile(data: bytes, picture: Picture, name: str) -> Any:
    width, height = (picture.tiff.number(tag) or 0 for tag in (WIDTH, HEIGHT))
    _check_memory(width * height * (picture.tiff.number(SAMPLES) or 1) * 4, name)
    samples, maximum, channels = tiff_codecs.decode(data, picture.tiff, name, [])
    samples = samples if maximum == _WHITE else (samples >> (maximum.bit_length() - 8)).astype(np.uint8)
    return _image(samples, channels)


def _held_at_once(image: Any, data: bytes, key: str, picture: Picture | None) -> int:
    """Estimate of the bytes that the decoder and libvips hold at once, without shrinking."""
    pixels, sample = image.width * image.height, 1 if image.format == "uchar" else 2
    if key == "jpeg" and _is_true(image, "interlaced"):
        return pixels * image.bands * 2  # all coefficients of all scans
    if key == "png" and data[28]:
        return pixels * image.bands * sample  # Adam7: the last pass is needed for the first row
    if key in ("webp", "avif"):
        return pixels * (4 if key == "webp" else 8 * sample)
    tile = (picture.tiff.number(TILE_LENGTH) or 0) if picture else 0
    return image.width * image.bands * sample * min(image.height, max(2 * tile, _ROWS))


def _is_true(image: Any, field: str) -> bool:
    return bool(image.get_typeof(field)) and bool(image.get(field))


def _check_memory(size: int, name: str) -> None:
    if size > MOST_BYTES:
        raise PhotoError(f"{name} is too large for a preview: it can only be decoded as a whole.")
    check_free(size)


def _damaged(name: str, error: Exception) -> PhotoError:
    return PhotoError(
        f"{name} is damaged or cut short and cannot be opened ({vips_reason(error)}). Copy it again from its source."
    )


def _is_raw(data: bytes) -> bool:
    try:
        return raw.is_raw(Tiff(data))
    except ValueError:
        return False  # damaged, and libvips says how


def _open_bmp(data: bytes, name: str) -> Any:
    header = bmp.Header(data, name)
    check_size(header.width, header.height, name)
    _check_memory(header.width * header.height * 8, name)
    samples, _ = bmp.decode(data, header)
    return _image(samples)


def _open_heic(data: bytes, name: str) -> Any:
    width, height = avif.stated_size(data) or (0, 0)  # the two are of one family
    _check_memory(width * height * 8, name)
    decoded = heic.decode(data, name)
    image = _image(decoded.samples if decoded.maximum == _WHITE else (decoded.samples >> 8).astype(np.uint8))
    if decoded.profile:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", decoded.profile)
    return image


def _open_raw(data: bytes, name: str) -> Any:
    preview, orientation = raw.embedded_preview(data, name)
    image = _image(preview) if isinstance(preview, np.ndarray) else _open_with_vips(preview, "jpeg", name, 0)
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "orientation", orientation)
    return image


_PICTURES = {"bmp": _open_bmp, "heic": _open_heic, "raw": _open_raw}
"""What is not decoded by libvips."""


def _image(samples: Array, channels: int = 3) -> Any:
    height, width, bands = samples.shape
    image = vips().Image.new_from_memory(np.ascontiguousarray(samples), width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands < 3 else "cmyk" if channels == 4 else "srgb")
