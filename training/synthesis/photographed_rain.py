"""Rain with streaks as measured in photographs.

Measured on 66 photographs of rain (longer side at most 1024 pixels): bright, long and thin segments of an 11 x 3 pixel
top-hat filter counted as streaks if at least 25 of them had the same direction within 12 degrees, as in 35 of the
photographs. Distribution over these (5 %, 25 %, median, 75 %, 95 %):

=========================================  =====  =====  ======  =====  =====
direction, degrees from the vertical         -28     -7      -1      5     20
its deviation between streaks                2.8    3.5     4.2    5.1    6.1
length in pixels, median streak               11     13      14     16     21
length in pixels, longest tenth               17     22      25     34     54
width in pixels, median streak               1.7    2.0     2.2    2.5    2.7
width in pixels, widest tenth                2.5    3.0     3.5    4.6    5.9
share of the way to white, median streak    0.17   0.23    0.33   0.40   0.58
streaks in 10,000 pixels                    0.45    0.8     1.2    1.9    4.3
=========================================  =====  =====  ======  =====  =====

This finds only the clearest streaks, and segments of longer ones. The parameters of :func:`photographed_rain` are
chosen so that the same measurement of its results is mostly within the table.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.synthesis.haze import beta_for_veil, haze, random_airlight, synthetic_depth
from training.synthesis.light import Picture, to_encoded, to_linear
from training.synthesis.physical_rain import StreakLayer, coverage, depth_layers, environment_light, streak_profile

DISORDER = 4.0
"""Standard deviation of the direction between streaks, in degrees."""

_SHAPES = 6
"""Number of different lengths and directions of streaks in a layer."""


def photographed_rain(clean: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """Rain as in photographs: layers of streaks by distance, sometimes very near streaks, and a veil.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        strength: 0 (a drizzle) to 1 (a downpour).
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ValueError: the strength is outside [0, 1].
    """
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength!r} must be between 0 and 1")
    angle = float(np.clip(rng.standard_t(4) * 11.0, -50.0, 50.0))
    light, drop_light = to_linear(clean), min(environment_light(clean) * float(rng.uniform(0.9, 1.6)), 1.0)
    for layer in reversed(_layers(strength, rng)):
        cover = streaks(clean.shape[0], clean.shape[1], layer, angle=angle, rng=rng)
        light = light + cover[:, :, None] * (np.float32(drop_light) - light)
    depth = synthetic_depth(clean.shape[0], clean.shape[1], rng) + np.float32(rng.uniform(0.0, 0.5))
    veil = 0.01 + 0.4 * strength**1.5 * float(rng.random())
    airlight = random_airlight(rng) * np.float32(rng.uniform(0.75, 1.0))
    return haze(to_encoded(light), depth, beta=beta_for_veil(depth, veil), airlight=airlight)


def streaks(
    height: int, width: int, layer: StreakLayer, *, angle: float, rng: np.random.Generator, disorder: float = DISORDER
) -> NDArray[np.float32]:
    """As :func:`training.synthesis.physical_rain.streak_map`, but drawn streak by streak: faster for few long streaks.

    Args:
        height, width: of the picture.
        layer: the drops.
        angle: direction of the streaks, degrees from the vertical, positive leaning right.
        rng: random generator.
        disorder: standard deviation of the direction between streaks, in degrees.

    Returns:
        (height, width) float32 in [0, 1]: the share of the exposure for which a drop covers each pixel.
    """
    shapes = [
        streak_profile(
            layer.length * float(np.exp(rng.normal(0.0, 0.3))), layer.width, angle + rng.normal(0.0, disorder)
        )
        for _ in range(_SHAPES)
    ]
    margin = max(len(shape) for shape in shapes) // 2 + 1
    count = int(rng.poisson(layer.density * (height + 2 * margin) * (width + 2 * margin)))
    total = np.zeros((height + 4 * margin, width + 4 * margin), np.float32)
    tops, lefts = rng.integers(height + 2 * margin, size=count), rng.integers(width + 2 * margin, size=count)
    sizes, kinds = rng.uniform(0.35, 1.0, count).astype(np.float32), rng.integers(_SHAPES, size=count)
    for top, left, size, kind in zip(tops, lefts, sizes, kinds, strict=True):
        shape = shapes[kind]
        rows, columns = shape.shape
        total[top : top + rows, left : left + columns] += size * shape
    return np.asarray(
        np.clip(total[2 * margin : 2 * margin + height, 2 * margin : 2 * margin + width] * layer.opacity, 0.0, 1.0)
    )


def _layers(strength: float, rng: np.random.Generator) -> Sequence[StreakLayer]:
    nearest = StreakLayer(
        length=float(np.exp(rng.uniform(np.log(14.0), np.log(60.0)))),
        width=float(np.exp(rng.uniform(np.log(0.5), np.log(1.3)))),
        density=1.0,
        opacity=float(rng.uniform(0.1, 0.35) + 0.3 * strength),
    )
    layers = depth_layers(nearest, int(rng.integers(1, 4)))
    target = 0.02 * 14.0**strength * float(rng.uniform(0.7, 1.4))
    layers = tuple(replace(layer, density=layer.density * target / coverage(layers)) for layer in layers)
    if rng.random() < 0.3:  # close to the lens, out of focus
        near = StreakLayer(
            length=float(rng.uniform(50.0, 130.0)),
            width=float(rng.uniform(1.3, 2.6)),
            density=float(rng.uniform(1e-5, 6e-5)),
            opacity=float(rng.uniform(0.08, 0.3)),
        )
        layers = (near, *layers)
    return layers
