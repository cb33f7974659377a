"""Photos with their results that are swapped out to disk while others are shown.

A swap file holds everything that was in memory, bit for bit, so that a result survives even if its source file is
deleted. Only the version of the program that wrote it reads it, and only from its own private folder: unpickling a
file from elsewhere could run code.
"""

import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.inference import RestorationResult
from core.photo import Photo
from core.system.memory import check_free


@dataclass(frozen=True, eq=False)
class SwappedResult:
    """The contents of a swap file.

    Attributes:
        photo: the photo, rotated and cropped.
        result: its result.
        source_size: width and height of the whole upright photo, or None if it is not known.
    """

    photo: Photo
    result: RestorationResult
    source_size: tuple[int, int] | None = None


def write_swapped(path: Path, swapped: SwappedResult) -> None:
    """Write ``swapped`` to a new file.

    Raises:
        OSError: it cannot be written; no file is left behind.
    """
    try:
        with path.open("xb") as file:
            pickle.dump(swapped, file, protocol=5)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def read_swapped(path: Path) -> SwappedResult:
    """Read what :func:`write_swapped` has written.

    Raises:
        MemoryError: it is larger than the free memory.
        OSError: it cannot be read.
    """
    check_free(path.stat().st_size)
    with path.open("rb") as file:
        swapped = pickle.load(file)
    assert isinstance(swapped, SwappedResult)
    return swapped


def without_pixels(result: RestorationResult) -> RestorationResult:
    """``result`` with a single black pixel in place of its picture; everything else is kept."""
    black = np.zeros((1, 1, 3), np.float32)
    return replace(result, photo=replace(result.photo, pixels=black, alpha=None))


def photo_bytes(photo: Photo) -> int:
    """Bytes that the pixels and the alpha channel of a photo take in memory."""
    return photo.pixels.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)
