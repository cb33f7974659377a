"""The session: commands on the open photos, and what views read of them.

It only puts its parts together; each of them knows those before it, and none knows the session::

    Feedback, Jobs ◀── Documents (with MemoryManager) ◀── Restorations, Saving ◀── GeometryChanges ◀── StepEditor
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import psutil

from core.detection import Detection
from core.geometry import UNCHANGED, Geometry
from core.inference import RestorationResult, Step
from core.inference.passes import PassCache
from core.masks import Mask
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.language import Retranslatable, translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.editor import StepEditor
from dfpir_gui.session.feedback import Feedback
from dfpir_gui.session.geometry_changes import GeometryChanges
from dfpir_gui.session.jobs import Failed, Jobs, OnProgress, ignore_progress
from dfpir_gui.session.memory import SwapFiles
from dfpir_gui.session.notices import Notice, notice_from_error
from dfpir_gui.session.observers import Observers
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.restorations import Restorations
from dfpir_gui.session.saving import Saving
from dfpir_gui.session.speed import SpeedLog
from dfpir_gui.session.state import Change, Observer, State
from dfpir_gui.session.steps import PhotoToOpen, Stack, stack_from_steps
from dfpir_gui.session.strengths import StrengthFinder
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.workers.handlers import DetectorFactory, OpenPhoto, RestorerFactory
from dfpir_gui.workers.image_pyramid import Pyramid, ScreenPicture
from dfpir_gui.workers.regions import Region
from dfpir_gui.workers.requests import WorkRequest
from dfpir_gui.workers.worker_thread import Post, Progress, Report

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

ValueT = TypeVar("ValueT")

_MEMORY_SHARE = 0.2
"""Share of the machine's memory for photos and results."""

_DEFAULT_OPTIONS = ExportOptions()

_STOPPABLE = (State.LOADING, State.QUEUED, State.RUNNING)


def _built_in_detector() -> "Detector":
    from core.detection import Detector

    return Detector()


class PastedFiles(Protocol):
    """Where pictures from the clipboard are kept; see :class:`dfpir_gui.session.pasted.PastedPictures`."""

    def add(self, png: bytes, name: str) -> Path:
        """Write a picture to a new file called ``name`` and return its path."""

    def owns(self, path: Path) -> bool:
        """Whether a file is one of them."""

    def forget(self, path: Path) -> None:
        """Delete the file of a picture that was closed."""

    def close(self) -> None:
        """Delete all files."""


class Session:
    """The open photos and everything that is done to them. Main thread only, except where stated otherwise.

    Work that needs a network runs on one thread, one job after the other; files are read and written on another, so
    that a photo opens while one is restored.

    Args:
        post: runs callables on the main thread.
        restorer_factory: makes the restorer.
        open_photo: reads a photo.
        detector_factory: makes the detector; None makes the built-in one.
        memory_limit: bytes that photos and results may take; beyond it, those that were not shown for longest are
            unloaded and read again when they are needed. None takes a share of the machine's memory.
        remembered_steps: steps, rotation and crop that the user chose for photos before, or None.
        swap_folder: where results are swapped out to; None keeps all of them in memory.
        pasted: where pictures from the clipboard are kept; without it, :meth:`paste` is not available.
        speeds: how long restorations have taken on this computer; None begins without measurements.

    Attributes:
        editor: changes of the steps, with undo.
    """

    def __init__(
        self,
        *,
        post: Post,
        restorer_factory: RestorerFactory,
        open_photo: OpenPhoto,
        detector_factory: DetectorFactory | None = None,
        memory_limit: int | None = None,
        remembered_steps: RememberedSteps | None = None,
        swap_folder: SwapFiles | None = None,
        pasted: PastedFiles | None = None,
        speeds: SpeedLog | None = None,
    ) -> None:
        limit = round(psutil.virtual_memory().total * _MEMORY_SHARE) if memory_limit is None else memory_limit
        passes = PassCache()
        self._closed = False
        self._pasted = pasted
        self._copied_steps: Stack | None = None
        self._copied_quarters = 0
        self._observers = Observers()
        self._feedback = Feedback(self.notify)
        self._jobs = Jobs(
            post,
            restorer_factory,
            detector_factory or _built_in_detector,
            open_photo,
            on_finished=lambda: self._documents.schedule(),
            on_idle=lambda: self.notify(Change.STATE),  # also after work whose result is not used any more
        )
        self._documents = Documents(
            self._jobs,
            self.notify,
            self._feedback,
            passes,
            memory_limit=limit,
            swap_files=swap_folder,
            remembered_steps=remembered_steps,
            is_supported=lambda key: self._restorations.is_supported(key),
            on_ready=lambda document: self._restorations.restore_when_ready(document),
            on_removed=self._forget_pasted,
        )
        self._restorations = Restorations(
            self._documents, self._jobs, self._feedback, passes, SpeedLog() if speeds is None else speeds
        )
        self._saving = Saving(self._documents, self._jobs, self._feedback)
        self._geometry = GeometryChanges(self._documents, self._jobs, self._feedback, self._restorations)
        strengths = StrengthFinder(self._documents, self._jobs, self._restorations)
        self.editor = StepEditor(self._documents, self._restorations, self._geometry, strengths)

    # Observers

    def subscribe(self, observer: Observer, *, persistent: bool = False) -> None:
        """Call ``observer`` after every change; see :meth:`Observers.subscribe`."""
        self._observers.subscribe(observer, persistent=persistent)

    def notify(self, changed: Change) -> None:
        """Call the observers; nothing else happens."""
        self._observers.notify(changed)

    def detach_window(self) -> None:
        """Remove the observers and callbacks of the window, which is replaced by another. Persistent ones stay."""
        self._observers.detach_window()
        self._jobs.detach_window()

    # The open photos

    @property
    def documents(self) -> tuple[Document, ...]:
        """The open photos, in the order in which they were opened."""
        return self._documents.all

    @property
    def current(self) -> Document | None:
        """The photo that is shown, or None."""
        return self._documents.current

    @property
    def selected(self) -> Document | None:
        """The photo that is shown, or that will be as soon as it is read."""
        return self._documents.selected

    @property
    def busy(self) -> bool:
        """Whether a job has not ended yet; one that was stopped counts until it has really ended."""
        return self._jobs.busy

    @property
    def can_stop(self) -> bool:
        """Whether :meth:`stop` would do something."""
        return any(document.state in _STOPPABLE for document in self.documents)

    @property
    def can_restore_all(self) -> bool:
        """Whether :meth:`restore_all` would start something."""
        return any(self._restorations.lacks_result(document) for document in self.documents)

    def can_restore_later(self, document: Document) -> bool:
        """Whether :meth:`restore_all` would restore ``document``."""
        return self._restorations.lacks_result(document)

    @property
    def progress(self) -> Progress | None:
        """The progress of opening or saving the selected photo, else of the running restoration; None if idle."""
        running = next((document for document in self.documents if document.state is State.RUNNING), None)
        selected = self.selected
        if selected is not None and selected.state in (State.LOADING, State.SAVING):
            return selected.progress
        if running is not None:
            return running.progress
        return selected.progress if selected is not None else None

    @property
    def queued_count(self) -> int:
        """How many photos wait for their restoration, which starts when others have ended or their steps are known."""
        return sum(document.activity is State.QUEUED or document.restore_when_ready for document in self.documents)

    @property
    def notice(self) -> Notice | None:
        """What the error bar shows, or None."""
        return self._feedback.notice

    @property
    def status(self) -> str:
        """A short remark for the status bar; may be empty."""
        return self._feedback.status

    @property
    def status_file(self) -> Path | None:
        """The file that :attr:`status` is about, or None."""
        return self._feedback.file

    # The current photo

    @property
    def state(self) -> State:
        """The state of the selected photo."""
        return State.NEW if self.selected is None else self.selected.state

    @property
    def photo(self) -> Photo | None:
        """The current photo, or None."""
        return self.current.photo if self.current else None

    @property
    def before(self) -> Pyramid | None:
        """The current photo for the screen, or None."""
        return self.current.before if self.current else None

    @property
    def after(self) -> ScreenPicture | None:
        """The preview, or else the result of the current photo for the screen, or None."""
        if self.current is None:
            return None
        return self.current.preview.pyramid if self.current.preview else self.current.quick_after or self.current.after

    @property
    def detection(self) -> Detection | None:
        """The detected degradations of the current photo, or None before they are known."""
        return self.current.detection if self.current else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the next restoration of the current photo; may be empty."""
        return self.current.edit.steps if self.current else ()

    @property
    def result(self) -> RestorationResult | None:
        """The newest restoration of the current photo, or None."""
        return self.current.result if self.current else None

    @property
    def saved_as(self) -> Path | None:
        """The file that the current result was written to, or None."""
        return self.current.saved_as if self.current else None

    @property
    def unsaved(self) -> bool:
        """Whether the current photo has a result that was not saved."""
        return self.current is not None and self.current.unsaved

    @property
    def can_restore(self) -> bool:
        """Whether :meth:`restore` would start."""
        return self.current is not None and self.current.can_restore

    @property
    def can_preview(self) -> bool:
        """Whether a preview of the current photo would start; not during another one."""
        return self.current is not None and self.current.can_preview

    @property
    def expected_seconds(self) -> float | None:
        """How long :meth:`restore` will take, by what was measured on this computer; None if that is not known."""
        return None if self.current is None else self._restorations.expected_seconds(self.current)

    @property
    def can_save(self) -> bool:
        """Whether :meth:`save` would start."""
        return self.current is not None and self.current.can_save

    @property
    def updating(self) -> bool:
        """Whether the result of the current photo is being updated by itself; see :attr:`Document.updating`."""
        return self.current is not None and self.current.updating

    @property
    def geometry(self) -> Geometry:
        """How the current photo is rotated and cropped, or will be in a moment."""
        return self.current.edit.geometry if self.current else UNCHANGED

    @property
    def can_change_geometry(self) -> bool:
        """Whether :meth:`rotate` and :meth:`set_geometry` would do something."""
        return self.current is not None and self.current.can_change_geometry

    # Commands: open, show, close

    def open(self, path: Path, steps: Iterable[Step] = ()) -> None:
        """Open a photo and show it as soon as it is read. One that is open already is shown immediately.

        Args:
            path: the file.
            steps: its steps; if empty, those that were remembered or that the detector proposes.
        """
        self.reopen([PhotoToOpen(path, stack_from_steps(steps) or None)])

    def open_all(self, paths: Iterable[Path]) -> None:
        """Open several photos; the first of them is shown."""
        self.reopen([PhotoToOpen(path) for path in paths])

    def reopen(self, photos: Iterable[PhotoToOpen], shown: int = 0) -> None:
        """Open photos with their steps and results; show the one at index ``shown``."""
        self._documents.open(list(photos), shown)
        self._documents.schedule()

    def paste(self, name: str, encode: Callable[[], bytes]) -> None:
        """Keep a picture from the clipboard as a file and open it.

        Args:
            name: name of the file, with its suffix.
            encode: makes the file's bytes; called on the file thread.

        Raises:
            RuntimeError: the session has no place for pasted pictures.
        """
        if self._pasted is None:
            raise RuntimeError("this session has no place for pasted pictures")
        pasted = self._pasted

        def failed(error: BaseException) -> None:
            notice = notice_from_error(error, translate("Session", "taking the picture from the clipboard"))
            advice = translate("Session", "Or save the picture to a file in the other program and open that.")
            self.show_notice(replace(notice, advice=" ".join(filter(None, (notice.advice, advice)))))

        self.submit_to_files(lambda report, cancel: pasted.add(encode(), name), self.open, failed)

    def show(self, document: Document) -> None:
        """Show one of the open photos, as soon as it is read."""
        self._documents.show(document)
        self._documents.schedule()

    def show_next(self, by: int) -> None:
        """Show the photo that is ``by`` places after the current one, counting from the start again at the end."""
        self._documents.show_next(by)
        self._documents.schedule()

    def remove(self, document: Document) -> None:
        """Close a photo; an unsaved result is lost. If it was current, its neighbour is shown instead."""
        self._documents.remove(document)
        self._documents.schedule()

    # Commands: rotate and crop

    def rotate(self, quarters: int) -> None:
        """Rotate the current photo by quarter turns clockwise; negative ones are anticlockwise."""
        size = self.source_size
        if size is not None:
            text = Retranslatable(lambda: translate("Editing", "Rotate"))
            self.set_geometry(self.geometry.turned(quarters, *size), text)

    def set_geometry(self, geometry: Geometry, text: str = "") -> None:
        """Rotate and crop the current photo from its source; ``text`` names the change for undo."""
        if self.current is not None:
            self._geometry.set(self.current, geometry, text or Retranslatable(lambda: translate("Editing", "Crop")))

    def load_overview(self) -> None:
        """Make :attr:`Document.overview` of the current photo available, unless it is already."""
        if self.current is not None:
            self._geometry.load_overview(self.current)

    @property
    def source_size(self) -> tuple[int, int] | None:
        """Width and height of the whole upright photo, or None if it is not known."""
        return self.current.source_size if self.current else None

    # Commands: restore and save

    def choose(self, key: str, strength: float = 1.0) -> None:
        """Make the degradation called ``key`` the only step of the current photo."""
        self.editor.replace((Step(key, strength),))

    def restore(self) -> None:
        """Restore the current photo, if it has steps without a result."""
        if self.current is not None:
            self._restorations.restore(self.current)
            self._documents.schedule()

    def preview(self, region: Region) -> None:
        """Restore only the centre of ``region``, in photo pixels; otherwise like :meth:`restore`."""
        if self.current is not None:
            self._restorations.preview(self.current, region)

    @property
    def can_bring_back_result(self) -> bool:
        """Whether :meth:`bring_back_result` would do something."""
        return self.current is not None and self._restorations.undos_until_result(self.current) > 0

    def bring_back_result(self) -> None:
        """Undo the changes since the current photo had a result, which is not computed again."""
        if self.current is not None:
            for _ in range(self._restorations.undos_until_result(self.current)):
                self.editor.undo()

    def restore_all(self, documents: Iterable[Document] | None = None) -> None:
        """Restore all open photos, or only ``documents``, that have steps without a result.

        Those whose problems are being detected follow as soon as steps are proposed.
        """
        for document in self.documents if documents is None else documents:
            if self._restorations.lacks_result(document):
                self._restorations.restore(document)
        self._documents.schedule()

    @property
    def copied_steps(self) -> Stack | None:
        """The steps that :meth:`paste_steps` pastes, or None."""
        return self._copied_steps

    def copy_steps(self, document: Document) -> None:
        """Keep the steps of ``document`` for :meth:`paste_steps`."""
        self._copied_steps, self._copied_quarters = document.edit.stack, document.edit.geometry.quarters
        self.set_status(translate("Session", "Steps of {name} copied").format(name=document.name))

    def paste_steps(self, documents: Iterable[Document]) -> None:
        """Replace the steps of ``documents`` by those that were copied; each photo can undo that."""
        if self._copied_steps is None:
            return
        targets = list(documents)
        self.editor.paste(targets, self._copied_steps, self._copied_quarters)
        if len(targets) > 1:
            self.set_status(translate("Session", "Steps pasted to {count} photos").format(count=len(targets)))

    def stop(self) -> None:
        """Cancel all restorations and reading. Returns immediately; running work ends at its next safe point."""
        if self.can_stop:
            self._restorations.stop()
            self._documents.schedule()

    def save(
        self,
        path: Path,
        *,
        overwrite: bool = False,
        options: ExportOptions = _DEFAULT_OPTIONS,
        document: Document | None = None,
    ) -> None:
        """Write a result to ``path``. Files of open photos are never replaced.

        Args:
            path: the file to write.
            overwrite: whether an existing file is replaced.
            options: format, quality and metadata; the naming options have no effect.
            document: whose result; None takes that of the current photo.
        """
        document = document or self.current
        if document is not None:
            self._saving.save(document, path, overwrite, options)

    @property
    def names_being_written(self) -> set[Path]:
        """The files that results are being written to and that may not exist yet."""
        return {document.saving_as for document in self.documents if document.saving_as is not None}

    def refuses_to_replace(self, path: Path) -> bool:
        """Whether ``path`` is the file of an open photo, which nothing may replace. If so, a notice is shown.

        Everything that writes a file under a name chosen by the user calls this first.
        """
        return self._saving.refuses(path)

    # The model

    @property
    def supported_degradations(self) -> tuple[str, ...] | None:
        """Keys of the degradations that the model supports, or None before it is loaded."""
        return self._restorations.supported_degradations

    @property
    def why_no_text(self) -> str | None:
        """Why the model takes no custom prompt; empty if it does; None before that is known."""
        return self._restorations.why_no_text

    @property
    def factory(self) -> RestorerFactory:
        """The factory of the restorer that the next restoration uses."""
        return self._jobs.factory

    def use_restorer(self, factory: RestorerFactory) -> None:
        """Restore with what ``factory`` makes from now on: another model, device or precision."""
        self._restorations.use_restorer(factory)
        self.notify(Change.STEPS | Change.STATE)

    def load_model_info(self) -> None:
        """Load the model, unless it is known already, and find out what it supports."""
        self._restorations.load_model_info()

    # Feedback

    def show_notice(self, notice: Notice) -> None:
        """Show ``notice`` in the error bar, in place of the previous one."""
        self._feedback.show(notice)

    def dismiss(self) -> None:
        """Remove the notice."""
        self._feedback.dismiss()

    def set_status(self, text: str, file: Path | None = None) -> None:
        """Replace the text in the status bar; ``file`` is the one that it is about."""
        self._feedback.set_status(text, file)
        self.notify(Change.STATE)

    # Work of pages

    def submit(
        self,
        work: Callable[[Report, CancelToken], ValueT],
        done: Callable[[ValueT], None],
        failed: Failed,
        progress: OnProgress = ignore_progress,
        *,
        persistent: bool = False,
    ) -> CancelToken:
        """Queue ``work`` on the network thread, for a page of the window; see :meth:`Jobs.submit`."""
        return self._jobs.submit(work, done, failed, progress, persistent=persistent)

    def submit_to_files(
        self, work: Callable[[Report, CancelToken], ValueT], done: Callable[[ValueT], None], failed: Failed
    ) -> CancelToken:
        """Queue ``work`` on the file thread; exactly one of ``done`` and ``failed`` is called on the main thread."""
        return self._jobs.run_file(WorkRequest(work), done, failed)

    def submit_to_screen(
        self, work: Callable[[Report, CancelToken], ValueT], done: Callable[[ValueT], None], failed: Failed
    ) -> CancelToken:
        """Queue short ``work`` that the screen waits for; likewise, on a thread of its own."""
        return self._jobs.run_screen(work, done, failed)

    def show_mask(self, document: Document, index: int, mask: Mask, values: np.ndarray) -> None:
        """Show the result with a changed mask at once, if it belongs to the last step, until the exact result arrives.

        Args:
            document: whose step has the mask.
            index: of the step.
            mask: the mask.
            values: the mask, rendered at any size: (h, w) float32.
        """
        self._restorations.show_mask(document, index, mask, values)

    def restorer(self) -> "Restorer":
        """The restorer, loaded when it is first needed. Only from submitted work."""
        return self._jobs.restorer()

    def detector(self) -> "Detector":
        """The detector, loaded when it is first needed. Only from submitted work."""
        return self._jobs.detector()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called, so that nothing can be submitted any more."""
        return self._closed

    def close(self) -> None:
        """Cancel everything and wait for the threads to end. The session cannot be used afterwards."""
        self._closed = True
        self._observers.clear()
        for document in self.documents:
            document.cancel()
        self._jobs.close()
        if self._pasted is not None:
            self._pasted.close()

    def _forget_pasted(self, path: Path) -> None:
        """Delete the file of a pasted picture that was closed, after all jobs that may still read it."""
        pasted = self._pasted
        if pasted is not None and pasted.owns(path):
            self.submit_to_files(lambda report, cancel: pasted.forget(path), lambda nothing: None, lambda error: None)
