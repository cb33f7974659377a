"""Passes of the network that are kept, so that strengths can be changed without running it again.

A step blends its pass (the network's result at full strength) into the photo that it was given. A pass therefore
depends on the photo, on the steps before it with their strengths, and on the engine that computed it: model, device,
precision, tiles and memory limit. All of these are in its key, so that passes of two models are never mixed.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.degradations import QualityMode
from core.degradations import passes as runs_of
from core.inference.blending import mix
from core.progress import ProgressCallback, scaled
from core.steps import Step
from core.system.memory import total_memory

if TYPE_CHECKING:
    from core.inference.devices import Precision

Pixels = NDArray[np.float32]

Route = Literal["bands", "tiled"]

_SHARE = 0.2
"""Of the machine's memory, for kept passes."""


@dataclass(frozen=True)
class Engine:
    """Everything besides photo and steps that decides what a pass looks like.

    Attributes:
        model: the model's name.
        sha256: of the model's file, or ``""`` if it was not read from one.
        device: torch device, e.g. ``"cpu"``.
        precision: that is tried first.
        tile: side of tiles in pixels if tiling is forced, or None.
        memory_limit: bytes that a restoration may plan to use, or None.
        instance: tells models without a file apart; 0 for those that have one.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    model: str
    sha256: str
    device: str
    precision: "Precision"
    tile: int | None = None
    memory_limit: int | None = None
    instance: int = 0
    quality_mode: QualityMode = "standard"


@dataclass(frozen=True)
class PassKey:
    """What a pass of a photo depends on.

    Attributes:
        engine: computed it.
        before: the steps before it that change something.
        degradation: key of what it removes.
    """

    engine: Engine
    before: tuple[Step, ...]
    degradation: str


@dataclass(frozen=True, eq=False)
class Pass:
    """The network's result at full strength for one step.

    Attributes:
        pixels: (H, W, 3) float32.
        precision: that it was computed in; it may differ from the engine's, see
            :class:`core.inference.RestorationResult`.
        route: ``"bands"`` or ``"tiled"``.
        seconds: wall time.
    """

    pixels: Pixels
    precision: "Precision"
    route: Route
    seconds: float


Passes = Mapping[PassKey, Pass]
"""Passes of one photo."""

RunPass = Callable[[Pixels, str, ProgressCallback], Pass]
"""Runs the network on pixels for one degradation, at full strength."""


@dataclass(frozen=True, eq=False)
class Blend:
    """Pixels after all steps, and how their passes came about.

    Attributes:
        pixels: (H, W, 3) float32.
        precision: that of the last pass that was not computed in the engine's own, or the engine's.
        route: ``"tiled"`` if any pass was.
        seconds: wall time of all passes.
    """

    pixels: Pixels
    precision: "Precision"
    route: Route
    seconds: float


def pass_keys(engine: Engine, steps: Sequence[Step]) -> list[PassKey]:
    """The keys of the passes of ``steps``, one for each."""
    keys: list[PassKey] = []
    before: tuple[Step, ...] = ()
    for step in steps:
        keys.append(PassKey(engine, before, step.degradation))
        if step.strength > 0:
            before = (*before, step)
    return keys


def missing_steps(passes: Passes, engine: Engine, steps: Sequence[Step]) -> list[Step]:
    """The steps of a strength above 0 for which the network has still to run."""
    keys = pass_keys(engine, steps)
    return [step for key, step in zip(keys, steps, strict=True) if step.strength > 0 and key not in passes]


def suffices(passes: Passes, engine: Engine, steps: Sequence[Step]) -> bool:
    """Whether :func:`blend` can make the result of ``steps`` from ``passes``, of which it needs at least one."""
    return not missing_steps(passes, engine, steps) and any(key in passes for key in pass_keys(engine, steps))


def blend(pixels: Pixels, engine: Engine, steps: Sequence[Step], passes: Passes) -> Blend:
    """Do ``steps`` to ``pixels`` (H, W, 3) with passes that suffice; the network does not run."""
    used = []
    for key, step in zip(pass_keys(engine, steps), steps, strict=True):
        if key not in passes:
            continue
        used.append(_facts(passes[key]))
        pixels = mix(pixels, passes[key].pixels, step.strength)
    return _blend(pixels, engine, used)


def run_steps(
    pixels: Pixels,
    engine: Engine,
    steps: Sequence[Step],
    run: RunPass,
    progress: ProgressCallback,
    passes: MutableMapping[PassKey, Pass] | None = None,
) -> Blend:
    """Do ``steps`` to ``pixels`` (H, W, 3), running the network for those passes that are not known.

    Args:
        pixels: what the first step is given; not changed.
        engine: that ``run`` uses.
        steps: what to do, in order.
        run: runs one pass.
        progress: gets the finished share of the passes that have to run.
        passes: known passes of the same photo; what is computed is added. None: nothing is known or kept.
    """
    known: Passes = {} if passes is None else passes
    costs = [runs_of(step.degradation, engine.quality_mode) for step in missing_steps(known, engine, steps)]
    used: list[_Facts] = []
    done, total = 0, sum(costs)
    for key, step in zip(pass_keys(engine, steps), steps, strict=True):
        if step.strength == 0:
            continue
        made = known.get(key)
        if made is None:
            cost = costs.pop(0)
            made = run(pixels, step.degradation, scaled(progress, done / total, (done + cost) / total))
            done += cost
            progress(done / total)
            if passes is not None:
                passes[key] = made
        used.append(_facts(made))
        pixels = mix(pixels, made.pixels, step.strength)
    if not total:
        progress(1.0)
    return _blend(pixels, engine, used)


class PassCache:
    """Passes of several photos; those of the photo that was not used for longest go when there is no more room.

    Args:
        limit: bytes of pixels to keep; None takes a share of the machine's memory. The passes of the photo that was
            put in last are always kept.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = round(total_memory() * _SHARE) if limit is None else limit
        self._kept: OrderedDict[Hashable, dict[PassKey, Pass]] = OrderedDict()

    def of(self, photo: Hashable) -> Passes:
        """The passes of ``photo``, by what they depend on."""
        if photo in self._kept:
            self._kept.move_to_end(photo)
        return self._kept.get(photo, {})

    def put(self, photo: Hashable, passes: Passes) -> None:
        """Keep ``passes`` of ``photo`` beside those of the same engine, or alone if all together take too much room."""
        engines = {key.engine for key in passes}
        known = {key: made for key, made in self._kept.get(photo, {}).items() if key.engine in engines}
        together = {**known, **passes}
        self._kept[photo] = together if _bytes(together) <= self._limit else dict(passes)
        self._kept.move_to_end(photo)
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > self._limit:
            self._kept.popitem(last=False)

    def forget(self, photo: Hashable) -> None:
        """Remove the passes of ``photo``."""
        self._kept.pop(photo, None)

    def clear(self) -> None:
        """Remove all passes."""
        self._kept.clear()


class _Facts(NamedTuple):
    """Of a pass, all but its pixels, which are large."""

    precision: "Precision"
    route: Route
    seconds: float


def _facts(made: Pass) -> _Facts:
    return _Facts(made.precision, made.route, made.seconds)


def _blend(pixels: Pixels, engine: Engine, used: Sequence["_Facts"]) -> Blend:
    others = [facts.precision for facts in used if facts.precision != engine.precision]
    route: Route = "tiled" if any(facts.route == "tiled" for facts in used) else "bands"
    return Blend(pixels, others[-1] if others else engine.precision, route, sum(facts.seconds for facts in used))


def _bytes(passes: Passes) -> int:
    return sum(made.pixels.nbytes for made in passes.values())
