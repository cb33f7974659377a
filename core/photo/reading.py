"""Reading a file into the contents of a photo.

The steps: :func:`read_photo_file` (bytes) → a decoder for the format (samples) with :func:`read_metadata` (EXIF, XMP,
IPTC, …) → :func:`core.photo.declared_colours.profile_of_file` (ICC profile) → ``_to_photo_data`` (upright, float32).
The bit depth is determined by ``_sample_layout``.

Memory: besides the bytes of the file, at most the pixels at the depth of the file and the float32 result, which is
(3 or 6) + 12 bytes per pixel, about 360 MB for an 8-bit photo of 24 megapixels; 12 bytes per pixel remain.
"""

import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np

from core.errors import PhotoError
from core.io.os_errors import display_path, read_failure
from core.io.regular_files import NotRegularFileError, open_regular
from core.messages import Message, message
from core.photo.colour import Space, mean_brightness, space_from_profile
from core.photo.declared_colours import profile_of_file
from core.photo.formats import avif, bmp, exif, heic, identify, iptc, jpeg, png, raw, tiff, tiff_codecs, webp, xmp
from core.photo.formats.decoded import FLOAT_BYTES, Decoded, check_size
from core.photo.formats.tiff import EXTRA_SAMPLES, PROFILE, TILE_BYTES, TILE_OFFSETS, Tiff, TiffImage
from core.photo.libvips import VipsImage, clear_vips_messages, vips, vips_errors, vips_reason
from core.photo.metadata import Attachment, MetadataBlocks, PhotoMetadata
from core.photo.photo_data import PhotoData
from core.system.memory import check_free

Array = np.ndarray
Buffer = bytes | memoryview

HEAD_BYTES = 4096
"""How many of its first bytes are enough to recognise a file; see :func:`core.photo.formats.identify`."""

BAND_PIXELS = 2**20
"""Pixels converted at a time, which bounds the temporary memory."""

LOADERS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "tiff": "tiffload_buffer",
    "webp": "webpload_buffer",
    "avif": "heifload_buffer",
}
"""libvips' loader by key of the format: libvips never guesses what a file is."""

DECLARED_SIZES = {"png": png.declared_size, "avif": avif.declared_size}
"""Functions that read width and height from a header before libvips, which prints warnings about absurd sizes."""

_CHANNELS = {"scrgb": 3, "b-w": 1, "grey16": 1, "srgb": 3, "rgb": 3, "rgb16": 3, "cmyk": 4}
_MAX_CHANNELS = 16
_JPEG_ENDS = "premature end of JPEG image"
_UNSUPPORTED = ("unsupported", "not supported", "not implemented", "not configured")  # in messages of several decoders
_JPEG_DAMAGE = ("premature end", "bad Huffman", "bad arithmetic", "instead of RST")  # in messages of libjpeg


def read_photo_data(path: str | PathLike[str]) -> PhotoData:
    """Read a photo: JPEG, PNG, TIFF, WebP, AVIF or BMP, whatever its suffix, 8 or 16 bits per channel.

    With the extras ``raw`` and ``heic``, camera raw files are developed, see :mod:`core.photo.formats.raw`, and HEIC
    images are read. Their formats are called ``"raw"`` and ``"heic"``; photos cannot be saved in them.

    The pixels are turned upright by the EXIF orientation. Files that declare no colours are interpreted as sRGB; for
    pixels with a profile see :mod:`core.photo.colour`. Grey is repeated in three channels, a palette is resolved, CMYK
    is converted to sRGB by its profile or, without one, by the default profile of libvips. Of a file with several pages
    or frames the first is read. ``photo.notes`` lists what could not be read as it is.

    Raises:
        PhotoError: the file is missing, unreadable, empty, damaged, cut short, not a photo, or larger than
            ``MAX_PIXELS``. The message names it.
    """
    path = Path(path)
    name = display_path(path)
    try:
        data = read_photo_file(path, lambda head: identify(head, name))
        key = identify(data, name)
        if key == "tiff" and raw.is_raw(_read_structure(data, name)):
            key = "raw"
        decoded = _DECODERS[key](data, name) if key in _DECODERS else _decode_with_vips(data, key, name)
        decoded.profile, note = profile_of_file(data, key, decoded.profile, decoded.channels, decoded.metadata.exif)
        decoded.notes.extend([note] if note else [])
        checksum = zlib.crc32(data)
        del data
        return _to_photo_data(decoded, key, path, checksum)
    except MemoryError as error:
        raise PhotoError(not_enough_memory(name)) from error


def not_enough_memory(name: str) -> Message:
    """The message for a photo that does not fit into memory."""
    return message("There is not enough memory to open {file}. Close some programs, or make it smaller.", file=name)


def read_photo_file(path: Path, check_head: Callable[[bytes], object] = lambda head: None) -> bytes:
    """Read a whole file, and close it. Never blocks on a pipe or a device.

    Args:
        path: the file.
        check_head: called with the first :data:`HEAD_BYTES`; if it raises, the rest is not read.

    Raises:
        MemoryError: the file is larger than the free memory.
        PhotoError: it is missing, empty, not a regular file, or cannot be read.
    """
    name = display_path(path)
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise PhotoError(message("{file} is empty (0 bytes). Copy it again from its source.", file=name))
            check_head(file.read(HEAD_BYTES))
            check_free(size)
            file.seek(0)
            return file.read()
    except IsADirectoryError as error:
        raise PhotoError(message("{file} is a folder, not a photo. Choose a file in it.", file=name)) from error
    except NotRegularFileError as error:
        raise PhotoError(message("{file} is not a regular file. Copy the photo to a file first.", file=name)) from error
    except OSError as error:
        raise PhotoError(read_failure(error, path)) from error
    except ValueError as error:  # a NUL in the name
        raise PhotoError(message("{file} cannot be read: it is not a valid file name.", file=repr(name))) from error


# Decoding


def _decode_bmp(data: bytes, name: str) -> Decoded:
    header = bmp.Header(data, name)
    check_size(header.width, header.height, name)
    check_free(header.width * header.height * (4 + FLOAT_BYTES))
    samples, has_alpha = bmp.decode(data, header)
    channels = samples.shape[2] - int(has_alpha)
    return Decoded(samples, 255, channels, None, PhotoMetadata(dpi=header.dpi), 1, [])


_DECODERS = {"bmp": _decode_bmp, "raw": raw.develop, "heic": heic.decode}
"""Decoders for formats that libvips does not decode."""


def _decode_with_vips(data: bytes, key: str, name: str) -> Decoded:
    notes: list[Message] = []
    _check_variant(data, key, name)
    tiff_image = _checked_tiff_image(data, name) if key == "tiff" else None
    if tiff_image is not None and tiff_codecs.unsupported_feature(tiff_image.tiff):
        return _decode_with_tifffile(data, tiff_image, name, notes)
    size = DECLARED_SIZES[key](data) if key in DECLARED_SIZES else None
    if size:
        check_size(*size, name)
    # Sequential access: rows are decoded as they are read, so the decoded image is in memory only once.
    options = {"access": "sequential", **(tiff_image.options if tiff_image else {})}
    try:
        clear_vips_messages()
        load = partial(getattr(vips().Image, LOADERS[key]), **options)
        image = load(data, fail_on="error")
        check_size(image.width, image.height, name)
        channels, maximum = _sample_layout(image, key, name)
        sample_bytes = {"uchar": 1, "ushort": 2, "float": 6}[image.format]
        check_free(image.width * image.height * (image.bands * sample_bytes + FLOAT_BYTES))
        metadata, orientation = _image_metadata(image, data, key, tiff_image, notes)
        profile = embedded_profile(image)
        pixels = _load_pixels(image, load, data, key, tiff_image)
        samples: Array = np.frombuffer(pixels, {1: np.uint8, 2: np.uint16, 6: np.float32}[sample_bytes])
        if sample_bytes == 6:
            samples = _floats_to_integers(samples, notes)
        samples = samples.reshape(image.height, image.width, image.bands)
    except vips_errors() as error:
        raise _undecodable(name, error) from error
    if 255 < maximum < 65535:
        samples = samples >> (16 - maximum.bit_length())  # libvips scales AVIF with 10 or 12 bits to 16
    if key == "avif" and channels == 3 and avif.is_monochrome(data):
        samples, channels = samples[..., [0, *range(3, image.bands)]], 1
    if key == "webp" and channels == 3 and not metadata.lossless and webp.is_grey(samples):
        samples = samples[..., [0, 0, 0, *range(3, image.bands)]]  # a network would turn the difference into colour
    _note_channels(channels, samples.shape[2] - channels, notes)
    return Decoded(samples, maximum, channels, profile, metadata, orientation, notes)


def _decode_with_tifffile(data: bytes, tiff_image: TiffImage, name: str, notes: list[Message]) -> Decoded:
    """Decode what libvips cannot; an empty libvips image passes the profile to :func:`read_metadata`."""
    samples, maximum, channels = tiff_codecs.decode(data, tiff_image.tiff, name, notes)
    height, width, bands = samples.shape
    image = vips().Image.black(width, height).copy()
    entry = tiff_image.tiff.find(PROFILE)
    if entry is not None and tiff_codecs.LAB_NOTE not in notes:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", data[entry.at : entry.at + entry.size])
    metadata, orientation = _image_metadata(image, data, "tiff", tiff_image, notes)
    _note_channels(channels, bands - channels, notes)
    return Decoded(samples, maximum, channels, embedded_profile(image), metadata, orientation, notes)


def _note_channels(channels: int, extra: int, notes: list[Message]) -> None:
    if channels == 4:
        notes.append(message("The photo is CMYK; it is saved as sRGB colour, which a print shop converts again."))
    if extra > 1:
        notes.append(
            message(
                "The file has several extra channels; the first was read as transparency, the others were not read."
            )
        )


def _check_variant(data: bytes, key: str, name: str) -> None:
    """Refuse variants of a format that libvips reports as damaged, or reads wrongly without an error.

    Raises:
        PhotoError: the message names the variant and says what to do.
    """
    if key == "png":
        if data[12:16] == b"CgBI":
            raise PhotoError(
                message(
                    "{file} is an image from an iPhone app in Apple's own variant of PNG (CgBI). Open it on a Mac and "
                    'export it as PNG, or run "pngcrush -revert-iphone-optimizations".',
                    file=name,
                )
            )
        if not any(kind == b"IEND" for kind, _, _ in png.chunks(data)):
            raise PhotoError(_cut_short(name))
    frame = jpeg.read_frame(data) if key == "jpeg" else None
    if frame is not None and frame.is_lossless:
        raise PhotoError(
            message(
                "{file} is a lossless JPEG, which cannot be opened. Open it in the program that it comes from and save "
                "it as TIFF or PNG with 16 bits.",
                file=name,
            )
        )
    if frame is not None and frame.precision != 8:
        raise PhotoError(
            message(
                "{file} is a JPEG with {bits} bits per channel, which cannot be opened. Open it in the program that it "
                "comes from and save it as TIFF or PNG with 16 bits.",
                file=name,
                bits=frame.precision,
            )
        )


def _cut_short(name: str) -> Message:
    return message("{file} is cut short. Copy it again from its source.", file=name)


def damaged(name: str, reason: str) -> Message:
    """The message for a file that a decoder refuses for this reason."""
    return message(
        "{file} is damaged or cut short and cannot be opened ({reason}). Copy it again from its source.",
        file=name,
        reason=reason,
    )


def _undecodable(name: str, error: Exception) -> PhotoError:
    reason = vips_reason(error)
    if any(words in str(error).lower() for words in _UNSUPPORTED):
        return PhotoError(
            message(
                "{file} is of a kind that cannot be opened ({reason}). Open it in another program and save it as PNG, "
                "or as TIFF without compression.",
                file=name,
                reason=reason,
            )
        )
    return PhotoError(damaged(name, reason))


def _load_pixels(
    image: VipsImage, load: Callable[..., VipsImage], data: bytes, key: str, tiff_image: TiffImage | None
) -> Buffer:
    """The pixels of ``image`` as a buffer; raises an error of libvips if some of them are missing.

    At its level "error" libvips fills a tile of a TIFF that it cannot decode, and the rest of a JPEG that ends early
    with an end marker, without an error. At its level "warning" it refuses JPEG files for harmless oddities as well.
    """
    if key == "jpeg":
        return _load_jpeg_pixels(load, data)
    if tiff_image is not None and tiff_image.tiff.find(TILE_OFFSETS):
        image = load(data, fail_on="warning")
    pixels: Buffer = image.write_to_memory()
    return pixels


def _load_jpeg_pixels(load: Callable[..., VipsImage], data: bytes) -> Buffer:
    for level in ("warning", "error"):
        try:
            pixels: Buffer = load(data, fail_on=level).write_to_memory()
            return pixels
        except vips().Error as error:
            if _JPEG_ENDS in error.detail and not data.endswith(jpeg.END) and jpeg.has_all_scans(data):
                return _load_jpeg_pixels(load, data + jpeg.END)  # fails again if pixels are missing as well
            if level == "error" or any(words in error.detail for words in _JPEG_DAMAGE):
                raise
    raise AssertionError("neither pixels nor an error")


def _checked_tiff_image(data: bytes, name: str) -> TiffImage:
    """The photo in a TIFF file, after refusing truncated tiles, which libvips would read without an error."""
    structure = _read_structure(data, name)
    image = tiff.main_image(structure) or TiffImage(structure, 0, None, True)
    offsets, lengths = image.tiff.find(TILE_OFFSETS), image.tiff.find(TILE_BYTES)
    if offsets and lengths:
        ends = map(sum, zip(image.tiff.integers(offsets), image.tiff.integers(lengths), strict=False))
        if max(ends, default=0) > len(data):
            raise PhotoError(_cut_short(name))
    return image


def _read_structure(data: bytes, name: str) -> Tiff:
    try:
        return Tiff(data)
    except ValueError as error:
        raise PhotoError(
            message("{file} is damaged or cut short. Copy it again from its source.", file=name)
        ) from error


def _sample_layout(image: VipsImage, key: str, name: str) -> tuple[int, int]:
    """The number of colour channels and the maximum (bit depth) of a decoded image, unless it is not a photo."""
    channels = _CHANNELS.get(image.interpretation)
    maximum = {"uchar": 255, "ushort": 65535, **({"float": 65535} if key == "tiff" else {})}.get(image.format)
    if channels is None or maximum is None or not channels <= image.bands <= _MAX_CHANNELS:
        raise PhotoError(
            message(
                "{file} contains {numbers} values as {colours} in {count} channels; photos of 8 or 16 bits in grey, "
                "RGB or CMYK can be opened. Convert it to 16-bit RGB first.",
                file=name,
                numbers=str(image.format),
                colours=str(image.interpretation),
                count=int(image.bands),
            )
        )
    if key == "avif" and maximum == 65535:
        maximum = 2 ** int(image.get("bits-per-sample")) - 1
    return channels, maximum


def _floats_to_integers(values: Array, notes: list[Message]) -> Array:
    """Convert floating-point numbers to 16 bits: 0 is black, 1 is white, with the tone curve of the profile or sRGB."""
    samples = np.empty(values.shape, np.uint16)
    clipped = False
    for start in range(0, len(values), BAND_PIXELS):
        band = np.nan_to_num(values[start : start + BAND_PIXELS], nan=0.0)
        clipped |= bool(band.min() < -1e-4 or band.max() > 1 + 1e-4)
        samples[start : start + BAND_PIXELS] = np.rint(np.clip(band, 0, 1) * np.float32(65535))
    notes.append(
        message(
            "The photo contains floating-point numbers: 0 was read as black and 1 as white; it is saved with 16 bits."
        )
    )
    if clipped:
        notes.append(message("Numbers below 0 and above 1 (HDR) were clipped."))
    return samples


# Metadata


def _image_metadata(
    image: VipsImage, data: bytes, key: str, tiff_image: TiffImage | None, notes: list[Message]
) -> tuple[PhotoMetadata, int]:
    """:func:`read_metadata` for a photo that may be one of several images in a TIFF."""
    if tiff_image is None:
        return read_metadata(image, data, key, None, notes)
    file = Tiff(data)
    image = image.copy()
    image.set_type(vips().GValue.gint_type, "n-pages", tiff.count_pages(file))
    metadata, orientation = read_metadata(image, data, key, tiff.metadata_structure(file, tiff_image), notes)
    return replace(metadata, mask=tiff_image.tiff.number(EXTRA_SAMPLES) == 0), orientation


def read_metadata(
    image: VipsImage, data: bytes, key: str, file_structure: Tiff | None, notes: list[Message]
) -> tuple[PhotoMetadata, int]:
    """Read EXIF, XMP, IPTC, texts, resolution and attachments, adapted to the upright photo. Damage is not an error.

    Args:
        image: the file as opened by libvips.
        data: the file.
        key: its format.
        file_structure: the structure of a TIFF file; None for other formats.
        notes: messages about what is left out are appended.

    Returns:
        The metadata, and the EXIF orientation by which the pixels have to be turned.
    """
    structure = file_structure
    if structure:
        exif_block = exif.from_tiff_file(structure, notes)
        blocks = tiff.read(structure, exif.orientation(structure), notes)
    else:
        blocks = _read_blocks(image, data, key, notes)
        exif_block, structure = _parse_exif(blocks.exif, notes)
    # AVIF has its own property for the orientation, which libheif has applied.
    turn = exif.orientation(structure) if structure and key != "avif" else 1
    size = (image.height, image.width) if turn >= 5 else (image.width, image.height)
    if exif_block is not None:
        exif_block = exif.turn_upright(Tiff(exif_block), *size, turn)
    dpi = (exif.resolution(structure) if structure else None) or blocks.dpi
    if key == "png":
        dpi = blocks.dpi or dpi
    pages = _count_pages(image, data, key)
    if pages > 1:
        notes.append(message("Only the first of {count} pages or frames was read.", count=pages))
    if dpi and turn >= 5:
        dpi = (dpi[1], dpi[0])
    if foreign := iptc.foreign_resources(blocks.photoshop):
        names = [str(number) for number in foreign]
        notes.append(
            message(
                "Private data that another program has stored in this photo will not be in the result (image resources "
                "{names}). The picture, its EXIF, IPTC and XMP are not affected.",
                names=names,
            )
        )
    attachments = _for_upright_photo(blocks.attachments, turn, notes)
    kinds = {attachment.kind for attachment in attachments}
    xmp_turn = turn if turn > 1 or key == "avif" else None
    metadata = PhotoMetadata(
        lossless=key == "webp" and webp.is_lossless(data),
        exif=exif_block,
        xmp=xmp.for_upright_photo(blocks.xmp, xmp_turn, size, kinds, notes),
        iptc=iptc.records(blocks.photoshop),
        resources=iptc.preserved_resources(blocks.photoshop, turn),
        texts=blocks.texts,
        modified=blocks.modified,
        tiff_fields=blocks.fields,
        attachments=attachments,
        gain_map_version=blocks.gain_map_version if xmp.GAIN_MAP in kinds else None,
        dpi=dpi,
        pages=pages,
    )
    return metadata, turn


def embedded_profile(image: VipsImage) -> bytes | None:
    """The ICC profile of a libvips image, without bytes after its end; None if there is none."""
    profile = _blob(image, "icc-profile-data")
    size = int.from_bytes(profile[:4], "big") if profile else 0
    return profile[:size] if profile and 128 < size < len(profile) else profile


def _read_blocks(image: VipsImage, data: bytes, key: str, notes: list[Message]) -> MetadataBlocks:
    if key == "jpeg":
        return jpeg.read(data, notes)
    if key == "png":
        return png.read(data, notes)
    if key == "avif" and b"tmap" in avif.brands(data):
        notes.append(heic.GAIN_MAP_LOST)
    return MetadataBlocks(_blob(image, "exif-data"), _blob(image, "xmp-data"), _blob(image, "iptc-data") or b"")


def _parse_exif(block: bytes | None, notes: list[Message]) -> tuple[bytes | None, Tiff | None]:
    """EXIF without the signature of JPEG, and its structure; None if there is none or it is damaged."""
    if block is None:
        return None, None
    block = block.removeprefix(jpeg.EXIF)
    try:
        return block, Tiff(block)
    except ValueError:
        notes.append(message("The camera information (EXIF) is damaged and was left out."))
        return None, None


def _for_upright_photo(attachments: tuple[Attachment, ...], turn: int, notes: list[Message]) -> tuple[Attachment, ...]:
    """The attachments of a JPEG, without a gain map if the pixels are turned."""
    if turn == 1 or not any(attachment.kind == xmp.GAIN_MAP for attachment in attachments):
        return attachments
    notes.append(message("The HDR gain map was left out, because the photo was turned upright."))
    return tuple(attachment for attachment in attachments if attachment.kind != xmp.GAIN_MAP)


def _blob(image: VipsImage, field: str) -> bytes | None:
    """A metadata block of a libvips image; None if it is missing or empty."""
    if image.get_typeof(field) == 0:
        return None
    return bytes(image.get(field)) or None


def _count_pages(image: VipsImage, data: bytes, key: str) -> int:
    if key == "png":  # libvips does not count the frames of an animated PNG
        frames = [at for kind, at, size in png.chunks(data) if kind == b"acTL" and size >= 4]
        return max(int.from_bytes(data[frames[0] : frames[0] + 4], "big"), 1) if frames else 1
    return max(int(image.get("n-pages")), 1) if image.get_typeof("n-pages") else 1


# From samples to a photo


def _to_photo_data(decoded: Decoded, key: str, path: Path, checksum: int) -> PhotoData:
    samples = _turn_upright(decoded.samples, decoded.orientation)
    decoded.samples = samples  # frees the array that was not turned yet
    channels, maximum = decoded.channels, decoded.maximum
    alpha = None
    if samples.shape[2] > channels:
        alpha = samples[:, :, channels].astype(np.float32) / np.float32(maximum)
        samples = samples[:, :, :channels]
    metadata = decoded.metadata
    if metadata.dpi and not all(0.1 <= value <= 100_000 for value in metadata.dpi):
        metadata = replace(metadata, dpi=None)  # damaged, and beyond the range of some formats
    space, profile, note = space_from_profile(decoded.profile, channels)
    pixels = _to_pixels(samples, maximum, space)
    preserved = replace(
        metadata,
        format=key,
        bit_depth=8 if maximum == 255 else 16,
        sample_bits=maximum.bit_length(),
        grey=channels == 1,
        profile=profile,
        brightness=mean_brightness(pixels) if metadata.attachments else (),
        notes=(*decoded.notes, *([note] if note else [])),
    )
    return PhotoData(pixels, alpha, path, preserved, checksum)


def _to_pixels(samples: Array, maximum: int, space: Space) -> Array:
    """Convert (H, W, channels) integers 0…maximum to (H, W, 3) float32, the pixels of a photo."""
    height, width, channels = samples.shape
    pixels = np.empty((height, width, 3), np.float32)
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        band = np.ascontiguousarray(samples[top : top + rows]).reshape(-1, channels)
        pixels[top : top + rows] = space.decode(band, maximum).reshape(-1, width, 3)
    return pixels


def _turn_upright(samples: Array, orientation: int) -> Array:
    """Rotate and mirror (H, W, C) by EXIF orientation 1 to 8; C-contiguous."""
    if orientation in (5, 6, 7, 8):
        samples = samples.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    return np.ascontiguousarray(samples)
