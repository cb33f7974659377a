"""The state of the document: which photo, what to do with it, how far it is. No toolkit in here.

Views read the properties and subscribe to changes; they never keep a copy. Only the main thread calls
the session, and the session calls its observers on the main thread.
"""

from collections.abc import Callable
from enum import Flag, StrEnum, auto
from pathlib import Path
from typing import Any

from core.degradations import degradation
from core.errors import Cancelled, PhotoError
from core.inference import RestorationResult, Restorer, Step
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.notices import Notice, Severity, notice_of
from dfpir_gui.tasks import Lane, Outcome, Post, Progress
from dfpir_gui.views.pyramid import Pyramid
from dfpir_gui.worker import (
    Opened,
    OpenPhoto,
    OpenRequest,
    Request,
    Restored,
    RestoreRequest,
    RestorerFactory,
    Saved,
    SaveRequest,
    Work,
    Worker,
    WorkRequest,
)


class State(StrEnum):
    """What the photo is doing; the value is also the text for people."""

    NEW = "new"
    LOADING = "loading"
    READY = "ready"
    RUNNING = "running"
    RESTORED = "restored"
    SAVING = "saving"
    SAVED = "saved"
    FAILED = "failed"


class Change(Flag):
    """What has changed since the observers were last told."""

    PHOTO = auto()
    RESULT = auto()
    STEPS = auto()
    STATE = auto()
    PROGRESS = auto()
    NOTICE = auto()


Observer = Callable[[Change], None]

STOPPED = "Stopped at your request; nothing was changed."


class Session:
    """One photo and everything that was asked for it.

    Opening and restoring are numbered: a result whose number is not the newest is dropped, so that
    neither a stopped run nor a photo that was replaced while it loaded ever appears.

    Attributes:
        photo: the photo, or None while there is none.
        before: ``photo`` as it is shown, or None.
        result: the newest restoration of ``photo``, or None.
        after: the result as it is shown, or None.
        saved_as: the file that ``result`` was written to, or None.
        steps: what the next restoration will do; empty while nothing is chosen.
        strength: 0.0 to 1.0, of the step that is chosen now or next.
        known: keys of the degradations that the loaded model knows, or None before it is loaded.
        progress: of what runs now, or None.
        notice: what the error bar shows, or None.
        message: a passing remark for the status bar; may be empty.
    """

    def __init__(self, *, post: Post, restorer_factory: RestorerFactory, open_photo: OpenPhoto) -> None:
        self.photo: Photo | None = None
        self.before: Pyramid | None = None
        self.result: RestorationResult | None = None
        self.after: Pyramid | None = None
        self.saved_as: Path | None = None
        self.steps: tuple[Step, ...] = ()
        self.strength = 1.0
        self.known: tuple[str, ...] | None = None
        self.progress: Progress | None = None
        self.notice: Notice | None = None
        self.message = ""
        self._activity: State | None = None
        self._failed = False
        self._number = 0
        self._token: CancelToken | None = None
        self._observers: list[Observer] = []
        self._worker = Worker(restorer_factory, open_photo)
        self._lane: Lane[Request] = Lane(self._worker, post)

    # What views read

    @property
    def state(self) -> State:
        """The state of the photo."""
        if self._activity is not None:
            return self._activity
        if self.photo is None:
            return State.NEW
        if self._failed:
            return State.FAILED
        if self.result is None:
            return State.READY
        return State.RESTORED if self.saved_as is None else State.SAVED

    @property
    def busy(self) -> bool:
        """Whether the worker has something to do, be it only to wind down after a stop."""
        return self._lane.busy

    @property
    def can_restore(self) -> bool:
        """Whether :meth:`restore` would start."""
        return self.photo is not None and bool(self.steps) and self._activity is None

    @property
    def can_stop(self) -> bool:
        """Whether :meth:`stop` would do something."""
        return self._activity in (State.LOADING, State.RUNNING)

    @property
    def can_save(self) -> bool:
        """Whether :meth:`save` would start."""
        return self.result is not None and self._activity is None

    @property
    def unsaved(self) -> bool:
        """Whether there is a result that exists nowhere else."""
        return self.result is not None and self.saved_as is None

    def subscribe(self, observer: Observer) -> None:
        """Call ``observer`` after every change, with what has changed."""
        self._observers.append(observer)

    # What the user does

    def open(self, path: Path) -> None:
        """Read the photo at ``path``; it replaces the present one as soon as it is there."""
        self._abandon()
        self._begin(State.LOADING, OpenRequest(self._number, path), "Opening")

    def choose(self, key: str) -> None:
        """Make the degradation called ``key`` the one step of the next restoration."""
        self.steps = (Step(degradation(key).key, self.strength),)
        self._tell(Change.STEPS)

    def set_strength(self, strength: float) -> None:
        """Set how much of the correction is applied, 0.0 to 1.0."""
        self.strength = min(max(strength, 0.0), 1.0)
        self.steps = tuple(Step(step.degradation, self.strength) for step in self.steps)
        self._tell(Change.STEPS)

    def restore(self) -> None:
        """Start the restoration, if there is a photo and a step and nothing runs."""
        if self.can_restore and self.photo is not None:
            self._abandon()
            self._failed = False
            self._begin(State.RUNNING, RestoreRequest(self._number, self.photo, self.steps), "Waiting")

    def stop(self) -> None:
        """Stop what runs. The window is free at once; the worker ends at its next safe point."""
        if self.can_stop:
            self._abandon()
            self._end(STOPPED)
            self._tell(Change.STATE | Change.PROGRESS)

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the result to ``path``. The original photo is refused; other files are replaced if asked for."""
        if not self.can_save or self.result is None:
            return
        source = self.result.photo.source
        if source is not None and _same_file(path, source):
            self.warn(
                notice_of(
                    PhotoError(
                        f"{path.name} is the original photo, which is kept. Choose another name for the result."
                    ),
                    "saving the result",
                )
            )
            return
        self._begin(State.SAVING, SaveRequest(self._number, self.result, path, overwrite), "Saving")

    def warn(self, notice: Notice) -> None:
        """Show ``notice`` in the error bar, in place of the one before."""
        if notice != self.notice:  # an error while showing an error must not go on for ever
            self.notice = notice
            self._tell(Change.NOTICE)

    def dismiss(self) -> None:
        """Take the notice away."""
        if self.notice is not None:
            self.notice = None
            self._tell(Change.NOTICE)

    def close(self) -> None:
        """Cancel everything and wait for the worker thread to end. The session is of no use afterwards."""
        self._abandon()
        self._observers.clear()
        self._lane.close()

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
                its value or raises. It may call :meth:`restorer`.
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

        return self._lane.submit(WorkRequest(work), progress or (lambda p: None), ended)

    def restorer(self) -> Restorer:
        """The restorer that the session uses, loaded when it is first asked for. To be called from submitted work."""
        return self._worker.restorer()

    # What the lane says

    def _begin(self, state: State, request: Request, phase: str) -> None:
        self._activity = state
        self.progress = Progress(phase)
        self.notice = None
        self.message = ""
        token = self._lane.submit(request, lambda p: self._on_progress(request, p), self._on_outcome)
        if not isinstance(request, SaveRequest):  # a file is written to its end, or not at all
            self._token = token
        self._tell(Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _abandon(self) -> None:
        """Make whatever was asked for before stale."""
        self._number += 1
        if self._token is not None:
            self._token.cancel()
            self._token = None

    def _end(self, message: str = "") -> None:
        self._activity = None
        self._token = None
        self.progress = None
        self.message = message

    def _on_progress(self, request: Request, progress: Progress) -> None:
        if request.number == self._number:
            self.progress = progress
            self._tell(Change.PROGRESS)

    def _on_outcome(self, outcome: Outcome[Request]) -> None:
        request = outcome.request
        current = request.number == self._number
        changed = Change.STATE
        if current:
            self._end()
            changed |= Change.PROGRESS
        if outcome.error is not None:
            # A failed save is told even when another photo was opened meanwhile: it loses work.
            if (current or isinstance(request, SaveRequest)) and not isinstance(outcome.error, Cancelled):
                self._failed = current and isinstance(request, RestoreRequest)
                self.notice = notice_of(outcome.error, _doing(request))
                changed |= Change.NOTICE
        elif isinstance(outcome.value, Saved):
            changed |= self._take_saved(request, outcome.value)
        elif current:
            changed |= self._take(outcome.value)
        self._tell(changed)

    def _take(self, value: Opened | Restored) -> Change:
        self._failed = False
        self.saved_as = None
        if isinstance(value, Restored):
            self.result, self.after, self.known = value.result, value.pyramid, value.known
            return Change.RESULT
        self.photo, self.before = value.photo, value.pyramid
        self.result = self.after = None
        if value.photo.notes:
            self.notice = Notice(" ".join(value.photo.notes), severity=Severity.WARNING)
        return Change.PHOTO | Change.RESULT | Change.NOTICE

    def _take_saved(self, request: Request, saved: Saved) -> Change:
        if isinstance(request, SaveRequest) and request.result is self.result:
            self._failed = False
            self.saved_as = saved.path
            self.message = f"Saved as {saved.path.name}"
        return Change.RESULT

    def _tell(self, changed: Change) -> None:
        for observer in tuple(self._observers):
            observer(changed)


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


def _doing(request: Request) -> str:
    match request:
        case OpenRequest():
            return f"opening {request.path.name}"
        case RestoreRequest():
            return "restoring the photo"
        case SaveRequest():
            return f"saving {request.path.name}"
