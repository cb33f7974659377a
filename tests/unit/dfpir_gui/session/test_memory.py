"""Photos are unloaded when the memory limit is reached."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.inference import Step
from core.photo import Photo
from dfpir_gui.session import Session, State


@pytest.fixture
def paths(write_png) -> list[Path]:
    return [write_png(f"{name}.png", np.full((30, 50, 3), 40 + 30 * n, np.uint8)) for n, name in enumerate("abc")]


@pytest.fixture
def narrow(make_harness) -> SimpleNamespace:
    """A session with memory for one small photo, and the names of the photos that it has read."""
    read: list[str] = []

    def open_photo(path: Path) -> Photo:
        read.append(path.name)
        return Photo.open(path)

    harness = make_harness(open_photo=open_photo, memory_limit=30 * 50 * 3 * 5 + 1)
    return SimpleNamespace(session=harness.session, read=read, until=harness.until)


def loaded(session: Session) -> list[str]:
    return [document.name for document in session.documents if document.photo is not None]


def test_photos_beyond_the_memory_limit_are_unloaded_and_read_again(narrow, detector, paths: list[Path]) -> None:
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    assert [d.state for d in session.documents] == [State.READY] * 3
    assert loaded(session) == ["a.png"]
    assert all(document.thumbnail is not None for document in session.documents)
    session.editor.set_strength(0, 0.5)
    session.show(session.documents[1])
    narrow.until(lambda: session.current.name == "b.png" and not session.busy)
    assert loaded(session) == ["b.png"]
    session.show_next(-1)
    narrow.until(lambda: session.current.name == "a.png" and not session.busy)
    assert session.steps == (Step("haze", 0.5),)
    assert session.current.undo.can_undo
    assert narrow.read == ["a.png", "b.png", "c.png", "b.png", "a.png"]


def test_restore_all_restores_unloaded_photos(narrow, detector, restorer, paths: list[Path]) -> None:
    session = narrow.session
    detector.find("haze")
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    assert session.can_restore_all
    session.restore_all()
    for _ in paths:
        restorer.finish()
    narrow.until(lambda: all(document.state is State.RESTORED for document in session.documents))
    assert len(restorer.calls) == 3


def test_an_unloaded_photo_whose_file_was_deleted_fails(narrow, detector, paths: list[Path]) -> None:
    session = narrow.session
    session.open_all(paths)
    narrow.until(lambda: not session.busy)
    paths[1].unlink()
    session.show(session.documents[1])
    narrow.until(lambda: not session.busy)
    assert session.current.name == "a.png"
    assert "b.png" in session.notice.what
    assert session.documents[1].state is State.FAILED
