"""Measures of the harm that a restoration may have done, from a photo before and after it.

The photos are compared as they are shown: after the strength, and after a mask if there is one. Most measures are of
both photos reduced to at most :data:`SIDE` pixels, about what is seen of them on a screen, so that they take the same
time for a photo of any size; texture is of squares of the photos themselves, and bands are of their borders. L*, a* and
b* are those of CIELAB (ISO/CIE 11664-4, D65). Lightness means L*, 0 to 100.

A restoration may brighten or darken the whole photo. What it does to one part and not to another of the same lightness
is what remains after the curve that maps the lightness before to the mean lightness after has been taken off; it is
called the residue below.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]
Plane = NDArray[Any]
"""Arrays of float32; OpenCV does not say so of what it returns."""

Area = NDArray[np.bool_]

SIDE = 384
"""Longer side of the reduced photos, in pixels."""

MIDDLE_GREY = 50.0
"""Lightness of the grey that cameras expose for."""

LIGHT = 80.0
"""Lightness that the lightest parts of a photo usually have at least."""

_DARK_SCALE, _DARK_OFFSET = 27.0, 2.0
"""Scale of the lost share of lightness, and what is added to the lightness: noise around black, whose mean is above
black, may be removed."""

_BORDER = 48
"""Pixels at each side of the photo in which a band is sought."""

_TILE, _TILES = 192, 3
"""Side of the squares whose texture is compared, and how many of them there are in each direction."""

_BLOCK = 8
"""Side of the blocks whose texture is compared, in pixels."""

_UNCHANGED = 0.2
"""Distance in L*a*b* below which a pixel counts as unchanged, as outside a mask."""

_LEAST_SHARE = 0.1
"""Smaller parts of a photo that were changed, by a mask, count as this share of it: specks do not count much."""

_LEVEL = 1.0 / 255.0

_SKIN_HUES, _SKIN_CHROMAS, _SKIN_LIGHTNESSES = (25.0, 80.0), (8.0, 45.0), (20.0, 90.0)


@dataclass(frozen=True)
class Measures:
    """How much harm of each kind a restoration may have done; 0 is none. All but ``change`` grow with the harm.

    Attributes:
        darkening: how far the mean lightness falls below both the photo's own and a middle grey of
            :data:`MIDDLE_GREY`. What a photo needs is not darker than it was unless it was brighter than that. Of dark
            photos, the lost share of that lightness, times 27: half of it counts as much as 13 in other photos.
        dulled_lights: how far the 98th percentile of lightness falls below both the photo's own and :data:`LIGHT`. A
            photo may be darker than before and good, but not without any light.
        dark_areas: mean over the photo of how much more than 10 even areas lose of their lightness; areas where
            something appears are not even. Skies and fog that turn grey.
        bright_halos: 95th percentile of how much lighter the residue is beside strong edges than farther from them, on
            the lighter side of the edges; L*.
        dark_halos: the same of the darker side.
        border_band: the largest difference of the change 0 to 24 pixels inside the frame to that 32 to 48 pixels
            inside it, the median over eight parts of a side; L*.
        blotches: 95th percentile of the residue's lightness in even areas, between a box of 6 and one of 26 pixels.
        colour_blotches: the same of a* and b*.
        blocks: share of the photo that was even to within 2.5 and has differences of more than 12 within 7 pixels
            now: blocks of JPEG files and noise, where it was nearly black.
        new_colour: mean over the photo of the chroma that neutral areas have acquired, beyond 6 and what
            brightening alone gives.
        skin: mean chroma of skin-coloured pixels beyond both 40 and 1.3 times theirs before; 0 if there are few.
        clipped_lights: share of pixels with a channel that is newly at its upper end.
        clipped_shadows: share of pixels that are newly black.
        texture_lost: share of the energy of fine texture, that stands out from the noise, which is lost.
        texture_invented: share of blocks with visible texture of more than twice what it was and brightening gives.
        noise: median increase of the texture of the evenest three tenths of all blocks; percent of white.
        change: mean distance in L*a*b*. Not a harm: below a limit, the restoration hardly changes the photo.
    """

    darkening: float = 0.0
    dulled_lights: float = 0.0
    dark_areas: float = 0.0
    bright_halos: float = 0.0
    dark_halos: float = 0.0
    border_band: float = 0.0
    blotches: float = 0.0
    colour_blotches: float = 0.0
    blocks: float = 0.0
    new_colour: float = 0.0
    skin: float = 0.0
    clipped_lights: float = 0.0
    clipped_shadows: float = 0.0
    texture_lost: float = 0.0
    texture_invented: float = 0.0
    noise: float = 0.0
    change: float = 0.0

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of all measures."""
        return tuple(field.name for field in fields(cls))


class Comparison:
    """What is needed of two photos to measure what a restoration has done between them, at any strength.

    It holds about one megapixel of either photo, however large they are.

    Args:
        before: (H, W, 3) float32 in [0, 1].
        after: of the same shape and colour space.
        to_srgb: converts pixels of their colour space, any shape that ends in 3, to sRGB; by default they are sRGB.
    """

    def __init__(
        self, before: Pixels, after: Pixels, to_srgb: Callable[[Pixels], Pixels] = lambda pixels: pixels
    ) -> None:
        self._before = _Parts.of(before, to_srgb)
        self._after = _Parts.of(after, to_srgb)

    def measures(self, strength: float = 1.0) -> Measures:
        """The measures of ``before + strength * (after - before)``.

        Args:
            strength: 0 to 1.
        """
        before, after = self._before, self._after.blended(self._before, strength)
        old, new = _lab(before.reduced), _lab(after.reduced)
        distance = np.sqrt(np.square(new - old).sum(axis=2))
        changed = float(np.count_nonzero(distance > _UNCHANGED)) / distance.size
        if not changed:
            return Measures()
        part = max(changed, _LEAST_SHARE)
        texture = _texture(before.tiles, after.tiles, max(1.0, (new[..., 0].mean() + 5) / (old[..., 0].mean() + 5)))
        lights, shadows = _clipped(before.sample, after.sample)
        return Measures(
            **_areas(old, new, distance > _UNCHANGED, part),
            **_colours(old, new, part),
            border_band=_border_band(before.borders, after.borders),
            clipped_lights=lights / part,
            clipped_shadows=shadows / part,
            texture_lost=texture.lost,
            texture_invented=texture.invented / part,
            noise=texture.noise,
            change=float(distance.mean()),
        )

    def lightness_kept(self) -> float:
        """Mean lightness after, as a share of the smaller of the photo's own and :data:`MIDDLE_GREY`; where changed."""
        old, new = _lab(self._before.reduced), _lab(self._after.reduced)
        changed = np.sqrt(np.square(new - old).sum(axis=2)) > _UNCHANGED
        if not changed.any():
            return 1.0
        was, now = (float(lab[..., 0][changed].mean()) for lab in (old, new))
        return now / max(min(was, MIDDLE_GREY), 1e-3)


def measure(before: Pixels, after: Pixels, to_srgb: Callable[[Pixels], Pixels] = lambda pixels: pixels) -> Measures:
    """The measures of two photos; arguments as for :class:`Comparison`."""
    return Comparison(before, after, to_srgb).measures()


class _Parts(NamedTuple):
    """What is compared of a photo: in sRGB, float32 in [0, 1].

    Attributes:
        reduced: the whole photo, (H, W, 3) with sides of at most :data:`SIDE`.
        borders: (depth, 8, 3) for each of the four sides, from the frame inwards; none of a photo that is too small.
        tiles: squares of the photo, (H, W, 3).
        sample: some hundred thousand pixels, (H, W, 3).
    """

    reduced: Pixels
    borders: tuple[Pixels, ...]
    tiles: tuple[Pixels, ...]
    sample: Pixels

    @classmethod
    def of(cls, pixels: Pixels, to_srgb: Callable[[Pixels], Pixels]) -> "_Parts":
        def shown(part: Pixels) -> Pixels:
            return np.clip(to_srgb(np.ascontiguousarray(part)), 0.0, 1.0)

        height, width = pixels.shape[:2]
        shrink = max(height, width) / SIDE
        small = pixels
        if shrink > 1:
            size = (max(round(width / shrink), 1), max(round(height / shrink), 1))
            small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        step = max(int(np.sqrt(height * width / 4e5)), 1)
        return cls(
            shown(small),
            tuple(map(shown, _borders(pixels))),
            tuple(map(shown, _tiles(pixels))),
            shown(pixels[::step, ::step]),
        )

    def blended(self, before: "_Parts", strength: float) -> "_Parts":
        if strength == 1:
            return self

        def mixed(old: Pixels, new: Pixels) -> Pixels:
            return old + np.float32(strength) * (new - old)

        return _Parts(
            mixed(before.reduced, self.reduced),
            tuple(map(mixed, before.borders, self.borders)),
            tuple(map(mixed, before.tiles, self.tiles)),
            mixed(before.sample, self.sample),
        )


def _borders(pixels: Pixels) -> list[Pixels]:
    height, width = pixels.shape[:2]
    depth = min(_BORDER, min(height, width) // 3)
    if depth < 12:
        return []
    sides = (pixels[:depth], pixels[: -depth - 1 : -1], pixels[:, :depth], pixels[:, : -depth - 1 : -1])
    upright = (side if number < 2 else side.transpose(1, 0, 2) for number, side in enumerate(sides))
    return [cv2.resize(np.ascontiguousarray(side), (8, depth), interpolation=cv2.INTER_AREA) for side in upright]


def _tiles(pixels: Pixels) -> list[Pixels]:
    height, width = pixels.shape[:2]
    if height * width <= (_TILES**2 + 1) * _TILE**2:
        return [pixels]
    tops, lefts = (np.linspace(0, max(side - _TILE, 0), _TILES).astype(int) for side in (height, width))
    return [pixels[top : top + _TILE, left : left + _TILE] for top in tops for left in lefts]


def _lab(pixels: Pixels) -> Pixels:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)


def _areas(old: Pixels, new: Pixels, changed: Area, part: float) -> dict[str, float]:
    """The measures of lightness, and of what is uneven."""
    before, after = np.ascontiguousarray(old[..., 0]), np.ascontiguousarray(new[..., 0])
    was, now = before[changed].mean(), after[changed].mean()
    soft_before, soft_after = cv2.blur(before, (3, 3)), cv2.blur(after, (3, 3))
    range_before, range_after = _range(soft_before, 7), _range(soft_after, 7)
    even = (range_before < 8) & (range_after < 8)
    mapped = _tone_curve(before, after)
    gain = np.clip((mapped + 5) / (before + 5), 0.5, 4.0)
    residue = np.dstack([after - mapped, new[..., 1] - old[..., 1] * gain, new[..., 2] - old[..., 2] * gain])
    lighter, darker = _halos(residue[..., 0], before, range_before, soft_before, soft_after)
    blotches, colour_blotches = _blotches(residue, even)
    lost = np.maximum(soft_before - soft_after - 10, 0)
    return {
        "darkening": _darkening(float(was), float(now)),
        # Of the whole photo: lights outside a mask are lights as well.
        "dulled_lights": max(0.0, min(_percentile(soft_before, 98), LIGHT) - _percentile(soft_after, 98)),
        "dark_areas": float(lost[even].sum() / lost.size / part),
        "bright_halos": lighter,
        "dark_halos": darker,
        "blotches": blotches,
        "colour_blotches": colour_blotches,
        "blocks": float(((range_before < 2.5) & (range_after > 12)).mean() / part),
        "new_colour": _new_colour(old, new, gain) / part,
    }


def _darkening(was: float, now: float) -> float:
    """See :attr:`Measures.darkening`; of mean lightnesses."""
    needed = min(was, MIDDLE_GREY)
    return max(0.0, needed - now, _DARK_SCALE * (needed - now) / (needed + _DARK_OFFSET))


def _tone_curve(before: Plane, after: Plane) -> Plane:
    """For each pixel the mean of ``after`` over all pixels of about the same ``before``."""
    width, count = 4.0, 25
    places = np.clip(before / width, 0, count - 1).astype(np.int32).ravel()
    kernel = np.array([0.25, 0.5, 0.25])
    weights = np.convolve(np.bincount(places, minlength=count), kernel, "same")
    sums = np.convolve(np.bincount(places, after.ravel(), minlength=count), kernel, "same")
    known = np.flatnonzero(weights > 1)
    centres = np.arange(count) * width + width / 2
    if not known.size:
        return before
    return np.interp(before, centres[known], sums[known] / weights[known]).astype(np.float32)


def _halos(
    residue: Plane, before: Plane, range_before: Plane, soft_before: Plane, soft_after: Plane
) -> tuple[float, float]:
    """See :attr:`Measures.bright_halos` and :attr:`Measures.dark_halos`."""
    edges = (_range(soft_after, 5) > 20) | (_range(soft_before, 5) > 20)
    beside = cv2.dilate(edges.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (17, 17))) > 0
    around = _blurred(before, 17)
    found = []
    for side in (before >= around + 1, before < around - 1):
        # Only pixels of one side are averaged: across the edge, the change may well be another.
        weights = ((range_before < 12) & side).astype(np.float32)
        places = beside & (weights > 0)
        excess = _mean_within(residue, weights, 3) - _mean_within(residue, weights, 17)
        found.append(_percentile(excess[places], 95) if places.mean() > 0.01 else 0.0)
    return max(found[0], 0.0), max(found[1], 0.0)


def _blotches(residue: Pixels, even: Area) -> tuple[float, float]:
    """See :attr:`Measures.blotches` and :attr:`Measures.colour_blotches`; at half the size."""
    small, share = _halved(residue), _halved(even.astype(np.float32))
    weights = (share > 0.7).astype(np.float32)
    if weights.mean() < 0.05:
        return 0.0, 0.0
    band = (_mean_within(small, weights, 3) - _mean_within(small, weights, 13))[weights > 0]
    return _percentile(np.abs(band[:, 0]), 95), _percentile(np.hypot(band[:, 1], band[:, 2]), 95)


def _new_colour(old: Pixels, new: Pixels, gain: Plane) -> float:
    chroma = np.hypot(old[..., 1], old[..., 2])
    means = cv2.blur(new[..., 1:], (9, 9))
    excess = np.hypot(means[..., 0], means[..., 1]) - np.maximum(cv2.blur(chroma, (9, 9)) * gain, 6)
    return float(np.maximum(excess, 0)[chroma < 10].sum() / chroma.size)


def _colours(old: Pixels, new: Pixels, part: float) -> dict[str, float]:
    """The measure of skin. Its colours lie about one line in every chart of chromaticities, light or dark."""
    chroma, hue = np.hypot(old[..., 1], old[..., 2]), np.degrees(np.arctan2(old[..., 2], old[..., 1]))
    skin = np.ones(chroma.shape, np.bool_)
    for values, (low, high) in (
        (hue, _SKIN_HUES),
        (chroma, _SKIN_CHROMAS),
        (old[..., 0], _SKIN_LIGHTNESSES),
    ):
        skin &= (values > low) & (values < high)
    if skin.mean() < 0.01 * part:
        return {"skin": 0.0}
    excess = np.hypot(new[..., 1], new[..., 2])[skin] - np.maximum(1.3 * chroma[skin], 40)
    return {"skin": float(np.maximum(excess, 0).mean())}


def _border_band(before: tuple[Pixels, ...], after: tuple[Pixels, ...]) -> float:
    largest = 0.0
    for old, new in zip(before, after, strict=True):
        change = _lab(new)[..., 0] - _lab(old)[..., 0]  # (depth, 8)
        depth = len(change)
        differences = cv2.blur(change - change[depth * 2 // 3 :].mean(axis=0), (1, 3))[: depth // 2]
        largest = max(largest, float(np.abs(np.median(differences, axis=1)).max()))
    return largest


def _clipped(before: Pixels, after: Pixels) -> tuple[float, float]:
    old, new = (cv2.max(cv2.max(pixels[..., 0], pixels[..., 1]), pixels[..., 2]) for pixels in (before, after))
    high, low = np.float32(1 - _LEVEL / 2), np.float32(_LEVEL / 2)
    return float(((new > high) & (old <= high)).mean()), float(((new < low) & (old >= low)).mean())


class _Texture(NamedTuple):
    lost: float
    invented: float
    noise: float


def _texture(before: tuple[Pixels, ...], after: tuple[Pixels, ...], gain: float) -> _Texture:
    old, new = (np.concatenate([_block_energies(tile) for tile in tiles]) for tiles in (before, after))
    if not old.size:
        return _Texture(0.0, 0.0, 0.0)
    was, now = np.sqrt(old), np.sqrt(new)
    noise = _percentile(was, 10)
    fine = (was > max(2 * noise, 0.5)) & (was < 3)
    lost = float(1 - new[fine].mean() / old[fine].mean()) if fine.mean() > 0.05 else 0.0
    even = was <= _percentile(was, 30)
    return _Texture(
        max(lost, 0.0), float((now > 2 * gain * was + 1).mean()), max(float(np.median((now - was)[even])), 0.0)
    )


def _block_energies(tile: Pixels) -> Plane:
    """Mean squares of the finest detail of the grey tile in each block, in squares of a percent of white."""
    grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    rows, columns = grey.shape[0] // _BLOCK, grey.shape[1] // _BLOCK
    if not rows or not columns:
        return np.zeros(0, np.float32)
    grey = grey[: rows * _BLOCK, : columns * _BLOCK]
    detail = 100 * (grey - cv2.GaussianBlur(grey, (5, 5), 1.2))
    return np.asarray(cv2.resize(detail * detail, (columns, rows), interpolation=cv2.INTER_AREA)).ravel()


def _range(plane: Plane, side: int) -> Plane:
    """Difference between the largest and the smallest value in the square around each pixel."""
    square = np.ones((side, side), np.uint8)
    return cv2.dilate(plane, square) - cv2.erode(plane, square)


def _blurred(plane: Plane, side: int) -> Plane:
    """Mean of means over squares, which is nearly a Gaussian."""
    for _ in range(2):
        plane = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
    return plane


def _mean_within(values: Plane, weights: Plane, side: int) -> Plane:
    """Weighted means around each pixel (normalised convolution, Knutsson and Westin 1993)."""
    total = np.maximum(_blurred(weights, side), 1e-3)
    if values.ndim == 2:
        return _blurred(values * weights, side) / total
    return _blurred(values * weights[..., None], side) / total[..., None]


def _halved(values: Plane) -> Plane:
    height, width = values.shape[:2]
    return cv2.resize(values, (max(width // 2, 1), max(height // 2, 1)), interpolation=cv2.INTER_AREA)


def _percentile(values: Plane, percent: float) -> float:
    place = round((values.size - 1) * percent / 100)
    return float(np.partition(values.ravel(), place)[place])
