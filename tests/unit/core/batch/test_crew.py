"""Parcels, workers that die, and what is told to them; the real processes are in the end-to-end tests."""

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path

import pytest

from core.batch import Control, Machine, State, Treatment
from core.batch.control import PAUSE_FILE, STOP_FILE, FolderControl
from core.batch.crew import PARCEL, Crew, Post, Setup, work_on
from core.batch.pipeline import Waiting
from core.batch.work import Done, Task
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
    return Setup(Machine(), "cpu", Treatment(), tmp_path, "hash")


def run(setup: Setup, given: list[Task], deadly: set[str] = frozenset(), control: Control | None = None, each=None):  # type: ignore[assignment]
    parcels: list[list[str]] = []
    ended: list[Done] = []

    def worker() -> Worker:
        return Worker(set(deadly), parcels, each or (lambda: None))

    crew = Crew([Post(worker(), 1, setup), Post(worker(), 1, setup)], control or Control(), lambda: (worker(), None))
    waiting = crew.run(given, ended.append)
    return ended, parcels, waiting


def test_every_task_ends_once_and_times_add_up(setup: Setup) -> None:
    names = [f"{number}.jpg" for number in range(3 * PARCEL + 1)]
    ended, parcels, waiting = run(setup, tasks(*names))
    assert sorted(done.path for done in ended) == sorted(names)
    assert all(len(parcel) <= PARCEL for parcel in parcels) and waiting.share == 0.25


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
    machine = Machine(model=str(tiny_model_file))
    with pytest.raises(BatchError, match="same paths"):
        work_on(Setup(machine, "cpu", Treatment(), tmp_path / "none", machine.model_hash()), ())
    with pytest.raises(BatchError, match="another model"):
        work_on(Setup(machine, "cpu", Treatment(), tmp_path, "other"), ())
