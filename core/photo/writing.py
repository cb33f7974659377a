"""Writing a photo to a file.

The steps: metadata that fits the format (``_fit_metadata``) → integers in the photo's own colours (``_quantise``) →
encoder (``_encode``) → :func:`core.io.output_files.write_output`, which makes the file appear whole or not at all.

Memory: besides the photo, at most its pixels at the depth of the file, (3 or 6) bytes per pixel, twice the encoded
file, and what the encoder needs (little, except for WebP and AVIF, which need the whole image at once).
"""

import zlib
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from core.errors import PhotoError
from core.io.os_errors import display_path
from core.io.output_files import check_target, write_output
from core.messages import Message, message
from core.photo.colour import Space, SrgbSpace, is_grey, mean_brightness
from core.photo.formats import Format, avif, bmp, exif, format_for, iptc, jpeg, png, tiff, webp, xmp
from core.photo.libvips import VipsImage, vips, vips_errors, vips_reason
from core.photo.metadata import MetadataBlocks
from core.photo.photo_data import PhotoData
from core.photo.reading import read_photo_file

Array = np.ndarray

DEFAULT_QUALITY = 95
"""Of JPEG, WebP and AVIF, 1 to 100."""

BAND_PIXELS = 2**20
"""Pixels converted at a time, which bounds the temporary memory."""

PREVIEW_SIDE = 160
"""Longer side of an embedded preview in pixels, as Exif 2.32 recommends."""

_PREVIEW_QUALITY = 80
_GAIN_MAP_TOLERANCE = 0.1  # of the full range, by which the mean of a part of the photo may change
_CLASSIC_TIFF_LIMIT = 3_900_000_000  # bytes; larger files need BigTIFF
_AVIF_EFFORT = 2  # libvips' default of 4 takes ten times as long, minutes for a photo, for files 2 % smaller
# libexif reserves a place only for EXIF that it can read; the real EXIF replaces the placeholder.
_PLACEHOLDER = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"


def write_photo(
    photo: PhotoData,
    path: str | PathLike[str],
    *,
    overwrite: bool = False,
    format: str | None = None,
    bit_depth: int | None = None,
    quality: int | None = None,
    keep_metadata: bool = True,
    preview: bool = False,
    notes: list[Message] | None = None,
) -> Path:
    """Write a photo with everything that its file held: colour profile, EXIF, XMP, IPTC, resolution, alpha, bit depth.

    The pixels are written in the photo's own colour space, whose profile is embedded; an unchanged photo gets its
    original numbers in a lossless format. BMP gets sRGB, unless the photo was a BMP with a profile; so does a photo
    that was CMYK, since its inks cannot be recovered from RGB. Grey photos are written as grey if their channels differ
    by less than half a level, else as sRGB colour (in WebP, and in AVIF with more than 8 bits or with transparency, as
    three equal channels); palettes are not restored. JPEG and BMP have no transparency: the photo is composed on
    white. EXIF is written as it was read, but upright and without its previews. What the format has no place for (IPTC
    in WebP and AVIF, EXIF of more than 64 KB in JPEG, everything but the resolution in BMP) is left out, with a message
    in ``notes``.

    The file appears whole or not at all, and an existing one, the photo's source included, is never replaced unless
    ``overwrite`` is true.

    Args:
        photo: the photo.
        path: the file to write, in a folder that exists.
        overwrite: whether an existing file may be replaced; it then keeps its permissions.
        format: "jpeg", "png", "tiff", "webp", "avif" or "bmp"; by default the format of the suffix of ``path``.
        bit_depth: 8 or 16; by default that of the photo, or 8 if the format has no more. AVIF stores 16 as 12, or as 10
            if the photo had 10.
        quality: 1 to 100 for JPEG, WebP and AVIF; the others are lossless. WebP and AVIF are lossless at 100 (AVIF
            with 8 bits). By default 95, with full colour resolution in JPEG and AVIF; a photo from a lossless WebP is
            saved as lossless WebP.
        keep_metadata: whether EXIF, XMP and IPTC are written. The profile always is, and so is the resolution if the
            format has a place for it outside EXIF.
        preview: whether EXIF gets a preview of the saved photo, of at most 160 pixels per side, whatever other metadata
            is kept; in JPEG, PNG, WebP and AVIF.
        notes: messages about what could not be kept are appended.

    Returns:
        The path that was written.

    Raises:
        PhotoError: unknown format, unsuitable depth, quality or size, NaN in the pixels, or the file cannot be
            written. The message says what to do; nothing was changed.
    """
    path = Path(path)
    entry = format_for(path.suffix, format)
    check_target(path, overwrite)
    lost: list[Message] = []
    data = encode_photo(
        photo,
        entry,
        display_path(path),
        bit_depth=bit_depth,
        quality=quality,
        keep_metadata=keep_metadata,
        preview=preview,
        notes=lost,
    )
    write_output(data, path, overwrite, photo.source)
    if notes is not None:
        notes.extend(dict.fromkeys(lost))
    return path


def encode_photo(
    photo: PhotoData,
    entry: Format,
    name: str,
    *,
    bit_depth: int | None = None,
    quality: int | None = None,
    keep_metadata: bool = True,
    preview: bool = False,
    notes: list[Message],
) -> bytes:
    """Make the bytes of a photo's file; ``name`` is that of the file, for messages. See :func:`write_photo`.

    Raises:
        PhotoError: unsuitable depth, quality or size, NaN in the pixels, or not enough memory.
    """
    bits = _choose_bits(photo, entry, bit_depth)
    if quality is not None and not 1 <= quality <= 100:
        raise PhotoError(
            message("{file} cannot be saved with quality {quality}. Choose 1 to 100.", file=name, quality=quality)
        )
    if max(photo.width, photo.height) > entry.max_side:
        raise PhotoError(
            message(
                "{file} cannot be saved: {format} holds at most {most} pixels per side, and the photo has {width} × "
                "{height}. Choose PNG or TIFF.",
                file=name,
                format=entry.label,
                most=entry.max_side,
                width=photo.width,
                height=photo.height,
            )
        )
    try:
        blocks, lost = _fit_metadata(photo, entry, keep_metadata)
        if keep_metadata:
            lost[:0] = photo.preserved.lost
        lost[:0] = _lost_channel(photo, entry)
        if preview:
            _add_preview(photo, entry, blocks, lost)
        data = _encode(photo, entry, bits, quality, blocks, lost, name)
    except MemoryError as error:
        raise PhotoError(
            message("There is not enough memory to save {file}. Close some programs and try again.", file=name)
        ) from error
    notes.extend(lost)
    return data


def copy_unchanged(
    photo: PhotoData,
    path: Path,
    *,
    overwrite: bool = False,
    quality: int | None = None,
    preview: bool = False,
    notes: list[Message] | None = None,
) -> None:
    """Copy a photo that needs no restoration: the bytes of its file if the format stays the same, else its pixels.

    A photo that was rotated or cropped is never copied byte by byte.

    Args:
        photo: for example one that the detector found clean.
        path: of the copy.
        overwrite: whether an existing file may be replaced.
        quality: for a lossy format other than the file's own, see :func:`write_photo`.
        preview: for a format other than the file's own, see :func:`write_photo`; a copy of the bytes keeps its preview.
        notes: messages about what could not be kept are appended.

    Raises:
        PhotoError: the file has changed since it was read, or is missing, or the copy cannot be written.
    """
    same_format = format_for(path.suffix, None).key == photo.format
    if photo.source is None or not same_format or not photo.preserved.geometry.is_identity:
        write_photo(photo, path, overwrite=overwrite, quality=quality, preview=preview, notes=notes)
        return
    data = read_photo_file(photo.source)
    if zlib.crc32(data) != photo.checksum:
        raise PhotoError(
            message(
                "{file} was changed during processing. Start again with the new photo.",
                file=display_path(photo.source),
            )
        )
    write_output(data, path, overwrite, photo.source)


# Metadata and channels that the format can hold


def _lost_channel(photo: PhotoData, entry: Format) -> list[Message]:
    """A message about transparency, or a selection, that the format cannot hold; none if nothing is lost."""
    if photo.alpha is None:
        return []
    if photo.preserved.mask:
        if entry.key == "tiff":
            return []
        return [message("The extra channel was left out: {format} files cannot hold it.", format=entry.label)]
    if entry.alpha or float(photo.alpha.min()) >= 1:
        return []
    return [
        message("Transparent parts were filled with white: {format} files have no transparency.", format=entry.label)
    ]


def _fit_metadata(photo: PhotoData, entry: Format, keep: bool) -> tuple[MetadataBlocks, list[Message]]:
    """The metadata for a file of this format, and messages about what it cannot hold."""
    metadata = photo.preserved
    if not keep:
        return MetadataBlocks(dpi=metadata.dpi if entry.key not in ("webp", "avif") else None), []
    lost: list[Message] = []
    label = entry.label
    blocks = MetadataBlocks(
        exif=metadata.exif,
        xmp=metadata.xmp,
        photoshop=iptc.join(metadata.iptc, metadata.resources),
        texts=metadata.texts,
        modified=metadata.modified,
        dpi=metadata.dpi,
        fields=metadata.tiff_fields,
    )
    if entry.key == "bmp":
        if any(
            (
                metadata.exif,
                metadata.xmp,
                metadata.iptc,
                metadata.texts,
                metadata.modified,
                metadata.tiff_fields,
                metadata.resources,
            )
        ):
            lost.append(message("The metadata was left out: {format} files cannot hold it.", format=label))
    else:
        if entry.key == "jpeg":
            _shorten_exif_for_jpeg(blocks, lost)
        if entry.key != "png":
            texts = tuple(text for text in metadata.texts if entry.key != "jpeg" or text.keyword != "Comment")
            blocks.xmp, keywords = xmp.add_texts(blocks.xmp, texts, metadata.modified)
            if keywords:
                lost.append(
                    message(
                        "Texts were left out, because {format} files cannot hold them: {names}.",
                        format=label,
                        names=list(keywords),
                    )
                )
        if entry.key in ("webp", "avif"):
            if metadata.iptc:
                lost.append(message("The IPTC data was left out: {format} files cannot hold it.", format=label))
            if metadata.resources:
                lost.append(
                    message(
                        "Photoshop's paths and copyright data were left out: {format} files cannot hold them.",
                        format=label,
                    )
                )
        if entry.key != "tiff" and metadata.tiff_fields:
            lost.append(message("The GeoTIFF fields were left out: {format} files cannot hold them.", format=label))
    _fit_attachments(photo, entry, blocks, lost)
    if entry.key == "jpeg" and blocks.xmp and not jpeg.holds_xmp(blocks.xmp):
        blocks.xmp = None
        lost.append(message("The XMP block was left out, because it is too long for a JPEG file."))
    return blocks, lost


def _shorten_exif_for_jpeg(blocks: MetadataBlocks, lost: list[Message]) -> None:
    if blocks.exif:
        blocks.exif, removed = exif.shorten(blocks.exif, jpeg.LIMIT - len(jpeg.EXIF))
        if removed:
            lost.append(
                message("The camera information (EXIF) is too long for a JPEG file; left out: {what}.", what=removed)
            )


def _add_preview(photo: PhotoData, entry: Format, blocks: MetadataBlocks, lost: list[Message]) -> None:
    """Add a preview to the EXIF; if both do not fit, the preview is left out."""
    if not entry.preview:
        lost.append(message("The preview was left out: {format} files cannot hold it.", format=entry.label))
        return
    base = blocks.exif or (exif.with_resolution_only(blocks.dpi) if blocks.dpi else None)
    block = exif.with_preview(base, make_preview(photo))
    if block is None:
        lost.append(message("The preview was left out, because the camera information (EXIF) is damaged."))
    elif entry.key == "jpeg" and len(block) > jpeg.LIMIT - len(jpeg.EXIF):
        lost.append(message("The preview was left out, because the EXIF of a JPEG file has no space left for it."))
    else:
        blocks.exif = block


def make_preview(photo: PhotoData) -> bytes:
    """Make the small image that is embedded in EXIF: upright, in sRGB, transparency on white. Photos are not enlarged.

    Memory: that of the preview and a few rows of the photo.

    Returns:
        A baseline JPEG without application segments, as Exif requires; a few kB.

    Raises:
        PhotoError: it cannot be made.
    """
    try:
        small = _scaled_down(photo)
        data = bytes(small.jpegsave_buffer(Q=_PREVIEW_QUALITY, subsample_mode="on", optimize_coding=True, keep=0))
    except vips_errors(ValueError) as error:
        raise PhotoError(
            message(
                "The preview cannot be made ({reason}). Save the photo without a preview.", reason=vips_reason(error)
            )
        ) from error
    first = next(at for marker, at, _ in jpeg.segments(data) if not 0xE0 <= marker <= 0xEF)
    return data[:2] + data[first:]


def _scaled_down(photo: PhotoData) -> VipsImage:
    image = vips().Image.new_from_memory(photo.pixels, photo.width, photo.height, 3, "float")
    if photo.transparency is not None:
        alpha = np.ascontiguousarray(photo.transparency, np.float32)
        opacity = vips().Image.new_from_memory(alpha, photo.width, photo.height, 1, "float")
        image = image * opacity + (1 - opacity)
    scale = min(PREVIEW_SIDE / max(photo.width, photo.height), 1.0)
    width, height = (max(round(side * scale), 1) for side in (photo.width, photo.height))
    small = image.resize(width / photo.width, vscale=height / photo.height)
    pixels = np.frombuffer(small.write_to_memory(), np.float32).reshape(small.height, small.width, 3)
    levels = np.rint(photo.space.to_srgb(np.clip(np.nan_to_num(pixels), 0, 1)) * 255).astype(np.uint8)
    return vips().Image.new_from_memory(levels, small.width, small.height, 3, "uchar").copy(interpretation="srgb")


def _fit_attachments(photo: PhotoData, entry: Format, blocks: MetadataBlocks, lost: list[Message]) -> None:
    """Keep the attachments of a JPEG that fit the format and the pixels; XMP then announces only these.

    A gain map states by how much each part of *this* image is brighter on an HDR screen. Less noise or more detail do
    not invalidate it, but a changed brightness in any of 8 × 8 parts does.
    """
    metadata = photo.preserved
    fitting = []
    for attachment in metadata.attachments:
        if entry.key != "jpeg" and attachment.kind == xmp.GAIN_MAP:
            lost.append(message("The HDR gain map was left out: {format} files cannot hold it.", format=entry.label))
        elif entry.key != "jpeg":
            lost.append(
                message(
                    "The video of the motion photo was left out: {format} files cannot hold it.", format=entry.label
                )
            )
        elif attachment.kind == xmp.GAIN_MAP and brightness_changed(photo):
            lost.append(message("The HDR gain map was left out, because the brightness of the photo has changed."))
        else:
            fitting.append(attachment)
    blocks.attachments = tuple(fitting)
    kinds = {attachment.kind for attachment in fitting}
    if xmp.GAIN_MAP in kinds:
        blocks.gain_map_version = metadata.gain_map_version
    if blocks.xmp and blocks.attachments != metadata.attachments:
        blocks.xmp = xmp.announce_only(blocks.xmp, kinds)


def brightness_changed(photo: PhotoData) -> bool:
    """Whether a gain map is no longer valid for the pixels; see :func:`_fit_attachments`."""
    now = mean_brightness(photo.pixels)
    return any(abs(a - b) > _GAIN_MAP_TOLERANCE for a, b in zip(now, photo.preserved.brightness, strict=True))


# Encoding


def _choose_bits(photo: PhotoData, entry: Format, requested: int | None) -> int:
    """Bits per channel in the file: 8, 10, 12 or 16."""
    if requested is not None and requested not in entry.depths:
        if len(entry.depths) == 1:
            raise PhotoError(
                message(
                    "{format} cannot be saved with {asked} bits per channel, only with {offered}.",
                    format=entry.label,
                    asked=requested,
                    offered=entry.depths[0],
                )
            )
        raise PhotoError(
            message(
                "{format} cannot be saved with {asked} bits per channel, only with {low} or {high}.",
                format=entry.label,
                asked=requested,
                low=min(entry.depths),
                high=max(entry.depths),
            )
        )
    depth = requested or min(photo.bit_depth, max(entry.depths))
    if entry.key == "avif" and depth == 16:
        return 10 if photo.preserved.sample_bits == 10 else 12
    return depth


def _encode(
    photo: PhotoData,
    entry: Format,
    bits: int,
    quality: int | None,
    blocks: MetadataBlocks,
    lost: list[Message],
    name: str,
) -> bytes:
    """The bytes of the file."""
    metadata = photo.preserved
    maximum = 2**bits - 1
    alpha = photo.alpha if entry.key == "tiff" or not metadata.mask else None
    grey = metadata.grey and entry.grey and is_grey(photo.pixels, 0.5 / maximum)
    if entry.key == "avif" and (bits > 8 or alpha is not None or not avif.can_encode_grey()):
        grey = False  # three equal channels
    holds_profile = entry.profile or metadata.format == entry.key  # a BMP with a profile keeps it; few programs read it
    profile = metadata.profile if holds_profile and grey == metadata.grey else None
    samples = _quantise(photo, None if profile else SrgbSpace(1 if grey else 3), alpha, entry.alpha, maximum, name)
    if entry.key == "bmp":
        data = bmp.encode(samples, metadata.dpi)
        return bmp.with_profile(data, profile) if profile else data
    exif_block = blocks.exif
    if entry.key in ("webp", "avif") and exif_block is None and blocks.dpi:
        exif_block = exif.with_resolution_only(blocks.dpi)
    image = _as_vips_image(samples, bits, grey, profile)
    if entry.key == "avif":
        for field, value in (("exif-data", _PLACEHOLDER if exif_block else None), ("xmp-data", blocks.xmp)):
            if value:
                image.set_type(vips().GValue.blob_type, field, value)
    lossless = quality == 100 or (quality is None and metadata.lossless and entry.key == "webp")
    quality_or_default = DEFAULT_QUALITY if quality is None else quality
    try:
        if entry.key == "avif" and grey:
            return avif.encode_grey(samples[..., 0], quality_or_default, profile, exif_block, blocks.xmp)
        data = _save_with_vips(image, entry.key, bits, quality_or_default, lossless)
        if entry.key == "jpeg":
            return jpeg.with_metadata(data, blocks)
        if entry.key == "png":
            return png.with_metadata(data, blocks)
        if entry.key == "webp":
            return webp.with_metadata(data, exif_block, blocks.xmp, photo.width, photo.height, samples.shape[2] == 4)
        if entry.key == "avif":
            return avif.with_metadata(data, exif_block)
        return tiff.with_metadata(data, blocks, 0 if metadata.mask else 2, lost)
    except vips_errors(ValueError) as error:
        if profile is not None:  # encoders are stricter with profiles than decoders; save the colours as sRGB
            in_srgb = replace(photo, pixels=photo.srgb(), preserved=replace(metadata, profile=None))
            return _encode(in_srgb, entry, bits, quality, blocks, lost, name)
        raise PhotoError(
            message(
                "{file} cannot be encoded as {format} ({reason}). Choose another format, such as PNG.",
                file=name,
                format=entry.label,
                reason=vips_reason(error),
            )
        ) from error


def _save_with_vips(image: VipsImage, key: str, bits: int, quality: int, lossless: bool) -> bytes:
    """The image as encoded by libvips, with its profile and, except in AVIF, no other metadata."""
    keep = vips().ForeignKeep
    if key == "jpeg":
        return bytes(image.jpegsave_buffer(Q=quality, subsample_mode="off", optimize_coding=True, keep=keep.ICC))
    if key == "png":
        return bytes(image.pngsave_buffer(filter=vips().ForeignPngFilter.ALL, keep=keep.ICC))
    if key == "webp":
        return bytes(
            image.webpsave_buffer(Q=quality, lossless=lossless, exact=True, smart_subsample=True, keep=keep.ICC)
        )
    if key == "avif":
        kept_blocks = (
            keep.ICC | keep.XMP | (keep.EXIF if image.get_typeof("exif-data") else 0)
        )  # else it generates EXIF
        return bytes(
            image.heifsave_buffer(
                compression="av1",
                Q=quality,
                lossless=lossless,
                bitdepth=bits,
                subsample_mode="off",
                effort=_AVIF_EFFORT,
                keep=kept_blocks,
            )
        )
    big = image.width * image.height * image.bands * (1 if bits == 8 else 2) > _CLASSIC_TIFF_LIMIT
    return bytes(image.tiffsave_buffer(compression="deflate", predictor="horizontal", bigtiff=big, keep=keep.ICC))


def _as_vips_image(samples: Array, bits: int, grey: bool, profile: bytes | None) -> VipsImage:
    height, width, channels = samples.shape
    band_format = "uchar" if bits == 8 else "ushort"
    interpretation = {(True, 8): "b-w", (False, 8): "srgb"}.get((grey, bits), "grey16" if grey else "rgb16")
    image = vips().Image.new_from_memory(samples, width, height, channels, band_format)
    image = image.copy(interpretation=interpretation)
    if profile is not None:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    return image


def _quantise(
    photo: PhotoData, target: SrgbSpace | None, alpha: Array | None, holds_alpha: bool, maximum: int, name: str
) -> Array:
    """Convert the pixels to integers 0…maximum, rounded to nearest.

    Args:
        photo: the photo.
        target: sRGB, in colour or grey; None for the photo's own colour space.
        alpha: (H, W) float32, or None.
        holds_alpha: whether the format has transparency; otherwise the photo is composed on white.
        maximum: 255, 1023, 4095 or 65535.
        name: of the file, for messages.

    Returns:
        (H, W, channels + alpha) uint8, or uint16 scaled to 16 bits by a shift if ``maximum`` has 10 or 12 bits.
    """
    space: Space = photo.space if target is None else target
    height, width, channels = photo.height, photo.width, space.channels
    dtype = np.uint8 if maximum == 255 else np.uint16
    bands = channels + int(alpha is not None and holds_alpha)
    samples = np.empty((height, width, bands), dtype)
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        band = photo.pixels[top : top + rows]
        if not np.isfinite(band).all():
            raise PhotoError(
                message("{file} cannot be saved: the image contains invalid values (NaN). Restore it again.", file=name)
            )
        band = np.clip(band, 0, 1)
        band = band if target is None else photo.space.to_srgb(band)
        encoded = space.encode(band.reshape(-1, 3)).reshape(-1, width, channels)
        if alpha is not None:
            opacity = alpha[top : top + rows, :, None]
            if holds_alpha:
                samples[top : top + rows, :, channels:] = _round(opacity, maximum)
            else:  # white is 1 in every colour space
                encoded = encoded * opacity + (1 - opacity)
        samples[top : top + rows, :, :channels] = _round(encoded, maximum)
    if 255 < maximum < 65535:
        samples <<= 16 - maximum.bit_length()
    return samples


def _round(values: Array, maximum: int) -> Array:
    rounded: Array = np.rint(np.clip(values, 0, 1) * np.float32(maximum))
    return rounded
