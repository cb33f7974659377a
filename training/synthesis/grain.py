"""Noise of every level and make: white, of a sensor, after a camera's processing, and of film.

The functions of :mod:`training.synthesis.noise` give noise of known parameters; these draw the parameters, bring the
noise to a wanted standard deviation and tell what it came to.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import LUMA, Picture, to_encoded, to_linear
from training.synthesis.noise import COLOUR_MATRIX, demosaiced, gaussian_noise

NOISE_SOURCES = ("white", "sensor", "camera", "film")
"""What :func:`random_noise` draws from."""

HIGHEST = {"white": 255.0, "sensor": 60.0, "camera": 35.0, "film": 35.0}
"""Largest standard deviation on the 0-255 scale that each source is drawn with: processed noise is never so strong."""


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
        levels: lowest and highest standard deviation on the 0-255 scale; a source's own limit (:data:`HIGHEST`) holds.
        shares: how often each of :data:`NOISE_SOURCES` is drawn, relative to the others.
        rng: decides everything.
        log_share: share of the levels that are drawn evenly on a logarithmic scale instead of a linear one.

    Returns:
        The picture, (H, W, 3) float32 in [0, 1], and the standard deviation of its noise on the 0-255 scale: nominal
        for white noise, whose clipped values count in full, measured for the others.
    """
    names = list(shares)
    chances = np.array([shares[name] for name in names], float)
    source = names[int(rng.choice(len(names), p=chances / chances.sum()))]
    sigma = random_level(levels[0], max(min(levels[1], HIGHEST[source]), levels[0]), rng, log_share=log_share)
    if source == "white":
        return gaussian_noise(clean, sigma, rng), sigma
    noisy = {"sensor": sensor_grain, "camera": camera_grain, "film": film_grain}[source](clean, sigma, rng)
    return noisy, float(np.sqrt(np.mean((noisy - clean) ** 2)) * 255.0)


def random_level(low: float, high: float, rng: np.random.Generator, *, log_share: float) -> float:
    """A value from ``low`` to ``high``: evenly drawn, or with the chance ``log_share`` evenly in its logarithm."""
    if rng.random() < log_share:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return float(rng.uniform(low, high))


def sensor_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Poissonian-Gaussian noise of a standard deviation ``sigma`` on the 0-255 scale, independent in every value.

    A signal x gets the variance ``a x + b``; a and b stand in a random ratio. Most of the time the noise arises in
    linear light, before the tone curve, as in :func:`training.synthesis.noise.poisson_gaussian_noise` (Foi et al., IEEE
    TIP 2008, with the normal approximation that they name); else in the encoded values, as many programs add it.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: wanted, after tone curve and clipping.
        rng: decides ratio and noise.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    linear = rng.random() < 0.7
    base = to_linear(clean) if linear else clean
    field = _shots(base, float(10 ** rng.uniform(-3.5, -0.3)), rng)
    return _amplified(base, field, sigma, to_encoded if linear else _clipped)


def camera_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Noise of a standard deviation ``sigma`` that went through a camera's pipeline and through a change of size.

    After :func:`training.synthesis.noise.camera_noise_field` (Bayer pattern, demosaicing, white balance, colour matrix;
    Seybold et al., CIC 2014), with what photographs as people have them went through besides:

    - they are often reduced or enlarged: the noise arises on a grid 0.6 to 1.6 times as fine as the picture's;
    - the camera removes part of the noise only, more of the fine than of the coarse, more of colour than of brightness,
      in half of the samples more where the picture is smooth than at its edges. What is left is coarse grain and
      blotches of colour, of a few to a dozen pixels. This part follows no publication, but what the noise of the PolyU
      and CC/Nam pairs was measured to be: brightness alike to 0.43-0.73 over a pixel and 0-0.43 over two, blue less
      brightness to 0.15-0.82 over four, colour 0.4-1.3 times as strong as brightness, shadows 0.7-2.3 times as noisy as
      lights (a tenth and nine tenths of the pairs).

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: wanted, on the 0-255 scale, after tone curve and clipping.
        rng: decides everything else.

    Returns:
        (H, W, 3) float32 in [0, 1]; the picture itself keeps its sharpness.
    """
    height, width = clean.shape[:2]
    light = to_linear(clean)
    fine = float(np.exp(rng.uniform(np.log(0.6), np.log(1.6))))
    size = max(round(width * fine), 2), max(round(height * fine), 2)
    signal = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
    mixing = (np.eye(3) + rng.uniform(0.1, 0.7) * (COLOUR_MATRIX - np.eye(3))).astype(np.float32)
    balance = np.array([rng.uniform(1.6, 2.4), 1.0, rng.uniform(1.4, 2.0)], np.float32)
    received = np.maximum(signal @ np.linalg.inv(mixing).astype(np.float32).T, 0.0) / balance
    recorded = demosaiced(_shots(received, float(10 ** rng.uniform(-4.0, -1.0)), rng))
    noise: Picture = (recorded * balance @ mixing.T).astype(np.float32)
    luma: Picture = np.ascontiguousarray(noise @ LUMA)
    colour: Picture = noise - luma[:, :, None]

    kept = float(rng.uniform(0.05, 1.0))  # of the fine part of brightness
    smooth = cv2.GaussianBlur(luma, (0, 0), float(rng.uniform(0.7, 2.0)))
    edges = _edges(signal) if rng.random() < 0.5 else np.float32(0.0)
    luma = np.asarray(smooth + (luma - smooth) * (kept + (1.0 - kept) * edges), np.float32)
    colour = colour * np.float32(rng.uniform(0.1, 0.6)) + _blotches(colour, float(rng.uniform(1.0, 7.0)))
    colour *= np.float32(rng.uniform(0.3, 1.2) * luma.std() / max(float(colour.std()), 1e-9))
    field = cv2.resize(
        luma[:, :, None] + colour, (width, height), interpolation=cv2.INTER_AREA if fine > 1.0 else cv2.INTER_CUBIC
    )
    field = field * (light @ LUMA + np.float32(0.02))[:, :, None] ** np.float32(rng.uniform(0.0, 0.25))  # calm shadows
    return _amplified(light, field.astype(np.float32), sigma, to_encoded)


def film_grain(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Grain of scanned film of a standard deviation ``sigma``: mostly of brightness, soft, strongest in the mid-tones.

    Where grains cover the share u of the film, the variance is proportional to ``u (1 - u)`` (the Boolean model of
    Newson et al., *Realistic film grain rendering*, IPOL 2017); it is correlated over the size of a grain, here 0.4 to
    1.8 pixels, and a floor keeps some grain in the deepest shadows, as a scanner does.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: wanted, on the 0-255 scale, after clipping.
        rng: decides everything else.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    size = float(rng.uniform(0.4, 1.8))
    grey = _unit_deviation(cv2.GaussianBlur(_normal(clean.shape[:2], rng), (0, 0), size))[:, :, None]
    if (share := float(rng.uniform(0.0, 0.5)) if rng.random() < 0.6 else 0.0) > 0:  # of colour film
        layers = _unit_deviation(cv2.GaussianBlur(_normal(clean.shape, rng), (0, 0), size))
        grey = np.sqrt(np.float32(1.0 - share)) * grey + np.sqrt(np.float32(share)) * layers
    tone = cv2.GaussianBlur(clean @ LUMA, (0, 0), 1.0)[:, :, None]
    amount = np.sqrt(np.maximum(tone * (1.0 - tone), float(rng.uniform(0.01, 0.1))))
    return _amplified(clean, (amount * grey).astype(np.float32) * np.ones_like(clean), sigma, _clipped)


def _shots(signal: Picture, read_share: float, rng: np.random.Generator) -> Picture:
    """Normal noise of the variance ``signal + read_share``: shots, and read-out of that size relative to full scale."""
    return _normal(signal.shape, rng) * np.sqrt(signal + np.float32(read_share))


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.standard_normal(shape, np.float32)


def _unit_deviation(field: NDArray[np.float32]) -> NDArray[np.float32]:
    return field / np.float32(max(float(field.std()), 1e-9))


def _blotches(colour: Picture, size: float) -> Picture:
    """``colour`` smoothed by ``size`` pixels, at its former deviation."""
    smooth = cv2.GaussianBlur(colour, (0, 0), size)
    return smooth * np.float32(colour.std() / max(float(smooth.std()), 1e-9))


def _edges(signal: Picture) -> NDArray[np.float32]:
    """(H, W) float32 in [0, 1]: 1 at strong edges, which a camera's noise reduction leaves alone."""
    tone = cv2.GaussianBlur(to_encoded(signal) @ LUMA, (0, 0), 1.0)
    slope = cv2.magnitude(cv2.Sobel(tone, cv2.CV_32F, 1, 0), cv2.Sobel(tone, cv2.CV_32F, 0, 1))
    return cv2.blur(np.minimum(slope * 4.0, 1.0), (3, 3))


def _clipped(values: Picture) -> Picture:
    return np.clip(values, 0.0, 1.0).astype(np.float32)


def _amplified(base: Picture, field: Picture, sigma: float, encode: Callable[[Any], Picture]) -> Picture:
    """``encode(base + f * field)`` with the f at which the noise has the wanted deviation, judged by a ninth of it."""
    some, part = base[::3, ::3], field[::3, ::3]
    clean = encode(some)
    factor = np.float32(sigma / 255.0 / max(float(part.std()), 1e-9))
    for _ in range(5):  # curve and clipping bend the proportion
        deviation = float(np.sqrt(np.mean((encode(some + factor * part) - clean) ** 2))) * 255.0
        factor *= np.float32(np.clip(sigma / max(deviation, 1e-3), 0.25, 4.0))
    return encode(base + factor * field)
