"""Parcels, workers that die, and what is told to them; the real processes are in the end-to-end tests."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch import BackendConfig, BatchSettings, Control, State
from core.batch.backends import pool
from core.batch.backends.pool import CHUNK_SIZE, Setup, WorkerPool, WorkerSlot, work_on
from core.batch.control import PAUSE_FILE, STOP_FILE, FolderControl
from core.batch.job import Done, Task
from core.batch.limits import Limits
from core.batch.pipeline import Waiting
from core.errors import BatchError, Cancelled


class Worker(Executor):
    """Does parcels at once; dies over some photos, and then for everything that follows."""

    def __init__(self, deadly: set[str], parcels: list[list[str]], each: Callable[[], None] = lambda: None) -> None:
        self.deadly, self.parcels, self.each, self.dead = deadly, parcels, each, False

    def submit(self, function, /, setup: Setup, tasks: tuple[Task, ...]) -> Future:  # type: ignore[override]
        assert function is work_on
        if self.dead:
            raise BrokenExecutor
        future: Future = Future()
        self.parcels.append([task.path for task in tasks])
        self.each()
        if self.deadly & {task.path for task in tasks}:
            self.dead = True
            future.set_exception(BrokenExecutor())
        else:
            future.set_result(([Done(task.path, State.RESTORED) for task in tasks], Waiting(1.0, 0.25)))
        return future


def tasks(*names: str) -> list[Task]:
    return [Task(name, Path(name), Path("parts") / name, Path("out") / name) for name in names]


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(BackendConfig(), "cpu", BatchSettings(), tmp_path, "hash")


def run(setup: Setup, given: list[Task], deadly: set[str] = frozenset(), control: Control | None = None, each=None):  # type: ignore[assignment]
    parcels: list[list[str]] = []
    ended: list[Done] = []

    def worker() -> Worker:
        return Worker(set(deadly), parcels, each or (lambda: None))

    posts = [WorkerSlot(worker(), 1, setup), WorkerSlot(worker(), 1, setup)]
    waiting = WorkerPool(posts, control or Control(), lambda: (worker(), lambda: None)).run(given, ended.append)
    return ended, parcels, waiting


def test_every_task_ends_once_and_times_add_up(setup: Setup) -> None:
    names = [f"{number}.jpg" for number in range(3 * CHUNK_SIZE + 1)]
    ended, parcels, waiting = run(setup, tasks(*names))
    assert sorted(done.path for done in ended) == sorted(names)
    assert all(len(parcel) <= CHUNK_SIZE for parcel in parcels) and waiting.share == 0.25


def test_photo_that_kills_its_worker_is_found_and_the_others_are_done(setup: Setup) -> None:
    names = [f"{number}.jpg" for number in range(11)]
    ended, parcels, _ = run(setup, tasks(*names), deadly={"5.jpg"})
    states = {done.path: done.state for done in ended}
    assert len(ended) == 11 and states.pop("5.jpg") is State.FAILED
    assert set(states.values()) == {State.RESTORED}
    assert sum("5.jpg" in parcel for parcel in parcels) == 2 and ["5.jpg"] in parcels


def test_stop_and_pause_reach_workers_by_files_that_they_ask(setup: Setup, tmp_path: Path) -> None:
    control, worker = Control(), FolderControl(tmp_path)
    worker.check()
    (tmp_path / PAUSE_FILE).touch()
    assert not worker.cancelled

    ended, parcels, _ = run(setup, tasks(*map(str, range(100))), control=control, each=control.cancel)
    assert (tmp_path / STOP_FILE).exists() and len(ended) < 100 and len(parcels) < 5
    with pytest.raises(Cancelled):  # also while it is paused
        FolderControl(tmp_path).check()


def test_worker_whose_folder_is_gone_stops(tmp_path: Path) -> None:
    assert FolderControl(tmp_path / "gone").cancelled


def test_worker_that_does_not_see_the_folder_or_has_another_model_says_so(
    tmp_path: Path, tiny_model_file: Path
) -> None:
    machine = BackendConfig(model=str(tiny_model_file))
    with pytest.raises(BatchError, match="same paths"):
        work_on(Setup(machine, "cpu", BatchSettings(), tmp_path / "none", machine.model_hash()), ())
    with pytest.raises(BatchError, match="another model"):
        work_on(Setup(machine, "cpu", BatchSettings(), tmp_path, "other"), ())


class Silent(Executor):
    """Takes parcels, and nothing comes back until it is told to answer or killed."""

    def __init__(self) -> None:
        self.given: list[tuple[Future, tuple[Task, ...]]] = []

    def submit(self, function, /, setup: Setup, tasks: tuple[Task, ...]) -> Future:  # type: ignore[override]
        self.given.append((Future(), tasks))
        return self.given[-1][0]

    def answer(self) -> None:
        for future, parcel in self.given:
            future.set_result(([Done(task.path, State.RESTORED) for task in parcel], Waiting()))

    def kill(self) -> None:
        for future, _ in self.given:
            future.set_exception(BrokenExecutor())


class FakeCluster:
    """Each time that it is asked how many workers there are, ten seconds have passed."""

    address = "tcp://there:8786"

    def __init__(self, patch: pytest.MonkeyPatch, counts: list[int | None], then: Callable[[], object]) -> None:
        self._clock, self._counts, self._then = 0.0, counts, then
        patch.setattr(pool, "_LOOK_S", 0.001)
        patch.setattr(pool, "time", SimpleNamespace(monotonic=lambda: self._clock))
        patch.setattr(pool, "_ASK_S", 0.0)

    def workers(self) -> int | None:
        self._clock += 10
        if not self._counts:
            then, self._then = self._then, lambda: None
            then()
            return 1
        return self._counts.pop(0)


def ask(setup: Setup, patch: pytest.MonkeyPatch, counts: list[int | None]) -> tuple[list[Done], list[str]]:
    executor, notes, ended = Silent(), [], []
    cluster = FakeCluster(patch, counts, executor.answer)
    control = Control()
    made = WorkerPool([WorkerSlot(executor, 1, setup)], control, cluster=cluster, on_note=notes.append)
    try:
        made.run(tasks("a", "b"), ended.append)
    except BatchError as error:
        notes.append(str(error))
        assert control.cancelled and (setup.folder / STOP_FILE).exists()
    return ended, notes


def test_cluster_without_workers_is_waited_for_and_then_given_up(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, notes = ask(setup, monkeypatch, [1, 1] + [0] * 20)
    assert ended == [] and len(notes) == 2
    assert notes[0] == "The cluster at tcp://there:8786 has no workers. The batch waits 110 s more for some."
    assert notes[1].startswith("The cluster at tcp://there:8786 has had no workers for 120 s. Start some")


def test_workers_that_come_back_go_on(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, notes = ask(setup, monkeypatch, [1] + [0] * 9 + [2])
    assert [done.path for done in ended] == ["a", "b"]
    assert len(notes) == 2 and notes[1] == "The cluster at tcp://there:8786 has workers again."


def test_scheduler_that_is_gone_ends_the_run_with_words_of_ours(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, notes = ask(setup, monkeypatch, [1, None])
    assert ended == [] and len(notes) == 1 and "tcp://there:8786 no longer answers" in notes[0]


def test_what_a_lost_scheduler_leaves_behind_is_no_fault_of_photos(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(Silent):
        def submit(self, function, /, setup: Setup, tasks: tuple[Task, ...]) -> Future:  # type: ignore[override]
            raise RuntimeError("cannot schedule new futures after shutdown")

    dropped = Silent()

    def drop() -> None:
        for future, _ in dropped.given:
            future.cancel()
            future.set_running_or_notify_cancel()

    cluster = FakeCluster(monkeypatch, [], drop)
    for executor in (Closed(), dropped):
        made = WorkerPool([WorkerSlot(executor, 1, setup)], Control(), cluster=cluster)
        with pytest.raises(BatchError, match="no longer answers"):
            made.run(tasks("a"), lambda done: pytest.fail(f"{done}"))


def test_process_that_keeps_no_time_limit_is_killed_and_the_others_are_done(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, parcels = [0.0], []
    limited = replace(setup, treatment=BatchSettings(limits=Limits(seconds=30)))

    def monotonic() -> float:
        clock[0] += 5
        return clock[0]

    monkeypatch.setattr(pool, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(pool, "_LOOK_S", 0.001)

    class Stuck(Silent):
        """Gives everything back but the parcels in which "hangs" is."""

        def submit(self, function, /, setup: Setup, tasks: tuple[Task, ...]) -> Future:  # type: ignore[override]
            future: Future = Future()
            names = [task.path for task in tasks]
            parcels.append(names)
            if "hangs" in names or self.given:
                self.given.append((future, tasks))
            else:
                future.set_result(([Done(name, State.RESTORED) for name in names], Waiting()))
            return future

    def renewed() -> tuple[Stuck, Callable[[], None]]:
        executor = Stuck()
        return executor, executor.kill

    executor, kill = renewed()
    ended: list[Done] = []
    names = [*map(str, range(5)), "hangs", *map(str, range(5, 11))]
    WorkerPool([WorkerSlot(executor, 1, limited, kill)], Control(), renewed).run(tasks(*names), ended.append)
    states = {done.path: done for done in ended}
    assert len(ended) == 12 and states["hangs"].state is State.FAILED
    assert "hangs took longer than 30 s" in states.pop("hangs").error
    assert {done.state for done in states.values()} == {State.RESTORED}
