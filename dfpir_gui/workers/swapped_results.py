"""Photos with their results, put away on the disk while others are looked at.

Such a file holds everything that the memory held, bit for bit, so that a result outlives even its source. It is
private to one run of the program, which alone reads it: nothing of it is ever loaded by another run.
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
    """What a file holds: a photo and what was made of it."""

    photo: Photo
    result: RestorationResult


def write_swapped(path: Path, kept: SwappedResult) -> None:
    """Write ``kept`` to ``path``.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    try:
        with path.open("xb") as file:
            pickle.dump(kept, file, protocol=5)
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
        kept = pickle.load(file)
    assert isinstance(kept, SwappedResult)
    return kept


def without_pixels(result: RestorationResult) -> RestorationResult:
    """``result`` with a single black pixel: what is known of it but the picture."""
    black = np.zeros((1, 1, 3), np.float32)
    return replace(result, photo=replace(result.photo, pixels=black, alpha=None))


def bytes_of(photo: Photo) -> int:
    """Memory that the arrays of a photo take."""
    return photo.pixels.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)
