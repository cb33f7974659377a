"""Several open photos: what is found in them, the queue, and undo."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.inference import Step
from core.photo import Photo
from dfpir_gui.session import Session, StackStep, State


@pytest.fixture
def paths(write_png) -> list[Path]:
    return [write_png(f"{name}.png", np.full((30, 50, 3), 40 + 30 * n, np.uint8)) for n, name in enumerate("abc")]


def open_all(bench, paths: list[Path]) -> None:
    bench.session.open_all(paths)
    bench.until(lambda: all(document.state is State.READY for document in bench.session.documents))


def test_the_first_of_several_is_shown_and_one_that_is_open_is_not_opened_twice(bench, paths: list[Path]) -> None:
    session = bench.session
    open_all(bench, paths)
    assert [document.path for document in session.documents] == paths
    assert session.current.path == paths[0]
    session.open(paths[2].parent / "." / paths[2].name)
    assert session.current.path == paths[2]
    assert len(session.documents) == 3


def test_a_file_that_is_no_photo_does_not_keep_the_others_out(bench, paths: list[Path], tmp_path: Path) -> None:
    bad = [tmp_path / "x.jpg", tmp_path / "y.jpg"]
    for path in bad:
        path.write_text("no photo")
    open_all(bench, [bad[0], paths[0], bad[1], paths[1]])
    assert [document.path for document in bench.session.documents] == paths[:2]
    assert bench.session.current.path == paths[0]
    assert "x.jpg, y.jpg" in bench.session.notice.what


def test_what_is_found_is_proposed_in_the_order_of_removal(bench, detector, photo_path: Path) -> None:
    detector.find("haze", "noise", sigma=22.0)
    bench.open(photo_path)
    assert bench.session.steps == (Step("noise25"), Step("haze"))
    assert not bench.session.current.undo.can_undo


def test_a_photo_that_looks_clean_gets_no_steps_and_is_left_by_restore_all(bench, photo_path: Path) -> None:
    bench.session.open(photo_path)
    bench.session.restore_all()
    bench.rest()
    assert bench.session.state is State.READY
    assert bench.session.steps == ()


def test_steps_chosen_before_the_detector_answers_stay(bench, detector, photo_path: Path) -> None:
    detector.find("haze")
    bench.session.open(photo_path, (Step("rain", 0.5),))
    bench.rest()
    assert bench.session.steps == (Step("rain", 0.5),)
    assert bench.session.detection.found == ("haze",)


def test_restore_all_goes_through_the_queue_in_order(bench, detector, restorer, paths: list[Path]) -> None:
    session = bench.session
    detector.find("haze")
    session.open_all(paths)
    session.restore_all()  # none of them is read yet
    bench.until(lambda: len(restorer.calls) == 1)
    bench.until(lambda: [d.state for d in session.documents] == [State.RUNNING, State.QUEUED, State.QUEUED])
    for _ in paths:
        restorer.finish()
    bench.rest()
    assert [d.state for d in session.documents] == [State.RESTORED] * 3
    assert [photo.source for photo, _ in restorer.calls] == paths
    assert not session.can_restore_all


def test_stop_empties_the_queue(bench, detector, restorer, paths: list[Path]) -> None:
    session = bench.session
    detector.find("haze")
    open_all(bench, paths)
    session.restore_all()
    bench.until(lambda: len(restorer.calls) == 1)
    session.stop()
    restorer.advance(0.1)
    bench.rest()
    assert [d.state for d in session.documents] == [State.READY] * 3
    assert len(restorer.calls) == 1


def test_one_that_fails_does_not_stop_the_queue_and_says_why(bench, detector, restorer, paths: list[Path]) -> None:
    detector.find("haze")
    open_all(bench, paths[:2])
    bench.session.restore_all()
    restorer.fail(RuntimeError("broken"))
    restorer.finish()
    bench.rest()
    first, second = bench.session.documents
    assert (first.state, second.state) == (State.FAILED, State.RESTORED)
    assert "a.png" in first.failure


def test_closing_a_photo_shows_its_neighbour(bench, paths: list[Path]) -> None:
    session = bench.session
    open_all(bench, paths)
    session.remove(session.documents[0])
    assert session.current.path == paths[1]
    session.show_next(1)
    session.remove(session.current)
    assert session.current.path == paths[1]
    session.remove(session.current)
    assert session.current is None
    assert session.state is State.NEW


def restored(bench, restorer, path: Path, *steps: Step) -> None:
    bench.open(path)
    bench.session.editor.replace(steps)
    bench.session.restore()
    for _ in steps:
        restorer.finish()
    bench.rest()


def test_a_strength_follows_without_the_network(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    restored(bench, restorer, photo_path, Step("haze"))
    before = session.photo.pixels
    session.editor.set_strength(0, 0.25)
    bench.rest()
    np.testing.assert_allclose(session.result.photo.pixels, 0.75 * before + 0.25 * (1 - before), atol=1e-6)
    assert session.result.steps == (Step("haze", 0.25),)
    assert len(restorer.calls) == 1


def test_changing_the_second_step_does_not_run_the_first_again(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    restored(bench, restorer, photo_path, Step("noise25"), Step("haze", 0.5))
    assert [steps[0].degradation for _, steps in restorer.calls] == ["noise25", "haze"]
    session.editor.set_degradation(1, "rain")
    assert session.current.outdated
    session.restore()
    restorer.finish()
    bench.rest()
    assert [steps[0].degradation for _, steps in restorer.calls] == ["noise25", "haze", "rain"]
    session.editor.enable(1, False)
    bench.rest()
    np.testing.assert_allclose(session.result.photo.pixels, 1 - session.photo.pixels, atol=1e-6)
    assert len(restorer.calls) == 3


def test_changing_the_first_step_needs_a_run_and_says_so(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    restored(bench, restorer, photo_path, Step("noise25"), Step("haze", 0.5))
    earlier = session.result
    session.editor.set_strength(0, 0.9)
    bench.rest()
    assert session.result is earlier
    assert session.current.outdated
    assert session.can_restore


def test_undo_and_redo_of_every_change(bench, restorer, photo_path: Path) -> None:
    session, editing = bench.session, bench.session.editor
    bench.open(photo_path)
    seen = [session.current.edit]
    for change in (
        lambda: editing.add("haze"),
        lambda: editing.add("noise15", 0.5),
        lambda: editing.move(1, 0),
        lambda: editing.enable(0, False),
        lambda: editing.set_strength(1, 0.3),
        lambda: editing.set_degradation(0, "noise50"),
        lambda: editing.remove(0),
    ):
        change()
        seen.append(session.current.edit)
    session.restore()
    restorer.finish()
    bench.rest()
    made = session.result
    assert [entry.stack for entry in seen[-2:]] == [
        (StackStep("noise50", 0.5, False), StackStep("haze", 0.3)),
        (StackStep("haze", 0.3),),
    ]
    for expected in reversed(seen):
        editing.undo()
        assert session.current.edit == expected
        assert session.result is None
    for expected in seen[1:]:
        editing.redo()
        assert session.current.edit == expected
    editing.redo()
    bench.rest()
    assert session.result.steps == made.steps
    np.testing.assert_array_equal(session.result.photo.pixels, made.photo.pixels)
    assert len(restorer.calls) == 1


def test_one_drag_of_a_slider_is_undone_as_one(bench, photo_path: Path) -> None:
    editing = bench.session.editor
    bench.open(photo_path)
    editing.add("haze")
    for strength in (0.9, 0.8, 0.7):
        editing.set_strength(0, strength)
    editing.finish_drag()
    editing.set_strength(0, 0.1)
    editing.undo()
    assert bench.session.steps == (Step("haze", 0.7),)
    editing.undo()
    assert bench.session.steps == (Step("haze"),)


def test_another_model_runs_again(bench, restorer, photo_path: Path) -> None:
    restored(bench, restorer, photo_path, Step("haze"))
    bench.session.use_restorer(lambda: restorer)
    bench.session.editor.set_strength(0, 0.5)
    assert bench.session.current.outdated
    bench.session.restore()
    restorer.finish()
    bench.rest()
    assert len(restorer.calls) == 2


@pytest.fixture
def narrow(make_bench) -> SimpleNamespace:
    """A session with room for one small photo, and the photos that it has read."""
    read: list[str] = []

    def open_photo(path: Path) -> Photo:
        read.append(path.name)
        return Photo.open(path)

    bench = make_bench(open_photo=open_photo, memory_limit=30 * 50 * 3 * 5 + 1)
    return SimpleNamespace(session=bench.session, read=read, until=bench.until)


def loaded(session: Session) -> list[str]:
    return [document.name for document in session.documents if document.photo is not None]


def test_photos_beyond_the_room_are_let_go_and_read_again(narrow, detector, paths: list[Path]) -> None:
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    assert [d.state for d in session.documents] == [State.READY] * 3
    assert loaded(session) == ["a.png"]
    assert all(document.thumbnail is not None for document in session.documents)
    session.editor.set_strength(0, 0.5)
    session.show(session.documents[1])
    narrow.until(lambda: session.current.name == "b.png" and not session.busy)
    assert loaded(session) == ["b.png"]
    session.show_next(-1)
    narrow.until(lambda: session.current.name == "a.png" and not session.busy)
    assert session.steps == (Step("haze", 0.5),)
    assert session.current.undo.can_undo
    assert narrow.read == ["a.png", "b.png", "c.png", "b.png", "a.png"]


def test_photos_that_were_let_go_are_restored_with_the_others(narrow, detector, restorer, paths: list[Path]) -> None:
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    assert session.can_restore_all
    session.restore_all()
    for _ in paths:
        restorer.finish()
    narrow.until(lambda: all(document.state is State.RESTORED for document in session.documents))
    assert len(restorer.calls) == 3


def test_a_photo_that_was_let_go_and_is_gone_says_so(narrow, detector, paths: list[Path]) -> None:
    session = narrow.session
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    paths[1].unlink()
    session.show(session.documents[1])
    narrow.until(lambda: not session.busy)
    assert session.current.name == "a.png"
    assert "b.png" in session.notice.what
    assert session.documents[1].state is State.FAILED


def test_only_a_few_photos_are_on_their_way_at_a_time(bench, restorer, write_png) -> None:
    session = bench.session
    many = [write_png(f"{number}.png", np.full((30, 50, 3), number, np.uint8)) for number in range(8)]
    session.open(many[0], (Step("haze"),))
    bench.until(lambda: session.state is State.READY)
    session.restore()
    bench.until(lambda: len(restorer.calls) == 1)
    session.open_all(many)  # the detector waits for the restoration
    bench.until(lambda: sum(document.photo is not None for document in session.documents) == 4)
    restorer.finish()
    bench.until(lambda: all(document.photo is not None for document in session.documents))
