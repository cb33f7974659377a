"""The one entry point for restoring photographs."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.library import find_model
from core.errors import RestorationError
from core.inference.device import Precision, choose_device, choose_precision
from core.inference.frame import NotFinite, Pixels, run_frame, scaled
from core.inference.memory import SAFE_SHARE, forward_bytes, free_bytes
from core.inference.steps import Step, parse_steps
from core.inference.tiling import run_tiled
from core.naming import DEFAULT_MODEL
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback, no_progress
from core.prompts import OpenClipEncoder, TextEncoder, resolve

OVERLAP = 64
"""Pixels that neighbouring tiles share."""

LARGEST_TILE = 2048
SMALLEST_TILE = 256
"""Sides in pixels between which the tile is chosen; smaller ones would change tones too much."""

Route = Literal["full", "tiled"]


@dataclass(frozen=True)
class RestorationResult:
    """A restored photo and how it came about.

    Attributes:
        photo: the result, with everything preserved from the source.
        steps: what was done, in order.
        model: the model's name.
        device: torch device, e.g. ``"cpu"``.
        precision: that the result was computed in; ``"float32"`` if a reduced precision had to be repeated.
        path: ``"full"`` frame or ``"tiled"``, for the step that needed most.
        seconds: wall time of all steps, without reading and writing files.
    """

    photo: Photo
    steps: tuple[Step, ...]
    model: str
    device: str
    precision: Precision
    path: Route
    seconds: float


class Restorer:
    """A model on a device, ready to restore any number of photos. Not for use by two threads at once.

    Args:
        model: name of a built-in model, a checkpoint file, or a loaded checkpoint.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        tile: side of tiles in pixels, at least 128, to force tiling; None decides by the memory that is free.
        memory_limit: bytes that a pass may plan to use, if less is to be used than is free.
        text_encoder: makes the encoder for prompts that the checkpoint does not carry.

    Raises:
        CheckpointError: the model cannot be found or loaded.
        RestorationError: no such device or precision, or a tile too small.
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
    ) -> None:
        if tile is not None and tile < 2 * OVERLAP:
            raise RestorationError(f"Tiles of {tile} pixels are too small. Choose at least {2 * OVERLAP}.")
        self._device = choose_device(device)
        self._precision = choose_precision(precision, self._device)
        self._tile = tile
        self._memory_limit = memory_limit
        self._text_encoder = text_encoder
        self.checkpoint = model if isinstance(model, Checkpoint) else load_checkpoint(find_model(model))
        self._prompts = self.checkpoint.prompts
        self._network = self.checkpoint.build().to(self._device).to(memory_format=torch.channels_last)

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
    def degradations(self) -> tuple[str, ...]:
        """Keys of the degradations whose prompts the model carries."""
        return self._prompts.names

    def restore(
        self,
        photo: Photo,
        steps: str | Step | Iterable[str | Step],
        *,
        strength: float = 1.0,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> RestorationResult:
        """Remove one degradation after the other.

        Args:
            photo: any size from 1x1; it is not changed.
            steps: see :func:`core.inference.parse_steps`.
            strength: for steps that carry none of their own.
            progress: called with the finished share of all steps.
            cancel: ends the work before the next block of the network.

        Raises:
            RestorationError: an unknown step, a strength out of range, or not enough memory even for small tiles.
            PromptError: the model knows no such prompt and no encoder can make it.
            Cancelled: ``cancel`` was set.
        """
        parsed = parse_steps(steps, strength)
        cancel = cancel or CancelToken()
        started = time.perf_counter()
        self._prompts = resolve(self._prompts, [step.degradation for step in parsed], self._text_encoder)
        pixels, path, precision = photo.pixels, _FULL, self._precision
        for number, step in enumerate(parsed):
            part = scaled(progress, number / len(parsed), (number + 1) / len(parsed))
            if step.strength > 0:
                restored, step_path, step_precision = self._pass(pixels, step.degradation, part, cancel)
                pixels = restored if step.strength == 1 else pixels + step.strength * (restored - pixels)
                path = _TILED if step_path == _TILED else path
                precision = "float32" if step_precision == "float32" else precision
            part(1.0)
        return RestorationResult(
            photo=photo.with_pixels(pixels),
            steps=parsed,
            model=self.model_name,
            device=self.device,
            precision=precision,
            path=path,
            seconds=time.perf_counter() - started,
        )

    def _pass(
        self, pixels: Pixels, key: str, progress: ProgressCallback, cancel: CancelToken
    ) -> tuple[Pixels, Route, Precision]:
        try:
            restored, path = self._fitting(pixels, key, self._precision, progress, cancel)
            return restored, path, self._precision
        except NotFinite:
            if self._precision == "float32":
                raise RestorationError(
                    f"The model {self.model_name!r} gives values that are not finite for this photo. "
                    "Its weights are unfit; choose another model."
                ) from None
        # Reduced precision overflowed: the same again in full precision.
        restored, path = self._fitting(pixels, key, "float32", progress, cancel)
        return restored, path, "float32"

    def _fitting(
        self, pixels: Pixels, key: str, precision: Precision, progress: ProgressCallback, cancel: CancelToken
    ) -> tuple[Pixels, Route]:
        prompt = torch.tensor(self._prompts.embedding(key), device=self._device)[None]  # (1, prompt_dim)
        monotonic = _never_backwards(progress)

        def frame(part: Pixels, report: ProgressCallback) -> Pixels:
            return run_frame(self._network, prompt, part, precision, report, cancel)

        tile = self._plan(pixels.shape[0], pixels.shape[1], precision)
        while True:
            try:
                if tile is None:
                    return frame(pixels, monotonic), _FULL
                return run_tiled(pixels, tile, OVERLAP, lambda p: frame(p, no_progress), monotonic, cancel), _TILED
            except (RuntimeError, MemoryError) as error:
                if not _out_of_memory(error):
                    raise
                longest = max(pixels.shape[:2])
                tile = min(longest // 2, LARGEST_TILE) if tile is None else tile // 2
                if tile < SMALLEST_TILE:
                    raise RestorationError(
                        f"There is not enough memory on {self.device} even for tiles of {2 * tile} pixels. "
                        "Close other programs, or choose another device or a smaller model."
                    ) from error
            # Here, outside the handler, the failed attempt's tensors are no longer held by its traceback.
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _plan(self, height: int, width: int, precision: Precision) -> int | None:
        # None: the whole frame; else the side of the largest tile that fits.
        if self._tile is not None:
            return self._tile
        config, size = self._network.config, 4 if precision == "float32" else 2
        limit = free_bytes(self._device) * SAFE_SHARE
        if self._memory_limit is not None:
            limit = min(limit, self._memory_limit)
        if forward_bytes(config, height, width, size) <= limit:
            return None
        tile = LARGEST_TILE
        while tile > SMALLEST_TILE and forward_bytes(config, tile, tile, size) > limit:
            tile //= 2
        return tile


_FULL: Route = "full"
_TILED: Route = "tiled"


def _never_backwards(progress: ProgressCallback) -> ProgressCallback:
    # A pass that is repeated with smaller tiles starts anew; people should see it wait, not fall back.
    furthest = 0.0

    def report(fraction: float) -> None:
        nonlocal furthest
        furthest = max(furthest, fraction)
        progress(furthest)

    return report


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
