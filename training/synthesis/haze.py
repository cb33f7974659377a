"""Haze by the atmospheric scattering model."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture


def haze(
    clean: Picture,
    depth: NDArray[np.float32],
    *,
    beta: float,
    airlight: NDArray[np.float32],
    density: NDArray[np.float32] | None = None,
) -> Picture:
    """Koschmieder's law, ``I = J t + A (1 - t)`` with ``t = exp(-beta * depth)``.

    It is applied to sRGB-encoded values, as the RESIDE benchmark does (Li et al., IEEE TIP 2019, section III).

    Args:
        clean: (H, W, 3) float32 in [0, 1], J.
        depth: (H, W) float32, relative distance in [0, 1].
        beta: scattering coefficient per unit of depth.
        airlight: (3,) float32 RGB in [0, 1], A.
        density: (H, W) float32, not negative, mean density along each ray relative to ``beta``, for uneven haze; see
            ``haze_density``.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    transmission = np.exp(-beta * (depth if density is None else depth * density))[:, :, None]
    return np.asarray(np.clip(clean * transmission + airlight * (1.0 - transmission), 0.0, 1.0), np.float32)


def random_haze(clean: Picture, depth: NDArray[np.float32], rng: np.random.Generator) -> Picture:
    """Haze of random density; the airlight is a bright grey, sometimes with a colour cast."""
    airlight = np.full(3, rng.uniform(0.68, 1.0), np.float32)
    if rng.random() < 0.25:
        airlight = np.clip(airlight + rng.normal(0.0, 0.03, 3), 0.0, 1.0).astype(np.float32)
    return haze(clean, depth, beta=float(rng.uniform(0.8, 3.8)), airlight=airlight)


def synthetic_depth(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A plausible outdoor depth map for a photograph without one: (height, width) float32 in [0, 1].

    A ground plane receding to a horizon (distance inversely proportional to the height below it), a far background
    above it, and smooth variations for objects in between.
    """
    horizon = rng.uniform(0.05, 0.6)
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    nearness = np.clip((rows - horizon) / (1.0 - horizon), 0.0, 1.0)
    plane = 1.0 / (1.0 + nearness * rng.uniform(2.0, 9.0))
    coarse = rng.normal(0.0, 1.0, (int(rng.integers(2, 6)), int(rng.integers(2, 6)))).astype(np.float32)
    bumps = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    depth = plane * rng.uniform(0.5, 1.0) + bumps * rng.uniform(0.0, 0.15)
    return np.asarray(np.clip(depth, 0.02, 1.0), np.float32)


def haze_density(height: int, width: int, rng: np.random.Generator, *, unevenness: float) -> NDArray[np.float32]:
    """Density of uneven haze, as in the NH-HAZE photographs (Ancuti et al., CVPR Workshops 2020).

    Three octaves of smooth noise as the logarithm of the density, each of half the size and half the weight.

    Args:
        height, width: of the picture.
        rng: random generator.
        unevenness: standard deviation of the logarithm of the density, 0 (uniform) and up; 1 gives separate banks of
            fog.

    Returns:
        (height, width) float32, above 0, mean 1.
    """
    field = np.zeros((height, width), np.float32)
    for octave in range(3):
        cells = 3 * 2**octave
        coarse = rng.normal(0.0, 0.5**octave, (cells, cells)).astype(np.float32)
        field += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    density = np.exp(unevenness * (field - field.mean()) / max(float(field.std()), 1e-6))
    return np.asarray(density / density.mean(), np.float32)


def random_airlight(rng: np.random.Generator) -> NDArray[np.float32]:
    """(3,) float32 RGB in [0, 1]: random grey from dusk to white, often warm (dust, low sun) or cool (shade)."""
    level = rng.uniform(0.65, 1.0)
    warmth = rng.normal(0.0, 0.04)
    return np.clip(level * (1.0 + warmth * np.array([1.0, 0.0, -1.0])), 0.0, 1.0).astype(np.float32)


def beta_for_veil(depth: NDArray[np.float32], veil: float) -> float:
    """The scattering coefficient for which the mean share of airlight is ``veil`` (0 to 1, exclusive).

    Solves ``mean(1 - exp(-beta * depth)) = veil``, so that a depth of unknown scale gives haze of known strength.

    Args:
        depth: (H, W) float32, above 0 somewhere.
        veil: target mean of 1 minus the transmission.
    """
    sample = depth[:: max(depth.shape[0] // 64, 1), :: max(depth.shape[1] // 64, 1)].astype(np.float64)
    low, high = 1e-4, 1e4
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if np.mean(-np.expm1(-middle * sample)) < veil else (low, middle)
    return high
