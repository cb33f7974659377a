"""Jobs on the workers of a Dask cluster. All machines must see source and target under the same paths."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from core.batch.backends.pool import WorkerPool, WorkerSetup, WorkerSlot
from core.batch.control import Control
from core.errors import BatchError
from core.messages import Message, message

NOTE_AFTER_S = 10.0
"""How long a cluster may be without workers before a note says so."""

GIVE_UP_AFTER_S = 120.0
"""How long a cluster may be without workers before the run ends; what was not reached waits for the next one."""

_CHECK_EVERY_S = 2.0
_CALL_TIMEOUT_S = 5
_CONNECT_TIMEOUT_S = 10


class DaskCluster(WorkerPool):
    """All workers of a cluster.

    Args:
        address: of the scheduler.
        setup: for all workers.
        control: pauses and stops the work.
        on_note: called with what the work waits for.
    """

    def __init__(self, address: str, setup: WorkerSetup, control: Control, on_note: Callable[[Message], None]) -> None:
        super().__init__(control)
        self._address = address
        self._setup = setup
        self._on_note = on_note
        self._client: Any = None  # distributed.Client; the package is optional
        self._checked = time.monotonic()
        self._without_workers_since: float | None = None
        self._noted = False

    def _start(self, stack: ExitStack) -> list[WorkerSlot]:
        """Connect.

        Raises:
            BatchError: Dask is not installed, no scheduler answers, or it has no workers.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise BatchError(
                message(
                    "Other machines are reached through Dask, which is not installed. Install it with {command}.",
                    command="\"pip install 'dfpir-studio[cluster]'\"",
                )
            ) from error
        stack.enter_context(_silenced_loggers())
        try:
            self._client = Client(self._address, timeout=_CONNECT_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            raise BatchError(
                message(
                    "No scheduler answers at {address}: {reason}. Start one with dask-scheduler.",
                    address=self._address,
                    reason=str(error),
                )
            ) from error
        stack.callback(self._close_client)
        count = len(self._client.ncores())
        if not count:
            raise BatchError(
                message(
                    "The scheduler at {address} has no workers. Start some with dask-worker {address}.",
                    address=self._address,
                )
            )
        executor = self._client.get_executor(pure=False, retries=2)
        return [WorkerSlot(executor, count, self._setup)]

    def _close_client(self) -> None:
        with suppress(Exception):  # fails if the scheduler has ended
            self._client.close(timeout=_CALL_TIMEOUT_S)

    def _count_workers(self) -> int | None:
        """Number of workers; None if the scheduler does not answer any more."""
        if self._client.status != "running":
            return None
        try:
            return len(self._client.sync(self._client.scheduler.ncores, callback_timeout=_CALL_TIMEOUT_S))
        except Exception:  # of many kinds, depending on which part of the connection is broken
            return None

    def _check_workers(self) -> None:
        now = time.monotonic()
        if now - self._checked < _CHECK_EVERY_S:
            return
        self._checked, count = now, self._count_workers()
        if count is None:
            raise self._connection_error()
        if count:
            if self._noted:
                self._on_note(message("The cluster at {address} has workers again.", address=self._address))
            self._without_workers_since, self._noted = None, False
            return
        self._without_workers_since = self._without_workers_since or now
        seconds = now - self._without_workers_since
        if seconds >= GIVE_UP_AFTER_S:
            raise BatchError(
                message(
                    "The cluster at {address} has had no workers for {seconds:.0f} s. Start some with dask-worker, and "
                    "start again.",
                    address=self._address,
                    seconds=GIVE_UP_AFTER_S,
                )
            )
        if seconds >= NOTE_AFTER_S and not self._noted:
            self._noted = True
            self._on_note(
                message(
                    "The cluster at {address} has no workers. The batch waits another {seconds:.0f} s for some.",
                    address=self._address,
                    seconds=GIVE_UP_AFTER_S - seconds,
                )
            )

    def _connection_error(self) -> BatchError:
        return BatchError(
            message(
                "The scheduler at {address} no longer answers: it was stopped, or the network is down. Start it with "
                "dask-scheduler, and start again.",
                address=self._address,
            )
        )

    def _handle_rejection(self, error: Exception) -> None:
        raise self._connection_error() from error

    def _handle_death(self, slot: int, error: Exception) -> None:
        if not isinstance(error, futures.BrokenExecutor) and self._count_workers() is None:
            raise self._connection_error() from error


@contextmanager
def _silenced_loggers() -> Iterator[None]:
    """Prevent Dask from logging tracebacks of lost connections on the terminal; our errors report what matters."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("distributed", "tornado")]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
