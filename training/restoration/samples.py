"""Training samples: degraded crops, each a pure function of (seed, step, index).

Samples share no state, so a resumed run sees exactly the samples of an uninterrupted one, whichever thread or process
prepares them.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from core.degradations import KEYS
from training import synthesis
from training.data.pictures import Pair, Picture, to_unit
from training.restoration.config import TrainingConfig
from training.restoration.degrading import degrader
from training.restoration.inventory import TaskInventory, take_inventory
from training.synthesis.sky import SKY

BLUR_MARGIN = 24
"""Pixels around a crop that blur may use, so that crops contain no reflected borders inside the photo."""

Sample = tuple[NDArray[np.float32], NDArray[np.float32], int]
"""Degraded and clean crop, (P, P, 3) float32 in [0, 1], and the index of the prompt in KEYS."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """Samples of one step: pictures (B, 3, P, P) float32 in [0, 1], prompts (B,) int64 indices into KEYS."""

    degraded: NDArray[np.float32]
    clean: NDArray[np.float32]
    prompts: NDArray[np.int64]


class TaskData:
    """The pictures of one task, and the degradation of their crops."""

    def __init__(self, inventory: TaskInventory, root: Path) -> None:
        self.task = inventory.task
        self.training = inventory.training
        self.validation = inventory.validation
        self._degrade = degrader(self.task, root)

    def sample(self, pairs: Sequence[Pair], patch: int, rng: np.random.Generator) -> Sample:
        """Draw a picture, then crop, mirror and degrade it."""
        margin = self._margin()
        pair = self._drawn(pairs, patch, margin, rng)
        if self.task.options.get("low_contrast", False):
            pair = min(pair, self._drawn(pairs, patch, margin, rng), key=_contrast)
        for score, threshold in self._selection():
            others = (self._drawn(pairs, patch, margin, rng) for _ in range(3))
            pair = _first_above(pair, others, score, threshold)
        clean, depth = _floats(pair.clean), None if pair.depth is None else _floats(pair.depth)
        graphics = self.task.options.get("graphics", 0.0)
        if graphics and rng.random() < graphics:
            clean = synthesis.drawn_graphic(clean.shape[0], clean.shape[1], rng)
        flat = self.task.options.get("flat", 0.0)
        if flat and rng.random() < flat:
            clean = synthesis.flat_colour(clean.shape[0], clean.shape[1], rng)
        vivid = self.task.options.get("vivid", 0.0)
        if vivid and rng.random() < vivid:
            clean = synthesis.vivid_colours(clean, rng)
        if self.task.options.get("augment_scene", False):
            clean, depth = synthesis.augment_scene(clean, depth, rng)
        if self.task.options.get("lit", 0.0):
            clean = synthesis.well_lit(clean, self.task.options["lit"])
        if self.task.kind == "clean":
            clean = self._stored(clean, rng)
        degraded, key = self._degrade(clean, depth, rng)
        if pair.degraded is not None:
            degraded = _floats(pair.degraded)
        elif degraded is not clean:
            degraded = np.round(degraded * 255.0).astype(np.float32) / 255.0
        if self.task.kind != "clean":
            degraded = self._stored(degraded, rng)
        inner = (slice(margin, margin + patch), slice(margin, margin + patch))
        return degraded[inner], clean[inner], KEYS.index(key)

    def _margin(self) -> int:
        if "extent" in self.task.options:
            return synthesis.motion_margin(self.task.options["extent"][1])
        return BLUR_MARGIN if "blur" in self.task.families else 0

    def _stored(self, picture: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        jpeg = self.task.options.get("jpeg", 0.0)
        if not jpeg or rng.random() >= jpeg:
            return picture
        lowest, highest = self.task.options.get("quality", (30, 95))
        return synthesis.random_jpeg(picture, rng, qualities=(lowest, highest))

    def _selection(self) -> Iterator[tuple[Callable[[Pair], float], float]]:
        if self.task.options.get("sky", False):
            yield _sky_share, 0.2
        if self.task.options.get("daylight", False):
            yield _brightness, 0.3

    def _drawn(self, pairs: Sequence[Pair], patch: int, margin: int, rng: np.random.Generator) -> Pair:
        pair = pairs[int(rng.integers(len(pairs)))]
        if "zoom" in self.task.options:
            pair = _zoomed(pair, patch + 2 * margin, self.task.options["zoom"], rng)
        options = self.task.options
        upright, turns = options.get("outdoor", False), options.get("turns", False)
        return _augment(_crop(pair, patch + 2 * margin, rng), rng, upright=upright, turns=turns)


class TrainingData:
    """All tasks of a configuration.

    Args:
        config: the configuration, with tasks, stages and seed.
        root: data folder, which the tasks' folders are relative to.
        cache: folder for packed pictures, see :mod:`training.data.packing`; None decodes them into memory.

    Attributes:
        config: may be replaced by one with other stages.
        inventory: the pictures.

    Raises:
        DataError: pictures are missing, unreadable or inconsistent; one message lists all problems.
    """

    def __init__(self, config: TrainingConfig, root: Path, cache: Path | None = None) -> None:
        self.config = config
        crop = max(stage.patch for stage in config.stages)
        self.inventory = take_inventory(config.tasks, root, config.holdout, crop, cache)
        log.info("%s", self.inventory.table())
        self.tasks = [TaskData(entry, root) for entry in self.inventory.tasks]
        shares = np.array(self.inventory.weights)
        self._cumulative = np.cumsum(shares / shares.sum())

    @property
    def samples_per_epoch(self) -> int:
        """Number of samples of one pass over the pictures; see :attr:`training.restoration.inventory.Inventory`."""
        return self.inventory.samples_per_epoch

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Batch:
        """Samples ``rank``, ``rank + ranks``, ... of step ``step``, at least one.

        May be called from several threads.
        """
        stage = self.config.stage_at(step)
        # Stratified instead of independent draws: in every step the tasks have nearly their shares.
        offset = np.random.default_rng((self.config.seed, step)).random()
        samples = []
        for index in range(rank, stage.batch, ranks):
            rng = np.random.default_rng((self.config.seed, step, index))
            chosen = int(np.searchsorted(self._cumulative, (index + offset) / stage.batch))
            data = self.tasks[min(chosen, len(self.tasks) - 1)]
            samples.append(data.sample(data.training, stage.patch, rng))
        return _collate(samples)

    def validation(self, patch: int) -> list[tuple[str, Batch]]:
        """One batch of held-out pictures per task, always the same: (name, batch)."""
        batches = []
        for number, data in enumerate(self.tasks):
            if data.validation:
                rngs = [np.random.default_rng((self.config.seed, number, i)) for i in range(len(data.validation))]
                samples = [data.sample([pair], patch, rng) for pair, rng in zip(data.validation, rngs, strict=True)]
                batches.append((data.task.name, _collate(samples)))
        return batches


def _collate(samples: list[Sample]) -> Batch:
    degraded, clean, prompts = zip(*samples, strict=True)
    return Batch(_stack(degraded), _stack(clean), np.array(prompts, np.int64))


def _stack(pictures: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))  # (B, H, W, 3) -> (B, 3, H, W)


def _floats(picture: Picture) -> NDArray[np.float32]:
    return to_unit(picture[:, :])


def _crop(pair: Pair, size: int, rng: np.random.Generator) -> Pair:
    height, width = pair.clean.shape[:2]
    top = int(rng.integers(max(height - size, 0) + 1))
    left = int(rng.integers(max(width - size, 0) + 1))

    def cut(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        piece = picture[top : top + size, left : left + size]
        missing = [(0, size - piece.shape[0]), (0, size - piece.shape[1])] + [(0, 0)] * (piece.ndim - 2)
        return np.pad(piece, missing, mode="symmetric") if any(after for _, after in missing) else piece

    return _map(pair, cut)


def _zoomed(pair: Pair, patch: int, zoom: Sequence[float], rng: np.random.Generator) -> Pair:
    # A larger crop reduced to the patch; limited by the size of the picture.
    side = round(patch / np.exp(rng.uniform(*np.log(zoom))))
    side = max(min(side, *pair.clean.shape[:2]), patch)
    if side == patch:
        return pair
    return _map(_crop(pair, side, rng), lambda part: _reduced(part, patch))


def _reduced(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _contrast(pair: Pair) -> float:
    return float(np.std(pair.clean[:, :]))


def _sky_share(pair: Pair) -> float:
    return 0.0 if pair.depth is None else float(np.mean(pair.depth[:, :] == SKY))


def _brightness(pair: Pair) -> float:
    return float(np.mean(pair.clean[:, :])) / 255.0


def _first_above(drawn: Pair, others: Iterator[Pair], score: Callable[[Pair], float], threshold: float) -> Pair:
    """The first whose score reaches the threshold, without drawing any further ones; else that of the highest score."""
    best, highest = drawn, score(drawn)
    while highest < threshold and (other := next(others, None)) is not None:
        if (value := score(other)) > highest:
            best, highest = other, value
    return best


def _augment(pair: Pair, rng: np.random.Generator, *, upright: bool, turns: bool) -> Pair:
    flip_x, flip_y = rng.random() < 0.5, rng.random() < 0.5 and not upright
    # Rain falls and haze thickens towards the horizon; mirroring preserves this. The paper mirrors as well.
    pair = _map(pair, lambda picture: picture[:: -1 if flip_y else 1, :: -1 if flip_x else 1])
    if turns and rng.random() < 0.5:
        pair = _map(pair, lambda picture: np.ascontiguousarray(picture.swapaxes(0, 1)))  # all eight orientations
    return pair


def _map(pair: Pair, function: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Pair:
    def mapped(picture: Picture) -> NDArray[np.uint8]:
        return function(cast("NDArray[np.uint8]", picture))

    return Pair(
        mapped(pair.clean),
        None if pair.degraded is None else mapped(pair.degraded),
        None if pair.depth is None else mapped(pair.depth),
    )
