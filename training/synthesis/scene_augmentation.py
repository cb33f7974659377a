"""Augmentation of clean scenes: random colours and depths.

A network quickly memorises the colours and depths of a few rooms. It should learn how haze reduces contrast with
distance, independently of the scene.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.haze import synthetic_depth
from training.synthesis.light import Picture, with_saturation
from training.synthesis.strength import eight_bit


def augment_scene(
    clean: Picture, depth: NDArray[np.float32] | None, rng: np.random.Generator
) -> tuple[Picture, NDArray[np.float32]]:
    """Random colours and depth for a scene; a scene without depth gets one that follows its edges.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        depth: (H, W) float32 in [0, 1], 1 far; None where unknown.
        rng: random generator.

    Returns:
        Clean picture and depth, of the same shapes, types and ranges.
    """
    recoloured = augment_colours(clean, rng)
    return recoloured, segment_depth(clean, rng) if depth is None else augment_depth(depth, rng)


def augment_colours(clean: Picture, rng: np.random.Generator) -> Picture:
    """Random exposure and colours: gamma 0.6 to 1.7, channel gains 0.85 to 1.15, saturation 0.3 to 1.5, sometimes
    permuted channels, and contrast 1 to 1.2; never lower, as that would look like haze.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        rng: random generator.

    Returns:
        (H, W, 3) float32 in multiples of 1/255.
    """
    out = clean[:, :, rng.permutation(3)] if rng.random() < 0.3 else clean
    gamma = np.exp(rng.uniform(np.log(0.6), np.log(1.7)))
    out = out ** np.float32(gamma) * rng.uniform(0.85, 1.15, 3).astype(np.float32)
    out = with_saturation(out, rng.uniform(0.3, 1.5))
    out = 0.5 + (out - 0.5) * np.float32(rng.uniform(1.0, 1.2))
    return eight_bit(np.clip(out, 0.0, 1.0))


def augment_depth(depth: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Random distances of the same objects: a power of 0.6 to 1.7, a tilt and an offset.

    Args:
        depth: (H, W) float32 in [0, 1], 1 far.
        rng: random generator.

    Returns:
        (H, W) float32 in [0, 1].
    """
    height, width = depth.shape
    bent = depth ** np.float32(np.exp(rng.uniform(np.log(0.6), np.log(1.7))))
    down, across = rng.normal(0.0, 0.15, 2)
    tilt = down * np.linspace(-1, 1, height)[:, None] + across * np.linspace(-1, 1, width)[None, :]
    return np.asarray(np.clip(bent + tilt + rng.uniform(-0.1, 0.2), 0.02, 1.0), np.float32)


def segment_depth(clean: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """A depth map for a photograph without one, with steps at colour edges.

    Every pixel belongs to the nearest of 4 to 16 random pixels by colour and position; each of these segments has a
    random offset from the receding ground of :func:`training.synthesis.synthetic_depth`.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        rng: random generator.

    Returns:
        (H, W) float32 in [0, 1].
    """
    height, width = clean.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    place = np.stack([rows / height, columns / width], 2) * np.float32(rng.uniform(0.5, 2.0))
    points = np.concatenate([cv2.GaussianBlur(clean, (0, 0), 2.0), place], 2)
    chosen = points.reshape(-1, 5)[rng.integers(height * width, size=int(rng.integers(4, 17)))]
    nearest = np.stack([((points - centre) ** 2).sum(2) for centre in chosen]).argmin(0)
    steps = rng.normal(0.0, rng.uniform(0.05, 0.3), len(chosen)).astype(np.float32)
    ground = synthetic_depth(height, width, rng)
    return np.asarray(np.clip(ground + steps[nearest], 0.02, 1.0), np.float32)


def vivid_colours(clean: Picture, rng: np.random.Generator) -> Picture:
    """Saturation multiplied by 0.7 to 2.2, and permuted channels in two of five pictures.

    The classical data sets have low saturation; a network trained on them alone loses more than 1 dB on saturated
    pictures. Luma is unchanged where no value is clipped and the channels are not permuted.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        rng: random generator.

    Returns:
        (H, W, 3) float32 in multiples of 1/255.
    """
    out = clean[:, :, rng.permutation(3)] if rng.random() < 0.4 else clean
    factor = float(np.exp(rng.uniform(np.log(0.7), np.log(2.2))))
    return eight_bit(np.clip(with_saturation(out, factor), 0.0, 1.0))
