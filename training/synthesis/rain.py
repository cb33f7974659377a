"""Rain streaks."""

import cv2
import numpy as np

from training.synthesis.light import Picture


def rain(
    clean: Picture,
    *,
    angle: float,
    length: int,
    width: float,
    density: float,
    strength: float,
    rng: np.random.Generator,
) -> Picture:
    """One layer of rain: bright streaks over the picture.

    The exposure smears a falling drop along its path, so a streak is a point convolved with a line (Garg and Nayar,
    *Vision and Rain*, IJCV 2007). Streaks brighten the background and saturate at white:
    ``out = clean + streaks * (1 - clean)``.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        angle: direction of the streaks, degrees from the vertical, positive leaning right.
        length: streak length in pixels.
        width: standard deviation of the cross-section of a streak, in pixels.
        density: fraction of pixels in which a streak starts.
        strength: opacity of the brightest streaks, 0 to 1.
        rng: random generator.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    height, across = clean.shape[:2]
    margin = length
    drops = (rng.random((height + 2 * margin, across + 2 * margin)) < density).astype(np.float32)
    drops *= rng.uniform(0.4, 1.0, drops.shape).astype(np.float32)
    streaks = cv2.filter2D(drops, -1, _line_kernel(length, angle), borderType=cv2.BORDER_CONSTANT)
    streaks = cv2.GaussianBlur(streaks, (0, 0), width)
    streaks = streaks[margin : margin + height, margin : margin + across]
    peak = float(np.quantile(streaks, 0.995)) or 1.0
    layer = np.clip(streaks / peak, 0.0, 1.0)[:, :, None] * strength
    return np.asarray(np.clip(clean + layer * (1.0 - clean), 0.0, 1.0), np.float32)


def random_rain(clean: Picture, rng: np.random.Generator) -> Picture:
    """Rain of one to three layers with the same direction and random parameters."""
    angle = float(rng.uniform(-35.0, 35.0))
    out = clean
    for _ in range(int(rng.integers(1, 4))):
        out = rain(
            out,
            angle=angle + float(rng.uniform(-4.0, 4.0)),
            length=int(rng.integers(10, 46)),
            width=float(rng.uniform(0.4, 1.2)),
            density=float(10 ** rng.uniform(-3.2, -1.9)),
            strength=float(rng.uniform(0.15, 0.7)),
            rng=rng,
        )
    return out


def _line_kernel(length: int, angle: float) -> Picture:
    size = 2 * (length // 2) + 3
    kernel = np.zeros((size, size), np.float32)
    centre = size / 2 - 0.5
    radians = np.deg2rad(angle)
    dx, dy = np.sin(radians) * length / 2, np.cos(radians) * length / 2
    scale = 16  # cv2.line takes fixed-point coordinates: 4 fractional bits
    start = (round((centre - dx) * scale), round((centre - dy) * scale))
    end = (round((centre + dx) * scale), round((centre + dy) * scale))
    cv2.line(kernel, start, end, 1.0, 1, cv2.LINE_AA, 4)
    return kernel / max(float(kernel.sum()), 1e-6)
