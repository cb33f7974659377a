"""The synthesis of a task: from a clean crop to the degraded one and its prompt."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.degradations import DEGRADATIONS, KEYS, degradation
from training import synthesis
from training.data.data_errors import Problem
from training.restoration.task import Task

Crop = NDArray[np.float32]
Degrade = Callable[[Crop, NDArray[np.float32] | None, np.random.Generator], tuple[Crop, str]]
"""(clean (H, W, 3) float32 in [0, 1], depth (H, W) float32 in [0, 1] or None, rng) -> degraded, key of the prompt."""


def degrader(task: Task, root: Path) -> Degrade:
    """The synthesis of ``task``; files of kernels are relative to ``root``. For pairs it only chooses the prompt."""
    match task.kind:
        case "pairs":
            return lambda clean, depth, rng: (clean, task.degradation)
        case "clean":
            return _clean(task)
        case "noise" if "sources" in task.options:
            return _any_noise(task)
        case "noise" if "sigma" in task.options:
            low, high = task.options["sigma"]
            log_share = task.options.get("log_share", 0.0)
            return lambda clean, depth, rng: _noise_between(clean, low, high, rng, log_share)
        case "noise":
            sigma = degradation(task.degradation).sigma or 0.0
            return lambda clean, depth, rng: (synthesis.gaussian_noise(clean, sigma, rng), task.degradation)
        case "rain" if "strength" in task.options:
            weakest, strongest = task.options["strength"]
            return lambda clean, depth, rng: (
                synthesis.photographed_rain(clean, float(rng.uniform(weakest, strongest)), rng),
                task.degradation,
            )
        case "rain":
            return lambda clean, depth, rng: (synthesis.random_rain(clean, rng), task.degradation)
        case "low-light":
            darken = synthesis.measured_low_light if task.options.get("measured", False) else synthesis.random_low_light
            return lambda clean, depth, rng: (darken(clean, rng), task.degradation)
        case "haze" if task.options.get("outdoor", False):
            return _outdoor(task)
        case "haze" if "camera" in task.options:
            return lambda clean, depth, rng: (
                _exposed_haze(clean, depth, rng, task.options["camera"]),
                task.degradation,
            )
        case "haze":
            return lambda clean, depth, rng: (_hazy(clean, depth, rng), task.degradation)
        case "blur" if "extent" in task.options:
            return _motion(task, root)
        case "blur":
            kernels = _kernels(task, root)
            return lambda clean, depth, rng: (synthesis.random_blur(clean, kernels, rng), task.degradation)
        case "mixed":
            kernels = _kernels(task, root)
            return lambda clean, depth, rng: (
                synthesis.random_mixed(clean, task.families, rng, depth=depth, kernels=kernels),
                task.degradation,
            )


def nearest_noise(sigma: float) -> str:
    """Key of the noise prompt whose standard deviation is nearest to ``sigma``, on the 0-255 scale."""
    levels = [(abs(entry.sigma - sigma), entry.key) for entry in DEGRADATIONS if entry.sigma is not None]
    return min(levels)[1]


def shared_noise_prompt(sigma: float, rng: np.random.Generator) -> str:
    """Key of a noise prompt for ``sigma``, on the 0-255 scale: the level whose ratio to it is nearest to 1.

    The boundaries are the geometric means of the levels, 19 and 35. ``sigma`` gets a random error of 15 %, like the
    estimate of a user or detector, and one prompt in 30 is random, so that every prompt is trained at every level.
    """
    levels = {entry.key: entry.sigma for entry in DEGRADATIONS if entry.sigma is not None}
    if rng.random() < 1 / 30:
        return list(levels)[int(rng.integers(len(levels)))]
    estimate = np.log(max(sigma, 1e-3)) + rng.normal(0.0, 0.15)
    return min(levels, key=lambda key: abs(np.log(levels[key]) - estimate))


def kernel_problems(task: Task, root: Path) -> list[Problem]:
    """Problems of the kernel file and the gyro trace of ``task``."""
    return _trace_problems(task, root) + _kernel_problems(task, root)


def _trace_problems(task: Task, root: Path) -> list[Problem]:
    if "gyro" not in task.options:
        return []
    file = root / task.options["gyro"]
    try:
        synthesis.load_trace(file)
    except OSError as error:
        return [Problem("missing files", f"{file}: the trace cannot be read: {error.strerror or error}.")]
    except ValueError:
        return [Problem("missing files", f"{file}: is not a gyro trace with a time and three rates per line.")]
    return []


def _kernel_problems(task: Task, root: Path) -> list[Problem]:
    if "kernels" not in task.options:
        return []
    file = root / task.options["kernels"]
    try:
        with np.load(file) as archive:
            missing = [name for name in task.options["names"] if not _named(archive.files, [name])]
    except OSError as error:
        return [Problem("missing files", f"{file}: the kernels cannot be read: {error.strerror or error}.")]
    except ValueError:
        return [Problem("missing files", f"{file}: is not an .npz file of kernels.")]
    return [Problem("missing kernels", f"{file}: contains no kernel named {name!r}.") for name in missing]


def _kernels(task: Task, root: Path) -> Sequence[NDArray[np.float32]]:
    if "kernels" not in task.options:
        return ()
    file = root / task.options["kernels"]
    with np.load(file) as archive:
        names = _named(archive.files, task.options["names"])
    return synthesis.load_kernels(file, names)


def _named(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The names that match the patterns, in the order of the patterns."""
    return list(dict.fromkeys(name for pattern in patterns for name in names if fnmatchcase(name, pattern)))


def _any_noise(task: Task) -> Degrade:
    (low, high), shares = task.options["sigma"], task.options["sources"]
    log_share = task.options.get("log_share", 0.0)

    def degrade(clean: Crop, depth: NDArray[np.float32] | None, rng: np.random.Generator) -> tuple[Crop, str]:
        noisy, sigma = synthesis.random_noise(clean, (low, high), shares, rng, log_share=log_share)
        return noisy, shared_noise_prompt(sigma, rng)

    return degrade


def _motion(task: Task, root: Path) -> Degrade:
    low, high = task.options["extent"]
    kernels, share = _kernels(task, root), task.options.get("paths", 0.7)
    trace = synthesis.load_trace(root / task.options["gyro"]) if "gyro" in task.options else None
    return lambda clean, depth, rng: (
        synthesis.random_motion_blur(clean, (low, high), rng, kernels=kernels, path_share=share, trace=trace),
        task.degradation,
    )


def _noise_between(
    clean: Crop, low: float, high: float, rng: np.random.Generator, log_share: float = 0.0
) -> tuple[Crop, str]:
    sigma = synthesis.random_level(low, high, rng, log_share=log_share) if log_share else float(rng.uniform(low, high))
    return synthesis.gaussian_noise(clean, sigma, rng), nearest_noise(sigma)


def _hazy(clean: Crop, depth: NDArray[np.float32] | None, rng: np.random.Generator) -> Crop:
    if depth is None:
        depth = synthesis.synthetic_depth(clean.shape[0], clean.shape[1], rng)
    return synthesis.random_haze(clean, depth, rng)


def _exposed_haze(clean: Crop, depth: NDArray[np.float32] | None, rng: np.random.Generator, camera: float) -> Crop:
    hazy = _hazy(clean, depth, rng)
    return synthesis.exposed(hazy, rng) if rng.random() < camera else hazy


def _outdoor(task: Task) -> Degrade:
    camera = task.options.get("camera", 0.0)
    make = synthesis.measured_haze if "depth" in task.options else synthesis.outdoor_haze

    def degrade(clean: Crop, depth: NDArray[np.float32] | None, rng: np.random.Generator) -> tuple[Crop, str]:
        if depth is None:
            raise ValueError("outdoor haze needs a map of the scene")
        return make(clean, depth, rng, camera=camera), task.degradation

    return degrade


def _clean(task: Task) -> Degrade:
    keys = (task.degradation,) if task.degradation else tuple(task.options.get("prompts", KEYS))
    share = task.options.get("slight", 0.0)

    def degrade(clean: Crop, depth: NDArray[np.float32] | None, rng: np.random.Generator) -> tuple[Crop, str]:
        key = keys[0] if task.degradation else keys[int(rng.integers(len(keys)))]
        if share and rng.random() < share:
            return synthesis.slight(clean, degradation(key).family, rng), key
        return clean, key

    return degrade
