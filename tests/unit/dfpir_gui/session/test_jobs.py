"""Background work of pages on the session's threads."""

import threading
from pathlib import Path

import pytest

from core.errors import Cancelled
from dfpir_gui.workers.worker_thread import Progress


class Callbacks:
    """Collects values and errors of finished work."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.errors: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def done(self, value: object) -> None:
        self.threads.append(threading.current_thread())
        self.values.append(value)

    def failed(self, error: BaseException) -> None:
        self.threads.append(threading.current_thread())
        self.errors.append(error)


@pytest.fixture
def callbacks() -> Callbacks:
    return Callbacks()


def test_work_runs_on_the_worker_and_its_value_arrives_on_the_main_thread(harness, callbacks: Callbacks) -> None:
    seen = []
    shares = []

    def work(report, cancel) -> int:
        seen.append(threading.current_thread().name)
        report(Progress("Counting", 0.5))
        return 7

    harness.session.submit(work, callbacks.done, callbacks.failed, shares.append)
    harness.rest()
    assert (callbacks.values, callbacks.errors) == ([7], [])
    assert seen == ["dfpir-worker"]
    assert callbacks.threads == [threading.current_thread()]
    assert shares == [Progress("Counting", 0.5)]


def test_work_that_raises_fails_once(harness, callbacks: Callbacks) -> None:
    def work(report, cancel) -> None:
        raise ValueError("no")

    harness.session.submit(work, callbacks.done, callbacks.failed)
    harness.rest()
    assert callbacks.values == []
    assert [str(error) for error in callbacks.errors] == ["no"]


def test_cancelled_work_fails_with_cancelled(harness, callbacks: Callbacks) -> None:
    begun = threading.Event()

    def work(report, cancel) -> None:
        begun.set()
        while True:
            cancel.check()

    token = harness.session.submit(work, callbacks.done, callbacks.failed)
    assert begun.wait(10)
    token.cancel()
    harness.rest()
    assert callbacks.values == []
    assert isinstance(callbacks.errors[0], Cancelled)


def test_work_waits_for_earlier_jobs_and_shares_the_restorer(
    harness, restorer, callbacks: Callbacks, photo_path: Path
) -> None:
    harness.open(photo_path)
    harness.session.choose("haze")
    harness.session.restore()
    harness.session.submit(lambda report, cancel: harness.session.restorer(), callbacks.done, callbacks.failed)
    restorer.finish()
    harness.rest()
    assert harness.session.result is not None
    assert callbacks.values == [restorer]
    assert harness.made == 1
