"""The session: the open photos, which of them is shown, and what the user does to them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from core.detection import Detector
from core.inference import Step
from core.inference.passes import PassCache, suffices
from core.progress import CancelToken
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.editor import StepEditor
from dfpir_gui.session.lanes import Lanes
from dfpir_gui.session.notices import Notice, notice_from_error
from dfpir_gui.session.observing import Observed
from dfpir_gui.session.opening import Opening
from dfpir_gui.session.pasted import PastedPictures, is_pasted
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.running import Running
from dfpir_gui.session.saving import Saving
from dfpir_gui.session.shown import Shown
from dfpir_gui.session.state import ANOTHER, Change, State
from dfpir_gui.session.steps import PhotoToOpen, stack_of
from dfpir_gui.session.swap_folder import SwapFolder
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.workers.regions import Region
from dfpir_gui.workers.requests import ModelInfo, Request, WorkRequest
from dfpir_gui.workers.worker import DetectorFactory, OpenPhoto, RestorerFactory
from dfpir_gui.workers.worker_thread import Outcome, Post, Progress, Report

_AS_IT_IS = ExportOptions()


class Session(Shown, Lanes, Observed):
    """The open photos and everything that was asked for them.

    What needs a network is done on one lane, one after the other; files are read and written on another, so that a
    photo opens while one is restored. A result that was not asked for last is dropped, so that a stopped run never
    appears.

    Args:
        post: brings calls to the main thread.
        restorer_factory: makes the restorer.
        open_photo: reads a photo.
        detector_factory: makes the detector.
        memory_limit: bytes for photos and results; beyond it those that were not shown for longest are let go, and
            read again when they are needed. None takes a share of the machine's memory.
        remembered_steps: the steps that were chosen for photos before; None knows of none.
        swap_folder: where photos with results are put away; None keeps all of them in memory.
        pasted: where pictures from the clipboard are kept; None: in the usual place.

    Attributes:
        supported_degradations: keys of the degradations that the loaded model knows, or None before it is loaded.
        why_no_text: why it takes no prompt in other words, empty if it does, None before that is known.
        notice: what the error bar shows, or None.
        editor: changes of the steps, with undo.
        passes: the passes of the network that are kept.
        pasted: the pictures from the clipboard.
    """

    def __init__(
        self,
        *,
        post: Post,
        restorer_factory: RestorerFactory,
        open_photo: OpenPhoto,
        detector_factory: DetectorFactory = Detector,
        memory_limit: int | None = None,
        remembered_steps: RememberedSteps | None = None,
        swap_folder: SwapFolder | None = None,
        pasted: PastedPictures | None = None,
    ) -> None:
        Shown.__init__(self)
        Observed.__init__(self)
        Lanes.__init__(self, post, restorer_factory, detector_factory, open_photo)
        self.supported_degradations: tuple[str, ...] | None = None
        self.why_no_text: str | None = None
        self.notice: Notice | None = None
        self.passes = PassCache()
        self.pasted = PastedPictures() if pasted is None else pasted
        self._message = ""
        self._shown = 0
        self._loading_info = False
        self._documents: list[Document] = []
        self._running = Running(self, lambda document: self._opening.read(document))
        self._opening = Opening(
            self,
            self._running.restore_later,
            _memory_share() if memory_limit is None else memory_limit,
            remembered_steps,
            swap_folder,
        )
        self._saving = Saving(self)
        self.editor = StepEditor(self, self._running.reconcile)

    # What views read: the open photos

    @property
    def documents(self) -> Sequence[Document]:
        """The open photos, in the order in which they were opened."""
        return tuple(self._documents)

    @property
    def can_stop(self) -> bool:
        """Whether :meth:`stop` would do something."""
        return any(document.state in _STOPPABLE for document in self._documents)

    @property
    def can_restore_all(self) -> bool:
        """Whether :meth:`restore_all` would start something."""
        return any(self._running.lacks_result(document) for document in self._documents)

    @property
    def progress(self) -> Progress | None:
        """How far the restoration is that runs now, or else the photo that is shown; None if nothing is to be told."""
        running = next((d for d in self._documents if d.state is State.RUNNING), None)
        waiting = self.selected
        if waiting is not None and waiting.state in (State.LOADING, State.SAVING):
            return waiting.progress
        return running.progress if running is not None else waiting and waiting.progress

    # What views read: the photo that is shown

    @property
    def selected(self) -> Document | None:
        """The photo that is shown, or that will be as soon as it is read."""
        return self._opening.awaited or self.current

    @property
    def state(self) -> State:
        """The state of the photo that is shown, or that will be as soon as it is read."""
        return State.NEW if self.selected is None else self.selected.state

    @property
    def status(self) -> str:
        """A passing remark for the status bar; may be empty."""
        return self._message

    # What the user does

    def open(self, path: Path, steps: Iterable[Step] = ()) -> None:
        """Read the photo at ``path``; it is shown as soon as it is there. One that is open already is shown at once.

        Args:
            path: the file.
            steps: its stack of steps; without any, the detector proposes some.
        """
        self._opening.open([PhotoToOpen(path, stack_of(steps) or None)])

    def open_all(self, paths: Iterable[Path]) -> None:
        """Read several photos; the first of them is shown."""
        self._opening.open([PhotoToOpen(path) for path in paths])

    def reopen(self, photos: Iterable[PhotoToOpen], shown: int) -> None:
        """Read photos that were open before, with their steps and results; show one of them."""
        self._opening.open(list(photos), shown)

    def show(self, document: Document) -> None:
        """Show this one of the open photos, as soon as it is read."""
        if document.photo is None:
            self._opening.awaited = document
            if document.activity is None:
                self._opening.read(document)
            self.notify(Change.STATE | Change.PROGRESS)
            return
        self._opening.awaited = None
        if document is not self.current:
            self._shown += 1
            document.shown_last = self._shown
            self.current = document
            self._message = ""
            self.notify(ANOTHER)

    def show_next(self, by: int) -> None:
        """Show the photo that is ``by`` places further on among those that are read, beginning anew at the end."""
        if self.current is not None:
            self.show(self._documents[(self._documents.index(self.current) + by) % len(self._documents)])

    def remove(self, document: Document) -> None:
        """Close an open photo; what it has that was not saved is lost. Its neighbour is shown instead."""
        self._running.abandon(document)
        self.passes.forget(document)
        self._opening.forget(document)
        self._forget_pasted(document.path)
        at = self._documents.index(document)
        self._documents.remove(document)
        if document is self._opening.awaited:
            self._opening.awaited = None
        if document is self.current or self.current is None:
            neighbours = self._documents[at:] + self._documents[:at][::-1]
            readable = [other for other in neighbours if other.photo is not None or other.parked]
            self.current = None
            if readable:
                self.show(readable[0])
            self.notify(ANOTHER)
        else:
            self.notify(Change.DOCUMENTS | Change.STATE)

    def choose(self, key: str, strength: float = 1.0) -> None:
        """Make the degradation called ``key`` the one step of the next restoration."""
        self.editor.replace((Step(key, strength),))

    def restore(self) -> None:
        """Start the restoration of the photo that is shown, if its steps are not done yet and nothing is in the way."""
        if self.current is not None:
            self._running.restore(self.current)

    def preview(self, region: Region) -> None:
        """Restore only the middle of ``region``, in photo pixels; else as :meth:`restore`."""
        if self.current is not None:
            self._running.preview(self.current, region)

    def restore_all(self) -> None:
        """Restore all open photos that have steps and no result of them; others as soon as steps are proposed."""
        for document in self._documents:
            if self._running.lacks_result(document):
                self._running.restore(document)

    def stop(self) -> None:
        """Stop what runs and what waits. The window is free at once; the worker ends at its next safe point."""
        self._running.stop()

    def save(
        self,
        path: Path,
        *,
        overwrite: bool = False,
        options: ExportOptions = _AS_IT_IS,
        document: Document | None = None,
    ) -> None:
        """Write a result to ``path``, by default that of the photo that is shown.

        Originals of open photos are refused; other files are replaced if asked for. Of ``options``, those for names do
        not count.
        """
        document = document or self.current
        if document is not None:
            self._saving.save(document, path, overwrite, options)

    def refuses_to_replace(self, path: Path) -> bool:
        """Whether ``path`` is the original of an open photo, which no file that is saved may replace.

        The user is told if it is. Whatever writes a file under a name that the user chose asks this first.
        """
        return self._saving.refuses(path)

    def show_notice(self, notice: Notice) -> None:
        """Show ``notice`` in the error bar, in place of the one before."""
        if notice != self.notice:  # an error while showing an error must not go on for ever
            self.notice = notice
            self.notify(Change.NOTICE)

    def dismiss(self) -> None:
        """Take the notice away."""
        if self.notice is not None:
            self.notice = None
            self.notify(Change.NOTICE)

    # What pages do

    def load_model_info(self) -> None:
        """Load the model, if it is not known yet, and find out what it can do."""
        if self.supported_degradations is not None or self._loading_info:
            return
        self._loading_info = True

        def look(report: Report, cancel: CancelToken) -> ModelInfo:
            restorer = self.restorer()
            return ModelInfo(tuple(restorer.removable), restorer.why_no_text)

        def done(found: ModelInfo) -> None:
            self._loading_info = False
            self.supported_degradations, self.why_no_text = found.known, found.why_no_text
            self.notify(Change.STEPS)

        def failed(error: BaseException) -> None:
            self._loading_info = False
            self.show_notice(notice_from_error(error, translate("Session", "loading the model")))

        self.submit(look, done, failed, persistent=True)

    def use_restorer(self, factory: RestorerFactory) -> None:
        """Restore with what ``factory`` makes from now on: another model, device or precision."""
        self._worker.use(factory)
        self.passes.clear()
        self.supported_degradations = self.why_no_text = None
        for document in self._documents:
            document.other_engine = document.result is not None
        self.notify(Change.STEPS | Change.STATE)

    def detach_window(self) -> None:
        """Remove the observers and callbacks of the window, which is replaced by another. Persistent ones stay."""
        super().detach_window()
        self.forget_pages()

    @property
    def factory(self) -> RestorerFactory:
        """What makes the restorer of the next restoration."""
        return self._worker.factory

    def close(self) -> None:
        """Cancel everything and wait for the threads to end. The session is of no use afterwards."""
        self.forget_all()
        for document in self._documents:
            self._running.abandon(document)
        self.lane.close()
        self.file_worker.close()
        self.pasted.close()

    def paste(self, name: str, encode: Callable[[], bytes]) -> None:
        """Keep a picture from the clipboard as a file and open it.

        Args:
            name: of the file, with its ending.
            encode: makes the file's bytes; called on a thread for files.
        """

        def work(report: Report, cancel: CancelToken) -> Path:
            report(Progress(translate("Session", "Opening")))
            return self.pasted.add(encode(), name)

        def ended(outcome: Outcome[Request]) -> None:
            if outcome.error is None:
                self.open(outcome.value)
                return
            notice = notice_from_error(outcome.error, translate("Session", "taking the picture from the clipboard"))
            advice = translate("Session", "Or save the picture to a file in the other program and open that.")
            self.show_notice(replace(notice, advice=" ".join(filter(None, (notice.advice, advice)))))

        self.file_worker.submit(WorkRequest(work), lambda progress: None, ended)

    def _forget_pasted(self, path: Path) -> None:
        """Remove the file of a pasted picture that is closed, after whatever still reads it."""

        def work(report: Report, cancel: CancelToken) -> None:
            self.pasted.forget(path)

        if is_pasted(path):
            self.file_worker.submit(WorkRequest(work), lambda progress: None, lambda outcome: None)

    # What the parts of the session use

    def can_blend(self, document: Document, steps: tuple[Step, ...]) -> bool:
        """Whether the result of ``steps`` can be blended from kept passes of the engine that made the present one."""
        return document.engine is not None and suffices(self.passes.of(document), document.engine, steps)

    def add(self, document: Document) -> None:
        """Add a photo to the open ones, without telling."""
        self._documents.append(document)

    def set_status(self, message: str) -> None:
        """Replace the passing remark, without telling."""
        self._message = message

    def at_rest(self) -> None:  # noqa: D102 - see Lanes
        self.notify(Change.STATE)  # who waits for the work to end is told even if nobody wants its outcome

    def changed(self, document: Document, changed: Change) -> None:
        """Tell what has changed about ``document``; if it is not the one that is shown, only that something has."""
        mine = document is self.current
        hidden = Change.PHOTO | Change.DETECTION | Change.STEPS | Change.RESULT
        self.notify((changed if mine else changed & ~hidden) | Change.DOCUMENTS)

    def notify(self, changed: Change) -> None:
        """Call the observers."""
        super().notify(changed)
        self._opening.tend()


def _memory_share() -> int:
    return round(psutil.virtual_memory().total * _SHARE)


_SHARE = 0.2
"""Of the machine's memory, for photos and results."""

_STOPPABLE = (State.LOADING, State.QUEUED, State.RUNNING)
