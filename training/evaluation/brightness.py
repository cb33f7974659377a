"""Brightness of photographs before and after restoration."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from core.photo import Photo
from training.data.layouts import list_pictures
from training.data.pictures import read_picture, to_unit
from training.evaluation.methods import Restores
from training.evaluation.scoring import spread

LONGEST = 1024
"""Longer side in pixels to which photographs are reduced first; this saves time and does not change the mean."""


@dataclass(frozen=True)
class Brightness:
    """Mean of the encoded values of a photograph, 0 to 1, before and after restoration."""

    name: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Ratio of after to before."""
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
        limit: maximum number of photographs, spread over the folder; None for all.
        done: called after each photograph.

    Raises:
        DataError: the folder does not exist, or a photograph cannot be read.
    """
    files = list_pictures(folder)
    out = []
    for index in spread(len(files), limit):
        picture = read_picture(files[index])
        factor = LONGEST / max(picture.shape[:2])
        if factor < 1.0:
            picture = np.asarray(
                cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
            )
        pixels = to_unit(picture)
        restored = restorer.restore(Photo.from_array(pixels), [key]).photo.pixels
        out.append(Brightness(files[index].name, float(pixels.mean()), float(np.clip(restored, 0.0, 1.0).mean())))
        done()
    return out


def median_ratio(found: list[Brightness]) -> float:
    """Median of the ratios."""
    return median(entry.ratio for entry in found)
