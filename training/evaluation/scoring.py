"""Restoring and scoring the pictures of a set by one or several methods."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

import numpy as np

from core.evaluation import Protocol, Score
from core.evaluation.protocols import Perceptual
from training.evaluation.sets import EvaluationSet, Sample
from training.synthesis.light import Picture

WORST = 5
"""Number of worst pictures that are listed."""


@dataclass(frozen=True)
class Outcome:
    """The result of a method: the restored picture, (H, W, 3) float32, and the steps that it chose itself."""

    picture: Picture
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """A named restoration method; its function may use only the shape of the clean picture."""

    name: str
    restore: Callable[[Sample], Outcome]


@dataclass(frozen=True)
class Comparison:
    """One restored picture with its sample and scores."""

    set_name: str
    method: str
    name: str
    sample: Sample
    restored: Picture
    before: Score
    after: Score

    @property
    def gain(self) -> float:
        """Gain of PSNR by the method, in dB."""
        return gain(self.before, self.after)


@dataclass(frozen=True)
class SetResult:
    """Scores of one method on one set.

    Attributes:
        name: of the set.
        degradation: key of the true prompt, empty for clean pictures.
        method: name of the method.
        names: of the evaluated pictures.
        before: scores of the degraded pictures, in the order of names.
        after: scores of the restored ones.
        steps: the steps that the method chose for each picture; empty tuples if they were given.
        seconds: wall time of the method per megapixel.
    """

    name: str
    degradation: str
    method: str
    names: tuple[str, ...]
    before: tuple[Score, ...]
    after: tuple[Score, ...]
    steps: tuple[tuple[str, ...], ...]
    seconds: float

    def on(self, names: Sequence[str]) -> "SetResult":
        """The results of these pictures only (each must have been evaluated); the time stays that of all pictures."""
        chosen = [self.names.index(name) for name in names]
        return replace(
            self,
            names=tuple(names),
            before=tuple(self.before[index] for index in chosen),
            after=tuple(self.after[index] for index in chosen),
            steps=tuple(self.steps[index] for index in chosen),
        )

    @property
    def psnr(self) -> float:
        """Mean PSNR of the restored pictures in dB."""
        return fmean(score.psnr for score in self.after)

    def summary(self) -> dict[str, Any]:
        """Means, medians and the five pictures with the lowest gain, as plain values."""
        ranked = sorted(
            (gain(before, after), name, after.psnr)
            for name, before, after in zip(self.names, self.before, self.after, strict=True)
        )
        return {
            "set": self.name,
            "degradation": self.degradation,
            "method": self.method,
            "pictures": len(self.names),
            **_means(self.before, "input_"),
            **_means(self.after, ""),
            "median_psnr": median(score.psnr for score in self.after),
            "seconds_per_megapixel": self.seconds,
            "worst": [{"picture": name, "gain": value, "psnr": psnr} for value, name, psnr in ranked[:WORST]],
        }


def gain(before: Score, after: Score) -> float:
    """Gain of PSNR in dB; 0 where both are infinite."""
    return 0.0 if before.psnr == after.psnr else after.psnr - before.psnr


def spread(count: int, limit: int | None) -> list[int]:
    """At most ``limit`` of the numbers below ``count``, spread evenly, including first and last; None for all."""
    indices = np.linspace(0, count - 1, min(limit or count, count)).round()
    return [int(index) for index in np.unique(indices)]


def measure(
    pictures: EvaluationSet,
    methods: Sequence[Method],
    protocol: Protocol,
    *,
    chosen: Sequence[int] | None = None,
    perceptual: Perceptual | None = None,
    seen: Callable[[Comparison], None] = lambda comparison: None,
) -> list[SetResult]:
    """Restore the pictures of a set by every method and score them.

    Args:
        pictures: the set.
        methods: at least one; each picture is loaded, and its input scored, once for all of them.
        protocol: evaluation protocol.
        chosen: indices of the pictures; None for all.
        perceptual: an additional distance.
        seen: called with every restored picture.

    Returns:
        One result per method, in their order.
    """
    indices = range(len(pictures.names)) if chosen is None else chosen
    names = tuple(pictures.names[index] for index in indices)
    before: list[Score] = []
    after: list[list[Score]] = [[] for _ in methods]
    steps: list[list[tuple[str, ...]]] = [[] for _ in methods]
    seconds, pixels = [0.0] * len(methods), 0
    for index, name in zip(indices, names, strict=True):
        sample = pictures.load(index)
        pixels += sample.clean.shape[0] * sample.clean.shape[1]
        before.append(protocol.score(sample.degraded, sample.clean, perceptual))
        for number, method in enumerate(methods):
            started = time.perf_counter()
            outcome = method.restore(sample)
            seconds[number] += time.perf_counter() - started
            score = protocol.score(outcome.picture, sample.clean, perceptual)
            after[number].append(score)
            steps[number].append(outcome.steps)
            seen(Comparison(pictures.name, method.name, name, sample, outcome.picture, before[-1], score))
    return [
        SetResult(
            pictures.name,
            pictures.degradation,
            method.name,
            names,
            tuple(before),
            tuple(after[number]),
            tuple(steps[number]),
            seconds[number] / (pixels / 1e6),
        )
        for number, method in enumerate(methods)
    ]


def _means(scores: Sequence[Score], prefix: str) -> dict[str, float]:
    means = {
        f"{prefix}psnr": fmean(score.psnr for score in scores),
        f"{prefix}ssim": fmean(score.ssim for score in scores),
    }
    distances = [score.lpips for score in scores if score.lpips is not None]
    return {**means, f"{prefix}lpips": fmean(distances)} if distances else means
