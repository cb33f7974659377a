"""Noise."""

import numpy as np

from training.synthesis.light import Picture


def gaussian_noise(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Additive white Gaussian noise on 8-bit values.

    Follows the protocol of the published training: N(0, sigma) is added to the values on the 0-255 scale, which are
    then clipped and truncated to integers.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: standard deviation on the 0-255 scale.
        rng: source of the noise.

    Returns:
        (H, W, 3) float32 in [0, 1], multiples of 1/255.
    """
    noisy = clean * 255.0 + rng.normal(0.0, sigma, clean.shape)
    return (np.floor(np.clip(noisy, 0.0, 255.0)) / 255.0).astype(np.float32)
