"""What the worker threads do with requests.

The network handler detects and restores; the file handler reads, writes and blends. Neither touches the session or a
widget. Only the thread of the network handler uses the restorer and the detector.
They need torch, which is imported where it is first used, after the window was shown.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.degradations import degradation
from core.errors import Cancelled, DFPIRError
from core.geometry import Geometry
from core.inference import Step
from core.inference.passes import (
    Engine,
    Pass,
    Passes,
    PassKey,
    blend,
    missing_steps,
    pass_keys,
    passes_of_engine,
    running_step,
)
from core.inference.result import mask_renderer
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.photo.transform import transformed
from core.progress import CancelToken, ProgressCallback, RemainingTime
from core.quality import propose_strengths, quality_report
from core.quality.need import JUDGED
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.export_options import write_result
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region, crop, paste
from dfpir_gui.workers.requests import (
    Blended,
    BlendRequest,
    DetectRequest,
    GeometryRequest,
    LastStep,
    Opened,
    OpenRequest,
    Preview,
    PreviewBlendRequest,
    PreviewRequest,
    Request,
    Restored,
    RestoreRequest,
    SaveRequest,
    StrengthRequest,
    SwapInRequest,
    SwapOutRequest,
    SwappedIn,
    WorkRequest,
)
from dfpir_gui.workers.swapped_results import SwappedResult, read_swapped, write_swapped
from dfpir_gui.workers.worker_thread import Progress, Report

if TYPE_CHECKING:
    from core.detection import Detection, Detector
    from core.inference import Restorer

RestorerFactory = Callable[[], "Restorer"]
"""Makes the restorer; called on the worker thread when the first photo is to be restored."""

DetectorFactory = Callable[[], "Detector"]
"""Makes the detector; called once, on the worker thread, when the first photo was read."""

OpenPhoto = Callable[[Path], Photo]
"""Reads a photo; raises :class:`core.errors.PhotoError`."""


class NetworkHandler:
    """Handles requests that need a network: detect, restore, preview, and the work of pages."""

    def __init__(self, restorer_factory: RestorerFactory, detector_factory: DetectorFactory) -> None:
        self._restorer_factory = restorer_factory
        self._detector_factory = detector_factory
        self._restorer: Restorer | None = None
        self._made_by: RestorerFactory | None = None
        self._detector: Detector | None = None

    def __call__(self, request: Request[Any], report: Report, cancel: CancelToken) -> object:
        """Handle ``request`` and return its answer.

        Raises:
            DFPIRError: it cannot be done.
            TypeError: it is a request for the file handler.
        """
        match request:
            case DetectRequest():
                report(Progress(translate("Session", "Detecting problems")))
                detection = self.detector().detect(request.photo)
                return self._with_strengths(request.photo, detection, detection.proposals(), cancel)
            case StrengthRequest():
                return self._with_strengths(request.photo, request.detection, request.steps, cancel)
            case RestoreRequest():
                return self._restore(request, report, cancel)
            case PreviewRequest():
                return self._preview(request, report, cancel)
            case WorkRequest():
                return request.work(report, cancel)
        raise TypeError(f"not a request for the network handler: {request}")

    def use(self, restorer_factory: RestorerFactory) -> None:
        """Make the next restorer with this factory. May be called from any thread; running work is not affected."""
        self._restorer_factory = restorer_factory

    @property
    def factory(self) -> RestorerFactory:
        """The factory of the next restorer."""
        return self._restorer_factory

    def restorer(self) -> "Restorer":
        """The restorer, made when it is first needed. Worker thread only."""
        factory = self._restorer_factory
        if self._restorer is None or self._made_by is not factory:
            self._restorer = None  # frees the memory of the previous one before the next one loads
            self._restorer, self._made_by = factory(), factory
        return self._restorer

    def detector(self) -> "Detector":
        """The detector, made when it is first needed. Worker thread only."""
        if self._detector is None:
            self._detector = self._detector_factory()
        return self._detector

    def _with_strengths(
        self, photo: Photo, detection: "Detection", steps: tuple[Step, ...], cancel: CancelToken
    ) -> "Detection":
        """The detection with the strengths that the photo needs for ``steps``."""
        if not steps or degradation(steps[0].degradation).family not in JUDGED:
            return detection
        try:
            restorer = self.restorer()
            if not JUDGED.keys() & set(restorer.removable):  # one of another family takes no prompts
                return detection
            return propose_strengths(detection, photo, restorer, cancel, steps=steps)
        except Cancelled:
            raise
        except DFPIRError:  # restoring reports it; what was detected is right nevertheless
            return detection

    def _load(self, report: Report, cancel: CancelToken) -> "Restorer":
        if self._made_by is not self._restorer_factory:
            report(Progress(translate("Session", "Loading the model")))
        restorer = self.restorer()
        cancel.check()
        return restorer

    def _preview(self, request: PreviewRequest, report: Report, cancel: CancelToken) -> Preview:
        restorer = self._load(report, cancel)
        part = crop(request.photo, request.region)
        on_progress = step_progress(report, request.steps, {}, restorer.engine)
        options: dict[str, Any] = {}
        if (masks := _masks_within(request.photo, request.masks, request.steps, request.region)) is not None:
            options["masks"] = masks
        passes: dict[PassKey, Pass] = {}
        result = restorer.restore(part, request.steps, progress=on_progress, cancel=cancel, passes=passes, **options)
        cancel.check()
        pyramid = Pyramid.from_photo(paste(request.photo, result.photo, request.region))
        quality = quality_report(part, result.photo, result.steps)
        return Preview(
            pyramid,
            request.region,
            result.steps,
            quality,
            result.seconds,
            restorer.engine,
            passes,
            tuple(restorer.removable),
            self._made_by,
        )

    def _restore(self, request: RestoreRequest, report: Report, cancel: CancelToken) -> Restored:
        restorer = self._load(report, cancel)
        engine = restorer.engine
        passes = passes_of_engine(request.passes, engine)
        on_progress = step_progress(report, request.steps, passes, engine)
        result = restorer.restore(request.photo, request.steps, progress=on_progress, cancel=cancel, passes=passes)
        cancel.check()
        report(Progress(translate("Session", "Finishing")))
        quality = quality_report(request.photo, result.photo, result.steps)
        pyramid = Pyramid.from_photo(result.photo)
        last_step = prepare_last_step(request, engine, passes, pyramid)
        return Restored(result, pyramid, quality, engine, passes, tuple(restorer.removable), self._made_by, last_step)


class FileHandler:
    """Handles requests that need no network: files, and results that are blended from kept passes."""

    def __init__(self, open_photo: OpenPhoto) -> None:
        self._open_photo = open_photo

    def __call__(self, request: Request[Any], report: Report, cancel: CancelToken) -> object:
        """Handle ``request`` and return its answer.

        Raises:
            DFPIRError: it cannot be done.
            TypeError: it is a request for the network handler.
        """
        match request:
            case OpenRequest():
                report(Progress(translate("Session", "Opening")))
                photo = self._open_photo(request.path)
                cancel.check()
                return opened(photo, request.geometry)
            case GeometryRequest():
                source = self._open_photo(request.path) if request.source is None else request.source
                return opened(source, request.geometry, request.overview)
            case BlendRequest():
                from core.inference.restorer import blended

                result = blended(request.photo, request.engine, request.steps, request.passes, request.masks, cancel)
                cancel.check()
                pyramid = Pyramid.from_photo(result.photo)
                cancel.check()
                return Blended(result, pyramid, quality_report(request.photo, result.photo, result.steps))
            case PreviewBlendRequest():
                return blended_preview(request, cancel)
            case SaveRequest():
                report(Progress(translate("Session", "Saving")))
                result = request.result if request.swap_file is None else read_swapped(request.swap_file).result
                return write_result(result, request.recipe, request.path, request.overwrite, request.options)
            case SwapOutRequest():
                write_swapped(request.path, SwappedResult(request.photo, request.result, request.source_size))
                return None
            case SwapInRequest():
                report(Progress(translate("Session", "Opening")))
                swapped = read_swapped(request.path)
                cancel.check()
                before, after = Pyramid.from_photo(swapped.photo), Pyramid.from_photo(swapped.result.photo)
                return SwappedIn(
                    swapped.photo, before, result=swapped.result, after=after, source_size=swapped.source_size
                )
            case WorkRequest():
                return request.work(report, cancel)
        raise TypeError(f"not a request for the file handler: {request}")


def opened(source: Photo, geometry: Geometry, overview: np.ndarray | None = None) -> Opened:
    """Rotate and crop a photo.

    Args:
        source: the whole upright photo.
        geometry: rotation and crop.
        overview: of ``source`` if it is known.
    """
    photo = transformed(source, geometry)
    pyramid = Pyramid.from_photo(photo)
    if photo is source:
        return Opened(photo, pyramid)
    return Opened(photo, pyramid, source, Pyramid.from_photo(source).overview if overview is None else overview)


def blended_preview(request: PreviewBlendRequest, cancel: CancelToken) -> Preview:
    """A preview with other strengths or masks, without the network."""
    from core.inference.restorer import blended

    preview = request.preview
    part = crop(request.photo, preview.region)
    masks = _masks_within(request.photo, request.masks, request.steps, preview.region)
    result = blended(part, preview.engine, request.steps, preview.passes, masks, cancel)
    cancel.check()
    pyramid = Pyramid.from_photo(paste(request.photo, result.photo, preview.region))
    quality = quality_report(part, result.photo, result.steps)
    return replace(preview, pyramid=pyramid, steps=result.steps, report=quality)


def _masks_within(
    photo: Photo, masks: MaskRenderer | None, steps: tuple[Step, ...], region: Region
) -> MaskRenderer | None:
    """Renders the masks of ``steps``, which refer to the whole photo, for a part of it; None if there are none."""
    if all(step.mask is None for step in steps):
        return None
    return (masks or mask_renderer(photo)).within(region)


def prepare_last_step(request: RestoreRequest, engine: Engine, passes: Passes, after: Pyramid) -> LastStep | None:
    """Prepare what shows other strengths and masks of the last step at once.

    Args:
        request: was done.
        engine: did it.
        passes: of the photo, with those of the request.
        after: the result for the screen.
    """
    masks = mask_renderer(request.photo)
    photo, effective = request.photo, tuple(step for step in request.steps if step.strength > 0)
    key = next((key for key in reversed(pass_keys(engine, effective)) if key in passes), None)
    if not effective or key is None or key.before != effective[:-1]:
        return None
    if key.before:
        base = Pyramid.from_photo(photo.with_pixels(blend(photo.pixels, engine, key.before, passes, masks).pixels))
    else:
        base = request.pyramid or Pyramid.from_photo(photo)
    step = replace(effective[-1], strength=1.0, mask=None)
    full = after
    if step != effective[-1]:
        full = Pyramid.from_photo(
            photo.with_pixels(blend(photo.pixels, engine, (*key.before, step), passes, masks).pixels)
        )
    return LastStep(key.before, step, base, full)


def step_progress(report: Report, steps: tuple[Step, ...], passes: Passes, engine: Engine) -> ProgressCallback:
    """Make a progress callback that reports the running step and the estimated remaining time.

    Args:
        report: gets the progress; it is called once immediately.
        steps: what is done.
        passes: passes that need not run again.
        engine: runs the others.
    """
    missing = missing_steps(passes, engine, steps)
    count = len(missing)
    remaining = RemainingTime.on_device(engine.device)

    def phase(number: int) -> str:
        if count < 2:
            return translate("Session", "Restoring")
        return translate("Session", "Step {number} of {count}, {name}").format(
            number=number + 1, count=count, name=names.label(missing[number].degradation)
        )

    def on_progress(share: float) -> None:
        number = running_step(missing, engine.quality_mode, share) if missing else 0
        report(Progress(phase(number), share, remaining.update(share)))

    on_progress(0.0)
    return on_progress
