"""Model, detector and devices of a batch, as plain values that can be sent to workers on other machines."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import KEYS
from core.errors import CheckpointError
from core.io.os_errors import display_path
from core.io.regular_files import file_sha256
from core.messages import message

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

_SMALL_TILE = 512


@dataclass(frozen=True)
class BackendConfig:
    """A model, and where it runs.

    Attributes:
        model: name of a built-in model, or a checkpoint file.
        devices: names of torch devices; several run one worker process each. ``("auto",)`` takes all GPUs, or the CPU.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        tile: side of tiles in pixels, or None to decide by memory.
        memory_limit: bytes that a pass may plan to use, if less is to be used than is free.
        threads: that share a photo on the CPU, or None for all available cores.
        text_encoder: weights of CLIP ViT-B/32 for checkpoints without prompt embeddings, or None.
        download_text_encoder: whether these weights may be downloaded if they are needed and not on this computer.
        detector: file of another detector than the built-in one, or None.
        scheduler: address of a Dask scheduler whose workers are used instead of ``devices``, or None.
    """

    model: str = DEFAULT_MODEL
    devices: tuple[str, ...] = ("auto",)
    precision: str = "auto"
    tile: int | None = None
    memory_limit: int | None = None
    threads: int | None = None
    text_encoder: Path | None = None
    download_text_encoder: bool = False
    detector: Path | None = None
    scheduler: str | None = None

    def chosen_devices(self) -> tuple[str, ...]:
        """The devices by name, ``"auto"`` resolved to all GPUs if there are several."""
        if self.devices != ("auto",):
            return self.devices
        import torch

        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return tuple(f"cuda:{index}" for index in range(count)) if count > 1 else self.devices

    def restorer(self, device: str) -> "Restorer":
        """The model on one device.

        Raises:
            CheckpointError: the model cannot be found or loaded.
            RestorationError: there is no such device or precision.
            PromptError: the model has no prompt embeddings, and the text encoder is not available.
        """
        return self._restorer(device, self.precision, self.tile)

    def careful_restorer(self) -> "Restorer":
        """The model on the CPU in small tiles, for a photo that did not fit into memory, or whose device failed."""
        return self._restorer("cpu", "float32", _SMALL_TILE)

    def make_detector(self) -> "Detector":
        """The detector, on the CPU: the device stays free for the model.

        Raises:
            CheckpointError: it cannot be loaded.
        """
        from core.detection import Detector

        return Detector(self.detector)

    def model_hash(self) -> str:
        """SHA-256 of the model's file.

        Raises:
            CheckpointError: there is no such model.
        """
        from core.checkpoints.builtin import find_model

        return _sha256(find_model(self.model))

    def detector_hash(self) -> str:
        """SHA-256 of the detector's file."""
        from core.checkpoints.builtin import built_in_detector

        return _sha256(Path(self.detector or built_in_detector()))

    def _restorer(self, device: str, precision: str, tile: int | None) -> "Restorer":
        from core.inference import Restorer
        from core.prompts import OpenClipEncoder

        restorer = Restorer(
            self.model,
            device=device,
            precision=precision,
            tile=tile,
            memory_limit=self.memory_limit,
            threads=self.threads,
            text_encoder=lambda: OpenClipEncoder(weights=self.text_encoder, download=self.download_text_encoder),
        )
        if not restorer.degradations:  # fails before the first photo if the prompts are not available
            restorer.prepare_prompts(KEYS)
        return restorer


@cache
def _sha256(file: Path) -> str:
    try:
        return file_sha256(file)
    except OSError as error:
        raise CheckpointError(
            message("{file} cannot be read: {reason}.", file=display_path(file), reason=error.strerror or str(error))
        ) from error
