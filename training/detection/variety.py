"""Augmentations that preserve the labels: clean pictures stay clean, degraded ones degraded.

Unless stated otherwise, they take and return (H, W, 3) float32 RGB in [0, 1].
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detection.pictures import Scene
from training.synthesis.light import LUMA, Picture, with_saturation


def framed(scene: Scene, rng: np.random.Generator, *, native: bool) -> Scene:
    """A part of the scene with sides of 100 to 500 pixels, mirrored half of the time, never enlarged; sometimes reduced
    unless ``native``, since reducing removes real noise.
    """
    height, width = scene.clean.shape[:2]
    longest = max(height, width)
    limit = float(rng.uniform(290, 500))
    scale = 1.0
    if not native:
        if longest > 1.3 * limit and rng.random() < 0.6:
            scale = limit / longest
        elif rng.random() < 0.3:
            scale = float(rng.uniform(0.6, 1.0))
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    part = min(1.0, limit / (longest * scale))
    tall = max(round(size[1] * part * rng.uniform(0.7, 1.0)), 1)
    wide = max(round(size[0] * part * rng.uniform(0.7, 1.0)), 1)
    top, left = int(rng.integers(size[1] - tall + 1)), int(rng.integers(size[0] - wide + 1))
    mirror = -1 if rng.random() < 0.5 else 1

    def cut(picture: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
        if picture is None:
            return None
        if scale < 1:
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture[top : top + tall, left : left + wide][:, ::mirror]

    clean = cut(scene.clean)
    assert clean is not None
    return Scene(clean, scene.family, cut(scene.degraded), cut(scene.depth))


def toned(picture: Picture, rng: np.random.Generator) -> Picture:
    """Random exposure, contrast, white balance and saturation as in finished photographs; sometimes grey."""
    if rng.random() < 0.4:
        return picture
    out = picture ** np.float32(rng.uniform(0.85, 1.2)) * rng.uniform(0.95, 1.06, 3).astype(np.float32)
    if rng.random() < 0.15:  # a low sun or deep shade
        out = out * (1 + np.float32(rng.normal(0.0, 0.1)) * np.array([1.0, 0.0, -1.0], np.float32))
    mean = out.mean()
    out = mean + (out - mean) * np.float32(rng.uniform(0.93, 1.12))  # less contrast would be haze
    out = with_saturation(out, 0.0 if rng.random() < 0.1 else rng.uniform(0.5, 1.35))
    return np.clip(out, 0.0, 1.0).astype(np.float32)


def finished(picture: Picture, rng: np.random.Generator) -> Picture:
    """Random effects of lens and development that are not blur: slight softness, sharpening, shallow focus (at least a
    third of the picture stays sharp), vignetting.
    """
    draw = rng.random()
    if draw < 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.55))), np.float32)
    elif draw < 0.4:
        soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.6, 1.5)))
        picture = picture + (picture - soft) * np.float32(rng.uniform(0.2, 1.2))
    if rng.random() < 0.1:
        focus = _spot(picture.shape[:2], rng)
        picture = picture * focus + cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(1.5, 5.0))) * (1 - focus)
    if rng.random() < 0.08:
        picture = picture * (1 - np.float32(rng.uniform(0.2, 0.6)) * _distance(picture.shape[:2], (0.5, 0.5)) ** 2)
    return np.clip(picture, 0.0, 1.0).astype(np.float32)


def backlit(dark: Picture, bright: Picture, rng: np.random.Generator) -> Picture:
    """A dark picture whose brightest parts (a sky, a window, lamps) are well exposed: a blend of both pictures."""
    light = cv2.GaussianBlur(bright @ LUMA, (0, 0), float(rng.uniform(2.0, 8.0)))
    edge = float(np.quantile(light, rng.uniform(0.65, 0.97)))
    keep = np.clip((light - edge) / 0.1 + 0.5, 0.0, 1.0)[:, :, None] * np.float32(rng.uniform(0.5, 1.0))
    return np.asarray(dark * (1 - keep) + np.maximum(bright, dark) * keep, np.float32)


def lamplit(dark: Picture, bright: Picture, rng: np.random.Generator) -> Picture:
    """A dark picture with one to six lamps: each a clipped spot, its glow, and the light on its surroundings.

    The light falls off with the distance from the lamp as ``(1 + (d / r)^2)^-1.5``: a lamp at height r over a plane.
    """
    height, width = dark.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    diagonal = float(np.hypot(height, width))
    green = float(rng.uniform(0.6, 1.0))
    tint = np.array([1.0, green, green * rng.uniform(0.4, 1.1)], np.float32)
    out = dark.copy()
    for _ in range(int(rng.integers(1, 7))):
        squares = (rows - rng.uniform(0.0, 0.8) * height) ** 2 + (columns - rng.uniform(0.0, 1.0) * width) ** 2
        radius = float(rng.uniform(0.02, 0.15)) * diagonal
        pool = (1 + squares / radius**2) ** np.float32(-1.5) * np.float32(rng.uniform(0.3, 1.2))
        out = out + bright * tint * pool[:, :, None]
        lamp = float(rng.uniform(0.002, 0.012)) * diagonal
        glow = np.exp(-np.sqrt(squares) / (lamp * rng.uniform(2.0, 6.0))) * np.float32(rng.uniform(0.2, 0.6))
        out = np.maximum(out + tint * glow[:, :, None], (squares < lamp**2)[:, :, None] * (tint * 0.2 + 0.8))
    return np.clip(out, 0.0, 1.0).astype(np.float32)


def near_clear(hazy: Picture, clean: Picture, rng: np.random.Generator) -> Picture:
    """A hazy picture with a clear foreground: the ground at the bottom, or objects at the edges."""
    height, width = hazy.shape[:2]
    if rng.random() < 0.5:
        rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None, None]
        horizon = float(rng.uniform(0.5, 0.9))
        keep = np.clip((rows - horizon) / min(float(rng.uniform(0.1, 0.5)), 1.0 - horizon), 0.0, 1.0)
    else:
        coarse = rng.normal(0.0, 1.0, (5, 7)).astype(np.float32)
        middle = _distance((5, 7), (0.4, 0.5))[:, :, 0]
        field = cv2.resize(coarse + 2.0 * middle, (width, height), interpolation=cv2.INTER_CUBIC)
        edge = float(np.quantile(field, rng.uniform(0.7, 0.95)))
        keep = np.clip((field - edge) / float(rng.uniform(0.02, 0.5)) + 0.5, 0.0, 1.0)[:, :, None]
    return np.asarray(hazy + (clean - hazy) * keep, np.float32)


def developed(hazy: Picture, rng: np.random.Generator) -> Picture:
    """Camera processing of haze: slightly stretched levels, and a warm or cold colour cast."""
    mean = hazy.mean()
    warmth = float(rng.normal(0.0, 0.06))
    out = mean + (hazy - mean) * np.float32(rng.uniform(0.95, 1.25)) + np.float32(rng.uniform(-0.08, 0.04))
    return np.asarray(np.clip(out * (1 + warmth * np.array([1.0, 0.0, -1.0], np.float32)), 0.0, 1.0), np.float32)


def bordered(picture: Picture, rng: np.random.Generator) -> Picture:
    """The picture with white or black bars or a border of up to a tenth of its size, inside the same size."""
    out = picture.copy()
    tall, wide = (round(side * rng.uniform(0.02, 0.1)) for side in picture.shape[:2])
    colour = 0.0 if rng.random() < 0.5 else 1.0
    out[:tall] = out[picture.shape[0] - tall :] = colour
    if rng.random() < 0.5:
        out[:, :wide] = out[:, picture.shape[1] - wide :] = colour
    return out


def _spot(shape: tuple[int, int], rng: np.random.Generator) -> Picture:
    # (H, W, 1) in [0, 1]: 1 within an ellipse around a random point.
    distance = _distance(shape, (float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.25, 0.75))))
    radius = np.quantile(distance, rng.uniform(0.33, 0.7))
    return np.asarray(np.clip((radius - distance) / 0.15 + 0.5, 0.0, 1.0), np.float32)


def _distance(shape: tuple[int, int], centre: tuple[float, float]) -> Picture:
    # (H, W, 1): from the centre, in shares of the sides; 1 at the middle of the edges if the centre is in the middle.
    down = (np.linspace(0, 1, shape[0], dtype=np.float32) - centre[0])[:, None, None] * 2
    across = (np.linspace(0, 1, shape[1], dtype=np.float32) - centre[1])[None, :, None] * 2
    return np.sqrt(down**2 + across**2)
