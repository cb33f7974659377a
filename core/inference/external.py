"""Restorers of other families, read by the library spandrel, to be compared with DFPIR on the same photo.

They take no prompt: each file does the one thing that it was trained for. Restormer, NAFNet, SwinIR, MPRNet, SCUNet,
FFTformer and others are known; some of their licences forbid commercial use.
"""

import math
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor
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
from core.inference.devices import PRECISIONS, choose_device, choose_precision
from core.inference.memory_plan import SAFE_SHARE
from core.inference.tiling import Pixels, run_tiled
from core.inference.visible import VisiblePart
from core.io.regular_files import open_regular
from core.io.torch_files import TorchFile, is_torch_file
from core.photo import Photo
from core.photo.transparency import opacity_of
from core.progress import CancelToken, ProgressCallback, no_progress
from core.system.memory import check_free, free_memory, out_of_memory

OVERLAP = 32
"""Pixels that neighbouring tiles share."""

LARGEST_TILE, SMALLEST_TILE = 1024, 128
"""Sides in pixels between which the tile is chosen: the largest that fits into memory."""

_ROOM = 2**26  # numbers that any network may make besides its weights
_MOST_OF_STATE = 8  # times as many as the file has
_DIGITS = 4  # of a number in a tensor's name
_BYTES_PER_PIXEL = 12_000
"""Rough estimate for networks of these families on the CPU, in float32."""

_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")


@dataclass(frozen=True)
class OtherResult:
    """What another restorer made of a photo.

    Attributes:
        photo: the result, with everything preserved from the source.
        model: name of the file.
        architecture: e.g. ``"NAFNet"``.
        device: torch device.
        precision: that the result was computed in.
        seconds: wall time.
    """

    photo: Photo
    model: str
    architecture: str
    device: str
    precision: str
    seconds: float


class ExternalRestorer:
    """A restorer of another family on a device. Not for use by two threads at once.

    Args:
        path: weights as their authors publish them; no code in the file is run.
        device: as for :class:`core.inference.Restorer`.
        precision: likewise; one that the network is not fit for becomes float32.

    Raises:
        CheckpointError: spandrel is not installed, does not know the network, or the file is no restorer of RGB
            photos at their own size.
        RestorationError: no such device or precision.
    """

    def __init__(self, path: str | Path, *, device: str = "auto", precision: str = "auto") -> None:
        self.path = Path(path)
        self._device = choose_device(device)
        self._model = _load(self.path)
        full = precision == "auto" and self._device.type == "cpu"  # how bfloat16 suits other networks was not measured
        wanted = "float32" if full else choose_precision(precision, self._device)
        fit = {"float16": self._model.supports_half, "bfloat16": self._model.supports_bfloat16}
        self.precision = wanted if fit.get(wanted, True) else "float32"
        self._model.to(self._device).to(PRECISIONS[self.precision]).eval()

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    @property
    def architecture(self) -> str:
        """E.g. ``"NAFNet"``."""
        return str(self._model.architecture.name)

    @property
    def parameters(self) -> int:
        """How many numbers the network has."""
        return sum(weight.numel() for weight in self._model.model.parameters())

    def restore(
        self, photo: Photo, *, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
    ) -> OtherResult:
        """Restore a photo; large ones in overlapping tiles.

        Args:
            photo: any size; it is not changed.
            progress: called with the finished share.
            cancel: ends the work before the network's next layer.

        Raises:
            RestorationError: there is not enough memory, or the network gives numbers that are not finite.
            Cancelled: ``cancel`` was set.
        """
        started = time.perf_counter()
        cancel = cancel or CancelToken()
        with ExitStack() as hooks:
            for module in self._model.model.modules():
                hooks.callback(module.register_forward_pre_hook(lambda *_: cancel.check()).remove)
            visible = VisiblePart(photo.pixels, opacity_of(photo.transparency))
            pixels = self._run(visible.shown, progress, cancel)
            if not np.isfinite(pixels).all() and self.precision != "float32":
                self.precision = "float32"
                self._model.to(torch.float32)
                pixels = self._run(visible.shown, progress, cancel)
        if not np.isfinite(pixels).all():
            raise RestorationError(f"{self.name} gives values that are not finite for this photo. Use another model.")
        seconds = time.perf_counter() - started
        return OtherResult(
            photo.with_pixels(visible.restored(np.clip(pixels, 0, 1))),
            self.name,
            self.architecture,
            str(self._device),
            self.precision,
            seconds,
        )

    def _run(self, pixels: Pixels, progress: ProgressCallback, cancel: CancelToken) -> Pixels:
        sides = self._sides(*pixels.shape[:2])
        while True:
            try:
                return run_tiled(pixels, sides[0], OVERLAP, self._forward, progress, cancel)
            except (RuntimeError, MemoryError) as error:  # on a CPU, torch raises a plain RuntimeError
                if not isinstance(error, torch.OutOfMemoryError) and not out_of_memory(error):
                    raise
            # Here, outside the handler, the failed attempt's tensors are no longer held by its traceback.
            if len(sides) == 1:
                if self._is_whole_only:
                    raise RestorationError(
                        f"There is not enough memory on {self._device} for {self.name}, which needs the photo as a "
                        "whole. Close other programs, or choose another device."
                    )
                raise RestorationError(
                    f"There is not enough memory on {self._device} for {self.name}, even in tiles of {sides[0]} "
                    "pixels. Close other programs, or choose another device."
                )
            sides = sides[1:]
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _sides(self, height: int, width: int) -> list[int]:
        """Sides of tiles to try, one after the other, by what spandrel says of the network.

        Most do well in tiles. Some look so far that tiles show, and are given the whole photo where there is memory;
        some divide it themselves, and are given nothing else.
        """
        tiles = [LARGEST_TILE]
        while tiles[-1] > SMALLEST_TILE:
            tiles.append(tiles[-1] // 2)
        whole = max(height, width, SMALLEST_TILE)
        if self._is_whole_only:
            return [whole]
        if self._model.tiling.name == "DISCOURAGED" and whole > LARGEST_TILE and self._may_fit(height * width):
            tiles.insert(0, whole)
        return tiles

    @property
    def _is_whole_only(self) -> bool:
        return self._model.tiling.name == "INTERNAL"

    def _may_fit(self, positions: int) -> bool:
        # An accelerator says when memory is out; a system that promises more than it has ends the program instead.
        return self._device.type != "cpu" or positions * _BYTES_PER_PIXEL <= free_memory() * SAFE_SHARE

    @torch.inference_mode()
    def _forward(self, pixels: Pixels) -> Pixels:
        frame = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]  # (1, 3, H, W)
        made: Tensor = self._model(frame.to(self._device, PRECISIONS[self.precision]))
        return made[0].permute(1, 2, 0).float().cpu().numpy()


def _load(path: Path) -> Any:
    spandrel = _spandrel()
    if not path.exists():
        raise CheckpointError(f"There is no file {path}. Check the name, or download the model again.")
    if path.suffix.lower() not in _SUFFIXES:
        raise CheckpointError(f"{path} is no model file. Choose a file that ends in {', '.join(_SUFFIXES)}.")
    with reading(path, "a model"):
        state = _state(path)
    try:
        with _Allowance(_ROOM + _MOST_OF_STATE * sum(tensor.numel() for tensor in _tensors(state))):
            model = spandrel.ModelLoader(device="cpu").load_from_state_dict(state)
    except spandrel.UnsupportedModelError as error:
        raise CheckpointError(f"{path} holds no network that DFPIR Studio or spandrel knows.") from error
    except Exception as error:  # spandrel and its networks raise many kinds for a damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{path} cannot be used as a model: {brief(reason, 300)}. Download or copy it again."
        ) from error
    fits = isinstance(model, spandrel.ImageModelDescriptor) and (model.input_channels, model.output_channels) == (3, 3)
    if not fits or model.scale != 1:
        raise CheckpointError(
            f"{path} is a {model.architecture.name}, but not one that restores RGB photos at their own size. "
            "Choose a model for noise, rain, haze, blur or low light."
        )
    return model


def _state(path: Path) -> dict[str, Any]:
    """The named weights of a file, which may lie under a key such as ``"params"``. Nothing in it is executed."""
    with open_regular(path) as file:
        head = file.read(HEADER_LIMIT + 8)
        size = file.seek(0, 2)
        if head[8:9] == b"{":
            header = read_header(head, size)
            check_header(header, size)
            check_free(3 * size)
            file.seek(0)
            state: Any = safetensors.torch.load(file.read(size))
        elif is_torch_file(head):
            stored = TorchFile(file)  # spandrel's own reader would believe whatever the file claims
            check_free(3 * size)
            state = stored.read_all()
        else:
            raise CheckpointError(DAMAGED)
    if not isinstance(state, dict):
        raise CheckpointError(f"It holds a {type(state).__name__} and not named weights. Choose another model.")
    groups = [state, *(value for value in state.values() if isinstance(value, dict))]
    names = [name for group in groups for name in group]
    if len(names) > MOST_TENSORS or not all(isinstance(name, str) for name in names):
        raise CheckpointError(DAMAGED)
    check_names(names)
    if any(len(number) > _DIGITS for name in names for number in re.findall(r"\d+", name)):
        raise CheckpointError(DAMAGED)  # spandrel builds as many layers as the numbers in names tell
    return state


def _tensors(state: dict[str, Any]) -> Iterator[Tensor]:
    for value in state.values():
        if isinstance(value, dict):
            yield from _tensors(value)
        elif isinstance(value, Tensor):
            yield value


class _Allowance(TorchDispatchMode):
    """Lets no more new numbers be made inside than ``most``: networks are built from sizes that a file tells."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called by PyTorch for every operation inside."""
        arguments = func._schema.arguments
        if arguments and arguments[0].name == "size":
            self._left -= math.prod(args[0])
        elif not any(isinstance(value, Tensor) for value in args):  # arange, eye, linspace
            asked = [abs(value) for value in args if isinstance(value, int | float)]
            if asked and max(asked) > self._left:
                self._left = -1
        if self._left < 0:
            raise CheckpointError("its network would be much larger than the file")
        return func(*args, **(kwargs or {}))


def _spandrel() -> Any:
    try:
        import spandrel
    except ImportError as error:
        raise CheckpointError(
            "Models of other families are read by spandrel, which is not installed. Install it with "
            '"pip install spandrel spandrel_extra_arches" (or the extra: dfpir-studio[spandrel]) and start again.'
        ) from error
    try:
        import spandrel_extra_arches

        spandrel_extra_arches.install(ignore_duplicates=True)
    except ImportError:  # Restormer and MPRNet are missing then, the others are there
        pass
    return spandrel
