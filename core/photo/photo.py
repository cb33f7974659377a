"""The photograph in memory: pixels for the network, and everything else for the photographer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

import numpy as np

from core.photo.colour import Space, space_of
from core.photo.formats.metadata_blocks import Attachment, Text
from core.photo.transparency import filled, opacity_of

Array = np.ndarray


@dataclass(frozen=True)
class PhotoMetadata:
    """All that a save gives back besides the pixels.

    Attributes:
        format: key of the format that the photo was read from, such as "jpeg"; None if it was not read from a file.
        bit_depth: 8 or 16, the depth that a save uses where the format has it.
        sample_bits: bits per channel in the file: ``bit_depth``, or 10 or 12 for some AVIF.
        grey: whether the file was grey; it is saved as grey again while its channels stay equal.
        lossless: whether the file was a lossless WebP, which a save to WebP then is again.
        profile: ICC profile of the file, embedded again on saving, or one that says the same as what the file says in
            another way; it decides what the pixels mean, see :class:`Photo`. None for untagged files and CMYK.
        exif: EXIF as a TIFF structure, already set to upright orientation; None if there is none.
        xmp: XMP packet, as bytes; None if there is none.
        iptc: IPTC-IIM records, as bytes; None if there are none.
        resources: Photoshop's image resources that stay true of other pixels, such as paths; None if there are none.
        texts: texts with keywords, as PNG has them, and the comments of a JPEG.
        modified: date and time of the last change as PNG states it (7 bytes), or None.
        tiff_fields: GeoTIFF fields, as a TIFF structure of their own; None if there are none.
        attachments: gain map and video that lie behind the picture of a JPEG. They are given back in JPEG only, and the
            gain map only while the brightness stays what it was.
        gain_map_version: the JPEG segment that announces a gain map by ISO 21496-1, or None.
        brightness: means of 8 × 8 parts of the photo that a gain map was made for, see
            :func:`core.photo.metadata.coarse_brightness`; empty where there is none.
        dpi: resolution across and down in dots per inch; None if the file does not tell.
        pages: how many pages or frames the file holds; the first was read.
        mask: whether ``alpha`` is an extra channel of a TIFF that does not mean transparency, such as a selection.
            It is given back in TIFF only.
        notes: sentences for the user about what could not be read as it is.
    """

    format: str | None = None
    bit_depth: int = 8
    sample_bits: int = 8
    grey: bool = False
    lossless: bool = False
    profile: bytes | None = field(default=None, repr=False)
    exif: bytes | None = field(default=None, repr=False)
    xmp: bytes | None = field(default=None, repr=False)
    iptc: bytes | None = field(default=None, repr=False)
    resources: bytes | None = field(default=None, repr=False)
    texts: tuple[Text, ...] = field(default=(), repr=False)
    modified: bytes | None = field(default=None, repr=False)
    tiff_fields: bytes | None = field(default=None, repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    gain_map_version: bytes | None = field(default=None, repr=False)
    brightness: tuple[float, ...] = field(default=(), repr=False)
    dpi: tuple[float, float] | None = None
    pages: int = 1
    mask: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Photo:
    """A photograph, upright, as the network wants it, with what the file around it held.

    Attributes:
        pixels: (H, W, 3) float32, display-referred, [0, 1], C-contiguous. Grey has three equal channels. They are
            sRGB, unless ``preserved.profile`` describes other colours: then they are in the primaries of the profile,
            under the tone curve of sRGB, so that no colour of the photo is clipped (see :mod:`core.photo.colour`).
            :meth:`srgb` gives sRGB in any case.
        alpha: (H, W) float32 in [0, 1], not premultiplied, or None. Passed through untouched.
        source: the file that it came from, or None.
        preserved: everything else; see :class:`PhotoMetadata`.
        checksum: CRC-32 of the bytes that were read, which tells whether ``source`` is still the same; or None.
    """

    pixels: Array = field(repr=False)
    alpha: Array | None = field(default=None, repr=False)
    source: Path | None = None
    preserved: PhotoMetadata = field(default_factory=PhotoMetadata)
    checksum: int | None = field(default=None, repr=False)

    @property
    def width(self) -> int:
        """Pixels across, upright."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels down, upright."""
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
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what could not be read as it is."""
        return self.preserved.notes

    @property
    def space(self) -> Space:
        """What the pixels mean: how they follow from the numbers in a file, and how they become sRGB."""
        return space_of(self.preserved.profile, 1 if self.preserved.grey else 3)[0]

    @property
    def transparency(self) -> Array | None:
        """``alpha`` if it means transparency: an extra channel of a TIFF that is a selection hides nothing."""
        return None if self.preserved.mask else self.alpha

    def srgb(self) -> Array:
        """The pixels in sRGB, as a colour-managed screen shows them.

        Returns:
            (H, W, 3) float32 in [0, 1]; colours that sRGB does not have are clipped. For a photo in sRGB it is
            ``pixels`` itself, not a copy.
        """
        return self.space.to_srgb(self.pixels)

    def visible_part(self) -> Photo:
        """The photo cut to its visible part, with visible colours in place of what transparency hides there.

        Returns:
            This photo if nothing is hidden.
        """
        opacity = opacity_of(self.transparency)
        if opacity is None:
            return self
        down, across = (np.flatnonzero(opacity.any(axis=axis)) for axis in (1, 0))
        part = np.s_[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
        return replace(self, pixels=filled(self.pixels[part], opacity[part]), alpha=None)

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Photo:
        """Read a photo; see :func:`core.photo.read_photo`."""
        from core.photo.reading import read_photo

        return read_photo(path)

    @classmethod
    def from_array(cls, pixels: Array, alpha: Array | None = None) -> Photo:
        """A photo from numbers in memory.

        Args:
            pixels: (H, W, 3) sRGB or (H, W) grey; uint8, uint16, or floating point in [0, 1]. Floating point is saved
                with 16 bits where the format allows.
            alpha: (H, W), of any of these types, or None.

        Raises:
            ValueError: another shape or dtype, no pixels, values outside [0, 1], or NaN.
        """
        pixels = np.asarray(pixels)
        grey = pixels.ndim == 2
        if not (grey or (pixels.ndim == 3 and pixels.shape[2] == 3)) or 0 in pixels.shape:
            raise ValueError(f"pixels must have the shape (H, W, 3) or (H, W), not {pixels.shape}")
        colour = _unit(pixels, "pixels")
        if grey:
            colour = np.repeat(colour[..., None], 3, axis=2)
        if alpha is not None:
            alpha = _unit(np.asarray(alpha), "alpha")
            if alpha.shape != pixels.shape[:2]:
                raise ValueError(f"alpha must have the shape {pixels.shape[:2]}, not {alpha.shape}")
        depth = 8 if pixels.dtype == np.uint8 else 16
        return cls(colour, alpha, None, PhotoMetadata(bit_depth=depth, sample_bits=depth, grey=grey))

    def with_pixels(self, pixels: Array) -> Photo:
        """The same photo with other pixels, typically restored ones; alpha and everything preserved are kept.

        Args:
            pixels: floating point, same shape and meaning as before. Values beyond [0, 1] are clipped.

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

    def save(
        self,
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
        """Write the photo; see :func:`core.photo.write_photo`."""
        from core.photo.writing import write_photo

        return write_photo(
            self,
            path,
            overwrite=overwrite,
            format=format,
            bit_depth=bit_depth,
            quality=quality,
            keep_metadata=keep_metadata,
            preview=preview,
            notes=notes,
        )


def _unit(values: Array, name: str) -> Array:
    """``values`` as a new C-contiguous float32 array in [0, 1]."""
    if values.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(values, np.float32) / np.float32(np.iinfo(values.dtype).max)
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name} must be uint8, uint16 or floating point, not {values.dtype}")
    low, high = values.min(), values.max()
    if not (low >= -1e-4 and high <= 1 + 1e-4):  # also true of NaN
        raise ValueError(f"{name} must lie in [0, 1] and be no NaN, not from {low} to {high}")
    return np.ascontiguousarray(np.clip(values, 0, 1), np.float32)
