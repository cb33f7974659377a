"""Nearly clean pictures, which a restorer must leave unchanged or correct without inventing detail."""

from collections.abc import Callable

import numpy as np

from training.synthesis.blur import blur
from training.synthesis.haze import beta_for_veil, haze, random_airlight, synthetic_depth
from training.synthesis.kernels import gaussian_kernel
from training.synthesis.light import Picture
from training.synthesis.low_light import low_light
from training.synthesis.rain import rain


def slight(clean: Picture, family: str, rng: np.random.Generator) -> Picture:
    """A slight degradation, hardly visible: PSNR to the clean picture is mostly above 30 dB.

    Noise of σ 0.3 to 2.5, a few faint streaks, a veil of 1 to 5 %, a blur of σ 0.3 to 0.6 pixel, or 2 to 15 % less
    light.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        family: one of :data:`training.synthesis.FAMILIES`.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].

    Raises:
        ValueError: the family is unknown.
    """
    if family not in _TRACES:
        raise ValueError(f"degradation family {family!r} is unknown; expected one of {', '.join(_TRACES)}")
    return _TRACES[family](clean, rng)


def _noise(clean: Picture, rng: np.random.Generator) -> Picture:
    # Not gaussian_noise: it truncates to integers like the protocol, an offset of half a level that would be learned.
    noise = rng.normal(0.0, rng.uniform(0.3, 2.5) / 255.0, clean.shape)
    return np.clip(clean + noise, 0.0, 1.0).astype(np.float32)


def _rain(clean: Picture, rng: np.random.Generator) -> Picture:
    return rain(
        clean,
        angle=float(rng.normal(0.0, 15.0)),
        length=int(rng.integers(10, 46)),
        width=float(rng.uniform(0.4, 1.0)),
        density=float(10 ** rng.uniform(-4.5, -3.5)),
        strength=float(rng.uniform(0.03, 0.12)),
        rng=rng,
    )


def _haze(clean: Picture, rng: np.random.Generator) -> Picture:
    depth = synthetic_depth(clean.shape[0], clean.shape[1], rng)
    return haze(clean, depth, beta=beta_for_veil(depth, float(rng.uniform(0.01, 0.05))), airlight=random_airlight(rng))


def _blur(clean: Picture, rng: np.random.Generator) -> Picture:
    sigma = float(rng.uniform(0.3, 0.6))
    return blur(clean, gaussian_kernel(sigma, sigma, 0.0))


def _low_light(clean: Picture, rng: np.random.Generator) -> Picture:
    return low_light(
        clean,
        exposure=float(rng.uniform(0.85, 0.98)),
        gamma=1.0,
        white_balance=np.ones(3, np.float32),
        photons=float(10 ** rng.uniform(4.3, 5.0)),
        read_noise=3e-4,
        rng=rng,
    )


_TRACES: dict[str, Callable[[Picture, np.random.Generator], Picture]] = {
    "noise": _noise,
    "rain": _rain,
    "haze": _haze,
    "blur": _blur,
    "low-light": _low_light,
}
