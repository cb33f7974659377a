"""Statistics of a picture that distinguish degradations without learning."""

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_MAPS = 6
_LEVELS = 4
_DIRECTIONS = 12
COUNT = _MAPS * len(QUANTILES) + _LEVELS * (3 * 3 + 2) + 4 + _DIRECTIONS
"""Number of values of :func:`statistics`."""

_SAMPLE = 8_000
_FLOOR = 0.25 / 255  # a quarter of an 8-bit step
_SMALLEST = 2 ** (_LEVELS + 1)


def statistics(pixels: Values) -> Values:
    """Compute statistics of tones and texture of a picture: (``COUNT``,) float32, mostly between -3 and 3.

    Args:
        pixels: (h, w, 3) float32 in [0, 1], any size from 1x1.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _SMALLEST:
        missing = [(0, max(_SMALLEST - height, 0)), (0, max(_SMALLEST - width, 0)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
    red, green, blue = (np.asarray(plane) for plane in cv2.split(pixels))
    luminance = (red + green + blue) * np.float32(1 / 3)
    parts = [
        tones(luminance, np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)),
        texture(luminance),
        colour_noise(red - green),
        colour_noise(blue - green),
        directions(luminance),
    ]
    return np.concatenate(parts).astype(np.float32)


def tones(luminance: Values, least: Values, most: Values) -> Values:
    """Distribution of values: (42,).

    Quantiles of luminance, of the maximum and the minimum of the colours, of the dark channel (the minimum around a
    pixel over all colours; haze raises it, He et al., *Single image haze removal using dark channel prior*, CVPR
    2009), of saturation and of local contrast, each as ``log(0.02 + value) + 2``: haze shows in the darkest tones,
    where the logarithm magnifies small differences.

    Args:
        luminance: (h, w).
        least: (h, w), the minimum of the three colours.
        most: (h, w), the maximum of the three colours.
    """
    dark: Values = np.asarray(cv2.erode(least, np.ones((9, 9), np.uint8)), np.float32)
    smooth: Values = np.asarray(cv2.blur(luminance, (9, 9)), np.float32)
    values = [_thinned(plane) for plane in (luminance, most, least, dark)]
    saturation = (values[1] - values[2]) / (values[1] + np.float32(0.02))
    maps = np.stack([*values, saturation, np.abs(values[0] - _thinned(smooth)) * 4])
    quantiles = np.quantile(maps, QUANTILES, axis=1)  # (quantiles, maps)
    return np.asarray(np.log(0.02 + quantiles.T.ravel()) + 2.0, np.float32)


def texture(luminance: Values) -> Values:
    """Distribution of detail over scales and directions: (44,).

    For each of four levels of the Haar wavelet transform, for its three bands, the logarithms of the mean, of the
    median and of the root mean square of the absolute coefficients; then skewness and kurtosis of the finest detail at
    that level. Blur removes the fine levels, noise fills them evenly, rain has a preferred direction and is brighter
    than the background.

    Args:
        luminance: (h, w), at least 16 pixels on each side.
    """
    numbers: list[float] = []
    for _ in range(_LEVELS):
        detail = (luminance - cv2.blur(luminance, (3, 3))).ravel()
        squares = detail * detail
        variance = float(squares.mean()) + _FLOOR**2
        skewness = float(np.dot(squares, detail)) / detail.size / variance**1.5
        kurtosis = float(np.dot(squares, squares)) / detail.size / variance**2
        luminance, *bands = haar(luminance)
        for band in bands:
            root = float(np.sqrt(np.vdot(band, band) / band.size))
            numbers += [_logarithm(value) for value in (float(np.abs(band).mean()), _median_size(band), root)]
        numbers += [float(np.clip(skewness / 2, -2.0, 2.0)), float(np.log(kurtosis + 1.0)) - 1.5]
    return np.array(numbers, np.float32)


def colour_noise(difference: Values) -> Values:
    """Median detail of a difference of two colours (h, w) at the two finest scales, as logarithms: (2,)."""
    half, _, _, fine = haar(difference)
    return np.array([_logarithm(_median_size(fine)), _logarithm(_median_size(haar(half)[3]))], np.float32)


def directions(luminance: Values) -> Values:
    """Shares of the gradient by direction, opposite directions combined: (12,); 1 if all directions are equal."""
    across = cv2.Sobel(luminance, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(luminance, cv2.CV_32F, 0, 1, ksize=3)
    size, angle = cv2.cartToPolar(across, down)
    place = (angle.ravel() * np.float32(_DIRECTIONS / np.pi) + np.float32(0.5)).astype(np.int64) % _DIRECTIONS
    size = np.minimum(size.ravel(), np.float32(0.4))  # so that a few hard edges do not dominate
    sums = np.bincount(place, size, _DIRECTIONS) + 1e-6 * size.size
    return np.asarray(sums / sums.mean(), np.float32)


def haar(plane: Values) -> tuple[Values, Values, Values, Values]:
    """One level of the Haar transform of (h, w), an odd last row or column left out.

    Returns:
        Means of 2x2 pixels, and differences down, across and diagonal, each (h // 2, w // 2); white noise keeps its
        standard deviation in the differences.
    """
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    upper, lower, half = plane[:height:2], plane[1:height:2], np.float32(0.5)
    sums, differences = (upper + lower) * half, (upper - lower) * half
    left, right = slice(0, width, 2), slice(1, width, 2)
    return (
        (sums[:, left] + sums[:, right]) * half,
        differences[:, left] + differences[:, right],
        sums[:, left] - sums[:, right],
        differences[:, left] - differences[:, right],
    )


def _thinned(plane: Values) -> Values:
    # About _SAMPLE evenly spaced values are enough for quantiles.
    stride = max(round((plane.size / _SAMPLE) ** 0.5), 1)
    return plane[::stride, ::stride].ravel()


def _median_size(band: Values) -> float:
    return float(np.median(np.abs(_thinned(band))))


def _logarithm(size: float) -> float:
    return float(np.log(size + _FLOOR)) / 2 + 2.0
