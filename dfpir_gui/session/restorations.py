"""Restorations, previews and blends; and what is known of the model that makes them."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

import numpy as np

from core.degradations import QualityMode, network_runs
from core.errors import Cancelled
from core.geometry import Geometry
from core.inference import Step
from core.inference.passes import Pass, PassCache, Passes, PassKey, missing_steps, suffices
from core.masks import Mask
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.language import Retranslatable, translate, translated
from dfpir_gui.session.document import Document, Removal
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.feedback import Feedback
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.speed import SpeedLog, count_runs
from dfpir_gui.session.state import STOPPED, Change, State
from dfpir_gui.settings.engine_settings import EngineFactory
from dfpir_gui.workers.handlers import RestorerFactory
from dfpir_gui.workers.regions import Region, central_part
from dfpir_gui.workers.requests import (
    Blended,
    BlendRequest,
    ModelInfo,
    Preview,
    PreviewBlendRequest,
    PreviewRequest,
    Request,
    Restored,
    RestoreRequest,
)
from dfpir_gui.workers.worker_thread import Progress, Report

ValueT = TypeVar("ValueT")

LARGEST_PREVIEW = 768
"""Maximum side of a preview in pixels, so that it takes seconds."""

_ACTIVE = (State.QUEUED, State.RUNNING)


class Restorations:
    """Restores photos on the network thread, one after the other.

    An answer counts only if its document still waits for that very request: one that was stopped, or replaced by a
    newer request, is dropped even if it ended well.

    Args:
        documents: the open photos.
        jobs: do the work.
        feedback: shows what failed.
        passes: the passes of the network that are kept.
        speeds: how long runs of the network have taken.

    Attributes:
        supported_degradations: keys of the degradations that the model supports, or None before it is loaded.
        why_no_text: why the model takes no custom prompt; empty if it does; None before that is known.
    """

    def __init__(
        self, documents: Documents, jobs: Jobs, feedback: Feedback, passes: PassCache, speeds: SpeedLog
    ) -> None:
        self.supported_degradations: tuple[str, ...] | None = None
        self.why_no_text: str | None = None
        self._documents = documents
        self._jobs = jobs
        self._feedback = feedback
        self._passes = passes
        self._speeds = speeds
        self._loading_info = False

    # The model

    def use_restorer(self, factory: RestorerFactory) -> None:
        """Restore with what ``factory`` makes from now on; results that exist can be made again with it."""
        self._jobs.use_restorer(factory)
        self._passes.clear()
        self.supported_degradations = self.why_no_text = None
        for document in self._documents.all:
            document.other_engine = document.result is not None

    def is_supported(self, key: str) -> bool:
        """Whether the model supports a degradation, as far as is known."""
        return self.supported_degradations is None or key in self.supported_degradations

    def load_model_info(self) -> None:
        """Load the model, unless it is known already, and find out what it supports."""
        if self.supported_degradations is not None or self._loading_info:
            return
        self._loading_info = True

        def work(report: Report, cancel: CancelToken) -> ModelInfo:
            restorer = self._jobs.restorer()
            return ModelInfo(tuple(restorer.removable), restorer.why_no_text)

        self._jobs.submit(work, self._model_info_loaded, self._model_info_failed, persistent=True)

    def _model_info_loaded(self, info: ModelInfo) -> None:
        self._loading_info = False
        self.supported_degradations, self.why_no_text = info.supported, info.why_no_text
        self._documents.notify(Change.STEPS)

    def _model_info_failed(self, error: BaseException) -> None:
        self._loading_info = False
        self._feedback.show(notice_from_error(error, translate("Session", "loading the model")))

    # Commands

    def lacks_result(self, document: Document) -> bool:
        """Whether the photo could have a result of its steps, and has none or an outdated one."""
        if document.activity in (*_ACTIVE, State.SAVING) or document.restore_when_ready:
            return False
        if document.unloaded:
            return document.has_effect
        return document.photo is None or document.detecting or document.lacks_result

    def restore(self, document: Document) -> None:
        """Queue the restoration of a photo, immediately or as soon as it is read and its steps are known."""
        if document.can_restore and document.strength_request is None:
            self._restore(document)
        elif document.photo is None or not document.steps_known:
            document.restore_when_ready = True
            if document.unloaded and document.activity is None:
                self._documents.read(document)
        else:
            return
        self._begun(document)

    def restore_when_ready(self, document: Document) -> None:
        """Queue the restoration that :meth:`restore` has postponed, unless the photo has no steps: it looks clean."""
        document.restore_when_ready = False
        if document.can_restore:
            self._restore(document)
        self._documents.changed(document, Change.STATE | Change.PROGRESS)

    def preview(self, document: Document, region: Region) -> None:
        """Queue the restoration of the centre of ``region``."""
        if document.photo is None or not document.can_preview:
            return
        request = PreviewRequest(
            document.photo, document.edit.steps, central_part(region, LARGEST_PREVIEW), document.masks
        )
        self._submit(document, request, lambda preview: self._previewed(document, preview, request.steps))
        self._begun(document)

    def stop(self) -> None:
        """Cancel all restorations, and close the photos that were not read yet."""
        for document in self._documents.all:
            document.restore_when_ready = False
            can_be_read_later = document.unloaded or document.swap_file is not None
            if document.activity in _ACTIVE or (document.activity is State.LOADING and can_be_read_later):
                document.cancel()
            elif document.activity is State.LOADING:
                self._documents.remove(document)
        self._feedback.status = translated(STOPPED)
        self._documents.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def stop_for_other_geometry(self, document: Document) -> None:
        """Cancel the restoration of a photo that is about to be rotated or cropped: its result would not fit."""
        if document.activity not in _ACTIVE:
            return
        document.cancel()
        self._feedback.status = translate("Session", "Stopped because the photo was rotated or cropped")
        self._documents.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    # Results and steps

    def can_blend(self, document: Document, steps: tuple[Step, ...], geometry: Geometry | None = None) -> bool:
        """Whether kept passes of the engine that made the newest result suffice for the result of ``steps``.

        ``geometry`` is that of the result; None stands for that of the photo.
        """
        key = document.pass_key if geometry is None else document.pass_key_for(geometry)
        return document.engine is not None and suffices(self._passes.of(key), document.engine, steps)

    def remove_result(self, document: Document, reason: Removal) -> None:
        """Remove the result of a photo so that undo can bring it back."""
        result = document.result
        kept = result is not None and self.can_blend(document, result.steps)
        document.drop_result(reason, set_aside=not kept)

    def undos_until_result(self, document: Document) -> int:
        """How many changes :meth:`UndoHistory.undo` takes back until there is a result again; 0 if there is none."""
        if document.result is not None or document.removed is None:
            return 0
        for count, edit in enumerate(document.undo.earlier, 1):
            if not edit.applied:
                continue
            if document.could_take_back(edit) or self.can_blend(document, edit.applied, edit.geometry):
                return count
        return 0

    def reconcile(self, document: Document) -> Change:
        """Make the result of ``document`` match its edit; return what has changed immediately.

        A result that can be blended from passes follows a little later; until then a quick one is shown, or else the
        previous one. A result whose passes are no longer kept is removed, unless it was set aside; the steps stay, so
        that the photo can be restored again. A preview follows likewise, or else stays, outdated.
        """
        steps = document.edit.applied
        if document.result is not None and document.result.steps == steps:
            document.end_blend()
        elif steps and document.take_back():
            self._feedback.status = ""  # it says that the result was removed
        elif not steps or document.photo is None or not self.can_blend(document, steps):
            self.remove_result(document, Removal.UNDONE if document.edit.steps else Removal.NO_STEPS)
        else:
            if document.removed is not None:
                self._feedback.status = ""
            self._blend(document)
        self._reconcile_preview(document)
        return Change.RESULT

    def _reconcile_preview(self, document: Document) -> None:
        """Remove a preview if a result of the steps is there or follows; else blend it anew if that is possible."""
        preview, steps, photo = document.preview, document.edit.steps, document.photo
        document.preview_request = None
        if preview is None or photo is None or preview.steps == steps:
            return
        if not steps or document.updating or (document.result is not None and not document.outdated):
            document.drop_preview()
        elif suffices(preview.passes, preview.engine, steps):
            request = PreviewBlendRequest(photo, preview, steps, document.masks)

            def done(blended: Preview) -> None:
                if document.preview_request is request:
                    document.set_preview(blended)
                    self._documents.changed(document, Change.RESULT | Change.STATE)

            def failed(error: BaseException) -> None:
                if document.preview_request is request:
                    document.preview_request = None
                    self._feedback.show(notice_from_error(error, translate("Session", "changing the strength")))

            document.preview_request = request
            self._jobs.run_file(request, done, failed)

    def _blend(self, document: Document) -> None:
        if document.edit.applied is None or document.photo is None or document.engine is None:
            return
        passes = self._passes.of(document.pass_key)
        request = BlendRequest(document.photo, document.engine, document.edit.applied, passes, document.masks)

        def done(blended: Blended) -> None:
            if document.blend_request is request:
                document.set_blended(blended)
                self._blend_ended(document)

        def failed(error: BaseException) -> None:
            if document.blend_request is request:
                self._feedback.show(notice_from_error(error, translate("Session", "changing the strength")))
                self._blend_ended(document)

        document.begin_blend(request, self._jobs.run_file(request, done, failed))

    def _blend_ended(self, document: Document) -> None:
        document.end_blend()
        self._documents.changed(document, Change.RESULT | Change.STATE)

    def show_mask(self, document: Document, index: int, mask: Mask, values: np.ndarray) -> None:
        """See :meth:`dfpir_gui.session.session.Session.show_mask`."""
        if document.show_mask(index, mask, values):
            self._documents.changed(document, Change.RESULT)

    # Jobs

    def _restore(self, document: Document) -> None:
        assert document.photo is not None
        key = document.pass_key
        passes = self._passes.of(key)
        request = RestoreRequest(document.photo, document.edit.steps, passes, document.before)
        self._submit(document, request, lambda restored: self._restored(document, restored, key, passes))

    def _submit(self, document: Document, request: Request[ValueT], take: Callable[[ValueT], None]) -> None:
        """Have ``request`` done for ``document``; ``take`` gets the answer, unless it is stale by then."""

        def is_awaited() -> bool:
            awaited = document.request is request
            if not awaited:
                self._documents.notify(Change.STATE)  # the answer is not used any more, but a thread is free
            return awaited

        def done(value: ValueT) -> None:
            if is_awaited():
                document.finish()
                take(value)

        def failed(error: BaseException) -> None:
            if is_awaited():
                document.finish()
                self._failed(document, error)

        def progressed(progress: Progress) -> None:
            if document.request is request:
                started = document.advance(progress)
                self._documents.notify(Change.PROGRESS | (Change.STATE | Change.DOCUMENTS if started else Change(0)))

        if document.previewing:
            document.cancel()
        waits = self._jobs.network_busy
        document.begin(State.QUEUED if waits else State.RUNNING, Progress(translate("Session", "Waiting")))
        document.submitted(request, self._jobs.run_network(request, done, failed, progressed))

    def _begun(self, document: Document) -> None:
        self._feedback.clear()
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _failed(self, document: Document, error: BaseException) -> None:
        changed = Change.STATE | Change.PROGRESS
        if not isinstance(error, Cancelled):
            doing = translate("Session", "restoring {name}").format(name=document.name)
            notice = notice_from_error(error, doing)
            document.failure = notice.what
            self._feedback.notice = notice
            changed |= Change.NOTICE
        self._documents.changed(document, changed)

    def _previewed(self, document: Document, preview: Preview, steps: tuple[Step, ...]) -> None:
        document.set_preview(preview)
        self._reconcile_preview(document)
        left, top, right, bottom = preview.region
        runs = count_runs(steps, _quality_mode(preview.factory))
        self._speeds.add(_engine_name(preview.factory), (right - left) * (bottom - top), runs, preview.seconds)
        self._note_model(preview.factory, preview.supported)
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT)

    def _restored(self, document: Document, restored: Restored, key: Hashable, known: Passes) -> None:
        other_engine = restored.factory is not self._jobs.factory
        if not other_engine:
            self._passes.put(key, restored.passes)
            document.pass_keys.add(key)
        self._note_model(restored.factory, restored.supported)
        if document.photo is not None:
            new = [(key, value) for key, value in restored.passes.items() if key not in known]
            self._note_speed(restored.factory, document.photo, new)
        text = Retranslatable(lambda: translate("Editing", "Restore"))
        document.set_restored(restored, text, other_engine=other_engine)
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.STEPS)

    # Times

    def expected_seconds(self, document: Document) -> float | None:
        """How long restoring a photo with its steps would take by the measured runs of the engine; None if unknown."""
        if document.photo is None:
            return None
        engine, steps = document.engine, document.edit.steps
        if engine is not None and not document.other_engine:
            steps = tuple(missing_steps(self._passes.of(document.pass_key), engine, steps))
        runs = count_runs(steps, _quality_mode(self._jobs.factory))
        return self._speeds.seconds(_engine_name(self._jobs.factory), _pixels(document.photo), runs)

    def _note_speed(self, factory: object, photo: Photo, passes: Iterable[tuple[PassKey, Pass]]) -> None:
        for key, value in passes:
            runs = network_runs(key.degradation, key.engine.quality_mode)
            self._speeds.add(_engine_name(factory), _pixels(photo), runs, value.seconds)

    def _note_model(self, factory: object, supported: tuple[str, ...]) -> None:
        if factory is self._jobs.factory:
            self.supported_degradations = supported


def _engine_name(factory: object) -> str:
    """Names the engine of a restorer factory in the log of measured runs."""
    return factory.engine_name if isinstance(factory, EngineFactory) else ""


def _quality_mode(factory: object) -> QualityMode:
    return factory.settings.quality_mode if isinstance(factory, EngineFactory) else "standard"


def _pixels(photo: Photo) -> int:
    return photo.width * photo.height
