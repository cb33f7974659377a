"""Restoring every picture of a set by one or several methods, and scoring what comes out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

import numpy as np

from core.evaluation import Protocol, Score
from core.evaluation.protocols import Perceptual
from training.evaluation.sets import EvaluationSet, Sample
from training.synthesis.light import Picture

WORST = 5
"""How many of the worst pictures are named."""


@dataclass(frozen=True)
class Outcome:
    """What a method makes of a picture: the restored one, (H, W, 3) float32, and the steps it chose for itself."""

    picture: Picture
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """A way of restoring: a name for tables, and a function that may look at the clean picture for its shape only."""

    name: str
    restore: Callable[[Sample], Outcome]


@dataclass(frozen=True)
class Comparison:
    """One restored picture with everything it was made of and measured by."""

    set_name: str
    method: str
    name: str
    sample: Sample
    restored: Picture
    before: Score
    after: Score

    @property
    def gain(self) -> float:
        """How much PSNR the method added, in dB."""
        return gain(self.before, self.after)


@dataclass(frozen=True)
class SetResult:
    """Scores of one method on one set.

    Attributes:
        name: of the set.
        degradation: key of the set's right prompt, empty for clean pictures.
        method: name of the method.
        names: of the pictures that were measured.
        before: scores of the degraded pictures, in the order of names.
        after: scores of the restored ones.
        steps: that the method chose for each, empty tuples if it had no choice.
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
        """The same, of these pictures only (each must have been measured); the pace stays that of all."""
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

    def summary(self) -> dict[str, object]:
        """Means, medians and the five worst pictures (those with the least gain), as plain values."""
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
    """How much PSNR was added, in dB; 0 where both are infinite."""
    return 0.0 if before.psnr == after.psnr else after.psnr - before.psnr


def spread(count: int, limit: int | None) -> list[int]:
    """At most ``limit`` of the numbers below ``count``, spread evenly, first and last among them; None takes all."""
    return np.unique(np.linspace(0, count - 1, min(limit or count, count)).round().astype(int)).tolist()


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
        protocol: how to compare.
        chosen: indices of the pictures to take; None takes all.
        perceptual: a further distance to be measured.
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
