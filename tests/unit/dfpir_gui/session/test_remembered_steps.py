"""The steps that the user chose are remembered from one start to the next."""

import queue
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.inference import Step
from core.masks import LinearGradient, Mask
from core.photo import Photo
from dfpir_gui.session import RememberedSteps, Session, StackStep
from dfpir_gui.session.journal import Journal


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
    assert again.find(photo_path) == (StackStep("rain", 0.4),)
    assert again.find(photo_path.with_name("other.png")) is None
    photo_path.write_bytes(photo_path.read_bytes() + b" ")  # another photo by now
    assert again.find(photo_path) is None


def test_a_file_with_a_number_beyond_all_bounds_is_ignored(tmp_path: Path, photo_path: Path) -> None:
    file = tmp_path / "choices.json"
    choices = RememberedSteps(file)
    choices.update({photo_path: (StackStep("rain", 0.4),)})
    choices.write()
    file.write_text(file.read_text().replace("0.4", "1" + 400 * "0"))
    assert RememberedSteps(file).find(photo_path) is None


def test_remembered_steps_take_precedence_over_detected_ones(
    restorer, detector, tmp_path: Path, photo_path: Path
) -> None:
    choices = RememberedSteps(tmp_path / "choices.json")
    assert choices.update({photo_path: (StackStep("rain", 0.4), StackStep("blur", 1.0, False))})
    assert not choices.update({photo_path: (StackStep("rain", 0.4), StackStep("blur", 1.0, False))})
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
    first.update({photo_path: (StackStep("rain"),)})
    second.update({other: (StackStep("haze"),)})
    first.write()
    second.write()
    both = RememberedSteps(file)
    assert (both.find(photo_path), both.find(other)) == ((StackStep("rain"),), (StackStep("haze"),))
    file.write_text('{"choices": 1, "stacks": {"x": [["snow", 1, true]]}}')
    assert RememberedSteps(file).find(photo_path) is None


def test_masks_are_remembered(tmp_path: Path, photo_path: Path) -> None:
    stack = (StackStep("haze", 0.5, True, Mask.from_shape(LinearGradient((0.5, 0.1), (0.5, 0.9)))), StackStep("rain"))
    choices = RememberedSteps(tmp_path / "choices.json")
    choices.update({photo_path: stack})
    choices.write()
    assert RememberedSteps(tmp_path / "choices.json").find(photo_path) == stack
