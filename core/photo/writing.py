"""From a :class:`Photo` to a file.

Memory: besides the photo itself the peak is its pixels at the depth of the file, (3 or 6) bytes per pixel, twice the
encoded file, and what the encoder needs (little but for WebP and AVIF, which take the whole picture at once).
"""

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import PhotoError
from core.photo._vips import vips, vips_errors, vips_reason
from core.photo.colour import PlainSpace, Space
from core.photo.files import check_target, publish, shown
from core.photo.formats import Format, avif, bmp, exif, format_for, iptc, jpeg, png, tiff, webp, xmp
from core.photo.formats import texts as texts_format
from core.photo.formats.metadata_blocks import Blocks
from core.photo.grey import is_grey
from core.photo.metadata import coarse_brightness
from core.photo.photo import Photo
from core.photo.preview_making import made_preview

Array = np.ndarray

DEFAULT_QUALITY = 95
BAND_PIXELS = 2**20  # pixels converted at a time, which bounds the scratch memory
_GAIN_MAP_TOLERANCE = 0.1  # of the full range, by which a part of the photo may change its mean
_CLASSIC_TIFF_LIMIT = 3_900_000_000  # bytes; beyond it the offsets of a classic TIFF do not reach
_AVIF_EFFORT = 2  # libvips' own choice of 4 takes ten times as long, minutes for a photo, and gains 2 % of the size
# libexif insists on EXIF that it can read before it reserves a place for it; the real one follows afterwards.
_PLACEHOLDER = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"


def write_photo(
    photo: Photo,
    path: str | PathLike[str],
    *,
    overwrite: bool = False,
    format: str | None = None,
    bit_depth: int | None = None,
    quality: int | None = None,
    keep_metadata: bool = True,
    preview: bool = False,
    notes: list[str] | None = None,
) -> Path:
    """Write a photo with all that its file held: colour profile, EXIF, XMP, IPTC, resolution, alpha, bit depth.

    The pixels become numbers under the photo's own profile, which is embedded; a photo that was not changed gives the
    same numbers in a lossless format. BMP gets sRGB, unless it was a BMP with a profile; so does a photo that was CMYK,
    for its separation cannot be had back from RGB. Grey photos are written as grey if their channels differ by less
    than half a level, else as sRGB colour (WebP, and AVIF of more than 8 bits or with transparency, hold them in three
    equal channels); palettes are not made again. JPEG and BMP have no transparency: the photo is laid over white. EXIF
    is written as it was read, but upright and without its previews. What the format has no place for (IPTC in WebP and
    AVIF, EXIF of more than 64 KB in JPEG, everything but the resolution in BMP) is left out and told in ``notes``.

    The file appears in one step or not at all, and an existing one, the photo's source included, is never replaced
    unless ``overwrite`` is true.

    Args:
        photo: the photo.
        path: the file to write, in a folder that exists.
        overwrite: whether an existing file may be replaced; it then keeps its permissions.
        format: "jpeg", "png", "tiff", "webp", "avif" or "bmp"; by default what the suffix of ``path`` says.
        bit_depth: 8 or 16; by default that of the photo, or 8 where the format has no more. AVIF stores 16 as 12, or
            as 10 if that is what the photo had.
        quality: 1 to 100 for JPEG, WebP and AVIF; the others are lossless. WebP and AVIF are lossless at 100 (AVIF
            for 8 bits). By default 95, with full colour resolution in JPEG and AVIF; a photo from a lossless WebP is
            saved as lossless WebP.
        keep_metadata: whether EXIF, XMP and IPTC are written. The profile is in any case, and the resolution where
            the format has a place for it outside EXIF.
        preview: whether the EXIF gets a small picture of what is saved, of at most 160 pixels a side, whatever else is
            kept of the metadata; in JPEG, PNG, WebP and AVIF.
        notes: sentences for the user about what could not be kept are appended to it.

    Returns:
        The path that was written.

    Raises:
        PhotoError: unknown format, unsuitable depth, quality or size, NaN in the pixels, or the file cannot be
            written. The message says what to do; nothing was changed.
    """
    path = Path(path)
    entry = format_for(path.suffix, format)
    check_target(path, overwrite)
    name = shown(path)
    bits = _bits(photo, entry, bit_depth)
    if quality is not None and not 1 <= quality <= 100:
        raise PhotoError(f"{name} cannot be saved with quality {quality}. Choose 1 to 100.")
    if max(photo.width, photo.height) > entry.max_side:
        raise PhotoError(
            f"{name} cannot be saved: {entry.label} holds at most {entry.max_side} pixels a side, and the photo has "
            f"{photo.width} × {photo.height}. Choose PNG or TIFF."
        )
    try:
        found, lost = _fitting_metadata(photo, entry, keep_metadata)
        lost[:0] = _lost_channel(photo, entry)
        if preview:
            _add_preview(photo, entry, found, lost)
        data = _encode(photo, entry, bits, quality, found, lost, name)
        publish(data, path, overwrite, photo.source)
    except MemoryError as error:
        raise PhotoError(f"There is not enough memory to save {name}. Close some programs and try again.") from error
    if notes is not None:
        notes.extend(dict.fromkeys(lost))
    return path


def _lost_channel(photo: Photo, entry: Format) -> list[str]:
    """A sentence about transparency, or a selection, that the format cannot hold; none if there is nothing to lose."""
    if photo.alpha is None:
        return []
    if photo.preserved.mask:
        return (
            []
            if entry.key == "tiff"
            else [f"The extra channel was left out: a {entry.label} file has no place for it."]
        )
    if entry.alpha or float(photo.alpha.min()) >= 1:
        return []
    return [f"Transparent parts were laid over white: a {entry.label} file has no transparency."]


def _fitting_metadata(photo: Photo, entry: Format, keep: bool) -> tuple[Blocks, list[str]]:
    """The metadata that a file of this format is to hold, and sentences about what it cannot hold."""
    kept = photo.preserved
    if not keep:
        return Blocks(dpi=kept.dpi if entry.key not in ("webp", "avif") else None), []
    lost: list[str] = []
    label = entry.label
    found = Blocks(
        exif=kept.exif,
        xmp=kept.xmp,
        photoshop=iptc.joined(kept.iptc, kept.resources),
        texts=kept.texts,
        modified=kept.modified,
        dpi=kept.dpi,
        fields=kept.tiff_fields,
    )
    if entry.key == "bmp":
        if any((kept.exif, kept.xmp, kept.iptc, kept.texts, kept.modified, kept.tiff_fields, kept.resources)):
            lost.append(f"The metadata was left out: a {label} file has no place for it.")
    else:
        if entry.key == "jpeg":
            _fit_jpeg(found, lost)
        if entry.key != "png":
            texts = tuple(text for text in kept.texts if entry.key != "jpeg" or text.keyword != "Comment")
            found.xmp, keywords = texts_format.into_xmp(found.xmp, texts, kept.modified)
            if keywords:
                lost.append(
                    f"Texts were left out, because a {label} file has no place for them: {', '.join(keywords)}."
                )
        if entry.key in ("webp", "avif"):
            if kept.iptc:
                lost.append(f"The IPTC data was left out: a {label} file has no place for it.")
            if kept.resources:
                lost.append(f"Paths and rights of Photoshop were left out: a {label} file has no place for them.")
        if entry.key != "tiff" and kept.tiff_fields:
            lost.append(f"The GeoTIFF fields were left out: a {label} file has no place for them.")
    _fit_attachments(photo, entry, found, lost)
    if entry.key == "jpeg" and found.xmp and not jpeg.holds_xmp(found.xmp):
        found.xmp = None
        lost.append("The XMP block was left out, because it is too long for a JPEG file.")
    return found, lost


def _fit_jpeg(found: Blocks, lost: list[str]) -> None:
    if found.exif:
        found.exif, left = exif.shortened(found.exif, jpeg.LIMIT - len(jpeg.EXIF))
        if left:
            what = ", ".join(left)
            lost.append(f"The camera information (EXIF) is too long for a JPEG file; left out: {what}.")


def _add_preview(photo: Photo, entry: Format, found: Blocks, lost: list[str]) -> None:
    """Put a preview into the EXIF; where both do not fit, the preview is what goes."""
    if not entry.preview:
        lost.append(f"The preview was left out: a {entry.label} file has no place for it.")
        return
    base = found.exif or (exif.with_resolution_only(found.dpi) if found.dpi else None)
    block = exif.with_preview(base, made_preview(photo))
    if block is None:
        lost.append("The preview was left out, because the camera information (EXIF) is damaged.")
    elif entry.key == "jpeg" and len(block) > jpeg.LIMIT - len(jpeg.EXIF):
        lost.append("The preview was left out, because EXIF of a JPEG file has no room left for it.")
    else:
        found.exif = block


def _fit_attachments(photo: Photo, entry: Format, found: Blocks, lost: list[str]) -> None:
    """Keep what lies behind a JPEG as far as it fits the format and the pixels; XMP is to announce no more than that.

    A gain map says by how much every part of *this* picture is brighter on an HDR screen. Less noise or more detail do
    not touch it; a brightness that has changed in any of 8 × 8 parts does.
    """
    kept = photo.preserved
    attached = []
    for attachment in kept.attachments:
        if entry.key != "jpeg" and attachment.kind == xmp.GAIN_MAP:
            lost.append(f"The HDR gain map was left out: a {entry.label} file has no place for it.")
        elif entry.key != "jpeg":
            lost.append(f"The video of the motion photo was left out: a {entry.label} file has no place for it.")
        elif attachment.kind == xmp.GAIN_MAP and _brightness_changed(photo):
            lost.append("The HDR gain map was left out, because the brightness of the photo has changed.")
        else:
            attached.append(attachment)
    found.attachments = tuple(attached)
    if any(attachment.kind == xmp.GAIN_MAP for attachment in attached):
        found.gain_map_version = kept.gain_map_version
    if found.xmp and found.attachments != kept.attachments:
        found.xmp = xmp.announcing(found.xmp, {attachment.kind for attachment in attached})


def _brightness_changed(photo: Photo) -> bool:
    now = coarse_brightness(photo.pixels)
    return any(abs(a - b) > _GAIN_MAP_TOLERANCE for a, b in zip(now, photo.preserved.brightness, strict=True))


def _bits(photo: Photo, entry: Format, asked: int | None) -> int:
    """Bits per channel in the file: 8, 10, 12 or 16."""
    if asked is not None and asked not in entry.depths:
        offered = " or ".join(map(str, entry.depths))
        raise PhotoError(f"{entry.label} cannot be saved with {asked} bits per channel, only with {offered}.")
    depth = asked or min(photo.bit_depth, max(entry.depths))
    if entry.key == "avif" and depth == 16:
        return 10 if photo.preserved.sample_bits == 10 else 12
    return depth


def _encode(
    photo: Photo, entry: Format, bits: int, quality: int | None, found: Blocks, lost: list[str], name: str
) -> bytes:
    """The bytes of the file."""
    kept = photo.preserved
    maximum = 2**bits - 1
    alpha = photo.alpha if entry.key == "tiff" or not kept.mask else None
    grey = kept.grey and entry.grey and is_grey(photo.pixels, 0.5 / maximum)
    if entry.key == "avif" and (bits > 8 or alpha is not None or not avif.encodes_grey()):
        grey = False  # three equal channels
    holds_profile = entry.profile or kept.format == entry.key  # a BMP that has one keeps it; few programs look for it
    profile = kept.profile if holds_profile and grey == kept.grey else None
    samples = _quantised(photo, None if profile else PlainSpace(1 if grey else 3), alpha, entry.alpha, maximum, name)
    if entry.key == "bmp":
        data = bmp.encode(samples, kept.dpi)
        return bmp.with_profile(data, profile) if profile else data
    block = found.exif
    if entry.key in ("webp", "avif") and block is None and found.dpi:
        block = exif.with_resolution_only(found.dpi)
    image = _as_image(samples, bits, grey, profile)
    if entry.key == "avif":
        for field, value in (("exif-data", _PLACEHOLDER if block else None), ("xmp-data", found.xmp)):
            if value:
                image.set_type(vips().GValue.blob_type, field, value)
    lossless = quality == 100 or (quality is None and kept.lossless and entry.key == "webp")
    quality_or_default = DEFAULT_QUALITY if quality is None else quality
    try:
        if entry.key == "avif" and grey:
            return avif.encode_grey(samples[..., 0], quality_or_default, profile, block, found.xmp)
        data = _save(image, entry.key, bits, quality_or_default, lossless)
        if entry.key == "jpeg":
            return jpeg.with_metadata(data, found)
        if entry.key == "png":
            return png.with_metadata(data, found)
        if entry.key == "webp":
            return webp.with_metadata(data, block, found.xmp, photo.width, photo.height, samples.shape[2] == 4)
        if entry.key == "avif":
            return avif.with_metadata(data, block)
        return tiff.with_metadata(data, found, 0 if kept.mask else 2, lost)
    except vips_errors(ValueError) as error:
        if profile is not None:  # encoders are stricter with profiles than decoders; the colours are kept as sRGB
            plain = replace(photo, pixels=photo.srgb(), preserved=replace(kept, profile=None))
            return _encode(plain, entry, bits, quality, found, lost, name)
        raise PhotoError(
            f"{name} cannot be encoded as {entry.label} ({vips_reason(error)}). Choose another format, such as PNG."
        ) from error


def _save(image: Any, key: str, bits: int, quality: int, lossless: bool) -> bytes:
    """The picture as libvips encodes it, with its profile and no other metadata but in AVIF."""
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
        kept = keep.ICC | keep.XMP | (keep.EXIF if image.get_typeof("exif-data") else 0)  # else it makes some up
        return bytes(
            image.heifsave_buffer(
                compression="av1",
                Q=quality,
                lossless=lossless,
                bitdepth=bits,
                subsample_mode="off",
                effort=_AVIF_EFFORT,
                keep=kept,
            )
        )
    big = image.width * image.height * image.bands * (1 if bits == 8 else 2) > _CLASSIC_TIFF_LIMIT
    return bytes(image.tiffsave_buffer(compression="deflate", predictor="horizontal", bigtiff=big, keep=keep.ICC))


def _as_image(samples: Array, bits: int, grey: bool, profile: bytes | None) -> Any:
    height, width, channels = samples.shape
    kind = "uchar" if bits == 8 else "ushort"
    model = {(True, 8): "b-w", (False, 8): "srgb"}.get((grey, bits), "grey16" if grey else "rgb16")
    image = vips().Image.new_from_memory(samples, width, height, channels, kind).copy(interpretation=model)
    if profile is not None:
        image.set_type(vips().GValue.blob_type, "icc-profile-data", profile)
    return image


def _quantised(
    photo: Photo, target: PlainSpace | None, alpha: Array | None, holds_alpha: bool, maximum: int, name: str
) -> Array:
    """(H, W, channels and alpha) uint8, or uint16 shifted to the top for 10 and 12 bits, rounded to nearest.

    ``target`` is what the pixels become by way of sRGB; None for the photo's own space.
    """
    space: Space = photo.space if target is None else target
    height, width, channels = photo.height, photo.width, space.channels
    kind = np.uint8 if maximum == 255 else np.uint16
    bands = channels + int(alpha is not None and holds_alpha)
    samples = np.empty((height, width, bands), kind)
    rows = max(BAND_PIXELS // width, 1)
    for top in range(0, height, rows):
        band = photo.pixels[top : top + rows]
        if not np.isfinite(band).all():
            raise PhotoError(
                f"{name} cannot be saved: the picture holds values that are no numbers (NaN). Restore it again."
            )
        band = np.clip(band, 0, 1)
        band = band if target is None else photo.space.to_srgb(band)
        encoded = space.encode(band.reshape(-1, 3)).reshape(-1, width, channels)
        if alpha is not None:
            opacity = alpha[top : top + rows, :, None]
            if holds_alpha:
                samples[top : top + rows, :, channels:] = _rounded(opacity, maximum)
            else:  # over white, which is 1 in every encoding
                encoded = encoded * opacity + (1 - opacity)
        samples[top : top + rows, :, :channels] = _rounded(encoded, maximum)
    if 255 < maximum < 65535:
        samples <<= 16 - maximum.bit_length()
    return samples


def _rounded(values: Array, maximum: int) -> Array:
    return np.rint(np.clip(values, 0, 1) * np.float32(maximum))
