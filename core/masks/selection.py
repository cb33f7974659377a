"""What masks select by the photo's own colours: ranges of lightness and colour, and the sky.

The selection is made on a reduced photo, so that it takes the same time and gives the same mask at any size, and noise
does not tear holes into it. It is then carried to the full size by a linear function of the photo's colours around each
point, which follows the edges of the photo: the fast guided filter of He and Sun, "Fast Guided Filter" (2015), of He,
Sun and Tang, "Guided Image Filtering" (PAMI 2013).
"""

import math
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

_UNEVEN, _UNEVEN_BLUE, _LOST_BELOW = 10.0, 20.0, 0.9
"""Regions with the first standard deviation of L*, or the second if they are blue, lose 63 % of their weight; those
that fill the lower edge lose the last share of it."""

_BLUE = -8.0
"""Mean b* of a sky that may be darker than the rest."""

_GREEN = (-12.0, 8.0)
"""Mean a* and b* beyond which a region is too green for a sky."""

_SMOOTH_SKY, _ROUGHEST_SKY, _SMOOTHER_SKY, _FILLED_BELOW = 0.012, 0.025, 0.5, 0.4
"""Mean step from pixel to pixel of a sky: the first is always smooth, the second never; what lies between is smooth if
it is at most this share of that of the rest, and at most this share of the lower edge belongs to the region."""

_BLUISH = -4.0
"""Mean b* of a sky to which clouds are added; those of a grey one resemble what shows through fog."""

_CLOUD_COLOURS, _DEEPER_CLOUD = 9.0, 1.3
"""The (a*, b*) of clouds differ by at most this from grey, from the mean of the sky, from what lies between, or from
this multiple of the mean."""

_CLOUD_BRIGHTER, _CLOUD_DARKER = 0.3, 2.0
"""A cloud mixes white into the sky: where it is greyer than the sky, it is lighter too, by at least this share of what
mixing with white would give, less this lightness L*."""

_CLOUD_TEXTURE, _CLOUD_TEXTURE_SIDE = 0.055, 9
"""Largest median step from pixel to pixel in a cloud, over a square of so many pixels: its edges are thinner."""

_CLOUD_GAP, _CLOUD_JOINED, _CLOUD_BELOW, _CLOUD_END = 2, 0.35, 0.15, 0.25
"""At least this share of the edge of a cloud is at most so many pixels from the sky, and it reaches at most this share
of the photo's height further down, except for an end of at most this share of its area."""

_BEAM_GAP, _BEAM_JOINED, _OWN_SHARE = 12, 0.25, 0.5
"""Likewise for parts of the sky behind beams and branches, which have at least this share of the colour of the sky."""


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
    in a single image for autonomous ground robot navigation" (2013), here with connected regions instead of columns,
    and with less weight for uneven regions. Clouds are added to a blue sky.

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
    lab = _lab(smooth)
    steps = _steps(smooth)
    moments, regions = _Moments(small), _Regions(lab, steps)
    tolerance = 4.0 ** (sensitivity - 0.5)
    best, best_energy = None, 0.0
    for threshold in _SKY_THRESHOLDS * tolerance:
        region = _joined_to_top(steps < threshold, lab[..., 0] / 100)
        known = regions.of(region)
        if not known.is_like_sky:
            continue
        energy = _uniformity(*moments.covariances(region)) * known.evenness
        if energy > best_energy:
            best, best_energy = region, energy
    if best is None:
        return nothing
    best = _with_clouds(best, lab, steps, tolerance)
    mask: Pixels = best.astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # the steps reach one pixel into the sky
    grown = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(grown, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class _Region:
    """What is known of a region of the photo.

    Attributes:
        share: of the photo that it covers.
        below: share of the lower edge that it covers.
        lightness: mean L*.
        spread: standard deviation of L*.
        red: mean a*.
        yellow: mean b*.
        roughness: mean step, see :func:`_steps`.
        other_lightness: mean L* of the rest.
        other_roughness: mean step of the rest.
    """

    share: float
    below: float
    lightness: float
    spread: float
    red: float
    yellow: float
    roughness: float
    other_lightness: float
    other_roughness: float

    @property
    def is_like_sky(self) -> bool:
        """Whether it has the size, brightness, colour and smoothness of a sky."""
        if not _SMALLEST_SKY < self.share < 0.95:
            return False
        darkest = 100 * _DARKEST_SKY
        least = darkest if self.yellow < _BLUE else max(darkest, self.other_lightness)
        is_green = self.red < _GREEN[0] and self.yellow > _GREEN[1]
        roughest = max(_SMOOTH_SKY, min(_ROUGHEST_SKY, _SMOOTHER_SKY * self.other_roughness))
        is_smooth = self.roughness < (_SMOOTH_SKY if self.below > _FILLED_BELOW else roughest)
        return self.lightness >= least and not is_green and is_smooth

    @property
    def evenness(self) -> float:
        """A weight, 0 to 1: small if its lightness varies much or if it fills the lower edge."""
        spread = self.spread / (_UNEVEN_BLUE if self.yellow < _BLUE else _UNEVEN)
        return math.exp(-spread * spread) * (1 - _LOST_BELOW * self.below)


class _Regions:
    """Sums over the photo, from which what is known of any region follows in one product.

    Args:
        lab: (h, w, 3) float32, CIE L*a*b*.
        steps: (h, w) see :func:`_steps`.
    """

    def __init__(self, lab: Pixels, steps: Pixels) -> None:
        lightness, red, yellow = (lab[..., channel].ravel() for channel in range(3))
        values = [np.ones_like(lightness), lightness, lightness * lightness, red, yellow, steps.ravel()]
        self._values = np.stack(values).astype(np.float64)
        self._total = self._values.sum(axis=1)

    def of(self, region: np.ndarray) -> _Region:
        """What is known of a region (h, w)."""
        sums = self._values @ region.ravel().astype(np.float64)
        count, other = sums[0], self._total - sums
        _, lightness, square, red, yellow, roughness = (float(value) for value in sums / max(count, 1))
        _, other_lightness, _, _, _, other_roughness = (float(value) for value in other / max(other[0], 1))
        spread = math.sqrt(max(square - lightness * lightness, 0.0))
        share, below = float(count) / region.size, float(region[-1].mean())
        return _Region(share, below, lightness, spread, red, yellow, roughness, other_lightness, other_roughness)


def _with_clouds(sky: np.ndarray, lab: Pixels, steps: Pixels, tolerance: float) -> np.ndarray:
    """The sky with the clouds in it: light parts of colours between its own and grey, without texture.

    The edges of a cloud are as strong as those of the ground, but it is light and smooth, and the sky lies around it.

    Args:
        sky: (h, w) bool, not empty.
        lab: (h, w, 3) CIE L*a*b* of the photo.
        steps: (h, w) see :func:`_steps`.
        tolerance: multiplies what counts as smooth.
    """
    lightness, colours = lab[..., 0], lab[..., 1:]
    own = colours[sky].mean(axis=0)
    if own[1] > _BLUISH:
        return sky
    share = np.clip(colours @ own / max(float(own @ own), 1e-6), 0, _DEEPER_CLOUD)
    is_coloured_alike = np.linalg.norm(colours - share[..., None] * own, axis=2) < _CLOUD_COLOURS
    of_sky = _lightness_by_rows(sky, lightness)
    is_bright = lightness > of_sky + _CLOUD_BRIGHTER * np.clip(1 - share, 0, 1) * (100 - of_sky) - _CLOUD_DARKER
    levels = np.clip(steps * 255, 0, 255).astype(np.uint8)
    is_smooth = cv2.medianBlur(levels, _CLOUD_TEXTURE_SIDE) < 255 * _CLOUD_TEXTURE * tolerance
    lowest = int(np.flatnonzero(sky.any(axis=1))[-1]) + round(_CLOUD_BELOW * len(sky))
    candidates = _cut_below(is_coloured_alike & is_bright & is_smooth & ~sky, lowest)
    clouds = _surrounded(candidates, sky, _CLOUD_GAP, _CLOUD_JOINED)
    found: np.ndarray = sky | clouds | _surrounded(candidates & (share > _OWN_SHARE), sky, _BEAM_GAP, _BEAM_JOINED)
    return found


def _cut_below(candidates: np.ndarray, lowest: int) -> np.ndarray:
    """The candidates without what lies below the row ``lowest``, except for the ends of parts that lie mostly above."""
    count, labels = cv2.connectedComponents(candidates.astype(np.uint8), connectivity=4)
    area, below = (np.bincount(part.ravel(), minlength=count) for part in (labels, labels[lowest + 1 :]))
    found = candidates.copy()
    found[lowest + 1 :] &= (below <= _CLOUD_END * area)[labels[lowest + 1 :]]
    return found


def _surrounded(candidates: np.ndarray, sky: np.ndarray, gap: int, least: float) -> np.ndarray:
    """Those connected parts of ``candidates`` whose edge lies, for at least a share of it, near the sky.

    Args:
        candidates: (h, w) bool.
        sky: (h, w) bool.
        gap: pixels up to which it is near.
        least: the share. The edges of the photo do not count, except for the lower one.
    """
    near = cv2.dilate(sky.astype(np.uint8), np.ones((2 * gap + 1, 2 * gap + 1), np.uint8)).astype(np.bool_)
    framed = np.pad(candidates, 1, mode="edge")
    framed[-1] = False
    inner = cv2.erode(framed.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)[1:-1, 1:-1]
    count, labels = cv2.connectedComponents(candidates.astype(np.uint8), connectivity=4)
    edge = candidates & ~inner
    edges, joined = (np.bincount(labels[part], minlength=count) for part in (edge, edge & near))
    chosen = joined > least * edges
    chosen[0] = False
    found: np.ndarray = chosen[labels]
    return found


def _lightness_by_rows(sky: np.ndarray, lightness: Pixels) -> Pixels:
    """Mean lightness of the sky in each row, and of the rows around those with little sky: (h, 1) float32."""
    sums = np.stack([np.where(sky, lightness, 0).sum(axis=1), sky.sum(axis=1)]).astype(np.float32)
    weighted = cv2.GaussianBlur(sums, (0, 0), len(sky) / 20, sigmaY=1e-3, borderType=cv2.BORDER_REFLECT)
    known = weighted[1] > 1e-3
    means: Pixels = np.where(known, weighted[0] / np.maximum(weighted[1], 1e-3), lightness[sky].mean())
    return means[:, None].astype(np.float32)


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
