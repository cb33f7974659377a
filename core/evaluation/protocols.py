"""Named protocols: how a restored picture is compared, so that figures of one table mean the same.

``rgb-crop16`` is the paper's: pictures are cropped around the centre to multiples of 16 before they are restored,
the output is clipped to [0, 1] and not rounded, PSNR and SSIM are taken on RGB, and means are over pictures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.metrics import psnr, ssim

PAPER = "rgb-crop16"
"""Name of the paper's protocol."""


@dataclass(frozen=True)
class Score:
    """PSNR in dB and SSIM of one picture against its clean original."""

    psnr: float
    ssim: float


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


def score(output: NDArray[np.float32], clean: NDArray[np.float32]) -> Score:
    """Compare two (H, W, 3) float pictures in [0, 1] by the paper's protocol; the output is clipped, not rounded."""
    clipped = np.clip(output, 0.0, 1.0)
    return Score(psnr(clipped, clean), ssim(clipped, clean))
