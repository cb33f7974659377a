"""Turns and reflections of a photo, over whose restorations the mean is taken with quality mode ``"best"``.

The mean over the eight symmetries of a square is the geometric self-ensemble of Timofte et al., "Seven ways to improve
example-based single image super resolution" (CVPR 2016). Photos of rain and haze have an up and a down, so that for
these only the left-right reflection is used.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.degradations import QualityMode, passes

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Orientation:
    """A left-right reflection, or none, and after it a number of quarter turns.

    Attributes:
        quarters: turns anticlockwise, 0 to 3.
        mirrored: whether the photo is reflected before.
    """

    quarters: int = 0
    mirrored: bool = False

    def apply(self, pixels: Pixels) -> Pixels:
        """A view of ``pixels`` (H, W, 3), turned: (H, W, 3) or (W, H, 3)."""
        return np.rot90(pixels[:, ::-1] if self.mirrored else pixels, self.quarters)

    def undo(self, pixels: Pixels) -> Pixels:
        """Inverse of :meth:`apply`, again a view."""
        turned = np.rot90(pixels, -self.quarters)
        return turned[:, ::-1] if self.mirrored else turned


# The upright ones first: those that every degradation allows.
_ORDERED = tuple(Orientation(quarters, mirrored) for quarters in range(4) for mirrored in (False, True))


def orientations(key: str, quality_mode: QualityMode) -> tuple[Orientation, ...]:
    """The orientations in which the network runs to remove a degradation; the first one is upright.

    Args:
        key: of the degradation.
        quality_mode: ``"standard"`` runs the network once.

    Raises:
        RestorationError: there is no such degradation.
    """
    return _ORDERED[: passes(key, quality_mode)]
