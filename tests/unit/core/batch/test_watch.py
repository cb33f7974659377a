"""What arrives is restored once, and only when it is complete."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, Control, Layout, Row, State, Treatment
from core.batch.watch import Arrivals, watch

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeMachine

PATIENCE_S = 30


@pytest.fixture
def arrivals(source: Path) -> Arrivals:
    return Arrivals(source, lambda path: path.endswith(".jpg"), settle=2.0)


def test_file_is_complete_when_it_has_come_to_rest(source: Path, arrivals: Arrivals) -> None:
    file = source / "a.jpg"
    file.write_bytes(b"half")
    arrivals.saw(file, now=10.0)
    assert arrivals.complete(now=11.5) == []
    file.write_bytes(b"half, and the other half")
    assert arrivals.complete(now=12.5) == []  # it has grown: the clock begins again
    assert arrivals.complete(now=14.0) == []
    (found,) = arrivals.complete(now=14.5)
    assert (found.path, found.size) == ("a.jpg", 24) and len(arrivals) == 0


def test_files_of_folders_that_arrive_are_seen_and_other_files_are_not(source: Path, arrivals: Arrivals) -> None:
    (source / "card" / "deep").mkdir(parents=True)
    for name in ("card/a.jpg", "card/deep/b.jpg", "card/c.txt"):
        (source / name).write_bytes(b"x")
    arrivals.saw(source / "card", now=0.0)
    arrivals.saw(source.parent / "elsewhere.jpg", now=0.0)
    assert sorted(found.path for found in arrivals.complete(now=5.0)) == ["card/a.jpg", "card/deep/b.jpg"]


def test_file_that_vanishes_again_is_forgotten(source: Path, arrivals: Arrivals) -> None:
    (source / "a.jpg").write_bytes(b"x")
    arrivals.saw(source / "a.jpg", now=0.0)
    (source / "a.jpg").unlink()
    assert arrivals.complete(now=5.0) == [] and len(arrivals) == 0


def test_watching_restores_what_is_there_and_what_arrives_and_ends_when_told(
    source: Path, make, machine: "FakeMachine", tree
) -> None:
    make("first.png")
    target, control = source / "out", Control()
    ended: list[Row] = []
    ready, arrived = threading.Event(), threading.Event()

    def on_row(row: Row) -> None:
        ended.append(row)
        if row.path == "sub/later.png":
            arrived.set()

    def work() -> None:
        with Batch(Layout(source, target, exclude=("skip/",)), Treatment(steps=(("haze", 1.0),)), machine) as batch:
            watch(
                batch,
                control,
                on_row=on_row,
                on_progress=lambda progress: None,
                on_summary=lambda summary: ready.set(),
                settle=0.05,
            )

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        make("skip/not.png")
        make("sub/later.png")
        assert arrived.wait(PATIENCE_S)
    finally:
        control.cancel()
        thread.join(PATIENCE_S)
    assert [(row.path, row.state) for row in ended] == [
        ("first.png", State.RESTORED),
        ("sub/later.png", State.RESTORED),
    ]
    assert set(tree(target)) == {"first.png", "sub/later.png"}
