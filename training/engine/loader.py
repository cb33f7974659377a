"""Preparation of batches in advance, by threads.

Decoding, cropping and degrading run inside NumPy and OpenCV, which release the GIL. A batch is a pure function of its
step, so it does not matter which thread prepares it, or when.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import torch
from torch import Tensor

from training.engine.distributed import Ranks
from training.engine.objective import Objective

Tensors = tuple[Tensor, ...]


class Loader:
    """The batches of steps ``first`` to ``last - 1``, in order.

    Args:
        objective: prepares the batches.
        first: step of the first batch.
        last: step after the last batch.
        device: device of the network; for CUDA, batches are in pinned memory.
        ranks: determines the part of each batch of this process.
    """

    def __init__(self, objective: Objective, first: int, last: int, device: torch.device, ranks: Ranks) -> None:
        self._objective, self._next, self._last, self._ranks = objective, first, last, ranks
        self._pin = device.type == "cuda"
        self._queued_batches = objective.settings.workers + 1
        self._pool = ThreadPoolExecutor(objective.settings.workers, "loader")
        self._queue: deque[Future[Tensors]] = deque()

    def __enter__(self) -> "Loader":
        self._fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def take(self) -> Tensors:
        """The next batch, as tensors on the CPU.

        Raises:
            DataError: a picture cannot be read.
        """
        batch = self._queue.popleft().result()
        self._fill()
        return batch

    def _fill(self) -> None:
        while len(self._queue) < self._queued_batches and self._next < self._last:
            self._queue.append(self._pool.submit(self._prepare, self._next))
            self._next += 1

    def _prepare(self, step: int) -> Tensors:
        arrays = self._objective.batch(step, self._ranks.rank, self._ranks.count)
        tensors = tuple(torch.from_numpy(array) for array in arrays)
        return tuple(tensor.pin_memory() for tensor in tensors) if self._pin else tensors


def to_device(batch: Tensors, device: torch.device) -> Tensors:
    """The batch on ``device``; pictures (4-D) in channels-last memory."""
    return tuple(
        tensor.to(device, non_blocking=True, memory_format=torch.channels_last)
        if tensor.ndim == 4
        else tensor.to(device, non_blocking=True)
        for tensor in batch
    )
