"""Names that need no heavy import: the default model, and the files that results go to."""

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

DEFAULT_MODEL = "dfpir-compact"
"""Name of the built-in model that is used when none is named."""


RESULT_SUFFIXES = {".heic": ".jpg", ".heif": ".jpg"} | dict.fromkeys(
    (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw", ".3fr", ".iiq"), ".tif"
)
"""Suffix of the result for photos that can be read but not written: camera raw has more than JPEG can hold."""


def restored_path(source: Path, folder: Path | None = None, format: str | None = None) -> Path:
    """Where the result of a photo goes by default.

    Args:
        source: the photo's file.
        folder: for the results, which then keep their names; None puts them beside their sources as
            ``NAME-restored.SUFFIX``.
        format: what the file holds, as :attr:`core.photo.Photo.format` has it. The suffix stays if it is one of this
            format, or else the result would lose what the other one cannot hold: a PNG that is called ``.jpg`` its
            transparency. None goes by the name alone.
    """
    suffix = RESULT_SUFFIXES.get(source.suffix.lower(), source.suffix)
    if format is not None:
        suffix = suffix_of(format, source.suffix) or suffix
    if folder is not None:
        return folder / f"{source.stem}{suffix}"
    return source.with_name(f"{source.stem}-restored{suffix}")


_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])(?: *\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def possible_on_windows(name: str) -> bool:
    """Whether Windows can have a file or folder of this name, without its path.

    It cannot if the name is a device's, with or without an ending (``NUL``, ``con.jpg``), ends in a dot or a blank, or
    holds one of ``< > : " / \\ | ? *`` or a control character. Some of these it would even take for something else:
    what is written to ``photo:x`` is hidden inside ``photo``. Source: Microsoft, *Naming Files, Paths, and Namespaces*.
    """
    return bool(name) and name[-1] not in ". " and not _FORBIDDEN.search(name) and not _RESERVED.fullmatch(name)


def suffix_of(format: str, suffix: str) -> str | None:
    """The suffix of a result that holds what its source does: ``suffix``, the source's own, if it fits the format.

    Args:
        format: of the source, as :attr:`core.photo.Photo.format` has it.
        suffix: of the source, with its dot.

    Returns:
        The suffix with its dot, or None if nothing is known of the format.
    """
    from core.photo.formats import FORMATS

    written = {"raw": "tiff", "heic": "jpeg"}.get(format, format)
    if written not in FORMATS:
        return None
    known = FORMATS[written].suffixes
    return suffix if suffix.lower() in known else known[0]


class ResultNames:
    """Names for the results of one run: none is given twice, and none that another of the run's photos has.

    Args:
        sources: the files of all photos of the run.
    """

    def __init__(self, sources: Iterable[Path] = ()) -> None:
        self._sources = {_place(source) for source in sources}
        self._given: set[str] = set()
        self._written: set[tuple[int, int]] = set()

    def free(self, wanted: Path, source: Path) -> Path:
        """``wanted``, or where that was given before or is another photo of the run, the same with a number.

        Args:
            wanted: as :func:`restored_path` gives it.
            source: of the photo; its own name is free to it.
        """
        path, number = wanted, 1
        while self._is_taken(path, source):
            number += 1
            path = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        self._given.add(_place(path))
        return path

    def written(self, path: Path) -> None:
        """Tell that a result was written; so its file is known by other names as well, such as ``X.JPG`` for ``x.jpg``
        on disks where both are one."""
        with contextlib.suppress(OSError):
            self._written.add(_identity(path))

    def _is_taken(self, path: Path, source: Path) -> bool:
        place = _place(path)
        if place in self._given or (place in self._sources and place != _place(source)):
            return True
        try:
            return _identity(path) in self._written
        except OSError:
            return False


def _place(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _identity(path: Path) -> tuple[int, int]:
    told = path.stat()
    return told.st_dev, told.st_ino
