"""Restorers of other families, loaded by the library spandrel, for comparison with DFPIR on the same photo.

Restormer, NAFNet, SwinIR, MPRNet, SCUNet, FFTformer and others are supported; some of their licences forbid commercial
use.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Module
from torch.utils._python_dispatch import TorchDispatchMode

from core.checkpoints.validation import (
    DAMAGED,
    HEADER_LIMIT,
    MOST_TENSORS,
    brief,
    check_header,
    check_names,
    read_header,
    reading,
)
from core.errors import CheckpointError, RestorationError
from core.inference.memory_plan import SAFE_SHARE
from core.inference.passes import Pixels, Route, mix
from core.inference.result import RestorationResult
from core.inference.streaming.tiles import tile_starts
from core.inference.visible import VisiblePart
from core.io.regular_files import open_regular
from core.io.torch_files import TorchFile, is_torch_file
from core.messages import Message, message
from core.photo import Photo
from core.photo.transparency import opacity_from_alpha
from core.progress import CancelToken, ProgressCallback, no_progress
from core.steps import Step
from core.system.device_info import Precision
from core.system.devices import PRECISIONS, choose_device, choose_precision
from core.system.memory import check_free, free_memory, out_of_memory

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor

OVERLAP = 32
"""Pixels shared by neighbouring tiles."""

MAX_TILE, MIN_TILE = 1024, 128
"""Limits of the tile side in pixels; the largest that fits into memory is used."""

_MAX_ADDITIONAL_NUMBERS = 2**26
"""Numbers that a network may allocate in addition to those that correspond to the file."""

_MAX_NUMBERS_RATIO = 8
"""Numbers that a network may allocate for each number in the file."""

_MAX_DIGITS = 4  # of a number in a tensor's name
_BYTES_PER_PIXEL = 12_000
"""Rough estimate for networks of these families on the CPU, in float32."""

_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")


class ExternalRestorer:
    """A restorer of another family on a device; see :class:`core.inference.result.PhotoRestorer`.

    It takes no prompts: each model does the one thing it was trained for. Not for use by two threads at once.

    Args:
        path: weights as published by their authors; no code in the file is executed.
        device: as for :class:`core.inference.Restorer`.
        precision: likewise; a precision that does not suit the network becomes float32.

    Raises:
        CheckpointError: spandrel is not installed or does not know the network, or the model does not restore RGB
            photos at their own size.
        RestorationError: no such device or precision.
    """

    def __init__(self, path: str | Path, *, device: str = "auto", precision: str = "auto") -> None:
        self.path = Path(path)
        self._device = choose_device(device)
        self._model = _load(self.path)
        self._precision = _suitable_precision(self._model, precision, self._device)
        with reading(self.path, "a model"), open_regular(self.path) as file:
            self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._model.to(self._device).to(PRECISIONS[self._precision]).eval()

    @property
    def model_name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the model's file."""
        return self._sha256

    @property
    def architecture(self) -> str:
        """E.g. ``"NAFNet"``."""
        return str(self._model.architecture.name)

    @property
    def device(self) -> str:
        """Name of the torch device."""
        return str(self._device)

    @property
    def precision(self) -> Precision:
        """Precision that is tried first; float32 once a reduced one has overflowed."""
        return self._precision

    @property
    def removable(self) -> tuple[str, ...]:
        """No degradations, since it takes no prompts."""
        return ()

    @property
    def parameters(self) -> int:
        """Number of the network's parameters."""
        return sum(weight.numel() for weight in self._model.model.parameters())

    def restore(
        self,
        photo: Photo,
        steps: str | Step | Iterable[str | Step] = (),
        *,
        strength: float = 1.0,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> RestorationResult:
        """Restore a photo; large ones in overlapping tiles.

        Args:
            photo: any size; it is not changed.
            steps: none, since the model takes no prompts.
            strength: 0 leaves the photo unchanged, 1 is the network's result, values between blend both.
            progress: called with the finished share.
            cancel: stops the work before the network's next layer.

        Raises:
            RestorationError: steps were given, the strength is out of range, there is not enough memory, or the network
                outputs numbers that are not finite.
            Cancelled: ``cancel`` was set.
        """
        if isinstance(steps, Step) or tuple(steps):
            raise RestorationError(
                message("The model {name!r} has no steps: it performs one fixed task.", name=self.model_name)
            )
        if not 0.0 <= strength <= 1.0:
            raise RestorationError(
                message("Strength {value!r} is out of range. Choose one from 0 to 1.", value=strength)
            )
        started = time.perf_counter()
        cancel = cancel or CancelToken()
        with ExitStack() as hooks:
            for module in self._model.model.modules():
                hooks.callback(module.register_forward_pre_hook(lambda *_: cancel.check()).remove)
            visible = VisiblePart(photo.pixels, opacity_from_alpha(photo.transparency))
            pixels, route = self._run(visible.shown, progress, cancel)
            if not np.isfinite(pixels).all() and self._precision != "float32":
                self._precision = "float32"
                self._model.to(torch.float32)
                pixels, route = self._run(visible.shown, progress, cancel)
        if not np.isfinite(pixels).all():
            raise RestorationError(
                message(
                    "The model {name!r} gives values that are not finite for this photo. Its weights are unsuitable; "
                    "choose another model.",
                    name=self.model_name,
                )
            )
        restored = visible.restored(np.clip(pixels, 0, 1))
        return RestorationResult(
            photo=photo.with_pixels(mix(photo.pixels, restored, strength)),
            steps=(),
            model=self.model_name,
            device=self.device,
            precision=self._precision,
            path=route,
            seconds=time.perf_counter() - started,
            model_sha256=self.model_sha256,
            architecture=self.architecture,
        )

    def _run(self, pixels: Pixels, progress: ProgressCallback, cancel: CancelToken) -> tuple[Pixels, Route]:
        sides = self._tile_sides(*pixels.shape[:2])
        while True:
            side = sides[0]
            try:
                route: Route = "whole" if max(pixels.shape[:2]) <= side else "tiled"
                return run_tiled(pixels, side, OVERLAP, self._forward, progress, cancel), route
            except (RuntimeError, MemoryError) as error:  # on a CPU, torch raises a plain RuntimeError
                if not isinstance(error, torch.OutOfMemoryError) and not out_of_memory(error):
                    raise
            # Here, outside the handler, the traceback no longer holds the failed attempt's tensors.
            if len(sides) == 1:
                raise RestorationError(self._out_of_memory(side))
            sides = sides[1:]
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _out_of_memory(self, side: int) -> Message:
        if self._is_whole_only:
            return message(
                "There is not enough memory on {device} for {name}, which needs the photo as a whole. Close other "
                "programs, or choose another device.",
                device=self.device,
                name=self.model_name,
            )
        return message(
            "There is not enough memory on {device} for {name}, even in tiles of {side} pixels. Close other programs, "
            "or choose another device.",
            device=self.device,
            name=self.model_name,
            side=side,
        )

    def _tile_sides(self, height: int, width: int) -> list[int]:
        """Sides of tiles to try, one after the other, by spandrel's advice for the network.

        Most networks do well in tiles. For some, whose receptive field is so large that tiles are visible, the whole
        photo is tried first if there is enough memory; some tile internally and always need the whole photo.
        """
        tiles = [MAX_TILE]
        while tiles[-1] > MIN_TILE:
            tiles.append(tiles[-1] // 2)
        whole = max(height, width, MIN_TILE)
        if self._is_whole_only:
            return [whole]
        if self._model.tiling.name == "DISCOURAGED" and whole > MAX_TILE and self._may_fit(height * width):
            tiles.insert(0, whole)
        return tiles

    @property
    def _is_whole_only(self) -> bool:
        return str(self._model.tiling.name) == "INTERNAL"

    def _may_fit(self, positions: int) -> bool:
        # An accelerator reports that memory is out; a system that promises more than it has kills the program instead.
        return self._device.type != "cpu" or positions * _BYTES_PER_PIXEL <= free_memory() * SAFE_SHARE

    @torch.inference_mode()
    def _forward(self, pixels: Pixels) -> Pixels:
        frame = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]  # (1, 3, H, W)
        output: Tensor = self._model(frame.to(self._device, PRECISIONS[self._precision]))
        return output[0].permute(1, 2, 0).float().cpu().numpy()


def run_tiled(
    pixels: Pixels,
    tile: int,
    overlap: int,
    restore: Callable[[Pixels], Pixels],
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Pixels:
    """Restore an image tile by tile; in overlaps, tiles are blended linearly.

    For networks with a limited receptive field. DFPIR's attention sums over the whole image, so its tiles share one
    attention; see :mod:`core.inference.streaming.tiles`.

    Args:
        pixels: (H, W, 3) float32.
        tile: side of a tile in pixels, more than ``overlap``.
        overlap: pixels that shared by neighbours, at least.
        restore: (h, w, 3) float32 -> the same shape.
        progress: called after each tile.
        cancel: checked before each tile.

    Returns:
        (H, W, 3) float32.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    height, width = pixels.shape[:2]
    tops, lefts = tile_starts(height, tile, overlap), tile_starts(width, tile, overlap)
    total = np.zeros_like(pixels)
    weights = np.zeros((height, width, 1), np.float32)
    for number, (top, left) in enumerate((top, left) for top in tops for left in lefts):
        cancel.check()
        area = (slice(top, min(top + tile, height)), slice(left, min(left + tile, width)))
        restored = restore(pixels[area])
        weight = (
            _blend_weights(restored.shape[0], overlap)[:, None, None]
            * _blend_weights(restored.shape[1], overlap)[None, :, None]
        )
        total[area] += restored * weight
        weights[area] += weight
        progress((number + 1) / (len(tops) * len(lefts)))
    total /= weights
    return total


def _blend_weights(length: int, overlap: int) -> NDArray[np.float32]:
    # Rises from the tile's edge inwards; never zero, so that a pixel covered by a single tile has a weight.
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1
    return np.minimum(distance / (overlap + 1), 1.0).astype(np.float32)


def _suitable_precision(model: "ImageModelDescriptor[Module]", precision: str, device: torch.device) -> Precision:
    if precision == "auto" and device.type == "cpu":  # how bfloat16 suits other networks was not measured
        return "float32"
    chosen = choose_precision(precision, device)
    supported = {"float16": model.supports_half, "bfloat16": model.supports_bfloat16}
    return chosen if supported.get(chosen, True) else "float32"


def _load(path: Path) -> "ImageModelDescriptor[Module]":
    spandrel = _import_spandrel()
    if not path.exists():
        raise CheckpointError(
            message("There is no file {file}. Check the name, or download the model again.", file=str(path))
        )
    if path.suffix.lower() not in _SUFFIXES:
        raise CheckpointError(
            message(
                "{file} is not a model file. Choose a file that ends in {suffixes}.",
                file=str(path),
                suffixes=list(_SUFFIXES),
            )
        )
    with reading(path, "a model"):
        state = _read_state(path)
    file_numbers = sum(tensor.numel() for tensor in _tensors(state))
    try:
        with _AllocationLimit(_MAX_ADDITIONAL_NUMBERS + _MAX_NUMBERS_RATIO * file_numbers):
            model: ImageModelDescriptor[Module] = spandrel.ModelLoader(device="cpu").load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        raise CheckpointError(
            message("{file} contains no network that DFPIR Studio or spandrel knows.", file=str(path))
        ) from error
    except Exception as error:  # spandrel and its networks raise many kinds for a damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            message(
                "{file} cannot be used as a model: {reason}. Download or copy it again.",
                file=str(path),
                reason=brief(reason, 300),
            )
        ) from error
    suits = isinstance(model, spandrel.ImageModelDescriptor) and (model.input_channels, model.output_channels) == (3, 3)
    if not suits or model.scale != 1:
        raise CheckpointError(
            message(
                "{file} is a {architecture}, but not one that restores RGB photos at their own size. Choose a model "
                "for noise, rain, haze, blur or low light.",
                file=str(path),
                architecture=model.architecture.name,
            )
        )
    return model


def _read_state(path: Path) -> dict[str, object]:
    """The named weights of a file, which may be nested under a key such as ``"params"``. No code in it is executed."""
    with open_regular(path) as file:
        head = file.read(HEADER_LIMIT + 8)
        size = file.seek(0, 2)
        if head[8:9] == b"{":
            header = read_header(head, size)
            check_header(header, size)
            check_free(3 * size)
            file.seek(0)
            state: object = safetensors.torch.load(file.read(size))
        elif is_torch_file(head):
            stored = TorchFile(file)  # spandrel's own reader trusts whatever the file claims
            check_free(3 * size)
            state = stored.read_all()
        else:
            raise CheckpointError(DAMAGED)
    if not isinstance(state, dict):
        raise CheckpointError(
            message("It contains a {kind} instead of named weights. Choose another model.", kind=type(state).__name__)
        )
    groups = [state, *(value for value in state.values() if isinstance(value, dict))]
    names = [name for group in groups for name in group]
    if len(names) > MOST_TENSORS or not all(isinstance(name, str) for name in names):
        raise CheckpointError(DAMAGED)
    check_names(names)
    if any(len(number) > _MAX_DIGITS for name in names for number in re.findall(r"\d+", name)):
        raise CheckpointError(DAMAGED)  # spandrel builds as many layers as the numbers in names say
    return state


def _tensors(state: Mapping[str, object]) -> Iterator[Tensor]:
    for value in state.values():
        if isinstance(value, dict):
            yield from _tensors(value)
        elif isinstance(value, Tensor):
            yield value


class _AllocationLimit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Limits the numbers that are allocated within the block: networks are built from sizes that a file claims."""

    def __init__(self, limit: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._left = limit

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        """Called by PyTorch for every operation within the block."""
        arguments = func._schema.arguments
        if arguments and arguments[0].name == "size":
            self._left -= math.prod(cast(Sequence[int], args[0]))
        elif not any(isinstance(value, Tensor) for value in args):  # arange, eye, linspace
            sizes = [abs(value) for value in args if isinstance(value, int | float)]
            if sizes and max(sizes) > self._left:
                self._left = -1
        if self._left < 0:
            raise CheckpointError(message("its network would be much larger than the file"))
        return func(*args, **(kwargs or {}))


def _import_spandrel() -> ModuleType:
    try:
        import spandrel  # an extra
    except ImportError as error:
        raise CheckpointError(
            message(
                "Models of other families are read by spandrel, which is not installed. Install it with "
                '"pip install spandrel spandrel_extra_arches" (or the extra: dfpir-studio[spandrel]) and start again.'
            )
        ) from error
    try:
        import spandrel_extra_arches

        spandrel_extra_arches.install(ignore_duplicates=True)
    except ImportError:  # then Restormer and MPRNet are not supported, the others are
        pass
    module: ModuleType = spandrel
    return module
