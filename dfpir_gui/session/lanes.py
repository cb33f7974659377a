"""The two threads that work for the session, and how pages of the window use them."""

from collections.abc import Callable
from typing import Any

from core.detection import Detector
from core.inference import Restorer
from core.progress import CancelToken
from dfpir_gui.workers.requests import Request, Work, WorkRequest
from dfpir_gui.workers.worker import DetectorFactory, FileWorker, OpenPhoto, RestorerFactory, Worker
from dfpir_gui.workers.worker_thread import Outcome, Post, Progress, WorkerThread


class Lanes:
    """One lane for whatever needs a network, and one for files, so that a photo opens while another is restored.

    Attributes:
        lane: for networks.
        file_worker: for files.
    """

    def __init__(
        self, post: Post, restorer_factory: RestorerFactory, detector_factory: DetectorFactory, open_photo: OpenPhoto
    ) -> None:
        self._era = 0  # rises when the pages go that have asked for work
        self._worker = Worker(restorer_factory, detector_factory)
        self.lane: WorkerThread[Request] = WorkerThread(self._worker, post, at_rest=self.at_rest)
        self.file_worker: WorkerThread[Request] = WorkerThread(
            FileWorker(open_photo), post, "dfpir-files", self.at_rest
        )

    def at_rest(self) -> None:
        """Called on the main thread when a lane has nothing to do any more, be it that it only wound down."""

    @property
    def busy(self) -> bool:
        """Whether a lane has something to do, be it only to wind down after a stop."""
        return self.lane.busy or self.file_worker.busy

    def submit(
        self,
        work: Work,
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        progress: Callable[[Progress], None] | None = None,
        *,
        persistent: bool = False,
    ) -> CancelToken:
        """Do ``work`` on the worker lane, after everything that was asked for before. For pages of the window.

        Args:
            work: called on the worker thread with ``(report, cancel)``: it gives its
                :class:`dfpir_gui.workers.worker_thread.Progress` to ``report``,
                asks ``cancel.check()`` now and then, and returns
                its value or raises. It may call :meth:`restorer` and :meth:`detector`.
            done: gets the value.
            failed: gets what was raised, :class:`core.errors.Cancelled` after a cancel. Exactly one of ``done`` and
                ``failed`` is called, once and on the main thread, unless the
                session is closed or :meth:`detach_window` is called first.
            progress: gets the progress, on the main thread; values may be skipped.
            persistent: whether the answer is wanted even after :meth:`detach_window`.

        Returns:
            The token that cancels the work.
        """
        era = self._era

        def ended(outcome: Outcome[Request]) -> None:
            if era != self._era and not persistent:
                return
            if outcome.error is None:
                done(outcome.value)
            else:
                failed(outcome.error)

        def told(progressed: Progress) -> None:
            if progress is not None and era == self._era:
                progress(progressed)

        return self.lane.submit(WorkRequest(work), told, ended)

    def forget_pages(self) -> None:
        """Call back no more to those who have submitted work so far, since they go with their window."""
        self._era += 1

    def restorer(self) -> Restorer:
        """The restorer that the session uses, loaded when it is first asked for. To be called from submitted work."""
        return self._worker.restorer()

    def detector(self) -> Detector:
        """The detector that the session uses, loaded when it is first asked for. To be called from submitted work."""
        return self._worker.detector()
