"""Noise: non-local means and BM3D, both with the true standard deviation."""

import cv2
import numpy as np

from training.data.data_errors import DataError
from training.data.pictures import to_bytes, to_unit
from training.synthesis.light import Picture

NLM_STRENGTH = 0.8
"""OpenCV's filter strength h per unit of sigma."""


def non_local_means(picture: Picture, sigma: float) -> Picture:
    """OpenCV's ``fastNlMeansDenoisingColored`` after Buades et al., *Non-Local Means Denoising*, IPOL 2011.

    Patches of 7x7 in a window of 21x21, ``h = hColor = 0.8 sigma``, separately on L and ab of CIE Lab.

    Args:
        picture: (H, W, 3) float32 RGB in [0, 1].
        sigma: standard deviation of the noise on the 0-255 scale.

    Returns:
        The same shape and range, multiples of 1/255.
    """
    bgr = cv2.cvtColor(to_bytes(picture), cv2.COLOR_RGB2BGR)
    h = NLM_STRENGTH * sigma
    cleaned = cv2.fastNlMeansDenoisingColored(bgr, None, h, h, 7, 21)
    return to_unit(np.asarray(cv2.cvtColor(cleaned, cv2.COLOR_BGR2RGB), np.uint8))


def bm3d(picture: Picture, sigma: float) -> Picture:
    """CBM3D by its authors' package, its default ("normal") profile in the opponent colour space.

    Dabov et al., *Image Denoising by Sparse 3-D Transform-Domain Collaborative Filtering*, IEEE TIP 2007, in the form
    of Mäkinen et al., *Collaborative Filtering of Correlated Noise*, IEEE TIP 2020. The package may be used for
    non-commercial purposes only, so it is an extra and no part of it is included in this project.

    Args:
        picture: (H, W, 3) float32 RGB in [0, 1].
        sigma: standard deviation of the noise on the 0-255 scale.

    Returns:
        The same shape and range.

    Raises:
        DataError: the package is not installed.
    """
    try:
        from bm3d import bm3d_rgb  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise DataError(
            "BM3D requires a package: pip install 'dfpir-studio[baselines]' (non-commercial use)."
        ) from error
    return np.asarray(np.clip(bm3d_rgb(picture.astype(np.float64), sigma / 255.0), 0.0, 1.0), np.float32)
