"""The visible part of a photo as a network's input, and the photo from the network's output."""

import numpy as np
from numpy.typing import NDArray

from core.photo.colour import is_grey, make_grey
from core.photo.transparency import fill_hidden, keep_hidden

Pixels = NDArray[np.float32]


class VisiblePart:
    """The visible part of a photo, prepared for a network.

    Colours beneath transparent parts are not passed to the network and are restored afterwards; a photo without colour
    stays without colour.

    Args:
        pixels: (H, W, 3) float32 in [0, 1]; not changed.
        opacity: see :func:`core.photo.transparency.opacity_from_alpha`.

    Attributes:
        shown: (H, W, 3) float32, the network's input; ``pixels`` itself if nothing is transparent.
    """

    def __init__(self, pixels: Pixels, opacity: Pixels | None) -> None:
        self._pixels = pixels
        self._opacity = opacity
        self.shown: Pixels = pixels if opacity is None else fill_hidden(pixels, opacity)

    def restored(self, output: Pixels) -> Pixels:
        """The photo's pixels from the network's output for ``shown``, which is overwritten."""
        if is_grey(self.shown):
            make_grey(output)
        return output if self._opacity is None else keep_hidden(self._pixels, self.shown, output, self._opacity)
