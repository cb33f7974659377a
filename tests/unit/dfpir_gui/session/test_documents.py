"""Several open photos: detection, the queue, closing."""

from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from dfpir_gui.session import State


@pytest.fixture
def paths(write_png) -> list[Path]:
    return [write_png(f"{name}.png", np.full((30, 50, 3), 40 + 30 * n, np.uint8)) for n, name in enumerate("abc")]


def open_all(harness, paths: list[Path]) -> None:
    harness.session.open_all(paths)
    harness.until(lambda: all(document.state is State.READY for document in harness.session.documents))


def test_open_all_shows_the_first_and_opens_no_file_twice(harness, paths: list[Path]) -> None:
    session = harness.session
    open_all(harness, paths)
    assert [document.path for document in session.documents] == paths
    assert session.current.path == paths[0]
    session.open(paths[2].parent / "." / paths[2].name)
    assert session.current.path == paths[2]
    assert len(session.documents) == 3


def test_unreadable_files_do_not_prevent_others_from_opening(harness, paths: list[Path], tmp_path: Path) -> None:
    bad = [tmp_path / "x.jpg", tmp_path / "y.jpg"]
    for path in bad:
        path.write_text("no photo")
    open_all(harness, [bad[0], paths[0], bad[1], paths[1]])
    assert [document.path for document in harness.session.documents] == paths[:2]
    assert harness.session.current.path == paths[0]
    assert "x.jpg, y.jpg" in harness.session.notice.what


def test_detected_degradations_are_proposed_in_order_of_removal(harness, detector, photo_path: Path) -> None:
    detector.find("haze", "noise", sigma=22.0)
    harness.open(photo_path)
    assert harness.session.steps == (Step("haze"), Step("noise25"))
    assert not harness.session.current.undo.can_undo


def test_a_clean_photo_gets_no_steps_and_restore_all_skips_it(harness, photo_path: Path) -> None:
    harness.session.open(photo_path)
    harness.session.restore_all()
    harness.rest()
    assert harness.session.state is State.READY
    assert harness.session.steps == ()


def test_steps_chosen_before_detection_are_kept(harness, detector, photo_path: Path) -> None:
    detector.find("haze")
    harness.session.open(photo_path, (Step("rain", 0.5),))
    harness.rest()
    assert harness.session.steps == (Step("rain", 0.5),)
    assert harness.session.detection.found == ("haze",)


def test_restore_all_restores_in_order(harness, detector, restorer, paths: list[Path]) -> None:
    session = harness.session
    detector.find("haze")
    session.open_all(paths)
    session.restore_all()  # none of them is read yet
    harness.until(lambda: len(restorer.calls) == 1)
    harness.until(lambda: [d.state for d in session.documents] == [State.RUNNING, State.QUEUED, State.QUEUED])
    for _ in paths:
        restorer.finish()
    harness.rest()
    assert [d.state for d in session.documents] == [State.RESTORED] * 3
    assert [photo.source for photo, _ in restorer.calls] == paths
    assert not session.can_restore_all


def test_stop_empties_the_queue(harness, detector, restorer, paths: list[Path]) -> None:
    session = harness.session
    detector.find("haze")
    open_all(harness, paths)
    session.restore_all()
    harness.until(lambda: len(restorer.calls) == 1)
    session.stop()
    restorer.advance(0.1)
    harness.rest()
    assert [d.state for d in session.documents] == [State.READY] * 3
    assert len(restorer.calls) == 1


def test_a_failure_does_not_stop_the_queue_and_is_reported(harness, detector, restorer, paths: list[Path]) -> None:
    detector.find("haze")
    open_all(harness, paths[:2])
    harness.session.restore_all()
    restorer.fail(RuntimeError("broken"))
    restorer.finish()
    harness.rest()
    first, second = harness.session.documents
    assert (first.state, second.state) == (State.FAILED, State.RESTORED)
    assert "a.png" in first.failure


def test_closing_a_photo_shows_its_neighbour(harness, paths: list[Path]) -> None:
    session = harness.session
    open_all(harness, paths)
    session.remove(session.documents[0])
    assert session.current.path == paths[1]
    session.show_next(1)
    session.remove(session.current)
    assert session.current.path == paths[1]
    session.remove(session.current)
    assert session.current is None
    assert session.state is State.NEW


def test_only_a_few_photos_are_in_progress_at_a_time(harness, restorer, write_png) -> None:
    session = harness.session
    many = [write_png(f"{number}.png", np.full((30, 50, 3), number, np.uint8)) for number in range(8)]
    session.open(many[0], (Step("haze"),))
    harness.until(lambda: session.state is State.READY)
    session.restore()
    harness.until(lambda: len(restorer.calls) == 1)
    session.open_all(many)  # the detector waits for the restoration
    harness.until(lambda: sum(document.photo is not None for document in session.documents) == 4)
    restorer.finish()
    harness.until(lambda: all(document.photo is not None for document in session.documents))
