"""Fits the limits of the report on quality (:mod:`core.quality.limits`) to results that were looked at.

``quality_labels.csv`` has a row for each result: the photo's file, the prompt, the strength, the model's hash, what
was seen (``good``, ``harmless`` or ``harmful``, and the kinds of harm), and the measures. It holds no pictures.
"""

import argparse
import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.quality import LIMITS
from core.quality.measures import Measures

LABELS = "quality_labels.csv"
"""The file beside this module."""

MEASURES = tuple(name for name in Measures.names() if name != "change")
"""Those that have a limit."""

FALSE_ALARMS = 0.06
"""Share of the good results that the fitted limits may warn of; they are to warn of at most 0.1 of unseen ones."""

_GUARD = 1.2
"""A measure that finds no harm of its own gets this many times its largest value of a good result as its limit."""

_ROUNDS = 3
_ORDERS = 8
"""How often the limits are changed one after the other, and from how many orders of them the best is taken."""


@dataclass(frozen=True)
class Labelled:
    """Results that were looked at.

    Attributes:
        values: (results, measures) in the order of :data:`MEASURES`.
        labels: ``"good"``, ``"harmless"`` or ``"harmful"`` of each.
        sources: where each photo is from: folder and the first part of its name.
        names: of the results, for people.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.str_]
    sources: NDArray[np.str_]
    names: tuple[str, ...]

    def part(self, chosen: NDArray[np.bool_]) -> "Labelled":
        """The chosen results."""
        names = tuple(name for name, take in zip(self.names, chosen, strict=True) if take)
        return Labelled(self.values[chosen], self.labels[chosen], self.sources[chosen], names)


@dataclass(frozen=True)
class Shares:
    """How many results are warned of, 0 to 1, by label."""

    harmful: float
    good: float
    harmless: float


def read_labels(file: Path | None = None) -> Labelled:
    """Read the labelled results; by default those of the project."""
    text = (resources.files("training.evaluation") / LABELS if file is None else file).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return Labelled(
        np.array([[float(row[name]) for name in MEASURES] for row in rows]),
        np.array([row["label"] for row in rows]),
        np.array([row["source"] for row in rows]),
        tuple(f"{row['file']} {row['prompt']} {row['strength']}" for row in rows),
    )


def warned(values: NDArray[np.float64], limits: Mapping[str, float]) -> NDArray[np.bool_]:
    """Which of the results, rows of ``values``, exceed any limit."""
    exceeded: NDArray[np.bool_] = values > np.array([limits[name] for name in MEASURES])
    return np.asarray(exceeded.any(axis=1))


def fit(data: Labelled) -> dict[str, float]:
    """Fit limits: few missed harmful results with at most :data:`FALSE_ALARMS` of the good ones warned of.

    Starting above all good results, one limit after the other is set to the best of all values that separate two
    harmful results, several times over and in several orders. Harmless results count neither way.
    """
    harmful, good = data.values[data.labels == "harmful"], data.values[data.labels == "good"]
    guards = np.maximum(good.max(axis=0), 1e-3) * _GUARD
    rng = np.random.default_rng(0)
    descents = [_descend(harmful, good, guards, rng.permutation(len(MEASURES))) for _ in range(_ORDERS)]
    _, limits = min(descents, key=lambda descent: descent[0])
    return {name: float(f"{limit:.3g}") for name, limit in zip(MEASURES, limits, strict=True)}


def _descend(
    harmful: NDArray[np.float64], good: NDArray[np.float64], guards: NDArray[np.float64], order: NDArray[np.int64]
) -> tuple[float, NDArray[np.float64]]:
    """The loss, and the limits with it, that single changes of limits in this order lead to."""
    limits = guards.copy()
    lowest = _loss(harmful, good, limits)
    for _ in range(_ROUNDS):
        for place in order:
            for value in (guards[place], *_between(harmful[:, place])):
                tried = limits.copy()
                tried[place] = value
                loss = _loss(harmful, good, tried)
                if loss < lowest - 1e-9:
                    lowest, limits = loss, tried
    return lowest, limits


def _between(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.unique(values[values > 0])
    return np.concatenate([ordered[:1] * 0.9, (ordered[1:] + ordered[:-1]) / 2])[::-1]


def _loss(harmful: NDArray[np.float64], good: NDArray[np.float64], limits: NDArray[np.float64]) -> float:
    missed = float(np.mean(np.all(harmful <= limits, axis=1)))
    false = float(np.mean(np.any(good > limits, axis=1)))
    return missed + 0.5 * false + 40 * max(0.0, false - FALSE_ALARMS)


def shares(data: Labelled, flags: NDArray[np.bool_]) -> Shares:
    """How many results of each label are warned of; ``flags`` are of :func:`warned`."""

    def share(label: str) -> float:
        chosen = data.labels == label
        return float(flags[chosen].mean()) if chosen.any() else 0.0

    return Shares(share("harmful"), share("good"), share("harmless"))


def cross_validated(data: Labelled, folds: int = 8) -> Shares:
    """The shares for limits that were fitted without the sources of the results that they judge.

    Args:
        data: labelled results.
        folds: parts into which the sources are divided, alternately in the order of their sizes.
    """
    sources, counts = np.unique(data.sources, return_counts=True)
    fold_of = {source: number % folds for number, source in enumerate(sources[np.argsort(-counts, kind="stable")])}
    place = np.array([fold_of[source] for source in data.sources])
    flags = np.zeros(len(place), np.bool_)
    for fold in range(folds):
        flags[place == fold] = warned(data.values[place == fold], fit(data.part(place != fold)))
    return shares(data, flags)


def report_lines(data: Labelled, limits: Mapping[str, float]) -> Iterable[str]:
    """What the limits do to the labelled results, as lines of text."""
    flags = warned(data.values, limits)
    yield f"{len(flags)} results: " + ", ".join(
        f"{np.count_nonzero(data.labels == label)} {label}" for label in ("harmful", "harmless", "good")
    )
    for name, found in (("fitted and judged", shares(data, flags)), ("sources left out", cross_validated(data))):
        yield (
            f"{name}: warned of {found.harmful:.1%} of the harmful, {found.good:.1%} of the good, "
            f"{found.harmless:.1%} of the harmless"
        )
    for text, chosen in (("missed", ~flags & (data.labels == "harmful")), ("false", flags & (data.labels == "good"))):
        yield from (f"{text}: {name}" for name in data.part(chosen).names)


def main(arguments: Sequence[str] | None = None) -> None:
    """``python -m training.evaluation.quality``: fit the limits, and print them with what they do."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.quality", description="Fit the limits of the report on quality."
    )
    parser.add_argument("--labels", type=Path, help="labelled results (default: those of the project)")
    parser.add_argument("--keep", action="store_true", help="judge the limits that are in use instead of fitting")
    options = parser.parse_args(arguments)
    data = read_labels(options.labels)
    limits = dict(LIMITS) if options.keep else fit(data)
    for name, limit in limits.items():
        print(f'    "{name}": {limit},')
    for line in report_lines(data, limits):
        print(line)


if __name__ == "__main__":
    main()
