"""Noise of a chosen level from different sources: white, sensor, camera processing, film.

The functions of :mod:`training.synthesis.noise` take parameters; these draw the parameters and scale the noise to a
given standard deviation.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import LUMA, Picture, to_encoded, to_linear
from training.synthesis.noise import COLOUR_MATRIX, demosaiced, gaussian_noise

NOISE_SOURCES = ("white", "sensor", "camera", "film")
"""The sources of :func:`random_noise`."""

MAX_SIGMA = {"white": 255.0, "sensor": 60.0, "camera": 35.0, "film": 35.0}
"""Largest standard deviation on the 0-255 scale of each source; processed noise is never stronger."""


def random_noise(
    clean: Picture,
    levels: tuple[float, float],
    shares: Mapping[str, float],
    rng: np.random.Generator,
    *,
    log_share: float = 0.5,
) -> tuple[Picture, float]:
    """Noise of a random source at a random level.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        levels: lowest and highest standard deviation on the 0-255 scale; limited by :data:`MAX_SIGMA`.
        shares: relative frequency of each of :data:`NOISE_SOURCES`.
        rng: random generator.
        log_share: share of the levels that are uniform on a logarithmic instead of a linear scale.

    Returns:
        The picture, (H, W, 3) float32 in [0, 1], and the standard deviation of its noise on the 0-255 scale: nominal
        (before clipping) for white noise, measured for the others.
    """
    names = list(shares)
    chances = np.array([shares[name] for name in names], float)
    source = names[int(rng.choice(len(names), p=chances / chances.sum()))]
    sigma = random_level(levels[0], max(min(levels[1], MAX_SIGMA[source]), levels[0]), rng, log_share=log_share)
    if source == "white":
        return gaussian_noise(clean, sigma, rng), sigma
    noisy = {"sensor": sensor_grain, "camera": camera_grain, "film": film_grain}[source](clean, sigma, rng)
    return noisy, float(np.sqrt(np.mean((noisy - clean) ** 2)) * 255.0)


def random_level(low: float, high: float, rng: np.random.Generator, *, log_share: float) -> float:
    """A value from ``low`` to ``high``: uniform, or with probability ``log_share`` log-uniform."""
    if rng.random() < log_share:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(rng.uniform(low, high))


def sensor_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Poissonian-Gaussian noise of standard deviation ``sigma`` on the 0-255 scale, independent in every value.

    A signal x gets the variance ``a x + b`` with a random ratio of a and b. Most samples add the noise in linear light,
    before the tone curve, as in :func:`training.synthesis.noise.poisson_gaussian_noise` (Foi et al., IEEE
    TIP 2008, with the normal approximation that they name); else in the encoded values, as many programs add it.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: target, after tone curve and clipping.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    linear = rng.random() < 0.7
    base = to_linear(clean) if linear else clean
    field = _shot_noise(base, float(10 ** rng.uniform(-3.5, -0.3)), rng)
    return _scaled(base, field, sigma, to_encoded if linear else _clipped)


def camera_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Noise of standard deviation ``sigma`` after camera processing and resizing.

    After :func:`training.synthesis.noise.camera_noise_field` (Bayer pattern, demosaicing, white balance, colour matrix;
    Seybold et al., CIC 2014), with two further effects in real photographs:

    - resizing: the noise is generated on a grid with 0.6 to 1.6 times the resolution of the picture;
    - noise reduction: the camera removes part of the noise, more of the fine than of the coarse noise, more of colour
      than of luminance, and in half of the samples more in smooth regions than at edges. What remains is coarse grain
      and colour blotches of a few to a dozen pixels. This part is based on measurements of the noise of the PolyU and
      CC/Nam pairs (10th to 90th percentile): autocorrelation of luminance 0.43-0.73 at one pixel and 0-0.43 at two, of
      blue minus luminance 0.15-0.82 at four; colour 0.4-1.3 times as strong as luminance; shadows 0.7-2.3 times as
      noisy as highlights.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: target on the 0-255 scale, after tone curve and clipping.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1]; only the noise is filtered, not the picture.
    """
    height, width = clean.shape[:2]
    light = to_linear(clean)
    fine = float(np.exp(rng.uniform(np.log(0.6), np.log(1.6))))
    size = max(round(width * fine), 2), max(round(height * fine), 2)
    signal = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_LINEAR), np.float32)
    mixing = (np.eye(3) + rng.uniform(0.1, 0.7) * (COLOUR_MATRIX - np.eye(3))).astype(np.float32)
    balance = np.array([rng.uniform(1.6, 2.4), 1.0, rng.uniform(1.4, 2.0)], np.float32)
    received = np.maximum(signal @ np.linalg.inv(mixing).astype(np.float32).T, 0.0) / balance
    recorded = demosaiced(_shot_noise(received, float(10 ** rng.uniform(-4.0, -1.0)), rng))
    noise: Picture = (recorded * balance @ mixing.T).astype(np.float32)
    luma: Picture = np.ascontiguousarray(noise @ LUMA)
    colour: Picture = noise - luma[:, :, None]

    kept = float(rng.uniform(0.05, 1.0))  # share of the fine luminance noise
    smooth = cv2.GaussianBlur(luma, (0, 0), float(rng.uniform(0.7, 2.0)))
    edges = _edges(signal) if rng.random() < 0.5 else np.float32(0.0)
    luma = np.asarray(smooth + (luma - smooth) * (kept + (1.0 - kept) * edges), np.float32)
    colour = colour * np.float32(rng.uniform(0.1, 0.6)) + _blotches(colour, float(rng.uniform(1.0, 7.0)))
    colour *= np.float32(rng.uniform(0.3, 1.2) * luma.std() / max(float(colour.std()), 1e-9))
    field = cv2.resize(
        luma[:, :, None] + colour, (width, height), interpolation=cv2.INTER_AREA if fine > 1.0 else cv2.INTER_CUBIC
    )
    field = field * (light @ LUMA + np.float32(0.02))[:, :, None] ** np.float32(rng.uniform(0.0, 0.25))  # calm shadows
    return _scaled(light, field.astype(np.float32), sigma, to_encoded)


def film_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Grain of scanned film of standard deviation ``sigma``: mostly luminance, soft, strongest in the mid-tones.

    Where grains cover the share u of the film, the variance is proportional to ``u (1 - u)`` (the Boolean model of
    Newson et al., *Realistic film grain rendering*, IPOL 2017); it is correlated over the grain size, here 0.4 to 1.8
    pixels, with a minimum variance in the deepest shadows, as from a scanner.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: target on the 0-255 scale, after clipping.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    size = float(rng.uniform(0.4, 1.8))
    grey = _smoothed_unit(_normal(clean.shape[:2], rng), size)[:, :, None]
    if (share := float(rng.uniform(0.0, 0.5)) if rng.random() < 0.6 else 0.0) > 0:  # for colour film
        layers = _smoothed_unit(_normal(clean.shape, rng), size)
        grey = np.sqrt(np.float32(1.0 - share)) * grey + np.sqrt(np.float32(share)) * layers
    tone = cv2.GaussianBlur(clean @ LUMA, (0, 0), 1.0)[:, :, None]
    amount = np.sqrt(np.maximum(tone * (1.0 - tone), float(rng.uniform(0.01, 0.1))))
    return _scaled(clean, (amount * grey).astype(np.float32) * np.ones_like(clean), sigma, _clipped)


def _shot_noise(signal: Picture, read_share: float, rng: np.random.Generator) -> Picture:
    """Normal noise of variance ``signal + read_share``: shot noise, and read-out noise relative to full scale."""
    return np.asarray(_normal(signal.shape, rng) * np.sqrt(signal + np.float32(read_share)))


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.standard_normal(shape, np.float32)


def _smoothed_unit(field: NDArray[np.float32], size: float) -> NDArray[np.float32]:
    """``field`` smoothed by ``size`` pixels, with a standard deviation of 1."""
    smooth = cv2.GaussianBlur(field, (0, 0), size)
    return np.asarray(smooth / np.float32(max(float(smooth.std()), 1e-9)), np.float32)


def _blotches(colour: Picture, size: float) -> Picture:
    """``colour`` smoothed by ``size`` pixels, at its original standard deviation."""
    smooth = cv2.GaussianBlur(colour, (0, 0), size)
    return smooth * np.float32(colour.std() / max(float(smooth.std()), 1e-9))


def _edges(signal: Picture) -> NDArray[np.float32]:
    """(H, W) float32 in [0, 1]: 1 at strong edges, which noise reduction preserves."""
    tone = cv2.GaussianBlur(to_encoded(signal) @ LUMA, (0, 0), 1.0)
    slope = cv2.magnitude(cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.blur(np.minimum(slope * 4.0, 1.0), (3, 3)), np.float32)


def _clipped(values: Picture) -> Picture:
    return np.clip(values, 0.0, 1.0).astype(np.float32)


def _scaled(base: Picture, field: Picture, sigma: float, encode: Callable[[Any], Picture]) -> Picture:
    """``encode(base + f * field)`` with the f that gives the target deviation, estimated on every ninth pixel."""
    some, part = base[::3, ::3], field[::3, ::3]
    clean = encode(some)
    factor = np.float32(sigma / 255.0 / max(float(part.std()), 1e-9))
    for _ in range(5):  # tone curve and clipping are nonlinear
        deviation = float(np.sqrt(np.mean((encode(some + factor * part) - clean) ** 2))) * 255.0
        factor *= np.float32(np.clip(sigma / max(deviation, 1e-3), 0.25, 4.0))
    return encode(base + factor * field)
