"""Stale answers: a run succeeds after it was stopped, or after steps, model or photo have changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from core.progress import CancelToken
from dfpir_gui.session import State
from dfpir_gui.workers.handlers import NetworkHandler
from tests.unit.dfpir_gui.stand_ins import SessionHarness, StubbornRestorer


@pytest.fixture
def restorer(monkeypatch: pytest.MonkeyPatch) -> StubbornRestorer:
    """A restorer whose answers arrive even after a stop; the handler ignores the cancel token too."""
    handle = NetworkHandler.__call__

    def never_cancelled(handler: NetworkHandler, request: object, report: Callable, cancel: CancelToken) -> object:
        return handle(handler, request, report, CancelToken())

    monkeypatch.setattr(NetworkHandler, "__call__", never_cancelled)
    return StubbornRestorer()


def start(harness: SessionHarness, restorer: StubbornRestorer, path: Path, key: str = "haze") -> None:
    harness.open(path)
    harness.session.choose(key)
    harness.session.restore()
    harness.until(lambda: len(restorer.calls) == 1)


def test_the_result_of_a_stopped_run_is_dropped_even_if_it_succeeds(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    session.stop()
    restorer.finish()
    harness.rest()
    assert (session.state, session.result, session.after, session.notice) == (State.READY, None, None, None)
    assert not session.current.undo.undo_text.startswith("Restore")
    session.restore()  # passes of the stopped run are not kept either
    restorer.finish()
    harness.rest()
    assert session.state is State.RESTORED and len(restorer.calls) == 2


def test_the_preview_of_a_stopped_run_is_dropped(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze")
    session.preview((0, 0, 20, 20))
    harness.until(lambda: len(restorer.calls) == 1)
    session.stop()
    restorer.finish()
    harness.rest()
    assert session.after is None and session.current.preview is None


def test_a_restoration_that_is_started_during_a_preview_replaces_it(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze")
    session.preview((0, 0, 20, 20))
    harness.until(lambda: len(restorer.calls) == 1)
    assert session.can_restore and not session.can_preview
    session.restore()
    assert not session.can_restore and not session.can_preview
    restorer.finish()  # the preview
    harness.until(lambda: len(restorer.calls) == 2)
    assert session.current.preview is None
    restorer.finish()
    harness.rest()
    assert session.state is State.RESTORED and session.current.preview is None
    np.testing.assert_allclose(session.result.photo.pixels, 1 - session.photo.pixels, atol=1e-6)


def test_the_newest_run_wins_over_a_stopped_one_of_other_steps(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    session.stop()
    session.choose("rain", 0.5)
    session.restore()
    restorer.finish()  # the stopped run
    harness.until(lambda: len(restorer.calls) == 2)
    harness.until(lambda: session.state is State.RUNNING)
    assert session.result is None
    restorer.finish()
    harness.rest()
    assert session.result.steps == (Step("rain", 0.5),)
    expected = 0.5 * session.photo.pixels + 0.5 * (1 - session.photo.pixels)
    np.testing.assert_allclose(session.result.photo.pixels, expected, atol=1e-6)


def test_a_result_of_earlier_steps_is_outdated(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    session.choose("rain")
    restorer.finish()
    harness.rest()
    assert session.result.steps == (Step("haze"),)
    assert session.steps == (Step("rain"),) and session.current.outdated and session.can_restore
    session.restore()
    restorer.finish()
    harness.rest()
    assert session.result.steps == (Step("rain"),) and not session.current.outdated


@pytest.mark.parametrize("preview", [False, True])
def test_undo_of_a_rotation_stops_the_restoration_of_the_rotated_photo(
    harness, restorer, photo_path: Path, preview: bool
) -> None:
    session = harness.session
    harness.open(photo_path)
    size = (session.photo.width, session.photo.height)
    session.choose("haze")
    session.rotate(1)
    harness.until(lambda: session.current.can_change_geometry and not session.current.detecting)
    if preview:
        session.preview((0, 0, 20, 20))
    else:
        session.restore()
    harness.until(lambda: len(restorer.calls) == 1)
    session.editor.undo()
    assert session.current.activity is None
    assert session.status == "Stopped because the photo was rotated or cropped"
    restorer.finish()
    harness.rest()
    assert (session.photo.width, session.photo.height) == size
    assert session.result is None and session.after is None and session.current.preview is None
    session.restore()  # passes of the rotated photo are not taken for those of the upright one
    restorer.finish()
    harness.rest()
    assert session.state is State.RESTORED and session.notice is None
    np.testing.assert_allclose(session.result.photo.pixels, 1 - session.photo.pixels, atol=1e-6)
    session.editor.set_strength(0, 0.5)
    harness.rest()
    assert session.notice is None and session.result.steps == (Step("haze", 0.5),)


def test_a_result_of_the_previous_model_leaves_no_passes(harness, restorer, photo_path: Path) -> None:
    session, second = harness.session, StubbornRestorer("second", "7c" * 32)
    start(harness, restorer, photo_path)
    session.use_restorer(lambda: second)
    restorer.finish()
    harness.rest()
    assert session.result.model == "fake" and session.current.other_engine and session.can_restore
    assert session.supported_degradations is None  # the second model was not loaded yet
    session.editor.set_strength(0, 0.5)
    harness.rest()
    assert session.result.steps == (Step("haze"),)  # nothing is blended from the first model's passes
    session.restore()
    second.finish()
    harness.rest()
    assert session.result.model == "second" and session.result.steps == (Step("haze", 0.5),)


def test_the_result_of_a_closed_photo_is_dropped(harness, restorer, photo_path: Path, write_png) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    document = session.current
    session.remove(document)
    session.open(write_png("other.png", np.full((30, 50, 3), 99, np.uint8)))
    restorer.finish()
    harness.rest()
    assert document.result is None and session.result is None and len(session.documents) == 1
