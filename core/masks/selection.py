"""What masks select by the photo's own colours: ranges of lightness and colour, and the sky.

The selection is made on a reduced photo, so that it takes the same time and gives the same mask at any size, and noise
does not tear holes into it. It is then carried to the full size by a linear function of the photo's colours around each
point, which follows the edges of the photo: the fast guided filter of He and Sun, "Fast Guided Filter" (2015), of He,
Sun and Tang, "Guided Image Filtering" (PAMI 2013).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

Pixels = np.ndarray

OVERVIEW_SIDE = 1024
"""Longer side of the reduced photo."""

_RADIUS = 4
_REGULARISATION = 3e-4
"""Of the guided filter: radius in pixels of the reduced photo, and the variance that counts as flat."""

_NOTHING = 0.01
"""Fitted values up to this are 0, and those as near to 1 are 1."""

_SKY_SIDE = 320
"""Longer side of the picture in which the sky is searched."""

_SKY_THRESHOLDS = np.geomspace(0.006, 0.12, 14)
"""Steps of lightness from pixel to pixel that may bound the sky."""

_SKY_DARKER = 0.3
"""Parts of the sky are at most this much darker than its median."""

_DARKEST_SKY = 0.3
"""Mean lightness L* of a sky, from 0 to 1; it is also brighter than the rest."""

_SMALLEST_SKY = 0.01
"""As a share of the photo."""


@dataclass(frozen=True, eq=False)
class GuidedMap:
    """A selection as a linear function of the photo's colours.

    Attributes:
        maps: of the coefficients of red, green and blue, and of the constant: each (h, w) float32.
    """

    maps: tuple[Pixels, Pixels, Pixels, Pixels]

    @classmethod
    def fit(cls, selected: Pixels, guide: Pixels) -> "GuidedMap":
        """Fit the function.

        Args:
            selected: (h, w) float32 in [0, 1].
            guide: (h, w, 3) float32, the photo at the same size.
        """
        mean = _box(guide)
        centred = [guide[..., channel] for channel in range(3)]
        target = _box(selected)
        covariance = [_box(channel * selected) - mean[..., n] * target for n, channel in enumerate(centred)]
        products = {
            (i, j): _box(centred[i] * centred[j]) - mean[..., i] * mean[..., j] for i in range(3) for j in range(i, 3)
        }
        slopes = _solve(products, covariance)
        constant = target - sum(slope * mean[..., n] for n, slope in enumerate(slopes))
        red, green, blue = map(_box, slopes)
        return cls((red, green, blue, _box(constant)))

    def apply(self, maps: Sequence[Pixels], guide: Pixels) -> Pixels:
        """The selection for ``guide`` (H, W, 3), with ``maps`` sampled at its pixels: (H, W) float32 in [0, 1]."""
        red, green, blue, values = maps
        values = values + red * guide[..., 0]
        values += green * guide[..., 1]
        values += blue * guide[..., 2]
        np.subtract(values, _NOTHING, out=values)  # a fit is never exact, but pixels outside must not change at all
        np.multiply(values, np.float32(1 / (1 - 2 * _NOTHING)), out=values)
        result: Pixels = np.clip(values, 0, 1, out=values)
        return result


def _solve(products: dict[tuple[int, int], Pixels], right: Sequence[Pixels]) -> list[Pixels]:
    """Solve the symmetric systems of three equations of all pixels by cofactors."""
    a, d, f = (products[i, i] + np.float32(_REGULARISATION) for i in range(3))
    b, c, e = products[0, 1], products[0, 2], products[1, 2]
    cofactors = [
        [d * f - e * e, c * e - b * f, b * e - c * d],
        [c * e - b * f, a * f - c * c, b * c - a * e],
        [b * e - c * d, b * c - a * e, a * d - b * b],
    ]
    determinant = a * cofactors[0][0] + b * cofactors[0][1] + c * cofactors[0][2]
    return [sum((row[n] * right[n] for n in range(1, 3)), row[0] * right[0]) / determinant for row in cofactors]


def _box(values: Pixels) -> Pixels:
    side = 2 * _RADIUS + 1
    return cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT).astype(np.float32, copy=False)


def select_lightness(srgb: Pixels, low: float, high: float, softness: float) -> Pixels:
    """Where the lightness of (h, w, 3) ``srgb`` lies in a range, see :class:`core.masks.LuminanceRange`: (h, w)."""
    lightness = _lab(srgb)[..., 0] / 100
    below = np.float32(low) - lightness
    above = lightness - np.float32(high)
    return _falling(np.maximum(below, above), softness)


def select_colours(srgb: Pixels, colour: Sequence[float], tolerance: float, softness: float) -> Pixels:
    """Where (h, w, 3) ``srgb`` resembles a colour: (h, w) float32; see :class:`core.masks.ColourRange`."""
    picked = _lab(np.array([[colour]], np.float32))[0, 0]
    lab = _lab(srgb)
    distance = np.hypot(lab[..., 1] - picked[1], lab[..., 2] - picked[2])
    return _falling(distance - np.float32(tolerance), softness)


def select_sky(srgb: Pixels, sensitivity: float) -> Pixels:
    """Where (h, w, 3) ``srgb`` shows sky: (h, w) float32, 0 everywhere if there seems to be none.

    The sky is what is joined to the upper edge without a step of lightness above a threshold. The threshold is the one
    for which sky and rest are each most uniform in their colours: the criterion of Shen and Wang, "Sky region detection
    in a single image for autonomous ground robot navigation" (2013), here with connected regions instead of columns.

    Args:
        srgb: the photo, reduced.
        sensitivity: 0 to 1; multiplies the thresholds by 0.5 to 2.
    """
    height, width = srgb.shape[:2]
    nothing: Pixels = np.zeros((height, width), np.float32)
    scale = min(_SKY_SIDE / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(srgb, size, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(size[1], size[0], 3)
    if min(size) < 8:
        return nothing
    smooth = cv2.GaussianBlur(small, (0, 0), 1.0)
    lightness = _lab(smooth)[..., 0] / 100
    steps = _steps(smooth)
    moments = _Moments(small)
    best, best_energy = None, 0.0
    for threshold in _SKY_THRESHOLDS * 4.0 ** (sensitivity - 0.5):
        region = _joined_to_top(steps < threshold, lightness)
        share = region.mean()
        if not _SMALLEST_SKY < share < 0.95:
            continue
        brightness = float(lightness[region].mean())
        if brightness < max(_DARKEST_SKY, float(lightness[~region].mean())):
            continue
        energy = _uniformity(*moments.covariances(region))
        if energy > best_energy:
            best, best_energy = region, energy
    if best is None:
        return nothing
    mask: Pixels = best.astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # the steps reach one pixel into the sky
    grown = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(grown, 0, 1).astype(np.float32)


def _joined_to_top(candidates: np.ndarray, lightness: Pixels) -> Pixels:
    """Those of ``candidates`` that are joined to the upper edge and not much darker than the others of them."""
    top = candidates[0]
    if not top.any():
        return np.zeros_like(candidates)
    count, labels = cv2.connectedComponents(candidates.astype(np.uint8), connectivity=4)
    region = candidates & _having(labels, count, labels[0][top])
    bright = lightness > np.median(lightness[region]) - _SKY_DARKER
    count, labels = cv2.connectedComponents((region & bright).astype(np.uint8), connectivity=4)
    found: Pixels = region & bright & _having(labels, count, labels[0][region[0] & bright[0]])
    return found


def _having(labels: np.ndarray, count: int, wanted: np.ndarray) -> np.ndarray:
    """Where the labels, 0 to ``count - 1``, are among the wanted ones."""
    chosen = np.zeros(count, np.bool_)
    chosen[wanted] = True
    having: np.ndarray = chosen[labels]
    return having


class _Moments:
    """Sums of colours and of their products, from which the covariances of any region follow in one product.

    Args:
        pixels: (h, w, 3) float32 in [0, 1].
    """

    _PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))

    def __init__(self, pixels: Pixels) -> None:
        colours = pixels.reshape(-1, 3).T.astype(np.float64) * 255  # (3, n)
        self._centre = colours.mean(axis=1)
        colours -= self._centre[:, None]
        self._values = np.stack(
            [np.ones_like(colours[0]), *colours, *(colours[i] * colours[j] for i, j in self._PAIRS)]
        )
        self._total = self._values.sum(axis=1)

    def covariances(self, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The (3, 3) covariances of the colours inside and outside of ``region``, neither of which may be empty."""
        inside = self._values @ region.ravel().astype(np.float64)
        return self._covariance(inside), self._covariance(self._total - inside)

    def _covariance(self, sums: np.ndarray) -> np.ndarray:
        count, means = sums[0], sums[1:4] / sums[0]
        covariance = np.empty((3, 3))
        for (i, j), products in zip(self._PAIRS, sums[4:], strict=True):
            covariance[i, j] = covariance[j, i] = (products - count * means[i] * means[j]) / max(count - 1, 1)
        return covariance


def _uniformity(sky: np.ndarray, ground: np.ndarray) -> float:
    """How uniform two regions are by the (3, 3) covariances of their colours; Shen and Wang weight the sky twice."""

    def spread(covariance: np.ndarray) -> tuple[float, float]:
        return abs(float(np.linalg.det(covariance))), float(np.linalg.eigvalsh(covariance)[-1])

    (sky_volume, sky_length), (ground_volume, ground_length) = spread(sky), spread(ground)
    return 1 / (2 * sky_volume + ground_volume + 2 * sky_length + ground_length + 1e-6)


def _steps(pixels: Pixels) -> Pixels:
    """The largest step of a channel from pixel to pixel: (h, w) float32."""
    across = np.abs(cv2.Sobel(pixels, cv2.CV_32F, 1, 0, scale=1 / 8)).max(axis=2)
    down = np.abs(cv2.Sobel(pixels, cv2.CV_32F, 0, 1, scale=1 / 8)).max(axis=2)
    steps: Pixels = np.hypot(across, down).astype(np.float32)
    return steps


def _lab(srgb: Pixels) -> Pixels:
    return cv2.cvtColor(np.ascontiguousarray(srgb, np.float32), cv2.COLOR_RGB2LAB).astype(np.float32, copy=False)


def _falling(beyond: Pixels, softness: float) -> Pixels:
    """1 where ``beyond`` is 0 or less, falling to 0 at ``softness``."""
    values = np.clip(1 - beyond / np.float32(max(softness, 1e-4)), 0, 1).astype(np.float32)
    smooth: Pixels = values * values * (3 - 2 * values)
    return smooth
