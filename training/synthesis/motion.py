"""Spatially varying motion blur: rotation and translation of the camera, parallax, and moving objects.

The exposure is a path of homographies; the view at each moment is warped from the clean picture, and the views are
averaged in linear light (Whyte et al., *Non-uniform deblurring for shaken images*, IJCV 2012; Rim et al.,
*Realistic blur synthesis for learning image deblurring*, ECCV 2022). Paths have zero mean, so that the blurred
picture is aligned with the clean one.

The extent of a path is the largest distance in pixels between the projections of its points on any direction.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.blur import CLIPPED, Kernel, blur, camera_path
from training.synthesis.grain import camera_grain, random_level
from training.synthesis.kernels import resized_kernel, shake_kernel, spread
from training.synthesis.light import Picture, to_encoded, to_linear

Track = NDArray[np.complex128]
"""(T,) complex, x + iy in pixels at equal time steps over the exposure, of mean 0."""

Trace = NDArray[np.float64]
"""(S, 4) float64: times in seconds and angular velocities about x, y and z in radians per second."""

_DIRECTIONS = np.exp(1j * np.linspace(0.0, np.pi, 24, endpoint=False))
MAX_HIGHLIGHTS = 2.75
"""Largest factor on clipped light of Rim et al."""

MAX_LENGTH = 2.2
"""Maximum length of a path of extent 1."""

_TRACK = 128
"""Number of points of a track."""


def motion_margin(extent: float) -> int:
    """Pixels around a crop that motion of this extent reaches."""
    return int(np.ceil(0.6 * extent)) + 3


def random_motion_blur(
    clean: Picture,
    extent: tuple[float, float],
    rng: np.random.Generator,
    *,
    kernels: Sequence[Kernel] = (),
    path_share: float = 0.7,
    trace: Trace | None = None,
) -> Picture:
    """Blur of a random extent, with bright clipped highlights and slight sensor noise.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        extent: smallest and largest extent in pixels, above 0; log-uniform, so that all severities are represented.
        rng: random generator.
        kernels: measured kernels, each with sum 1, for spatially uniform blur of the drawn extent.
        path_share: share of the samples with a path of homographies; the others use a kernel. Without kernels, all
            samples use a path.
        trace: a measured gyro trace, see :func:`load_trace`; a fifth of the paths are sections of it.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    drawn = random_level(extent[0], extent[1], rng, log_share=1.0)
    highlights = _random_highlights(rng)
    if kernels and rng.random() >= path_share:
        kernel = random_kernel_of_extent(drawn, kernels, rng)
        out = blur(clean, kernel, highlights=min(highlights, MAX_HIGHLIGHTS))
    else:
        out = to_encoded(_random_layers(brightened(clean, highlights), clean, drawn, rng, trace))
    draw = rng.random()
    if draw < 0.35:
        sigma = np.float32(np.exp(rng.uniform(np.log(0.4), np.log(4.0))) / 255.0)
        out = np.clip(out + sigma * rng.standard_normal(out.shape, np.float32), 0.0, 1.0)
    elif draw < 0.5:
        out = camera_grain(out, float(np.exp(rng.uniform(np.log(0.5), np.log(5.0)))), rng)
    return out


def brightened(clean: Picture, highlights: float) -> Picture:
    """Linear light of the picture, with clipped values ``highlights`` times as bright; see :func:`blur`.

    Factors above :data:`MAX_HIGHLIGHTS` apply to lamps only: fully white, and less than 3 % of the picture.
    """
    light = to_linear(clean)
    if highlights == 1.0:
        return light
    clipped = (clean >= CLIPPED).astype(np.float32)
    if highlights > MAX_HIGHLIGHTS:  # a lamp, not a cloud or wall
        lamp = clipped.min(axis=2, keepdims=True)
        return light * (1.0 + np.float32(highlights - 1.0) * lamp) if lamp.mean() < 0.03 else light
    return np.asarray(light * (1.0 + np.float32(highlights - 1.0) * clipped * clipped.mean(axis=2, keepdims=True)))


def moved(light: Picture, views: NDArray[np.float64]) -> Picture:
    """The mean of ``light`` warped by each homography.

    Args:
        light: (H, W, C) float32.
        views: (N, 3, 3) float64, from positions in ``light`` to positions in the result, (x, y, 1) columns.

    Returns:
        (H, W, C) float32; borders are reflected.
    """
    light = np.ascontiguousarray(light)
    wide = (
        np.concatenate([light, light[:, :, :1]], axis=2) if light.shape[2] == 3 else light
    )  # four channels are faster
    total: Picture = np.zeros(wide.shape, np.float32)
    for view in views:
        cv2.accumulate(_warped(wide, view), total)
    return (total[:, :, : light.shape[2]] / len(views)).astype(np.float32)


def moved_layers(
    light: Picture, cover: NDArray[np.float32], behind: NDArray[np.float64], front: NDArray[np.float64]
) -> Picture:
    """The mean over the exposure of a foreground region that moves in front of the rest.

    The background behind the region is filled from its surroundings. Both are averaged separately and then composited,
    which neglects that the edge of the region and its background move at the same time.

    Args:
        light: (H, W, 3) float32.
        cover: (H, W) float32 in [0, 1], mask of the region.
        behind, front: (N, 3, 3) float64 homographies of the background and of the region.

    Returns:
        (H, W, 3) float32.
    """
    alpha = cover[:, :, None]
    foreground = np.concatenate([light * alpha, alpha], axis=2)
    background = _filled(light, cover)
    mean = moved(foreground, front)
    return np.asarray(moved(background, behind) * (1.0 - mean[:, :, 3:]) + mean[:, :, :3])


def camera_views(
    track: Track,
    roll: NDArray[np.float64],
    zoom: NDArray[np.float64],
    *,
    focal: float,
    principal: tuple[float, float],
) -> NDArray[np.float64]:
    """Homographies of a camera that rotates about its three axes and moves along the optical axis.

    A rotation R of a camera with matrix K transforms the picture by ``K R K^-1`` (Hartley and Zisserman, *Multiple View
    Geometry*, cameras rotating about their centre).

    Args:
        track: (N,) complex, displacement of the centre of the photograph: rotations about the vertical axis (real part)
            and about the horizontal one (imaginary part) by ``arctan(track / focal)``.
        roll: (N,) rotations about the optical axis in radians.
        zoom: (N,) logarithms of the scale.
        focal: focal length in pixels.
        principal: x, y of the centre of the photograph in pixels of the crop; it may be outside.

    Returns:
        (N, 3, 3) float64.
    """
    yaw, pitch = np.arctan(track.real / focal), -np.arctan(track.imag / focal)
    zero, one = np.zeros(len(track)), np.ones(len(track))

    def stacked(rows: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
        return np.array(rows, float).transpose(2, 0, 1)

    about_y = stacked([[np.cos(yaw), zero, np.sin(yaw)], [zero, one, zero], [-np.sin(yaw), zero, np.cos(yaw)]])
    about_x = stacked([[one, zero, zero], [zero, np.cos(pitch), -np.sin(pitch)], [zero, np.sin(pitch), np.cos(pitch)]])
    scale = np.exp(zoom)
    about_z = stacked(
        [
            [scale * np.cos(roll), -scale * np.sin(roll), zero],
            [scale * np.sin(roll), scale * np.cos(roll), zero],
            [zero, zero, one],
        ]
    )
    camera = np.array([[focal, 0.0, principal[0]], [0.0, focal, principal[1]], [0.0, 0.0, 1.0]])
    views = camera @ about_z @ about_x @ about_y @ np.linalg.inv(camera)
    return np.asarray(views / views[:, 2:, 2:])


def displacement(views: NDArray[np.float64], points: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Displacement in pixels of each point by each view: (N, P) complex for (N, 3, 3) views and (P,) complex points."""
    columns = np.stack([points.real, points.imag, np.ones(len(points))])
    seen = views @ columns
    return np.asarray((seen[:, 0] + 1j * seen[:, 1]) / seen[:, 2] - points)


def track_extent(track: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Extent of (N,) points, or of each column of (N, P): () or (P,) float64."""
    turned = (track[..., None] * _DIRECTIONS.conj()).real
    return np.asarray((turned.max(0) - turned.min(0)).max(-1))


def random_track(rng: np.random.Generator, trace: Trace | None = None) -> Track:
    """A path of extent 1: a smooth sweep, a jerky shake, or a section of a measured trace.

    It is smoothed until it is no longer than :data:`MAX_LENGTH`, so that few views represent it without gaps; kernels
    can be more complex.
    """
    draw = rng.random()
    if trace is not None and draw < 0.2:
        track = _trace_section(trace, rng)
    elif draw < 0.7:
        track = _smooth_sweep(rng)
    else:
        path = camera_path(rng)
        track = path[np.linspace(0, len(path) - 1, _TRACK).round().astype(int)]
    track = _normalised(track)
    width = 1.0
    while float(np.abs(np.diff(track)).sum()) > MAX_LENGTH:
        weights = np.exp(-((np.arange(-24, 25) / width) ** 2) / 2)
        track = _normalised(np.convolve(np.pad(track, 24, mode="edge"), weights / weights.sum(), "valid"))
        width = min(1.5 * width, 12.0)
    return track


def _normalised(track: Track) -> Track:
    track = track - track.mean()
    return track / max(float(track_extent(track)), 1e-9)


def random_kernel_of_extent(extent: float, measured: Sequence[Kernel], rng: np.random.Generator) -> Kernel:
    """A measured kernel, randomly rotated, mirrored and resized, or, with probability 1/5, a synthetic camera shake."""
    if rng.random() < 0.2:
        return shake_kernel(extent / 3.2, rng)  # its extent is about 3.2 times its radius
    chosen = measured[int(rng.integers(len(measured)))]
    radius = spread(chosen) * extent / max(kernel_extent(chosen), 1.0)
    return resized_kernel(chosen, radius, angle=float(rng.uniform(0, 360)), mirrored=bool(rng.random() < 0.5))


def kernel_extent(kernel: Kernel) -> float:
    """Extent in pixels of the values of a kernel above a twentieth of its maximum."""
    rows, columns = np.nonzero(kernel > 0.05 * kernel.max())
    return float(track_extent(columns + 1j * rows))


def load_trace(file: Path) -> Trace:
    """Read a gyro trace: lines with the number of samples and the exposure time in ns, then that many lines of
    ``time x y z`` in ns and radians per second. The rest of the file is ignored.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not such a trace.
    """
    with file.open(encoding="utf-8") as lines:
        table = np.loadtxt(lines, skiprows=1, ndmin=2, max_rows=int(next(lines)))
    if table.shape[1] != 4 or len(table) < 8:
        raise ValueError(f"{file}: expected at least 8 lines of a time and three angular velocities")
    table[:, 0] *= 1e-9
    return table


def region_mask(clean: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """Mask of a random region of similar colour and position: (H, W) float32 in [0, 1] with soft edges of 1-2 pixels.

    As in :func:`training.synthesis.scene_augmentation.segment_depth` every pixel belongs to the nearest of a few
    centres; one to three of these segments are selected, at a quarter of the resolution.
    """
    height, width = clean.shape[:2]
    small = cv2.resize(clean, (max(width // 4, 2), max(height // 4, 2)), interpolation=cv2.INTER_AREA)
    rows, columns = np.mgrid[: small.shape[0], : small.shape[1]].astype(np.float32)
    place = np.stack([rows / small.shape[0], columns / small.shape[1]], 2) * np.float32(rng.uniform(0.7, 2.5))
    points = np.concatenate([cv2.GaussianBlur(small, (0, 0), 1.0), place], 2)
    count = int(rng.integers(4, 10))
    chosen = points.reshape(-1, 5)[rng.integers(points.shape[0] * points.shape[1], size=count)]
    nearest = np.stack([((points - centre) ** 2).sum(2) for centre in chosen]).argmin(0)
    taken = np.isin(nearest, rng.permutation(count)[: int(rng.integers(1, 4))]).astype(np.float32)
    smooth = cv2.GaussianBlur(cv2.resize(taken, (width, height), interpolation=cv2.INTER_CUBIC), (0, 0), 1.5)
    return np.asarray(np.clip((smooth - 0.5) * 2.0 + 0.5, 0.0, 1.0), np.float32)


def _random_layers(
    light: Picture, clean: Picture, extent: float, rng: np.random.Generator, trace: Trace | None
) -> Picture:
    draw = rng.random()
    if draw < 0.5:  # everything at one distance
        return moved(light, _random_views(light.shape, extent, extent, rng, trace)[0])
    cover = region_mask(clean, rng)
    if draw < 0.75:  # a nearer region moves more, along the same path
        behind, front = _random_views(light.shape, extent * float(rng.uniform(0.2, 0.9)), extent, rng, trace)
        return moved_layers(light, cover, behind, front)
    _, front = _random_views(light.shape, 0.0, extent * float(rng.uniform(0.4, 1.0)), rng, trace)
    if rng.random() < 0.4:  # a still camera
        return moved_layers(light, cover, np.eye(3)[None], front)
    behind, _ = _random_views(light.shape, extent, 0.0, rng, trace, len(front))
    own = front @ behind if rng.random() < 0.5 else front  # or the camera follows it
    return moved_layers(light, cover, behind, own)


def _random_views(
    shape: tuple[int, ...],
    far: float,
    near: float,
    rng: np.random.Generator,
    trace: Trace | None,
    count: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Homographies of distant and near objects for one random path, with these mean extents over the picture."""
    track, largest = random_track(rng, trace), max(far, near)
    if count is None:
        length = float(np.abs(np.diff(track)).sum()) * largest
        count = int(np.clip(np.ceil(length / 1.2), 15, 40))
    moments = np.linspace(0, len(track) - 1, count)
    roll, zoom = (np.interp(moments, np.arange(_TRACK), _smooth_sweep(rng).real) for _ in range(2))
    turn = min(float(rng.random() ** 2) * largest / 120.0, np.deg2rad(3.0)) / max(largest, 1e-9)
    roll = (roll - roll.mean()) / max(float(np.ptp(roll)), 1e-9) * turn
    zoom = (zoom - zoom.mean()) / max(float(np.ptp(zoom)), 1e-9) * turn * float(rng.random())
    places = np.interp(moments, np.arange(_TRACK), track.real) + 1j * np.interp(moments, np.arange(_TRACK), track.imag)
    places = places - places.mean()
    focal = float(rng.uniform(400.0, 1600.0))
    height, width = shape[:2]
    principal = width / 2 + float(rng.uniform(-400.0, 400.0)), height / 2 + float(rng.uniform(-400.0, 400.0))
    inner = np.array([x * width + 1j * y * height for x in (0.2, 0.5, 0.8) for y in (0.2, 0.5, 0.8)])

    def views(extent: float) -> NDArray[np.float64]:
        factor = extent
        result = np.eye(3)[None].repeat(count, 0)
        for _ in range(2 if extent > 0 else 0):  # displacements vary over the picture
            result = camera_views(places * factor, roll * factor, zoom * factor, focal=focal, principal=principal)
            factor *= extent / max(float(track_extent(displacement(result, inner)).mean()), 1e-9)
        return result

    return views(far), views(near)


def _smooth_sweep(rng: np.random.Generator) -> Track:
    """A smooth, mostly straight movement, slightly curved and oscillating."""
    time = np.linspace(-1.0, 1.0, _TRACK)
    track = time.astype(complex)
    for power, weight in ((2, 0.35), (3, 0.25)):
        track += weight * complex(*rng.normal(size=2)) * time**power
    waver = complex(*rng.normal(0.0, 0.12, 2))
    track += waver * np.sin(np.pi * time * rng.uniform(0.5, 3.0) + rng.uniform(0, 2 * np.pi))
    return np.asarray(track * np.exp(1j * rng.uniform(0, 2 * np.pi)))


def _trace_section(trace: Trace, rng: np.random.Generator) -> Track:
    """A section of 30 to 500 ms of a trace, with its axes randomly mirrored and swapped."""
    duration = min(float(np.exp(rng.uniform(np.log(0.03), np.log(0.5)))), 0.9 * float(np.ptp(trace[:, 0])))
    start = trace[0, 0] + rng.uniform(0.0, np.ptp(trace[:, 0]) - duration)
    time = np.linspace(start, start + duration, _TRACK)
    rates = np.stack([np.interp(time, trace[:, 0], trace[:, axis]) for axis in (1, 2)])
    angles = np.cumsum(rates, axis=1)
    track = angles[1] + 1j * angles[0]
    if rng.random() < 0.5:
        track = track.conj()
    return np.asarray(track * 1j ** int(rng.integers(4)))


def _random_highlights(rng: np.random.Generator) -> float:
    draw = rng.random()
    if draw < 0.4:
        return 1.0
    # Lamps at night are brighter than full scale by far more than Rim et al. (ECCV 2022) add.
    return float(rng.uniform(1.25, MAX_HIGHLIGHTS)) if draw < 0.85 else float(np.exp(rng.uniform(1.1, np.log(12.0))))


def _warped(light: Picture, view: NDArray[np.float64]) -> Picture:
    height, width = light.shape[:2]
    return np.asarray(
        cv2.warpPerspective(light, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101),
        np.float32,
    )


def _filled(light: Picture, cover: NDArray[np.float32]) -> Picture:
    """``light`` with the region under ``cover`` filled from its surroundings."""
    seen = 1.0 - cover
    around, weight = cv2.blur(light * seen[:, :, None], (31, 31)), cv2.blur(seen, (31, 31))[:, :, None]
    filled = np.where(weight > 0.02, around / np.maximum(weight, 1e-6), light)
    return (light * seen[:, :, None] + filled * cover[:, :, None]).astype(np.float32)
