"""Results that wait on the disk: bit for bit, whatever becomes of their sources, and gone with the window."""

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
from dfpir_gui.app.log_files import start_logging, stop_logging
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Document, RememberedSteps, Session, State
from dfpir_gui.session.journal import Journal, RecoveredSession, files_in_use, recover_session
from dfpir_gui.session.swap_folder import SwapFolder
from dfpir_gui.settings.private_folders import lock_for
from dfpir_gui.workers.main_thread import MainThread

ONE = 40 * 60 * 3 * 10 + 1
"""Room in bytes for one photo of 40×60 pixels with its result: two float32 pictures, and two of bytes."""


@pytest.fixture
def paths(write_png) -> list[Path]:
    noise = np.random.default_rng(5).integers(0, 256, (3, 40, 60, 3), np.uint8)
    return [write_png(f"{name}.png", pixels) for name, pixels in zip("abc", noise, strict=True)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "results"


@pytest.fixture
def store(place: Path) -> Iterator[SwapFolder]:
    """It ends after the session that uses it, and takes everything with it."""
    store = SwapFolder(place)
    yield store
    store.close()
    assert list(place.glob("*/*")) == []


@pytest.fixture
def narrow(store: SwapFolder, make_bench):  # in this order: what comes last is closed first
    """A session with room for one photo with its result."""
    return make_bench(memory_limit=ONE, swap_folder=store)


def restored(narrow, detector, restorer, paths: list[Path]) -> list[Document]:
    """Open and restore the photos; only the one that is shown stays in memory."""
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


def test_results_beyond_the_room_wait_on_the_disk_and_come_back_bit_for_bit(
    narrow, detector, restorer, paths: list[Path], place: Path
) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    assert len(files(place)) == 2
    assert sum(document.memory_bytes for document in documents) <= ONE
    away = documents[1]
    expected = 1.0 - Photo.open(paths[1]).pixels
    assert away.photo is None and away.unsaved and away.result.photo.pixels.nbytes < 100
    small = away.thumbnail.astype(float)
    assert np.abs(small - expected * 255).max() <= 1  # that of the result, not of the source
    paths[1].unlink()  # the result outlives its source
    show(narrow, away)
    assert (session.result.photo.pixels == expected).all()
    assert session.after is not None and session.before is not None
    assert session.state is State.RESTORED and away.swap_file is None
    assert len(files(place)) == 2  # the one that was shown before is away now
    assert session.result.photo.source == paths[1]


def test_a_result_is_saved_without_being_shown(
    narrow, detector, restorer, paths: list[Path], tmp_path, read_png
) -> None:
    documents = restored(narrow, detector, restorer, paths)
    away = documents[2]
    narrow.session.save(tmp_path / "out.png", document=away)
    narrow.rest()
    assert away.state is State.SAVED and away.swap_file is not None
    assert (read_png(tmp_path / "out.png") == 255 - read_png(paths[2])).all()


def test_a_photo_is_shown_that_was_being_saved_from_the_disk(
    narrow, detector, restorer, paths: list[Path], tmp_path
) -> None:
    documents = restored(narrow, detector, restorer, paths)
    narrow.session.save(tmp_path / "out.png", document=documents[2])
    narrow.session.show(documents[2])
    narrow.until(lambda: narrow.session.current is documents[2])
    assert (tmp_path / "out.png").is_file()


def test_undo_and_new_strengths_go_on_after_a_result_came_back(narrow, detector, restorer, paths: list[Path]) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    show(narrow, documents[1])
    session.editor.set_strength(0, 0.5)
    assert session.current.outdated  # its passes are gone; the result stays until it is restored again
    assert session.result is not None and session.can_restore
    session.editor.undo()
    assert not session.current.outdated and session.result is not None


def test_a_file_that_cannot_be_read_costs_the_result_only(
    narrow, detector, restorer, paths: list[Path], place: Path
) -> None:
    session = narrow.session
    documents = restored(narrow, detector, restorer, paths)
    documents[1].swap_file.write_bytes(b"damaged")
    session.show(documents[1])
    narrow.until(lambda: session.current is documents[1])
    assert session.result is None and session.state is State.READY
    assert "b.png could not be read back" in session.notice.what
    assert session.can_restore


def test_closing_a_photo_takes_its_file_away(narrow, detector, restorer, paths: list[Path], place: Path) -> None:
    documents = restored(narrow, detector, restorer, paths)
    gone = documents[1].swap_file
    narrow.session.remove(documents[1])
    narrow.rest()
    assert not gone.exists() and len(files(place)) == 1


def test_without_room_on_the_disk_everything_stays_in_memory(
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


def test_what_a_crash_has_left_is_taken_away_but_not_what_another_window_holds(place: Path) -> None:
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


def test_the_window_asks_for_unsaved_results_that_wait_on_the_disk(
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
    assert session.current is session.documents[1]  # it was brought back to be seen
    hand.question(window).button(QMessageBox.StandardButton.Save).click()
    hand.answer(hand.file_dialog(window), tmp_path / "second.png")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert (read_png(tmp_path / "second.png") == 255 - read_png(paths[1])).all()
    store.close()


def crash(journal: Journal, store: SwapFolder) -> None:
    """Let go of what the system gives up when a process is killed, and of nothing else."""
    journal.write()
    journal._closed = True
    journal._timer.stop()
    journal._lock.unlock()
    for lock in store._folder._locks.values():
        lock.unlock()


@pytest.fixture
def crashed(
    make_bench, detector, restorer, paths: list[Path], place: Path, tmp_path: Path, qapp: object
) -> tuple[RecoveredSession, SwapFolder]:
    """What a window has left of three restored photos, of which it had put two away."""
    before = SwapFolder(place)
    first = make_bench(memory_limit=ONE, swap_folder=before)
    folder = tmp_path / "sessions"
    journal = Journal(first.session, folder)
    restored(first, detector, restorer, paths)
    journal.write()
    first.rest()
    crash(journal, before)
    in_use = files_in_use(folder)
    abandoned = recover_session(folder)
    assert abandoned is not None and {entry.path for entry in abandoned.photos} == set(paths)
    return abandoned, SwapFolder(place, in_use)


def test_results_that_lay_on_the_disk_come_back_after_a_crash(crashed, make_bench, paths: list[Path]) -> None:
    abandoned, store = crashed
    expected = [1.0 - Photo.open(path).pixels for path in paths]
    paths[2].unlink()  # the result outlives its source
    again = make_bench(swap_folder=store)
    session = again.session
    session.reopen(abandoned.photos, abandoned.shown)
    again.rest()
    first, *others = session.documents
    assert first.result is None and first.state is State.READY  # it was in the memory only
    for document, pixels in zip(others, expected[1:], strict=True):
        assert document.state is State.RESTORED and document.unsaved and not document.outdated
        assert (document.result.photo.pixels == pixels).all()
        assert [step.degradation for step in document.edit.steps] == ["haze"]
    store.close()


def test_a_result_that_is_not_read_back_yet_counts_as_unsaved(crashed, make_bench, detector) -> None:
    abandoned, store = crashed
    again = make_bench(swap_folder=store)
    again.session.reopen(abandoned.photos, 0)
    again.session.stop()  # before any is read
    again.rest()
    waiting = [document for document in again.session.documents if document.swap_file]
    assert len(waiting) == 2 and all(document.unsaved for document in waiting)
    again.session.show(waiting[0])
    again.rest()
    assert again.session.current is waiting[0] and again.session.result is not None
    store.close()


def test_a_result_of_another_version_or_outside_the_store_is_not_read(
    make_bench, paths: list[Path], tmp_path: Path, place: Path
) -> None:
    outside = tmp_path / "elsewhere"
    outside.write_bytes(b"no pickle of ours")
    folder = tmp_path / "sessions"
    folder.mkdir()
    described = [
        {"path": str(paths[0]), "shown": True, "stack": [], "result": {"file": str(outside), "program": "0.0.1"}},
        {"path": str(paths[1]), "shown": False, "stack": [], "result": {"file": str(outside), "program": None}},
    ]
    described[1]["result"]["program"] = program_version()
    (folder / "dead.json").write_text(json.dumps({"session": 1, "photos": described}))
    in_use = files_in_use(folder)
    abandoned = recover_session(folder)
    assert [entry.result for entry in abandoned.photos] == [None, outside]
    store = SwapFolder(place, in_use)
    bench = make_bench(swap_folder=store)
    bench.session.reopen(abandoned.photos, 0)
    bench.rest()
    assert [document.state for document in bench.session.documents] == [State.READY] * 2
    assert bench.session.notice is None and outside.exists()
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_what_the_window_writes_for_itself_is_for_its_user_alone(
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
