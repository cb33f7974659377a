"""The user's choice of model, device, precision and memory."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import QualityMode
from core.prompts import OpenClipEncoder

if TYPE_CHECKING:
    from core.inference import Restorer

GIB = 2**30

AUTO = "auto"


@dataclass(frozen=True)
class EngineSettings:
    """What restores, and how.

    Attributes:
        model: name of a built-in model, or path of a checkpoint file.
        device: key of :class:`core.system.devices.DeviceInfo`, or ``"auto"``.
        precision: ``"auto"``, ``"float32"``, ``"bfloat16"`` or ``"float16"``.
        memory: GiB that a restoration may use; 0 uses what is free.
        quality_mode: ``"standard"`` or ``"best"``.
    """

    model: str = DEFAULT_MODEL
    device: str = AUTO
    precision: str = AUTO
    memory: int = 0
    quality_mode: QualityMode = "standard"

    def factory(self) -> "EngineFactory":
        """Return a function that makes the restorer. Call it on the worker thread: loading takes time."""
        return EngineFactory(self)


@dataclass(frozen=True, eq=False)
class EngineFactory:
    """Makes the restorer of these settings. Two factories are never equal."""

    settings: EngineSettings

    @property
    def engine_name(self) -> str:
        """What decides how fast it is: model, device and precision."""
        return "|".join((self.settings.model, self.settings.device, self.settings.precision))

    def __call__(self) -> "Restorer":
        """Load the model and make the restorer."""
        from core.inference import Restorer

        settings = self.settings
        return Restorer(
            settings.model,
            device=settings.device,
            precision=settings.precision,
            memory_limit=settings.memory * GIB or None,
            quality_mode=settings.quality_mode,
            # Nothing is downloaded without asking: only the model manager does, after a question.
            text_encoder=lambda: OpenClipEncoder(download=False),
        )
