"""Smaller versions of a finished photo: Lanczos resampling in linear light, with the metadata that states a size."""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from core.errors import PhotoError
from core.messages import Message, message
from core.photo.formats import exif, xmp
from core.photo.icc import SRGB_CURVE
from core.photo.libvips import VipsImage, vips, vips_errors, vips_reason
from core.photo.photo_data import PhotoData

Array = np.ndarray

ResizeKind = Literal["side", "percent", "megapixels"]

PhotoT = TypeVar("PhotoT", bound=PhotoData)

_LIMITS: dict[ResizeKind, tuple[float, float]] = {
    "side": (16, 100_000),
    "percent": (1, 100),
    "megapixels": (0.01, 10_000),
}
_TEXT = re.compile(r"(\d+(?:\.\d+)?)(px|%|mp)", re.IGNORECASE)
_KINDS: dict[str, ResizeKind] = {"px": "side", "%": "percent", "mp": "megapixels"}
_UNITS = {kind: unit for unit, kind in _KINDS.items()}
_BAND_PIXELS = 2**20


@dataclass(frozen=True)
class Resize:
    """How a photo is made smaller. No photo is ever enlarged.

    Attributes:
        kind: ``"side"`` (longer side in pixels), ``"percent"`` (of both sides) or ``"megapixels"``.
        value: 16 to 100,000 pixels, 1 to 100 percent, or 0.01 to 10,000 megapixels.

    Raises:
        PhotoError: the value is out of range.
    """

    kind: ResizeKind
    value: float

    def __post_init__(self) -> None:
        low, high = _LIMITS[self.kind]
        if not low <= self.value <= high:
            raise PhotoError(
                message(
                    "{value} is not a possible size. Choose {low:g} to {high:g} {unit}.",
                    value=f"{self.value:g}",
                    low=low,
                    high=high,
                    unit=_UNITS[self.kind],
                )
            )

    @classmethod
    def from_text(cls, text: str) -> "Resize":
        """Read ``"2048px"`` (longer side), ``"50%"`` or ``"12mp"``.

        Raises:
            PhotoError: it is none of these, or out of range.
        """
        found = _TEXT.fullmatch(text.strip().replace(" ", ""))
        if found is None:
            raise PhotoError(
                message(
                    "The size {text} cannot be read. Write 2048px for the longer side, 50%, or 12mp for megapixels.",
                    text=repr(text),
                )
            )
        return cls(_KINDS[found[2].lower()], float(found[1]))

    def __str__(self) -> str:
        """The inverse of :meth:`from_text`."""
        return f"{self.value:g}{_UNITS[self.kind]}"

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the result for a photo of this size, at least one pixel each."""
        scale = {
            "side": self.value / max(width, height),
            "percent": self.value / 100,
            "megapixels": (self.value * 1e6 / (width * height)) ** 0.5,
        }[self.kind]
        if scale >= 1:
            return width, height
        return max(round(width * scale), 1), max(round(height * scale), 1)


def resized(photo: PhotoT, resize: Resize, notes: list[Message] | None = None) -> PhotoT:
    """Make a photo smaller: Lanczos with three lobes, in linear light, transparency premultiplied.

    The copies of the size in EXIF and XMP follow, and so does the subject area. GeoTIFF fields, which refer to pixels,
    are left out.

    Memory: one copy of the photo in float32, and the result.

    Args:
        photo: the photo.
        resize: how; a photo that is small enough is returned unchanged.
        notes: messages about what was left out are appended.

    Raises:
        PhotoError: there is not enough memory.
    """
    width, height = resize.size_of(photo.width, photo.height)
    if (width, height) == (photo.width, photo.height):
        return photo
    try:
        opacity = None if photo.transparency is None else _scaled(photo.transparency[..., None], width, height)
        light = _scaled(_linear(photo), width, height)
        if opacity is not None:
            light = np.divide(light, opacity, out=np.ones_like(light), where=opacity > 1e-6)
        pixels = SRGB_CURVE.encoded(np.clip(light, 0, 1, out=light)).astype(np.float32)
        alpha = opacity
        if photo.alpha is not None and alpha is None:  # a selection
            alpha = _scaled(photo.alpha[..., None], width, height)
    except vips_errors(MemoryError) as error:
        raise PhotoError(
            message("The photo cannot be made smaller: {reason}.", reason=vips_reason(error) or "memory")
        ) from error
    preserved = photo.preserved
    if preserved.tiff_fields is not None and notes is not None:
        notes.append(message("The GeoTIFF fields were left out, because the photo was made smaller."))
    preserved = replace(
        preserved,
        exif=exif.with_size(preserved.exif, width, height) if preserved.exif else None,
        xmp=xmp.with_size(preserved.xmp, width, height) if preserved.xmp else None,
        tiff_fields=None,
    )
    return replace(
        photo,
        pixels=np.ascontiguousarray(pixels),
        alpha=None if alpha is None else np.ascontiguousarray(np.clip(alpha[..., 0], 0, 1)),
        preserved=preserved,
    )


def _linear(photo: PhotoData) -> Array:
    """(H, W, 3) float32 linear light, premultiplied by transparency, band by band."""
    light = np.empty(photo.pixels.shape, np.float32)
    rows = max(_BAND_PIXELS // photo.width, 1)
    for top in range(0, photo.height, rows):
        band = np.clip(photo.pixels[top : top + rows], 0, 1)
        light[top : top + rows] = SRGB_CURVE.linear(band)
    if photo.transparency is not None:
        light *= photo.transparency[..., None]
    return light


def _scaled(values: Array, width: int, height: int) -> Array:
    """(H, W, channels) float32 resampled to another size; the same dtype."""
    values = np.ascontiguousarray(values, np.float32)
    rows, columns, channels = values.shape
    image: VipsImage = vips().Image.new_from_memory(values, columns, rows, channels, "float")
    image = image.resize(width / columns, vscale=height / rows, kernel="lanczos3", gap=0)
    if (image.width, image.height) != (width, height):  # libvips rounds the size itself
        image = image.gravity("north-west", width, height, extend="copy")
    return np.frombuffer(image.write_to_memory(), np.float32).reshape(height, width, channels).copy()
