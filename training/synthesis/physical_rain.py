"""Physical model of rain: layers of streaks by distance, and the veil of distant rain.

``rain.rain`` produces the streaks of the usual synthetic data sets, which are added to encoded values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.haze import haze
from training.synthesis.light import Picture, to_encoded, to_linear

_GROUPS = 4
"""Number of groups of streaks in a layer, which differ slightly in direction and length."""

_MIN_WIDTH = 0.45
"""Minimum standard deviation of a streak in pixels, due to lens and pixel size; thinner streaks only become fainter."""


@dataclass(frozen=True)
class StreakLayer:
    """Drops at one distance.

    Attributes:
        length: of a streak in pixels, between its points of half intensity.
        width: standard deviation of the cross-section of a streak, in pixels.
        density: streaks per pixel of the picture.
        opacity: fraction of the exposure during which the largest drop covers a point of its streak, 0 to 1.
    """

    length: float
    width: float
    density: float
    opacity: float


def depth_layers(nearest: StreakLayer, count: int) -> tuple[StreakLayer, ...]:
    """Layers from near to far, each at twice the distance of the previous one.

    In a pinhole camera, length and width are inversely proportional to the distance, while the visible volume between a
    distance and its double, and so the number of drops, grows with its cube. The time for which a drop covers a point
    is independent of the distance as long as the drop is not smaller than a pixel; beyond, it covers only part of it
    (Garg and Nayar, *Vision and Rain*, IJCV 2007, on the effect of camera parameters).
    """
    layers = []
    for index in range(count):
        distance = 2.0**index
        width = nearest.width / distance
        layers.append(
            StreakLayer(
                length=nearest.length / distance,
                width=max(width, _MIN_WIDTH),
                density=nearest.density * distance**3,
                opacity=nearest.opacity * min(width / _MIN_WIDTH, 1.0),
            )
        )
    return tuple(layers)


def coverage(layers: Sequence[StreakLayer]) -> float:
    """Mean number of streaks over a pixel, with an area of ``length`` by ``3 * width`` pixels each."""
    return sum(layer.density * layer.length * 3 * layer.width for layer in layers)


def layered_rain(
    clean: Picture,
    layers: Sequence[StreakLayer],
    *,
    angle: float,
    drop_light: float,
    rng: np.random.Generator,
    disorder: float = 2.0,
) -> Picture:
    """Streaks at several distances over the picture, in linear light.

    A drop refracts light from nearly the whole scene, independently of its background. If it covers a pixel for a
    fraction a of the exposure, the pixel records ``(1 - a) * background + a * drop_light``: streaks are bright in front
    of dark backgrounds and invisible in front of the sky (Garg and Nayar, *Vision and Rain*, IJCV 2007, photometry of a
    rain streak). Layers are combined as in Yang et al., *Deep joint rain detection and removal*, CVPR 2017, from far to
    near.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        layers: from near to far.
        angle: direction of the streaks, degrees from the vertical, positive as in ``rain.rain``.
        drop_light: linear light of a drop, see ``environment_light``; drops are colourless.
        rng: random generator.
        disorder: standard deviation of the direction between streaks, in degrees.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    light = to_linear(clean)
    for layer in reversed(layers):
        cover = streak_map(clean.shape[0], clean.shape[1], layer, angle=angle, rng=rng, disorder=disorder)
        light = light + cover[:, :, None] * (np.float32(drop_light) - light)
    return to_encoded(light)


def heavy_rain(
    clean: Picture,
    layers: Sequence[StreakLayer],
    depth: NDArray[np.float32],
    *,
    angle: float,
    drop_light: float,
    beta: float,
    airlight: NDArray[np.float32],
    rng: np.random.Generator,
) -> Picture:
    """Streaks behind the veil of distant rain, ``T * (J + sum of S) + (1 - T) * A``.

    The heavy rain model of Li et al., *Heavy Rain Image Restoration*, CVPR 2019, with ``layered_rain`` for the
    streaks and ``haze`` for the veil; see there for the arguments.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    wet = layered_rain(clean, layers, angle=angle, drop_light=drop_light, rng=rng)
    return haze(wet, depth, beta=beta, airlight=airlight)


def environment_light(clean: Picture) -> float:
    """Linear light of a drop: about that of the brightest tenth of the picture, mostly its sky.

    Args:
        clean: (H, W, 3) float32 in [0, 1].

    Returns:
        A value in [0.1, 1]; drops are visible even in a dark picture.
    """
    luminance = to_linear(clean) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return float(np.clip(np.quantile(luminance, 0.9), 0.1, 1.0))


def streak_map(
    height: int, width: int, layer: StreakLayer, *, angle: float, rng: np.random.Generator, disorder: float = 2.0
) -> NDArray[np.float32]:
    """Fraction of the exposure for which a drop of this layer covers each pixel: (height, width) float32 in [0, 1].

    Positions are a Poisson process of ``layer.density`` per pixel; opacities are 0.35 to 1 times that of the layer, as
    drops differ in size; overlapping streaks are added.
    """
    margin = int(np.ceil(layer.length + 4 * layer.width)) + 1
    rows, columns = height + 2 * margin, width + 2 * margin
    total: NDArray[np.float32] = np.zeros((rows, columns), np.float32)
    for _ in range(_GROUPS):
        count = int(rng.poisson(layer.density * rows * columns / _GROUPS))
        drops = np.zeros((rows, columns), np.float32)
        place = rng.integers(rows, size=count), rng.integers(columns, size=count)
        np.add.at(drops, place, rng.uniform(0.35, 1.0, count).astype(np.float32))
        length = layer.length * float(np.exp(rng.normal(0.0, 0.25)))
        profile = streak_profile(length, layer.width, angle + rng.normal(0.0, disorder))
        total += cv2.filter2D(drops, -1, profile, borderType=cv2.BORDER_CONSTANT)
    inner = total[margin : margin + height, margin : margin + width]
    return np.asarray(np.clip(inner * layer.opacity, 0.0, 1.0))


def streak_profile(length: float, width: float, angle: float) -> NDArray[np.float32]:
    """One streak of maximum 1 with a Gaussian cross-section, whose ends fade to a half at ``length``.

    Args:
        length: in pixels, see :class:`StreakLayer`.
        width: standard deviation of the cross-section, in pixels.
        angle: degrees from the vertical.

    Returns:
        (k, k) float32 in [0, 1], k odd.
    """
    half = int(np.ceil(0.85 * length + 4 * width))
    rows, columns = (np.indices((2 * half + 1, 2 * half + 1)) - half).astype(np.float64)
    radians = np.deg2rad(angle)
    along = columns * np.sin(radians) + rows * np.cos(radians)
    across = columns * np.cos(radians) - rows * np.sin(radians)
    fading = 2.0 ** -((2 * along / length) ** 4)
    return np.asarray(fading * np.exp(-(across**2) / (2 * width**2)), np.float32)
