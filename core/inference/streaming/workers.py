"""Threads that share the rows of a map, each with operations of one thread.

PyTorch's own threads divide single operations and wait for each other, actively, at the end of every one. Here each
worker takes a contiguous part of the rows through a whole stage, and they meet once a stage. So two workers are nearly
twice as fast as one, and other programs on the same cores cost no processor time.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from core.inference.streaming.bands import Band, Scratch

Finished = Callable[[int], None]
"""Called with the number of rows after each band; may raise to end the work."""

Result = TypeVar("Result")

LEAST_ROWS = 8
"""Of a part: the rows beside a seam, up to two on each side, are computed twice."""

_OPERATION_POSITIONS = 1 << 14
"""Positions of a map of few rows from which dividing single operations is faster than one worker."""


class _Stopped(Exception):
    """Another part has ended the work."""


class RowWorkers:
    """A number of threads that work on parts of a map at the same time; a context manager that ends them.

    Args:
        count: threads; None works in the calling thread and leaves single operations to as many threads as PyTorch is
            set to.
        dtype: of the buffers that parts use.
        device: of the buffers that parts use.
    """

    def __init__(self, count: int | None, dtype: torch.dtype, device: torch.device) -> None:
        self.count = count or 1
        self._scratch = [Scratch(dtype, device) for _ in range(self.count)]
        self._pool = ThreadPoolExecutor(count, "restoring", _limit_to_one_thread) if count else None

    def __enter__(self) -> "RowWorkers":
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def parts(self, height: int) -> list[Band]:
        """Contiguous parts of ``height`` rows, from the top down, one for a worker."""
        count = min(self.count, max(height // LEAST_ROWS, 1))
        edges = [number * height // count for number in range(count + 1)]
        return [Band(start, stop, stop == height) for start, stop in pairwise(edges)]

    def call(self, function: Callable[[], Result]) -> Result:
        """What ``function`` gives, worked out by one worker."""
        if self._pool is None:
            return function()
        return self._pool.submit(torch.inference_mode()(function)).result()

    def run(
        self, parts: list[Band], width: int, work: Callable[[Band, Scratch, Finished], Result], finished: Finished
    ) -> list[Result]:
        """Do ``work`` for each part, at the same time, and give the results in the order of the parts.

        Args:
            parts: at most one a worker.
            width: positions of a row.
            work: takes a part, buffers of its own, and a function to be called after each band with the rows done.
            finished: called in the calling thread after each band.

        Raises:
            Whatever ``work`` or ``finished`` raises, once all parts have stopped, each within a band.
        """
        undivided = self.count > 1 and len(parts) == 1 and parts[0].rows * width >= _OPERATION_POSITIONS
        if self._pool is None or undivided:
            return [work(part, scratch, finished) for part, scratch in zip(parts, self._scratch, strict=False)]
        reports: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        stop = threading.Event()

        def report(rows: int) -> None:
            reports.put(rows)
            if stop.is_set():
                raise _Stopped

        def do(part: Band, scratch: Scratch) -> Result:
            try:
                with torch.inference_mode():
                    return work(part, scratch, report)
            except BaseException:
                stop.set()
                raise
            finally:
                reports.put(None)

        futures = [self._pool.submit(do, part, scratch) for part, scratch in zip(parts, self._scratch, strict=False)]
        with ExitStack() as afterwards:
            afterwards.callback(_wait, futures)
            afterwards.callback(stop.set)
            waiting = len(futures)
            while waiting:
                rows = reports.get()
                if rows is None:
                    waiting -= 1
                elif not stop.is_set():
                    finished(rows)
        errors = [error for future in futures if (error := future.exception()) is not None]
        for error in sorted(errors, key=lambda error: isinstance(error, _Stopped)):
            raise error
        return [future.result() for future in futures]


def _wait(futures: list[Future[Result]]) -> None:
    for future in futures:
        future.exception()


def _limit_to_one_thread() -> None:
    # The limit of OpenMP holds for the calling thread alone, once PyTorch has set its own there.
    torch.get_num_threads()
    threadpool_limits(limits=1, user_api="openmp")
