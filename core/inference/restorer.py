"""The entry point for restoring photographs."""

import time
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
import torch

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.builtin import DEFAULT_MODEL, find_model
from core.degradations import KEYS, QualityMode, checked_quality_mode, network_runs
from core.errors import RestorationError
from core.inference.mask_notes import mask_notes
from core.inference.memory_plan import SAFE_SHARE, Plan, candidate_plans
from core.inference.passes import Blend, Engine, Pass, Passes, PassKey, Pixels, Route, blend, run_steps
from core.inference.result import DFPIR, RestorationResult, mask_renderer
from core.inference.streaming import CompiledDFPIR, NonFiniteError
from core.inference.streaming.compiled import BAND_POSITIONS, GPU_BAND_POSITIONS
from core.inference.streaming.tiles import MIN_OVERLAP, restore_in_tiles
from core.inference.visible import VisiblePart
from core.masks.rendering import MaskRenderer
from core.messages import Message, message
from core.photo import Photo
from core.photo.transparency import opacity_from_alpha
from core.progress import CancelToken, ProgressCallback, no_progress, scaled
from core.prompts import OpenClipEncoder, TextEncoder, resolve
from core.prompts.preparing import why_no_text
from core.steps import Step, parse_steps
from core.system.device_info import Precision
from core.system.devices import (
    PRECISIONS,
    choose_device,
    choose_precision,
    default_threads,
    exact_convolutions,
    free_bytes,
    translate_device_errors,
)
from core.system.memory import out_of_memory, readable_size

_instances = count(1)


def blended(
    photo: Photo,
    engine: Engine,
    steps: Sequence[Step],
    passes: Passes,
    masks: MaskRenderer | None = None,
    cancel: CancelToken | None = None,
) -> RestorationResult:
    """The result of ``steps`` from sufficient passes of ``photo``; the network does not run.

    See :func:`core.inference.passes.suffices`. The result is the same as that of :meth:`Restorer.restore`. ``masks``
    may be kept from an earlier call for the same photo, to save time.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    masks = masks or mask_renderer(photo)
    made = blend(photo.pixels, engine, steps, passes, masks, cancel)
    return _result(photo, engine, tuple(steps), made, masks)


class Restorer:
    """A DFPIR model on a device, ready to restore any number of photos. Not for use by two threads at once.

    Args:
        model: name of a built-in model, a checkpoint file, or a loaded checkpoint.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        tile: side of tiles in pixels, at least 128, to force tiling; None tiles only where memory requires it.
        memory_limit: bytes that a restoration may plan to use in addition to program, model and photo; None: a safe
            share of the free memory. The best plan that fits is used: exact bands; with precision ``"auto"``, exact
            bands in bfloat16; tiles.
        text_encoder: makes the encoder for prompts that the checkpoint does not contain; by default one that downloads
            nothing.
        threads: that share a photo on the CPU; None: one for each core that is available to this process, see
            :func:`core.system.cores.usable_cores`, at most as many as PyTorch is set to use.
        quality_mode: ``"standard"``, or ``"best"`` for the mean over all rotations and reflections of the photo that a
            degradation allows (:func:`core.degradations.network_runs`), which takes that many times as long.

    Raises:
        CheckpointError: the model cannot be found or loaded.
        DeviceError: the model cannot be moved to the device.
        RestorationError: no such device, precision or quality mode, too few threads, or a tile too small.
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
            raise RestorationError(
                message("{count} threads are too few. Choose 1 or more, or none for all free cores.", count=threads)
            )
        if tile is not None and tile < 2 * MIN_OVERLAP:
            raise RestorationError(
                message(
                    "Tiles of {side} pixels are too small. Choose at least {least}.", side=tile, least=2 * MIN_OVERLAP
                )
            )
        self._device = choose_device(device)
        self._precision = choose_precision(precision, self._device)
        self._may_change_precision = precision == "auto"
        self.threads = threads or default_threads()
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
    def architecture(self) -> str:
        """``"DFPIR"``."""
        return DFPIR

    @property
    def device(self) -> str:
        """Name of the torch device."""
        return str(self._device)

    @property
    def precision(self) -> Precision:
        """Precision that is tried first."""
        return self._precision

    @property
    def engine(self) -> Engine:
        """Everything besides photo and steps that its passes depend on."""
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
        """Keys of the degradations whose prompts the model contains."""
        return self._prompts.names

    @property
    def removable(self) -> tuple[str, ...]:
        """Keys of the degradations that it can be prompted to remove, if necessary through a text encoder."""
        return self.degradations if self._prompts.is_random else KEYS

    @property
    def why_no_text(self) -> str:
        """Why steps cannot be free-text prompts (:func:`core.degradations.text_key`); empty if they can."""
        return why_no_text(self._prompts)

    def prepare_prompts(self, keys: Iterable[str]) -> None:
        """Compute the embeddings of prompts that the checkpoint does not contain, before the first photo.

        Args:
            keys: of degradations or free-text prompts.

        Raises:
            PromptError: no encoder can compute them.
            TextEncoderMissing: its weights are not on this computer and may not be downloaded.
        """
        self._prompts = resolve(self._prompts, keys, self._text_encoder)

    def restore(
        self,
        photo: Photo,
        steps: str | Step | Iterable[str | Step] = (),
        *,
        strength: float = 1.0,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        quality_mode: str | None = None,
        passes: MutableMapping[PassKey, Pass] | None = None,
        masks: MaskRenderer | None = None,
    ) -> RestorationResult:
        """Remove one degradation after the other.

        Args:
            photo: any size from 1x1; it is not changed.
            steps: at least one; see :func:`core.inference.parse_steps`.
            strength: for steps without a strength of their own.
            progress: called with the finished share of all steps.
            cancel: stops the work within one band.
            quality_mode: for this photo; None: that of the restorer.
            passes: passes of this photo that need not run again; new ones are added. See
                :class:`core.inference.passes.PassCache`.
            masks: renders the masks of the steps if ``photo`` is a part of another photo, to which they refer; see
                :meth:`core.masks.rendering.MaskRenderer.within`.

        Raises:
            DeviceError: the device failed.
            RestorationError: an unknown step or quality mode, a strength out of range, or not enough memory even for
                small tiles.
            PromptError: the model does not know the prompt and no encoder can compute it.
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
            output, plan = self._run_network(visible.shown, key, orientations(key, quality), progress, cancel)
            route: Route = "bands" if plan.tile is None else "tiled"
            return Pass(visible.restored(output), plan.precision, route, time.perf_counter() - started)

        engine = replace(self.engine, quality_mode=quality)
        masks = masks or mask_renderer(photo)
        made = run_steps(photo.pixels, engine, parsed, run, progress, passes, masks)
        return _result(photo, engine, parsed, made, masks)

    def _run_network(
        self,
        pixels: Pixels,
        key: str,
        orientations: Sequence["Orientation"],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> tuple[Pixels, Plan]:
        # By the best plan that succeeds.
        height, width = pixels.shape[:2]
        averaged = len(orientations) > 1
        remaining = self._fitting_plans(self._candidate_plans(height, width, averaged=averaged))
        prompt = torch.tensor(self._prompts.embedding(key))  # (prompt_dim,)
        monotonic = _never_decreasing(progress)
        while True:
            plan = remaining[0]
            try:
                return self._average(plan, pixels, orientations, prompt, monotonic, cancel), plan
            except NonFiniteError:
                # Reduced precision overflowed: retry in full precision.
                exact = self._candidate_plans(height, width, ["float32"], averaged=averaged)
                remaining = [] if plan.precision == "float32" else self._fitting_plans(exact)
                problem = message(
                    "The model {name!r} gives values that are not finite for this photo. Its weights are unsuitable; "
                    "choose another model.",
                    name=self.model_name,
                )
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                remaining = remaining[1:]
                problem = message(
                    "There is not enough memory on {device}: at least about {needed} are needed. Close other programs, "
                    "or choose another device or a smaller model.",
                    device=self.device,
                    needed=readable_size(plan.needed),
                )
            # Here, outside the handler, the traceback no longer holds the failed attempt's tensors.
            if not remaining:
                raise RestorationError(problem)
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _average(
        self,
        plan: Plan,
        pixels: Pixels,
        orientations: Sequence["Orientation"],
        prompt: torch.Tensor,
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> Pixels:
        # The mean over the orientations, one after the other, in the memory of the first result.
        mean: Pixels | None = None
        for number, orientation in enumerate(orientations):
            part = scaled(progress, number / len(orientations), (number + 1) / len(orientations))
            source = np.ascontiguousarray(orientation.apply(pixels))
            if not source.flags.writeable:  # torch warns of these
                source = source.copy()
            restored = orientation.undo(self._execute(plan, torch.from_numpy(source), prompt, part, cancel))
            mean = restored if mean is None else np.add(mean, restored, out=mean)
            del source, restored  # before the next ones are allocated
        assert mean is not None
        if len(orientations) > 1:
            mean /= len(orientations)
        return np.clip(mean, 0.0, 1.0, out=mean)

    @torch.inference_mode()
    def _execute(
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

    def _candidate_plans(
        self, height: int, width: int, precisions: Sequence[Precision] | None = None, *, averaged: bool = False
    ) -> list[Plan]:
        # All plans, the best first.
        if precisions is None:
            precisions = [self._precision]
            if self._may_change_precision and self._precision == "float32":
                precisions = ["float32", "bfloat16"]  # bfloat16 in bands is better than tiles
        band = BAND_POSITIONS if self._device.type == "cpu" else GPU_BAND_POSITIONS
        workers = self.threads if self._device.type == "cpu" else 1
        config = self.checkpoint.config
        return list(candidate_plans(config, height, width, precisions, self._tile, band, workers, averaged=averaged))

    def _fitting_plans(self, plans: list[Plan]) -> list[Plan]:
        # Those that fit into memory, at least one.
        with translate_device_errors(self._device):
            free = int(free_bytes(self._device) * SAFE_SHARE)
        limit = free if self._memory_limit is None else min(free, self._memory_limit)
        fitting = [plan for plan in plans if plan.needed <= limit]
        if fitting:
            return fitting
        smallest = min(plans, key=lambda plan: plan.needed)
        if self._memory_limit is not None and smallest.needed > self._memory_limit:
            raise RestorationError(_over_limit(self._memory_limit, smallest.needed))
        return [smallest]  # the estimate may be too high


@dataclass(frozen=True)
class Orientation:
    """A left-right reflection, or none, followed by a number of quarter turns.

    The mean over the restorations of all eight (quality mode ``"best"``) is the geometric self-ensemble of Timofte et
    al., "Seven ways to improve example-based single image super resolution" (CVPR 2016).

    Attributes:
        quarters: quarter turns anticlockwise, 0 to 3.
        mirrored: whether the photo is reflected first.
    """

    quarters: int = 0
    mirrored: bool = False

    def apply(self, pixels: Pixels) -> Pixels:
        """A view of ``pixels`` (H, W, 3) in this orientation: (H, W, 3) or (W, H, 3)."""
        return np.rot90(pixels[:, ::-1] if self.mirrored else pixels, self.quarters)

    def undo(self, pixels: Pixels) -> Pixels:
        """Inverse of :meth:`apply`, again a view."""
        upright = np.rot90(pixels, -self.quarters)
        return upright[:, ::-1] if self.mirrored else upright


# The upright ones first: those that every degradation allows.
_ORIENTATIONS = tuple(Orientation(quarters, mirrored) for quarters in range(4) for mirrored in (False, True))


def orientations(key: str, quality_mode: QualityMode) -> tuple[Orientation, ...]:
    """The orientations in which the network runs to remove a degradation; the first one is the photo's own.

    Args:
        key: of the degradation. Rain and haze have an up and a down: only the left-right reflection is used.
        quality_mode: ``"standard"`` runs the network once.

    Raises:
        RestorationError: there is no such degradation.
    """
    return _ORIENTATIONS[: network_runs(key, quality_mode)]


def _over_limit(limit: int, needed: int) -> Message:
    return message(
        "This photo cannot be restored within {limit} of memory: at least about {needed} are needed. Raise the limit, "
        "or choose a smaller model or photo.",
        limit=readable_size(limit),
        needed=readable_size(needed),
    )


def _result(
    photo: Photo, engine: Engine, steps: tuple[Step, ...], result: Blend, masks: MaskRenderer
) -> RestorationResult:
    return RestorationResult(
        photo=photo.with_pixels(result.pixels),
        steps=steps,
        model=engine.model,
        device=engine.device,
        precision=result.precision,
        path=result.route,
        seconds=result.seconds,
        model_sha256=engine.sha256,
        quality_mode=engine.quality_mode,
        notes=mask_notes(masks, steps),
    )


def _never_decreasing(progress: ProgressCallback) -> ProgressCallback:
    # A pass that is retried starts again at 0; users should see the progress wait instead of falling back.
    furthest = 0.0

    def report(fraction: float) -> None:
        nonlocal furthest
        furthest = max(furthest, fraction)
        progress(furthest)

    return report
