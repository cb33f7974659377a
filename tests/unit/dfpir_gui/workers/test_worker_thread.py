"""The worker thread without Qt: the test acts as the main thread."""

import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.errors import Cancelled
from core.progress import CancelToken
from dfpir_gui.workers.worker_thread import Outcome, Progress, Report, WorkerThread


class Main:
    """Stands for the main thread: runs what was posted when the test calls :meth:`run_until`."""

    def __init__(self) -> None:
        self.posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.progress: list[Progress] = []
        self.outcomes: list[Outcome] = []

    def run_until(self, done: Callable[[], bool]) -> None:
        while not done():
            self.posted.get(timeout=10)()


@pytest.fixture
def main() -> Main:
    return Main()


@pytest.fixture
def worker_thread(main: Main) -> Iterator[Callable[[Callable], WorkerThread]]:
    threads: list[WorkerThread] = []

    def make(handle: Callable[[Any, Report, CancelToken], Any]) -> WorkerThread:
        threads.append(WorkerThread(handle, main.posted.put))
        return threads[-1]

    yield make
    for thread in threads:
        thread.close()


def test_every_request_ends_in_one_outcome_in_order(main: Main, worker_thread: Callable) -> None:
    def handle(request: int, report: Report, cancel: CancelToken) -> int:
        if request == 1:
            raise RuntimeError("torch raises these")
        if request == 2:
            raise SystemExit
        return request * 10

    thread = worker_thread(handle)
    for request in range(4):
        thread.submit(request, main.progress.append, main.outcomes.append)
    assert thread.busy
    main.run_until(lambda: not thread.busy)
    assert [outcome.request for outcome in main.outcomes] == [0, 1, 2, 3]
    assert [outcome.value for outcome in main.outcomes] == [0, None, None, 30]
    assert [type(outcome.error) for outcome in main.outcomes] == [type(None), RuntimeError, SystemExit, type(None)]


def test_requests_run_on_one_thread_and_callbacks_on_the_main_thread(main: Main, worker_thread: Callable) -> None:
    workers, listeners = set(), set()

    def handle(request: int, report: Report, cancel: CancelToken) -> None:
        workers.add(threading.get_ident())
        report(Progress("working", 0.5))

    thread = worker_thread(handle)
    for request in range(3):
        thread.submit(
            request,
            lambda progress: listeners.add(threading.get_ident()),
            lambda outcome: listeners.add(threading.get_ident()),
        )
    main.run_until(lambda: not thread.busy)
    assert len(workers) == 1
    assert listeners == {threading.get_ident()}
    assert not workers & listeners


def test_progress_is_skipped_when_the_main_thread_is_busy_but_never_the_newest(
    main: Main, worker_thread: Callable
) -> None:
    reported = threading.Event()
    proceed = threading.Event()

    def handle(request: int, report: Report, cancel: CancelToken) -> None:
        for count in range(1001):
            report(Progress("working", count / 1000))
        reported.set()
        assert proceed.wait(10)
        report(Progress("done", 1.0))

    thread = worker_thread(handle)
    thread.submit(0, main.progress.append, main.outcomes.append)
    assert reported.wait(10)
    main.run_until(lambda: bool(main.progress))
    assert main.progress == [Progress("working", 1.0)]
    proceed.set()
    main.run_until(lambda: not thread.busy)
    assert main.progress == [Progress("working", 1.0), Progress("done", 1.0)]
    assert len(main.outcomes) == 1


def test_a_cancelled_request_in_the_queue_is_not_started(main: Main, worker_thread: Callable) -> None:
    begun: list[int] = []
    proceed = threading.Event()

    def handle(request: int, report: Report, cancel: CancelToken) -> None:
        begun.append(request)
        assert proceed.wait(10)

    thread = worker_thread(handle)
    thread.submit(0, main.progress.append, main.outcomes.append)
    thread.submit(1, main.progress.append, main.outcomes.append).cancel()
    proceed.set()
    main.run_until(lambda: not thread.busy)
    assert begun == [0]
    assert isinstance(main.outcomes[1].error, Cancelled)


def test_close_cancels_waits_and_delivers_nothing(main: Main, worker_thread: Callable) -> None:
    begun = threading.Event()
    ended = threading.Event()

    def handle(request: int, report: Report, cancel: CancelToken) -> None:
        begun.set()
        while not cancel.cancelled:
            report(Progress("working"))
        ended.set()
        cancel.check()

    thread = worker_thread(handle)
    thread.submit(0, main.progress.append, main.outcomes.append)
    thread.submit(1, main.progress.append, main.outcomes.append)
    assert begun.wait(10)
    thread.close()
    assert ended.is_set()
    assert not any(thread.name == "dfpir-worker" for thread in threading.enumerate())
    while not main.posted.empty():
        main.posted.get()()
    assert (main.progress, main.outcomes) == ([], [])
    with pytest.raises(RuntimeError, match="closed"):
        thread.submit(2, main.progress.append, main.outcomes.append)


def test_a_finished_request_is_not_kept_alive(main: Main, worker_thread: Callable) -> None:
    class Photo:
        pass

    thread = worker_thread(lambda request, report, cancel: None)
    photo = Photo()
    alive = weakref.ref(photo)
    thread.submit(photo, main.progress.append, lambda outcome: None)
    del photo
    main.run_until(lambda: not thread.busy)
    # The thread is at rest only after it has answered one more request.
    thread.submit("another", main.progress.append, lambda outcome: None)
    main.run_until(lambda: not thread.busy)
    assert alive() is None
