"""Options of a result's file beyond its format and quality: size, colour space, bit depth and metadata."""

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.colour import mean_brightness
from core.photo.formats import Format, format_for
from core.photo.output_colours import clipped_note, converted, output_space
from core.photo.photo_data import PhotoData
from core.photo.resizing import Resize, resized
from core.photo.writing import brightness_changed, encode_photo, write_photo

KeptMetadata = Literal["all", "no-location", "none"]

KEPT_METADATA: tuple[KeptMetadata, ...] = ("all", "no-location", "none")
"""Which metadata a result keeps: all, all but the location, or none."""

_SAMPLES = 3  # per side: parts of a large photo of which the size is estimated
_PART = 320  # side of each in pixels of the result
_LARGEST_PART = 480  # and at most in pixels of the photo, since scaling takes time as well
_PREVIEW_BYTES = 8_000
_EXACT_PIXELS = 1_500_000
"""Results up to this size are encoded as a whole for an estimate."""


@dataclass(frozen=True)
class OutputOptions:
    """What becomes of a photo on its way to its file. The defaults change nothing.

    Attributes:
        resize: how it is made smaller, or None.
        colour_space: key of :data:`core.photo.output_colours.OUTPUT_SPACES`, or None for the photo's own.
        bit_depth: 8 or 16, or None for the photo's own; a format that has only the other one uses that.
        metadata: one of :data:`KEPT_METADATA`.

    Raises:
        PhotoError: one of them is unknown.
    """

    resize: Resize | None = None
    colour_space: str | None = None
    bit_depth: int | None = None
    metadata: KeptMetadata = "all"

    def __post_init__(self) -> None:
        if self.colour_space is not None:
            output_space(self.colour_space)
        if self.bit_depth not in (None, 8, 16):
            raise PhotoError(message("Results have 8 or 16 bits per channel, not {bits}.", bits=self.bit_depth))
        if self.metadata not in KEPT_METADATA:
            raise PhotoError(
                message(
                    "Metadata cannot be {name}. Choose one of: {known}.",
                    name=repr(self.metadata),
                    known=KEPT_METADATA,
                )
            )

    def to_dict(self) -> dict[str, object]:
        """The options that differ from their defaults, as plain values for JSON."""
        values = {
            "resize": None if self.resize is None else str(self.resize),
            "colour_space": self.colour_space,
            "bit_depth": self.bit_depth,
            "metadata": None if self.metadata == "all" else self.metadata,
        }
        return {name: value for name, value in values.items() if value is not None}

    def apply(self, photo: PhotoData, entry: Format, notes: list[Message]) -> PhotoData:
        """The photo as it goes to a file of this format; messages about what was lost are appended to ``notes``.

        Raises:
            PhotoError: there is not enough memory.
        """
        if self.metadata == "no-location":
            photo = photo.without_position()
        if self.resize is not None:
            photo = resized(photo, self.resize, notes)
        if self.colour_space is not None and entry.profile:
            photo, share = converted(photo, self.colour_space)
            if note := clipped_note(share, self.colour_space):
                notes.append(note)
        return photo

    def depth_for(self, entry: Format) -> int | None:
        """The bit depth to ask of :func:`core.photo.write_photo`; None if the format has no choice."""
        return self.bit_depth if self.bit_depth in entry.depths else None


def write_with_options(
    photo: PhotoData,
    path: str | PathLike[str],
    options: OutputOptions,
    *,
    overwrite: bool = False,
    quality: int | None = None,
    preview: bool = False,
    notes: list[Message] | None = None,
) -> Path:
    """Write a photo with these options; see :func:`core.photo.write_photo` for the rest.

    Raises:
        PhotoError: as :func:`core.photo.write_photo` does.
    """
    entry = format_for(Path(path).suffix, None)
    lost: list[Message] = []
    written = write_photo(
        options.apply(photo, entry, lost),
        path,
        overwrite=overwrite,
        bit_depth=options.depth_for(entry),
        quality=quality,
        keep_metadata=options.metadata != "none",
        preview=preview,
        notes=lost,
    )
    if notes is not None:
        notes.extend(dict.fromkeys(lost))
    return written


@dataclass(frozen=True)
class OutputEstimate:
    """What a file will be like.

    Attributes:
        bytes: its size.
        exact: whether the whole photo was encoded; otherwise the size is that of some parts, extrapolated.
        width: of the result, in pixels.
        height: of the result, in pixels.
        notes: messages about what the file cannot keep.
    """

    bytes: int
    exact: bool
    width: int
    height: int
    notes: tuple[Message, ...]


def estimate_output(
    photo: PhotoData, suffix: str, options: OutputOptions, *, quality: int | None = None, preview: bool = False
) -> OutputEstimate:
    """Estimate the file of a photo without writing it: a second or less, also for 24 megapixels.

    A large photo is represented by nine parts spread over it, each encoded with these options; the size without
    pixels (metadata, profile) is counted once.

    Args:
        photo: the photo.
        suffix: of the file, with its dot.
        options: of the file.
        quality: 1 to 100 for JPEG, WebP and AVIF.
        preview: whether EXIF gets a preview.

    Raises:
        PhotoError: the photo cannot be saved like this.
    """
    entry = format_for(suffix, None)
    width, height = (photo.width, photo.height) if options.resize is None else options.resize.size_of(*_size(photo))
    notes: list[Message] = []

    def encoded(part: PhotoData, kept: OutputOptions, *, metadata: bool, with_preview: bool) -> int:
        prepared = kept.apply(part, entry, notes)
        depth = kept.depth_for(entry)
        data = encode_photo(
            prepared,
            entry,
            f"*{suffix}",
            bit_depth=depth,
            quality=quality,
            keep_metadata=metadata and kept.metadata != "none",
            preview=with_preview,
            notes=notes,
        )
        return len(data)

    if width * height <= _EXACT_PIXELS:
        size = encoded(photo, options, metadata=True, with_preview=preview)
        return OutputEstimate(size, True, width, height, tuple(dict.fromkeys(notes)))
    if options.resize is not None:
        options = replace(options, resize=Resize("percent", 100 * width / photo.width))
    montage, side = _montage(photo, width / photo.width)
    pixels = encoded(montage, options, metadata=False, with_preview=False)
    plain = replace(options, resize=None)
    pixel = _one_pixel(photo)
    overhead = encoded(pixel, plain, metadata=False, with_preview=False)
    metadata_bytes = encoded(pixel, plain, metadata=True, with_preview=False) - overhead
    share = (_SAMPLES * side) ** 2 / (photo.width * photo.height)
    size = round((pixels - overhead) / share) + overhead + metadata_bytes + (_PREVIEW_BYTES if preview else 0)
    return OutputEstimate(size, False, width, height, tuple(dict.fromkeys(notes)))


def _size(photo: PhotoData) -> tuple[int, int]:
    return photo.width, photo.height


def _cropped(photo: PhotoData, top: int, left: int, side: int) -> PhotoData:
    part = (slice(top, top + side), slice(left, left + side))
    return replace(photo, pixels=photo.pixels[part], alpha=None if photo.alpha is None else photo.alpha[part])


def _one_pixel(photo: PhotoData) -> PhotoData:
    """One pixel of the photo with all its metadata; a gain map counts as valid if it is for the photo."""
    pixel = _cropped(photo, 0, 0, 1)
    pixel = replace(pixel, pixels=np.ascontiguousarray(pixel.pixels))
    if photo.preserved.attachments and not brightness_changed(photo):
        pixel = replace(pixel, preserved=replace(photo.preserved, brightness=mean_brightness(pixel.pixels)))
    return pixel


def _montage(photo: PhotoData, scale: float) -> tuple[PhotoData, int]:
    """Nine square parts spread evenly over the photo as one square photo, and the side of each part.

    They have 320 pixels a side after they were scaled by ``scale``, or fewer.
    """
    side = min(round(_PART / scale), _LARGEST_PART, photo.width, photo.height)
    tops = np.linspace(0, photo.height - side, _SAMPLES).astype(int)
    lefts = np.linspace(0, photo.width - side, _SAMPLES).astype(int)
    parts = [[_cropped(photo, int(top), int(left), side) for left in lefts] for top in tops]
    pixels = np.ascontiguousarray(np.block([[[part.pixels] for part in row] for row in parts]))
    alpha = None
    if photo.alpha is not None:
        alpha = np.ascontiguousarray(np.concatenate([np.concatenate(row, axis=1) for row in _alphas(parts)]))
    return replace(photo, pixels=pixels, alpha=alpha), side


def _alphas(parts: list[list[PhotoData]]) -> list[list[np.ndarray]]:
    return [[part.alpha for part in row if part.alpha is not None] for row in parts]
