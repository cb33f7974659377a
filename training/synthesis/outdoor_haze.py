"""Haze of outdoor photographs: distant sky, exposure for the hazy scene, and colour casts.

Scattering follows Koschmieder's law as in :mod:`training.synthesis.haze`, with additional properties of photographs:
the sky is farther away than everything else and is kept in the clean picture, the ground recedes below the horizon and
objects stand on it, and the camera exposes the hazy scene to a usual mean grey, so that a restorer must restore
brightness as well as contrast. Measured mean of 65 real hazy photographs: 0.35 to 0.69.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.haze import beta_for_veil, haze, haze_density
from training.synthesis.light import LUMA, Picture
from training.synthesis.scene_augmentation import segment_depth
from training.synthesis.sky import FARTHEST, SKY
from training.synthesis.strength import eight_bit

EXPOSED = (0.38, 0.62)
"""Range of the mean of encoded values to which a camera exposes a hazy scene."""

SKY_DISTANCE = (1.3, 2.5)
"""Distance of the sky relative to the farthest object."""

VEIL = (0.15, 0.75)
"""Share of airlight, averaged over the picture or over everything but the sky."""

_CASTS = (
    # relative frequency, factors on red, green and blue at full strength
    (0.45, (1.0, 1.0, 1.0)),
    (0.15, (1.0, 0.93, 0.82)),  # smog, evening
    (0.08, (1.0, 0.82, 0.52)),  # dust
    (0.04, (1.0, 0.66, 0.36)),  # sandstorm
    (0.20, (0.90, 0.97, 1.0)),  # shade, distance
    (0.08, (0.94, 1.0, 0.93)),  # greenish smog
)


@dataclass(frozen=True)
class Haze:
    """Random parameters of one hazy picture.

    Attributes:
        depth: (H, W) float32 above 0, without unit.
        density: (H, W) float32 above 0, mean 1; see :func:`training.synthesis.haze.haze_density`.
        beta: scattering coefficient.
        airlight: (3,) float32 RGB in [0, 1].
    """

    depth: NDArray[np.float32]
    density: NDArray[np.float32]
    beta: float
    airlight: NDArray[np.float32]

    def over(self, clean: Picture) -> Picture:
        """The hazy picture before exposure: (H, W, 3) float32 in [0, 1]."""
        return haze(clean, self.depth, beta=self.beta, airlight=self.airlight, density=self.density)


def outdoor_haze(clean: Picture, scene: NDArray[np.float32], rng: np.random.Generator, *, camera: float) -> Picture:
    """A hazy photograph of an outdoor scene.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        scene: (H, W) float32, crop of a :func:`training.synthesis.sky.scene_map` divided by 255.
        rng: random generator.
        camera: share of the pictures that are exposed as by a camera; see :func:`exposed`.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    return _finished(clean, scene_depth(clean, scene, rng), scene >= SKY / 255.0, rng, camera)


def measured_haze(clean: Picture, depth: NDArray[np.float32], rng: np.random.Generator, *, camera: float) -> Picture:
    """As :func:`outdoor_haze`, with measured distances: (H, W) float32 in [0, 1], where 1 is the sky."""
    sky = depth >= 1.0
    far = float(depth[~sky].max(initial=0.1))
    distances = np.where(sky, np.float32(rng.uniform(*SKY_DISTANCE) * far), depth)
    return _finished(clean, np.maximum(distances, np.float32(0.01)), sky, rng, camera)


def draw_haze(depth: NDArray[np.float32], sky: NDArray[np.bool_], rng: np.random.Generator) -> Haze:
    """Random haze for a scene of (H, W) float32 distances above 0 and a (H, W) mask of the sky."""
    uneven = float(rng.uniform(0.2, 0.8)) if rng.random() < 0.4 else 0.0
    density = (
        haze_density(depth.shape[0], depth.shape[1], rng, unevenness=uneven)
        if uneven
        else np.ones(depth.shape, np.float32)
    )
    thickness = depth * density
    veil = float(rng.uniform(*VEIL))
    # Averaged without the sky, the same share means denser haze, which hides the sky almost completely.
    thick = rng.random() < 0.35 and np.mean(~sky) > 0.1
    counted = thickness[~sky] if thick else thickness.ravel()
    return Haze(depth, density, beta_for_veil(counted[:: max(counted.size // 4096, 1)][:, None], veil), _airlight(rng))


def scene_depth(clean: Picture, scene: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Distances for a photograph whose sky and horizon are known.

    Distance is inversely proportional to the height of the ground below the horizon. Each of a few segments of similar
    colour either lies on the ground or stands on it at its lower edge. The sky is farthest, by :data:`SKY_DISTANCE`.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        scene: (H, W) float32, see :func:`outdoor_haze`.
        rng: random generator of the segments and the slope of the ground.

    Returns:
        (H, W) float32 above 0: 1 or less for all but the sky.
    """
    values = np.round(scene * 255.0)
    if not values.any():
        return np.maximum(_along_edges(segment_depth(clean, rng), clean), np.float32(0.02))
    sky = values >= SKY
    nearness = 1.0 - np.minimum(values, FARTHEST) / FARTHEST
    steep = float(np.exp(rng.uniform(np.log(2.0), np.log(30.0))))
    depth = 1.0 / (1.0 + np.float32(steep) * _pieces(clean, nearness.astype(np.float32), sky, rng))
    depth = np.clip(_along_edges(depth, clean), 0.02, 1.0)
    far = float(depth[~sky].max(initial=0.1))
    depth = np.where(sky, np.float32(rng.uniform(*SKY_DISTANCE) * far), depth)
    # Pixels on an edge contain both sides.
    return np.asarray(cv2.GaussianBlur(depth, (0, 0), 0.6), np.float32)


def exposed(hazy: Picture, rng: np.random.Generator) -> Picture:
    """A hazy picture as exposed by a camera: scaled to a mean in :data:`EXPOSED`, limited by clipping.

    The factor applies to encoded values, which is approximately a factor on light.

    Args:
        hazy: (H, W, 3) float32 in [0, 1].
        rng: random generator.
    """
    factor = rng.uniform(*EXPOSED) / max(float(hazy.mean()), 0.02)
    highest = float(np.quantile(hazy[::2, ::2].max(2), 0.98))  # a camera clips no larger share
    return np.asarray(np.clip(hazy * np.float32(min(factor, max(1.0 / max(highest, 0.02), 1.0))), 0.0, 1.0))


def well_lit(clean: Picture, least: float) -> Picture:
    """A clean picture with a mean of at least about ``least``; darker ones are brightened by a gamma of 0.6 or more.

    Street cameras expose for the sky; a restorer trained on such clean pictures would darken photographs.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        least: minimum mean of encoded values, 0 to 1, exclusive.
    """
    mean = float(clean.mean())
    if mean >= least:
        return clean
    gamma = max(np.log(least) / np.log(max(mean, 1e-3)), 0.6)
    return eight_bit(clean ** np.float32(gamma))


def _finished(
    clean: Picture, depth: NDArray[np.float32], sky: NDArray[np.bool_], rng: np.random.Generator, camera: float
) -> Picture:
    hazy = draw_haze(depth, sky, rng).over(clean)
    return exposed(hazy, rng) if rng.random() < camera else hazy


def _airlight(rng: np.random.Generator) -> NDArray[np.float32]:
    shares = np.array([share for share, _ in _CASTS])
    cast = np.array(_CASTS[rng.choice(len(_CASTS), p=shares / shares.sum())][1])
    colour = cast ** rng.uniform(0.4, 1.2) * (1.0 + rng.normal(0.0, 0.02, 3))
    return np.clip(rng.uniform(0.6, 1.0) * colour, 0.0, 1.0).astype(np.float32)


def _pieces(
    clean: Picture, nearness: NDArray[np.float32], sky: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Nearness of each pixel; upright segments have that of their lower edge, above the horizon up to 0.3."""
    height, width = sky.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    weight = np.float32(rng.uniform(0.7, 2.0))
    points = np.dstack([cv2.GaussianBlur(clean, (0, 0), 2.0), rows * (weight / height), columns * (weight / width)])
    flat = points.reshape(-1, 5)
    chosen = flat[rng.integers(len(flat), size=int(rng.integers(5, 17)))]
    # |p - c|^2 without |p|^2, which is the same for every centre
    nearest = (np.sum(chosen**2, 1) - 2.0 * (flat @ chosen.T)).argmin(1).reshape(height, width).astype(np.uint8)
    nearest = cv2.medianBlur(nearest, 5)
    sample, ground, there = nearest[::3, ::3], nearness[::3, ::3], ~sky[::3, ::3]
    out = nearness.copy()
    for label in range(len(chosen)):
        own = ground[(sample == label) & there]
        if own.size < 4 or rng.random() < 0.4:
            continue
        foot = max(float(np.quantile(own, 0.97)), float(rng.uniform(0.0, 0.3)) if own.min() == 0.0 else 0.0)
        out[nearest == label] = foot
    return out


def _along_edges(depth: NDArray[np.float32], clean: Picture) -> NDArray[np.float32]:
    """Depth with steps aligned to the edges of the picture, and smooth elsewhere.

    The guided filter of He et al., IEEE TPAMI 2013, with the grey picture as its guide.
    """
    size = (2 * (depth.shape[0] // 16) + 1,) * 2
    guide = clean @ LUMA
    guide_mean, mean = cv2.blur(guide, size), cv2.blur(depth, size)
    spread = cv2.blur(guide * guide, size) - guide_mean**2
    slope = (cv2.blur(guide * depth, size) - guide_mean * mean) / (spread + np.float32(1e-3))
    offset = mean - slope * guide_mean
    return np.asarray(cv2.blur(slope, size) * guide + cv2.blur(offset, size), np.float32)
