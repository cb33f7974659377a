"""Threads that share the rows of a map, each with operations of one thread.

PyTorch's own threads divide single operations and wait for each other, actively, at the end of every one. Here each
worker processes a contiguous part of the rows through a whole stage, and workers synchronise once a stage. So two
workers are nearly twice as fast as one, and no processor time is spent on waiting when other programs use the cores.
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

RowsDone = Callable[[int], None]
"""Called after each band with the number of its rows; may raise to stop the work."""

Result = TypeVar("Result")

MIN_PART_ROWS = 8
"""Smallest height of a part, since the rows next to a seam, up to two on each side, are computed twice."""

_MIN_DIVIDED_POSITIONS = 1 << 14
"""Positions of a map too low for two parts from which dividing single operations is faster than one worker."""


class _StoppedError(Exception):
    """Another part has failed or was cancelled."""


class RowWorkers:
    """Threads that process parts of a map at the same time; a context manager that ends them.

    Args:
        count: number of threads; None works in the calling thread and leaves single operations to PyTorch's threads.
        dtype: of the scratch buffers.
        device: of the scratch buffers.
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
        """Contiguous parts of ``height`` rows, from the top down, at most one for each worker."""
        count = min(self.count, max(height // MIN_PART_ROWS, 1))
        edges = [number * height // count for number in range(count + 1)]
        return [Band(start, stop, stop == height) for start, stop in pairwise(edges)]

    def call(self, function: Callable[[], Result]) -> Result:
        """Call ``function`` on a worker and return its result."""
        if self._pool is None:
            return function()
        return self._pool.submit(torch.inference_mode()(function)).result()

    def run(
        self, parts: list[Band], width: int, work: Callable[[Band, Scratch, RowsDone], Result], rows_done: RowsDone
    ) -> list[Result]:
        """Run ``work`` for each part, at the same time, and return the results in the order of the parts.

        Args:
            parts: at most one for each worker.
            width: positions of a row.
            work: called with a part, its own scratch buffers, and a :data:`RowsDone` to be called after each band.
            rows_done: called in the calling thread after each band.

        Raises:
            Whatever ``work`` or ``rows_done`` raises, after all parts have stopped, each within a band.
        """
        divide_operations = self.count > 1 and len(parts) == 1 and parts[0].rows * width >= _MIN_DIVIDED_POSITIONS
        if self._pool is None or divide_operations:
            return [work(part, scratch, rows_done) for part, scratch in zip(parts, self._scratch, strict=False)]
        reports: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        stop = threading.Event()

        def report(rows: int) -> None:
            reports.put(rows)
            if stop.is_set():
                raise _StoppedError

        def run_part(part: Band, scratch: Scratch) -> Result:
            try:
                with torch.inference_mode():
                    return work(part, scratch, report)
            except BaseException:
                stop.set()
                raise
            finally:
                reports.put(None)

        futures = [
            self._pool.submit(run_part, part, scratch) for part, scratch in zip(parts, self._scratch, strict=False)
        ]
        with ExitStack() as afterwards:
            afterwards.callback(_wait_for, futures)
            afterwards.callback(stop.set)
            waiting = len(futures)
            while waiting:
                rows = reports.get()
                if rows is None:
                    waiting -= 1
                elif not stop.is_set():
                    rows_done(rows)
        errors = [error for future in futures if (error := future.exception()) is not None]
        for error in sorted(errors, key=lambda error: isinstance(error, _StoppedError)):
            raise error
        return [future.result() for future in futures]


def _wait_for(futures: list[Future[Result]]) -> None:
    for future in futures:
        future.exception()


def _limit_to_one_thread() -> None:
    # OpenMP's limit applies to the calling thread only, and only after PyTorch has set its own there.
    torch.get_num_threads()
    threadpool_limits(limits=1, user_api="openmp")
