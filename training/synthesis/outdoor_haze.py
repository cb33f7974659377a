"""Haze over whole outdoor scenes as photographs show it: sky far away, a camera that exposes for the haze, casts.

Scattering is Koschmieder's law as in :mod:`training.synthesis.haze`. What that leaves out of photographs is added: the
sky lies farther away than all else and is kept on the clean side, the ground recedes below the horizon and things stand
on it, and the camera exposes the hazy scene well (its mean grey is near that of any photograph), so that a restorer
has to give back brightness as well as contrast. Measured on 65 real photographs of haze: mean 0.35 to 0.69.
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
"""Between these a camera brings the mean of a hazy photograph (encoded values)."""

SKY_DISTANCE = (1.3, 2.5)
"""How much farther than the farthest thing the sky is."""

VEIL = (0.15, 0.75)
"""Share of the airlight in the picture, on average over all of it or over what is not sky."""

_CASTS = (
    # how often, what red, green and blue are multiplied by at full strength
    (0.45, (1.0, 1.0, 1.0)),
    (0.15, (1.0, 0.93, 0.82)),  # smog, evening
    (0.08, (1.0, 0.82, 0.52)),  # dust
    (0.04, (1.0, 0.66, 0.36)),  # sandstorm
    (0.20, (0.90, 0.97, 1.0)),  # shade, distance
    (0.08, (0.94, 1.0, 0.93)),  # greenish smog
)


@dataclass(frozen=True)
class Haze:
    """What is drawn for one hazy picture.

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
        """The hazy picture, not yet exposed: (H, W, 3) float32 in [0, 1]."""
        return haze(clean, self.depth, beta=self.beta, airlight=self.airlight, density=self.density)


def outdoor_haze(clean: Picture, scene: NDArray[np.float32], rng: np.random.Generator, *, camera: float) -> Picture:
    """A hazy photograph of an outdoor scene.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        scene: (H, W) float32: the part of a :func:`training.synthesis.sky.scene_map`, divided by 255.
        rng: decides everything.
        camera: share of the pictures that are exposed as a camera would; see :func:`exposed`.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    return _finished(clean, scene_depth(clean, scene, rng), scene >= SKY / 255.0, rng, camera)


def measured_haze(clean: Picture, depth: NDArray[np.float32], rng: np.random.Generator, *, camera: float) -> Picture:
    """The same with measured distances: (H, W) float32 in [0, 1], where 1 is the sky, and so are roofs against it."""
    sky = depth >= 1.0
    far = float(depth[~sky].max(initial=0.1))
    distances = np.where(sky, np.float32(rng.uniform(*SKY_DISTANCE) * far), depth)
    return _finished(clean, np.maximum(distances, np.float32(0.01)), sky, rng, camera)


def draw_haze(depth: NDArray[np.float32], sky: NDArray[np.bool_], rng: np.random.Generator) -> Haze:
    """Veil, light and unevenness for a scene: (H, W) float32 distances above 0, and where they are those of the sky."""
    uneven = float(rng.uniform(0.2, 0.8)) if rng.random() < 0.4 else 0.0
    density = haze_density(*depth.shape, rng, unevenness=uneven) if uneven else np.ones(depth.shape, np.float32)
    thickness = depth * density
    veil = float(rng.uniform(*VEIL))
    # Counted without the sky the same veil is a thicker one, in which hardly any sky is left.
    thick = rng.random() < 0.35 and np.mean(~sky) > 0.1
    counted = thickness[~sky] if thick else thickness.ravel()
    return Haze(depth, density, beta_for_veil(counted[:: max(counted.size // 4096, 1)][:, None], veil), _airlight(rng))


def scene_depth(clean: Picture, scene: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Distances for a photograph whose sky and horizon are known.

    Distance is inversely proportional to how far the ground lies below the horizon. Each of a few pieces of like colour
    either lies on that ground or stands on it where its lower edge is. The sky is the farthest by
    :data:`SKY_DISTANCE`.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        scene: (H, W) float32, see :func:`outdoor_haze`.
        rng: decides the pieces, their places and how fast the ground recedes.

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
    # The pixels of an edge show both sides of it.
    return cv2.GaussianBlur(depth, (0, 0), 0.6)


def exposed(hazy: Picture, rng: np.random.Generator) -> Picture:
    """A hazy picture as a camera exposes it: scaled so that its mean lies in :data:`EXPOSED`, as far as white allows.

    The factor is on encoded values, which but for the foot of the curve is a factor on light.

    Args:
        hazy: (H, W, 3) float32 in [0, 1].
        rng: draws the mean.
    """
    factor = rng.uniform(*EXPOSED) / max(float(hazy.mean()), 0.02)
    highest = float(np.quantile(hazy[::2, ::2].max(2), 0.98))  # a camera does not let more than that burn out
    return np.clip(hazy * np.float32(min(factor, max(1.0 / max(highest, 0.02), 1.0))), 0.0, 1.0)


def well_lit(clean: Picture, least: float) -> Picture:
    """A clean picture whose mean is at least about ``least``: darker ones get a gamma, down to 0.6.

    Street cameras expose for the sky; a restorer that learned from such clean sides would darken photographs.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        least: wanted mean of encoded values, 0 to 1, exclusive.
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
    """The nearness of each pixel once pieces stand up: that of their lower edges, above the horizon up to 0.3."""
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
    """Depth whose steps lie where the picture has edges, and are slopes elsewhere.

    The guided filter of He et al., IEEE TPAMI 2013, with the grey picture as its guide.
    """
    size = (2 * (depth.shape[0] // 16) + 1,) * 2
    guide = clean @ LUMA
    guide_mean, mean = cv2.blur(guide, size), cv2.blur(depth, size)
    spread = cv2.blur(guide * guide, size) - guide_mean**2
    slope = (cv2.blur(guide * depth, size) - guide_mean * mean) / (spread + np.float32(1e-3))
    offset = mean - slope * guide_mean
    return (cv2.blur(slope, size) * guide + cv2.blur(offset, size)).astype(np.float32)
