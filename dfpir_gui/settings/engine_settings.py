"""What restores: which model, where, how precisely, and with how much memory. The user chooses; settings keep it."""

from collections.abc import Callable
from dataclasses import dataclass

from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import QualityMode
from core.inference import Restorer
from core.prompts import OpenClipEncoder

GIB = 2**30

AUTO = "auto"


@dataclass(frozen=True)
class EngineSettings:
    """The choice.

    Attributes:
        model: name of a built-in model, or path of a checkpoint file.
        device: key of :class:`core.inference.devices.DeviceInfo`, or ``"auto"``.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        memory: GiB that a restoration may use, or 0 to decide by what is free.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    model: str = DEFAULT_MODEL
    device: str = AUTO
    precision: str = AUTO
    memory: int = 0
    quality_mode: QualityMode = "standard"

    def factory(self) -> Callable[[], Restorer]:
        """Return what makes the restorer, on the worker's thread; loading takes a moment, and may fail."""
        limit = self.memory * GIB or None
        return lambda: Restorer(
            self.model,
            device=self.device,
            precision=self.precision,
            memory_limit=limit,
            quality_mode=self.quality_mode,
            text_encoder=lambda: OpenClipEncoder(download=False),  # only the model manager downloads, after asking
        )
