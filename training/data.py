"""Training samples: crops with their degradation, each a pure function of (seed, step, index).

Because no state is carried from one sample to the next, a resumed run sees exactly the samples that an uninterrupted
one would have seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.degradations import KEYS, degradation
from training import synthesis
from training.config import Task, TrainingConfig
from training.pictures import DataError, Pair, list_pairs, list_pictures, read_grey, read_picture

BLUR_MARGIN = 24
"""Pixels around a crop that blur may draw from, so that crops carry no reflected borders where the photo goes on."""


Reader = Callable[[Path], NDArray[np.uint8]]


@dataclass(frozen=True)
class Batch:
    """Samples of one step: pictures (B, 3, P, P) float32 in [0, 1], prompts (B,) int64 indices into KEYS."""

    degraded: NDArray[np.float32]
    clean: NDArray[np.float32]
    prompts: NDArray[np.int64]


class TaskData:
    """The pictures of one task, decoded into memory, and how a crop of them is degraded."""

    def __init__(self, task: Task, root: Path, holdout: int, read: Reader = read_picture) -> None:
        self.task = task
        pairs = [pair for folder in task.folders for pair in _load(task, root / folder, root, read)]
        if len(pairs) <= holdout:
            raise DataError(f"{', '.join(task.folders)}: {len(pairs)} pictures are too few with {holdout} held out.")
        # Held-out pictures are spread over the sorted files, the same ones in every run.
        held = set(np.linspace(0, len(pairs) - 1, holdout).round().astype(int).tolist()) if holdout else set()
        self.training = [pair for index, pair in enumerate(pairs) if index not in held]
        self.validation = [pairs[index] for index in sorted(held)]
        self._degrade = _degrader(task, root)

    def sample(
        self, pairs: list[Pair], patch: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
        """Draw a crop: degraded and clean (P, P, 3) float32 in [0, 1], and the index of its prompt."""
        pair = pairs[int(rng.integers(len(pairs)))]
        margin = BLUR_MARGIN if self.task.kind == "blur" else 0
        pair = _augment(_crop(pair, patch + 2 * margin, rng), rng)
        clean = pair.clean.astype(np.float32) / 255.0
        if pair.degraded is not None:
            degraded = pair.degraded.astype(np.float32) / 255.0
        else:
            degraded = np.round(self._degrade(clean, pair, rng) * 255.0).astype(np.float32) / 255.0
        inner = (slice(margin, margin + patch), slice(margin, margin + patch))
        key = self.task.degradation or KEYS[int(rng.integers(len(KEYS)))]
        return degraded[inner], clean[inner], KEYS.index(key)


class TrainingData:
    """All tasks of a configuration."""

    def __init__(self, config: TrainingConfig, root: Path) -> None:
        self.config = config
        read = cache(read_picture)  # tasks share pictures: decode and hold each once
        self.tasks = [TaskData(task, root, config.holdout, read) for task in config.tasks]
        shares = np.array([task.share for task in config.tasks])
        self._cumulative = np.cumsum(shares / shares.sum())

    def batch(self, step: int) -> Batch:
        """The samples of step ``step``."""
        stage = self.config.stage_at(step)
        # One stratified draw a step instead of independent ones: every step sees the tasks near their shares.
        offset = np.random.default_rng((self.config.seed, step)).random()
        samples = []
        for index in range(stage.batch):
            rng = np.random.default_rng((self.config.seed, step, index))
            chosen = int(np.searchsorted(self._cumulative, (index + offset) / stage.batch))
            data = self.tasks[min(chosen, len(self.tasks) - 1)]
            samples.append(data.sample(data.training, stage.patch, rng))
        return _collate(samples)

    def validation(self, patch: int) -> list[tuple[str, Batch]]:
        """One batch per task of held-out pictures, always the same: (name, batch)."""
        batches = []
        for number, data in enumerate(self.tasks):
            if data.validation:
                rngs = [np.random.default_rng((self.config.seed, number, i)) for i in range(len(data.validation))]
                samples = [data.sample([pair], patch, rng) for pair, rng in zip(data.validation, rngs, strict=True)]
                batches.append((data.task.degradation or "clean", _collate(samples)))
        return batches


def _collate(samples: list[tuple[NDArray[np.float32], NDArray[np.float32], int]]) -> Batch:
    degraded, clean, prompts = zip(*samples, strict=True)
    return Batch(_stack(degraded), _stack(clean), np.array(prompts, np.int64))


def _stack(pictures: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))  # (B, H, W, 3) -> (B, 3, H, W)


def _load(task: Task, folder: Path, root: Path, read: Reader) -> list[Pair]:
    if task.kind == "pairs":
        return [_load_pair(degraded, clean, read) for degraded, clean in list_pairs(folder)]
    files = list_pictures(folder)
    if depth_folder := task.options.get("depth"):
        depths = {file.stem: file for file in list_pictures(root / depth_folder)}
        lacking = [file for file in files if file.stem not in depths]
        if lacking:
            raise DataError(f"{lacking[0]}: has no depth picture in {root / depth_folder}.")
        return [Pair(read(file), depth=read_grey(depths[file.stem])) for file in files]
    return [Pair(read(file)) for file in files]


def _load_pair(degraded: Path, clean: Path, read: Reader) -> Pair:
    pair = Pair(read(clean), read(degraded))
    if pair.degraded is not None and pair.degraded.shape != pair.clean.shape:
        raise DataError(f"{degraded}: differs in size from its clean picture {clean}.")
    return pair


def _crop(pair: Pair, size: int, rng: np.random.Generator) -> Pair:
    height, width = pair.clean.shape[:2]
    top = int(rng.integers(max(height - size, 0) + 1))
    left = int(rng.integers(max(width - size, 0) + 1))

    def cut(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        piece = picture[top : top + size, left : left + size]
        missing = [(0, size - piece.shape[0]), (0, size - piece.shape[1])] + [(0, 0)] * (piece.ndim - 2)
        return np.pad(piece, missing, mode="symmetric") if any(after for _, after in missing) else piece

    return _map(pair, cut)


def _augment(pair: Pair, rng: np.random.Generator) -> Pair:
    flip_x, flip_y = rng.random() < 0.5, rng.random() < 0.5
    # Rain falls and haze thickens towards the horizon; only mirroring keeps them so. The paper mirrors as well.
    return _map(pair, lambda picture: picture[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


def _map(pair: Pair, function: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Pair:
    return Pair(
        function(pair.clean),
        None if pair.degraded is None else function(pair.degraded),
        None if pair.depth is None else function(pair.depth),
    )


def _degrader(
    task: Task, root: Path
) -> Callable[[NDArray[np.float32], Pair, np.random.Generator], NDArray[np.float32]]:
    match task.kind:
        case "noise":
            sigma = degradation(task.degradation).sigma or 0.0
            return lambda clean, pair, rng: synthesis.gaussian_noise(clean, sigma, rng)
        case "rain":
            return lambda clean, pair, rng: synthesis.random_rain(clean, rng)
        case "low-light":
            return lambda clean, pair, rng: synthesis.random_low_light(clean, rng)
        case "blur":
            kernels = synthesis.load_kernels(root / task.options["kernels"], task.options["names"])
            return lambda clean, pair, rng: synthesis.random_blur(clean, kernels, rng)
        case "haze":
            return _hazy
        case _:
            return lambda clean, pair, rng: clean


def _hazy(clean: NDArray[np.float32], pair: Pair, rng: np.random.Generator) -> NDArray[np.float32]:
    if pair.depth is None:
        depth = synthesis.synthetic_depth(*clean.shape[:2], rng)
    else:
        depth = pair.depth.astype(np.float32) / 255.0
    return synthesis.random_haze(clean, depth, rng)
