"""BMP files, which the libvips wheel cannot read or write. Pillow can, except for bit fields of unusual widths."""

import io
import struct

import cv2
import numpy as np
from PIL import BmpImagePlugin, Image

from core.errors import PhotoError
from core.messages import message

Array = np.ndarray

_RGB, _RLE8, _RLE4, _BITFIELDS, _ALPHA_BITFIELDS = 0, 1, 2, 3, 6

CALIBRATED, LINKED, _EMBEDDED = 0, 0x4C494E4B, 0x4D424544
"""How a header of version 4 or 5 declares colours: by numbers, by a profile in another file, by an embedded one."""

_INFO, _VERSION_4, _VERSION_5 = 40, 108, 124  # bytes of the headers


def colours(data: bytes) -> tuple[int | None, bytes | None]:
    """How a BMP declares its colours (None if it does not), and its embedded ICC profile, or None."""
    size = int.from_bytes(data[14:18], "little")
    if size < _VERSION_4:
        return None, None
    kind = struct.unpack_from("<I", data, 70)[0]
    if kind != _EMBEDDED or size < _VERSION_5:
        return kind, None
    start, length = struct.unpack_from("<II", data, 126)
    profile = data[14 + start : 14 + start + length]
    return kind, profile if length and len(profile) == length else None


def with_profile(data: bytes, profile: bytes) -> bytes:
    """Add an ICC profile to a BMP of :func:`encode`, which gets a header of version 5."""
    added = _VERSION_5 - _INFO
    pixels_at = struct.unpack_from("<I", data, 10)[0] + added
    start = len(data) + added - 14  # after the pixels; counted from the header
    more = struct.pack("<4II36x12xIIII", 0, 0, 0, 0, _EMBEDDED, 4, start, len(profile), 0)  # intent 4: images
    file = struct.pack("<2sIHHI", b"BM", (len(data) + added + len(profile)) & 0xFFFFFFFF, 0, 0, pixels_at)
    info = struct.pack("<I", _VERSION_5) + data[18 : 14 + _INFO]
    return file + info + more + data[14 + _INFO :] + profile


class Header:
    """The header of a BMP file.

    Args:
        data: the file.
        name: of the file, for messages.

    Attributes:
        width: in pixels.
        height: in pixels.
        bits: per pixel.
        compression: 0 none, 1 and 2 run lengths, 3 and 6 bit fields.
        masks: of red, green, blue and alpha in a pixel of 16 or 32 bits; 0 where there is none.
        top_down: whether the first row is stored first.
        stride: bytes of a row.
        pixels_at: offset of the pixels.
        image_bytes: their length, or 0.
        dpi: horizontal and vertical resolution in dots per inch, or None.

    Raises:
        PhotoError: the fields are invalid.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            self.pixels_at, self.size = struct.unpack_from("<II", data, 10)
            self.compression, self.image_bytes, horizontal, vertical, self.colours = 0, 0, 0, 0, 0
            if self.size == 12:
                self.width, height, _, self.bits = struct.unpack_from("<HHHH", data, 18)
            else:
                self.width, height, _, self.bits = struct.unpack_from("<iiHH", data, 18)
                fields = struct.unpack_from("<IIiiI", data, 30)
                self.compression, self.image_bytes, horizontal, vertical, self.colours = fields
            self.masks = (0, 0, 0, 0)
            if self.compression in (_BITFIELDS, _ALPHA_BITFIELDS):
                has_alpha = self.size >= 56 or self.compression == _ALPHA_BITFIELDS
                self.masks = (
                    *struct.unpack_from("<III", data, 54),
                    *struct.unpack_from("<I", data, 66)[: int(has_alpha)],
                )
                self.masks = (*self.masks, 0)[:4]
            elif self.bits == 16:
                self.masks = (0x7C00, 0x3E0, 0x1F, 0)
            elif self.bits == 32:
                self.masks = (0xFF0000, 0xFF00, 0xFF, 0)
        except struct.error as error:
            raise self.damaged() from error
        self.top_down, self.height = height < 0, abs(height)
        self.stride = (self.width * self.bits + 31) // 32 * 4
        self.dpi = (horizontal * 0.0254, vertical * 0.0254) if horizontal > 0 and vertical > 0 else None
        supported = self.bits in (1, 4, 8, 16, 24, 32) and self.compression in (0, 1, 2, 3, 6)
        if not supported or self.width <= 0 or self.height == 0:
            raise self.damaged()

    def damaged(self) -> PhotoError:
        """The error for a file that does not match its header."""
        return PhotoError(
            message(
                "{file} is damaged or cut short, or a BMP of a rare kind. Get another copy, or save it as PNG.",
                file=self.name,
            )
        )


def decode(data: bytes, header: Header) -> tuple[Array, bool]:
    """Decode the pixels.

    Returns:
        (H, W, 1 grey | 3 RGB | 4 RGB and alpha) uint8, and whether there is alpha.

    Raises:
        PhotoError: the file is damaged or cut short.
    """
    if header.compression in (_RLE8, _RLE4):
        return _decode_run_lengths(data, header), False
    end = header.pixels_at + header.stride * header.height
    if end > len(data):
        raise header.damaged()
    if header.bits in (1, 4, 8, 24):
        return _decode_with_pillow(data, header), False
    rows = np.frombuffer(data, np.uint8, header.stride * header.height, header.pixels_at)
    rows = rows.reshape(header.height, header.stride)
    if not header.top_down:
        rows = rows[::-1]
    kind = "<u2" if header.bits == 16 else "<u4"
    packed = np.ascontiguousarray(rows[:, : header.width * header.bits // 8]).view(kind)
    channels = [_field(packed, mask, header) for mask in header.masks[: 4 if header.masks[3] else 3]]
    # Many programs declare an alpha channel and leave it all zero, which does not mean transparency.
    if len(channels) == 4 and not channels[3].any():
        channels.pop()
    return np.stack(channels, axis=-1), len(channels) == 4


def _field(packed: Array, mask: int, header: Header) -> Array:
    """One channel of packed pixels, scaled to 0…255."""
    if mask == 0:
        raise header.damaged()
    shift = (mask & -mask).bit_length() - 1
    largest = mask >> shift
    values = (packed & packed.dtype.type(mask & (2 ** (8 * packed.itemsize) - 1))) >> packed.dtype.type(shift)
    levels: Array = values if largest == 255 else np.rint(values * (255.0 / largest))
    return levels.astype(np.uint8)


def _decode_with_pillow(data: bytes, header: Header) -> Array:
    """(H, W, 3) uint8, or (H, W, 1) if the palette holds only greys."""
    try:
        # Not Image.open, which has its own size limit.
        image: Image.Image = BmpImagePlugin.BmpImageFile(io.BytesIO(data))
        if image.mode == "P":
            palette = np.frombuffer(bytes(image.getpalette() or ()), np.uint8).reshape(-1, 3)
            image = image.convert("L" if (palette == palette[:, :1]).all() else "RGB")
        elif image.mode == "1":
            image = image.convert("L")
        samples = np.asarray(image)
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError) as error:
        raise header.damaged() from error
    if samples.shape[:2] != (header.height, header.width):
        raise header.damaged()
    return samples if samples.ndim == 3 else samples[..., None]


def _decode_run_lengths(data: bytes, header: Header) -> Array:
    """(H, W, 3) uint8. OpenCV decodes run lengths, but prints on truncated files, which are refused before."""
    size = header.image_bytes or len(data) - header.pixels_at
    end = header.pixels_at + size
    if end > len(data) or b"\x00\x01" not in data[max(end - 4, 0) : end]:
        raise header.damaged()
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise header.damaged() from error
    if image is None or image.shape[:2] != (header.height, header.width):
        raise header.damaged()
    return np.ascontiguousarray(image[..., ::-1])


def encode(samples: Array, dpi: tuple[float, float] | None) -> bytes:
    """Encode (H, W, 1 or 3) uint8 as a BMP file: 8 bits with a grey palette, or 24 bits."""
    image = Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    buffer = io.BytesIO()
    image.save(buffer, "BMP", dpi=dpi or (0, 0))
    return buffer.getvalue()
