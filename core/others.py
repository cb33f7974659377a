"""Restorers of other families, read by the library spandrel, to be compared with DFPIR on the same photo.

They take no prompt: each file does the one thing that it was trained for. Restormer, NAFNet, SwinIR, MPRNet, SCUNet,
FFTformer and others are known; some of their licences forbid commercial use.
"""

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import CheckpointError, RestorationError
from core.inference.device import PRECISIONS, choose_device, choose_precision
from core.inference.memory import SAFE_SHARE
from core.inference.tiling import Pixels, run_tiled
from core.memory import check_free, free_memory, out_of_memory
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback, no_progress

OVERLAP = 32
"""Pixels that neighbouring tiles share."""

LARGEST_TILE, SMALLEST_TILE = 1024, 128
"""Sides in pixels between which the tile is chosen: the largest that fits into memory."""

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


class OtherRestorer:
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
        wanted = choose_precision(precision, self._device)
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
            pixels = self._run(photo.pixels, progress, cancel)
            if not np.isfinite(pixels).all() and self.precision != "float32":
                self.precision = "float32"
                self._model.to(torch.float32)
                pixels = self._run(photo.pixels, progress, cancel)
        if not np.isfinite(pixels).all():
            raise RestorationError(f"{self.name} gives values that are not finite for this photo. Use another model.")
        seconds = time.perf_counter() - started
        return OtherResult(
            photo.with_pixels(pixels), self.name, self.architecture, str(self._device), self.precision, seconds
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
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}. Check the name, or download the model again.")
    if path.suffix.lower() not in _SUFFIXES:
        raise CheckpointError(f"{path} is no model file. Choose a file that ends in {', '.join(_SUFFIXES)}.")
    check_free(3 * path.stat().st_size)
    try:
        model = spandrel.ModelLoader(device="cpu").load_from_file(path)
    except spandrel.UnsupportedModelError as error:
        raise CheckpointError(f"{path} holds no network that DFPIR Studio or spandrel knows.") from error
    except Exception as error:  # spandrel and its networks raise many kinds for a damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{path} cannot be used as a model: {reason}. Download or copy it again.") from error
    fits = isinstance(model, spandrel.ImageModelDescriptor) and (model.input_channels, model.output_channels) == (3, 3)
    if not fits or model.scale != 1:
        raise CheckpointError(
            f"{path} is a {model.architecture.name}, but not one that restores RGB photos at their own size. "
            "Choose a model for noise, rain, haze, blur or low light."
        )
    return model


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
