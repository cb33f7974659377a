"""Three threads, so that the device does not wait for the disk: one reads, one restores, one writes."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.batch.job import Job, JobResult, PhotoDetector, PhotoRestorer, RunningJob, open_and_decide, restore, write
from core.batch.rows import State
from core.batch.settings import BatchSettings
from core.errors import Cancelled
from core.progress import CancelToken

_QUEUED = 1
"""Photos that wait between two threads. More would take memory and save no time."""

OnResult = Callable[[JobResult], None]
OnJobProgress = Callable[[str, float], None]
"""Called with the path of a job and the finished share of it."""


@dataclass
class IdleTime:
    """How long a device waited for the disk, in seconds.

    Attributes:
        total: from the first job to the last result.
        for_reading: time without work because no photo was ready.
        for_writing: time spent waiting for earlier results to be written.
    """

    total: float = 0.0
    for_reading: float = 0.0
    for_writing: float = 0.0

    @property
    def share(self) -> float:
        """The share of the total that the device was idle, 0 to 1."""
        return (self.for_reading + self.for_writing) / self.total if self.total else 0.0

    def add(self, other: "IdleTime") -> None:
        """Add the times of another device, or of another part of the run."""
        self.total += other.total
        self.for_reading += other.for_reading
        self.for_writing += other.for_writing


class Pipeline:
    """Works on jobs in order, with reading, restoring and writing at the same time.

    Args:
        restorer: used only on the thread that calls :meth:`run`.
        detector: creates the detector when it is first needed; it is used only on the reading thread.
        settings: what is done to the photos.
        cancel: asked between the stages of a photo and before each block of the network.
    """

    def __init__(
        self,
        restorer: PhotoRestorer,
        detector: Callable[[], PhotoDetector],
        settings: BatchSettings,
        cancel: CancelToken,
    ) -> None:
        self._restorer = restorer
        self._make_detector = detector
        self._detector: PhotoDetector | None = None
        self._settings = settings
        self._cancel = cancel

    def run(self, jobs: Iterable[Job], on_result: OnResult, on_progress: OnJobProgress) -> IdleTime:
        """Work on all jobs; when cancelled, the rest is left out.

        Args:
            jobs: taken one by one on the reading thread.
            on_result: called once for each job that was begun, in their order, on the writing thread.
            on_progress: called on this thread.

        Raises:
            Exception: whatever ``jobs`` or ``on_result`` raise, after all threads have ended.
        """
        self._read: queue.Queue[RunningJob | None] = queue.Queue(_QUEUED)
        self._restored: queue.Queue[RunningJob | None] = queue.Queue(_QUEUED)
        self._errors: list[BaseException] = []
        reader = threading.Thread(target=self._read_all, args=(jobs,), name="dfpir-batch-reader", daemon=True)
        writer = threading.Thread(target=self._write_all, args=(on_result,), name="dfpir-batch-writer", daemon=True)
        idle, begun = IdleTime(), time.perf_counter()
        reader.start()
        writer.start()
        try:
            self._restore_all(idle, on_progress)
        except BaseException:
            self._cancel.cancel()
            while self._read.get() is not None:  # the reader may be waiting to hand over a photo
                pass
            raise
        finally:
            self._restored.put(None)
            reader.join()
            writer.join()
        idle.total = time.perf_counter() - begun
        if self._errors:
            raise self._errors[0]
        return idle

    def _read_all(self, jobs: Iterable[Job]) -> None:
        try:
            for job in jobs:
                if self._is_stopped():
                    break
                running = RunningJob(job)
                running.do(lambda running=running: open_and_decide(running, self._settings, self._detect))  # type: ignore[misc]
                self._read.put(running)
                del running  # its pixels must not stay in memory while the next photo is read
        except BaseException as error:
            self._fail(error)
        finally:
            self._read.put(None)

    def _restore_all(self, idle: IdleTime, on_progress: OnJobProgress) -> None:
        while True:
            begun = time.perf_counter()
            running = self._read.get()
            idle.for_reading += time.perf_counter() - begun
            if running is None:
                return
            try:
                self._cancel.check()
                on_progress(running.job.path, 0.0)
                running.do(lambda running=running: self._restore(running, on_progress))  # type: ignore[misc]
            except Cancelled:
                running.end(State.WAITING)
            begun = time.perf_counter()
            self._restored.put(running)
            idle.for_writing += time.perf_counter() - begun
            del running

    def _restore(self, running: RunningJob, on_progress: OnJobProgress) -> None:
        def report(share: float) -> None:
            on_progress(running.job.path, share)

        try:
            restore(running, self._settings, self._restorer, report, self._cancel)
        except Cancelled:
            running.end(State.WAITING)

    def _write_all(self, on_result: OnResult) -> None:
        while (running := self._restored.get()) is not None:
            try:
                running.do(lambda running=running: write(running, self._settings))  # type: ignore[misc]
                if running.result is not None and not self._errors:
                    on_result(running.result)
            except BaseException as error:
                self._fail(error)
            del running

    def _detect(self) -> PhotoDetector:
        if self._detector is None:
            self._detector = self._make_detector()
        return self._detector

    def _is_stopped(self) -> bool:
        try:
            self._cancel.check()
        except Cancelled:
            return True
        return False

    def _fail(self, error: BaseException) -> None:
        self._errors.append(error)
        self._cancel.cancel()
