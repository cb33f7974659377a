"""TIFF files that libvips cannot read, decoded by tifffile and imagecodecs with the extra ``tiff``."""

import io
import logging
from types import ModuleType

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.formats.decoded import FLOAT_BYTES, check_size
from core.photo.formats.tiff import BITS, COMPRESSION, HEIGHT, PHOTOMETRIC, SAMPLES, WIDTH, Tiff
from core.photo.libvips import vips
from core.system.memory import check_free

Array = np.ndarray

_COMPRESSIONS = {
    22610: "JPEG XR",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34887: "LERC",
    34925: "LZMA",
    34933: "PNG",
    34934: "JPEG XR",
    50000: "Zstandard",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_INVERTED, _GREY, _RGB, _PALETTE, _CMYK, _CIELAB, _ICCLAB = 0, 1, 2, 3, 5, 8, 9
_CHANNELS = {_INVERTED: 1, _GREY: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _CIELAB: 3, _ICCLAB: 3}
_VIPS_BITS = (8, 16, 32, 64)
"""Bits per channel that libvips reads in any number of channels."""

LAB_NOTE = message("The photo is in CIELAB; it is saved as sRGB colour.")


def unsupported_feature(tiff: Tiff) -> Message | None:
    """Describe what libvips cannot read in the first image of a TIFF, such as "in CIELAB colours"; None if it can."""
    compression, bits = tiff.number(COMPRESSION), tiff.number(BITS) or 1
    if compression is not None and compression in _COMPRESSIONS:
        return message("compressed by {codec}", codec=_COMPRESSIONS[compression])
    if tiff.number(PHOTOMETRIC) in (_CIELAB, _ICCLAB):
        return message("in CIELAB colours")
    if bits not in _VIPS_BITS and not (bits in (1, 2, 4) and (tiff.number(SAMPLES) or 1) == 1):
        return message("stored with {bits} bits per channel", bits=bits)
    return None


def decode(data: bytes, tiff: Tiff, name: str, notes: list[Message]) -> tuple[Array, int, int]:
    """Decode the pixels of the first image of ``tiff``.

    CIELAB is converted to sRGB of 16 bits, relative to its white (TIFF 6.0, section 23: D50). A palette is resolved.

    Args:
        data: the file.
        tiff: its structure, with the directory of the image as the first one.
        name: of the file, for messages.
        notes: messages about what could not be read as it is are appended.

    Returns:
        (H, W, channels + extra) uint8 or uint16, their largest value, and the number of colour channels.

    Raises:
        PhotoError: tifffile or imagecodecs is not installed, or the file is damaged or holds no photograph.
        MemoryError: there is not enough memory.
    """
    feature = unsupported_feature(tiff) or message("of a rare kind")
    library = _tifffile(name, feature)
    width, height = tiff.number(WIDTH) or 0, tiff.number(HEIGHT) or 0
    check_size(width, height, name)
    check_free(width * height * ((tiff.number(SAMPLES) or 1) * 4 + FLOAT_BYTES))
    try:
        with library.TiffFile(io.BytesIO(data)) as file:
            file.filehandle.seek(tiff.first)
            page = library.TiffPage(file, index=0)
            segments = list(zip(page.dataoffsets, page.databytecounts, strict=True))
            if not all(size and start + size <= len(data) for start, size in segments):
                raise ValueError("some of the pixels are missing")
            samples, bits, kind = page.asarray(), int(page.bitspersample), int(page.photometric)
            if page.planarconfig == library.PLANARCONFIG.SEPARATE and samples.ndim == 3:
                samples = np.moveaxis(samples, 0, -1)
            palette = page.colormap if kind == _PALETTE else None
    except MemoryError:
        raise
    except Exception as error:  # tifffile and the codecs raise many kinds
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise PhotoError(
            message(
                "{file} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source.",
                file=name,
                reason=reason,
            )
        ) from error
    samples = samples[..., None] if samples.ndim == 2 else samples
    channels = _CHANNELS.get(kind, 0)
    known = samples.ndim == 3 and samples.dtype in (bool, np.uint8, np.uint16) and samples.shape[:2] == (height, width)
    if not known or not 0 < channels <= samples.shape[2]:
        raise PhotoError(
            message(
                "{file} is a TIFF {what} that holds no photo of 8 or 16 bits in grey, RGB, CMYK or CIELAB. Convert it "
                "to 16-bit RGB first.",
                file=name,
                what=feature,
            )
        )
    return _normalise(samples, bits, kind, channels, palette, notes)


def _normalise(
    samples: Array, bits: int, kind: int, channels: int, palette: Array | None, notes: list[Message]
) -> tuple[Array, int, int]:
    """Resolve palettes, CIELAB, inverted grey and less than 8 bits; see :func:`decode` for the result."""
    largest = 2**bits - 1
    if palette is not None:
        colours = (palette >> 8).astype(np.uint8).T  # (entries, 3); palettes of 16 bits are scaled palettes of 8 bits
        return colours[np.minimum(samples[..., 0], len(colours) - 1)], 255, 3
    if kind in (_CIELAB, _ICCLAB):
        notes.append(LAB_NOTE)
        return _from_lab(samples, bits, kind), 65535, 3
    if kind == _INVERTED:
        samples = np.concatenate([largest - samples[..., :1].astype(np.uint16), samples[..., 1:]], axis=2)
    if bits < 8:
        return (samples.astype(np.uint16) * 255 // largest).astype(np.uint8), 255, channels
    return samples.astype(np.uint8 if bits == 8 else np.uint16), largest, channels


def _from_lab(samples: Array, bits: int, kind: int) -> Array:
    """CIELAB as TIFF stores it → (H, W, 3 + extra) uint16 sRGB."""
    height, width, _ = samples.shape
    scale = 2.0 ** (bits - 8)
    if kind == _CIELAB:
        lightness = samples[..., :1].astype(np.float32) * np.float32(100 / (2**bits - 1))
        signed = np.ascontiguousarray(samples[..., 1:3]).view(np.int8 if bits == 8 else np.int16)
        chroma = signed.astype(np.float32) / np.float32(scale)
    else:
        lightness = samples[..., :1].astype(np.float32) * np.float32(100 / (255 * scale))
        chroma = samples[..., 1:3] / np.float32(scale) - np.float32(128)
    lab = np.ascontiguousarray(np.concatenate([lightness, chroma], axis=2), np.float32)
    image = vips().Image.new_from_memory(lab, width, height, 3, "float").copy(interpretation="lab")
    rgb = image.icc_export(output_profile="srgb", pcs="lab", intent="relative", depth=16)
    colours = np.frombuffer(rgb.write_to_memory(), np.uint16).reshape(height, width, 3)
    extra = samples[..., 3:].astype(np.uint16) * np.uint16(257 if bits == 8 else 1)
    return np.concatenate([colours, extra], axis=2)


def _tifffile(name: str, feature: Message) -> ModuleType:
    try:
        import imagecodecs  # noqa: F401 - tifffile uses it where it is installed
        import tifffile
    except ImportError as error:
        raise PhotoError(
            message(
                "{file} is a TIFF {what}; tifffile and imagecodecs, which read these, are not installed. Install them "
                'with "pip install tifffile imagecodecs" (or the extra: dfpir-studio[tiff]) and start again, or save '
                "the photo as TIFF of 8 or 16 bits without compression.",
                file=name,
                what=feature,
            )
        ) from error
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what matters here arrives as an exception
    module: ModuleType = tifffile
    return module
