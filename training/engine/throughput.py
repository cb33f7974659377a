"""Measuring the speed of loader and training step separately, to find the bottleneck."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from training.engine.distributed import ALONE, Ranks
from training.engine.loader import Loader
from training.engine.loop import Trainer
from training.engine.objective import Objective

WARM_UP = 2
"""Untimed initial steps, which allocate memory and select algorithms."""


@dataclass(frozen=True)
class Throughput:
    """Images per second over all processes: of the loader alone, and of the step alone with its batch ready."""

    loader: float
    step: float

    def __str__(self) -> str:
        ratio = self.loader / self.step
        return (
            f"loader alone {self.loader:.1f} images/s, step alone {self.step:.1f} images/s: "
            f"the loader is {ratio:.2f} times as fast as the step"
            + ("" if ratio > 1 else "; use more workers, a cache, or more processor cores")
        )


def measure(objective: Objective, device: torch.device, steps: int, ranks: Ranks = ALONE) -> Throughput:
    """Run the first ``steps`` steps in a temporary folder, which is removed.

    Args:
        objective: what is trained.
        device: of the network.
        steps: number of timed steps; positive.
        ranks: this process among all; all must call it.

    Raises:
        DataError, TrainingError: as a run would.
    """
    images = objective.settings.stage_at(0).batch
    with Loader(objective, 0, WARM_UP + steps, device, ranks) as loader:
        for _ in range(WARM_UP):
            loader.take()
        started = time.perf_counter()
        for _ in range(steps):
            loader.take()
        seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        pace = seconds_per_step(Trainer(objective, Path(folder), device, ranks), steps)
    return Throughput(images * steps / seconds, images / pace)


def seconds_per_step(trainer: Trainer, steps: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Median time of ``steps`` training steps with their batch ready; they change the trainer's weights.

    ``clock`` returns seconds; with ``time.process_time`` other programs hardly influence the result.
    """
    with Loader(trainer.objective, 0, 1, trainer.device, trainer.ranks) as loader:
        batch = loader.take()
    times = []
    for _ in range(WARM_UP + steps):
        started = clock()
        trainer.train_step(batch)  # reads the loss back, and so waits for the device
        times.append(clock() - started)
    return statistics.median(times[WARM_UP:])
