"""Three threads, so that the device does not wait for the disk: one reads, one restores, one writes."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.batch.job import Detects, Done, Piece, Restores, Task, open_and_decide, restore, write
from core.batch.journal import State
from core.batch.settings import BatchSettings
from core.errors import Cancelled
from core.progress import CancelToken

_AHEAD = 1
"""Photos that wait between two threads. More would take memory and save no time."""

OnDone = Callable[[Done], None]
OnProgress = Callable[[str, float], None]


@dataclass
class Waiting:
    """How a device spent its time, in seconds.

    Attributes:
        total: from the first task to the last result.
        for_reading: it had nothing to do because no photo was ready.
        for_writing: it could not go on because results were not written yet.
    """

    total: float = 0.0
    for_reading: float = 0.0
    for_writing: float = 0.0

    @property
    def share(self) -> float:
        """The share of its time that the device waited for the disk, 0 to 1."""
        return (self.for_reading + self.for_writing) / self.total if self.total else 0.0

    def add(self, other: "Waiting") -> None:
        """Count the times of another device, or of another part of the run, with these."""
        self.total += other.total
        self.for_reading += other.for_reading
        self.for_writing += other.for_writing


class Pipeline:
    """Works on tasks one after the other, with reading, restoring and writing at the same time.

    Args:
        restorer: used on the thread that calls :meth:`run` alone.
        detector: makes the detector when it is first needed; it is used on the reading thread alone.
        treatment: what is done to the photos.
        cancel: asked between the parts of a photo and before each block of the network.
    """

    def __init__(
        self, restorer: Restores, detector: Callable[[], Detects], treatment: BatchSettings, cancel: CancelToken
    ) -> None:
        self._restorer = restorer
        self._make_detector = detector
        self._detector: Detects | None = None
        self._treatment = treatment
        self._cancel = cancel

    def run(self, tasks: Iterable[Task], on_done: OnDone, on_progress: OnProgress) -> Waiting:
        """Work on all tasks; when cancelled, the rest is left out.

        Args:
            tasks: taken one by one on the reading thread.
            on_done: called once for each task that was begun, in their order, on the writing thread.
            on_progress: called on this thread with a task's name and the share that is finished of it.

        Raises:
            Exception: whatever ``tasks`` or ``on_done`` raise, after all threads have ended.
        """
        self._read: queue.Queue[Piece | None] = queue.Queue(_AHEAD)
        self._restored: queue.Queue[Piece | None] = queue.Queue(_AHEAD)
        self._errors: list[BaseException] = []
        reader = threading.Thread(target=self._reading, args=(tasks,), name="dfpir-batch-reader", daemon=True)
        writer = threading.Thread(target=self._writing, args=(on_done,), name="dfpir-batch-writer", daemon=True)
        waiting, begun = Waiting(), time.perf_counter()
        reader.start()
        writer.start()
        try:
            self._restoring(waiting, on_progress)
        except BaseException:
            self._cancel.cancel()
            while self._read.get() is not None:  # the reader may wait to hand over a photo
                pass
            raise
        finally:
            self._restored.put(None)
            reader.join()
            writer.join()
        waiting.total = time.perf_counter() - begun
        if self._errors:
            raise self._errors[0]
        return waiting

    def _reading(self, tasks: Iterable[Task]) -> None:
        try:
            for task in tasks:
                if self._stopped():
                    break
                piece = Piece(task)
                piece.guarded(lambda piece=piece: open_and_decide(piece, self._treatment, self._detect))  # type: ignore[misc]
                self._read.put(piece)
                del piece
        except BaseException as error:
            self._fail(error)
        finally:
            self._read.put(None)

    def _restoring(self, waiting: Waiting, on_progress: OnProgress) -> None:
        while True:
            begun = time.perf_counter()
            piece = self._read.get()
            waiting.for_reading += time.perf_counter() - begun
            if piece is None:
                return
            try:
                self._cancel.check()
                on_progress(piece.task.path, 0.0)
                piece.guarded(lambda piece=piece: self._restore(piece, on_progress))  # type: ignore[misc]
            except Cancelled:
                piece.end(State.WAITING)
            begun = time.perf_counter()
            self._restored.put(piece)
            waiting.for_writing += time.perf_counter() - begun
            del piece

    def _restore(self, piece: Piece, on_progress: OnProgress) -> None:
        try:
            told = lambda share: on_progress(piece.task.path, share)  # noqa: E731
            restore(piece, self._treatment, self._restorer, told, self._cancel)
        except Cancelled:
            piece.end(State.WAITING)

    def _writing(self, on_done: OnDone) -> None:
        while (piece := self._restored.get()) is not None:
            try:
                piece.guarded(lambda piece=piece: write(piece, self._treatment))  # type: ignore[misc]
                if piece.done is not None and not self._errors:
                    on_done(piece.done)
            except BaseException as error:
                self._fail(error)
            del piece

    def _detect(self) -> Detects:
        if self._detector is None:
            self._detector = self._make_detector()
        return self._detector

    def _stopped(self) -> bool:
        try:
            self._cancel.check()
        except Cancelled:
            return True
        return False

    def _fail(self, error: BaseException) -> None:
        self._errors.append(error)
        self._cancel.cancel()
