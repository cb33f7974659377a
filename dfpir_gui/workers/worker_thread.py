"""A worker thread with a queue: it handles one request after the other.

It knows neither widgets nor the session. It is given a ``post`` function that runs a callable on the main thread;
progress and outcomes are delivered through it.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from core.progress import CancelToken

RequestT = TypeVar("RequestT")

Post = Callable[[Callable[[], None]], None]
"""Runs a callable on the main thread, later and in order. May be called from any thread."""


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes:
        phase: what is being done, for people.
        fraction: the finished share, 0.0 to 1.0, or None if it is not known.
        seconds_left: the estimated remaining time, or None if it is not known yet.
    """

    phase: str
    fraction: float | None = None
    seconds_left: float | None = None


Report = Callable[[Progress], None]
"""How work reports its progress; called on the worker thread."""

Handler = Callable[[RequestT, Report, CancelToken], Any]
"""Handles one request on the worker thread: returns its result or raises."""


@dataclass(frozen=True)
class Outcome(Generic[RequestT]):
    """How a request ended.

    Attributes:
        request: the request.
        value: what the handler returned; None after an error.
        error: what the handler raised, or None.
    """

    request: RequestT
    value: Any = None
    error: BaseException | None = None


class _Job(Generic[RequestT]):
    """A submitted request with its callbacks."""

    def __init__(self, request: RequestT, on_progress: Report, on_outcome: Callable[[Outcome[RequestT]], None]) -> None:
        self.request = request
        self.on_progress = on_progress
        self.on_outcome = on_outcome
        self.cancel = CancelToken()
        self.lock = threading.Lock()
        self.latest: Progress | None = None  # reported, and not yet delivered


class WorkerThread(Generic[RequestT]):
    """A worker thread and its queue.

    Every submitted request ends in exactly one call of its ``on_outcome`` on the main thread, unless the thread is
    closed first. Progress is delivered on the main thread, too; a value that was not delivered before the next one
    arrives is skipped, so that fast work does not flood the event loop.

    Args:
        handle: handles the requests, on the worker thread.
        post: runs callables on the main thread.
        name: of the thread.
        on_idle: called on the main thread when the last submitted request has ended.
    """

    def __init__(
        self,
        handle: Handler[RequestT],
        post: Post,
        name: str = "dfpir-worker",
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._handle = handle
        self._post = post
        self._on_idle = on_idle
        self._queue: queue.SimpleQueue[_Job[RequestT] | None] = queue.SimpleQueue()
        self._open: set[_Job[RequestT]] = set()  # used by the main thread only
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a request has not ended yet: it waits, runs, or was cancelled and has not stopped."""
        return bool(self._open)

    def submit(
        self, request: RequestT, on_progress: Report, on_outcome: Callable[[Outcome[RequestT]], None]
    ) -> CancelToken:
        """Queue ``request``; return the token that cancels it. Main thread only.

        Raises:
            RuntimeError: the thread is closed.
        """
        if self._closed:
            raise RuntimeError("the worker thread is closed")
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
            outcome = self._run(job)
            self._post(partial(self._finish, job, outcome))
            del job, outcome  # a finished job, with its photo, must not stay alive while the loop waits

    def _run(self, job: _Job[RequestT]) -> Outcome[RequestT]:
        try:
            job.cancel.check()
            return Outcome(job.request, self._handle(job.request, partial(self._report, job), job.cancel))
        except BaseException as error:  # whatever happens, the request must end in one outcome
            return Outcome(job.request, error=error)

    def _report(self, job: _Job[RequestT], progress: Progress) -> None:
        with job.lock:
            waiting = job.latest is not None
            job.latest = progress
        if not waiting:
            self._post(partial(self._deliver, job))

    def _deliver(self, job: _Job[RequestT]) -> None:
        with job.lock:
            progress, job.latest = job.latest, None
        if progress is not None and job in self._open:
            job.on_progress(progress)

    def _finish(self, job: _Job[RequestT], outcome: Outcome[RequestT]) -> None:
        if job in self._open:
            self._open.remove(job)
            job.on_outcome(outcome)
            if not self._open:
                self._on_idle()
