"""Motion blur as photographs have it: the camera turns and shifts, near things move more, and some move by themselves.

The exposure is a path of homographies; the picture seen at each of its moments is warped from the clean one, and all
are averaged in linear light (Whyte et al., *Non-uniform deblurring for shaken images*, IJCV 2012; Rim et al.,
*Realistic blur synthesis for learning image deblurring*, ECCV 2022). Paths have no mean, so that the blurred picture
lies on the clean one.

The extent of a path is the largest distance in pixels between two of its points, seen from any side.
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
"""(T,) complex, x + iy in pixels at even times over the exposure, of mean 0."""

Trace = NDArray[np.float64]
"""(S, 4) float64: times in seconds and the rates of turn about x, y and z in radians a second."""

_DIRECTIONS = np.exp(1j * np.linspace(0.0, np.pi, 24, endpoint=False))
STRONGEST = 2.75
"""Largest factor on clipped light that Rim et al. draw."""

LONGEST = 2.2
"""Largest length of a path of extent 1."""

_TRACK = 128
"""Points of a track."""


def motion_margin(extent: float) -> int:
    """Pixels around a crop from which motion of this extent draws."""
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
    """Blur of a random extent, with the light of clipped highlights and some of a sensor's noise.

    Args:
        clean: (H, W, 3) float32 in [0, 1].
        extent: smallest and largest extent in pixels, above 0; drawn evenly in its logarithm, so that every severity
            has its share.
        rng: decides everything.
        kernels: measured kernels, each with sum 1; they blur evenly, at the wanted extent.
        path_share: share of the samples whose camera moves along a path of homographies; the others get a kernel. All
            do where there are no kernels.
        trace: a measured gyro trace, see :func:`load_trace`; a fifth of the paths are cut out of it.

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    wanted = random_level(extent[0], extent[1], rng, log_share=1.0)
    highlights = _random_highlights(rng)
    if kernels and rng.random() >= path_share:
        kernel = random_kernel_of_extent(wanted, kernels, rng)
        out = blur(clean, kernel, highlights=min(highlights, STRONGEST))
    else:
        out = to_encoded(_random_layers(brightened(clean, highlights), clean, wanted, rng, trace))
    draw = rng.random()
    if draw < 0.35:
        sigma = np.float32(np.exp(rng.uniform(np.log(0.4), np.log(4.0))) / 255.0)
        out = np.clip(out + sigma * rng.standard_normal(out.shape, np.float32), 0.0, 1.0)
    elif draw < 0.5:
        out = camera_grain(out, float(np.exp(rng.uniform(np.log(0.5), np.log(5.0)))), rng)
    return out


def brightened(clean: Picture, highlights: float) -> Picture:
    """Linear light of the picture, that of clipped values ``highlights`` times as bright; see :func:`blur`.

    More than :data:`STRONGEST` times is for lamps only: white all over, and less than 3 % of the picture.
    """
    light = to_linear(clean)
    if highlights == 1.0:
        return light
    clipped = (clean >= CLIPPED).astype(np.float32)
    if highlights > STRONGEST:  # a lamp, no cloud or wall
        lamp = clipped.min(axis=2, keepdims=True)
        return light * (1.0 + np.float32(highlights - 1.0) * lamp) if lamp.mean() < 0.03 else light
    return light * (1.0 + np.float32(highlights - 1.0) * clipped * clipped.mean(axis=2, keepdims=True))


def moved(light: Picture, views: NDArray[np.float64]) -> Picture:
    """The mean of ``light`` as seen through each homography.

    Args:
        light: (H, W, C) float32.
        views: (N, 3, 3) float64, from places in ``light`` to places in the result, (x, y, 1) columns.

    Returns:
        (H, W, C) float32; borders are reflected.
    """
    light = np.ascontiguousarray(light)
    wide = np.concatenate([light, light[:, :, :1]], axis=2) if light.shape[2] == 3 else light  # four are faster
    total: Picture = np.zeros(wide.shape, np.float32)
    for view in views:
        cv2.accumulate(_warped(wide, view), total)
    return (total[:, :, : light.shape[2]] / len(views)).astype(np.float32)


def moved_layers(
    light: Picture, cover: NDArray[np.float32], behind: NDArray[np.float64], front: NDArray[np.float64]
) -> Picture:
    """The mean over the exposure of a piece of the picture that moves before the rest.

    What comes to light behind the piece is continued from around it. Both are averaged by themselves and then laid over
    one another, which leaves out that the edge of the piece and what is behind it move at the same time.

    Args:
        light: (H, W, 3) float32.
        cover: (H, W) float32 in [0, 1], where the piece is.
        behind, front: (N, 3, 3) float64 homographies of the rest and of the piece.

    Returns:
        (H, W, 3) float32.
    """
    alpha = cover[:, :, None]
    piece = np.concatenate([light * alpha, alpha], axis=2)
    ground = _continued(light, cover)
    mean = moved(piece, front)
    return np.asarray(moved(ground, behind) * (1.0 - mean[:, :, 3:]) + mean[:, :, :3])


def camera_views(
    track: Track,
    roll: NDArray[np.float64],
    zoom: NDArray[np.float64],
    *,
    focal: float,
    principal: tuple[float, float],
) -> NDArray[np.float64]:
    """Homographies of a camera that turns about its three axes and moves along the optical one.

    A turn R of a camera of matrix K moves the picture by ``K R K^-1`` (Hartley and Zisserman, *Multiple View Geometry*,
    on cameras that turn about their centre).

    Args:
        track: (N,) complex, how far the middle of the photograph moves: turns about the vertical axis (real part) and
            about the horizontal one (imaginary part), by ``arctan(track / focal)``.
        roll: (N,) turns about the optical axis in radians.
        zoom: (N,) logarithms of the scale.
        focal: focal length in pixels.
        principal: x, y of the middle of the photograph, in pixels of the crop; it may lie outside.

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
    """How far each view moves each point: (N, P) complex for (N, 3, 3) views and (P,) complex points, in pixels."""
    columns = np.stack([points.real, points.imag, np.ones(len(points))])
    seen = views @ columns
    return np.asarray((seen[:, 0] + 1j * seen[:, 1]) / seen[:, 2] - points)


def track_extent(track: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Extent of (N,) points, or of each column of (N, P): () or (P,) float64."""
    turned = (track[..., None] * _DIRECTIONS.conj()).real
    return np.asarray((turned.max(0) - turned.min(0)).max(-1))


def random_track(rng: np.random.Generator, trace: Trace | None = None) -> Track:
    """A path of extent 1: a smooth sweep of the hand, a jerky shake, or a piece of a measured trace.

    It is smoothed until it is no longer than :data:`LONGEST`, so that few views show it without gaps; kernels can be
    tangled more.
    """
    draw = rng.random()
    if trace is not None and draw < 0.2:
        track = _traced(trace, rng)
    elif draw < 0.7:
        track = _swept(rng)
    else:
        path = camera_path(rng)
        track = path[np.linspace(0, len(path) - 1, _TRACK).round().astype(int)]
    track = _of_extent_one(track)
    width = 1.0
    while float(np.abs(np.diff(track)).sum()) > LONGEST:
        weights = np.exp(-((np.arange(-24, 25) / width) ** 2) / 2)
        track = _of_extent_one(np.convolve(np.pad(track, 24, mode="edge"), weights / weights.sum(), "valid"))
        width = min(1.5 * width, 12.0)
    return track


def _of_extent_one(track: Track) -> Track:
    track = track - track.mean()
    return track / max(float(track_extent(track)), 1e-9)


def random_kernel_of_extent(extent: float, measured: Sequence[Kernel], rng: np.random.Generator) -> Kernel:
    """A measured kernel turned, mirrored and resized at random, or, a fifth of the time, a synthetic camera shake."""
    if rng.random() < 0.2:
        return shake_kernel(extent / 3.2, rng)  # its paths are about that many radii long
    chosen = measured[int(rng.integers(len(measured)))]
    radius = spread(chosen) * extent / max(kernel_extent(chosen), 1.0)
    return resized_kernel(chosen, radius, angle=float(rng.uniform(0, 360)), mirrored=bool(rng.random() < 0.5))


def kernel_extent(kernel: Kernel) -> float:
    """Extent in pixels of a kernel's light above a twentieth of its brightest point."""
    rows, columns = np.nonzero(kernel > 0.05 * kernel.max())
    return float(track_extent(columns + 1j * rows))


def load_trace(file: Path) -> Trace:
    """Read a gyro trace: lines with the number of samples and with the exposure's time in ns, then that many lines of
    ``time x y z`` in ns and radians a second. What follows is not read.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no such trace.
    """
    with file.open(encoding="utf-8") as lines:
        table = np.loadtxt(lines, skiprows=1, ndmin=2, max_rows=int(next(lines)))
    if table.shape[1] != 4 or len(table) < 8:
        raise ValueError(f"{file}: wanted at least 8 lines of a time and three rates of turn")
    table[:, 0] *= 1e-9
    return table


def piece_cover(clean: Picture, rng: np.random.Generator) -> NDArray[np.float32]:
    """A thing in the picture, by colour and place: (H, W) float32 in [0, 1] with an edge of a pixel or two.

    As in :func:`training.synthesis.scene_augmentation.segment_depth` every pixel belongs to the nearest of a few;
    one to three of these pieces are taken. It is done at a quarter of the resolution.
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
    return np.clip((smooth - 0.5) * 2.0 + 0.5, 0.0, 1.0).astype(np.float32)


def _random_layers(
    light: Picture, clean: Picture, extent: float, rng: np.random.Generator, trace: Trace | None
) -> Picture:
    draw = rng.random()
    if draw < 0.5:  # all of it at one distance
        return moved(light, _random_views(light.shape, extent, extent, rng, trace)[0])
    cover = piece_cover(clean, rng)
    if draw < 0.75:  # a nearer part moves more, along the same path
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
    """Homographies of far and near things for one random path, of the wanted mean extents over the picture."""
    track, largest = random_track(rng, trace), max(far, near)
    if count is None:
        length = float(np.abs(np.diff(track)).sum()) * largest
        count = int(np.clip(np.ceil(length / 1.2), 15, 40))
    moments = np.linspace(0, len(track) - 1, count)
    roll, zoom = (np.interp(moments, np.arange(_TRACK), _swept(rng).real) for _ in range(2))
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
        for _ in range(2 if extent > 0 else 0):  # places move a little more or less than the middle does
            result = camera_views(places * factor, roll * factor, zoom * factor, focal=focal, principal=principal)
            factor *= extent / max(float(track_extent(displacement(result, inner)).mean()), 1e-9)
        return result

    return views(far), views(near)


def _swept(rng: np.random.Generator) -> Track:
    """A smooth movement of the hand: mostly straight, bent and wavering a little."""
    time = np.linspace(-1.0, 1.0, _TRACK)
    track = time.astype(complex)
    for power, weight in ((2, 0.35), (3, 0.25)):
        track += weight * complex(*rng.normal(size=2)) * time**power
    waver = complex(*rng.normal(0.0, 0.12, 2))
    track += waver * np.sin(np.pi * time * rng.uniform(0.5, 3.0) + rng.uniform(0, 2 * np.pi))
    return track * np.exp(1j * rng.uniform(0, 2 * np.pi))


def _traced(trace: Trace, rng: np.random.Generator) -> Track:
    """A piece of 30 to 500 ms of a trace, its axes mirrored and swapped at random."""
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
    return float(rng.uniform(1.25, STRONGEST)) if draw < 0.85 else float(np.exp(rng.uniform(1.1, np.log(12.0))))


def _warped(light: Picture, view: NDArray[np.float64]) -> Picture:
    height, width = light.shape[:2]
    return cv2.warpPerspective(light, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _continued(light: Picture, cover: NDArray[np.float32]) -> Picture:
    """``light`` with what ``cover`` hides continued from around it, as far as it reaches."""
    seen = 1.0 - cover
    around, weight = cv2.blur(light * seen[:, :, None], (31, 31)), cv2.blur(seen, (31, 31))[:, :, None]
    filled = np.where(weight > 0.02, around / np.maximum(weight, 1e-6), light)
    return (light * seen[:, :, None] + filled * cover[:, :, None]).astype(np.float32)
