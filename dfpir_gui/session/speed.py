"""How long a restoration will take, from the restorations and previews that this computer has done before."""

import json
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from core.degradations import QualityMode, network_runs
from core.steps import Step

_log = logging.getLogger(__name__)

_MAX_RUNS = 8
"""Runs that are kept of each engine; the oldest is dropped first."""

_MAX_ENGINES = 20

_MIN_MEGAPIXELS = 0.04
"""Smaller photos say nothing about large ones: most of their time is overhead."""

_SIMILAR = 4.0
"""Runs on photos that are at most this many times larger or smaller count as similar."""


@dataclass(frozen=True)
class MeasuredRun:
    """One run of the network.

    Attributes:
        megapixels: size of the photo.
        seconds: wall time.
    """

    megapixels: float
    seconds: float

    @property
    def rate(self) -> float:
        """Seconds per megapixel."""
        return self.seconds / self.megapixels


class SpeedLog:
    """The measured runs of each engine.

    Args:
        text: what :attr:`save` has stored before; anything else counts as empty.
        save: stores the measurements, as text.
    """

    def __init__(self, text: str = "", save: Callable[[str], None] = lambda text: None) -> None:
        self._save = save
        self._runs = _read(text)

    def add(self, engine: str, pixels: int, runs: int, seconds: float) -> None:
        """Note that ``engine`` took ``seconds`` for this many runs of the network on a photo of ``pixels``."""
        megapixels = pixels / 1e6
        if runs < 1 or seconds <= 0 or megapixels < _MIN_MEGAPIXELS:
            return
        measured = [*self._runs.pop(engine, ()), MeasuredRun(megapixels, seconds / runs)]
        self._runs[engine] = measured[-_MAX_RUNS:]  # the engine that was used last is the last one
        self._runs = dict(list(self._runs.items())[-_MAX_ENGINES:])
        values = {key: [[run.megapixels, run.seconds] for run in known] for key, known in self._runs.items()}
        self._save(json.dumps(values))

    def seconds(self, engine: str, pixels: int, runs: int) -> float | None:
        """The expected time in seconds; None if ``engine`` was never measured."""
        known, megapixels = self._runs.get(engine, ()), pixels / 1e6
        if not known or not runs or not pixels:
            return None if not known else 0.0

        def distance(run: MeasuredRun) -> float:
            return abs(math.log(run.megapixels / megapixels))

        nearest = min(map(distance, known))
        limit = max(nearest, math.log(_SIMILAR))
        return megapixels * runs * median(run.rate for run in known if distance(run) <= limit)


def count_runs(steps: Iterable[Step], quality_mode: QualityMode) -> int:
    """How often the network runs for ``steps``."""
    return sum(network_runs(step.degradation, quality_mode) for step in steps if step.strength > 0)


def _read(text: str) -> dict[str, list[MeasuredRun]]:
    if not text:
        return {}
    try:
        values = json.loads(text)
        runs = {
            str(engine): [MeasuredRun(float(size), float(seconds)) for size, seconds in known][-_MAX_RUNS:]
            for engine, known in values.items()
        }
        valid = all(
            math.isfinite(run.rate) and run.megapixels >= _MIN_MEGAPIXELS and run.seconds > 0
            for known in runs.values()
            for run in known
        )
    except (ValueError, TypeError, AttributeError, ZeroDivisionError) as error:
        _log.warning("The measured times cannot be read and are ignored: %s", error)
        return {}
    return {engine: known for engine, known in runs.items() if known} if valid else {}
