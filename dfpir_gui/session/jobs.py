"""The queue of work on the two worker threads."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from core.progress import CancelToken
from dfpir_gui.workers.handlers import DetectorFactory, FileHandler, NetworkHandler, OpenPhoto, RestorerFactory
from dfpir_gui.workers.requests import Request, WorkRequest
from dfpir_gui.workers.worker_thread import Outcome, Post, Progress, Report, WorkerThread

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

ValueT = TypeVar("ValueT")

Failed = Callable[[BaseException], None]
"""Gets what the work has raised: :class:`core.errors.Cancelled` after a cancel."""

OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """A progress callback that does nothing."""


class Jobs:
    """Threads for everything that needs a network, for files, and for what the screen waits for.

    A photo opens while another runs, and what follows a slider waits for neither.

    Every submitted job ends in exactly one call of ``done`` or ``failed``, once and on the main thread, unless the
    threads are closed first. Main thread only, except where stated otherwise.

    Args:
        post: runs callables on the main thread.
        restorer_factory: makes the restorer.
        detector_factory: makes the detector.
        open_photo: reads a photo.
        on_finished: called after every job, when its ``done`` or ``failed`` has returned.
        on_idle: called when a thread has nothing left to do. A cancelled job counts until it has really stopped.
    """

    def __init__(
        self,
        post: Post,
        restorer_factory: RestorerFactory,
        detector_factory: DetectorFactory,
        open_photo: OpenPhoto,
        on_finished: Callable[[], None],
        on_idle: Callable[[], None],
    ) -> None:
        self._on_finished = on_finished
        self._window = 0  # counts windows: callbacks of an earlier one are not called
        self._handler = NetworkHandler(restorer_factory, detector_factory)
        self._network: WorkerThread[Request[Any]] = WorkerThread(self._handler, post, on_idle=on_idle)
        self._files: WorkerThread[Request[Any]] = WorkerThread(FileHandler(open_photo), post, "dfpir-files", on_idle)
        self._screen: WorkerThread[Request[Any]] = WorkerThread(_work, post, "dfpir-screen", on_idle)

    @property
    def busy(self) -> bool:
        """Whether a job has not ended yet; one that was cancelled may still be stopping."""
        return self._network.busy or self._files.busy or self._screen.busy

    @property
    def network_busy(self) -> bool:
        """Whether a job for the network would have to wait."""
        return self._network.busy

    @property
    def factory(self) -> RestorerFactory:
        """The factory of the restorer that the next restoration uses."""
        return self._handler.factory

    def use_restorer(self, factory: RestorerFactory) -> None:
        """Restore with what ``factory`` makes from now on. A job that runs is not affected."""
        self._handler.use(factory)

    def restorer(self) -> "Restorer":
        """The restorer, loaded when it is first needed. Only from work on the network thread."""
        return self._handler.restorer()

    def detector(self) -> "Detector":
        """The detector, loaded when it is first needed. Only from work on the network thread."""
        return self._handler.detector()

    def run_network(
        self,
        request: Request[ValueT],
        done: Callable[[ValueT], None],
        failed: Failed,
        progress: OnProgress = ignore_progress,
    ) -> CancelToken:
        """Queue a request for the network; return the token that cancels it."""
        return self._network.submit(request, progress, self._deliver(done, failed))

    def run_file(self, request: Request[ValueT], done: Callable[[ValueT], None], failed: Failed) -> CancelToken:
        """Queue a request for files; return the token that cancels it."""
        return self._files.submit(request, ignore_progress, self._deliver(done, failed))

    def run_screen(
        self, work: Callable[[Report, CancelToken], ValueT], done: Callable[[ValueT], None], failed: Failed
    ) -> CancelToken:
        """Queue short work that the screen waits for; return the token that cancels it."""
        return self._screen.submit(WorkRequest(work), ignore_progress, self._deliver(done, failed))

    def submit(
        self,
        work: Callable[[Report, CancelToken], ValueT],
        done: Callable[[ValueT], None],
        failed: Failed,
        progress: OnProgress = ignore_progress,
        *,
        persistent: bool = False,
    ) -> CancelToken:
        """Queue ``work`` of a page of the window on the network thread.

        Args:
            work: called on the worker thread with ``(report, cancel)``: it reports its progress, calls
                ``cancel.check()`` now and then, and returns its value or raises. It may call :meth:`restorer` and
                :meth:`detector`.
            done: gets the value. Neither this nor ``failed`` is called after :meth:`detach_window`.
            failed: gets the error.
            progress: gets the progress; values may be skipped.
            persistent: whether the callbacks are called even after :meth:`detach_window`.

        Returns:
            The token that cancels the work.
        """
        window = self._window

        def attached() -> bool:
            return persistent or window == self._window

        return self.run_network(
            WorkRequest(work),
            lambda value: done(value) if attached() else None,
            lambda error: failed(error) if attached() else None,
            lambda reported: progress(reported) if attached() else None,
        )

    def detach_window(self) -> None:
        """Do not call the callbacks of work that was submitted so far: its window is replaced by another."""
        self._window += 1

    def close(self) -> None:
        """Cancel everything and wait for the threads to end. Nothing is delivered afterwards."""
        self._network.close()
        self._files.close()
        self._screen.close()

    def _deliver(self, done: Callable[[ValueT], None], failed: Failed) -> Callable[[Outcome[Request[Any]]], None]:
        def ended(outcome: Outcome[Request[Any]]) -> None:
            if outcome.error is None:
                done(outcome.value)
            else:
                failed(outcome.error)
            self._on_finished()

        return ended


def _work(request: Request[Any], report: Report, cancel: CancelToken) -> object:
    assert isinstance(request, WorkRequest)
    return request.work(report, cancel)
