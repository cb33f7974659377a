"""Motion blur by camera shake."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture, to_encoded, to_linear

Kernel = NDArray[np.float32]


def blur(clean: Picture, kernel: Kernel) -> Picture:
    """Spread every point along the path of the camera, as the sensor adds it up: in linear light.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        kernel: (k, k) float32, not negative, sum 1; it is convolved (not correlated), borders are reflected.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    flipped = np.ascontiguousarray(kernel[::-1, ::-1])
    anchor = (flipped.shape[1] // 2, flipped.shape[0] // 2)
    spread = cv2.filter2D(to_linear(clean), -1, flipped, anchor=anchor, borderType=cv2.BORDER_REFLECT_101)
    return to_encoded(spread)


def random_blur(clean: Picture, measured: Sequence[Kernel], rng: np.random.Generator) -> Picture:
    """Blur by a random kernel, a third of the time with the faint noise (σ up to 1.5) that a sensor adds."""
    out = blur(clean, random_kernel(measured, rng))
    if rng.random() < 1 / 3:
        out = np.clip(out + rng.normal(0.0, rng.uniform(0.0, 1.5) / 255.0, out.shape), 0.0, 1.0).astype(np.float32)
    return out


def random_kernel(measured: Sequence[Kernel], rng: np.random.Generator) -> Kernel:
    """A measured kernel turned, mirrored and scaled at random, or, a third of the time, a synthetic camera shake."""
    if not measured or rng.random() < 1 / 3:
        return camera_shake_kernel(int(rng.integers(9, 42)) | 1, rng)
    kernel = measured[int(rng.integers(len(measured)))]
    if rng.random() < 0.5:
        kernel = kernel[:, ::-1]
    size = max(kernel.shape)
    turn = cv2.getRotationMatrix2D((kernel.shape[1] / 2 - 0.5, kernel.shape[0] / 2 - 0.5), rng.uniform(0, 360), 1.0)
    scale = rng.uniform(0.7, 2.0)
    turn[:, :2] *= scale
    canvas = 2 * int(size * scale * 0.75) + 1  # holds the diagonal
    turn[:, 2] = canvas / 2 - 0.5 - turn[:, :2] @ [kernel.shape[1] / 2 - 0.5, kernel.shape[0] / 2 - 0.5]
    turned = np.maximum(cv2.warpAffine(np.ascontiguousarray(kernel), turn, (canvas, canvas)), 0.0)
    return centred(turned)


def camera_shake_kernel(size: int, rng: np.random.Generator) -> Kernel:
    """A random camera trajectory drawn into a kernel.

    The camera drifts with inertia, is pulled back, and is jerked now and then (after the trajectory model of Boracchi
    and Foi, *Modeling the performance of image restoration from motion blur*, IEEE TIP 2012).

    Args:
        size: side in pixels of the square that the trajectory fits in, odd.
        rng: decides the trajectory.

    Returns:
        (k, k) float32, sum 1, k odd and at least ``size``.
    """
    steps = 400
    jerk, pull, inertia = rng.uniform(0.0, 0.02), rng.uniform(0.0, 0.7), rng.uniform(0.2, 1.0)
    angle = rng.uniform(0, 2 * np.pi)
    velocity = complex(np.cos(angle), np.sin(angle))
    shocks = rng.normal(size=(steps, 2)) @ np.array([1, 1j])
    position, path = 0j, np.empty(steps, complex)
    for index in range(steps):
        if rng.random() < jerk:
            velocity = -velocity + complex(*rng.normal(0.0, 0.5, 2))
        velocity += inertia * shocks[index] * 0.25 - pull * position / steps
        velocity /= max(abs(velocity), 1e-6)
        position += velocity
        path[index] = position
    path = path - (path.real.min() + path.real.max()) / 2 - 1j * (path.imag.min() + path.imag.max()) / 2
    extent = 2 * max(np.abs(path.real).max(), np.abs(path.imag).max(), 1e-6)
    path = path * ((size - 2) * rng.uniform(0.35, 1.0) / extent) + (1 + 1j) * (size // 2)
    kernel = np.zeros((size, size), np.float32)
    _splat(kernel, path.real, path.imag)
    return centred(cv2.GaussianBlur(kernel, (0, 0), float(rng.uniform(0.3, 0.7))))


def _splat(kernel: Kernel, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dy in (0, 1):
        for dx in (0, 1):
            weight = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy))
            column = np.clip(left + dx, 0, kernel.shape[1] - 1)
            row = np.clip(top + dy, 0, kernel.shape[0] - 1)
            np.add.at(kernel, (row, column), weight)


def centred(kernel: Kernel) -> Kernel:
    """Scale to sum 1 and shift by whole pixels so that the centre of mass lies in the middle pixel.

    The kernel grows by as much as it is shifted, so that nothing is pushed over its edge.
    """
    scaled = kernel / max(float(kernel.sum()), 1e-12)
    rows, columns = np.indices(scaled.shape)
    down = scaled.shape[0] // 2 - round(float((rows * scaled).sum()))
    right = scaled.shape[1] // 2 - round(float((columns * scaled).sum()))
    room = np.pad(scaled, max(abs(down), abs(right)))
    return np.roll(room, (down, right), (0, 1)).astype(np.float32)


def load_kernels(file: Path, names: Sequence[str]) -> list[Kernel]:
    """Read the named kernels of an ``.npz`` file, each scaled to sum 1 and centred.

    Raises:
        KeyError: a name is not in the file.
    """
    with np.load(file) as archive:
        return [centred(np.asarray(archive[name], np.float32)) for name in names]
