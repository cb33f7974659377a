"""Small images of photos for lists, made with bounded memory without opening the whole photo.

Files are recognised by their first bytes as in :func:`core.photo.read_photo`; libvips gets only formats that can be
opened, and the loader for the format. Where a decoder can scale down while it reads, or outputs row by row, it does;
where it must hold the whole image, only images below :data:`MAX_BYTES` are decoded.
"""

from os import PathLike
from pathlib import Path

import numpy as np

from core.errors import PhotoError
from core.io.os_errors import display_path
from core.messages import message
from core.photo.formats import avif, bmp, heic, identify, raw, tiff_codecs
from core.photo.formats.decoded import check_size
from core.photo.formats.tiff import HEIGHT, SAMPLES, TILE_LENGTH, WIDTH, Tiff, TiffImage, main_image
from core.photo.libvips import VipsImage, clear_vips_messages, vips, vips_errors, vips_reason
from core.photo.reading import DECLARED_SIZES, LOADERS, damaged, not_enough_memory, read_photo_file
from core.system.memory import check_free

Array = np.ndarray

MAX_BYTES = 2**29
"""Memory that a decoder may need which holds the whole image at once."""

_WHITE = 255
_BUFFERED_ROWS = 512
"""Rows that libvips keeps of an image that is decoded row by row."""


def read_preview(path: str | PathLike[str], side: int) -> Array:
    """Read a small image of a photo: upright, in sRGB, transparency on white.

    Of a file that is cut short or damaged it shows what can be decoded.

    Args:
        path: the photo's file, whatever its suffix.
        side: the longer side in pixels; smaller photos are not enlarged.

    Returns:
        (h, w, 3) uint8, C-contiguous.

    Raises:
        PhotoError: the file is not a photo, cannot be decoded, or needs more memory than a preview may take. The
            message names it.
    """
    path = Path(path)
    name = display_path(path)
    try:
        data = read_photo_file(path, lambda head: identify(head, name))
        key = identify(data, name)
        if key == "tiff" and _is_raw(data):
            key = "raw"
        image = _OPENERS[key](data, name) if key in _OPENERS else _open_with_vips(data, key, name, side)
        return _scale_down(image, side, name)
    except MemoryError as error:
        raise PhotoError(not_enough_memory(name)) from error


def _scale_down(image: VipsImage, side: int, name: str) -> Array:
    try:
        image = image.thumbnail_image(side, height=side, size="down", export_profile="srgb")
        if image.hasalpha():
            image = image.flatten(background=_WHITE)
        if image.interpretation != "srgb":
            image = image.colourspace("srgb")
        pixels = np.frombuffer(image.cast("uchar").write_to_memory(), np.uint8)
        return np.ascontiguousarray(pixels.reshape(image.height, image.width, image.bands)[..., :3])
    except vips_errors(ValueError) as error:
        raise PhotoError(damaged(name, vips_reason(error))) from error


def _open_with_vips(data: bytes, key: str, name: str, side: int) -> VipsImage:
    size = DECLARED_SIZES[key](data) if key in DECLARED_SIZES else None
    if size:
        check_size(*size, name)
    loader = getattr(vips().Image, LOADERS[key])
    tiff_image = _main_image(data) if key == "tiff" else None
    if tiff_image is not None and tiff_codecs.unsupported_feature(tiff_image.tiff):
        return _open_with_tifffile(data, tiff_image, name)
    options = tiff_image.options if tiff_image else {}
    try:
        clear_vips_messages()
        image = loader(data, access="sequential", **options)
        check_size(image.width, image.height, name)
        _check_memory(_needed_bytes(image, data, key, tiff_image), name)
        shrink = _jpeg_shrink(max(image.width, image.height), side) if key == "jpeg" else 1
        return loader(data, access="sequential", shrink=shrink) if shrink > 1 else image
    except vips_errors() as error:
        raise PhotoError(damaged(name, vips_reason(error))) from error


def _jpeg_shrink(longest: int, side: int) -> int:
    """The factor by which libjpeg scales down while it decodes, leaving twice the final size for a better filter."""
    return next((factor for factor in (8, 4, 2) if side and longest >= 2 * factor * side), 1)


def _main_image(data: bytes) -> TiffImage | None:
    try:
        return main_image(Tiff(data))
    except ValueError:
        return None  # damaged: libvips reports the reason


def _open_with_tifffile(data: bytes, tiff_image: TiffImage, name: str) -> VipsImage:
    width, height = (tiff_image.tiff.number(tag) or 0 for tag in (WIDTH, HEIGHT))
    _check_memory(width * height * (tiff_image.tiff.number(SAMPLES) or 1) * 4, name)
    samples, maximum, channels = tiff_codecs.decode(data, tiff_image.tiff, name, [])
    samples = samples if maximum == _WHITE else (samples >> (maximum.bit_length() - 8)).astype(np.uint8)
    return _as_vips_image(samples, channels)


def _needed_bytes(image: VipsImage, data: bytes, key: str, tiff_image: TiffImage | None) -> int:
    """Estimate the bytes that the decoder and libvips hold at once, without scaling down."""
    width, height, bands = int(image.width), int(image.height), int(image.bands)
    pixels, sample = width * height, 1 if image.format == "uchar" else 2
    if key == "jpeg" and _is_true(image, "interlaced"):
        return pixels * bands * 2  # all coefficients of all scans
    if key == "png" and data[28]:
        return pixels * bands * sample  # Adam7: the last pass is needed for the first row
    if key in ("webp", "avif"):
        return pixels * (4 if key == "webp" else 8 * sample)
    tile = (tiff_image.tiff.number(TILE_LENGTH) or 0) if tiff_image else 0
    return width * bands * sample * min(height, max(2 * tile, _BUFFERED_ROWS))


def _is_true(image: VipsImage, field: str) -> bool:
    return bool(image.get_typeof(field)) and bool(image.get(field))


def _check_memory(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise PhotoError(message("{file} is too large for a preview: it can only be decoded as a whole.", file=name))
    check_free(size)


def _is_raw(data: bytes) -> bool:
    try:
        return raw.is_raw(Tiff(data))
    except ValueError:
        return False  # damaged: libvips reports the reason


def _open_bmp(data: bytes, name: str) -> VipsImage:
    header = bmp.Header(data, name)
    check_size(header.width, header.height, name)
    _check_memory(header.width * header.height * 8, name)
    samples, _ = bmp.decode(data, header)
    return _as_vips_image(samples)


def _open_heic(data: bytes, name: str) -> VipsImage:
    width, height = avif.declared_size(data) or (0, 0)  # both formats use the same boxes
    _check_memory(width * height * 8, name)
    decoded = heic.decode(data, name)
    samples = decoded.samples if decoded.maximum == _WHITE else (decoded.samples >> 8).astype(np.uint8)
    image = _as_vips_image(samples)
    if decoded.profile:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", decoded.profile)
    return image


def _open_raw(data: bytes, name: str) -> VipsImage:
    preview, orientation = raw.embedded_preview(data, name)
    image = _open_with_vips(preview, "jpeg", name, 0) if isinstance(preview, bytes) else _as_vips_image(preview)
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "orientation", orientation)
    return image


_OPENERS = {"bmp": _open_bmp, "heic": _open_heic, "raw": _open_raw}
"""Decoders for formats that libvips does not decode."""


def _as_vips_image(samples: Array, channels: int = 3) -> VipsImage:
    height, width, bands = samples.shape
    image = vips().Image.new_from_memory(np.ascontiguousarray(samples), width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands < 3 else "cmyk" if channels == 4 else "srgb")
