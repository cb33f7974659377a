"""The contents of a photo in memory: pixels for the network, and everything else that its file held."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np

from core.masks.rendering import WholePhoto
from core.messages import Message
from core.photo.colour import Space, space_from_profile
from core.photo.formats import exif, xmp
from core.photo.metadata import PhotoMetadata
from core.photo.transparency import fill_hidden, opacity_from_alpha

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class PhotoData:
    """The contents of a photo; :class:`core.photo.Photo` adds opening and saving.

    Attributes:
        pixels: (H, W, 3) float32, display-referred, [0, 1], C-contiguous. Grey has three equal channels. They are
            sRGB, unless ``preserved.profile`` describes other colours: then they are in the primaries of the profile
            with the tone curve of sRGB, so that no colour of the photo is clipped (see :mod:`core.photo.colour`).
            :meth:`srgb` returns sRGB in any case.
        alpha: (H, W) float32 in [0, 1], not premultiplied, or None. Restoration does not change it.
        source: the file that it was read from, or None.
        preserved: everything else; see :class:`PhotoMetadata`.
        checksum: CRC-32 of the file's bytes, to see whether ``source`` has changed since; or None.
        whole: of a cropped photo: all of it, reduced, by which masks select colours and the sky; or None.
    """

    pixels: Array = field(repr=False)
    alpha: Array | None = field(default=None, repr=False)
    source: Path | None = None
    preserved: PhotoMetadata = field(default_factory=PhotoMetadata)
    checksum: int | None = field(default=None, repr=False)
    whole: WholePhoto | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Width in pixels, upright."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels, upright."""
        return int(self.pixels.shape[0])

    @property
    def bit_depth(self) -> int:
        """8 or 16, the depth of the file."""
        return self.preserved.bit_depth

    @property
    def format(self) -> str | None:
        """The format of the file, such as "jpeg", or None."""
        return self.preserved.format

    @property
    def notes(self) -> tuple[Message, ...]:
        """Messages about what could not be read as it is."""
        return self.preserved.notes

    @property
    def space(self) -> Space:
        """The colour space: how pixels follow from the numbers in a file, and how they become sRGB."""
        return space_from_profile(self.preserved.profile, 1 if self.preserved.grey else 3)[0]

    @property
    def transparency(self) -> Array | None:
        """``alpha`` if it means transparency; None for an extra channel of a TIFF such as a selection."""
        return None if self.preserved.mask else self.alpha

    def srgb(self) -> Array:
        """Convert the pixels to sRGB, as a colour-managed screen shows them.

        Returns:
            (H, W, 3) float32 in [0, 1]; colours outside sRGB are clipped. For a photo in sRGB it is ``pixels`` itself,
            not a copy.
        """
        return self.space.to_srgb(self.pixels)

    def visible_part(self) -> Self:
        """Crop the photo to its visible part and fill what transparency hides there with visible colours.

        Returns:
            This photo if nothing is hidden.
        """
        opacity = opacity_from_alpha(self.transparency)
        if opacity is None:
            return self
        rows, columns = (np.flatnonzero(opacity.any(axis=axis)) for axis in (1, 0))
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return replace(self, pixels=fill_hidden(self.pixels[part], opacity[part]), alpha=None, whole=None)

    def without_position(self) -> Self:
        """The same photo without GPS data in EXIF, XMP and texts, GeoTIFF fields and the video of a motion photo.

        Place names that somebody typed in stay, and so do maker notes, although some cameras store a position there.
        Damaged EXIF and XMP are removed entirely, since they could hold a position.
        """
        metadata = self.preserved
        attachments = tuple(attachment for attachment in metadata.attachments if attachment.kind != xmp.VIDEO)
        packet = xmp.without_position(metadata.xmp) if metadata.xmp else None
        if packet and attachments != metadata.attachments:
            packet = xmp.announce_only(packet, {attachment.kind for attachment in attachments})
        preserved = replace(
            metadata,
            exif=exif.without_position(metadata.exif) if metadata.exif else None,
            xmp=packet,
            attachments=attachments,
            texts=tuple(text for text in metadata.texts if "gps" not in text.keyword.lower()),
            tiff_fields=None,
        )
        return replace(self, preserved=preserved)

    @classmethod
    def from_array(cls, pixels: Array, alpha: Array | None = None) -> Self:
        """Make a photo from an array.

        Args:
            pixels: (H, W, 3) sRGB or (H, W) grey; uint8, uint16, or floating point in [0, 1]. Floating point is saved
                with 16 bits where the format supports it.
            alpha: (H, W), of any of these types, or None.

        Raises:
            ValueError: another shape or dtype, no pixels, values outside [0, 1], or NaN.
        """
        pixels = np.asarray(pixels)
        grey = pixels.ndim == 2
        if not (grey or (pixels.ndim == 3 and pixels.shape[2] == 3)) or 0 in pixels.shape:
            raise ValueError(f"pixels must have the shape (H, W, 3) or (H, W), not {pixels.shape}")
        colour = _to_unit_range(pixels, "pixels")
        if grey:
            colour = np.repeat(colour[..., None], 3, axis=2)
        if alpha is not None:
            alpha = _to_unit_range(np.asarray(alpha), "alpha")
            if alpha.shape != pixels.shape[:2]:
                raise ValueError(f"alpha must have the shape {pixels.shape[:2]}, not {alpha.shape}")
        depth = 8 if pixels.dtype == np.uint8 else 16
        return cls(colour, alpha, None, PhotoMetadata(bit_depth=depth, sample_bits=depth, grey=grey))

    def with_pixels(self, pixels: Array) -> Self:
        """The same photo with other pixels, for example restored ones; alpha and everything preserved are metadata.

        Args:
            pixels: floating point, same shape and colour space as before. Values beyond [0, 1] are clipped.

        Raises:
            ValueError: another shape or dtype, or NaN.
        """
        pixels = np.asarray(pixels)
        if pixels.shape != self.pixels.shape or not np.issubdtype(pixels.dtype, np.floating):
            raise ValueError(f"pixels must be floating point {self.pixels.shape}, not {pixels.dtype} {pixels.shape}")
        pixels = np.ascontiguousarray(pixels, np.float32)
        low, high = pixels.min(), pixels.max()
        if np.isnan(low):
            raise ValueError("pixels contain NaN")
        return replace(self, pixels=pixels if low >= 0 and high <= 1 else np.clip(pixels, 0, 1))


def _to_unit_range(values: Array, name: str) -> Array:
    """``values`` as a new C-contiguous float32 array in [0, 1]."""
    if values.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(values, np.float32) / np.float32(np.iinfo(values.dtype).max)
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name} must be uint8, uint16 or floating point, not {values.dtype}")
    low, high = values.min(), values.max()
    if not (low >= -1e-4 and high <= 1 + 1e-4):  # also true of NaN
        raise ValueError(f"{name} must lie in [0, 1] and be no NaN, not from {low} to {high}")
    return np.ascontiguousarray(np.clip(values, 0, 1), np.float32)
