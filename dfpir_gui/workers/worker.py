"""What the lanes do: open a photo, look at it, restore it, save the result, and whatever else a page asks for.

Requests are frozen; results are new objects. Nothing here touches the session or a widget, and nothing
but the worker's thread touches the restorer and the detector.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.detection import Detector
from core.inference import Restorer, Step
from core.inference.passes import Engine, Passes, missing_steps, passes_of_engine, running_step
from core.inference.restorer import blended
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback
from core.quality import quality_report
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.export_options import write_result
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import crop, paste
from dfpir_gui.workers.requests import (
    Blended,
    BlendRequest,
    DetectRequest,
    Opened,
    OpenRequest,
    Preview,
    PreviewRequest,
    Request,
    Restored,
    RestoreRequest,
    SaveRequest,
    SwapInRequest,
    SwapOutRequest,
    SwappedIn,
    WorkRequest,
)
from dfpir_gui.workers.swapped_results import SwappedResult, read_swapped, write_swapped
from dfpir_gui.workers.worker_thread import Progress
from dfpir_gui.workers.worker_thread import Report as Tell

RestorerFactory = Callable[[], Restorer]
"""Makes the restorer; called on the worker thread when the first photo is to be restored."""

DetectorFactory = Callable[[], Detector]
"""Makes the detector; called once, on the worker thread, when the first photo is there."""

OpenPhoto = Callable[[Path], Photo]
"""Reads a photo; raises :class:`core.errors.PhotoError`."""

_SETTLED_S = 1.0
"""No remaining time is reported earlier: the first blocks of the network say little."""


class Worker:
    """Does what needs a network, one request at a time."""

    def __init__(self, restorer_factory: RestorerFactory, detector_factory: DetectorFactory) -> None:
        self._restorer_factory = restorer_factory
        self._detector_factory = detector_factory
        self._restorer: Restorer | None = None
        self._made_by: RestorerFactory | None = None
        self._detector: Detector | None = None

    def __call__(self, request: Request, report: Tell, cancel: CancelToken) -> Any:
        """Do ``request`` and return its result; raise a :class:`core.errors.DFPIRError` if it cannot be done."""
        match request:
            case DetectRequest():
                report(Progress(translate("Session", "Looking for damage")))
                return self.detector().detect(request.photo)
            case RestoreRequest():
                return self._restore(request, report, cancel)
            case PreviewRequest():
                return self._preview(request, report, cancel)
            case WorkRequest():
                return request.work(report, cancel)
        raise TypeError(f"not for this lane: {request}")

    def use(self, restorer_factory: RestorerFactory) -> None:
        """Make the next restorer with this factory. May be called from any thread; what runs now is not touched."""
        self._restorer_factory = restorer_factory

    @property
    def factory(self) -> RestorerFactory:
        """What makes the next restorer."""
        return self._restorer_factory

    def restorer(self) -> Restorer:
        """The restorer, made when it is first needed. For the worker's thread only."""
        factory = self._restorer_factory
        if self._restorer is None or self._made_by is not factory:
            self._restorer = None  # the memory of the one before is free while the next one loads
            self._restorer, self._made_by = factory(), factory
        return self._restorer

    def detector(self) -> Detector:
        """The detector, made when it is first needed. For the worker's thread only."""
        if self._detector is None:
            self._detector = self._detector_factory()
        return self._detector

    def _loaded(self, report: Tell, cancel: CancelToken) -> Restorer:
        if self._made_by is not self._restorer_factory:
            report(Progress(translate("Session", "Loading the model")))
        restorer = self.restorer()
        cancel.check()
        return restorer

    def _preview(self, request: PreviewRequest, report: Tell, cancel: CancelToken) -> Preview:
        restorer = self._loaded(report, cancel)
        part = crop(request.photo, request.region)
        tell = step_progress(report, request.steps, {}, restorer.engine)
        result = restorer.restore(part, request.steps, progress=tell, cancel=cancel)
        cancel.check()
        whole = paste(request.photo, result.photo, request.region)
        return Preview(
            Pyramid.from_photo(whole), request.region, result.seconds, tuple(restorer.removable), self._made_by
        )

    def _restore(self, request: RestoreRequest, report: Tell, cancel: CancelToken) -> Restored:
        restorer = self._loaded(report, cancel)
        engine = restorer.engine
        passes = passes_of_engine(request.passes, engine)
        tell = step_progress(report, request.steps, passes, engine)
        result = restorer.restore(request.photo, request.steps, progress=tell, cancel=cancel, passes=passes)
        cancel.check()
        report(Progress(translate("Session", "Finishing")))
        after = self.detector().detect(result.photo)
        quality = quality_report(request.photo, result.photo, result.steps, request.detection, after)
        return Restored(
            result, Pyramid.from_photo(result.photo), quality, engine, passes, tuple(restorer.removable), self._made_by
        )


class FileWorker:
    """Does what needs no network: files, and blends of passes that are there."""

    def __init__(self, open_photo: OpenPhoto) -> None:
        self._open_photo = open_photo

    def __call__(self, request: Request, report: Tell, cancel: CancelToken) -> Any:
        """Do ``request`` and return its result; raise a :class:`core.errors.DFPIRError` if it cannot be done."""
        match request:
            case OpenRequest():
                report(Progress(translate("Session", "Opening")))
                photo = self._open_photo(request.path)
                cancel.check()
                return Opened(photo, Pyramid.from_photo(photo))
            case BlendRequest():
                result = blended(request.photo, request.engine, request.steps, request.passes)
                cancel.check()
                quality = quality_report(request.photo, result.photo, result.steps)
                return Blended(result, Pyramid.from_photo(result.photo), quality)
            case SaveRequest():
                report(Progress(translate("Session", "Saving")))
                result = request.result if request.kept is None else read_swapped(request.kept).result
                return write_result(result, request.recipe, request.path, request.overwrite, request.options)
            case SwapOutRequest():
                return write_swapped(request.path, SwappedResult(request.photo, request.result))
            case SwapInRequest():
                report(Progress(translate("Session", "Opening")))
                kept = read_swapped(request.path)
                cancel.check()
                return SwappedIn(
                    kept.photo, Pyramid.from_photo(kept.photo), kept.result, Pyramid.from_photo(kept.result.photo)
                )
            case WorkRequest():
                return request.work(report, cancel)
        raise TypeError(f"not for this lane: {request}")


def step_progress(report: Tell, steps: tuple[Step, ...], passes: Passes, engine: Engine) -> ProgressCallback:
    """A progress callback that names the step that runs, and how long the rest will take.

    Args:
        report: gets the progress; it is called once at once.
        steps: that are done.
        passes: need not run again.
        engine: runs the others.
    """
    missing = missing_steps(passes, engine, steps)
    count, started = len(missing), time.perf_counter()

    def phase(number: int) -> str:
        if count < 2:
            return translate("Session", "Restoring")
        return translate("Session", "Step {number} of {count}, {name}").format(
            number=number + 1, count=count, name=names.label(missing[number].degradation)
        )

    def tell(share: float) -> None:
        number = running_step(missing, engine.quality_mode, share) if missing else 0
        passed = time.perf_counter() - started
        left = passed * (1 - share) / share if passed > _SETTLED_S and share > 0 else None
        report(Progress(phase(number), share, left))

    tell(0.0)
    return tell
