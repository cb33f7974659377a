"""Handing a photo on that needs nothing done to it."""

import zlib
from pathlib import Path

from core.errors import PhotoError
from core.photo.files import publish, read_bytes, shown
from core.photo.formats import format_for
from core.photo.photo import Photo


def copy_unchanged(
    photo: Photo,
    path: Path,
    *,
    overwrite: bool = False,
    quality: int | None = None,
    preview: bool = False,
    notes: list[str] | None = None,
) -> None:
    """Write a photo as it is: byte for byte the file that it was read from if the format stays, else its pixels.

    Args:
        photo: typically found to be clean.
        path: of the copy.
        overwrite: whether an existing file is replaced.
        quality: for a lossy format that is not the file's own, see :meth:`core.photo.Photo.save`.
        preview: for a format that is not the file's own, see :meth:`core.photo.Photo.save`; a copy keeps what it has.
        notes: sentences for the user about what could not be kept are appended to it.

    Raises:
        PhotoError: the file has changed since it was read, or is gone, or the copy cannot be written.
    """
    if photo.source is None or format_for(path.suffix, None).key != photo.format:
        photo.save(path, overwrite=overwrite, quality=quality, preview=preview, notes=notes)
        return
    data = read_bytes(photo.source)
    if zlib.crc32(data) != photo.checksum:
        raise PhotoError(f"{shown(photo.source)} was changed while it was worked on. Start again for the new photo.")
    publish(data, path, overwrite, photo.source)
