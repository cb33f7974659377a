"""JPEG compression."""

import cv2
import numpy as np

from training.synthesis.light import Picture

SUBSAMPLING = {
    "4:4:4": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    "4:2:2": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    "4:2:0": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
}


def jpeg(clean: Picture, quality: int, *, subsampling: str = "4:2:0") -> Picture:
    """Encode as JPEG (ITU-T T.81) in memory and decode again.

    Args:
        clean: (H, W, 3) float32 in [0, 1], RGB.
        quality: 1 (worst) to 100 on the scale of libjpeg.
        subsampling: of the colour differences, ``"4:4:4"``, ``"4:2:2"`` or ``"4:2:0"``.

    Returns:
        (H, W, 3) float32 in [0, 1], multiples of 1/255.

    Raises:
        ValueError: quality or subsampling is out of range.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"JPEG quality {quality!r} must be between 1 and 100")
    if subsampling not in SUBSAMPLING:
        raise ValueError(f"chroma subsampling {subsampling!r} is unknown; expected one of {', '.join(SUBSAMPLING)}")
    pixels = np.round(np.clip(clean, 0.0, 1.0) * 255.0).astype(np.uint8)
    settings = [cv2.IMWRITE_JPEG_QUALITY, int(quality), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SUBSAMPLING[subsampling]]
    data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings)[1]
    decoded = cv2.cvtColor(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB)
    return decoded.astype(np.float32) / np.float32(255.0)


def random_subsampling(rng: np.random.Generator) -> str:
    """Mostly 4:2:0, as in cameras and on web sites, otherwise 4:2:2 or 4:4:4."""
    return str(rng.choice(list(SUBSAMPLING), p=[0.2, 0.15, 0.65]))


def random_jpeg(clean: Picture, rng: np.random.Generator, *, qualities: tuple[int, int] = (30, 95)) -> Picture:
    """JPEG of a uniform random quality from ``qualities`` (both ends included)."""
    quality = int(rng.integers(qualities[0], qualities[1] + 1))
    return jpeg(clean, quality, subsampling=random_subsampling(rng))
