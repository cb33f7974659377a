"""Which of the pictures in a TIFF is the photograph, and how it is coded."""

import copy
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from core.photo.formats.tiff import EXIF_IFD, SUBFILE_TYPE, Tiff

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
SAMPLES, SUB_IFDS, PROFILE = 277, 330, 34675
_MAKER = 271
_FILTER_ARRAY = (32803, 34892)  # photometric interpretations of raw files: colour filter array, linear raw
_MOST_DIRECTORIES = 10_000
_MOST_SUB_DIRECTORIES = 16


@dataclass(frozen=True)
class Picture:
    """A picture in a TIFF.

    Attributes:
        tiff: the structure, with the picture's directory in the first place.
        page: number of the directory in the chain, from 0.
        sub_directory: number of the picture among the sub-directories (SubIFDs) of that one, or None.
        is_reduced: whether the file says that it is a smaller version of another one, such as a thumbnail.
    """

    tiff: Tiff
    page: int
    sub_directory: int | None
    is_reduced: bool

    @property
    def is_raw(self) -> bool:
        """Whether its pixels are those of a camera's sensor."""
        return self.tiff.number(PHOTOMETRIC) in _FILTER_ARRAY

    @property
    def options(self) -> dict[str, int]:
        """For libvips' loader."""
        chosen = {"page": self.page} if self.page else {}
        return chosen if self.sub_directory is None else {**chosen, "subifd": self.sub_directory}


def pictures(tiff: Tiff) -> Iterator[Picture]:
    """All pictures of the file: those of the chain of directories, each followed by those below it."""
    offset, seen = tiff.first, set[int]()
    while offset and offset not in seen and len(seen) < _MOST_DIRECTORIES:
        page = len(seen)
        seen.add(offset)
        try:
            view = _at(tiff, offset)
            yield _picture(view, page, None)
            below = view.find(SUB_IFDS)
            for number, place in enumerate(view.integers(below)[:_MOST_SUB_DIRECTORIES] if below else ()):
                yield _picture(_at(tiff, place), page, number)
            offset = tiff.unpack("Q" if tiff.big else "I", tiff.next_pointer(offset))
        except struct.error:  # damaged: what comes behind it cannot be found
            return


def photograph(tiff: Tiff) -> Picture | None:
    """The first picture that is no reduced version of another one; None if all are."""
    return next((picture for picture in pictures(tiff) if not picture.is_reduced), None)


def count_pages(tiff: Tiff) -> int:
    """How many pictures of the chain are no reduced versions of others; at least 1."""
    return max(sum(not each.is_reduced and each.sub_directory is None for each in pictures(tiff)), 1)


def description(tiff: Tiff, picture: Picture) -> Tiff:
    """The structure that holds the metadata: the picture's, or the file's where only its first part names a camera."""
    return next((each for each in (picture.tiff, tiff) if each.find(EXIF_IFD) or each.find(_MAKER)), picture.tiff)


def _at(tiff: Tiff, offset: int) -> Tiff:
    view = copy.copy(tiff)
    view.first = offset
    return view


def _picture(view: Tiff, page: int, sub_directory: int | None) -> Picture:
    return Picture(view, page, sub_directory, bool((view.number(SUBFILE_TYPE) or 0) & 1))
