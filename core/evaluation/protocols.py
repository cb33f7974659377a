"""Named protocols: how a restored picture is compared, so that figures of one table mean the same.

``rgb-crop16``
    The paper's (Tian et al., CVPR 2025, after Li et al., *AirNet*, CVPR 2022): pictures are cropped around the centre
    to multiples of 16 before they are restored, the output is clipped to [0, 1] and not rounded, PSNR and SSIM are
    taken on RGB by scikit-image.
``rgb-uint8``
    What an 8-bit file of the result is worth: whole pictures, the output rounded to 8 bit, PSNR and SSIM on RGB by
    scikit-image. It is how tables from saved PNG files are made (GoPro and LOL, challenges).
``y-uint8``
    The deraining papers' (Restormer's ``Deraining/evaluate_PSNR_SSIM.m`` and its predecessors): whole pictures, the
    output rounded to 8 bit, PSNR and SSIM on the Y of MATLAB's ``rgb2ycbcr``, itself rounded to 8 bit; SSIM with the
    11x11 Gaussian window of Wang et al., IEEE TIP 2004. The peak is 255 though Y ends at 235, so figures lie about
    1.3 dB above those of a full-range grey.

The mean of a set is the mean over its pictures in all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.metrics import luma, psnr, ssim

PAPER = "rgb-crop16"
"""Name of the paper's protocol."""

Perceptual = Callable[[NDArray[np.floating], NDArray[np.floating]], float]
"""Two (H, W, 3) float RGB pictures in [0, 1] -> their distance; see :class:`core.evaluation.Lpips`."""


@dataclass(frozen=True)
class Score:
    """PSNR in dB and SSIM of one picture against its clean original, and LPIPS if it was asked for."""

    psnr: float
    ssim: float
    lpips: float | None = None


@dataclass(frozen=True)
class Protocol:
    """One way of comparing.

    Attributes:
        name: as tables and files give it.
        description: one line for people.
        multiple: pictures are cropped around their centre to multiples of this before they are degraded or restored.
        rounded: whether the output is rounded to 8 bit first.
        grey: whether Y is compared in place of RGB.
    """

    name: str
    description: str
    multiple: int = 1
    rounded: bool = False
    grey: bool = False

    def crop(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut (H, W, 3) as the protocol wants; see :func:`centre_crop`."""
        return centre_crop(picture, self.multiple)

    def score(
        self, output: NDArray[np.floating], clean: NDArray[np.floating], perceptual: Perceptual | None = None
    ) -> Score:
        """Compare two (H, W, 3) float RGB pictures in [0, 1]; the output may leave that range and is clipped.

        Args:
            output: restored or degraded picture.
            clean: its original, whose values are those of an 8-bit file.
            perceptual: distance that is added to the score; it sees RGB, clipped and rounded as the rest.

        Raises:
            ValueError: the shapes differ, or a side is shorter than SSIM's window (7, for Y 11).
        """
        seen = np.clip(output, 0.0, 1.0)
        if self.rounded:
            seen, clean = _to_8_bit(seen), _to_8_bit(clean)
        distance = None if perceptual is None else perceptual(seen, clean)
        if self.grey:
            seen, clean = _to_8_bit(luma(seen)), _to_8_bit(luma(clean))
        return Score(psnr(seen, clean), ssim(seen, clean, gaussian=self.grey), distance)


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(PAPER, "RGB, centre cropped to multiples of 16, clipped and not rounded (the paper's)", 16),
        Protocol("rgb-uint8", "RGB, whole pictures, rounded to 8 bit", rounded=True),
        Protocol("y-uint8", "Y of BT.601, whole pictures, rounded to 8 bit (deraining)", rounded=True, grey=True),
    )
}
"""Name -> protocol, the paper's first."""


def centre_crop(picture: NDArray[np.uint8], multiple: int = 16) -> NDArray[np.uint8]:
    """Cut (H, W, 3) around its centre to sides that are multiples of ``multiple``.

    Raises:
        ValueError: a side is shorter than ``multiple``.
    """
    height, width = (side // multiple * multiple for side in picture.shape[:2])
    if not height or not width:
        raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} pixels has no multiple of {multiple}")
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def _to_8_bit(values: NDArray[np.floating]) -> NDArray[np.float64]:
    # Halves go up, as MATLAB and image writers round them. In float64 so that a multiple of 1/255 stays one.
    return np.floor(values.astype(np.float64) * 255.0 + 0.5) / 255.0
