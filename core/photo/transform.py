"""Rotating and cropping a photo, with its alpha channel and metadata."""

from dataclasses import replace
from typing import TypeVar

import numpy as np

from core.errors import RestorationError
from core.geometry import UNCHANGED, Geometry
from core.io.os_errors import display_path
from core.masks.rendering import WholePhoto, overview
from core.messages import Message, message
from core.photo.formats import exif, iptc, xmp
from core.photo.formats.tiff import Tiff
from core.photo.metadata import PhotoMetadata
from core.photo.photo_data import PhotoData

_PhotoT = TypeVar("_PhotoT", bound=PhotoData)

_ORIENTATIONS = (1, 6, 3, 8)
"""EXIF orientation whose correction turns a photo by 0 to 3 quarter turns clockwise."""


def transformed(photo: _PhotoT, geometry: Geometry) -> _PhotoT:
    """Rotate and crop a photo that was neither rotated nor cropped before.

    Pixels are moved, never resampled. Sizes, subject areas and paths in the metadata follow; regions such as faces are
    rotated, and removed by a crop. What is only valid for the whole upright photo (HDR gain map, depth map, GeoTIFF
    fields) is removed. ``preserved.lost`` says what was removed; saving reports it.

    Returns:
        A photo with memory of its own, or ``photo`` itself if nothing changes.

    Raises:
        RestorationError: the crop is not inside the photo.
        ValueError: the photo was rotated or cropped before.
    """
    if photo.preserved.geometry != UNCHANGED:
        raise ValueError("the photo was rotated or cropped before")
    if geometry.is_identity:
        return photo
    try:
        left, top, width, height = geometry.box(photo.width, photo.height)
    except RestorationError as error:
        if photo.source is None:
            raise
        raise RestorationError(
            message("{file}: {reason}", file=display_path(photo.source), reason=error.message)
        ) from error

    def move(values: np.ndarray) -> np.ndarray:
        turned = np.rot90(values, -geometry.quarters)
        return np.ascontiguousarray(turned[top : top + height, left : left + width])

    return replace(
        photo,
        pixels=move(photo.pixels),
        alpha=None if photo.alpha is None else move(photo.alpha),
        preserved=_adapted(photo, geometry),
        whole=None if geometry.crop is None else _whole(photo, geometry),
    )


def _whole(photo: PhotoData, geometry: Geometry) -> WholePhoto:
    left, top, width, height = geometry.box(photo.width, photo.height)
    across, down = geometry.rotated_size(photo.width, photo.height)
    pixels = np.array(np.rot90(overview(photo.pixels), -geometry.quarters), order="C")  # a copy, never the source
    return WholePhoto(pixels, (left / across, top / down, (left + width) / across, (top + height) / down))


def _adapted(photo: PhotoData, geometry: Geometry) -> PhotoMetadata:
    metadata = photo.preserved
    lost: list[Message] = []
    turn = _ORIENTATIONS[geometry.quarters]
    rotated = geometry.rotated_size(photo.width, photo.height)
    left, top, width, height = geometry.box(photo.width, photo.height)
    is_cropped = geometry.crop is not None
    exif_block = metadata.exif
    if exif_block is not None:
        exif_block = exif.turn_upright(Tiff(exif_block), *rotated, turn)
        if is_cropped:
            exif_block = exif.cropped(Tiff(exif_block), left, top, width, height)
    packet = metadata.xmp
    if packet is not None:
        packet = xmp.turn_upright(packet, turn, *rotated)
        packet = xmp.without_depth_map(packet, lost)
        if is_cropped:
            packet = xmp.cropped(packet, width, height, lost)
    attachments = tuple(entry for entry in metadata.attachments if entry.kind != xmp.GAIN_MAP)
    if attachments != metadata.attachments:
        lost.append(message("The HDR gain map was left out, because the photo was rotated or cropped."))
        packet = xmp.announce_only(packet, {entry.kind for entry in attachments}) if packet else None
    if metadata.tiff_fields is not None:
        lost.append(message("The GeoTIFF fields were left out, because the photo was rotated or cropped."))
    resources = metadata.resources
    if resources is not None:
        resources = iptc.preserved_resources(resources, turn)
        if resources is not None and is_cropped:
            resources = iptc.cropped_resources(resources, (left, top, width, height), rotated)
    dpi = metadata.dpi[::-1] if metadata.dpi and geometry.quarters % 2 else metadata.dpi
    return replace(
        metadata,
        exif=exif_block,
        xmp=packet,
        resources=resources,
        attachments=attachments,
        gain_map_version=None,
        brightness=metadata.brightness if attachments else (),
        tiff_fields=None,
        dpi=dpi,
        geometry=geometry,
        full_size=(photo.width, photo.height),
        lost=tuple(lost),
    )
