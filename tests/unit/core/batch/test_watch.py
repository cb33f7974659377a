"""Watching a folder: new photos are restored once, when they are complete."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Control, Layout, Row, State
from core.batch.journal import Journal
from core.batch.watch import FolderEvents, PendingFiles, watch
from core.steps import Step
from tests.unit.core.batch.test_scan import links

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

TIMEOUT_S = 30


class Watcher:
    """Watches ``source`` on a thread of its own, and waits for what it restores."""

    def __init__(self, layout: Layout, config: "FakeConfig") -> None:
        self._control = Control()
        self._changed = threading.Condition()
        self._ready = False
        self.ended: list[Row] = []
        self.summaries = 0
        self._thread = threading.Thread(target=self._work, args=(layout, config))
        self._thread.start()

    def _work(self, layout: Layout, config: "FakeConfig") -> None:
        with Batch(layout, BatchSettings(steps=(Step("haze"),)), config) as batch:
            callbacks = {"on_row": self._on_row, "on_progress": lambda progress: None}
            watch(batch, self._control, on_summary=lambda summary: self._on_summary(), settle=0.05, **callbacks)

    def _on_row(self, row: Row) -> None:
        with self._changed:
            self.ended.append(row)
            self._changed.notify()

    def _on_summary(self) -> None:
        with self._changed:
            self._ready = True
            self._changed.notify()

    def wait(self) -> None:
        """Wait until the existing photos are restored."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._ready, TIMEOUT_S)

    def wait_for(self, *paths: str) -> None:
        """Wait until these photos have ended."""
        with self._changed:
            found = self._changed.wait_for(lambda: set(paths) <= {row.path for row in self.ended}, TIMEOUT_S)
        assert found, [row.path for row in self.ended]

    def end(self) -> None:
        self._control.cancel()
        self._thread.join(TIMEOUT_S)


@pytest.fixture
def watching(config: "FakeConfig") -> Iterator[Callable[[Layout], Watcher]]:
    """Starts watching until the end of the test."""
    made: list[Watcher] = []

    def begin(layout: Layout) -> Watcher:
        made.append(Watcher(layout, config))
        made[0].wait()
        return made[0]

    yield begin
    for watcher in made:
        watcher.end()


@pytest.fixture
def arrivals(source: Path) -> PendingFiles:
    return PendingFiles(source, settle=2.0)


def test_file_is_complete_when_it_no_longer_changes(source: Path, arrivals: PendingFiles) -> None:
    file = source / "a.jpg"
    file.write_bytes(b"half")
    arrivals.add("a.jpg", now=10.0)
    assert arrivals.pop_complete(now=11.5) == []
    file.write_bytes(b"half, and the other half")
    assert arrivals.pop_complete(now=12.5) == []  # it has changed: the wait starts again
    assert arrivals.pop_complete(now=14.0) == []
    (found,) = arrivals.pop_complete(now=14.5)
    assert (found.path, found.size) == ("a.jpg", 24) and len(arrivals) == 0


def test_removed_file_is_no_longer_pending(source: Path, arrivals: PendingFiles) -> None:
    (source / "a.jpg").write_bytes(b"x")
    arrivals.add("a.jpg", now=0.0)
    (source / "a.jpg").unlink()
    assert arrivals.pop_complete(now=5.0) == [] and len(arrivals) == 0


def test_existing_and_new_photos_are_restored(source: Path, make, watching: Callable[[Layout], Watcher], tree) -> None:
    make("first.png")
    target = source / "out"
    watcher = watching(Layout(source, target, exclude=("skip/",)))
    make("skip/not.png")
    make("sub/later.png")
    (source / "sub" / "notes.txt").write_text("no photo")
    watcher.wait_for("sub/later.png")
    watcher.end()
    assert [(row.path, row.state) for row in watcher.ended] == [
        ("first.png", State.RESTORED),
        ("sub/later.png", State.RESTORED),
    ]
    assert set(tree(target)) == {"first.png", "sub/later.png"}


def test_folder_that_is_moved_into_the_source_is_scanned(
    source: Path, target: Path, make, watching: Callable[[Layout], Watcher], tmp_path: Path
) -> None:
    make("card/deep/a.png")
    (source / "card").rename(tmp_path / "card")
    watcher = watching(Layout(source, target))
    (tmp_path / "card").rename(source / "here")
    watcher.wait_for("here/deep/a.png")
    (source / "here").rename(source / "there")  # the same folder under another name
    watcher.wait_for("there/deep/a.png")


@links
def test_new_photos_behind_links_get_the_names_that_a_scan_gives(
    source: Path, target: Path, make, watching: Callable[[Layout], Watcher], tmp_path: Path
) -> None:
    for name in ("outer/inner", "late", "shut"):
        (tmp_path / name).mkdir(parents=True)
    (source / "b").symlink_to(tmp_path / "outer")
    (source / "a").symlink_to(
        tmp_path / "outer" / "inner"
    )  # a scan enters this link first, and skips the folder below b
    (tmp_path / "outer" / "back").symlink_to(source)
    (source / "shut").symlink_to(tmp_path / "shut")
    (source / "up").symlink_to(tmp_path)  # contains the source and all others
    watcher = watching(Layout(source, target, exclude=("/shut/",)))
    for number, folder in enumerate(("outer", "outer/inner", "shut", "photos")):
        make(f"{number}.png").rename(tmp_path / folder / f"{number}.png")
    watcher.wait_for("b/0.png", "a/1.png", "up/shut/2.png", "3.png")
    (source / "new").symlink_to(tmp_path / "late")  # is below "up" already
    (tmp_path / "outer" / "fresh").mkdir()
    make("4.png").rename(tmp_path / "outer" / "fresh" / "4.png")
    make("5.png").rename(tmp_path / "late" / "5.png")
    watcher.wait_for("b/fresh/4.png", "up/late/5.png")
    watcher.end()
    # "make" has written each photo in the source before it was moved; some may have been restored there.
    assert {row.path for row in watcher.ended} - {f"{number}.png" for number in range(6)} == {
        "b/0.png",
        "a/1.png",
        "up/shut/2.png",
        "b/fresh/4.png",
        "up/late/5.png",
    }


@links
def test_new_link_is_followed_and_may_change_its_target(
    source: Path, target: Path, make, watching: Callable[[Layout], Watcher], tmp_path: Path
) -> None:
    for name in ("one", "two", "beside"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "nested").symlink_to(tmp_path / "beside")
    make("a.png").rename(tmp_path / "one" / "a.png")
    watcher = watching(Layout(source, target))
    (source / "link").symlink_to(tmp_path / "one")
    watcher.wait_for("link/a.png")
    make("b.png").rename(tmp_path / "beside" / "b.png")
    watcher.wait_for("link/nested/b.png")
    (source / "link").unlink()
    (source / "link").symlink_to(tmp_path / "two")
    make("c.png").rename(tmp_path / "two" / "c.png")
    make("d.png").rename(tmp_path / "one" / "d.png")  # no link leads there any more
    watcher.wait_for("link/c.png")
    watcher.end()
    assert not (target / "link" / "d.png").exists()


@links
def test_links_are_not_followed_if_the_layout_says_so(
    source: Path, target: Path, make, watching: Callable[[Layout], Watcher], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    make("a.png").rename(tmp_path / "elsewhere" / "a.png")
    watcher = watching(Layout(source, target, follow_links=False))
    (source / "link").symlink_to(tmp_path / "elsewhere")
    make("b.png")
    watcher.wait_for("b.png")
    watcher.end()
    assert [row.path for row in watcher.ended] == ["b.png"]


@links
def test_folders_are_polled_where_the_system_has_no_watches_left(
    source: Path,
    target: Path,
    make,
    watching: Callable[[Layout], Watcher],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from watchdog.observers import Observer

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(Observer, "schedule", refuse)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    (source / "link").symlink_to(tmp_path / "elsewhere")
    watcher = watching(Layout(source, target))
    make("a.png").rename(tmp_path / "elsewhere" / "a.png")
    watcher.wait_for("link/a.png")


def test_observers_end_with_the_watching(source: Path, target: Path) -> None:
    before = set(threading.enumerate())
    with FolderEvents(Layout(source, target)):
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before


def test_new_photos_are_planned_without_reading_the_whole_journal(
    source: Path,
    target: Path,
    make,
    watching: Callable[[Layout], Watcher],
    monkeypatch: pytest.MonkeyPatch,
    tree,
) -> None:
    make("first.png"), make("sub/a.png")
    read, whole = [], Journal.rows

    def rows(self: Journal):
        read.append(self)
        return whole(self)

    watcher = watching(Layout(source, target, name="{name}"))
    monkeypatch.setattr(Journal, "rows", rows)
    make("second.png"), make("other/a.png")  # whose name is taken by an earlier one
    watcher.wait_for("second.png", "other/a.png")
    make("third.png")
    watcher.wait_for("third.png")
    watcher.end()
    assert read == [] and set(tree(target)) == {"first.png", "a.png", "a-2.png", "second.png", "third.png"}


def test_new_photo_without_an_ending_is_restored_and_a_text_file_is_not(
    source: Path, target: Path, make, watching: Callable[[Layout], Watcher], tree
) -> None:
    watcher = watching(Layout(source, target))
    (source / "text").write_text("text")
    make("a.png").rename(source / "photo")
    watcher.wait_for("photo")
    watcher.end()
    assert set(tree(target)) - {"a.png"} == {"photo.png"}
