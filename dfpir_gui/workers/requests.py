"""What the worker threads are asked for, and their answers.

Requests are frozen; answers are new objects. The base class of a request names the type of its answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from core.detection import Detection
from core.geometry import UNCHANGED, Geometry
from core.inference import RestorationResult, Step
from core.inference.passes import Engine, Passes
from core.masks import Mask
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport
from core.recipes import Recipe
from dfpir_gui.settings.export_options import ExportOptions, WrittenResult
from dfpir_gui.workers.image_pyramid import MixedPyramid, Pyramid
from dfpir_gui.workers.regions import Region
from dfpir_gui.workers.worker_thread import Report

ValueT = TypeVar("ValueT")

Work = Callable[[Report, CancelToken], Any]
"""Background work of a page: called on the worker thread; it reports progress, checks its token, returns or raises."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A photo that was read.

    Attributes:
        photo: the photo.
        pyramid: ``photo`` for the screen.
        source: the whole upright photo, if ``photo`` was rotated or cropped; else None.
        overview: ``source`` for the screen, reduced: (H, W, 3) uint8 RGB; or None.
    """

    photo: Photo
    pyramid: Pyramid
    source: Photo | None = None
    overview: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class SwappedIn(Opened):
    """A photo and its result that were read back from a swap file.

    Attributes:
        result: the result.
        after: the result for the screen.
        source_size: width and height of the whole upright photo, or None if it is not known.
    """

    result: RestorationResult = field(kw_only=True)
    after: Pyramid = field(kw_only=True)
    source_size: tuple[int, int] | None = field(kw_only=True, default=None)


@dataclass(frozen=True, eq=False)
class LastStep:
    """The last step of a result, for showing other strengths and masks of it at once.

    Attributes:
        before: the steps before it that have an effect.
        step: the step itself, at full strength and everywhere.
        base: the photo without it, for the screen.
        full: the photo with it at full strength everywhere, for the screen.
    """

    before: tuple[Step, ...]
    step: Step
    base: Pyramid
    full: Pyramid

    def fits(self, steps: tuple[Step, ...]) -> bool:
        """Whether ``steps`` differ at most in strength and mask of this step."""
        effective = _effective(steps)
        if effective == self.before:
            return True
        return effective[:-1] == self.before and replace(effective[-1], strength=1.0, mask=None) == self.step

    def mixed(self, steps: tuple[Step, ...], rendered: tuple[Mask, np.ndarray] | None = None) -> MixedPyramid | None:
        """The result of ``steps`` for the screen; None if they differ in more, or if their mask is not rendered.

        Args:
            steps: see :meth:`fits`.
            rendered: a mask with its values, (h, w) float32, or None.
        """
        if not self.fits(steps):
            return None
        effective = _effective(steps)
        if effective == self.before:
            return MixedPyramid(self.base, self.full, 0.0)
        step = effective[-1]
        if step.mask is None:
            return MixedPyramid(self.base, self.full, step.strength)
        if rendered is None or rendered[0] != step.mask:
            return None
        return MixedPyramid(self.base, self.full, step.strength, rendered[1])


def _effective(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step.strength > 0)


@dataclass(frozen=True, eq=False)
class Restored:
    """A result that the network has computed.

    Attributes:
        result: the result.
        pyramid: the result for the screen.
        report: what it did to the photo.
        engine: computed it.
        passes: passes of ``engine``, among them those that the result was blended from.
        supported: keys of the degradations that the model supports.
        factory: the factory that made the restorer.
        last_step: for showing other strengths at once; None if no step has an effect.
    """

    result: RestorationResult
    pyramid: Pyramid
    report: QualityReport
    engine: Engine
    passes: Passes
    supported: tuple[str, ...]
    factory: object
    last_step: LastStep | None = None


@dataclass(frozen=True, eq=False)
class Blended:
    """A result that was blended from kept passes, without the network.

    Attributes:
        result: the result.
        pyramid: the result for the screen.
        report: what it did to the photo.
    """

    result: RestorationResult
    pyramid: Pyramid
    report: QualityReport


@dataclass(frozen=True, eq=False)
class Preview:
    """A photo of which a part was restored.

    Attributes:
        pyramid: the whole photo with the restored part, for the screen.
        region: the restored part.
        steps: what was done.
        report: what the restoration did to that part.
        seconds: how long it took.
        engine: did it.
        passes: of the part, from which other strengths and masks are blended.
        supported: keys of the degradations that the model supports.
        factory: the factory that made the restorer.
    """

    pyramid: Pyramid
    region: Region
    steps: tuple[Step, ...]
    report: QualityReport
    seconds: float
    engine: Engine
    passes: Passes
    supported: tuple[str, ...]
    factory: object


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model once it is loaded.

    Attributes:
        supported: keys of the degradations that it supports.
        why_no_text: why it takes no custom prompt; empty if it does.
    """

    supported: tuple[str, ...]
    why_no_text: str


class Request(Generic[ValueT]):
    """Base of all requests; ``ValueT`` is the type of the answer."""


@dataclass(frozen=True)
class OpenRequest(Request[Opened]):
    """Read the photo at ``path``, and rotate and crop it."""

    path: Path
    geometry: Geometry = UNCHANGED


@dataclass(frozen=True, eq=False)
class GeometryRequest(Request[Opened]):
    """Rotate and crop a photo from its source.

    Attributes:
        path: its file, which is read if ``source`` is None.
        source: the whole upright photo, or None.
        overview: the reduced source if it is known, else None.
        geometry: of the answer.
    """

    path: Path
    source: Photo | None
    overview: np.ndarray | None
    geometry: Geometry


@dataclass(frozen=True, eq=False)
class DetectRequest(Request[Detection]):
    """Detect the degradations of ``photo``."""

    photo: Photo


@dataclass(frozen=True, eq=False)
class StrengthRequest(Request[Detection]):
    """Find out the strength that a photo needs for steps that were not proposed.

    Attributes:
        photo: the photo.
        detection: of the photo; the answer is the same with the strengths.
        steps: that are to be done.
    """

    photo: Photo
    detection: Detection
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class RestoreRequest(Request[Restored]):
    """Restore ``photo``.

    Attributes:
        photo: what is restored.
        steps: in the order in which they are done.
        passes: known passes of the photo; those of the engine that does the request need not run again.
        pyramid: the photo for the screen, if it is known.
    """

    photo: Photo
    steps: tuple[Step, ...]
    passes: Passes
    pyramid: Pyramid | None = None


@dataclass(frozen=True, eq=False)
class PreviewRequest(Request[Preview]):
    """Restore the part of ``photo`` in ``region`` with ``steps``; ``masks`` renders masks for the whole photo."""

    photo: Photo
    steps: tuple[Step, ...]
    region: Region
    masks: MaskRenderer | None = None


@dataclass(frozen=True, eq=False)
class PreviewBlendRequest(Request[Preview]):
    """Blend ``preview`` of ``photo`` anew for ``steps``, for which its passes suffice."""

    photo: Photo
    preview: Preview
    steps: tuple[Step, ...]
    masks: MaskRenderer | None = None


@dataclass(frozen=True, eq=False)
class BlendRequest(Request[Blended]):
    """Blend the result of ``steps`` from ``passes`` of ``engine``, which suffice; ``masks`` renders their masks."""

    photo: Photo
    engine: Engine
    steps: tuple[Step, ...]
    passes: Passes
    masks: MaskRenderer | None = None


@dataclass(frozen=True, eq=False)
class SaveRequest(Request[WrittenResult]):
    """Write a result.

    Attributes:
        result: the result; without pixels if it is in ``swap_file``.
        recipe: how it was made.
        path: the file to write.
        overwrite: whether an existing file is replaced.
        options: format, quality and metadata.
        swap_file: where the result was swapped out to, or None if it is in memory.
    """

    result: RestorationResult
    recipe: Recipe
    path: Path
    overwrite: bool
    options: ExportOptions
    swap_file: Path | None = None


@dataclass(frozen=True, eq=False)
class SwapOutRequest(Request[None]):
    """Write ``photo`` with its ``result``, and the size of its source if that is known, to the swap file ``path``."""

    path: Path
    photo: Photo
    result: RestorationResult
    source_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class SwapInRequest(Request[SwappedIn]):
    """Read a photo and its result back from the swap file ``path``."""

    path: Path


@dataclass(frozen=True, eq=False)
class WorkRequest(Request[ValueT]):
    """Do any ``work``."""

    work: Callable[[Report, CancelToken], ValueT]
