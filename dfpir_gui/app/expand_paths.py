"""Which photos are meant by files and folders that a user hands over; no toolkit."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.photo import READABLE

MOST = 200
"""So many photos of folders are opened at once; the Batch page is for more."""

_MOST_ENTRIES = 20_000


@dataclass(frozen=True)
class Collected:
    """Photos to open.

    Attributes:
        paths: the files, each once; those of a folder in the order in which people count.
        more: whether folders hold photos beyond :data:`MOST`, which were left out.
        empty: names of folders without any photo.
    """

    paths: tuple[Path, ...]
    more: bool = False
    empty: tuple[str, ...] = ()


def collected(given: Iterable[Path]) -> Collected:
    """Return the photos that ``given`` files and folders stand for.

    Files are taken as they are, so that one that is no photo is told about when it is opened. Of folders and the
    folders in them those files are taken whose suffix is that of a photo; hidden ones are passed over.
    """
    paths: dict[Path, None] = {}
    empty = []
    more = False
    for entry in given:
        if not entry.is_dir():
            paths[entry] = None
            continue
        found = False
        for path in _photos_in(entry):
            found = True
            if path not in paths and len(paths) >= MOST:
                more = True
                break
            paths[path] = None
        if not found:
            empty.append(entry.name or str(entry))
    return Collected(tuple(paths), more, tuple(empty))


def _photos_in(folder: Path) -> Iterator[Path]:
    entries = 0
    for base, folders, files in os.walk(folder):
        folders[:] = sorted((name for name in folders if not name.startswith(".")), key=_counted)
        for name in sorted(files, key=_counted):
            if not name.startswith(".") and Path(name).suffix.lower() in READABLE:
                yield Path(base, name)
        entries += len(folders) + len(files)
        if entries > _MOST_ENTRIES:
            return


def _counted(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts ``IMG_2`` before ``IMG_10``, whatever their case."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
