"""Network passes that are kept, so that strengths can be changed without running the network again.

A step blends its pass (the network's result at full strength) into its input, everywhere or through its mask. A pass
therefore depends on the photo, on the steps before it with their strengths and masks, not on its own,
and on the engine that computed it: model, device, precision, tiles and memory limit. All of these are in its key, so
that passes of different models are never mixed.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.degradations import QualityMode, network_runs
from core.masks.rendering import MaskRenderer
from core.progress import CancelToken, ProgressCallback, scaled
from core.steps import Step
from core.system.device_info import Precision
from core.system.memory import total_memory

Pixels = NDArray[np.float32]

Route = Literal["bands", "tiled", "whole"]
"""How an image was processed: exactly in bands, in tiles, or (models of other families) in one piece."""

_MEMORY_SHARE = 0.2
"""Of the machine's memory, for kept passes."""

_BLEND_BYTES = 1 << 19
"""Pixels that are blended at a time, so that they stay in the processor's cache."""

_MASK_PIXELS = 1 << 20
"""Pixels that are blended through a mask at a time, which limits the temporary memory."""

_ROUNDING = 1e-9
"""Tolerance for the share at which a step begins: thirds are not exact."""


@dataclass(frozen=True)
class Engine:
    """Everything besides photo and steps that determines a pass.

    Attributes:
        model: the model's name.
        sha256: of the model's file, or ``""`` if it was not read from one.
        device: torch device, e.g. ``"cpu"``.
        precision: tried first.
        tile: side of tiles in pixels if tiling is forced, or None.
        memory_limit: bytes that a restoration may plan to use, or None.
        instance: distinguishes models without a file; 0 for models that have one.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    model: str
    sha256: str
    device: str
    precision: Precision
    tile: int | None = None
    memory_limit: int | None = None
    instance: int = 0
    quality_mode: QualityMode = "standard"


@dataclass(frozen=True)
class PassKey:
    """Everything that a pass of a photo depends on.

    Attributes:
        engine: computed it.
        before: the steps before it with a strength above 0.
        degradation: key of the degradation that it removes.
    """

    engine: Engine
    before: tuple[Step, ...]
    degradation: str


@dataclass(frozen=True, eq=False)
class Pass:
    """The network's result at full strength for one step.

    Attributes:
        pixels: (H, W, 3) float32.
        precision: of the computation; it may differ from the engine's, see
            :class:`core.inference.RestorationResult`.
        route: ``"bands"`` or ``"tiled"``.
        seconds: wall time.
    """

    pixels: Pixels
    precision: Precision
    route: Route
    seconds: float


Passes = Mapping[PassKey, Pass]
"""Passes of one photo."""

RunPass = Callable[[Pixels, str, ProgressCallback], Pass]
"""Runs the network at full strength on pixels (H, W, 3) for the degradation with this key."""


@dataclass(frozen=True, eq=False)
class Blend:
    """Pixels after all steps, and how their passes were computed.

    Attributes:
        pixels: (H, W, 3) float32.
        precision: of the last pass whose precision differs from the engine's, or the engine's.
        route: ``"tiled"`` if any pass was.
        seconds: wall time of all passes.
    """

    pixels: Pixels
    precision: Precision
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


def passes_of_engine(passes: Passes, engine: Engine) -> dict[PassKey, Pass]:
    """Those of ``passes`` that ``engine`` computed."""
    return {key: value for key, value in passes.items() if key.engine == engine}


def missing_steps(passes: Passes, engine: Engine, steps: Sequence[Step]) -> list[Step]:
    """The steps with a strength above 0 for which the network still has to run."""
    keys = pass_keys(engine, steps)
    return [step for key, step in zip(keys, steps, strict=True) if step.strength > 0 and key not in passes]


def running_step(missing: Sequence[Step], quality_mode: QualityMode, share: float) -> int:
    """Index of the step in ``missing``, which is not empty, that runs when ``share`` (0 to 1) of the work is done."""
    costs = list(accumulate(network_runs(step.degradation, quality_mode) for step in missing))
    return min(bisect_right(costs, share * costs[-1] + _ROUNDING), len(costs) - 1)


def suffices(passes: Passes, engine: Engine, steps: Sequence[Step]) -> bool:
    """Whether ``passes`` contain everything that :func:`blend` needs for ``steps``, and at least one pass."""
    return not missing_steps(passes, engine, steps) and any(key in passes for key in pass_keys(engine, steps))


def blend(
    pixels: Pixels,
    engine: Engine,
    steps: Sequence[Step],
    passes: Passes,
    masks: MaskRenderer | None = None,
    cancel: CancelToken | None = None,
) -> Blend:
    """Apply ``steps`` to ``pixels`` (H, W, 3) with sufficient passes; the network does not run.

    ``masks`` renders the masks of the steps; without it, they are rendered for ``pixels`` as sRGB.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    masks = masks or MaskRenderer(pixels)
    used = []
    for key, step in zip(pass_keys(engine, steps), steps, strict=True):
        if key not in passes:
            continue
        used.append(_origin(passes[key]))
        pixels = apply_pass(pixels, passes[key].pixels, step, masks, cancel)
    return _summarise(pixels, engine, used)


def run_steps(
    pixels: Pixels,
    engine: Engine,
    steps: Sequence[Step],
    run: RunPass,
    progress: ProgressCallback,
    passes: MutableMapping[PassKey, Pass] | None = None,
    masks: MaskRenderer | None = None,
) -> Blend:
    """Apply ``steps`` to ``pixels`` (H, W, 3), running the network for missing passes.

    Args:
        pixels: input of the first step; not changed.
        engine: used by ``run``.
        steps: applied in order.
        run: runs one pass.
        progress: called with the finished share of the missing passes.
        passes: known passes of the same photo; new ones are added. None: no passes are known or kept.
        masks: renders the masks of the steps; None: for ``pixels`` as sRGB.
    """
    masks = masks or MaskRenderer(pixels)
    known: Passes = {} if passes is None else passes
    costs = [network_runs(step.degradation, engine.quality_mode) for step in missing_steps(known, engine, steps)]
    used: list[_Origin] = []
    done, total = 0, sum(costs)
    for key, step in zip(pass_keys(engine, steps), steps, strict=True):
        if step.strength == 0:
            continue
        result = known.get(key)
        if result is None:
            cost = costs.pop(0)
            result = run(pixels, step.degradation, scaled(progress, done / total, (done + cost) / total))
            done += cost
            progress(done / total)
            if passes is not None:
                passes[key] = result
        used.append(_origin(result))
        pixels = apply_pass(pixels, result.pixels, step, masks)
    if not total:
        progress(1.0)
    return _summarise(pixels, engine, used)


def mix(pixels: Pixels, restored: Pixels, strength: float) -> Pixels:
    """``pixels + strength * (restored - pixels)``, reading the memory once.

    Args:
        pixels: (H, W, 3) float32; not changed.
        restored: the same shape; not changed.
        strength: 0 to 1.

    Returns:
        (H, W, 3) float32: ``pixels`` itself for a strength of 0, ``restored`` itself for 1, else new memory.
    """
    if strength in (0, 1):
        return restored if strength else pixels
    mixed = np.empty_like(pixels)
    rows = max(_BLEND_BYTES // max(pixels[:1].nbytes, 1), 1)
    for top in range(0, len(pixels), rows):
        source, band = pixels[top : top + rows], mixed[top : top + rows]
        np.subtract(restored[top : top + rows], source, out=band)
        np.multiply(band, np.float32(strength), out=band)
        np.add(source, band, out=band)
    return mixed


def apply_pass(
    pixels: Pixels, restored: Pixels, step: Step, masks: MaskRenderer, cancel: CancelToken | None = None
) -> Pixels:
    """Blend the network's result into the input of a step, with the step's strength and through its mask.

    Args:
        pixels: (H, W, 3) float32; not changed.
        restored: the same shape; not changed.
        step: whose strength and mask are used.
        masks: renders masks for pictures of this size.
        cancel: stops the work at the next band.

    Returns:
        (H, W, 3) float32. Pixels outside the mask are exactly those of ``pixels``.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    if cancel is not None:
        cancel.check()
    if step.mask is None or not step.strength:
        return mix(pixels, restored, step.strength)
    mixed = np.empty_like(pixels)
    height, width = pixels.shape[:2]
    rows, rows_at_a_time = max(_MASK_PIXELS // width, 1), max(_BLEND_BYTES // max(pixels[:1].nbytes, 1), 1)
    for top in range(0, height, rows):
        if cancel is not None:
            cancel.check()
        weights = masks.rows(step.mask, top, min(top + rows, height))  # (rows, W)
        for above in range(0, len(weights), rows_at_a_time):
            part = weights[above : above + rows_at_a_time]
            band = slice(top + above, top + above + len(part))
            _blend_band(pixels[band], restored[band], part, step.strength, mixed[band])
    return mixed


def _blend_band(source: Pixels, restored: Pixels, weights: Pixels, strength: float, mixed: Pixels) -> None:
    """Blend some rows into ``mixed`` with weights (rows, W), exactly where a weight is 0 or 1."""
    most = weights.max()
    if most == 0:
        mixed[...] = source
        return
    spread = cv2.merge((weights, weights, weights)).reshape(
        mixed.shape
    )  # (rows, W, 3): broadcasting takes several times as long
    np.subtract(restored, source, out=mixed)
    np.multiply(mixed, spread, out=mixed)
    if strength != 1:
        np.multiply(mixed, np.float32(strength), out=mixed)
    np.add(source, mixed, out=mixed)
    if strength == 1 and most == 1:  # rounding would change the network's result where it is taken whole
        np.copyto(mixed, restored, where=spread == 1)


class PassCache:
    """Passes of several photos; when the limit is reached, those of the least recently used photo are removed.

    Args:
        limit: bytes of pixels; None takes a share of the machine's memory. The passes of the photo that was
            put in last are always kept.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = round(total_memory() * _MEMORY_SHARE) if limit is None else limit
        self._passes: OrderedDict[Hashable, dict[PassKey, Pass]] = OrderedDict()

    def of(self, photo: Hashable) -> Passes:
        """The passes of ``photo``."""
        if photo in self._passes:
            self._passes.move_to_end(photo)
        return self._passes.get(photo, {})

    def put(self, photo: Hashable, passes: Passes) -> None:
        """Keep ``passes`` of ``photo``, with its earlier passes of the same engine unless all exceed the limit."""
        engines = {key.engine for key in passes}
        known = {key: value for key, value in self._passes.get(photo, {}).items() if key.engine in engines}
        together = {**known, **passes}
        self._passes[photo] = together if _bytes(together) <= self._limit else dict(passes)
        self._passes.move_to_end(photo)
        while len(self._passes) > 1 and sum(map(_bytes, self._passes.values())) > self._limit:
            self._passes.popitem(last=False)

    def forget(self, photo: Hashable) -> None:
        """Remove the passes of ``photo``."""
        self._passes.pop(photo, None)

    def clear(self) -> None:
        """Remove all passes."""
        self._passes.clear()


class _Origin(NamedTuple):
    """How a pass was computed, without its pixels, which are large."""

    precision: Precision
    route: Route
    seconds: float


def _origin(result: Pass) -> _Origin:
    return _Origin(result.precision, result.route, result.seconds)


def _summarise(pixels: Pixels, engine: Engine, used: Sequence[_Origin]) -> Blend:
    others = [origin.precision for origin in used if origin.precision != engine.precision]
    route: Route = "tiled" if any(origin.route == "tiled" for origin in used) else "bands"
    return Blend(pixels, others[-1] if others else engine.precision, route, sum(origin.seconds for origin in used))


def _bytes(passes: Passes) -> int:
    return sum(value.pixels.nbytes for value in passes.values())
