"""What a network is given of a photo, and what becomes of its answer."""

import numpy as np
from numpy.typing import NDArray

from core.photo.colour import is_grey, make_grey
from core.photo.transparency import fill_hidden, keep_hidden

Pixels = NDArray[np.float32]


class VisiblePart:
    """The visible part of a photo on its way through a network.

    Colours beneath transparent parts are kept from the network and come back as they were; a picture without colour
    stays without.

    Args:
        pixels: (H, W, 3) float32 in [0, 1]; not changed.
        opacity: see :func:`core.photo.transparency.opacity_of`.

    Attributes:
        shown: (H, W, 3) float32, what the network is given; ``pixels`` itself if nothing is hidden.
    """

    def __init__(self, pixels: Pixels, opacity: Pixels | None) -> None:
        self._pixels = pixels
        self._opacity = opacity
        self.shown: Pixels = pixels if opacity is None else fill_hidden(pixels, opacity)

    def restored(self, answer: Pixels) -> Pixels:
        """The photo after the network has answered ``shown`` with ``answer``, which is overwritten."""
        if is_grey(self.shown):
            make_grey(answer)
        return answer if self._opacity is None else keep_hidden(self._pixels, self.shown, answer, self._opacity)
