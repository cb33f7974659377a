"""Background work of the pages, on the session's lane."""

import threading
from pathlib import Path

import pytest

from core.errors import Cancelled
from dfpir_gui.workers.worker_thread import Progress


class Ends:
    """Collects how works have ended."""

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
def ends() -> Ends:
    return Ends()


def test_work_is_done_on_the_worker_and_its_value_comes_to_the_main_thread(bench, ends: Ends) -> None:
    seen = []
    shares = []

    def work(report, cancel) -> int:
        seen.append(threading.current_thread().name)
        report(Progress("Counting", 0.5))
        return 7

    bench.session.submit(work, ends.done, ends.failed, shares.append)
    bench.rest()
    assert (ends.values, ends.errors) == ([7], [])
    assert seen == ["dfpir-worker"]
    assert ends.threads == [threading.current_thread()]
    assert shares == [Progress("Counting", 0.5)]


def test_work_that_raises_fails_once(bench, ends: Ends) -> None:
    def work(report, cancel) -> None:
        raise ValueError("no")

    bench.session.submit(work, ends.done, ends.failed)
    bench.rest()
    assert ends.values == []
    assert [str(error) for error in ends.errors] == ["no"]


def test_cancelled_work_fails_with_cancelled(bench, ends: Ends) -> None:
    begun = threading.Event()

    def work(report, cancel) -> None:
        begun.set()
        while True:
            cancel.check()

    token = bench.session.submit(work, ends.done, ends.failed)
    assert begun.wait(10)
    token.cancel()
    bench.rest()
    assert ends.values == []
    assert isinstance(ends.errors[0], Cancelled)


def test_work_waits_for_what_was_asked_before_and_shares_the_restorer(
    bench, restorer, ends: Ends, photo_path: Path
) -> None:
    bench.open(photo_path)
    bench.session.choose("haze")
    bench.session.restore()
    bench.session.submit(lambda report, cancel: bench.session.restorer(), ends.done, ends.failed)
    restorer.finish()
    bench.rest()
    assert bench.session.result is not None
    assert ends.values == [restorer]
    assert bench.made == 1
