"""The passes of the network, kept so that strengths can be changed without running it again.

A step blends its pass (what the network makes at full strength) into the photo that it was given. What it was given
depends on the steps before it and their strengths; so does its pass.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

import psutil

from core.inference import RestorationResult, Restorer, Step
from core.inference.blending import mix
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui import names
from dfpir_gui.language import translate
from dfpir_gui.tasks import Progress, Report

_SHARE = 0.2
"""Of the machine's memory, for passes."""

_SETTLED_S = 1.0
"""No earlier is it told how long the rest will take: the first blocks of the network say little."""

_PATHS = ("full", "bands", "tiled")
"""The ways through the network, the most faithful one first."""

PassKey = tuple[tuple[Step, ...], str]
"""The steps before it that change something, and the degradation that the pass removes."""

Passes = Mapping[PassKey, RestorationResult]
"""Passes by what they depend on; their photos hold the pixels at full strength."""


def pass_keys(steps: tuple[Step, ...]) -> list[PassKey]:
    """The keys of the passes of ``steps``, one for each."""
    keys: list[PassKey] = []
    before: tuple[Step, ...] = ()
    for step in steps:
        keys.append((before, step.degradation))
        if step.strength > 0:
            before = (*before, step)
    return keys


def suffices(passes: Passes, steps: tuple[Step, ...]) -> bool:
    """Whether :func:`blended` can make the result of ``steps`` from ``passes``."""
    keys = pass_keys(steps)
    needed = [key for key, step in zip(keys, steps, strict=True) if step.strength > 0]
    return all(key in passes for key in needed) and any(key in passes for key in keys)


def blended(photo: Photo, steps: tuple[Step, ...], passes: Passes) -> RestorationResult:
    """The result of ``steps``, from passes that suffice; the network does not run.

    Its seconds are those of the passes; its path and precision are the more careful ones among them.
    """
    pixels = photo.pixels
    used = []
    for key, step in zip(pass_keys(steps), steps, strict=True):
        if key not in passes:
            continue
        used.append(passes[key])
        if step.strength > 0:
            pixels = mix(pixels, passes[key].photo.pixels, step.strength)
    return replace(
        used[-1],
        photo=photo.with_pixels(pixels),
        steps=steps,
        seconds=sum(made.seconds for made in used),
        path=max((made.path for made in used), key=_PATHS.index),
        precision=next((made.precision for made in used if made.precision == "float32"), used[-1].precision),
    )


def run_passes(
    restorer: Restorer,
    photo: Photo,
    steps: tuple[Step, ...],
    known: Passes,
    report: Report,
    cancel: CancelToken,
) -> dict[PassKey, RestorationResult]:
    """Run the network for those passes of ``steps`` that are not known; return all that the steps need.

    Args:
        restorer: on the thread that may use it.
        photo: what the first step is given.
        steps: at least one with a strength above 0.
        known: passes of earlier runs on the same photo.
        report: gets the progress of all passes that have to run.
        cancel: ends the work.

    Raises:
        DFPIRError: as :meth:`core.inference.Restorer.restore`.
    """
    wanted = [(key, step) for key, step in zip(pass_keys(steps), steps, strict=True) if step.strength > 0]
    missing = [key for key, _ in wanted if key not in known]
    passes: dict[PassKey, RestorationResult] = {}
    pixels, done, started = photo.pixels, 0, time.perf_counter()
    for key, step in wanted:
        if key in known:
            passes[key] = known[key]
        else:
            tell = _told(report, step, done, len(missing), started)
            tell(0.0)
            passes[key] = restorer.restore(
                photo.with_pixels(pixels), (Step(step.degradation),), progress=tell, cancel=cancel
            )
            cancel.check()
            done += 1
        pixels = mix(pixels, passes[key].photo.pixels, step.strength)
    return passes


class PassCache:
    """Passes of all photos; the ones that were not used for longest go when there is no more room.

    Args:
        limit: bytes of pixels to keep; None takes a share of the machine's memory. The passes of the photo that was
            put in last are always kept.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = round(psutil.virtual_memory().total * _SHARE) if limit is None else limit
        self._kept: OrderedDict[Hashable, dict[PassKey, RestorationResult]] = OrderedDict()

    def of(self, owner: Hashable) -> Passes:
        """The passes of ``owner``, by what they depend on."""
        if owner in self._kept:
            self._kept.move_to_end(owner)
        return self._kept.get(owner, {})

    def put(self, owner: Hashable, passes: Passes) -> None:
        """Keep ``passes`` of ``owner`` beside those it has, or instead of them if all together take too much room."""
        together = {**self._kept.get(owner, {}), **passes}
        self._kept[owner] = together if _bytes(together) <= self._limit else dict(passes)
        self._kept.move_to_end(owner)
        while len(self._kept) > 1 and sum(map(_bytes, self._kept.values())) > self._limit:
            self._kept.popitem(last=False)

    def forget(self, owner: Hashable) -> None:
        """Let the passes of ``owner`` go."""
        self._kept.pop(owner, None)

    def clear(self) -> None:
        """Let all passes go, since another model will run."""
        self._kept.clear()


def _bytes(passes: Passes) -> int:
    return sum(made.photo.pixels.nbytes for made in passes.values())


def _told(report: Report, step: Step, done: int, count: int, started: float) -> Callable[[float], None]:
    if count == 1:
        phase = translate("Session", "Restoring")
    else:
        phase = translate("Session", "Step {number} of {count}, {name}").format(
            number=done + 1, count=count, name=names.label(step.degradation)
        )

    def tell(fraction: float) -> None:
        share, passed = (done + fraction) / count, time.perf_counter() - started
        left = passed * (1 - share) / share if passed > _SETTLED_S and share > 0 else None
        report(Progress(phase, share, left))

    return tell
