"""Workers in other processes: one for each local device, or those of a Dask cluster. Nothing here schedules.

Workers get tasks in small parcels and hand back what became of them; the journal and the target are written by the
parent alone, so that the guarantees are those of a single process. All machines must see source and target under the
same paths.
"""

import concurrent.futures as futures
import logging
import multiprocessing
import os
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.batch.backends.config import BackendConfig
from core.batch.control import PAUSE_FILE, STOP_FILE, Control, FolderControl
from core.batch.job import Done, Task
from core.batch.journal import State
from core.batch.limits import out_of_time
from core.batch.pipeline import Pipeline, Waiting
from core.batch.settings import BatchSettings
from core.errors import BatchError, DFPIRError
from core.io.os_errors import display_path

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

CHUNK_SIZE = 4
"""Tasks that are sent together: reading, restoring and writing overlap within a parcel."""

NOTE_AFTER_S = 10.0
"""How long a cluster may be without workers before that is told."""

GIVE_UP_AFTER_S = 120.0
"""How long a cluster may be without workers before the run ends; what was not reached waits for the next one."""

GRACE_S = 60.0
"""What a worker process may take beyond the time limits of its photos: to start, to load the model, to write."""

_ASK_S = 2.0  # seconds between two questions for the number of workers
_CALL_S = 5  # seconds that the answer may take
_AHEAD = 2  # parcels that a worker has, so that it never waits for the next
_LOOK_S = 0.2
_ONE_AT_A_TIME = threading.Lock()  # a cluster's worker may have several threads, but a restorer serves one


@dataclass(frozen=True)
class Setup:
    """What every worker needs to know. It is sent to other processes.

    Attributes:
        machine: model and detector.
        device: name of the torch device.
        treatment: what is done to the photos.
        folder: where results are written, and where the files appear that ask to pause or stop.
        model: SHA-256 that the model must have.
    """

    machine: BackendConfig
    device: str
    treatment: BatchSettings
    folder: Path
    model: str


@dataclass(frozen=True)
class WorkerSlot:
    """One place that parcels are sent to: an executor, for how many workers, and what these need to know.

    ``kill`` ends the executor's process at once; None if it is out of reach.
    """

    executor: futures.Executor
    workers: int
    setup: Setup
    kill: Callable[[], None] | None = None


@dataclass(eq=False)
class _Sent:
    """A parcel in a worker's hands: where, what, since when, and from when on its time is counted."""

    post: int
    tasks: tuple[Task, ...]
    begun: float
    seen: float


class Cluster(Protocol):
    """What a crew asks of a cluster while it waits."""

    address: str

    def workers(self) -> int | None:
        """How many workers there are; None if the scheduler does not answer any more."""


def work_on(setup: Setup, tasks: tuple[Task, ...]) -> tuple[list[Done], Waiting]:
    """Do a parcel; runs in a worker.

    Raises:
        BatchError: this machine does not see the folder, or has another model of that name.
        DFPIRError: the model or the device cannot be had here.
    """
    if not setup.folder.is_dir():
        raise BatchError(
            f"{platform.node()} does not see {display_path(setup.folder)}. All machines need the same paths."
        )
    if setup.machine.model_hash() != setup.model:
        raise BatchError(
            f"{platform.node()} has another model called {setup.machine.model!r}. Copy the same one there."
        )
    done: list[Done] = []
    with _ONE_AT_A_TIME:
        restorer = _restorer(setup.machine, setup.device)
        control = FolderControl(setup.folder)
        pipeline = Pipeline(restorer, lambda: _detector(setup.machine), setup.treatment, control)
        waiting = pipeline.run(tasks, done.append, lambda path, share: None)
    return done, waiting


@cache
def _restorer(machine: BackendConfig, device: str) -> "Restorer":
    return machine.restorer(device)


@cache
def _detector(machine: BackendConfig) -> "Detector":
    return machine.make_detector()


def _process(stack: ExitStack, threads: int) -> tuple[futures.Executor, Callable[[], None]]:
    """A worker process, and what kills it."""
    context = multiprocessing.get_context("spawn")  # a fork would inherit the GPU's state and the locks of threads
    pool = futures.ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(threads,))
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    number = pool.submit(os.getpid)

    def kill() -> None:
        if number.done():
            with suppress(Exception):  # it is dead already
                os.kill(number.result(), getattr(signal, "SIGKILL", signal.SIGTERM))

    return pool, kill


def _begin(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.join,), daemon=True).start()


def _die_with(join: Callable[[], None]) -> None:
    join()
    os._exit(1)  # nobody is left to take the results


class WorkerPool:
    """Hands parcels to workers and takes back what became of them.

    Args:
        posts: where to send parcels.
        control: of the run; it reaches the workers by files in the setup's folder.
        renew: makes a new executor, and what kills it, in place of one whose process has died; None if that cannot be.
        cluster: that the workers belong to, if they are out of reach.
        on_note: called with sentences about what is waited for.
    """

    def __init__(
        self,
        posts: list[WorkerSlot],
        control: Control,
        renew: Callable[[], tuple[futures.Executor, Callable[[], None]]] | None = None,
        *,
        cluster: Cluster | None = None,
        on_note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._posts = posts
        self._control = control
        self._renew = renew
        self._cluster = cluster
        self._on_note = on_note
        self._out: dict[futures.Future[tuple[list[Done], Waiting]], _Sent] = {}
        self._again: list[Task] = []  # were in a worker's hands when it died; sent once more, each alone
        self._tried: set[str] = set()
        self._slow: set[str] = set()  # were in the hands of one that was killed for taking too long
        self._asked = time.monotonic()
        self._alone_since: float | None = None
        self._noted = False

    def run(self, tasks: Iterable[Task], on_done: Callable[[Done], None]) -> Waiting:
        """Work on all tasks; when cancelled, the rest is left out.

        Args:
            tasks: taken as workers become free.
            on_done: called on this thread, once for each task that has ended.

        Raises:
            BatchError: the cluster has lost its scheduler, or was without workers for too long.
            DFPIRError: workers cannot do their work at all.
        """
        waiting, parcels = Waiting(), _parcels(tasks)
        folder = self._posts[0].setup.folder
        try:
            while self._send(parcels) or self._out:
                self._pass_on(folder)
                ended, _ = futures.wait(self._out, timeout=_LOOK_S, return_when=futures.FIRST_COMPLETED)
                for future in ended:
                    self._take(future, waiting, on_done)
                self._check_cluster()
                self._end_slow()
        except BaseException:
            self._control.cancel()
            self._pass_on(folder)
            raise
        finally:
            for future in self._out:
                future.cancel()
        return waiting

    def _check_cluster(self) -> None:
        """See whether anybody is left to work.

        Raises:
            BatchError: nobody is, and nobody has come for a while.
        """
        now = time.monotonic()
        if self._cluster is None or now - self._asked < _ASK_S:
            return
        self._asked, count = now, self._cluster.workers()
        if count is None:
            raise self._lost()
        if count:
            if self._noted:
                self._on_note(f"The cluster at {self._cluster.address} has workers again.")
            self._alone_since, self._noted = None, False
            return
        self._alone_since = self._alone_since or now
        alone = now - self._alone_since
        if alone >= GIVE_UP_AFTER_S:
            raise BatchError(
                f"The cluster at {self._cluster.address} has had no workers for {GIVE_UP_AFTER_S:.0f} s. Start some "
                "with dask-worker, and start again."
            )
        if alone >= NOTE_AFTER_S and not self._noted:
            self._noted = True
            left = GIVE_UP_AFTER_S - alone
            self._on_note(
                f"The cluster at {self._cluster.address} has no workers. The batch waits {left:.0f} s more for some."
            )

    def _lost(self) -> BatchError:
        address = self._cluster.address if self._cluster else ""
        return BatchError(
            f"The scheduler at {address} no longer answers: it was ended, or the network is down. Start it with "
            "dask-scheduler, and start again."
        )

    def _end_slow(self) -> None:
        """Kill processes that keep no time limit: a decoder or a driver may hold them so that they cannot look."""
        for sent in self._out.values():
            post = self._posts[sent.post]
            limit = post.setup.treatment.limits.seconds
            if limit is None or post.kill is None or self._control.paused:
                sent.seen = time.monotonic()
                continue
            first = min(other.begun for other in self._out.values() if other.post == sent.post) == sent.begun
            if not first:
                sent.seen = time.monotonic()  # a process does one parcel after the other
            elif time.monotonic() - sent.seen > limit * len(sent.tasks) + GRACE_S:
                self._slow.update(task.path for task in sent.tasks)
                post.kill()
                sent.seen = time.monotonic()

    def _send(self, parcels: Iterator[tuple[Task, ...]]) -> bool:
        """Fill up what workers have to do; return whether there is more."""
        if self._control.cancelled:
            return False
        for number, post in enumerate(self._posts):
            has = sum(sent.post == number for sent in self._out.values())
            while has < post.workers * _AHEAD:
                if post.workers == 1 and has and (self._again or self._suspects(number)):
                    break  # of photos that may kill their process, each is alone in it, so that no other is blamed
                parcel = (self._again.pop(),) if self._again else next(parcels, ())
                if not parcel:
                    return False
                try:
                    future = post.executor.submit(work_on, post.setup, parcel)
                except futures.BrokenExecutor:  # it died while it had nothing to do
                    self._replace(number)
                    self._again += parcel
                    return True
                except Exception as error:
                    if self._cluster is None:
                        raise
                    raise self._lost() from error
                now = time.monotonic()
                self._out[future] = _Sent(number, parcel, now, now)
                has += 1
        return True

    def _suspects(self, number: int) -> bool:
        sent = (sent for sent in self._out.values() if sent.post == number)
        return any(task.path in self._tried for entry in sent for task in entry.tasks)

    def _take(
        self,
        future: "futures.Future[tuple[list[Done], Waiting]]",
        waiting: Waiting,
        on_done: Callable[[Done], None],
    ) -> None:
        sent = self._out.pop(future)
        number, parcel = sent.post, sent.tasks
        try:
            done, times = future.result()
        except DFPIRError:
            raise
        except futures.CancelledError as error:
            raise self._lost() from error
        except Exception as error:  # the worker has died; which of its photos was to blame is found out one by one
            if isinstance(error, futures.BrokenExecutor):
                self._replace(number)
            elif self._cluster is not None and self._cluster.workers() is None:
                raise self._lost() from error
            for task in parcel:
                if task.path in self._tried and len(parcel) == 1:
                    on_done(Done(task.path, State.FAILED, error=self._why_died(task, number)))
                else:
                    self._tried.add(task.path)
                    self._again.append(task)
        else:
            waiting.add(times)
            for entry in done:
                on_done(entry)

    def _why_died(self, task: Task, number: int) -> str:
        seconds = self._posts[number].setup.treatment.limits.seconds
        if task.path in self._slow and seconds is not None:
            return str(out_of_time(task.source, seconds))
        return (
            f"{display_path(task.source)}: the worker died over it, probably for want of memory. Make the "
            "photo smaller."
        )

    def _replace(self, number: int) -> None:
        if self._renew is None:
            return
        post = self._posts[number]
        executor, kill = self._renew()
        self._posts[number] = WorkerSlot(executor, post.workers, post.setup, kill)

    def _pass_on(self, folder: Path) -> None:
        for name, wanted in ((PAUSE_FILE, self._control.paused), (STOP_FILE, self._control.cancelled)):
            file = folder / name
            with suppress(OSError):
                if wanted:
                    file.touch()
                else:
                    file.unlink(missing_ok=True)


def local_crew(stack: ExitStack, setups: list[Setup], control: Control) -> WorkerPool:
    """One process for each setup; one that dies is replaced. They end with ``stack``, and if this process is killed."""
    threads = max((os.cpu_count() or 1) // len(setups), 1)
    posts = []
    for setup in setups:
        executor, kill = _process(stack, threads)
        posts.append(WorkerSlot(executor, 1, setup, kill))
    return WorkerPool(posts, control, lambda: _process(stack, threads))


class _Dask:
    """A cluster that Dask runs."""

    def __init__(self, client: Any, address: str) -> None:
        self.address = address
        self._client = client

    def workers(self) -> int | None:
        """How many workers there are; None if the scheduler does not answer any more."""
        if self._client.status != "running":
            return None
        try:
            return len(self._client.sync(self._client.scheduler.ncores, callback_timeout=_CALL_S))
        except Exception:  # of many kinds, by what of the connection is broken
            return None


def cluster_crew(
    stack: ExitStack, address: str, setup: Setup, control: Control, on_note: Callable[[str], None] = lambda text: None
) -> WorkerPool:
    """The workers of a Dask cluster.

    Raises:
        BatchError: the extra is not installed, nobody answers at ``address``, or no worker is there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BatchError(
            "Other machines are reached through Dask, which is not installed. "
            "Install it with \"pip install 'dfpir-studio[cluster]'\"."
        ) from error
    stack.enter_context(_quiet())
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BatchError(f"No scheduler answers at {address}: {error}. Start one with dask-scheduler.") from error
    stack.callback(_close, client)
    count = len(client.ncores())
    if not count:
        raise BatchError(f"The scheduler at {address} has no workers. Start some with dask-worker {address}.")
    executor = client.get_executor(pure=False, retries=2)
    return WorkerPool([WorkerSlot(executor, count, setup)], control, cluster=_Dask(client, address), on_note=on_note)


def _close(client: Any) -> None:
    with suppress(Exception):  # a scheduler that is gone takes no leave
        client.close(timeout=_CALL_S)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling of lost connections by tracebacks on the terminal: what matters is said by an error."""
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


def _parcels(tasks: Iterable[Task]) -> Iterator[tuple[Task, ...]]:
    remaining = iter(tasks)
    while parcel := tuple(islice(remaining, CHUNK_SIZE)):
        yield parcel
