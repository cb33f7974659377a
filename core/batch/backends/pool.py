"""Jobs in other processes: what is common to those of this machine and to the workers of a cluster.

Workers get jobs in small chunks and return the results. A worker may crash while it processes a photo, for
example because memory is exhausted; its jobs are then repeated one by one, and only the photo that kills a second
worker fails.
"""

import platform
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core.batch.backends.config import BackendConfig
from core.batch.control import PAUSE_FILE, STOP_FILE, Control, FolderControl
from core.batch.job import Job, JobResult
from core.batch.limits import time_limit_error
from core.batch.pipeline import IdleTime, OnJobProgress, OnResult, Pipeline
from core.batch.rows import State
from core.batch.settings import BatchSettings
from core.errors import BatchError, DFPIRError
from core.io.os_errors import display_path
from core.messages import Message, message

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

CHUNK_SIZE = 4
"""Jobs that are sent together: reading, restoring and writing overlap within a chunk."""

GRACE_S = 60.0
"""What a worker process may take beyond the time limits of its photos: to start, to load the model, to write."""

_CHUNKS_PER_WORKER = 2  # one more than it works on, so that it never waits for the next
_POLL_S = 0.2
_RESTORER_LOCK = threading.Lock()  # a cluster's worker may have several threads, but a restorer serves one


@dataclass(frozen=True)
class WorkerSetup:
    """What every worker needs to know. It is sent to other processes.

    Attributes:
        config: model and detector.
        device: name of the torch device.
        settings: what is done to the photos.
        folder: where results are written, and where the files appear that ask to pause or stop.
        model: SHA-256 that the model's file must have.
    """

    config: BackendConfig
    device: str
    settings: BatchSettings
    folder: Path
    model: str


@dataclass(frozen=True)
class WorkerSlot:
    """A destination of chunks.

    Attributes:
        executor: that chunks are submitted to.
        workers: number of workers behind it.
        setup: what they need to know.
        kill: ends the executor's process at once; None if it is on another machine.
    """

    executor: futures.Executor
    workers: int
    setup: WorkerSetup
    kill: Callable[[], None] | None = None


@dataclass(eq=False)
class _SentChunk:
    """A chunk that a worker has: its slot, its jobs, when it was sent, and from when on its time is measured."""

    slot: int
    jobs: tuple[Job, ...]
    sent: float
    measured_from: float


ChunkFuture = futures.Future[tuple[list[JobResult], IdleTime]]


def run_chunk(setup: WorkerSetup, jobs: tuple[Job, ...]) -> tuple[list[JobResult], IdleTime]:
    """Do the jobs of a chunk; runs in a worker.

    Raises:
        BatchError: this machine cannot access the folder, or has another model of that name.
        DFPIRError: the model or the device is not available here.
    """
    if not setup.folder.is_dir():
        raise BatchError(
            message(
                "{machine} cannot access {folder}. All machines need the same paths.",
                machine=platform.node(),
                folder=display_path(setup.folder),
            )
        )
    if setup.config.model_hash() != setup.model:
        raise BatchError(
            message(
                "{machine} has another model called {model}. Copy the same one there.",
                machine=platform.node(),
                model=repr(setup.config.model),
            )
        )
    results: list[JobResult] = []
    with _RESTORER_LOCK:
        restorer = _restorer(setup.config, setup.device)
        control = FolderControl(setup.folder)
        pipeline = Pipeline(restorer, lambda: _detector(setup.config), setup.settings, control)
        idle = pipeline.run(jobs, results.append, lambda path, share: None)
    return results, idle


@cache
def _restorer(config: BackendConfig, device: str) -> "Restorer":
    return config.restorer(device)


@cache
def _detector(config: BackendConfig) -> "Detector":
    return config.make_detector()


class WorkerPool(ABC):
    """A :class:`core.batch.backends.Backend` that hands chunks to workers and collects their results.

    Subclasses start the workers and handle their loss.

    Args:
        control: pauses and stops the work; it reaches the workers by files in the setup's folder.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._slots: list[WorkerSlot] = []
        self._chunks: dict[ChunkFuture, _SentChunk] = {}
        self._retries: list[Job] = []  # their worker died; sent once more, each alone
        self._suspects: set[str] = set()  # paths of jobs whose worker has died once
        self._timed_out: set[str] = set()  # paths of jobs whose worker was killed because it took too long

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        try:
            self._slots = self._start(self._stack)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @abstractmethod
    def _start(self, stack: ExitStack) -> list[WorkerSlot]:
        """Start the workers; what ends them goes onto ``stack``."""

    def _check_workers(self) -> None:  # noqa: B027 - optional
        """Called several times a second; raises an error if no work can be done any more."""

    def _handle_rejection(self, error: Exception) -> None:  # noqa: B027 - optional
        """A chunk was rejected or cancelled: raise a :class:`BatchError`, or return so that ``error`` is raised."""

    @abstractmethod
    def _handle_death(self, slot: int, error: Exception) -> None:
        """A worker of the slot has died: replace it, or raise an error if no work can be done any more."""

    def run(self, jobs: Iterable[Job], on_result: OnResult, on_progress: OnJobProgress) -> IdleTime:
        """Do all jobs; see :meth:`core.batch.backends.Backend.run`. Progress is not reported."""
        idle, chunks = IdleTime(), _chunked(jobs)
        try:
            while self._send(chunks) or self._chunks:
                self._forward_control()
                ended, _ = futures.wait(self._chunks, timeout=_POLL_S, return_when=futures.FIRST_COMPLETED)
                for future in ended:
                    self._collect(future, idle, on_result)
                self._check_workers()
                self._kill_overdue()
        except BaseException:
            self._control.cancel()
            self._forward_control()
            raise
        finally:
            for future in self._chunks:
                future.cancel()
        return idle

    def _forward_control(self) -> None:
        folder = self._slots[0].setup.folder
        for name, is_set in ((PAUSE_FILE, self._control.paused), (STOP_FILE, self._control.cancelled)):
            file = folder / name
            with suppress(OSError):
                if is_set:
                    file.touch()
                else:
                    file.unlink(missing_ok=True)

    def _send(self, chunks: Iterator[tuple[Job, ...]]) -> bool:
        """Send chunks until all workers have enough; return whether there may be more."""
        if self._control.cancelled:
            return False
        for number, slot in enumerate(self._slots):
            count = sum(chunk.slot == number for chunk in self._chunks.values())
            while count < slot.workers * _CHUNKS_PER_WORKER:
                if slot.workers == 1 and count and (self._retries or self._has_suspect(number)):
                    break  # a job that may kill its process is alone in it, so that no other is blamed
                chunk = (self._retries.pop(),) if self._retries else next(chunks, ())
                if not chunk:
                    return False
                try:
                    future = slot.executor.submit(run_chunk, slot.setup, chunk)
                except futures.BrokenExecutor as error:  # it died while it had nothing to do
                    self._handle_death(number, error)
                    self._retries += chunk
                    return True
                except Exception as error:
                    self._handle_rejection(error)
                    raise
                now = time.monotonic()
                self._chunks[future] = _SentChunk(number, chunk, now, now)
                count += 1
        return True

    def _has_suspect(self, slot: int) -> bool:
        chunks = (chunk for chunk in self._chunks.values() if chunk.slot == slot)
        return any(job.path in self._suspects for chunk in chunks for job in chunk.jobs)

    def _collect(self, future: ChunkFuture, idle: IdleTime, on_result: OnResult) -> None:
        chunk = self._chunks.pop(future)
        try:
            results, times = future.result()
        except DFPIRError:
            raise
        except futures.CancelledError as error:
            self._handle_rejection(error)
            raise
        except Exception as error:
            self._handle_death(chunk.slot, error)
            self._retry_or_fail(chunk, on_result)
        else:
            idle.add(times)
            for result in results:
                on_result(result)

    def _retry_or_fail(self, chunk: _SentChunk, on_result: OnResult) -> None:
        """Repeat the jobs of a worker that has died, each alone; one that was alone already has failed."""
        for job in chunk.jobs:
            if job.path in self._suspects and len(chunk.jobs) == 1:
                on_result(JobResult(job.path, State.FAILED, error=self._death_reason(job, chunk.slot)))
            else:
                self._suspects.add(job.path)
                self._retries.append(job)

    def _death_reason(self, job: Job, slot: int) -> Message:
        seconds = self._slots[slot].setup.settings.limits.seconds
        if job.path in self._timed_out and seconds is not None:
            return time_limit_error(job.source, seconds).message
        return message(
            "{file}: the worker process ended while it restored this photo, probably because memory ran out. Make the "
            "photo smaller.",
            file=display_path(job.source),
        )

    def _kill_overdue(self) -> None:
        """Kill processes that exceed the time limit: a decoder or a driver may block them, so that they cannot stop."""
        for chunk in self._chunks.values():
            slot = self._slots[chunk.slot]
            limit = slot.setup.settings.limits.seconds
            if limit is None or slot.kill is None or self._control.paused:
                chunk.measured_from = time.monotonic()
                continue
            first = min(other.sent for other in self._chunks.values() if other.slot == chunk.slot) == chunk.sent
            if not first:
                chunk.measured_from = time.monotonic()  # a process does one chunk after the other
            elif time.monotonic() - chunk.measured_from > limit * len(chunk.jobs) + GRACE_S:
                self._timed_out.update(job.path for job in chunk.jobs)
                slot.kill()
                chunk.measured_from = time.monotonic()


def _chunked(jobs: Iterable[Job]) -> Iterator[tuple[Job, ...]]:
    remaining = iter(jobs)
    while chunk := tuple(islice(remaining, CHUNK_SIZE)):
        yield chunk
