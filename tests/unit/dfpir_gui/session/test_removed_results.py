"""Whatever removes a result says so, and undo brings the result back without computing it again."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.geometry import UNCHANGED, Geometry
from core.inference import Step
from core.masks import LinearGradient, Mask
from dfpir_gui.session import State
from dfpir_gui.session.document import Removal
from tests.unit.dfpir_gui.stand_ins import FakeRestorer, SessionHarness


@pytest.fixture
def restored(harness: SessionHarness, restorer: FakeRestorer, photo_path: Path) -> SessionHarness:
    harness.open(photo_path)
    harness.session.choose("haze", 0.8)
    restorer.finish()
    harness.session.restore()
    harness.until(lambda: harness.session.state is State.RESTORED)
    return harness


def lose_passes(harness: SessionHarness, restorer: FakeRestorer) -> None:
    """What keeps the result but not its passes: another engine, or a result from an earlier run of the program."""
    harness.session.use_restorer(lambda: restorer)


def rotate(harness: SessionHarness) -> None:
    harness.session.rotate(1)


def crop(harness: SessionHarness) -> None:
    harness.session.set_geometry(Geometry(0, (10, 10, 80, 60)))


def switch_off(harness: SessionHarness) -> None:
    harness.session.editor.enable(0, False)


def remove_step(harness: SessionHarness) -> None:
    harness.session.editor.remove(0)


def keep_family(harness: SessionHarness) -> None:
    harness.session.editor.toggle("haze")


@pytest.mark.parametrize("passes_are_kept", [True, False])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (rotate, Removal.GEOMETRY),
        (crop, Removal.GEOMETRY),
        (switch_off, Removal.NO_STEPS),
        (remove_step, Removal.NO_STEPS),
        (keep_family, Removal.NO_STEPS),
    ],
)
def test_a_removed_result_is_said_and_brought_back_without_the_network(
    restored: SessionHarness,
    restorer: FakeRestorer,
    change: Callable[[SessionHarness], None],
    reason: Removal,
    passes_are_kept: bool,
) -> None:
    session = restored.session
    document, before = session.current, session.after.levels[0].copy()
    if not passes_are_kept:
        lose_passes(restored, restorer)
        # a result that cannot be blended again stays when its steps change, so that only the rest can remove it
    change(restored)
    restored.until(lambda: document.geometry_request is None and not document.detecting)
    if reason is Removal.NO_STEPS and not passes_are_kept:
        assert session.can_bring_back_result or document.result is not None
    else:
        assert (document.result, document.removed) == (None, reason)
    if reason is Removal.GEOMETRY:
        assert "Undo brings it back" in session.status
    runs = len(restorer.calls)
    session.editor.set_strength(0, 0.3) if session.steps else session.editor.add("rain")  # a further change
    session.bring_back_result()
    restored.rest()
    restored.until(lambda: document.result is not None and document.blend_request is None)
    assert not session.can_bring_back_result and document.removed is None
    assert np.array_equal(session.after.levels[0], before)
    assert document.result.steps == (Step("haze", 0.8),) == session.steps
    assert session.geometry == UNCHANGED and len(restorer.calls) == runs
    assert session.unsaved


def test_undoing_the_restoration_says_that_redo_brings_it_back(restored: SessionHarness) -> None:
    session = restored.session
    session.editor.undo()
    assert (session.result, session.current.removed) == (None, Removal.UNDONE)
    assert not session.can_bring_back_result
    session.editor.redo()
    restored.until(lambda: session.result is not None)
    assert session.current.removed is None


def test_a_new_result_ends_the_offer(restored: SessionHarness, restorer: FakeRestorer) -> None:
    session = restored.session
    session.rotate(1)
    restored.until(lambda: session.can_bring_back_result)
    restored.until(lambda: session.can_restore and not session.current.detecting)
    restorer.finish()
    session.restore()
    restored.until(lambda: session.state is State.RESTORED)
    assert not session.can_bring_back_result and session.current.removed is None


@pytest.fixture
def previewed(harness: SessionHarness, restorer: FakeRestorer, photo_path: Path) -> SessionHarness:
    harness.open(photo_path)
    harness.session.choose("haze")
    harness.session.preview((20, 10, 60, 40))
    restorer.finish()
    harness.rest()
    assert harness.session.current.preview is not None
    return harness


def test_a_preview_follows_strength_and_mask_without_the_network(
    previewed: SessionHarness, restorer: FakeRestorer
) -> None:
    session, document = previewed.session, previewed.session.current
    source, part = session.before.levels[0].astype(int), np.s_[10:40, 20:60]
    session.editor.set_strength(0, 0.5)
    assert document.preview is not None and document.preview_request is not None  # the previous one, until then
    previewed.until(lambda: document.preview_request is None)
    assert abs(session.after.levels[0].astype(int)[part] - 127.5).max() <= 1
    half = Mask.from_shape(LinearGradient((0.5, -3.0), (0.5, -2.0)))  # selects nothing in the photo
    session.editor.set_mask(0, half, "Mask")
    previewed.until(lambda: document.preview_request is None)
    assert np.array_equal(session.after.levels[0][part], source[part])
    assert len(restorer.calls) == 1


def test_a_preview_of_other_steps_stays_until_it_is_made_again(
    previewed: SessionHarness, restorer: FakeRestorer
) -> None:
    session, document = previewed.session, previewed.session.current
    preview = document.preview
    session.editor.add("rain")
    assert document.preview is preview and preview.steps != session.steps
    session.editor.undo()
    assert document.preview is preview and preview.steps == session.steps
    session.editor.enable(0, False)
    assert document.preview is None


def test_a_preview_that_arrives_after_the_strength_was_changed_follows_it(
    harness: SessionHarness, restorer: FakeRestorer, photo_path: Path
) -> None:
    harness.open(photo_path)
    session = harness.session
    session.choose("haze")
    session.preview((20, 10, 60, 40))
    session.editor.set_strength(0, 0.5)
    restorer.finish()
    harness.until(lambda: session.current.preview is not None and session.current.preview_request is None)
    assert session.current.preview.steps == (Step("haze", 0.5),) and len(restorer.calls) == 1


def test_proposed_steps_that_were_restored_stay_when_the_crop_looks_different(
    harness: SessionHarness, restorer: FakeRestorer, detector, photo_path: Path
) -> None:
    session = harness.session
    detector.find("rain")
    harness.open(photo_path)
    session.restore()
    restorer.finish()
    harness.until(lambda: session.state is State.RESTORED)
    detector.find("haze", unsure=True)
    crop(harness)
    harness.until(lambda: session.current.can_change_geometry and not session.current.detecting)
    assert session.result is None and session.current.removed is Removal.GEOMETRY
    assert session.steps == (Step("rain"),)
    assert session.can_restore
