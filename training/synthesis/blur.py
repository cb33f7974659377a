"""Motion blur by camera shake."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.light import Picture, to_encoded, to_linear

Kernel = NDArray[np.float32]

CLIPPED = 250 / 255
"""Encoded value from which a channel counts as clipped; slightly below 1 because of JPEG files."""


def blur(clean: Picture, kernel: Kernel, *, highlights: float = 1.0) -> Picture:
    """Convolution with a blur kernel in linear light, as the sensor integrates it.

    A lamp or a reflection is brighter than the white to which the clean picture clips it, so that its blurred trace
    stays white. ``highlights`` restores this light before the convolution, and the result is clipped again (saturation
    synthesis of Rim et al., *Realistic Blur Synthesis for Learning Image Deblurring*, ECCV 2022, who add 0.25 to 1.75
    times full scale, that is ``highlights`` of 1.25 to 2.75). Where only one or two channels are clipped, as in a blue
    sky, the light is hardly above white: there a third or two thirds are added.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        kernel: (k, k) float32, not negative, sum 1, for convolution (not correlation); borders are reflected.
        highlights: factor on the linear light of clipped values, at least 1; 1 leaves them unchanged.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    flipped = np.ascontiguousarray(kernel[::-1, ::-1])
    anchor = (flipped.shape[1] // 2, flipped.shape[0] // 2)
    light = to_linear(clean)
    if highlights != 1.0:
        clipped = (clean >= CLIPPED).astype(np.float32)
        light = light * (1.0 + np.float32(highlights - 1.0) * clipped * clipped.mean(axis=2, keepdims=True))
    spread = cv2.filter2D(light, -1, flipped, anchor=anchor, borderType=cv2.BORDER_REFLECT_101)
    return to_encoded(np.asarray(spread, np.float32))


def random_blur(clean: Picture, measured: Sequence[Kernel], rng: np.random.Generator) -> Picture:
    """Blur by a random kernel; a third of the results have slight sensor noise (σ up to 1.5)."""
    out = blur(clean, random_kernel(measured, rng))
    if rng.random() < 1 / 3:
        out = np.clip(out + rng.normal(0.0, rng.uniform(0.0, 1.5) / 255.0, out.shape), 0.0, 1.0).astype(np.float32)
    return out


def random_kernel(measured: Sequence[Kernel], rng: np.random.Generator) -> Kernel:
    """A measured kernel, randomly rotated, mirrored and scaled, or, with probability 1/3, a synthetic camera shake."""
    if not measured or rng.random() < 1 / 3:
        return camera_shake_kernel(int(rng.integers(9, 42)) | 1, rng)
    kernel = measured[int(rng.integers(len(measured)))]
    if rng.random() < 0.5:
        kernel = kernel[:, ::-1]
    size = max(kernel.shape)
    turn = cv2.getRotationMatrix2D((kernel.shape[1] / 2 - 0.5, kernel.shape[0] / 2 - 0.5), rng.uniform(0, 360), 1.0)
    scale = rng.uniform(0.7, 2.0)
    turn[:, :2] = turn[:, :2] * scale
    canvas = 2 * int(size * scale * 0.75) + 1  # holds the diagonal
    turn[:, 2] = canvas / 2 - 0.5 - turn[:, :2] @ [kernel.shape[1] / 2 - 0.5, kernel.shape[0] / 2 - 0.5]
    turned = np.maximum(cv2.warpAffine(np.ascontiguousarray(kernel), turn, (canvas, canvas)), 0.0)
    return centred(turned)


def camera_shake_kernel(size: int, rng: np.random.Generator) -> Kernel:
    """A random camera trajectory, ``camera_path``, drawn into a kernel.

    Args:
        size: side in pixels of the square that contains the trajectory, odd.
        rng: random generator.

    Returns:
        (k, k) float32, sum 1, k odd and at least ``size``.
    """
    path = camera_path(rng)
    path = path - (path.real.min() + path.real.max()) / 2 - 1j * (path.imag.min() + path.imag.max()) / 2
    extent = 2 * max(np.abs(path.real).max(), np.abs(path.imag).max(), 1e-6)
    path = path * ((size - 2) * rng.uniform(0.35, 1.0) / extent) + (1 + 1j) * (size // 2)
    kernel = np.zeros((size, size), np.float32)
    splat(kernel, path.real, path.imag)
    return centred(np.asarray(cv2.GaussianBlur(kernel, (0, 0), float(rng.uniform(0.3, 0.7))), np.float32))


def camera_path(rng: np.random.Generator) -> NDArray[np.complex128]:
    """Random camera trajectory during the exposure: (400,) complex, x + iy, at equal time steps, of arbitrary scale.

    Random motion with inertia, a restoring force and occasional jerks (after the trajectory model of Boracchi
    and Foi, *Modeling the performance of image restoration from motion blur*, IEEE TIP 2012).
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
    return path


def splat(
    kernel: Kernel, x: NDArray[np.float64], y: NDArray[np.float64], mass: NDArray[np.float64] | float = 1.0
) -> None:
    """Add points of the given mass to ``kernel`` in place, each distributed over its four nearest pixels."""
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    for dy in (0, 1):
        for dx in (0, 1):
            weight = (1 - np.abs(x - left - dx)) * (1 - np.abs(y - top - dy)) * mass
            column = np.clip(left + dx, 0, kernel.shape[1] - 1)
            row = np.clip(top + dy, 0, kernel.shape[0] - 1)
            np.add.at(kernel, (row, column), weight)


def centred(kernel: Kernel) -> Kernel:
    """Scale to sum 1 and shift by whole pixels so that the centre of mass is in the central pixel.

    The kernel is enlarged by the shift, so that nothing is cut off.
    """
    scaled = kernel / max(float(kernel.sum()), 1e-12)
    rows, columns = np.indices(scaled.shape)
    down = scaled.shape[0] // 2 - round(float((rows * scaled).sum()))
    right = scaled.shape[1] // 2 - round(float((columns * scaled).sum()))
    padded = np.pad(scaled, max(abs(down), abs(right)))
    return np.roll(padded, (down, right), (0, 1)).astype(np.float32)


def load_kernels(file: Path, names: Sequence[str]) -> list[Kernel]:
    """Read the named kernels of an ``.npz`` file, each scaled to sum 1 and centred.

    Raises:
        KeyError: a name is not in the file.
    """
    with np.load(file) as archive:
        return [centred(np.asarray(archive[name], np.float32)) for name in names]
