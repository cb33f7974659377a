"""The session: the open photos, which of them is shown, and what the user does to them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from core.detection import Detector
from core.inference import Restorer, Step
from core.progress import CancelToken
from dfpir_gui.exporting import ExportOptions
from dfpir_gui.notices import Notice
from dfpir_gui.passes import PassCache
from dfpir_gui.regions import Region
from dfpir_gui.session.document import Document
from dfpir_gui.session.editing import Editing
from dfpir_gui.session.edits import Stack, stack_of
from dfpir_gui.session.opening import Opening
from dfpir_gui.session.running import Running
from dfpir_gui.session.saving import Saving
from dfpir_gui.session.shown import Shown
from dfpir_gui.session.state import ANOTHER, Change, Observer, State
from dfpir_gui.tasks import Lane, Outcome, Post, Progress
from dfpir_gui.worker import (
    DetectorFactory,
    FileWorker,
    OpenPhoto,
    Request,
    RestorerFactory,
    Work,
    Worker,
    WorkRequest,
)

_AS_IT_IS = ExportOptions()


class Session(Shown):
    """The open photos and everything that was asked for them.

    What needs a network is done on one lane, one after the other; files are read and written on another, so that a
    photo opens while one is restored. A result that was not asked for last is dropped, so that a stopped run never
    appears.

    Attributes:
        known: keys of the degradations that the loaded model knows, or None before it is loaded.
        notice: what the error bar shows, or None.
        editing: changes of the steps, with undo.
        passes: the passes of the network that are kept.
    """

    def __init__(
        self,
        *,
        post: Post,
        restorer_factory: RestorerFactory,
        open_photo: OpenPhoto,
        detector_factory: DetectorFactory = Detector,
    ) -> None:
        super().__init__()
        self.known: tuple[str, ...] | None = None
        self.notice: Notice | None = None
        self.passes = PassCache()
        self._message = ""
        self._documents: list[Document] = []
        self._observers: list[Observer] = []
        self._worker = Worker(restorer_factory, detector_factory)
        self.lane: Lane[Request] = Lane(self._worker, post)
        self.file_lane: Lane[Request] = Lane(FileWorker(open_photo), post, "dfpir-files")
        self._running = Running(self)
        self._opening = Opening(self, self._running.restore_later)
        self._saving = Saving(self)
        self.editing = Editing(self, self._running.reconcile)

    # What views read: the open photos

    @property
    def documents(self) -> Sequence[Document]:
        """The open photos, in the order in which they were opened."""
        return tuple(self._documents)

    @property
    def busy(self) -> bool:
        """Whether a lane has something to do, be it only to wind down after a stop."""
        return self.lane.busy or self.file_lane.busy

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
        waiting = self._opening.awaited or self.current
        if waiting is not None and waiting.state in (State.LOADING, State.SAVING):
            return waiting.progress
        return running.progress if running is not None else waiting and waiting.progress

    # What views read: the photo that is shown

    @property
    def state(self) -> State:
        """The state of the photo that is shown, or that will be as soon as it is read."""
        document = self._opening.awaited or self.current
        return State.NEW if document is None else document.state

    @property
    def message(self) -> str:
        """A passing remark for the status bar; may be empty."""
        return self._message

    # What the user does

    def open(self, path: Path, steps: Iterable[Step] = ()) -> None:
        """Read the photo at ``path``; it is shown as soon as it is there. One that is open already is shown at once.

        Args:
            path: the file.
            steps: its stack of steps; without any, the detector proposes some.
        """
        self._opening.open([(path, stack_of(steps) or None)])

    def open_all(self, paths: Iterable[Path]) -> None:
        """Read several photos; the first of them is shown."""
        self._opening.open([(path, None) for path in paths])

    def reopen(self, photos: Iterable[tuple[Path, Stack | None]], shown: int) -> None:
        """Read photos that were open before, each with its stack or None for what is proposed; show one of them."""
        self._opening.open(list(photos), shown)

    def show(self, document: Document) -> None:
        """Show this one of the open photos."""
        self._opening.awaited = None
        if document is not self.current and document.photo is not None:
            self.current = document
            self._message = ""
            self.tell(ANOTHER)

    def show_next(self, by: int) -> None:
        """Show the photo that is ``by`` places further on among those that are read, beginning anew at the end."""
        readable = [document for document in self._documents if document.photo is not None]
        if self.current in readable:
            self.show(readable[(readable.index(self.current) + by) % len(readable)])

    def remove(self, document: Document) -> None:
        """Close an open photo; what it has that was not saved is lost. Its neighbour is shown instead."""
        self._running.abandon(document)
        self.passes.forget(document)
        at = self._documents.index(document)
        self._documents.remove(document)
        if document is self._opening.awaited:
            self._opening.awaited = None
        if document is self.current or self.current is None:
            readable = [d for d in self._documents[at:] + self._documents[:at][::-1] if d.photo is not None]
            self.current = readable[0] if readable else None
            self.tell(ANOTHER)
        else:
            self.tell(Change.DOCUMENTS | Change.STATE)

    def choose(self, key: str, strength: float = 1.0) -> None:
        """Make the degradation called ``key`` the one step of the next restoration."""
        self.editing.replace((Step(key, strength),))

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

    def warn(self, notice: Notice) -> None:
        """Show ``notice`` in the error bar, in place of the one before."""
        if notice != self.notice:  # an error while showing an error must not go on for ever
            self.notice = notice
            self.tell(Change.NOTICE)

    def dismiss(self) -> None:
        """Take the notice away."""
        if self.notice is not None:
            self.notice = None
            self.tell(Change.NOTICE)

    # What pages do

    def submit(
        self,
        work: Work,
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        progress: Callable[[Progress], None] | None = None,
    ) -> CancelToken:
        """Do ``work`` on the worker lane, after everything that was asked for before. For pages of the window.

        Args:
            work: called on the worker thread with ``(report, cancel)``: it tells its
                :class:`dfpir_gui.tasks.Progress` to ``report``, asks ``cancel.check()`` now and then, and returns
                its value or raises. It may call :meth:`restorer` and :meth:`detector`.
            done: gets the value.
            failed: gets what was raised, :class:`core.errors.Cancelled` after a cancel. Exactly one of ``done`` and
                ``failed`` is called, once and on the main thread, unless the session is closed first.
            progress: gets the progress, on the main thread; values may be skipped.

        Returns:
            The token that cancels the work.
        """

        def ended(outcome: Outcome[Request]) -> None:
            if outcome.error is None:
                done(outcome.value)
            else:
                failed(outcome.error)

        return self.lane.submit(WorkRequest(work), progress or (lambda p: None), ended)

    def restorer(self) -> Restorer:
        """The restorer that the session uses, loaded when it is first asked for. To be called from submitted work."""
        return self._worker.restorer()

    def detector(self) -> Detector:
        """The detector that the session uses, loaded when it is first asked for. To be called from submitted work."""
        return self._worker.detector()

    def use_restorer(self, factory: RestorerFactory) -> None:
        """Restore with what ``factory`` makes from now on: another model, device or precision."""
        self._worker.use(factory)
        self.passes.clear()
        self.known = None
        self.tell(Change.STEPS)

    def subscribe(self, observer: Observer) -> None:
        """Call ``observer`` after every change, with what has changed."""
        self._observers.append(observer)

    def close(self) -> None:
        """Cancel everything and wait for the threads to end. The session is of no use afterwards."""
        self._observers.clear()
        for document in self._documents:
            self._running.abandon(document)
        self.lane.close()
        self.file_lane.close()

    # What the parts of the session use

    def add(self, document: Document) -> None:
        """Add a photo to the open ones, without telling."""
        self._documents.append(document)

    def say(self, message: str) -> None:
        """Replace the passing remark, without telling."""
        self._message = message

    def changed(self, document: Document, changed: Change) -> None:
        """Tell what has changed about ``document``; if it is not the one that is shown, only that something has."""
        mine = document is self.current
        hidden = Change.PHOTO | Change.FOUND | Change.STEPS | Change.RESULT
        self.tell((changed if mine else changed & ~hidden) | Change.DOCUMENTS)

    def tell(self, changed: Change) -> None:
        """Call the observers."""
        for observer in tuple(self._observers):
            observer(changed)


_STOPPABLE = (State.LOADING, State.QUEUED, State.RUNNING)
