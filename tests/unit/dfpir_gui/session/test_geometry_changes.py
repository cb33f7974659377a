"""Tests for rotating and cropping open photos."""

from pathlib import Path

import numpy as np
import pytest

from core.geometry import UNCHANGED, Geometry
from core.inference import Step
from core.masks import Component, LinearGradient, Mask
from core.photo import Photo
from core.recipes import read_recipe
from dfpir_gui.session import Document, Session, State
from dfpir_gui.session.journal import Journal, recover_session
from dfpir_gui.session.swap_folder import SwapFolder
from dfpir_gui.settings.export_options import ExportOptions
from tests.unit.dfpir_gui.stand_ins import SessionHarness

CROP = Geometry(1, (10, 20, 50, 60))


def levels(photo: Photo) -> np.ndarray:
    return np.rint(photo.pixels * 255).astype(np.uint8)


def wait(harness: SessionHarness) -> None:
    harness.until(lambda: harness.session.current.can_change_geometry and not harness.session.current.detecting)


def restore(harness: SessionHarness, restorer) -> None:
    harness.session.restore()
    restorer.finish()
    harness.until(lambda: harness.session.state is State.RESTORED)


@pytest.fixture
def cropped(harness: SessionHarness, photo_path: Path) -> SessionHarness:
    harness.open(photo_path)
    harness.session.set_geometry(CROP)
    wait(harness)
    return harness


def expected(pattern: np.ndarray) -> np.ndarray:
    return np.rot90(pattern, -1)[20:80, 10:60]


def test_the_photo_is_rotated_and_cropped_and_detected_again(
    harness: SessionHarness, photo_path: Path, pattern: np.ndarray, detector
) -> None:
    harness.open(photo_path)
    detector.find("rain")
    harness.session.set_geometry(CROP)
    assert not harness.session.can_change_geometry
    wait(harness)
    session = harness.session
    assert (levels(session.photo) == expected(pattern)).all()
    assert (session.before.levels[0] == expected(pattern)).all()
    assert session.steps == (Step("rain"),)


def test_undo_and_redo_bring_photo_and_result_back(
    harness: SessionHarness, photo_path: Path, restorer, pattern
) -> None:
    harness.open(photo_path)
    session = harness.session
    session.choose("haze")
    restore(harness, restorer)
    session.set_geometry(CROP)
    wait(harness)
    assert session.result is None
    assert session.steps == (Step("haze"),)
    restore(harness, restorer)
    assert (session.after.levels[0] == 255 - expected(pattern)).all()
    runs = len(restorer.calls)
    session.editor.undo()  # the restoration
    session.editor.undo()  # the crop
    wait(harness)
    harness.until(lambda: session.result is not None)
    assert session.geometry == UNCHANGED
    assert (session.after.levels[0] == 255 - pattern).all()
    session.editor.redo()
    session.editor.redo()
    wait(harness)
    harness.until(lambda: session.result is not None)
    assert (session.after.levels[0] == 255 - expected(pattern)).all()
    assert len(restorer.calls) == runs  # all of it from kept passes


def test_a_crop_that_changes_nothing_leaves_result_and_undo(
    harness: SessionHarness, photo_path: Path, restorer
) -> None:
    harness.open(photo_path)
    session = harness.session
    session.choose("haze")
    restore(harness, restorer)
    undo_text = session.current.undo.undo_text
    session.set_geometry(session.geometry)
    assert session.current.undo.undo_text == undo_text == "Restore"
    session.editor.set_strength(0, 0.5)
    harness.until(lambda: session.current.blend_request is None)
    assert session.result.steps == session.steps == (Step("haze", 0.5),)


def test_rotations_add_up(cropped: SessionHarness, pattern: np.ndarray) -> None:
    for _ in range(2):
        cropped.session.rotate(1)
        wait(cropped)
    assert (levels(cropped.session.photo) == np.rot90(expected(pattern), 2)).all()
    cropped.session.rotate(-3)
    wait(cropped)
    assert cropped.session.geometry.quarters == 0


def test_result_and_recipe_have_the_geometry(
    cropped: SessionHarness, restorer, tmp_path: Path, read_png, pattern: np.ndarray
) -> None:
    session = cropped.session
    session.choose("haze")
    restore(cropped, restorer)
    path = tmp_path / "saved.png"
    session.save(path, options=ExportOptions(recipe=True))
    cropped.until(lambda: session.state is State.SAVED)
    assert (read_png(path) == 255 - expected(pattern)).all()
    assert read_recipe(tmp_path / "saved.png.recipe.json").geometry == CROP
    session.rotate(1)
    wait(cropped)
    assert session.saved_as is None


def test_a_recovered_photo_has_its_geometry(
    cropped: SessionHarness, make_harness, tmp_path: Path, pattern: np.ndarray, qapp
) -> None:
    folder = tmp_path / "sessions"
    journal = Journal(cropped.session, folder)
    journal.write()
    cropped.rest()
    journal._lock.unlock()  # the window has crashed
    recovered = recover_session(folder)
    again = make_harness()
    again.session.reopen(recovered.photos)
    again.until(lambda: again.session.current is not None and not again.session.current.detecting)
    assert (levels(again.session.photo) == expected(pattern)).all()
    again.session.set_geometry(UNCHANGED)
    wait(again)
    assert (levels(again.session.photo) == pattern).all()


def cropped_and_left(harness, restorer, photo_path: Path, other: Path) -> Document:
    """Crop and restore the photo, and open another one; the document of the first."""
    harness.open(photo_path)
    harness.session.set_geometry(CROP)
    wait(harness)
    harness.session.choose("haze")
    restore(harness, restorer)
    first = harness.session.current
    harness.open(other)
    return first


def test_a_photo_that_was_swapped_out_keeps_it_and_can_be_changed(
    make_harness, restorer, photo_path: Path, write_png, pattern: np.ndarray, tmp_path: Path, qapp
) -> None:
    harness = make_harness(memory_limit=1, swap_folder=SwapFolder(tmp_path / "swap"))
    session: Session = harness.session
    first = cropped_and_left(harness, restorer, photo_path, write_png("other.png", pattern))
    harness.until(lambda: first.swap_file is not None and first.photo is None)
    session.show(first)
    harness.until(lambda: session.current is first)
    assert (session.after.levels[0] == 255 - expected(pattern)).all()
    assert first.overview is None
    session.load_overview()
    wait(harness)
    assert (first.overview == pattern).all()
    assert session.result is not None
    session.set_geometry(UNCHANGED)
    wait(harness)
    assert (levels(session.photo) == pattern).all()


def test_a_source_that_was_deleted_is_reported_and_nothing_changes(
    make_harness, restorer, photo_path: Path, write_png, pattern: np.ndarray, tmp_path: Path, qapp
) -> None:
    harness = make_harness(memory_limit=1, swap_folder=SwapFolder(tmp_path / "swap"))
    session: Session = harness.session
    first = cropped_and_left(harness, restorer, photo_path, write_png("other.png", pattern))
    harness.until(lambda: first.photo is None)
    photo_path.unlink()
    session.show(first)
    harness.until(lambda: session.current is first)
    session.set_geometry(UNCHANGED)
    wait(harness)
    assert "beach.png" in session.notice.what
    assert session.geometry == CROP
    assert (levels(session.photo) == expected(pattern)).all()


def test_masks_move_with_the_photo_and_come_back_by_undo(harness: SessionHarness, photo_path: Path) -> None:
    harness.open(photo_path)
    session = harness.session
    mask = Mask((Component(LinearGradient((0.25, 0.5), (0.75, 0.5))),))
    session.editor.replace([Step("haze", mask=mask)])
    session.rotate(1)
    wait(harness)
    shape = session.steps[0].mask.components[0].shape
    assert shape.start == pytest.approx((0.5, 0.25))  # left is on top now
    assert shape.end == pytest.approx((0.5, 0.75))
    session.set_geometry(Geometry(0, (100, 0, 100, 120)))
    wait(harness)
    shape = session.steps[0].mask.components[0].shape
    assert shape.start == pytest.approx((-0.5, 0.5))
    assert shape.end == pytest.approx((0.5, 0.5))
    session.editor.undo()
    session.editor.undo()
    wait(harness)
    assert session.steps[0].mask == mask
