"""Mask pictures: encoded, decoded, and checked before they are decoded."""

import struct
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import MaskError
from core.masks.shapes import MAX_PICTURE_BYTES, Picture
from core.messages import message

MAX_PIXELS = 200 * 10**6
"""Of a mask picture: one byte each when it is decoded."""

_HEADER_BYTES = 26
_GREY_8_BITS = (8, 0)
"""Bit depth and colour type in the header of a PNG file."""


def encode_picture(grey: NDArray[np.float32]) -> Picture:
    """Encode (H, W) values in [0, 1], reduced by half until they are small enough for a recipe.

    Raises:
        MaskError: it has too many pixels.
    """
    if grey.size > MAX_PIXELS:
        raise _too_large()
    pixels = cv2.convertScaleAbs(grey, alpha=255.0)
    while True:
        png: bytes = cv2.imencode(".png", pixels)[1].tobytes()
        if len(png) <= MAX_PICTURE_BYTES:
            return Picture(png)
        height, width = pixels.shape
        pixels = cv2.resize(pixels, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)


def picture_size(picture: Picture) -> tuple[int, int]:
    """Width and height in pixels, from the header.

    Raises:
        MaskError: it is not a grey PNG file with 8 bits, or it has too many pixels.
    """
    header = picture.png[:_HEADER_BYTES]
    if len(header) < _HEADER_BYTES or header[12:16] != b"IHDR" or (header[24], header[25]) != _GREY_8_BITS:
        raise _damaged()
    width, height = struct.unpack(">II", header[16:24])
    if not width or not height:
        raise _damaged()
    if width * height > MAX_PIXELS:
        raise _too_large()
    return width, height


@lru_cache(maxsize=2)
def decode_picture(picture: Picture) -> NDArray[np.uint8]:
    """The pixels: (H, W) uint8, read-only.

    Raises:
        MaskError: it is damaged or has too many pixels.
    """
    width, height = picture_size(picture)
    try:
        pixels = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise _damaged() from error
    if pixels is None or pixels.shape != (height, width):
        raise _damaged()
    pixels.flags.writeable = False
    return pixels.view(np.uint8)


def _damaged() -> MaskError:
    return MaskError(message("The picture in the mask is damaged or not grey."))


def _too_large() -> MaskError:
    return MaskError(message("The mask picture has more than {count} pixels.", count=MAX_PIXELS))
