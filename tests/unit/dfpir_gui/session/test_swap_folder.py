"""Results that are swapped out: exact copies that do not depend on their sources, deleted with the window."""

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from core.photo import Photo
from core.system.version import program_version
from dfpir_gui.app.logging import start_logging, stop_logging
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Document, RememberedSteps, Session, State
from dfpir_gui.session.journal import Journal, RecoveredSession, files_in_use, recover_session
from dfpir_gui.session.swap_folder import SwapFolder
from dfpir_gui.settings.private_folders import lock_for
from dfpir_gui.workers.main_thread import MainThread

ONE = 40 * 60 * 3 * 10 + 1
"""Memory limit in bytes for one photo of 40×60 pixels with its result: two float32 and two 8-bit pictures."""


@pytest.fixture
def paths(write_png) -> list[Path]:
    noise = np.random.default_rng(5).integers(0, 256, (3, 40, 60, 3), np.uint8)
    return [write_png(f"{name}.png", pixels) for name, pixels in zip("abc", noise, strict=True)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "results"


@pytest.fixture
def store(place: Path) -> Iterator[SwapFolder]:
    """A swap folder that is closed after the session; checks that nothing is left in it."""
    store = SwapFolder(place)
    yield store
    store.close()
    assert list(place.glob("*/*")) == []


@pytest.fixture
def narrow(store: SwapFolder, make_harness):  # in this order: fixtures are closed in reverse
    """A session with memory for one photo and its result."""
    return make_harness(memory_limit=ONE, swap_folder=store)


def restored(narrow, detector, restorer, paths: list[Path]) -> list[Document]:
    """Open and restore the photos; only the current one stays in memory."""
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    session.restore_all()
    for _ in paths:
        restorer.finish()
    narrow.until(lambda: all(document.state is State.RESTORED for document in session.documents))
    narrow.until(lambda: all(document.swap_file for document in session.documents if document is not session.current))
    narrow.rest()
    return list(session.documents)


def files(place: Path) -> list[Path]:
    return sorted(place.glob("*/*"))


def show(narrow, document: Document) -> None:
    narrow.session.show(document)
    narrow.until(lambda: narrow.session.current is document)
    narrow.rest()


def test_results_beyond_the_memory_limit_are_swapped_out_and_restored_exactly(
    narrow, detector, restorer, paths: list[Path], place: Path
) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    assert len(files(place)) == 2
    assert sum(document.memory_bytes for document in documents) <= ONE
    swapped = documents[1]
    expected = 1.0 - Photo.open(paths[1]).pixels
    assert swapped.photo is None and swapped.unsaved and swapped.result.photo.pixels.nbytes < 100
    small = swapped.thumbnail.astype(float)
    assert np.abs(small - expected * 255).max() <= 1  # the result's thumbnail, not the source's
    paths[1].unlink()  # the result outlives its source
    show(narrow, swapped)
    assert (session.result.photo.pixels == expected).all()
    assert session.after is not None and session.before is not None
    assert session.state is State.RESTORED and swapped.swap_file is None
    assert len(files(place)) == 2  # the previously shown photo is swapped out now
    assert session.result.photo.source == paths[1]


def test_a_swapped_result_is_saved_without_being_shown(
    narrow, detector, restorer, paths: list[Path], tmp_path, read_png
) -> None:
    documents = restored(narrow, detector, restorer, paths)
    swapped = documents[2]
    narrow.session.save(tmp_path / "out.png", document=swapped)
    narrow.rest()
    assert swapped.state is State.SAVED and swapped.swap_file is not None
    assert (read_png(tmp_path / "out.png") == 255 - read_png(paths[2])).all()


def test_a_swapped_result_is_shown_after_it_was_saved(narrow, detector, restorer, paths: list[Path], tmp_path) -> None:
    documents = restored(narrow, detector, restorer, paths)
    narrow.session.save(tmp_path / "out.png", document=documents[2])
    narrow.session.show(documents[2])
    narrow.until(lambda: narrow.session.current is documents[2])
    assert (tmp_path / "out.png").is_file()


def test_undo_works_after_a_result_was_swapped_in(narrow, detector, restorer, paths: list[Path]) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    show(narrow, documents[1])
    session.editor.set_strength(0, 0.5)
    assert session.current.outdated  # its passes were dropped; the result stays until it is restored again
    assert session.result is not None and session.can_restore
    session.editor.undo()
    assert not session.current.outdated and session.result is not None


def test_a_damaged_swap_file_loses_only_the_result(narrow, detector, restorer, paths: list[Path], place: Path) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    documents[1].swap_file.write_bytes(b"damaged")
    session.show(documents[1])
    narrow.until(lambda: session.current is documents[1])
    assert session.result is None and session.state is State.READY
    assert "b.png could not be read back" in session.notice.what
    assert session.can_restore


def test_closing_a_photo_deletes_its_swap_file(narrow, detector, restorer, paths: list[Path], place: Path) -> None:
    documents = restored(narrow, detector, restorer, paths)
    gone = documents[1].swap_file
    narrow.session.remove(documents[1])
    narrow.rest()
    assert not gone.exists() and len(files(place)) == 1


def test_without_disk_space_results_stay_in_memory(
    narrow, detector, restorer, paths: list[Path], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=2**30))
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    session.restore_all()
    for _ in paths:
        restorer.finish()
    narrow.until(lambda: all(document.state is State.RESTORED for document in session.documents))
    narrow.rest()
    assert files(place) == []
    assert all(document.result.photo.pixels.shape == (40, 60, 3) for document in session.documents)


def test_folders_of_crashed_windows_are_deleted_but_not_those_of_running_ones(place: Path) -> None:
    for name in ("crashed", "open"):
        (place / name).mkdir(parents=True)
        (place / name / "kept").write_bytes(b"x")
    lock = lock_for(place / "open")
    assert lock.tryLock(0)
    store = SwapFolder(place)
    assert not (place / "crashed").exists()
    assert (place / "open" / "kept").exists()
    lock.unlock()
    store.close()


def test_a_folder_that_cannot_be_written_leaves_results_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = SwapFolder(tmp_path / "file" / "results")
    assert store.new_file(1) is None
    store.close()


def test_closing_the_window_asks_about_unsaved_swapped_results(
    qtbot: QtBot, hand, restorer, detector, paths: list[Path], place: Path, tmp_path: Path, read_png
) -> None:
    main_thread = MainThread()
    store = SwapFolder(place)
    session = Session(
        post=main_thread.post,
        restorer_factory=lambda: restorer,
        open_photo=Photo.open,
        detector_factory=lambda: detector,
        memory_limit=ONE,
        swap_folder=store,
    )
    window = MainWindow(session, ())
    window.show()
    detector.find("haze")
    session.open_all(paths[:2])
    session.restore_all()
    for _ in paths:
        restorer.finish()
    qtbot.waitUntil(lambda: session.documents[1].swap_file is not None)
    session.save(tmp_path / "first.png")
    qtbot.waitUntil(lambda: session.state is State.SAVED)
    window.close()
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)))
    assert session.current is session.documents[1]  # it was swapped in to be shown
    hand.question(window).button(QMessageBox.StandardButton.Save).click()
    hand.answer(hand.file_dialog(window), tmp_path / "second.png")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert (read_png(tmp_path / "second.png") == 255 - read_png(paths[1])).all()
    store.close()


def crash(journal: Journal, store: SwapFolder) -> None:
    """Release what the system releases when a process is killed, and nothing else."""
    journal.write()
    journal._closed = True
    journal._timer.stop()
    journal._lock.unlock()
    for lock in store._folder._locks.values():
        lock.unlock()


@pytest.fixture
def crashed(
    make_harness, detector, restorer, paths: list[Path], place: Path, tmp_path: Path, qapp: object
) -> tuple[RecoveredSession, SwapFolder]:
    """What a crashed window has left of three restored photos, two of which were swapped out."""
    before = SwapFolder(place)
    first = make_harness(memory_limit=ONE, swap_folder=before)
    folder = tmp_path / "sessions"
    journal = Journal(first.session, folder)
    restored(first, detector, restorer, paths)
    journal.write()
    first.rest()
    crash(journal, before)
    in_use = files_in_use(folder)
    recovered = recover_session(folder)
    assert recovered is not None and {entry.path for entry in recovered.photos} == set(paths)
    return recovered, SwapFolder(place, in_use)


def test_swapped_results_are_recovered_after_a_crash(crashed, make_harness, paths: list[Path]) -> None:
    recovered, store = crashed
    expected = [1.0 - Photo.open(path).pixels for path in paths]
    paths[2].unlink()  # the result outlives its source
    again = make_harness(swap_folder=store)
    session = again.session
    session.reopen(recovered.photos, recovered.shown)
    again.rest()
    first, *others = session.documents
    assert first.result is None and first.state is State.READY  # its result was in memory only
    for document, pixels in zip(others, expected[1:], strict=True):
        assert document.state is State.RESTORED and document.unsaved and not document.outdated
        assert (document.result.photo.pixels == pixels).all()
        assert [step.degradation for step in document.edit.steps] == ["haze"]
    store.close()


def test_a_recovered_result_counts_as_unsaved_before_it_is_read(crashed, make_harness, detector) -> None:
    recovered, store = crashed
    again = make_harness(swap_folder=store)
    again.session.reopen(recovered.photos, 0)
    again.session.stop()  # before any is read
    again.rest()
    waiting = [document for document in again.session.documents if document.swap_file]
    assert len(waiting) == 2 and all(document.unsaved for document in waiting)
    again.session.show(waiting[0])
    again.rest()
    assert again.session.current is waiting[0] and again.session.result is not None
    store.close()


def test_swap_files_of_another_version_or_folder_are_not_read(
    make_harness, paths: list[Path], tmp_path: Path, place: Path
) -> None:
    outside = tmp_path / "elsewhere"
    outside.write_bytes(b"not our pickle")
    folder = tmp_path / "sessions"
    folder.mkdir()
    described = [
        {"path": str(paths[0]), "shown": True, "stack": [], "result": {"file": str(outside), "program": "0.0.1"}},
        {"path": str(paths[1]), "shown": False, "stack": [], "result": {"file": str(outside), "program": None}},
    ]
    described[1]["result"]["program"] = program_version()
    (folder / "dead.json").write_text(json.dumps({"session": 1, "photos": described}))
    in_use = files_in_use(folder)
    recovered = recover_session(folder)
    assert [entry.result for entry in recovered.photos] == [None, outside]
    store = SwapFolder(place, in_use)
    harness = make_harness(swap_folder=store)
    harness.session.reopen(recovered.photos, 0)
    harness.rest()
    assert [document.state for document in harness.session.documents] == [State.READY] * 2
    assert harness.session.notice is None and outside.exists()
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_only_the_user_can_read_the_program_s_own_files(
    narrow, detector, restorer, paths: list[Path], place: Path, tmp_path: Path, qapp: object
) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir(mode=0o755)  # as earlier versions have made it
    choices = RememberedSteps(tmp_path / "choices.json")
    journal = Journal(narrow.session, folder, choices)
    documents = restored(narrow, detector, restorer, paths)
    documents[0].user_edited = True
    journal.write()
    narrow.rest()
    log = start_logging()
    stop_logging()
    private = [*folder.glob("*.json"), tmp_path / "choices.json", log]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 3
    for path in (folder, place, files(place)[0].parent, log.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    journal.close()
