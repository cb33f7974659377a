"""What the worker lane does: open a photo, restore it, save the result, and whatever else a page asks for.

Requests are frozen; results are new objects. Nothing here touches the session or a widget, and nothing
but the worker's thread touches the restorer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.inference import RestorationResult, Restorer, Step
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.tasks import Progress, Report
from dfpir_gui.views.pyramid import Pyramid

RestorerFactory = Callable[[], Restorer]
"""Makes the restorer; called once, on the worker thread, when the first photo is to be restored."""

OpenPhoto = Callable[[Path], Photo]
"""Reads a photo; raises :class:`core.errors.PhotoError`."""

Work = Callable[[Report, CancelToken], Any]
"""Background work of a page: called on the worker thread with its progress and its token; returns or raises."""


@dataclass(frozen=True)
class OpenRequest:
    """Read the photo at ``path``."""

    number: int
    path: Path


@dataclass(frozen=True, eq=False)
class RestoreRequest:
    """Restore ``photo`` with ``steps``, in their order."""

    number: int
    photo: Photo
    steps: tuple[Step, ...]


@dataclass(frozen=True, eq=False)
class SaveRequest:
    """Write the photo of ``result`` to ``path``; replace a file there only if ``overwrite``."""

    number: int
    result: RestorationResult
    path: Path
    overwrite: bool


@dataclass(frozen=True, eq=False)
class WorkRequest:
    """Do ``work``, whatever it is."""

    work: Work


Request = OpenRequest | RestoreRequest | SaveRequest | WorkRequest


@dataclass(frozen=True, eq=False)
class Opened:
    """A photo, and how it is shown."""

    photo: Photo
    pyramid: Pyramid


@dataclass(frozen=True, eq=False)
class Restored:
    """A result, how it is shown, and which degradations the model that made it knows."""

    result: RestorationResult
    pyramid: Pyramid
    known: tuple[str, ...]


@dataclass(frozen=True)
class Saved:
    """Where a result was written."""

    path: Path


class Worker:
    """Handles the requests of the lane, one at a time."""

    def __init__(self, restorer_factory: RestorerFactory, open_photo: OpenPhoto) -> None:
        self._restorer_factory = restorer_factory
        self._open_photo = open_photo
        self._restorer: Restorer | None = None

    def __call__(self, request: Request, report: Report, cancel: CancelToken) -> Any:
        """Do ``request`` and return its result; raise a :class:`core.errors.DFPIRError` if it cannot be done."""
        match request:
            case OpenRequest():
                return self._open(request, report, cancel)
            case RestoreRequest():
                return self._restore(request, report, cancel)
            case SaveRequest():
                report(Progress("Saving"))
                return Saved(request.result.photo.save(request.path, overwrite=request.overwrite))
            case WorkRequest():
                return request.work(report, cancel)

    def _open(self, request: OpenRequest, report: Report, cancel: CancelToken) -> Opened:
        report(Progress("Opening"))
        photo = self._open_photo(request.path)
        cancel.check()
        return Opened(photo, _shown(photo))

    def restorer(self) -> Restorer:
        """The restorer, made when it is first needed. For the worker's thread only."""
        if self._restorer is None:
            self._restorer = self._restorer_factory()
        return self._restorer

    def _restore(self, request: RestoreRequest, report: Report, cancel: CancelToken) -> Restored:
        if self._restorer is None:
            report(Progress("Loading the model"))
        restorer = self.restorer()
        cancel.check()
        report(Progress("Restoring", 0.0))
        result = restorer.restore(
            request.photo,
            request.steps,
            progress=lambda fraction: report(Progress("Restoring", fraction)),
            cancel=cancel,
        )
        cancel.check()
        return Restored(result, _shown(result.photo), tuple(restorer.degradations))


def _shown(photo: Photo) -> Pyramid:
    transparency = None if photo.preserved.mask else photo.alpha  # a mask is a selection, and hides nothing
    return Pyramid.from_pixels(photo.pixels, transparency)
