"""Named protocols for comparing a restored picture with its original, so that the figures of a table are comparable.

``rgb-crop16``
    The paper's (Tian et al., CVPR 2025, after Li et al., *AirNet*, CVPR 2022): pictures are cropped around the centre
    to multiples of 16 before they are restored, the output is clipped to [0, 1] and not rounded, PSNR and SSIM are
    computed on RGB by scikit-image.
``rgb-uint8``
    The quality of an 8-bit file of the result: whole pictures, the output rounded to 8 bit, PSNR and SSIM on RGB by
    scikit-image. Tables made from saved PNG files use it (GoPro and LOL, challenges).
``y-uint8``
    The deraining papers' (Restormer's ``Deraining/evaluate_PSNR_SSIM.m`` and its predecessors): whole pictures, the
    output rounded to 8 bit, PSNR and SSIM on the Y of MATLAB's ``rgb2ycbcr``, itself rounded to 8 bit; SSIM with the
    11x11 Gaussian window of Wang et al., IEEE TIP 2004. The peak is 255 although Y ends at 235, so figures are about
    1.3 dB above those of full-range grey.

In all of them the mean of a set is the mean over its pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.metrics import luma, psnr, ssim

PAPER = "rgb-crop16"
"""Name of the paper's protocol."""

Perceptual = Callable[[NDArray[np.floating], NDArray[np.floating]], float]
"""Two RGB pictures (H, W, 3) float in [0, 1] -> their distance; see :class:`core.evaluation.Lpips`."""


@dataclass(frozen=True)
class Score:
    """PSNR in dB and SSIM of a picture against its clean original, and LPIPS if requested."""

    psnr: float
    ssim: float
    lpips: float | None = None


@dataclass(frozen=True)
class Protocol:
    """A protocol of comparison.

    Attributes:
        name: its name in tables and files.
        description: a description of one line.
        multiple: pictures are cropped around their centre to multiples of this before they are degraded or restored.
        rounded: whether the output is rounded to 8 bit.
        grey: whether Y is compared instead of RGB.
    """

    name: str
    description: str
    multiple: int = 1
    rounded: bool = False
    grey: bool = False

    def crop(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Crop (H, W, 3) as the protocol requires; see :func:`centre_crop`."""
        return centre_crop(picture, self.multiple)

    def score(
        self, output: NDArray[np.floating], clean: NDArray[np.floating], perceptual: Perceptual | None = None
    ) -> Score:
        """Compare two RGB pictures (H, W, 3) float; the output is clipped to [0, 1].

        Args:
            output: restored or degraded picture.
            clean: its original in [0, 1], with the values of an 8-bit file.
            perceptual: further distance for the score; it is given RGB, clipped and rounded like the rest.

        Raises:
            ValueError: the shapes differ, or a side is shorter than SSIM's window (7, for Y 11).
        """
        compared = np.clip(output, 0.0, 1.0)
        if self.rounded:
            compared, clean = _to_8_bit(compared), _to_8_bit(clean)
        distance = None if perceptual is None else perceptual(compared, clean)
        if self.grey:
            compared, clean = _to_8_bit(luma(compared)), _to_8_bit(luma(clean))
        return Score(psnr(compared, clean), ssim(compared, clean, gaussian=self.grey), distance)


PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol(PAPER, "RGB, centre cropped to multiples of 16, clipped and not rounded (the paper's)", 16),
        Protocol("rgb-uint8", "RGB, whole pictures, rounded to 8 bit", rounded=True),
        Protocol("y-uint8", "Y of BT.601, whole pictures, rounded to 8 bit (deraining)", rounded=True, grey=True),
    )
}
"""Protocols by name, the paper's first."""


def centre_crop(picture: NDArray[np.uint8], multiple: int = 16) -> NDArray[np.uint8]:
    """Crop (H, W, 3) around its centre to sides that are multiples of ``multiple``.

    Raises:
        ValueError: a side is shorter than ``multiple``.
    """
    height, width = (side // multiple * multiple for side in picture.shape[:2])
    if not height or not width:
        raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} pixels has no multiple of {multiple}")
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def _to_8_bit(values: NDArray[np.floating]) -> NDArray[np.float64]:
    # Halves are rounded up, as in MATLAB and image writers; in float64, so that multiples of 1/255 are kept.
    return np.floor(values.astype(np.float64) * 255.0 + 0.5) / 255.0
