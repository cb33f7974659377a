"""What was open comes back after a crash, and only then."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.inference import Step
from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import RememberedSteps, Session, StackStep, State
from dfpir_gui.session.journal import Journal, recover_session
from tests.faults.disk import full_disk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def journal(window: MainWindow, folder: Path) -> Iterator[Journal]:
    journal = Journal(window.session, folder)
    yield journal
    journal.close()


def written(folder: Path) -> list[dict]:
    (path,) = folder.glob("*.json")
    return json.loads(path.read_text())["photos"]


def crashed(folder: Path, photos: list[dict]) -> None:
    """What a window leaves that was killed."""
    folder.mkdir(exist_ok=True)
    (folder / "dead.json").write_text(json.dumps({"session": 1, "photos": photos}))


def test_every_change_is_written_down(qtbot: QtBot, window, journal, folder: Path, photo_path, write_png) -> None:
    session = window.session
    other = write_png("other.png", np.full((30, 50, 3), 99, np.uint8))
    session.open_all([photo_path, other])
    qtbot.waitUntil(lambda: [document.state for document in session.documents] == [State.READY] * 2)
    session.choose("haze", 0.5)
    session.editor.add("rain")
    session.editor.enable(1, False)
    session.editor.undo()
    session.editor.redo()
    stack = [["haze", 0.5, True], ["rain", 1.0, False]]
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))) and written(folder)[0]["stack"] == stack)
    assert written(folder) == [
        {"path": str(photo_path), "shown": True, "stack": stack},
        {"path": str(other), "shown": False, "stack": None},
    ]


def test_a_full_disk_costs_what_is_written_down_and_nothing_else(
    qtbot: QtBot, window, journal, folder: Path, photo_path, monkeypatch, caplog
) -> None:
    session = window.session
    with full_disk(monkeypatch, 1) as disk:
        window.open_photo(photo_path)
        qtbot.waitUntil(lambda: "could not be written down" in caplog.text)
        qtbot.waitUntil(lambda: session.state is State.READY)
    assert disk.failed and not list(folder.glob("*.json")) and session.notice is None
    session.choose("haze", 0.5)  # there is room again
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    assert written(folder)[0]["stack"] == [["haze", 0.5, True]]


def test_nothing_is_left_after_a_clean_end(qtbot: QtBot, window, folder: Path, photo_path: Path) -> None:
    journal = Journal(window.session, folder)
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    journal.close()
    assert not list(folder.glob("*.json"))
    assert recover_session(folder) is None


def test_a_window_that_is_open_is_left_alone(qtbot: QtBot, window, journal, folder: Path, photo_path: Path) -> None:
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    assert recover_session(folder) is None
    assert len(written(folder)) == 1


def test_a_process_that_was_killed_leaves_what_it_had_open(folder: Path, photo_path: Path) -> None:
    folder.mkdir()
    program = (
        "import os, signal, sys; from pathlib import Path; from PySide6.QtCore import QLockFile\n"
        "folder = Path(sys.argv[1]); lock = QLockFile(str(folder / 'gone.lock')); lock.setStaleLockTime(0)\n"
        "assert lock.tryLock(0); (folder / 'gone.json').write_text(sys.argv[2]); print('ready', flush=True)\n"
        "sys.stdin.read()"
    )
    photos = [{"path": str(photo_path), "shown": True, "stack": [["haze", 1.0, True]]}]
    text = json.dumps({"session": 1, "photos": photos})
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder), text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None and process.stdout.readline().strip() == b"ready"
        assert recover_session(folder) is None  # it lives
        process.kill()
    found = recover_session(folder)
    assert found is not None
    assert [(photo.path, photo.stack) for photo in found.photos] == [(photo_path, (StackStep("haze"),))]
    assert recover_session(folder) is None  # offered once


def test_what_was_open_is_offered_and_opened_with_its_steps(
    qtbot: QtBot, hand, window: MainWindow, detector, folder: Path, photo_path: Path, write_png
) -> None:
    detector.find("noise", sigma=50.0)
    other = write_png("other.png", np.full((30, 50, 3), 99, np.uint8))
    crashed(
        folder,
        [
            {"path": str(photo_path), "shown": False, "stack": None},
            {"path": str(other), "shown": True, "stack": [["haze", 0.5, True], ["rain", 1.0, False]]},
        ],
    )
    window.offer(recover_session(folder))
    box = hand.question(window)
    assert "2 photos" in box.informativeText()
    qtbot.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    session = window.session
    qtbot.waitUntil(lambda: [document.state for document in session.documents] == [State.READY] * 2)
    assert session.current.path == other
    assert session.current.edit.stack == (StackStep("haze", 0.5), StackStep("rain", 1.0, False))
    assert session.documents[0].edit.steps == (Step("noise50"),)


def test_not_now_opens_nothing(qtbot: QtBot, hand, window: MainWindow, folder: Path, photo_path: Path) -> None:
    crashed(folder, [{"path": str(photo_path), "shown": True, "stack": None}])
    window.offer(recover_session(folder))
    box = hand.question(window)
    qtbot.mouseClick(box.escapeButton(), Qt.MouseButton.LeftButton)
    assert window.session.documents == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"session": 2, "photos": []}',
        '{"session": 1, "photos": [{"path": "x.png"}]}',
        '{"session": 1, "photos": [{"path": "x.png", "shown": true, "stack": [["snow", 1, true]]}]}',
        '{"session": 1, "photos": [{"path": "x.png", "shown": true, "stack": [["haze", 7, true]]}]}',
    ],
)
def test_a_damaged_file_is_no_obstacle(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "odd.json").write_text(text)
    assert recover_session(folder) is None
    assert not list(folder.glob("*.json"))


def test_a_folder_that_cannot_be_made_does_not_keep_the_window_from_working(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, photo_path: Path
) -> None:
    (tmp_path / "file").touch()
    journal = Journal(window.session, tmp_path / "file" / "sessions")
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    journal.close()


def test_what_was_chosen_for_a_photo_is_proposed_at_the_next_start(
    bench, restorer, detector, qtbot: QtBot, folder: Path, photo_path: Path
) -> None:
    file = folder.parent / "choices.json"
    choices = RememberedSteps(file)
    journal = Journal(bench.session, folder, choices)
    detector.find("haze")
    bench.open(photo_path)
    bench.session.editor.replace((Step("rain", 0.4),))
    qtbot.waitUntil(journal._timer.isActive)
    qtbot.waitUntil(lambda: not journal._timer.isActive())
    bench.rest()
    journal.close()

    again = RememberedSteps(file)
    assert again.find(photo_path) == (StackStep("rain", 0.4),)
    assert again.find(photo_path.with_name("other.png")) is None
    photo_path.write_bytes(photo_path.read_bytes() + b" ")  # another photo by now
    assert again.find(photo_path) is None


def test_remembered_steps_go_before_those_that_are_found(restorer, detector, tmp_path: Path, photo_path: Path) -> None:
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


def test_two_windows_do_not_forget_each_other_s_choices_and_nonsense_is_no_obstacle(
    tmp_path: Path, photo_path: Path
) -> None:
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
