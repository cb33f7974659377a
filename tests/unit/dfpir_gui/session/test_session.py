"""Commands of the session, without a window."""

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


def run(harness, restorer, key: str = "haze") -> None:
    harness.session.choose(key)
    harness.session.restore()
    restorer.finish()
    harness.rest()


def test_the_states_of_a_photo(harness, restorer, photo_path: Path, tmp_path: Path) -> None:
    session = harness.session
    seen = [session.state]
    session.subscribe(lambda changed: seen.append(session.state) if session.state is not seen[-1] else None)
    harness.open(photo_path)
    run(harness, restorer)
    session.save(tmp_path / "out.png")
    harness.rest()
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


def test_restoring_needs_a_photo_and_a_step_with_effect(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    session.choose("rain")
    assert not session.can_restore
    session.restore()
    assert session.state is State.NEW
    harness.open(photo_path)
    assert not session.can_restore
    session.choose("rain")
    assert session.can_restore
    session.editor.set_strength(0, 0.0)
    assert not session.can_restore


def test_the_result_has_the_steps_that_were_requested(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("noise50", strength=0.7)
    session.restore()
    session.editor.set_strength(0, 0.1)  # what was asked for does not change any more
    restorer.finish()
    harness.rest()
    photo = session.photo
    assert session.result.steps == (Step("noise50", 0.7),)
    np.testing.assert_allclose(session.result.photo.pixels, 0.3 * photo.pixels + 0.7 * (1 - photo.pixels), atol=1e-6)
    assert session.current.outdated


def test_an_unknown_degradation_is_refused(harness, photo_path: Path) -> None:
    harness.open(photo_path)
    with pytest.raises(RestorationError, match="snow"):
        harness.session.choose("snow")
    assert harness.session.steps == ()


def test_the_restorer_is_made_once_and_only_when_needed(harness, restorer, photo_path: Path) -> None:
    harness.open(photo_path)
    assert harness.made == 0
    run(harness, restorer)
    run(harness, restorer, "rain")
    assert harness.made == 1
    assert len(restorer.calls) == 2


def test_a_stopped_run_leaves_no_result_and_no_notice(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze")
    session.restore()
    harness.until(lambda: len(restorer.calls) == 1)
    session.stop()
    assert session.state is State.READY
    assert session.status == STOPPED
    assert restorer.tokens[0].cancelled
    assert session.busy
    restorer.advance(0.5)  # the run goes on to its next safe point
    harness.rest()
    assert (session.state, session.result, session.progress, session.notice) == (State.READY, None, None, None)


def test_a_run_started_while_another_is_stopping_gets_its_own_result(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze")
    session.restore()
    harness.until(lambda: len(restorer.calls) == 1)
    restorer.advance(0.9)
    restorer.reported.get(timeout=10)  # on its way, and not yet delivered
    session.stop()
    session.choose("rain")
    shown = []
    session.subscribe(lambda changed: shown.append(session.progress and session.progress.fraction))
    session.restore()
    restorer.advance(0.8)  # ends the first run at its safe point
    restorer.finish()
    harness.rest()
    assert session.result is not None
    assert session.result.steps[0].degradation == "rain"
    assert 0.9 not in shown


def test_a_photo_opens_while_another_is_restored(harness, restorer, photo_path: Path, other_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze")
    session.restore()
    harness.until(lambda: len(restorer.calls) == 1)
    session.open(other_path)
    harness.until(lambda: session.current.path == other_path)  # it does not wait for the restoration
    first, second = session.documents
    assert first.state is State.RUNNING
    assert session.result is None
    restorer.finish()
    harness.rest()
    assert (first.state, second.state) == (State.RESTORED, State.READY)
    session.show(first)
    assert session.result is first.result is not None


def test_the_photo_requested_last_is_shown(harness, photo_path: Path, other_path: Path) -> None:
    harness.session.open(photo_path)
    harness.session.open(other_path)
    photos = []
    harness.session.subscribe(lambda changed: photos.append(harness.session.photo) if changed & Change.PHOTO else None)
    harness.rest()
    assert [photo.source for photo in photos] == [other_path]


def test_a_photo_that_cannot_be_opened_does_not_replace_the_current_one(
    harness, restorer, photo_path: Path, tmp_path: Path
) -> None:
    harness.open(photo_path)
    run(harness, restorer)
    (tmp_path / "text.jpg").write_text("no photo")
    harness.open(tmp_path / "text.jpg")
    assert harness.session.state is State.RESTORED
    assert harness.session.photo is not None
    assert harness.session.photo.source == photo_path
    assert harness.session.notice is not None
    assert "text.jpg" in harness.session.notice.what


def test_a_failed_run_keeps_photo_and_previous_result(harness, restorer, photo_path: Path, tmp_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    run(harness, restorer)
    earlier = session.result
    session.choose("rain")
    session.restore()
    restorer.fail(RestorationError("No memory. Choose tiles."))
    harness.rest()
    assert session.state is State.FAILED
    assert session.notice is not None
    assert session.notice.what == "No memory. Choose tiles."
    assert session.result is earlier
    assert session.unsaved
    session.save(tmp_path / "earlier.png")
    harness.rest()
    assert session.state is State.SAVED
    session.restore()
    assert session.notice is None
    restorer.finish()
    harness.rest()
    assert session.state is State.RESTORED


def test_loading_the_model_is_tried_again_after_a_failure(harness, restorer, photo_path: Path) -> None:
    harness.open(photo_path)
    harness.session.choose("haze")
    harness.refusal = CheckpointError("The model is damaged. Install it again.")
    harness.session.restore()
    harness.rest()
    assert harness.session.state is State.FAILED
    assert harness.session.notice is not None
    assert harness.session.notice.what == "The model is damaged. Install it again."
    harness.refusal = None
    run(harness, restorer)
    assert harness.session.state is State.RESTORED
    assert harness.made == 1


def test_the_original_is_never_overwritten(harness, restorer, photo_path: Path) -> None:
    before = photo_path.read_bytes()
    harness.open(photo_path)
    run(harness, restorer)
    roundabout = photo_path.parent / "." / photo_path.name
    for path in (photo_path, roundabout):
        harness.session.save(path, overwrite=True)
        harness.rest()
        assert harness.session.notice is not None
        assert "original" in harness.session.notice.what
    assert photo_path.read_bytes() == before
    assert harness.session.unsaved


def test_another_file_is_replaced_only_on_request(harness, restorer, photo_path: Path, other_path: Path) -> None:
    before = other_path.read_bytes()
    harness.open(photo_path)
    run(harness, restorer)
    harness.session.save(other_path)
    harness.rest()
    assert other_path.read_bytes() == before
    assert harness.session.state is State.RESTORED
    assert harness.session.notice is not None
    harness.session.save(other_path, overwrite=True)
    harness.rest()
    assert other_path.read_bytes() != before
    assert (harness.session.state, harness.session.saved_as) == (State.SAVED, other_path)


def test_a_failed_save_is_reported_even_if_another_photo_was_opened(
    harness, restorer, photo_path: Path, other_path: Path, tmp_path: Path
) -> None:
    harness.open(photo_path)
    run(harness, restorer)
    harness.session.save(tmp_path / "no such folder" / "out.png")
    harness.session.open(other_path)
    harness.until(lambda: harness.session.notice is not None)
    assert "no such folder" in harness.session.notice.what
    assert harness.session.state is State.LOADING
    harness.rest()
    assert harness.session.photo is not None
    assert harness.session.photo.source == other_path


def test_a_new_result_counts_as_unsaved(harness, restorer, photo_path: Path, tmp_path: Path) -> None:
    harness.open(photo_path)
    run(harness, restorer)
    harness.session.save(tmp_path / "out.png")
    harness.rest()
    assert not harness.session.unsaved
    run(harness, restorer, "rain")
    assert harness.session.unsaved
    assert harness.session.state is State.RESTORED


def test_progress_of_the_current_run_is_available(harness, restorer, photo_path: Path) -> None:
    harness.open(photo_path)
    harness.session.choose("haze")
    harness.session.restore()
    restorer.advance(0.25)
    harness.until(lambda: harness.session.progress is not None and harness.session.progress.fraction == 0.25)
    assert harness.session.progress is not None
    assert harness.session.progress.phase == "Restoring"


def test_notes_of_a_photo_are_shown_as_a_warning(harness, photo_path: Path, restorer, detector) -> None:
    def noted(path: Path) -> Photo:
        photo = Photo.open(path)
        return replace(photo, preserved=replace(photo.preserved, notes=("Only the first page was read.",)))

    session = Session(
        post=harness.posted.put, restorer_factory=lambda: restorer, open_photo=noted, detector_factory=lambda: detector
    )
    try:
        session.open(photo_path)
        harness.until(lambda: session.state is State.READY)
        assert session.notice is not None
        assert session.notice.severity is Severity.WARNING
        assert session.notice.what == "Only the first page was read."
    finally:
        session.close()


def test_supported_degradations_are_known_after_the_first_run(harness, restorer, photo_path: Path) -> None:
    restorer.removable = ("haze", "rain")
    assert harness.session.supported_degradations is None
    harness.open(photo_path)
    run(harness, restorer)
    assert harness.session.supported_degradations == ("haze", "rain")
