"""Noise: white Gaussian noise of the protocol, sensor noise, and sensor noise after camera processing."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import LUMA, Picture, to_encoded, to_linear

WHITE_BALANCE = np.array([2.1, 1.0, 1.7], np.float32)
"""Gains for daylight, the centres of the ranges of Rim et al. (ECCV 2022)."""

COLOUR_MATRIX = np.array([[1.7, -0.6, -0.1], [-0.2, 1.5, -0.3], [0.0, -0.5, 1.5]], np.float32)
"""Camera RGB to linear sRGB, typical of overlapping colour filters; rows sum to 1, so grey stays grey."""

_BAYER = {  # rows, columns of the first site of each grid of RGGB
    0: ((0, 0),),
    1: ((0, 1), (1, 0)),
    2: ((1, 1),),
}
_BILINEAR = {
    0: np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 4,
    1: np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / 4,
    2: np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / 4,
}


def gaussian_noise(clean: Picture, sigma: float, rng: np.random.Generator) -> Picture:
    """Additive white Gaussian noise on 8-bit values.

    Follows the protocol of the published training: N(0, sigma) is added to the values on the 0-255 scale, which are
    then clipped and truncated to integers.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        sigma: standard deviation on the 0-255 scale.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1], multiples of 1/255.
    """
    noisy = clean * 255.0 + rng.normal(0.0, sigma, clean.shape)
    return (np.floor(np.clip(noisy, 0.0, 255.0)) / 255.0).astype(np.float32)


def poisson_gaussian_noise(clean: Picture, *, gain: float, read_noise: float, rng: np.random.Generator) -> Picture:
    """Shot and read-out noise in linear light: a signal x gets the variance ``gain * x + read_noise**2``.

    The model of Foi et al., *Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data*
    (IEEE TIP 2008, section II), whose a is ``gain`` and whose b is ``read_noise**2``.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        gain: signal of one electron relative to full scale, above 0.
        read_noise: standard deviation of the read-out noise, relative to full scale.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    signal = to_linear(clean)
    return to_encoded(signal + sensor_noise(signal, gain=gain, read_noise=read_noise, rng=rng))


def camera_noise(
    clean: Picture,
    *,
    gain: float,
    read_noise: float,
    rng: np.random.Generator,
    white_balance: Picture = WHITE_BALANCE,
    colour_matrix: Picture = COLOUR_MATRIX,
    grain: tuple[float, float] = (0.0, 0.0),
) -> Picture:
    """Sensor noise after camera processing: spatially correlated, different between channels, coarse in colour.

    Adds ``camera_noise_field`` in linear light.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    field = camera_noise_field(
        clean,
        gain=gain,
        read_noise=read_noise,
        rng=rng,
        white_balance=white_balance,
        colour_matrix=colour_matrix,
        grain=grain,
    )
    return to_encoded(to_linear(clean) + field)


def camera_noise_field(
    clean: Picture,
    *,
    gain: float,
    read_noise: float,
    rng: np.random.Generator,
    white_balance: Picture = WHITE_BALANCE,
    colour_matrix: Picture = COLOUR_MATRIX,
    grain: tuple[float, float] = (0.0, 0.0),
) -> Picture:
    """The noise of ``camera_noise`` alone, in linear sRGB.

    The sensor records each pixel through one filter of a Bayer pattern and adds Poissonian-Gaussian noise; demosaicing
    correlates neighbours, white balance amplifies red and blue, the colour matrix mixes the
    channels (Seybold et al., *Noise characteristics of a single sensor camera in digital color image processing*,
    Color and Imaging Conference 2014). Finally noise reduction smooths it, colour more than
    luminance, which leaves the coarse colour blotches of low-light photographs. The picture itself stays sharp: only
    the noise passes through the (linear, here bilinear) demosaicing.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        gain: signal of one electron relative to full scale, above 0.
        read_noise: standard deviation of the read-out noise, relative to full scale.
        rng: random generator.
        white_balance: (3,) float32 gains.
        colour_matrix: (3, 3) float32, camera RGB (columns) to linear sRGB (rows), invertible.
        grain: standard deviations in pixels of the smoothing of luminance and of colour.

    Returns:
        (H, W, 3) float32, of mean 0, not clipped.
    """
    to_camera = np.linalg.inv(colour_matrix).astype(np.float32)
    received = np.maximum(to_linear(clean) @ to_camera.T, 0.0) / white_balance
    noise = sensor_noise(received, gain=gain, read_noise=read_noise, rng=rng)
    noise = (demosaiced(noise) * white_balance @ colour_matrix.T).astype(np.float32)
    luma = (noise @ LUMA)[:, :, None]
    return _smoothed(luma, grain[0]) + _smoothed(noise - luma, grain[1])


def sensor_noise(signal: Picture, *, gain: float, read_noise: float, rng: np.random.Generator) -> Picture:
    """Shot and read-out noise, independent in every value: float32 of the shape of ``signal`` (linear, >= 0)."""
    shots = rng.poisson(signal / gain) * gain - signal
    return (shots + rng.normal(0.0, read_noise, signal.shape)).astype(np.float32)


def demosaiced(planes: Picture) -> Picture:
    """Sample (H, W, 3) float32 by a Bayer pattern (RGGB), and interpolate the missing values bilinearly."""
    filled = np.empty_like(planes)
    for channel, sites in _BAYER.items():
        recorded: NDArray[np.float32] = np.zeros(planes.shape[:2], np.float32)
        for row, column in sites:
            recorded[row::2, column::2] = planes[row::2, column::2, channel]
        # Reflection about the border pixel preserves the parity of the pattern.
        filled[..., channel] = cv2.filter2D(recorded, -1, _BILINEAR[channel], borderType=cv2.BORDER_REFLECT_101)
    return filled


def _smoothed(noise: Picture, sigma: float) -> Picture:
    if sigma <= 0:
        return noise
    return np.asarray(
        cv2.GaussianBlur(noise, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101).reshape(noise.shape), np.float32
    )
