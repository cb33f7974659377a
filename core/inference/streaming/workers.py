"""Threads that share the rows of a map, each with operations of one thread.

PyTorch's own threads divide single operations and wait for each other, actively, at the end of every one. Here each
worker processes a contiguous part of the rows through a whole stage, and workers synchronise once a stage. One that has
finished takes over lower rows of the part of another, so that all end at the same time, also where other programs use
some of the cores. So two workers are nearly twice as fast as one, and no processor time is spent on waiting.
"""

import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from core.inference.streaming.bands import Band, Scratch

RowsDone = Callable[[int], None]
"""Called after each band with the number of its rows, by any thread; may raise to stop the work."""

Result = TypeVar("Result")

MIN_PART_ROWS = 8
"""Smallest height of a part, since the rows next to a seam, up to two on each side, are computed twice."""

SEAM_ROWS = 2
"""Rows on each side of a seam that are copied before they are overwritten: one for each of two convolutions."""

_MIN_TAKEN_ROWS = 16
"""The same for a part that is taken over while rows are overwritten, since that makes another seam."""

_WATCH_SECONDS = 0.01
"""Time between two looks at the progress: waking another thread for each short band slows down the workers."""

_MIN_DIVIDED_POSITIONS = 1 << 14
"""Positions of a map too low for two parts from which dividing single operations is faster than one worker."""


class SharedRows:
    """The rows of a map, divided into parts whose ends may still move.

    All bands begin at multiples of the same number of rows, so the results do not depend on the parts.

    Args:
        height: of the map, rows.
        band_height: rows of a band.
        count: of parts to begin with, at most.
        feature_map: (H, W, C), which the work overwrites and whose rows beside a seam are copied for that; or None.
    """

    def __init__(self, height: int, band_height: int, count: int, feature_map: Tensor | None = None) -> None:
        self.height = height
        self.band_height = band_height
        self._map = feature_map
        self._lock = threading.Lock()
        count = max(min(count, height // max(band_height, MIN_PART_ROWS)), 1)
        bands = -(-height // band_height)
        edges = [min(number * bands // count * band_height, height) for number in range(count + 1)]
        self.parts = [RowPart(self, start, stop) for start, stop in pairwise(edges)]
        for upper, lower in pairwise(self.parts):
            self._copy_seam(upper, lower)

    def _copy_seam(self, upper: "RowPart", lower: "RowPart") -> None:
        if self._map is not None:
            upper.below = self._map[lower.start : lower.start + SEAM_ROWS].clone()
            lower.above = self._map[lower.start - SEAM_ROWS : lower.start].clone()

    def take_band(self, part: "RowPart") -> Band | None:
        """The next band of ``part``; None if there are no more."""
        with self._lock:
            start, part.done = part.done, min(part.done + self.band_height, part.end)
            return Band(start, part.done, part.done == self.height) if part.done > start else None

    def take_over(self) -> "RowPart | None":
        """The lower half of the part with the most bands left, as a part of its own; None if no part has enough."""
        with self._lock:
            victim = max(self.parts, key=lambda part: part.end - part.done)
            kept = -(-(victim.end - victim.done) // self.band_height) // 2 * self.band_height
            start = victim.done + kept
            # Rows of the band in work may have been overwritten. A low part would cost more than it saves.
            least = MIN_PART_ROWS if self._map is None else _MIN_TAKEN_ROWS
            if victim.end - start < least or (self._map is not None and kept < SEAM_ROWS):
                return None
            part = RowPart(self, start, victim.end)
            part.below = victim.below
            self._copy_seam(victim, part)
            victim.end = start
            self.parts.append(part)
            return part


class RowPart:
    """Contiguous rows of a map that one worker processes from the top down.

    Attributes:
        start: first row.
        done: end of the rows that were taken; of all of its rows once :meth:`bands` is exhausted.
        end: end of the rows; others may take over those from a later band on.
        above: copies of the rows above ``start`` if the work overwrites the map and there are any.
        below: the same, of the rows from ``end`` on.
    """

    def __init__(self, rows: SharedRows, start: int, end: int) -> None:
        self._rows = rows
        self.start = self.done = start
        self.end = end
        self.above: Tensor | None = None
        self.below: Tensor | None = None

    def bands(self) -> Iterator[Band]:
        """Take one band after the other."""
        while (band := self._rows.take_band(self)) is not None:
            yield band

    @property
    def taken(self) -> Band:
        """The rows that were taken so far."""
        return Band(self.start, self.done, self.done == self._rows.height)


class _StoppedError(Exception):
    """Another part has failed, or the work was stopped."""


class RowWorkers:
    """Threads that process parts of a map at the same time; a context manager that ends them.

    One of them leads: it goes from stage to stage, processes a part of each, and takes over what the others have not
    begun. The calling thread only watches. So no stage waits for a thread to be woken, which takes long where other
    programs use the cores.

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

    def free_scratch(self) -> None:
        """Give all scratch buffers back. Between two calls of :meth:`run`."""
        for scratch in self._scratch:
            scratch.free()

    def lead(self, work: Callable[[Callable[[], None]], Result], watch: Callable[[], None]) -> Result:
        """Call ``work`` in the thread that leads, in which :meth:`run` may be called.

        Args:
            work: called with a function that it calls after each band, from any thread, and that may raise.
            watch: called in the calling thread now and then after a band, and at the end; may raise to stop the work.

        Raises:
            Whatever ``work`` or ``watch`` raises, after all threads have stopped, each within a band.
        """
        if self._pool is None:
            return work(watch)
        bands: queue.SimpleQueue[bool] = queue.SimpleQueue()  # False at the end
        stop = threading.Event()
        told = time.monotonic()

        def band_done() -> None:
            nonlocal told
            if (now := time.monotonic()) - told >= _WATCH_SECONDS:
                told = now
                bands.put(True)
            if stop.is_set():
                raise _StoppedError

        future = self._pool.submit(torch.inference_mode()(work), band_done)
        future.add_done_callback(lambda _: bands.put(False))
        try:
            while bands.get():
                watch()
            if future.exception() is None:
                watch()
            return future.result()
        finally:
            stop.set()
            if (error := future.exception()) is not None:  # waits
                # The frames of the error refer to it, which would keep their maps until a collection.
                traceback.clear_frames(error.__traceback__)
            del error, future

    def run(
        self,
        height: int,
        width: int,
        band_height: int,
        work: Callable[[RowPart, Scratch, RowsDone], Result],
        rows_done: RowsDone,
        *,
        overwritten: Tensor | None = None,
    ) -> list[Result]:
        """Run ``work`` for parts of the rows of a map, at the same time, in this and the other threads.

        Args:
            height: of the map, rows.
            width: of the map, positions.
            band_height: rows of a band.
            work: called with a part, scratch buffers that no other part uses meanwhile, and a :data:`RowsDone` to be
                called after each band. It processes all bands of the part.
            rows_done: called after each band, by the thread that processed it.
            overwritten: the map, if ``work`` overwrites it: then rows beside the ends of parts are copied before.

        Returns:
            The results of all parts in the order of their rows; their number can differ from run to run.

        Raises:
            Whatever ``work`` or ``rows_done`` raises, after all parts have stopped, each within a band.
        """
        shared = SharedRows(height, band_height, self.count, overwritten)
        try:
            return self._run(shared, width, work, rows_done)
        finally:
            shared.parts.clear()  # parts and rows refer to each other, which would keep the map until a collection

    def _run(
        self,
        shared: SharedRows,
        width: int,
        work: Callable[[RowPart, Scratch, RowsDone], Result],
        rows_done: RowsDone,
    ) -> list[Result]:
        first, *others = shared.parts
        if self._pool is None:
            return [work(first, self._scratch[0], rows_done)]
        if self.count > 1 and not others and shared.height * width >= _MIN_DIVIDED_POSITIONS:
            with threadpool_limits(limits=self.count, user_api="openmp"):
                return [work(first, self._scratch[0], rows_done)]
        failed = threading.Event()

        def report(rows: int) -> None:
            rows_done(rows)
            if failed.is_set():
                raise _StoppedError

        def run_parts(part: RowPart | None, scratch: Scratch) -> list[tuple[int, Result]]:
            results = []
            try:
                with torch.inference_mode():
                    while part is not None:
                        results.append((part.start, work(part, scratch, report)))
                        part = shared.take_over()
                return results
            except BaseException:
                failed.set()
                raise

        futures = [
            (self._pool.submit(run_parts, part, scratch), part)
            for part, scratch in zip(others, self._scratch[1:], strict=False)
        ]
        results: list[tuple[int, Result]] = []
        errors: list[BaseException] = []
        try:
            results += run_parts(first, self._scratch[0])
            for future, part in futures:
                if future.cancel():  # its thread has not even started
                    results += run_parts(part, self._scratch[0])
        except BaseException as raised:
            errors.append(raised)
        for future, _ in futures:
            if future.cancel() or future.cancelled():
                continue
            if (other := future.exception()) is not None:
                errors.append(other)
            else:
                results += future.result()
        for error in sorted(errors, key=lambda error: isinstance(error, _StoppedError)):
            raise error
        return [result for _, result in sorted(results, key=lambda pair: pair[0])]


def _limit_to_one_thread() -> None:
    # OpenMP's limit applies to the calling thread only, and only after PyTorch has set its own there.
    torch.get_num_threads()
    threadpool_limits(limits=1, user_api="openmp")
