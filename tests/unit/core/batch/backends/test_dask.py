"""A Dask cluster that loses its workers or its scheduler; a real cluster is in the end-to-end tests."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch import BackendConfig, BatchSettings, Control
from core.batch.backends import dask, pool
from core.batch.backends.dask import DaskCluster
from core.batch.backends.pool import WorkerSetup, WorkerSlot
from core.batch.control import STOP_FILE
from core.batch.job import Job, JobResult
from core.errors import BatchError
from core.messages import Message
from tests.unit.core.batch.backends.test_pool import SilentWorker, jobs

ADDRESS = "tcp://there:8786"


@pytest.fixture
def setup(tmp_path: Path) -> WorkerSetup:
    return WorkerSetup(BackendConfig(), "cpu", BatchSettings(), tmp_path, "hash")


class FakeCluster(DaskCluster):
    """Ten seconds pass before each answer to the question for the number of workers.

    Args:
        counts: the answers; one worker after them, when ``then`` is called.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        executor: Executor,
        counts: list[int | None],
        then: Callable[[], object],
        control: Control,
        notes: list[str],
    ) -> None:
        super().__init__(ADDRESS, setup, control, notes.append)
        self._executor, self._counts, self._then, self.clock, self._checked = executor, counts, then, 0.0, 0.0

    def _start(self, stack: ExitStack) -> list[WorkerSlot]:
        return [WorkerSlot(self._executor, 1, self._setup)]

    def _count_workers(self) -> int | None:
        self.clock += 10
        if not self._counts:
            then, self._then = self._then, lambda: None
            then()
            return 1
        return self._counts.pop(0)


def patch_time(monkeypatch: pytest.MonkeyPatch, cluster: FakeCluster) -> None:
    clock = SimpleNamespace(monotonic=lambda: cluster.clock)
    monkeypatch.setattr(pool, "_POLL_S", 0.001)
    monkeypatch.setattr(dask, "_CHECK_EVERY_S", 0.0)
    monkeypatch.setattr(pool, "time", clock)
    monkeypatch.setattr(dask, "time", clock)


def run(
    setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch, counts: list[int | None]
) -> tuple[list[JobResult], list[str]]:
    """The results of two jobs, and the notes and errors."""
    executor, control = SilentWorker(), Control()
    notes: list[Message] = []
    results: list[JobResult] = []
    cluster = FakeCluster(setup, executor, counts, executor.answer, control, notes)
    patch_time(monkeypatch, cluster)
    try:
        with cluster:
            cluster.run(jobs("a", "b"), results.append, lambda path, share: None)
    except BatchError as error:
        notes.append(str(error))
        assert control.cancelled and (setup.folder / STOP_FILE).exists()
    return results, notes


def test_run_waits_for_workers_and_gives_up_after_a_while(setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    results, notes = run(setup, monkeypatch, [1, 1] + [0] * 20)
    assert results == [] and len(notes) == 2
    assert notes[0] == "The cluster at tcp://there:8786 has no workers. The batch waits another 110 s for some."
    assert notes[1].startswith("The cluster at tcp://there:8786 has had no workers for 120 s. Start some")


def test_run_continues_when_workers_return(setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    results, notes = run(setup, monkeypatch, [1] + [0] * 9 + [2])
    assert [result.path for result in results] == ["a", "b"]
    assert len(notes) == 2 and notes[1] == "The cluster at tcp://there:8786 has workers again."


def test_lost_scheduler_ends_the_run_with_an_error(setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    results, notes = run(setup, monkeypatch, [1, None])
    assert results == [] and len(notes) == 1 and "tcp://there:8786 no longer answers" in notes[0]


class ClosedWorker(Executor):
    def submit(self, function, /, setup: WorkerSetup, jobs: tuple[Job, ...]) -> Future:  # type: ignore[override]
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_chunks_that_a_lost_scheduler_rejects_or_cancels_fail_no_photo(
    setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelling = SilentWorker()

    def cancel() -> None:
        for future, _ in cancelling.chunks:
            future.cancel()
            future.set_running_or_notify_cancel()

    for executor in (ClosedWorker(), cancelling):
        cluster = FakeCluster(setup, executor, [], cancel, Control(), [])
        patch_time(monkeypatch, cluster)
        with cluster, pytest.raises(BatchError, match="no longer answers"):
            cluster.run(jobs("a"), lambda result: pytest.fail(f"{result}"), lambda path, share: None)
