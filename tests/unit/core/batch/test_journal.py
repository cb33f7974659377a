"""What the journal remembers, and when it refuses."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.batch.journal import FILE, Journal, Row, State, known_rows
from core.errors import BatchError

ROW = Row(
    "sub/ä.jpg", 12, 2**60 + 7, "abc", "sub/ä.jpg", State.RESTORED, '[{"degradation": "haze"}]', '{"label": "haze"}',
    model="m", device="cpu", seconds=1.25, pixels=10**9, output_size=7, output_mtime_ns=2**60 + 9,
)  # fmt: skip


def test_rows_come_back_as_they_were_put(target: Path) -> None:
    with Journal(target) as journal:
        journal.put([ROW])
    with Journal(target) as journal:
        (row,) = journal.rows()
        assert replace(row, updated=0.0) == ROW and row.updated > 1e9
        assert journal.row("sub/ä.jpg") == row and journal.row("other.jpg") is None


def test_names_that_are_no_text_come_back(target: Path) -> None:
    path = os.fsdecode(b"caf\xe9.jpg")
    with Journal(target) as journal:
        journal.put([Row(path, output=path)])
        found = journal.row(path)
        assert found is not None and found.path == path == found.output
        journal.forget([path])
        assert journal.row(path) is None


def test_counts_name_every_state_and_add_up(target: Path) -> None:
    with Journal(target) as journal:
        journal.put(Row(f"{number}.jpg", state=state) for number, state in enumerate([*State, State.FAILED]))
        assert journal.counts() == {state: 2 if state is State.FAILED else 1 for state in State}


def test_rows_are_put_all_or_none(target: Path) -> None:
    def rows():
        yield ROW
        raise KeyboardInterrupt

    with Journal(target) as journal:
        with pytest.raises(KeyboardInterrupt):
            journal.put(rows())
        assert list(journal.rows()) == []
        journal.put([ROW])  # and it is of use afterwards


def test_others_can_read_while_one_writes(target: Path) -> None:
    with Journal(target) as writer, Journal(target) as reader:
        writer.put([ROW])
        assert [row.path for row in reader.rows()] == [ROW.path]
        writer.put([replace(ROW, state=State.FAILED)])
        assert reader.counts()[State.FAILED] == 1
    with sqlite3.connect(target / FILE) as base:  # by any other program
        assert base.execute("SELECT path, state FROM files").fetchall() == [("sub/ä.jpg", "failed")]
    base.close()


def test_damaged_and_later_files_are_refused_by_name(target: Path) -> None:
    target.mkdir()
    (target / FILE).write_bytes(b"this is no database at all" * 100)
    with pytest.raises(BatchError, match="move it away"):
        Journal(target)
    (target / FILE).unlink()
    with sqlite3.connect(target / FILE) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(BatchError, match="later version"):
        Journal(target)


def test_looking_for_a_journal_makes_none(target: Path) -> None:
    assert known_rows(target) == {} and not target.exists()


def test_notes_are_kept(target: Path) -> None:
    with Journal(target) as journal:
        assert journal.note("source") == ""
        assert journal.note("source", "/a") == "/a"
    with Journal(target) as journal:
        assert journal.note("source") == "/a"
