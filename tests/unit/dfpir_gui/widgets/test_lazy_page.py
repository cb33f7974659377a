"""A page whose imports take place on a thread."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout
from pytestqt.qtbot import QtBot

from dfpir_gui.session import Session
from dfpir_gui.widgets.lazy_page import LazyPage, loaded_or_lazy
from dfpir_gui.widgets.page import PageWidget


class Plain(PageWidget):
    """A page that notes its end."""

    ended = 0

    def __init__(self, session: Session) -> None:
        super().__init__()
        QVBoxLayout(self).addWidget(QLabel("here"))

    @property
    def unfinished(self) -> str:
        return "Working."

    def end(self) -> None:
        self.ended += 1


def plain(session: Session) -> Iterator[Plain]:
    yield Plain(session)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that records the thread that imports it."""
    name = "slow_module_of_a_test"
    (tmp_path / f"{name}.py").write_text("import threading\nthread = threading.current_thread().name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_modules_are_imported_on_a_thread_and_the_page_follows(qtbot: QtBot, session: Session, module: str) -> None:
    page = loaded_or_lazy(session, (module,), plain)
    qtbot.addWidget(page)
    page.show()
    assert isinstance(page, LazyPage) and page.page is None and page.unfinished == ""
    assert any(label.text() == "Loading…" for label in page.findChildren(QLabel))
    qtbot.waitUntil(lambda: page.page is not None and page.page.isVisible())
    assert sys.modules[module].thread != threading.main_thread().name
    assert page.unfinished == "Working."
    with qtbot.waitSignal(page.photo_wanted) as wanted:
        page.page.photo_wanted.emit(Path("a.jpg"))
    assert wanted.args == [Path("a.jpg")]
    page.end()
    assert page.page.ended == 1
    again = loaded_or_lazy(session, (module,), plain)
    qtbot.addWidget(again)
    assert isinstance(again, Plain)


def test_a_page_that_ends_while_it_loads_is_never_made(qtbot: QtBot, session: Session, module: str) -> None:
    page = LazyPage(session, (module,), plain)
    qtbot.addWidget(page)
    page.end()
    qtbot.wait(10)
    assert page.page is None


def test_other_events_are_handled_between_the_steps_of_a_page(qtbot: QtBot, session: Session, module: str) -> None:
    done: list[str] = []

    def in_steps(session: Session) -> Iterator[Plain | None]:
        for step in ("first", "second"):
            done.append(step)
            QTimer.singleShot(0, lambda step=step: done.append(f"event after {step}"))
            yield None
        page = Plain(session)
        yield page
        done.append("third, while the page is shown" if page.isVisible() else "third")
        yield page

    page = LazyPage(session, (module,), in_steps)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(done) == 5)
    assert done.index("event after first") < done.index("third, while the page is shown") == 4
    assert done.index("first") < done.index("second") and isinstance(page.page, Plain)
    page.end()


def test_a_page_that_ends_between_its_steps_is_not_completed(qtbot: QtBot, session: Session, module: str) -> None:
    steps: list[int] = []

    def endless(session: Session) -> Iterator[Plain]:
        page = Plain(session)
        while True:
            steps.append(len(steps))
            yield page

    page = LazyPage(session, (module,), endless)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: len(steps) > 2)
    page.end()
    count = len(steps)
    qtbot.wait(20)
    assert len(steps) == count and page.page.ended == 1


def test_a_broken_installation_is_told(qtbot: QtBot, session: Session) -> None:
    page = LazyPage(session, ("no_such_module_at_all",), plain)
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: session.notice is not None)
    assert page.page is None
    page.end()
