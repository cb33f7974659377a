"""Low light: short exposure, colour cast and sensor noise."""

import numpy as np

from training.synthesis.light import Picture, to_encoded, to_linear
from training.synthesis.noise import demosaiced


def low_light(
    clean: Picture,
    *,
    exposure: float,
    gamma: float,
    white_balance: Picture,
    photons: float,
    read_noise: float,
    rng: np.random.Generator,
    bayer: bool = False,
) -> Picture:
    """Simulate a photograph of the scene in less light.

    In linear light the signal is multiplied by the exposure and the colour of the light; photon counts are Poisson, the
    read-out adds Gaussian noise (Foi et al., *Practical Poissonian-Gaussian noise modeling*, IEEE TIP 2008);
    a tone curve (gamma) is applied last.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        exposure: factor on linear light, 0 to 1.
        gamma: exponent on the encoded result; values above 1 darken the mid-tones further.
        white_balance: (3,) float32 factors on linear RGB.
        photons: electrons at full scale; fewer mean more noise.
        read_noise: standard deviation of the read-out noise, relative to full scale.
        rng: source of the noise.
        bayer: whether the noise passes through a Bayer pattern and demosaicing, which correlates neighbours; otherwise
            it is independent in every value.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    signal = to_linear(clean) * exposure * white_balance
    noisy = rng.poisson(signal * photons) / photons + rng.normal(0.0, read_noise, clean.shape)
    if bayer:
        noisy = (signal + demosaiced((noisy - signal).astype(np.float32))).astype(np.float64)
    return (to_encoded(noisy.astype(np.float32)) ** gamma).astype(np.float32)


def darkened(clean: Picture, *, exposure: float, gamma: float, white_balance: Picture) -> Picture:
    """The result of ``low_light`` without noise: (H, W, 3) float32 in [0, 1]."""
    return (to_encoded(to_linear(clean) * np.float32(exposure) * white_balance) ** gamma).astype(np.float32)


def random_low_light(clean: Picture, rng: np.random.Generator) -> Picture:
    """Low light with random parameters, from a dim room to near darkness."""
    return low_light(
        clean,
        exposure=float(10 ** rng.uniform(-1.9, -0.7)),
        gamma=float(rng.uniform(0.9, 1.3)),
        white_balance=rng.uniform(0.85, 1.15, 3).astype(np.float32),
        photons=float(10 ** rng.uniform(3.2, 4.7)),
        read_noise=float(10 ** rng.uniform(-3.8, -3.0)),
        rng=rng,
    )


def measured_low_light(clean: Picture, rng: np.random.Generator) -> Picture:
    """Low light with parameters measured on pairs of photographs of one scene with two exposures.

    Measured on the training pairs of LOL (96) and SICE (46), 5th to 95th percentile: the median of linear light is
    reduced by a factor of 10^-2.2 to 10^-1.2 (LOL) and 10^-1.6 to 10^-1.1 (SICE); the slope of log encoded dark over
    log encoded bright values is 1.1 to 2.1 and 1.2 to 1.9; red and blue are mostly 0.85 to 1.3 times green; noise has
    σ 0.5 to 3 on the 0-255 scale. The factor here reaches up to 10^-0.9, to include moderately dark pictures.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    share, slope = float(rng.uniform(-2.1, -0.9)), float(rng.uniform(1.1, 1.9))
    middle = float(np.log10(max(float(np.median(to_linear(clean[::4, ::4]))), 1e-3)))
    # A power of encoded values is approximately a power of light, which itself darkens the median.
    exposure = min((share - (slope - 1.0) * middle) / slope, -0.1)
    return low_light(
        clean,
        exposure=float(10**exposure),
        gamma=slope,
        white_balance=np.exp(rng.normal(0.0, 0.08, 3)).astype(np.float32),
        photons=float(10 ** rng.uniform(3.4, 4.7)),
        read_noise=float(10 ** rng.uniform(-3.8, -3.0)),
        rng=rng,
        bayer=bool(rng.random() < 0.5),
    )
