"""File names of results."""

import contextlib
import os
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from core.photo.formats import FORMATS, RESULT_SUFFIXES


def restored_path(source: Path, folder: Path | None = None, format: str | None = None) -> Path:
    """The default file of a result.

    Args:
        source: the photo's file.
        folder: for the results, which then keep the names of their sources; None puts them into the folder of the
            source as ``NAME-restored.SUFFIX``.
        format: format of the source, as in :attr:`core.photo.Photo.format`. If the suffix of the source belongs to
            another format, the result gets one of its own format, so that for example a PNG named ``.jpg`` keeps its
            transparency. None trusts the suffix.
    """
    suffix = RESULT_SUFFIXES.get(source.suffix.lower(), source.suffix)
    if format is not None:
        suffix = result_suffix(format, source.suffix) or suffix
    if folder is not None:
        return folder / f"{source.stem}{suffix}"
    return source.with_name(f"{source.stem}-restored{suffix}")


def result_suffix(format: str, suffix: str) -> str | None:
    """The suffix of a result that can hold what its source holds.

    Args:
        format: format of the source, as in :attr:`core.photo.Photo.format`.
        suffix: suffix of the source, with its dot.

    Returns:
        A suffix with its dot: that of the source where it fits its format. None for an unknown format.
    """
    written = {"raw": "tiff", "heic": "jpeg"}.get(format, format)
    if written not in FORMATS:
        return None
    known = FORMATS[written].suffixes
    return suffix if suffix.lower() in known else known[0]


def day_of_photo(file: Path) -> str:
    """The day on which a photo was taken, by its EXIF, as ``"2024-05-31"``; else the day of its file's last change.

    Of the file only the beginning is read, unless it is a TIFF. Results are cached until the file changes.
    """
    try:
        status = file.stat()
    except OSError:
        return "undated"
    return _day(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=65536)
def _day(file: Path, size: int, mtime_ns: int) -> str:
    from PIL import Image

    taken = None
    with contextlib.suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError), Image.open(file) as image:
        block = image.info.get("exif")
        if isinstance(block, bytes):
            from core.photo.formats.exif import capture_date  # brings NumPy and the readers of formats

            taken = capture_date(block.removeprefix(b"Exif\0\0"))
        elif image.format in ("TIFF", "MPO"):
            exif = image.getexif()
            text = str(exif.get_ifd(0x8769).get(0x9003) or exif.get(0x0132) or "")
            taken = datetime.strptime(text[:10], "%Y:%m:%d").date()
    return (taken or datetime.fromtimestamp(mtime_ns / 1e9).date()).isoformat()


_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])(?: *\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def possible_on_windows(name: str) -> bool:
    """Whether Windows allows this name for a file or folder (without its path).

    Forbidden are names of devices with or without a suffix (``NUL``, ``con.jpg``), a dot or a blank at the end,
    ``< > : " / \\ | ? *`` and control characters. Windows would interpret some of them differently: what is written to
    ``photo:x`` becomes a hidden stream of ``photo``. Source: Microsoft, *Naming Files, Paths, and Namespaces*.
    """
    return bool(name) and name[-1] not in ". " and not _FORBIDDEN.search(name) and not _RESERVED.fullmatch(name)


class ResultNames:
    """Names for the results of one run: each is used once, and none is the name of another photo of the run.

    Args:
        sources: the files of all photos of the run.
    """

    def __init__(self, sources: Iterable[Path] = ()) -> None:
        self._sources = {_normalised(source) for source in sources}
        self._used: set[str] = set()
        self._written: set[tuple[int, int]] = set()

    def free(self, preferred: Path, source: Path) -> Path:
        """Choose the name of a result: ``preferred``, with a number if it is used already or is another photo's file.

        Args:
            preferred: as from :func:`restored_path`.
            source: the photo's file; its own name counts as free.
        """
        path, number = preferred, 1
        while self._is_taken(path, source):
            number += 1
            path = preferred.with_name(f"{preferred.stem}-{number}{preferred.suffix}")
        self._used.add(_normalised(path))
        return path

    def written(self, path: Path) -> None:
        """Record that a result was written, so that its file is recognised by other spellings of its name, such as
        ``X.JPG`` for ``x.jpg`` on disks where both are the same file."""
        with contextlib.suppress(OSError):
            self._written.add(_identity(path))

    def _is_taken(self, path: Path, source: Path) -> bool:
        name = _normalised(path)
        if name in self._used or (name in self._sources and name != _normalised(source)):
            return True
        try:
            return _identity(path) in self._written
        except OSError:
            return False


def _normalised(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
