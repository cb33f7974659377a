"""Chunks, workers that die, and how pause and stop reach them; real processes are in the end-to-end tests."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch import BackendConfig, BatchSettings, Control, State
from core.batch.backends import pool
from core.batch.backends.pool import CHUNK_SIZE, WorkerPool, WorkerSetup, WorkerSlot, run_chunk
from core.batch.control import PAUSE_FILE, STOP_FILE, FolderControl
from core.batch.job import Job, JobResult
from core.batch.limits import Limits
from core.batch.pipeline import IdleTime
from core.errors import BatchError, Cancelled


class FakePool(WorkerPool):
    """A pool over given slots; a worker that dies is replaced by what ``renew`` makes."""

    def __init__(self, slots: list[WorkerSlot], control: Control, renew: Callable[[], WorkerSlot]) -> None:
        super().__init__(control)
        self._given, self._renew = slots, renew

    def _start(self, stack: ExitStack) -> list[WorkerSlot]:
        return self._given

    def _handle_death(self, slot: int, error: Exception) -> None:
        self._slots[slot] = self._renew()


class Worker(Executor):
    """Does chunks at once; dies over some photos, and then rejects everything that follows."""

    def __init__(self, deadly: set[str], chunks: list[list[str]], each: Callable[[], None] = lambda: None) -> None:
        self.deadly, self.chunks, self.each, self.dead = deadly, chunks, each, False

    def submit(self, function, /, setup: WorkerSetup, jobs: tuple[Job, ...]) -> Future:  # type: ignore[override]
        assert function is run_chunk
        if self.dead:
            raise BrokenExecutor
        future: Future = Future()
        self.chunks.append([job.path for job in jobs])
        self.each()
        if self.deadly & {job.path for job in jobs}:
            self.dead = True
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(([JobResult(job.path, State.RESTORED) for job in jobs], IdleTime(1.0, 0.25)))
        return future


def jobs(*names: str) -> list[Job]:
    return [Job(name, Path(name), Path("parts") / name, Path("out") / name) for name in names]


@pytest.fixture
def setup(tmp_path: Path) -> WorkerSetup:
    return WorkerSetup(BackendConfig(), "cpu", BatchSettings(), tmp_path, "hash")


def run(
    setup: WorkerSetup,
    given: list[Job],
    deadly: set[str] = frozenset(),  # type: ignore[assignment]
    control: Control | None = None,
    each: Callable[[], None] = lambda: None,
) -> tuple[list[JobResult], list[list[str]], IdleTime]:
    chunks: list[list[str]] = []
    results: list[JobResult] = []

    def slot() -> WorkerSlot:
        return WorkerSlot(Worker(set(deadly), chunks, each), 1, setup, lambda: None)

    with FakePool([slot(), slot()], control or Control(), slot) as workers:
        idle = workers.run(given, results.append, lambda path, share: None)
    return results, chunks, idle


def test_every_job_ends_once_and_idle_times_add_up(setup: WorkerSetup) -> None:
    names = [f"{number}.jpg" for number in range(3 * CHUNK_SIZE + 1)]
    results, chunks, idle = run(setup, jobs(*names))
    assert sorted(result.path for result in results) == sorted(names)
    assert all(len(chunk) <= CHUNK_SIZE for chunk in chunks) and idle.share == 0.25


def test_only_the_photo_that_kills_its_worker_fails(setup: WorkerSetup) -> None:
    names = [f"{number}.jpg" for number in range(11)]
    results, chunks, _ = run(setup, jobs(*names), deadly={"5.jpg"})
    states = {result.path: result.state for result in results}
    assert len(results) == 11 and states.pop("5.jpg") is State.FAILED
    assert set(states.values()) == {State.RESTORED}
    assert sum("5.jpg" in chunk for chunk in chunks) == 2 and ["5.jpg"] in chunks


def test_stop_and_pause_reach_workers_by_files(setup: WorkerSetup, tmp_path: Path) -> None:
    control, worker = Control(), FolderControl(tmp_path)
    worker.check()
    (tmp_path / PAUSE_FILE).touch()
    assert not worker.cancelled

    results, chunks, _ = run(setup, jobs(*map(str, range(100))), control=control, each=control.cancel)
    assert (tmp_path / STOP_FILE).exists() and len(results) < 100 and len(chunks) < 5
    with pytest.raises(Cancelled):  # also while it is paused
        FolderControl(tmp_path).check()


def test_worker_stops_when_its_folder_is_removed(tmp_path: Path) -> None:
    assert FolderControl(tmp_path / "removed").cancelled


def test_worker_without_the_folder_or_with_another_model_raises_an_error(tmp_path: Path, tiny_model_file: Path) -> None:
    config = BackendConfig(model=str(tiny_model_file))
    with pytest.raises(BatchError, match="same paths"):
        run_chunk(WorkerSetup(config, "cpu", BatchSettings(), tmp_path / "none", config.model_hash()), ())
    with pytest.raises(BatchError, match="another model"):
        run_chunk(WorkerSetup(config, "cpu", BatchSettings(), tmp_path, "other"), ())


class SilentWorker(Executor):
    """Accepts chunks and returns nothing until :meth:`answer` or :meth:`kill`."""

    def __init__(self) -> None:
        self.chunks: list[tuple[Future, tuple[Job, ...]]] = []

    def submit(self, function, /, setup: WorkerSetup, jobs: tuple[Job, ...]) -> Future:  # type: ignore[override]
        self.chunks.append((Future(), jobs))
        return self.chunks[-1][0]

    def answer(self) -> None:
        for future, jobs in self.chunks:
            future.set_result(([JobResult(job.path, State.RESTORED) for job in jobs], IdleTime()))

    def kill(self) -> None:
        for future, _ in self.chunks:
            future.set_exception(BrokenExecutor())


def test_process_that_exceeds_the_time_limit_is_killed_and_the_other_photos_are_restored(
    setup: WorkerSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, chunks = [0.0], []
    limited = replace(setup, settings=BatchSettings(limits=Limits(seconds=30)))

    def monotonic() -> float:
        clock[0] += 5
        return clock[0]

    monkeypatch.setattr(pool, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(pool, "_POLL_S", 0.001)

    class BlockedWorker(SilentWorker):
        """Does all chunks except those with the job "blocks", after which it does none."""

        def submit(self, function, /, setup: WorkerSetup, jobs: tuple[Job, ...]) -> Future:  # type: ignore[override]
            future: Future = Future()
            names = [job.path for job in jobs]
            chunks.append(names)
            if "blocks" in names or self.chunks:
                self.chunks.append((future, jobs))
            else:
                future.set_result(([JobResult(name, State.RESTORED) for name in names], IdleTime()))
            return future

    def slot() -> WorkerSlot:
        worker = BlockedWorker()
        return WorkerSlot(worker, 1, limited, worker.kill)

    results: list[JobResult] = []
    names = [*map(str, range(5)), "blocks", *map(str, range(5, 11))]
    with FakePool([slot()], Control(), slot) as workers:
        workers.run(jobs(*names), results.append, lambda path, share: None)
    by_path = {result.path: result for result in results}
    assert len(results) == 12 and by_path["blocks"].state is State.FAILED
    assert "blocks took longer than 30 s" in (by_path.pop("blocks").error or "")
    assert {result.state for result in by_path.values()} == {State.RESTORED}
