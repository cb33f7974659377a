"""Point spread functions of a chosen size: camera shake, straight motion, defocus, Gaussian."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.blur import Kernel, camera_path, centred, splat

_FINE = 8
"""Subpixel samples per side of a pixel."""


def spread(kernel: Kernel) -> float:
    """Root mean square distance in pixels of a kernel from its centre of mass; the kernel sums to 1."""
    rows, columns = np.indices(kernel.shape)
    down, right = rows - (rows * kernel).sum(), columns - (columns * kernel).sum()
    return float(np.sqrt(((down**2 + right**2) * kernel).sum()))


def disc_kernel(radius: float) -> Kernel:
    """Defocus of a round aperture: a uniform circle of confusion (geometrical optics).

    Args:
        radius: of the circle in pixels, at least 0.25.

    Returns:
        (k, k) float32, sum 1, k odd. The root mean square distance from the centre is ``radius / sqrt(2)``.
    """
    half = int(np.ceil(radius + 0.5))
    side = 2 * half + 1
    offsets = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2
    inside = (offsets[:, None] ** 2 + offsets[None, :] ** 2 <= radius**2).astype(np.float32)
    return centred(inside.reshape(side, _FINE, side, _FINE).sum((1, 3)))


def gaussian_kernel(along: float, across: float, angle: float = 0.0) -> Kernel:
    """A Gaussian, round where both standard deviations are equal.

    Args:
        along, across: standard deviations in pixels, above 0.
        angle: of the first axis, degrees from the x axis towards the y axis (down).

    Returns:
        (k, k) float32, sum 1, k odd; cut at 4 standard deviations.
    """
    half = int(np.ceil(4 * max(along, across)))
    rows, columns = np.indices((2 * half + 1, 2 * half + 1)) - half
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    first = (columns * cosine + rows * sine) / along
    second = (rows * cosine - columns * sine) / across
    return centred(np.exp(-(first**2 + second**2) / 2).astype(np.float32))


def line_kernel(length: float, angle: float) -> Kernel:
    """Uniform straight motion over ``length`` pixels, ``angle`` as in ``gaussian_kernel``: (k, k) float32, sum 1."""
    steps = np.linspace(-length / 2, length / 2, max(4 * int(np.ceil(length)), 8) + 1)
    return _placed(steps * np.exp(1j * np.deg2rad(angle)), np.ones(len(steps)))


def shake_kernel(radius: float, rng: np.random.Generator) -> Kernel:
    """A random camera trajectory (see ``camera_shake_kernel``) of given root mean square ``radius`` in pixels."""
    path = camera_path(rng)
    path = path - path.mean()
    path *= radius / max(float(np.sqrt((np.abs(path) ** 2).mean())), 1e-6)
    drawn = np.pad(_placed(path, np.ones(len(path))), 2)
    return centred(np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.5), np.float32))  # minimum width due to the lens


def resized_kernel(kernel: Kernel, radius: float, *, angle: float = 0.0, mirrored: bool = False) -> Kernel:
    """A measured kernel rotated by ``angle`` degrees, optionally mirrored, scaled to a root mean square ``radius``.

    Every pixel is moved to its new position and distributed over the four nearest pixels, so that the sum is preserved
    at any scale.

    Args:
        kernel: (h, w) float32, sum 1.
        radius: target root mean square distance in pixels; the distribution over pixels adds up to half a pixel.
        angle: rotation in degrees.
        mirrored: mirror horizontally first.

    Returns:
        (k, k) float32, sum 1, k odd.
    """
    scale = radius / max(spread(kernel), 1e-6)
    parts = int(np.ceil(scale)) + 1  # fine enough to avoid gaps when enlarged
    fine = np.kron(kernel, np.ones((parts, parts), np.float32))
    rows, columns = np.nonzero(fine)
    mass = fine[rows, columns].astype(np.float64)
    points = (columns + 1j * rows) / parts
    points = points - (points * mass).sum() / mass.sum()
    if mirrored:
        points = -points.conj()
    return _placed(points * scale * np.exp(1j * np.deg2rad(angle)), mass)


def _placed(points: NDArray[np.complex128], mass: NDArray[np.float64]) -> Kernel:
    half = int(np.ceil(max(np.abs(points.real).max(), np.abs(points.imag).max()))) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    splat(kernel, points.real + half, points.imag + half, mass)
    return centred(kernel)
