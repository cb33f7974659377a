"""What a file tells besides its pixels, gathered when it is read."""

from itertools import pairwise
from typing import Any

import numpy as np

from core.photo.formats import avif, exif, heic, iptc, jpeg, png, webp, xmp
from core.photo.formats import tiff as tiff_format
from core.photo.formats.metadata_blocks import Attachment, Blocks
from core.photo.formats.tiff import Tiff


def read_metadata(image: Any, data: bytes, key: str, tiff: Tiff | None, notes: list[str]) -> tuple[dict[str, Any], int]:
    """Fields of PhotoMetadata for a libvips ``image`` of the file ``data``, and the EXIF orientation to undo.

    ``tiff`` is the structure of a TIFF file. Sentences for the user are appended to ``notes``. Damage in metadata
    never fails the reading.
    """
    structure = tiff
    if tiff:
        block = exif.from_tiff_file(tiff, notes)
        found = tiff_format.read(tiff, exif.orientation(tiff), notes)
    else:
        found = _blocks(image, data, key, notes)
        block, structure = _structure(found.exif, notes)
    turn = exif.orientation(structure) if structure and key != "avif" else 1  # AVIF turns by other means, done by now
    size = (image.height, image.width) if turn >= 5 else (image.width, image.height)
    if block is not None:
        block = exif.turned_upright(Tiff(block), *size, turn)
    dpi = (exif.resolution(structure) if structure else None) or found.dpi
    if key == "png":
        dpi = found.dpi or dpi
    pages = _pages(image, data, key)
    if pages > 1:
        notes.append(f"Only the first of {pages} pages or frames was read.")
    if dpi and turn >= 5:
        dpi = (dpi[1], dpi[0])
    if strangers := iptc.strangers(found.photoshop):
        notes.append(f"Image resources of other programs were left out: {', '.join(map(str, strangers))}.")
    kept: dict[str, Any] = {
        "exif": block,
        "iptc": iptc.records(found.photoshop),
        "resources": iptc.lasting(found.photoshop, turn),
        "texts": found.texts,
        "modified": found.modified,
        "tiff_fields": found.fields,
        "dpi": dpi,
        "pages": pages,
        "lossless": key == "webp" and webp.is_lossless(data),
    }
    attachments = _fitting(found.attachments, turn, notes)
    kept["attachments"] = attachments
    if any(attachment.kind == xmp.GAIN_MAP for attachment in attachments):
        kept["gain_map_version"] = found.gain_map_version
    told_turn = turn if turn > 1 or key == "avif" else None
    kept["xmp"] = xmp.cleaned(found.xmp, told_turn, size, {each.kind for each in attachments}, notes)
    return kept, turn


def _blocks(image: Any, data: bytes, key: str, notes: list[str]) -> Blocks:
    if key == "jpeg":
        return jpeg.read(data, notes)
    if key == "png":
        return png.read(data, notes)
    if key == "avif" and b"tmap" in avif.brands(data):
        notes.append(heic.GAIN_MAP_LOST)
    return Blocks(blob(image, "exif-data"), blob(image, "xmp-data"), blob(image, "iptc-data") or b"")


def _structure(block: bytes | None, notes: list[str]) -> tuple[bytes | None, Tiff | None]:
    """EXIF without the signature of JPEG, and its structure; None where there is none or it is damaged."""
    if block is None:
        return None, None
    block = block.removeprefix(jpeg.EXIF)
    try:
        return block, Tiff(block)
    except ValueError:
        notes.append("The camera information (EXIF) was damaged and was left out.")
        return None, None


def _fitting(attachments: tuple[Attachment, ...], turn: int, notes: list[str]) -> tuple[Attachment, ...]:
    """What lies behind a JPEG, without what does not fit pixels that are turned upright."""
    if turn == 1 or not any(attachment.kind == xmp.GAIN_MAP for attachment in attachments):
        return attachments
    notes.append("The HDR gain map was left out, because the photo was turned upright.")
    return tuple(attachment for attachment in attachments if attachment.kind != xmp.GAIN_MAP)


def coarse_brightness(pixels: np.ndarray) -> tuple[float, ...]:
    """The means of 8 × 8 parts of ``pixels`` (H, W, 3), row by row; sRGB in [0, 1]."""
    rows, columns = (np.linspace(0, side, 9).astype(int) for side in pixels.shape[:2])
    return tuple(
        float(pixels[top : max(bottom, top + 1), left : max(right, left + 1)].mean())
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    )


def blob(image: Any, field: str) -> bytes | None:
    """A block of metadata of a libvips image; None if it is missing or empty."""
    if image.get_typeof(field) == 0:
        return None
    return bytes(image.get(field)) or None


def profile_of(image: Any) -> bytes | None:
    """The colour profile of a libvips image, without what may lie behind its end; None if there is none."""
    profile = blob(image, "icc-profile-data")
    size = int.from_bytes(profile[:4], "big") if profile else 0
    return profile[:size] if profile and 128 < size < len(profile) else profile


def _pages(image: Any, data: bytes, key: str) -> int:
    if key == "png":  # libvips does not count the frames of an animated PNG
        frames = [at for kind, at, size in png.chunks(data) if kind == b"acTL" and size >= 4]
        return max(int.from_bytes(data[frames[0] : frames[0] + 4], "big"), 1) if frames else 1
    return max(int(image.get("n-pages")), 1) if image.get_typeof("n-pages") else 1
