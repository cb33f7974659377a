"""What the lanes are asked for, and what they answer.

Requests are frozen; answers are new objects.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.detection import Detection
from core.inference import RestorationResult, Step
from core.inference.passes import Engine, Passes
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport
from core.recipes import Recipe
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region
from dfpir_gui.workers.worker_thread import Report as Tell

Work = Callable[[Tell, CancelToken], Any]
"""Background work of a page: called on the worker thread with its progress and its token; returns or raises."""


@dataclass(frozen=True)
class OpenRequest:
    """Read the photo at ``path``."""

    path: Path


@dataclass(frozen=True, eq=False)
class DetectRequest:
    """Say what ``photo`` suffers from."""

    photo: Photo


@dataclass(frozen=True, eq=False)
class RestoreRequest:
    """Restore ``photo`` with ``steps``, in their order; ``detection`` is the photo's.

    Those of ``passes`` need not run again that were computed by the engine that does the request.
    """

    photo: Photo
    steps: tuple[Step, ...]
    passes: Passes
    detection: Detection | None = None


@dataclass(frozen=True, eq=False)
class PreviewRequest:
    """Restore the part of ``photo`` in ``region`` with ``steps``."""

    photo: Photo
    steps: tuple[Step, ...]
    region: Region


@dataclass(frozen=True, eq=False)
class BlendRequest:
    """Make the result of ``steps`` from ``passes`` of ``engine``, which suffice."""

    photo: Photo
    engine: Engine
    steps: tuple[Step, ...]
    passes: Passes


@dataclass(frozen=True, eq=False)
class SaveRequest:
    """Write ``result``, made with ``recipe``, to ``path``; replace a file there only if ``overwrite``.

    A result that was put away is first read from the file ``kept``.
    """

    result: RestorationResult
    recipe: Recipe
    path: Path
    overwrite: bool
    options: ExportOptions
    kept: Path | None = None


@dataclass(frozen=True, eq=False)
class SwapOutRequest:
    """Write ``photo`` with its ``result`` to the file ``path``, which is the program's own."""

    path: Path
    photo: Photo
    result: RestorationResult


@dataclass(frozen=True)
class SwapInRequest:
    """Read back what was written to ``path``."""

    path: Path


@dataclass(frozen=True, eq=False)
class WorkRequest:
    """Do ``work``, whatever it is."""

    work: Work


Request = (
    OpenRequest
    | DetectRequest
    | RestoreRequest
    | PreviewRequest
    | BlendRequest
    | SaveRequest
    | SwapOutRequest
    | SwapInRequest
    | WorkRequest
)


@dataclass(frozen=True, eq=False)
class Opened:
    """A photo, and how it is shown."""

    photo: Photo
    pyramid: Pyramid


@dataclass(frozen=True, eq=False)
class SwappedIn(Opened):
    """A photo and its result, which were put away, and how both are shown."""

    result: RestorationResult
    after: Pyramid


@dataclass(frozen=True, eq=False)
class Restored:
    """A result, how it is shown, and what it did.

    Attributes:
        result: the result.
        pyramid: how it is shown.
        report: what it did.
        engine: computed it.
        passes: of ``engine``, those that the result was made from among them.
        known: keys of the degradations that the model knows.
        factory: made the restorer.
    """

    result: RestorationResult
    pyramid: Pyramid
    report: QualityReport
    engine: Engine
    passes: Passes
    known: tuple[str, ...]
    factory: object


@dataclass(frozen=True, eq=False)
class Preview:
    """A photo of which a part was restored: as it is shown, which part, how long it took, and what the model knows.

    ``factory`` made the restorer.
    """

    pyramid: Pyramid
    region: Region
    seconds: float
    known: tuple[str, ...]
    factory: object


@dataclass(frozen=True, eq=False)
class Blended:
    """A result that needed no network, how it is shown, and what it did."""

    result: RestorationResult
    pyramid: Pyramid
    report: QualityReport


@dataclass(frozen=True)
class ModelInfo:
    """What can be said of a model without running it.

    Attributes:
        known: keys of the degradations that it knows.
        why_no_text: why it takes no prompt in other words; empty if it does.
    """

    known: tuple[str, ...]
    why_no_text: str
