"""The one entry point for restoring photographs."""

import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
import torch

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.library import DEFAULT_MODEL, find_model
from core.degradations import KEYS, QualityMode, checked_quality_mode
from core.errors import RestorationError
from core.inference.devices import (
    PRECISIONS,
    Precision,
    choose_device,
    choose_precision,
    exact_convolutions,
    translate_device_errors,
    usual_threads,
)
from core.inference.memory_plan import SAFE_SHARE, Plan, free_bytes, plans
from core.inference.orientations import Orientation, orientations
from core.inference.passes import Blend, Engine, Pass, Passes, PassKey, Pixels, Route, blend, run_steps
from core.inference.streaming import CompiledDFPIR, NotFinite
from core.inference.streaming.streaming_run import BAND_POSITIONS, GPU_BAND_POSITIONS
from core.inference.streaming.tiles import LEAST_OVERLAP, restore_in_tiles
from core.inference.visible import VisiblePart
from core.photo import Photo
from core.photo.transparency import opacity_from_alpha
from core.progress import CancelToken, ProgressCallback, no_progress, scaled
from core.prompts import OpenClipEncoder, TextEncoder, resolve
from core.prompts.free_text import why_no_text
from core.steps import Step, parse_steps
from core.system.memory import out_of_memory, readable_size

_instances = count(1)


@dataclass(frozen=True)
class RestorationResult:
    """A restored photo and how it came about.

    Attributes:
        photo: the result, with everything preserved from the source.
        steps: what was done, in order.
        model: the model's name.
        device: torch device, e.g. ``"cpu"``.
        precision: that the result was computed in; it may not be the one asked for: ``"float32"`` if a reduced
            precision had to be repeated, ``"bfloat16"`` if ``"auto"`` had too little memory for more.
        path: ``"bands"``, the whole frame exactly, or ``"tiled"``, for the step that needed most.
        seconds: wall time of all steps, without reading and writing files; of passes that were known, that of the run
            that computed them.
        model_sha256: of the model's file, or ``""`` if it was not read from one.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    photo: Photo
    steps: tuple[Step, ...]
    model: str
    device: str
    precision: Precision
    path: Route
    seconds: float
    model_sha256: str = ""
    quality_mode: QualityMode = "standard"


def blended(photo: Photo, engine: Engine, steps: Sequence[Step], passes: Passes) -> RestorationResult:
    """The result of ``steps`` from passes of ``photo`` that suffice; the network does not run.

    See :func:`core.inference.passes.suffices`. The result is the same as that of :meth:`Restorer.restore`.
    """
    return _result(photo, engine, tuple(steps), blend(photo.pixels, engine, steps, passes))


class Restorer:
    """A model on a device, ready to restore any number of photos. Not for use by two threads at once.

    Args:
        model: name of a built-in model, a checkpoint file, or a loaded checkpoint.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        tile: side of tiles in pixels, at least 128, to force tiling; None decides by the memory that is free.
        memory_limit: bytes that a restoration may plan to use beside program, model and photo; None: a safe share of
            what is free. The best way that fits is taken: exact bands; with precision ``"auto"``, exact bands in
            bfloat16; tiles.
        text_encoder: makes the encoder for prompts that the checkpoint does not carry; by default one that downloads
            nothing.
        threads: that share a photo on the CPU; None: one for each core that is free to this process, see
            :func:`core.system.cores.usable_cores`, at most as many as PyTorch is set to use.
        quality_mode: ``"standard"``, or ``"best"`` for the mean over all turns and reflections of the photo that a
            degradation allows (:func:`core.degradations.passes`), which takes that many times as long.

    Raises:
        CheckpointError: the model cannot be found or loaded.
        DeviceError: the device does not take the model.
        RestorationError: no such device, precision or quality mode, or a tile too small.
    """

    def __init__(
        self,
        model: str | Path | Checkpoint = DEFAULT_MODEL,
        *,
        device: str = "auto",
        precision: str = "auto",
        tile: int | None = None,
        memory_limit: int | None = None,
        text_encoder: Callable[[], TextEncoder] = OpenClipEncoder,
        threads: int | None = None,
        quality_mode: str = "standard",
    ) -> None:
        if threads is not None and threads < 1:
            raise RestorationError(f"{threads} threads cannot work. Choose 1 or more, or none for all free cores.")
        if tile is not None and tile < 2 * LEAST_OVERLAP:
            raise RestorationError(f"Tiles of {tile} pixels are too small. Choose at least {2 * LEAST_OVERLAP}.")
        self._device = choose_device(device)
        self._precision = choose_precision(precision, self._device)
        self._may_change_precision = precision == "auto"
        self.threads = threads or usual_threads()
        self.quality_mode = checked_quality_mode(quality_mode)
        self._tile = tile
        self._memory_limit = memory_limit
        self._text_encoder = text_encoder
        self.checkpoint = model if isinstance(model, Checkpoint) else load_checkpoint(find_model(model))
        self._prompts = self.checkpoint.prompts
        self._compiled: dict[Precision, CompiledDFPIR] = {}
        self._instance = 0 if self.model_sha256 else next(_instances)
        self._network(self._precision)

    @property
    def model_name(self) -> str:
        """Name of the model, from its card or file."""
        return self.checkpoint.name

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the model's file, or ``""`` if it was not read from one."""
        return self.checkpoint.sha256

    @property
    def device(self) -> str:
        """Name of the torch device that is used."""
        return str(self._device)

    @property
    def precision(self) -> Precision:
        """Precision that is tried first."""
        return self._precision

    @property
    def engine(self) -> Engine:
        """What its passes depend on besides photo and steps."""
        return Engine(
            self.model_name,
            self.model_sha256,
            self.device,
            self.precision,
            self._tile,
            self._memory_limit,
            self._instance,
            self.quality_mode,
        )

    @property
    def degradations(self) -> tuple[str, ...]:
        """Keys of the degradations whose prompts the model carries."""
        return self._prompts.names

    @property
    def removable(self) -> tuple[str, ...]:
        """Keys of the degradations that it can be told to remove, be it that a text encoder makes the prompt."""
        return self.degradations if self._prompts.is_random else KEYS

    @property
    def why_no_text(self) -> str:
        """Why steps cannot be prompts in other words (:func:`core.degradations.text_key`); empty if they can."""
        return why_no_text(self._prompts)

    def prepare_prompts(self, keys: Iterable[str]) -> None:
        """Make the prompt embeddings of these degradations that the checkpoint lacks, ahead of the first photo.

        Args:
            keys: of degradations, or of prompts in other words.

        Raises:
            PromptError: no encoder can make them.
            TextEncoderMissing: its weights are not on this computer and may not be downloaded.
        """
        self._prompts = resolve(self._prompts, keys, self._text_encoder)

    def restore(
        self,
        photo: Photo,
        steps: str | Step | Iterable[str | Step],
        *,
        strength: float = 1.0,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        quality_mode: str | None = None,
        passes: MutableMapping[PassKey, Pass] | None = None,
    ) -> RestorationResult:
        """Remove one degradation after the other.

        Args:
            photo: any size from 1x1; it is not changed.
            steps: see :func:`core.inference.parse_steps`.
            strength: for steps that carry none of their own.
            progress: called with the finished share of all steps.
            cancel: ends the work within one band.
            quality_mode: for this photo; None: that of the restorer.
            passes: passes of this photo that need not run again; those that run are added. See
                :class:`core.inference.passes.PassCache`.

        Raises:
            DeviceError: the device failed.
            RestorationError: an unknown step or quality mode, a strength out of range, or not enough memory even for
                small tiles.
            PromptError: the model knows no such prompt and no encoder can make it.
            Cancelled: ``cancel`` was set.
        """
        parsed = parse_steps(steps, strength)
        quality = self.quality_mode if quality_mode is None else checked_quality_mode(quality_mode)
        cancel = cancel or CancelToken()
        self.prepare_prompts(step.degradation for step in parsed)
        opacity = opacity_from_alpha(photo.transparency)

        def run(pixels: Pixels, key: str, progress: ProgressCallback) -> Pass:
            started = time.perf_counter()
            visible = VisiblePart(pixels, opacity)
            turned = orientations(key, quality)
            answer, route, precision = self._pass(visible.shown, key, turned, progress, cancel)
            return Pass(visible.restored(answer), precision, route, time.perf_counter() - started)

        engine = replace(self.engine, quality_mode=quality)
        return _result(photo, engine, parsed, run_steps(photo.pixels, engine, parsed, run, progress, passes))

    def _pass(
        self,
        pixels: Pixels,
        key: str,
        turned: Sequence[Orientation],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> tuple[Pixels, Route, Precision]:
        height, width = pixels.shape[:2]
        remaining = self._plans(height, width, len(turned))
        prompt = torch.tensor(self._prompts.embedding(key))  # (prompt_dim,)
        monotonic = _never_backwards(progress)
        while True:
            plan = remaining[0]
            try:
                restored = self._mean(plan, pixels, turned, prompt, monotonic, cancel)
                return restored, _BANDS if plan.tile is None else _TILED, plan.precision
            except NotFinite:
                # Reduced precision overflowed: the same again in full precision.
                precisely = self._ways(height, width, len(turned), ["float32"])
                remaining = [] if plan.precision == "float32" else self._within(precisely)
                problem = (
                    f"The model {self.model_name!r} gives values that are not finite for this photo. "
                    "Its weights are unfit; choose another model."
                )
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                remaining = remaining[1:]
                problem = (
                    f"There is not enough memory on {self.device}: even the most sparing way needs about "
                    f"{readable_size(plan.needed)}. Close other programs, or choose another device or a smaller model."
                )
            # Here, outside the handler, the failed attempt's tensors are no longer held by its traceback.
            if not remaining:
                raise RestorationError(problem)
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _mean(
        self,
        plan: Plan,
        pixels: Pixels,
        turned: Sequence[Orientation],
        prompt: torch.Tensor,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Pixels:
        # Over the orientations, one after the other; the first one's result takes the sum.
        mean: Pixels | None = None
        for number, orientation in enumerate(turned):
            part = scaled(progress, number / len(turned), (number + 1) / len(turned))
            source = np.ascontiguousarray(orientation.apply(pixels))
            if not source.flags.writeable:  # torch warns of these
                source = source.copy()
            restored = orientation.undo(self._carry_out(plan, torch.from_numpy(source), prompt, part, cancel))
            mean = restored if mean is None else np.add(mean, restored, out=mean)
            del source, restored  # before the next ones are made
        assert mean is not None
        if len(turned) > 1:
            mean /= len(turned)
        return np.clip(mean, 0.0, 1.0, out=mean)

    @torch.inference_mode()
    def _carry_out(
        self, plan: Plan, pixels: torch.Tensor, prompt: torch.Tensor, progress: ProgressCallback, cancel: CancelToken
    ) -> Pixels:
        network = self._network(plan.precision)
        with translate_device_errors(self._device), exact_convolutions(self._device, plan.precision):
            if plan.tile is None:
                restored = network.restore(pixels, prompt, band=plan.band, progress=progress, cancel=cancel)
            else:
                restored = restore_in_tiles(network, prompt, pixels, plan.tile, plan.band, progress, cancel)
            return restored.numpy()

    def _network(self, precision: Precision) -> CompiledDFPIR:
        if precision not in self._compiled:
            network = self.checkpoint.build()
            with translate_device_errors(self._device):
                workers = self.threads if self._device.type == "cpu" else None
                self._compiled[precision] = CompiledDFPIR(network.to(self._device), PRECISIONS[precision], workers)
        return self._compiled[precision]

    def _plans(self, height: int, width: int, count: int) -> list[Plan]:
        # Those that fit, the best first.
        precisions: list[Precision] = [self._precision]
        if self._may_change_precision and self._precision == "float32":
            precisions.append("bfloat16")  # rather than tiles
        return self._within(self._ways(height, width, count, precisions))

    def _ways(self, height: int, width: int, count: int, precisions: Sequence[Precision]) -> list[Plan]:
        # For a mean over so many orientations.
        band = BAND_POSITIONS if self._device.type == "cpu" else GPU_BAND_POSITIONS
        workers = self.threads if self._device.type == "cpu" else 1
        arguments = (precisions, self._tile, band, workers)
        upright = list(plans(self.checkpoint.config, height, width, *arguments))
        if count == 1:
            return upright
        turned = plans(self.checkpoint.config, width, height, *arguments)
        beside = 2 * height * width * 3 * 4  # the sum, and the photo as it is turned
        return [
            replace(plan, needed=max(plan.needed, other.needed) + beside)
            for plan, other in zip(upright, turned, strict=True)
        ]

    def _within(self, possible: list[Plan]) -> list[Plan]:
        with translate_device_errors(self._device):
            free = int(free_bytes(self._device) * SAFE_SHARE)
        limit = free if self._memory_limit is None else min(free, self._memory_limit)
        fitting = [plan for plan in possible if plan.needed <= limit]
        if fitting:
            return fitting
        least = min(possible, key=lambda plan: plan.needed)
        if self._memory_limit is not None and least.needed > self._memory_limit:
            raise RestorationError(
                f"This photo cannot be restored within {readable_size(self._memory_limit)} of memory: the most sparing "
                f"way needs about {readable_size(least.needed)}. Raise the limit, or choose a smaller model or photo."
            )
        return [least]  # an estimate: it may do


def _result(photo: Photo, engine: Engine, steps: tuple[Step, ...], made: Blend) -> RestorationResult:
    return RestorationResult(
        photo=photo.with_pixels(made.pixels),
        steps=steps,
        model=engine.model,
        device=engine.device,
        precision=made.precision,
        path=made.route,
        seconds=made.seconds,
        model_sha256=engine.sha256,
        quality_mode=engine.quality_mode,
    )


_BANDS: Route = "bands"
_TILED: Route = "tiled"


def _never_backwards(progress: ProgressCallback) -> ProgressCallback:
    # A pass that is repeated in another way starts anew; people should see it wait, not fall back.
    furthest = 0.0

    def report(fraction: float) -> None:
        nonlocal furthest
        furthest = max(furthest, fraction)
        progress(furthest)

    return report
