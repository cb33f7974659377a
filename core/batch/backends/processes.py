"""Jobs in processes of this machine, one for each device."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent import futures
from contextlib import ExitStack, suppress

from core.batch.backends.pool import WorkerPool, WorkerSetup, WorkerSlot
from core.batch.control import Control


class Processes(WorkerPool):
    """One process for each setup; one that dies is replaced. They end with the block, and if this process is killed.

    Args:
        setups: one for each process.
        control: pauses and stops the work.
    """

    def __init__(self, setups: list[WorkerSetup], control: Control) -> None:
        super().__init__(control)
        self._setups = setups
        self._threads = max((os.cpu_count() or 1) // len(setups), 1)

    def _start(self, stack: ExitStack) -> list[WorkerSlot]:
        return [self._start_process(setup) for setup in self._setups]

    def _start_process(self, setup: WorkerSetup) -> WorkerSlot:
        context = multiprocessing.get_context("spawn")  # a fork would inherit the GPU's state and the locks of threads
        executor = futures.ProcessPoolExecutor(
            1, mp_context=context, initializer=_initialize, initargs=(self._threads,)
        )
        self._stack.callback(executor.shutdown, wait=True, cancel_futures=True)
        process_id = executor.submit(os.getpid)

        def kill() -> None:
            if process_id.done():
                with suppress(Exception):  # it is dead already
                    os.kill(process_id.result(), getattr(signal, "SIGKILL", signal.SIGTERM))

        return WorkerSlot(executor, 1, setup, kill)

    def _handle_death(self, slot: int, error: Exception) -> None:
        if isinstance(error, futures.BrokenExecutor):
            self._slots[slot] = self._start_process(self._slots[slot].setup)


def _initialize(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.join,), daemon=True).start()


def _exit_after(join: Callable[[], None]) -> None:
    join()
    os._exit(1)  # the parent has ended; there is no use for the results
