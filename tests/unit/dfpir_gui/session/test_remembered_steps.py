"""The steps that the user chose are remembered from one start to the next."""

import json
import queue
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.geometry import UNCHANGED, Geometry
from core.inference import Step
from core.masks import LinearGradient, Mask
from core.photo import Photo
from dfpir_gui.session import RememberedEdit, RememberedSteps, Session, StackStep
from dfpir_gui.session.journal import Journal, recover_session


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


def test_steps_of_a_photo_are_remembered_until_its_file_changes(
    harness, restorer, detector, qtbot: QtBot, folder: Path, photo_path: Path
) -> None:
    file = folder.parent / "choices.json"
    choices = RememberedSteps(file)
    journal = Journal(harness.session, folder, choices)
    detector.find("haze")
    harness.open(photo_path)
    harness.session.editor.replace((Step("rain", 0.4),))
    qtbot.waitUntil(journal._timer.isActive)
    qtbot.waitUntil(lambda: not journal._timer.isActive())
    harness.rest()
    journal.close()

    again = RememberedSteps(file)
    assert again.find(photo_path) == RememberedEdit((StackStep("rain", 0.4),))
    assert again.find(photo_path.with_name("other.png")) is None
    photo_path.write_bytes(photo_path.read_bytes() + b" ")  # another photo by now
    assert again.find(photo_path) is None


def test_a_file_with_a_number_beyond_all_bounds_is_ignored(tmp_path: Path, photo_path: Path) -> None:
    file = tmp_path / "choices.json"
    choices = RememberedSteps(file)
    choices.update({photo_path: RememberedEdit((StackStep("rain", 0.4),))})
    choices.write()
    file.write_text(file.read_text().replace("0.4", "1" + 400 * "0"))
    assert RememberedSteps(file).find(photo_path) is None


def test_remembered_steps_take_precedence_over_detected_ones(
    restorer, detector, tmp_path: Path, photo_path: Path
) -> None:
    choices = RememberedSteps(tmp_path / "choices.json")
    chosen = RememberedEdit((StackStep("rain", 0.4), StackStep("blur", 1.0, False)))
    assert choices.update({photo_path: chosen})
    assert not choices.update({photo_path: chosen})
    choices.write()
    detector.find("haze")
    posted: queue.SimpleQueue = queue.SimpleQueue()
    session = Session(
        post=posted.put,
        restorer_factory=lambda: restorer,
        open_photo=Photo.open,
        detector_factory=lambda: detector,
        remembered_steps=RememberedSteps(tmp_path / "choices.json"),
    )
    session.open(photo_path)
    while session.busy:
        posted.get(timeout=10)()
    assert session.steps == (Step("rain", 0.4),)
    assert len(session.current.edit.stack) == 2
    assert session.detection.found == ("haze",)
    session.close()


def test_two_windows_keep_each_other_s_steps_and_invalid_files_are_ignored(tmp_path: Path, photo_path: Path) -> None:
    file, other = tmp_path / "choices.json", tmp_path / "other.png"
    first, second = RememberedSteps(file), RememberedSteps(file)
    first.update({photo_path: RememberedEdit((StackStep("rain"),))})
    second.update({other: RememberedEdit((StackStep("haze"),))})
    first.write()
    second.write()
    both = RememberedSteps(file)
    assert both.find(photo_path) == RememberedEdit((StackStep("rain"),))
    assert both.find(other) == RememberedEdit((StackStep("haze"),))
    file.write_text('{"choices": 1, "stacks": {"x": [["snow", 1, true]]}}')
    assert RememberedSteps(file).find(photo_path) is None


def test_masks_are_remembered(tmp_path: Path, photo_path: Path) -> None:
    stack = (StackStep("haze", 0.5, True, Mask.from_shape(LinearGradient((0.5, 0.1), (0.5, 0.9)))), StackStep("rain"))
    choices = RememberedSteps(tmp_path / "choices.json")
    choices.update({photo_path: RememberedEdit(stack)})
    choices.write()
    assert RememberedSteps(tmp_path / "choices.json").find(photo_path) == RememberedEdit(stack)


def turned_and_cropped(harness, restorer, detector, photo_path: Path, geometry: Geometry) -> None:
    detector.find("haze")
    harness.open(photo_path)
    harness.session.set_geometry(geometry)
    harness.until(lambda: harness.session.photo.preserved.geometry == geometry and not harness.session.busy)


def test_rotation_and_crop_are_remembered_with_and_without_steps(
    harness, make_harness, restorer, detector, folder: Path, photo_path: Path, qapp
) -> None:
    file, geometry = folder.parent / "choices.json", Geometry(1, (10, 20, 60, 90))
    journal = Journal(harness.session, folder, RememberedSteps(file))
    turned_and_cropped(harness, restorer, detector, photo_path, geometry)
    journal.write()
    harness.rest()
    assert RememberedSteps(file).find(photo_path) == RememberedEdit(None, geometry)
    again = make_harness(remembered_steps=RememberedSteps(file))
    again.open(photo_path)
    assert (again.session.photo.width, again.session.photo.height) == (60, 90)
    assert again.session.steps == (Step("haze"),)  # the detector's proposal, as before

    masked = Step("haze", 0.5, Mask.from_shape(LinearGradient((0.5, 0.1), (0.5, 0.9))))
    harness.session.editor.replace((masked,))
    journal.write()
    harness.rest()
    again = make_harness(remembered_steps=RememberedSteps(file))
    again.open(photo_path)
    assert again.session.geometry == geometry and again.session.steps == (masked,)  # not moved at all

    harness.session.set_geometry(UNCHANGED)
    harness.until(lambda: harness.session.photo.preserved.geometry == UNCHANGED and not harness.session.busy)
    journal.write()
    harness.rest()
    journal.close()
    again = make_harness(remembered_steps=RememberedSteps(file))
    again.open(photo_path)
    assert (again.session.photo.width, again.session.photo.height) == (200, 120)


def test_a_crop_that_was_removed_is_forgotten(
    harness, restorer, detector, folder: Path, photo_path: Path, qapp
) -> None:
    file = folder.parent / "choices.json"
    journal = Journal(harness.session, folder, RememberedSteps(file))
    turned_and_cropped(harness, restorer, detector, photo_path, Geometry(2))
    journal.write()
    harness.rest()
    harness.session.editor.undo()
    harness.until(lambda: harness.session.photo.preserved.geometry == UNCHANGED and not harness.session.busy)
    journal.write()
    harness.rest()
    journal.close()
    assert RememberedSteps(file).find(photo_path) is None and "cropped" not in file.read_text()


def test_a_crop_is_remembered_even_if_the_window_closes_at_once(
    harness, restorer, detector, folder: Path, photo_path: Path, qapp
) -> None:
    file = folder.parent / "choices.json"
    journal = Journal(harness.session, folder, RememberedSteps(file))
    turned_and_cropped(harness, restorer, detector, photo_path, Geometry(3))
    assert journal._timer.isActive()
    harness.session.close()
    journal.close()
    assert RememberedSteps(file).find(photo_path) == RememberedEdit(None, Geometry(3))
    assert not list(folder.glob("*.json"))


def test_a_crash_keeps_a_crop_that_was_made_just_before_it(
    harness, make_harness, restorer, detector, folder: Path, photo_path: Path, qapp
) -> None:
    file, geometry = folder.parent / "choices.json", Geometry(0, (50, 10, 100, 60))
    journal = Journal(harness.session, folder, RememberedSteps(file))
    turned_and_cropped(harness, restorer, detector, photo_path, geometry)
    journal.write()
    harness.rest()
    journal._lock.unlock()  # the window has crashed
    recovered = recover_session(folder)
    again = make_harness(remembered_steps=RememberedSteps(file))
    again.session.reopen(recovered.photos)
    again.until(lambda: again.session.current is not None and not again.session.current.detecting)
    assert again.session.geometry == geometry and again.session.steps == (Step("haze"),)


def test_steps_of_a_cropped_photo_are_read_by_earlier_versions(tmp_path: Path, photo_path: Path) -> None:
    moved, upright = (StackStep("haze", 0.5),), (StackStep("haze", 0.25),)
    file = tmp_path / "choices.json"
    choices = RememberedSteps(file)
    choices.update({photo_path: RememberedEdit(moved, Geometry(1), upright)})
    choices.write()
    (entries,) = json.loads(file.read_text())["stacks"].values()
    assert entries == [["haze", 0.25, True]]
    other = RememberedSteps(file)  # which writes them again for another window
    other.write()
    assert RememberedSteps(file).find(photo_path) == RememberedEdit(moved, Geometry(1))
    assert json.loads(file.read_text())["stacks"].popitem()[1] == [["haze", 0.25, True]]
