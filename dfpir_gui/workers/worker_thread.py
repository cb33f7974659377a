"""The worker lane: one thread that does one request after the other.

The lane knows neither widgets nor the session. It is handed a ``post`` function that runs a callable on
the main thread; everything the lane has to say goes through it.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.progress import CancelToken

RequestT = TypeVar("RequestT")

Post = Callable[[Callable[[], None]], None]
"""Runs a callable on the main thread, later and in order. Called from any thread."""


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes:
        phase: what is being done, for people.
        fraction: the finished share, 0.0 to 1.0, or None if it cannot be told.
        seconds_left: how long it will take still, or None if that cannot be told yet.
    """

    phase: str
    fraction: float | None = None
    seconds_left: float | None = None


Report = Callable[[Progress], None]
"""How the work tells its progress; called on the worker thread."""

Handler = Callable[[RequestT, Report, CancelToken], Any]
"""Does one request on the worker thread: returns its result or raises."""


@dataclass(frozen=True)
class Outcome(Generic[RequestT]):
    """The one end that every request has: a value, or an error."""

    request: RequestT
    value: Any = None
    error: BaseException | None = None


class _Job(Generic[RequestT]):
    """A request on its way through the lane."""

    def __init__(self, request: RequestT, on_progress: Report, on_outcome: Callable[[Outcome], None]) -> None:
        self.request = request
        self.on_progress = on_progress
        self.on_outcome = on_outcome
        self.cancel = CancelToken()
        self.lock = threading.Lock()
        self.latest: Progress | None = None  # reported, and not yet delivered


class WorkerThread(Generic[RequestT]):
    """A worker thread and its queue.

    Every submitted request ends in exactly one call of its ``on_outcome`` on the main thread, unless the
    lane is closed first; when the last one has ended, ``at_rest`` is called there as well. Progress is
    delivered on the main thread, too; a value that was not yet delivered when the next one comes is
    skipped, so that fast work does not flood the event loop.
    """

    def __init__(
        self, handle: Handler, post: Post, name: str = "dfpir-worker", at_rest: Callable[[], None] = lambda: None
    ) -> None:
        self._handle = handle
        self._post = post
        self._at_rest = at_rest
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._open: set[_Job] = set()  # touched by the main thread only
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a request has not ended yet, be it waiting, running, or winding down after a cancel."""
        return bool(self._open)

    def submit(
        self, request: RequestT, on_progress: Report, on_outcome: Callable[[Outcome[RequestT]], None]
    ) -> CancelToken:
        """Queue ``request``; return the token that cancels it. Main thread only."""
        if self._closed:
            raise RuntimeError("the worker lane is closed")
        job = _Job(request, on_progress, on_outcome)
        self._open.add(job)
        self._queue.put(job)
        return job.cancel

    def close(self) -> None:
        """Cancel everything and wait for the thread to end. Nothing is delivered afterwards. Main thread only."""
        self._closed = True
        for job in self._open:
            job.cancel.cancel()
        self._open.clear()
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            outcome = self._do(job)
            # Bound as defaults: the loop must not keep a finished job, and its photo, alive while it waits.
            self._post(lambda job=job, outcome=outcome: self._finish(job, outcome))
            del job, outcome

    def _do(self, job: _Job) -> Outcome:
        try:
            job.cancel.check()
            return Outcome(job.request, self._handle(job.request, lambda p: self._report(job, p), job.cancel))
        except BaseException as error:  # whatever happens, the request must end in one outcome
            return Outcome(job.request, error=error)

    def _report(self, job: _Job, progress: Progress) -> None:
        with job.lock:
            waiting = job.latest is not None
            job.latest = progress
        if not waiting:
            self._post(lambda: self._deliver(job))

    def _deliver(self, job: _Job) -> None:
        with job.lock:
            progress, job.latest = job.latest, None
        if progress is not None and job in self._open:
            job.on_progress(progress)

    def _finish(self, job: _Job, outcome: Outcome) -> None:
        if job in self._open:
            self._open.remove(job)
            job.on_outcome(outcome)
            if not self._open:
                self._at_rest()
