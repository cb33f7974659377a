"""The state of the document, without a window."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import CheckpointError, RestorationError
from core.inference import Step
from core.photo import Photo
from dfpir_gui.session import STOPPED, Change, Session, State
from dfpir_gui.session.notices import Severity


@pytest.fixture
def other_path(write_png: Callable[[str, np.ndarray], Path]) -> Path:
    return write_png("other.png", np.full((30, 50, 3), 99, np.uint8))


def run(bench, restorer, key: str = "haze") -> None:
    bench.session.choose(key)
    bench.session.restore()
    restorer.finish()
    bench.rest()


def test_the_states_of_a_photo(bench, restorer, photo_path: Path, tmp_path: Path) -> None:
    session = bench.session
    seen = [session.state]
    session.subscribe(lambda changed: seen.append(session.state) if session.state is not seen[-1] else None)
    bench.open(photo_path)
    run(bench, restorer)
    session.save(tmp_path / "out.png")
    bench.rest()
    assert [str(state) for state in seen] == [
        "new",
        "loading",
        "detecting",
        "ready",
        "running",
        "restored",
        "saving",
        "saved",
    ]


def test_nothing_is_restored_without_a_photo_and_a_step(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    session.choose("rain")
    assert not session.can_restore
    session.restore()
    assert session.state is State.NEW
    bench.open(photo_path)
    assert not session.can_restore
    session.choose("rain")
    assert session.can_restore
    session.editor.set_strength(0, 0.0)
    assert not session.can_restore


def test_the_result_is_of_the_steps_that_were_asked_for(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    bench.open(photo_path)
    session.choose("noise50", strength=0.7)
    session.restore()
    session.editor.set_strength(0, 0.1)  # what was asked for does not change any more
    restorer.finish()
    bench.rest()
    photo = session.photo
    assert session.result.steps == (Step("noise50", 0.7),)
    np.testing.assert_allclose(session.result.photo.pixels, 0.3 * photo.pixels + 0.7 * (1 - photo.pixels), atol=1e-6)
    assert session.current.outdated


def test_an_unknown_degradation_is_refused(bench, photo_path: Path) -> None:
    bench.open(photo_path)
    with pytest.raises(RestorationError, match="snow"):
        bench.session.choose("snow")
    assert bench.session.steps == ()


def test_the_restorer_is_made_once_and_only_when_it_is_needed(bench, restorer, photo_path: Path) -> None:
    bench.open(photo_path)
    assert bench.made == 0
    run(bench, restorer)
    run(bench, restorer, "rain")
    assert bench.made == 1
    assert len(restorer.calls) == 2


def test_a_stopped_run_leaves_no_trace_even_if_it_still_ends_well(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    bench.open(photo_path)
    session.choose("haze")
    session.restore()
    bench.until(lambda: len(restorer.calls) == 1)
    session.stop()
    assert session.state is State.READY
    assert session.status == STOPPED
    assert restorer.tokens[0].cancelled
    assert session.busy
    restorer.advance(0.5)  # the run goes on to its next safe point
    bench.rest()
    assert (session.state, session.result, session.progress, session.notice) == (State.READY, None, None, None)


def test_a_run_that_starts_while_the_last_one_winds_down_gets_its_own_result(bench, restorer, photo_path: Path) -> None:
    session = bench.session
    bench.open(photo_path)
    session.choose("haze")
    session.restore()
    bench.until(lambda: len(restorer.calls) == 1)
    restorer.advance(0.9)
    restorer.reported.get(timeout=10)  # on its way, and not yet delivered
    session.stop()
    session.choose("rain")
    shown = []
    session.subscribe(lambda changed: shown.append(session.progress and session.progress.fraction))
    session.restore()
    restorer.advance(0.8)  # ends the first run at its safe point
    restorer.finish()
    bench.rest()
    assert session.result is not None
    assert session.result.steps[0].degradation == "rain"
    assert 0.9 not in shown


def test_another_photo_opens_beside_one_that_is_restored(bench, restorer, photo_path: Path, other_path: Path) -> None:
    session = bench.session
    bench.open(photo_path)
    session.choose("haze")
    session.restore()
    bench.until(lambda: len(restorer.calls) == 1)
    session.open(other_path)
    bench.until(lambda: session.current.path == other_path)  # it does not wait for the restoration
    first, second = session.documents
    assert first.state is State.RUNNING
    assert session.result is None
    restorer.finish()
    bench.rest()
    assert (first.state, second.state) == (State.RESTORED, State.READY)
    session.show(first)
    assert session.result is first.result is not None


def test_the_photo_that_was_asked_for_last_wins(bench, photo_path: Path, other_path: Path) -> None:
    bench.session.open(photo_path)
    bench.session.open(other_path)
    photos = []
    bench.session.subscribe(lambda changed: photos.append(bench.session.photo) if changed & Change.PHOTO else None)
    bench.rest()
    assert [photo.source for photo in photos] == [other_path]


def test_a_photo_that_cannot_be_opened_leaves_the_present_one(
    bench, restorer, photo_path: Path, tmp_path: Path
) -> None:
    bench.open(photo_path)
    run(bench, restorer)
    (tmp_path / "text.jpg").write_text("no photo")
    bench.open(tmp_path / "text.jpg")
    assert bench.session.state is State.RESTORED
    assert bench.session.photo is not None
    assert bench.session.photo.source == photo_path
    assert bench.session.notice is not None
    assert "text.jpg" in bench.session.notice.what


def test_a_failed_run_keeps_the_photo_and_the_earlier_result(bench, restorer, photo_path: Path, tmp_path: Path) -> None:
    session = bench.session
    bench.open(photo_path)
    run(bench, restorer)
    earlier = session.result
    session.choose("rain")
    session.restore()
    restorer.fail(RestorationError("No memory. Choose tiles."))
    bench.rest()
    assert session.state is State.FAILED
    assert session.notice is not None
    assert session.notice.what == "No memory. Choose tiles."
    assert session.result is earlier
    assert session.unsaved
    session.save(tmp_path / "earlier.png")
    bench.rest()
    assert session.state is State.SAVED
    session.restore()
    assert session.notice is None
    restorer.finish()
    bench.rest()
    assert session.state is State.RESTORED


def test_a_model_that_cannot_be_loaded_is_tried_again(bench, restorer, photo_path: Path) -> None:
    bench.open(photo_path)
    bench.session.choose("haze")
    bench.refusal = CheckpointError("The model is damaged. Install it again.")
    bench.session.restore()
    bench.rest()
    assert bench.session.state is State.FAILED
    assert bench.session.notice is not None
    assert bench.session.notice.what == "The model is damaged. Install it again."
    bench.refusal = None
    run(bench, restorer)
    assert bench.session.state is State.RESTORED
    assert bench.made == 1


def test_the_original_is_never_overwritten(bench, restorer, photo_path: Path) -> None:
    before = photo_path.read_bytes()
    bench.open(photo_path)
    run(bench, restorer)
    roundabout = photo_path.parent / "." / photo_path.name
    for path in (photo_path, roundabout):
        bench.session.save(path, overwrite=True)
        bench.rest()
        assert bench.session.notice is not None
        assert "original" in bench.session.notice.what
    assert photo_path.read_bytes() == before
    assert bench.session.unsaved


def test_another_file_is_replaced_only_if_asked_for(bench, restorer, photo_path: Path, other_path: Path) -> None:
    before = other_path.read_bytes()
    bench.open(photo_path)
    run(bench, restorer)
    bench.session.save(other_path)
    bench.rest()
    assert other_path.read_bytes() == before
    assert bench.session.state is State.RESTORED
    assert bench.session.notice is not None
    bench.session.save(other_path, overwrite=True)
    bench.rest()
    assert other_path.read_bytes() != before
    assert (bench.session.state, bench.session.saved_as) == (State.SAVED, other_path)


def test_a_save_that_fails_is_told_although_another_photo_was_opened(
    bench, restorer, photo_path: Path, other_path: Path, tmp_path: Path
) -> None:
    bench.open(photo_path)
    run(bench, restorer)
    bench.session.save(tmp_path / "no such folder" / "out.png")
    bench.session.open(other_path)
    bench.until(lambda: bench.session.notice is not None)
    assert "no such folder" in bench.session.notice.what
    assert bench.session.state is State.LOADING
    bench.rest()
    assert bench.session.photo is not None
    assert bench.session.photo.source == other_path


def test_a_new_result_is_not_saved_yet(bench, restorer, photo_path: Path, tmp_path: Path) -> None:
    bench.open(photo_path)
    run(bench, restorer)
    bench.session.save(tmp_path / "out.png")
    bench.rest()
    assert not bench.session.unsaved
    run(bench, restorer, "rain")
    assert bench.session.unsaved
    assert bench.session.state is State.RESTORED


def test_progress_of_the_present_run_is_shown(bench, restorer, photo_path: Path) -> None:
    bench.open(photo_path)
    bench.session.choose("haze")
    bench.session.restore()
    restorer.advance(0.25)
    bench.until(lambda: bench.session.progress is not None and bench.session.progress.fraction == 0.25)
    assert bench.session.progress is not None
    assert bench.session.progress.phase == "Restoring"


def test_what_could_not_be_read_as_it_is_is_a_warning(bench, photo_path: Path, restorer, detector) -> None:
    def noted(path: Path) -> Photo:
        photo = Photo.open(path)
        return replace(photo, preserved=replace(photo.preserved, notes=("Only the first page was read.",)))

    session = Session(
        post=bench.posted.put, restorer_factory=lambda: restorer, open_photo=noted, detector_factory=lambda: detector
    )
    try:
        session.open(photo_path)
        bench.until(lambda: session.state is State.READY)
        assert session.notice is not None
        assert session.notice.severity is Severity.WARNING
        assert session.notice.what == "Only the first page was read."
    finally:
        session.close()


def test_the_model_tells_which_degradations_it_knows(bench, restorer, photo_path: Path) -> None:
    restorer.removable = ("haze", "rain")
    assert bench.session.supported_degradations is None
    bench.open(photo_path)
    run(bench, restorer)
    assert bench.session.supported_degradations == ("haze", "rain")
