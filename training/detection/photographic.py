"""Degradations as in photographs, beside the wider range of :func:`training.synthesis.degrade`."""

from collections.abc import Sequence

import numpy as np

from training import synthesis
from training.synthesis.blur import Kernel
from training.synthesis.light import Picture
from training.synthesis.outdoor_haze import outdoor_haze

FAMILIES = ("noise", "rain", "haze", "blur")
"""The families that :func:`photographic` knows."""

_NOISE = {"camera": 0.5, "film": 0.25, "sensor": 0.25}
_LEVELS = (5.0, 40.0)
_EXTENT = (3.0, 26.0)


def photographic(
    clean: Picture, family: str, kernels: Sequence[Kernel], rng: np.random.Generator
) -> tuple[Picture, float]:
    """Degrade a picture as photographs are.

    Noise after camera processing or of film, coarse and in blotches of colour; streaks of rain as measured in
    photographs; outdoor haze, mostly re-exposed by the camera; camera shake along a path.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        family: one of :data:`FAMILIES`.
        kernels: measured blur kernels, may be empty.
        rng: random generator.

    Returns:
        The picture, (H, W, 3) float32 in [0, 1], and the standard deviation of its noise on the 0-255 scale, 0 for the
        other families.

    Raises:
        ValueError: the family is unknown.
    """
    if family == "noise":
        return synthesis.random_noise(clean, _LEVELS, _NOISE, rng)
    if family == "rain":
        return synthesis.photographed_rain(clean, float(rng.uniform(0.1, 1.0)), rng), 0.0
    if family == "haze":
        scene = synthesis.scene_map(np.round(clean * 255.0).astype(np.uint8))
        return outdoor_haze(clean, scene.astype(np.float32) / np.float32(255.0), rng, camera=0.7), 0.0
    if family == "blur":
        return synthesis.random_motion_blur(clean, _EXTENT, rng, kernels=kernels, path_share=0.5), 0.0
    raise ValueError(f"degradation family {family!r} is unknown; expected one of {', '.join(FAMILIES)}")
