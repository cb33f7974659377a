"""Whether photographs come out darker than they went in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.photo import Photo
from training.baselines.pixels import to_unit
from training.data.layouts import list_pictures
from training.data.pictures import read_picture
from training.evaluation.methods import Restores
from training.evaluation.scoring import spread

LONGEST = 1024
"""Longer side in pixels that photographs are reduced to first: their mean does not depend on it, the time does."""


@dataclass(frozen=True)
class Brightness:
    """Means of a photograph's encoded values, 0 to 1, before and after."""

    name: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """After by before."""
        return self.after / max(self.before, 1e-6)


def measure_brightness(
    folder: Path,
    restorer: Restores,
    key: str,
    *,
    limit: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[Brightness]:
    """Means of the photographs in a folder before and after ``key`` is removed.

    Args:
        folder: of photographs without clean originals.
        restorer: the model.
        key: of a degradation.
        limit: photographs at most, spread over the folder; None takes all.
        done: called after each.

    Raises:
        DataError: there is no such folder, or a photograph cannot be read.
    """
    files = list_pictures(folder)
    out = []
    for index in spread(len(files), limit):
        picture = read_picture(files[index])
        factor = LONGEST / max(picture.shape[:2])
        if factor < 1.0:
            picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        pixels = to_unit(picture)
        restored = restorer.restore(Photo.from_array(pixels), [key]).photo.pixels
        out.append(Brightness(files[index].name, float(pixels.mean()), float(np.clip(restored, 0.0, 1.0).mean())))
        done()
    return out


def median_ratio(found: list[Brightness]) -> float:
    """The middle one of the ratios."""
    return median(entry.ratio for entry in found)
