"""Drawn pictures: flat colours up to full saturation, hard edges, gradients, thin lines and letters.

Posters, signs, screens and drawings have such content, but the training photographs hardly do, and a network may
produce arbitrary output for content that it was not trained on.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture

_LETTERS = "ABCDEFGHKMNRSTXZaegkmqrsy0123456789"
_SATURATED = 0.5
"""Share of the colours with a saturation above 0.5."""


def drawn_graphic(height: int, width: int, rng: np.random.Generator) -> Picture:
    """A random background with 1 to 14 rectangles, ellipses, triangles, lines, checkerboards or texts.

    Args:
        height, width: in pixels.
        rng: random generator.

    Returns:
        (height, width, 3) float32 in [0, 1], in multiples of 1/255.
    """
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _gradient(height, width, rng) if rng.random() < 0.3 else _colour(rng)
    smooth = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
    for _ in range(int(rng.integers(1, 15))):
        _draw_shape(picture, smooth, rng)
    return picture.astype(np.float32) / np.float32(255.0)


def flat_colour(height: int, width: int, rng: np.random.Generator) -> Picture:
    """A picture of one colour: in a third of cases a corner of the colour cube (black, white, pure colours), else any.

    Every channel's attention is then decided by its mean alone, which no photograph shows; an untrained answer to it
    can be thousands of times too large.

    Args:
        height, width: in pixels.
        rng: decides everything.

    Returns:
        (height, width, 3) float32 in [0, 1], in multiples of 1/255.
    """
    colour = 255 * rng.integers(2, size=3) if rng.random() < 1 / 3 else _colour(rng)
    return np.tile(colour.astype(np.float32) / np.float32(255.0), (height, width, 1))


def _draw_shape(picture: NDArray[np.uint8], smooth: int, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    colour = tuple(int(value) for value in _colour(rng))
    x, y = int(rng.integers(-width // 8, width)), int(rng.integers(-height // 8, height))
    size = max(2, round(float(np.exp(rng.uniform(np.log(4), np.log(max(height, width, 5)))))))
    other = x + size, y + max(2, round(size * float(rng.uniform(0.3, 1.5))))
    match int(rng.integers(6)):
        case 0:
            cv2.rectangle(picture, (x, y), other, colour, -1)
        case 1:
            axes = max(size // 2, 1), max((other[1] - y) // 2, 1)
            cv2.ellipse(picture, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, colour, -1, smooth)
        case 2:
            corners = np.stack([rng.integers(x, x + size + 1, 3), rng.integers(y, y + size + 1, 3)], 1)
            cv2.fillPoly(picture, [corners.astype(np.int32)], colour, smooth)
        case 3:
            cv2.line(picture, (x, y), other, colour, int(rng.integers(1, 6)), smooth)
        case 4:
            rows, columns = np.ogrid[:height, :width]
            field = max(size // 4, 1)
            inside = (rows >= y) & (rows < other[1]) & (columns >= x) & (columns < other[0])
            picture[inside & ((rows // field + columns // field) % 2 == 0)] = colour
        case _:
            text = "".join(_LETTERS[int(index)] for index in rng.integers(len(_LETTERS), size=int(rng.integers(1, 9))))
            scale = max(size / 60.0, 0.3)
            cv2.putText(picture, text, (x, y + size), int(rng.integers(8)), scale, colour, max(round(scale), 1), smooth)


def _colour(rng: np.random.Generator) -> NDArray[np.uint8]:
    saturation = rng.uniform(0.5, 1.0) if rng.random() < _SATURATED else rng.uniform(0.0, 0.5)
    hsv = np.array([[[rng.uniform(0, 360), saturation, rng.uniform(0.0, 1.0) ** 0.5]]], np.float32)
    colour: NDArray[np.uint8] = np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0] * 255).astype(np.uint8)
    return colour


def _gradient(height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    first, second = (_colour(rng).astype(np.float32) for _ in range(2))
    down, across = rng.normal(size=2)
    slope = down * np.linspace(-1, 1, height)[:, None] + across * np.linspace(-1, 1, width)[None, :]
    share = ((slope - slope.min()) / max(float(np.ptp(slope)), 1e-6)).astype(np.float32)[:, :, None]
    blended: NDArray[np.uint8] = np.rint(first + (second - first) * share).astype(np.uint8)
    return blended
