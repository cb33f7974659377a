"""What every restorer has in common: its interface and its result."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from core.degradations import QualityMode
from core.inference.passes import Route
from core.masks.rendering import MaskRenderer
from core.messages import Message
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback
from core.recipes import Recipe
from core.steps import Step
from core.system.device_info import Precision
from core.system.version import program_version

DFPIR = "DFPIR"
"""Architecture of the models that :class:`core.inference.Restorer` runs."""


@dataclass(frozen=True)
class RestorationResult:
    """A restored photo and how it was computed.

    Attributes:
        photo: the result, with everything preserved from the source.
        steps: what was done, in order; empty for models that take no prompts.
        model: the model's name.
        device: torch device, e.g. ``"cpu"``.
        precision: of the computation. It may differ from the requested one: ``"float32"`` if a reduced precision
            overflowed, ``"bfloat16"`` if ``"auto"`` had too little memory for float32.
        path: ``"bands"``, the whole frame exactly; ``"tiled"`` if any step was; ``"whole"`` for models of
            other families that processed the frame in one piece.
        seconds: wall time of all steps, without reading and writing files; for passes that were known, that of the run
            that computed them.
        model_sha256: of the model's file, or ``""`` if it was not read from one.
        quality_mode: ``"standard"`` or ``"best"``.
        architecture: of the network, e.g. ``"DFPIR"`` or ``"NAFNet"``.
        notes: about masks that select nothing in this photo, see :mod:`core.inference.mask_notes`.
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
    architecture: str = DFPIR
    notes: tuple[Message, ...] = ()

    @property
    def recipe(self) -> Recipe:
        """Everything needed to repeat this result."""
        return Recipe(
            self.steps,
            self.model,
            self.model_sha256,
            self.precision,
            program_version(),
            self.quality_mode,
            self.photo.preserved.geometry,
            self.photo.preserved.full_size,
        )


def mask_renderer(photo: Photo) -> MaskRenderer:
    """What renders masks for a photo."""
    return MaskRenderer(photo.pixels, lambda pixels: photo.space.to_srgb(pixels), photo.whole)  # profile: if needed


class PhotoRestorer(Protocol):
    """A model on a device that restores photos. Not for use by two threads at once."""

    @property
    def model_name(self) -> str:
        """Name of the model."""

    @property
    def model_sha256(self) -> str:
        """SHA-256 of the model's file, or ``""`` if it was not read from one."""

    @property
    def architecture(self) -> str:
        """Of the network, e.g. ``"DFPIR"`` or ``"NAFNet"``."""

    @property
    def device(self) -> str:
        """Name of the torch device."""

    @property
    def precision(self) -> Precision:
        """Precision that is tried first."""

    @property
    def removable(self) -> tuple[str, ...]:
        """Keys of the degradations that it can be prompted to remove; empty for a model that takes no prompts."""

    def restore(
        self,
        photo: Photo,
        steps: str | Step | Iterable[str | Step] = (),
        *,
        strength: float = 1.0,
        progress: ProgressCallback = ...,
        cancel: CancelToken | None = None,
    ) -> RestorationResult:
        """Restore a photo.

        Args:
            photo: any size from 1x1; it is not changed.
            steps: see :func:`core.steps.parse_steps`; none for a model that takes no prompts.
            strength: for steps without a strength of their own, or of the whole restoration.
            progress: called with the finished share.
            cancel: stops the work.

        Raises:
            RestorationError: the steps do not suit the model, or there is not enough memory.
            Cancelled: ``cancel`` was set.
        """
