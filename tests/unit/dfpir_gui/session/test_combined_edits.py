"""Masks, rotation, crop, undo and remembered steps used together."""

from pathlib import Path

import numpy as np
import pytest

from core.geometry import UNCHANGED, Geometry
from core.inference import Step
from core.masks import Component, LinearGradient, Mask
from dfpir_gui.session import RememberedSteps, Session, State
from dfpir_gui.session.journal import Journal
from dfpir_gui.session.steps import PhotoToOpen
from dfpir_gui.session.swap_folder import SwapFolder
from tests.unit.dfpir_gui.stand_ins import SessionHarness

LEFT_HALF = Geometry(0, (0, 0, 100, 120))
MASK = Mask((Component(LinearGradient((0.25, 0.5), (0.75, 0.5))),))


def wait(harness: SessionHarness) -> None:
    harness.until(lambda: harness.session.current.can_change_geometry and not harness.session.current.detecting)


def restore(harness: SessionHarness, restorer) -> None:
    harness.session.restore()
    restorer.finish()
    harness.until(lambda: harness.session.state is State.RESTORED)


def test_detection_after_an_undone_crop_leaves_the_result_that_came_back(
    harness: SessionHarness, restorer, detector, photo_path: Path, pattern: np.ndarray
) -> None:
    detector.find("haze")
    harness.open(photo_path)
    session = harness.session
    restore(harness, restorer)
    session.set_geometry(LEFT_HALF)
    wait(harness)
    session.editor.undo()
    wait(harness)
    harness.until(lambda: session.result is not None and session.current.blend_request is None)
    assert session.current.edit.applied == session.steps
    session.editor.set_strength(0, 0.5)
    harness.until(lambda: session.current.blend_request is None)
    assert session.result.steps == session.steps
    assert session.steps[0].strength == 0.5


def test_masks_return_with_the_photo_if_rotating_fails(make_harness, photo_path: Path) -> None:
    harness = make_harness()
    session: Session = harness.session
    harness.open(photo_path)
    session.editor.replace([Step("haze", mask=MASK)])
    jobs = session._geometry._jobs
    real = jobs.run_file
    jobs.run_file = lambda request, done, failed: real(request, lambda opened: failed(MemoryError()), failed)
    session.rotate(1)
    wait(harness)
    assert session.geometry == UNCHANGED
    assert session.steps[0].mask == MASK


@pytest.mark.parametrize("what", ["rotate", "set"])
def test_masks_of_a_photo_that_was_swapped_in_move_with_it(
    make_harness, restorer, photo_path: Path, write_png, pattern, tmp_path: Path, qapp, what
) -> None:
    harness = make_harness(memory_limit=1, swap_folder=SwapFolder(tmp_path / "swap"))
    session: Session = harness.session
    harness.open(photo_path)
    session.set_geometry(LEFT_HALF)
    wait(harness)
    session.editor.replace([Step("haze", mask=MASK)])
    restore(harness, restorer)
    first = session.current
    harness.open(write_png("other.png", pattern))
    harness.until(lambda: first.swap_file is not None and first.photo is None)
    session.show(first)
    harness.until(lambda: session.current is first)
    if what == "set":
        session.set_geometry(UNCHANGED)
        wait(harness)
        assert session.geometry == UNCHANGED
        assert session.steps[0].mask.components[0].shape.start == pytest.approx((0.125, 0.5))
    else:
        session.rotate(1)
        wait(harness)
        assert session.geometry == Geometry(1, (0, 0, 120, 100))
        assert session.steps[0].mask.components[0].shape.start == pytest.approx((0.5, 0.25))


def test_masks_of_a_cropped_photo_are_remembered_with_the_crop(
    harness: SessionHarness, make_harness, photo_path: Path, tmp_path: Path, qapp
) -> None:
    choices = RememberedSteps(tmp_path / "choices.json")
    journal = Journal(harness.session, tmp_path / "sessions", choices)
    harness.open(photo_path)
    harness.session.set_geometry(LEFT_HALF)
    wait(harness)
    harness.session.editor.replace([Step("haze", mask=MASK)])
    journal.write()
    harness.rest()
    journal.close()
    again = make_harness(remembered_steps=RememberedSteps(tmp_path / "choices.json"))
    again.open(photo_path)
    assert again.session.geometry == LEFT_HALF and again.session.steps[0].mask == MASK
    again.session.set_geometry(UNCHANGED)
    wait(again)
    shape = again.session.steps[0].mask.components[0].shape
    assert (shape.start, shape.end) == (pytest.approx((0.125, 0.5)), pytest.approx((0.375, 0.5)))


def test_a_recovered_photo_that_was_replaced_by_a_smaller_one_is_opened_whole(
    harness: SessionHarness, write_png, pattern: np.ndarray
) -> None:
    path = write_png("beach.png", pattern[:20, :30])
    session = harness.session
    session.reopen([PhotoToOpen(path, (), geometry=LEFT_HALF)])
    harness.until(lambda: session.current is not None and not session.current.detecting)
    assert session.geometry == UNCHANGED and session.photo.width == 30
    assert "beach.png" in session.notice.what
