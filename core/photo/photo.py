"""The photo: what a file holds, opened and saved."""

from os import PathLike
from pathlib import Path
from typing import Self

from core.messages import Message
from core.photo.photo_data import PhotoData
from core.photo.reading import read_photo_data
from core.photo.writing import write_photo


class Photo(PhotoData):
    """An upright photo: pixels for the network, and everything else that its file held.

    Attributes:
        pixels: (H, W, 3) float32, display-referred, [0, 1], C-contiguous; see :class:`PhotoData` for their colours.
        alpha: (H, W) float32 in [0, 1], not premultiplied, or None.
        source: the file that it was read from, or None.
        preserved: everything else; see :class:`core.photo.PhotoMetadata`.
        checksum: CRC-32 of the file's bytes, or None.
    """

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Self:
        """Read a photo; see :func:`core.photo.reading.read_photo_data` for formats and errors."""
        data = read_photo_data(path)
        return cls(data.pixels, data.alpha, data.source, data.preserved, data.checksum)

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
        notes: list[Message] | None = None,
    ) -> Path:
        """Write the photo; see :func:`core.photo.write_photo`."""
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


def read_photo(path: str | PathLike[str]) -> Photo:
    """Read a photo; the same as :meth:`Photo.open`."""
    return Photo.open(path)
