"""Haze by the atmospheric scattering model."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture


def haze(clean: Picture, depth: NDArray[np.float32], *, beta: float, airlight: NDArray[np.float32]) -> Picture:
    """Koschmieder's law, ``I = J t + A (1 - t)`` with ``t = exp(-beta * depth)``.

    It is applied to sRGB-encoded values, as the RESIDE benchmark does (Li et al., IEEE TIP 2019, section III).

    Args:
        clean: (H, W, 3) float32 in [0, 1], J.
        depth: (H, W) float32, relative distance in [0, 1].
        beta: scattering coefficient per unit of depth.
        airlight: (3,) float32 RGB in [0, 1], A.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    transmission = np.exp(-beta * depth)[:, :, None]
    return np.clip(clean * transmission + airlight * (1.0 - transmission), 0.0, 1.0).astype(np.float32)


def random_haze(clean: Picture, depth: NDArray[np.float32], rng: np.random.Generator) -> Picture:
    """Haze of random density; the airlight is a bright grey, now and then with a cast of colour."""
    airlight = np.full(3, rng.uniform(0.68, 1.0), np.float32)
    if rng.random() < 0.25:
        airlight = np.clip(airlight + rng.normal(0.0, 0.03, 3), 0.0, 1.0).astype(np.float32)
    return haze(clean, depth, beta=float(rng.uniform(0.8, 3.8)), airlight=airlight)


def synthetic_depth(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A plausible outdoor depth for a photograph that has none: (height, width) float32 in [0, 1].

    A ground plane receding to a horizon (distance inversely proportional to the height below it), a far background
    above it, and smooth bumps for what stands in between.
    """
    horizon = rng.uniform(0.05, 0.6)
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    nearness = np.clip((rows - horizon) / (1.0 - horizon), 0.0, 1.0)
    plane = 1.0 / (1.0 + nearness * rng.uniform(2.0, 9.0))
    coarse = rng.normal(0.0, 1.0, (int(rng.integers(2, 6)), int(rng.integers(2, 6)))).astype(np.float32)
    bumps = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    depth = plane * rng.uniform(0.5, 1.0) + bumps * rng.uniform(0.0, 0.15)
    return np.clip(depth, 0.02, 1.0).astype(np.float32)
