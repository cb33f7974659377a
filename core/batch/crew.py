"""Workers in other processes: one for each local device, or those of a Dask cluster. Nothing here schedules.

Workers get tasks in small parcels and hand back what became of them; the journal and the target are written by the
parent alone, so that the guarantees are those of a single process. All machines must see source and target under the
same paths.
"""

import concurrent.futures as futures
import multiprocessing
import os
import platform
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.batch.control import PAUSE_FILE, STOP_FILE, Control, FolderControl
from core.batch.journal import State
from core.batch.machine import Machine
from core.batch.pipeline import Pipeline, Waiting
from core.batch.treatment import Treatment
from core.batch.work import Done, Task
from core.errors import BatchError, DFPIRError
from core.photo.files import shown

if TYPE_CHECKING:
    from core.detection import Detector
    from core.inference import Restorer

PARCEL = 4
"""Tasks that are sent together: reading, restoring and writing overlap within a parcel."""

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

    machine: Machine
    device: str
    treatment: Treatment
    folder: Path
    model: str


@dataclass(frozen=True)
class Post:
    """One place that parcels are sent to: an executor, for how many workers, and what these need to know."""

    executor: futures.Executor
    workers: int
    setup: Setup


def work_on(setup: Setup, tasks: tuple[Task, ...]) -> tuple[list[Done], Waiting]:
    """Do a parcel; runs in a worker.

    Raises:
        BatchError: this machine does not see the folder, or has another model of that name.
        DFPIRError: the model or the device cannot be had here.
    """
    if not setup.folder.is_dir():
        raise BatchError(f"{platform.node()} does not see {shown(setup.folder)}. All machines need the same paths.")
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
def _restorer(machine: Machine, device: str) -> "Restorer":
    return machine.restorer(device)


@cache
def _detector(machine: Machine) -> "Detector":
    return machine.make_detector()


def _process(stack: ExitStack, threads: int) -> futures.Executor:
    context = multiprocessing.get_context("spawn")  # a fork would inherit the GPU's state and the locks of threads
    pool = futures.ProcessPoolExecutor(1, mp_context=context, initializer=_begin, initargs=(threads,))
    stack.callback(pool.shutdown, wait=True, cancel_futures=True)
    return pool


def _begin(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.join,), daemon=True).start()


def _die_with(join: Callable[[], None]) -> None:
    join()
    os._exit(1)  # nobody is left to take the results


class Crew:
    """Hands parcels to workers and takes back what became of them.

    Args:
        posts: where to send parcels.
        control: of the run; it reaches the workers by files in the setup's folder.
        renew: makes a new executor in place of one whose process has died; None if that cannot be.
    """

    def __init__(
        self, posts: list[Post], control: Control, renew: Callable[[], futures.Executor] | None = None
    ) -> None:
        self._posts = posts
        self._control = control
        self._renew = renew
        self._out: dict[futures.Future[tuple[list[Done], Waiting]], tuple[int, tuple[Task, ...]]] = {}
        self._again: list[Task] = []  # were in a worker's hands when it died; sent once more, each alone
        self._tried: set[str] = set()

    def run(self, tasks: Iterable[Task], on_done: Callable[[Done], None]) -> Waiting:
        """Work on all tasks; when cancelled, the rest is left out.

        Args:
            tasks: taken as workers become free.
            on_done: called on this thread, once for each task that has ended.

        Raises:
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
        except BaseException:
            self._control.cancel()
            self._pass_on(folder)
            raise
        finally:
            for future in self._out:
                future.cancel()
        return waiting

    def _send(self, parcels: Iterator[tuple[Task, ...]]) -> bool:
        """Fill up what workers have to do; return whether there is more."""
        if self._control.cancelled:
            return False
        for number, post in enumerate(self._posts):
            has = sum(at == number for at, _ in self._out.values())
            while has < post.workers * _AHEAD:
                parcel = (self._again.pop(),) if self._again else next(parcels, ())
                if not parcel:
                    return False
                try:
                    future = post.executor.submit(work_on, post.setup, parcel)
                except futures.BrokenExecutor:  # it died while it had nothing to do
                    self._replace(number)
                    self._again += parcel
                    return True
                self._out[future] = (number, parcel)
                has += 1
        return True

    def _take(
        self,
        future: "futures.Future[tuple[list[Done], Waiting]]",
        waiting: Waiting,
        on_done: Callable[[Done], None],
    ) -> None:
        number, parcel = self._out.pop(future)
        try:
            done, times = future.result()
        except DFPIRError:
            raise
        except futures.CancelledError as error:
            raise BatchError(
                "The workers have dropped what they were given. See whether the scheduler runs."
            ) from error
        except Exception as error:  # the worker has died; which of its photos was to blame is found out one by one
            if isinstance(error, futures.BrokenExecutor):
                self._replace(number)
            for task in parcel:
                if task.path in self._tried and len(parcel) == 1:
                    on_done(Done(task.path, State.FAILED, error=_died(task)))
                else:
                    self._tried.add(task.path)
                    self._again.append(task)
        else:
            waiting.add(times)
            for entry in done:
                on_done(entry)

    def _replace(self, number: int) -> None:
        if self._renew is None:
            return
        post = self._posts[number]
        self._posts[number] = Post(self._renew(), post.workers, post.setup)

    def _pass_on(self, folder: Path) -> None:
        for name, wanted in ((PAUSE_FILE, self._control.paused), (STOP_FILE, self._control.cancelled)):
            file = folder / name
            with suppress(OSError):
                if wanted:
                    file.touch()
                else:
                    file.unlink(missing_ok=True)


def local_crew(stack: ExitStack, setups: list[Setup], control: Control) -> Crew:
    """One process for each setup; one that dies is replaced. They end with ``stack``, and if this process is killed."""
    threads = max((os.cpu_count() or 1) // len(setups), 1)
    posts = [Post(_process(stack, threads), 1, setup) for setup in setups]
    return Crew(posts, control, lambda: _process(stack, threads))


def cluster_crew(stack: ExitStack, address: str, setup: Setup, control: Control) -> Crew:
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
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BatchError(f"No scheduler answers at {address}: {error}. Start one with dask-scheduler.") from error
    stack.callback(client.close)
    count = len(client.ncores())
    if not count:
        raise BatchError(f"The scheduler at {address} has no workers. Start some with dask-worker {address}.")
    return Crew([Post(client.get_executor(pure=False, retries=2), count, setup)], control)


def _parcels(tasks: Iterable[Task]) -> Iterator[tuple[Task, ...]]:
    remaining = iter(tasks)
    while parcel := tuple(islice(remaining, PARCEL)):
        yield parcel


def _died(task: Task) -> str:
    return f"{shown(task.source)}: the worker died over it, probably for want of memory. Make the photo smaller."
