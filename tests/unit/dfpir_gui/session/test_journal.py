"""The crash journal: open photos are recovered after a crash, and only then."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.inference import Step
from core.masks import Brush, Component, Mask, Sky, Stroke
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import StackStep, State
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
    """Write what a killed window leaves behind."""
    folder.mkdir(exist_ok=True)
    (folder / "dead.json").write_text(json.dumps({"session": 1, "photos": photos}))


def test_every_change_is_written(qtbot: QtBot, window, journal, folder: Path, photo_path, write_png) -> None:
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


def test_a_full_disk_affects_only_the_journal(
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


def test_closing_deletes_the_file(qtbot: QtBot, window, folder: Path, photo_path: Path) -> None:
    journal = Journal(window.session, folder)
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    journal.close()
    assert not list(folder.glob("*.json"))
    assert recover_session(folder) is None


def test_a_running_window_is_not_recovered(qtbot: QtBot, window, journal, folder: Path, photo_path: Path) -> None:
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))))
    assert recover_session(folder) is None
    assert len(written(folder)) == 1


def test_photos_of_a_killed_process_are_recovered_once(folder: Path, photo_path: Path) -> None:
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


def test_recovered_photos_are_offered_and_opened_with_their_steps(
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
    window.offer_reopening(recover_session(folder))
    box = hand.question(window)
    assert "2 photos" in box.informativeText()
    qtbot.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    session = window.session
    qtbot.waitUntil(lambda: [document.state for document in session.documents] == [State.READY] * 2)
    assert session.current.path == other
    assert session.current.edit.stack == (StackStep("haze", 0.5), StackStep("rain", 1.0, False))
    assert session.documents[0].edit.steps == (Step("noise50"),)


def test_a_declined_offer_opens_nothing(qtbot: QtBot, hand, window: MainWindow, folder: Path, photo_path: Path) -> None:
    crashed(folder, [{"path": str(photo_path), "shown": True, "stack": None}])
    window.offer_reopening(recover_session(folder))
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
def test_a_damaged_file_is_ignored_and_deleted(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "odd.json").write_text(text)
    assert recover_session(folder) is None
    assert not list(folder.glob("*.json"))


def test_the_window_works_without_a_journal_folder(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, photo_path: Path
) -> None:
    (tmp_path / "file").touch()
    journal = Journal(window.session, tmp_path / "file" / "sessions")
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    journal.close()


def test_masks_are_written_down_and_recovered(qtbot: QtBot, window, journal, folder: Path, photo_path: Path) -> None:
    mask = Mask((Component(Sky()), Component(Brush((Stroke(((0.1, 0.2), (0.3, 0.4)), 0.1),)))), inverted=True)
    window.session.open(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze", 0.5)
    window.session.editor.set_mask(0, mask, "Paint mask")
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))) and len(written(folder)[0]["stack"][0]) == 4)
    crashed(other := folder.with_name("crashed"), written(folder))
    recovered = recover_session(other)
    assert recovered is not None and recovered.photos[0].stack == (StackStep("haze", 0.5, True, mask),)


def test_a_journal_with_a_damaged_mask_is_ignored(folder: Path) -> None:
    crashed(folder, [{"path": "/a.png", "shown": True, "stack": [["haze", 1.0, True, {"version": 1}]]}])
    assert recover_session(folder) is None
