"""The journal: storage, migration from earlier versions, and detection of damage."""

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Layout
from core.batch.journal import FILE, Journal, known_rows
from core.batch.rows import Row, State
from core.errors import BatchError
from core.messages import message
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))

ROW = Row(
    "sub/ä.jpg", 12, 2**60 + 7, "abc", "sub/ä.jpg", State.RESTORED, (Step("haze", 0.5),), '{"label": "haze"}',
    model="m", device="cpu", seconds=1.25, pixels=10**9, output_size=7, output_mtime_ns=2**60 + 9,
)  # fmt: skip


def test_rows_are_read_as_they_were_stored(target: Path) -> None:
    with Journal(target) as journal:
        journal.put([ROW])
    with Journal(target) as journal:
        (row,) = journal.rows()
        assert replace(row, updated=0.0) == ROW and row.updated > 1e9
        assert journal.row("sub/ä.jpg") == row and journal.row("other.jpg") is None


def test_names_that_are_not_valid_text_are_kept(target: Path) -> None:
    path = os.fsdecode(b"caf\xe9.jpg")
    with Journal(target) as journal:
        journal.put([Row(path, output=path)])
        found = journal.row(path)
        assert found is not None and found.path == path == found.output
        journal.forget([path])
        assert journal.row(path) is None


def test_counts_include_every_state(target: Path) -> None:
    with Journal(target) as journal:
        journal.put(Row(f"{number}.jpg", state=state) for number, state in enumerate([*State, State.FAILED]))
        assert journal.counts() == {state: 2 if state is State.FAILED else 1 for state in State}


def test_all_rows_are_stored_or_none(target: Path) -> None:
    def rows():
        yield ROW
        raise KeyboardInterrupt

    with Journal(target) as journal:
        with pytest.raises(KeyboardInterrupt):
            journal.put(rows())
        assert list(journal.rows()) == []
        journal.put([ROW])  # the connection is still usable


def test_journal_can_be_read_while_another_program_writes(target: Path) -> None:
    with Journal(target) as writer, Journal(target) as reader:
        writer.put([ROW])
        assert [row.path for row in reader.rows()] == [ROW.path]
        writer.put([replace(ROW, state=State.FAILED)])
        assert reader.counts()[State.FAILED] == 1
    with sqlite3.connect(target / FILE) as base:  # as any other program would
        assert base.execute("SELECT path, state FROM files").fetchall() == [("sub/ä.jpg", "failed")]
    base.close()


def test_damaged_and_later_files_are_refused(target: Path) -> None:
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


def test_reading_creates_no_journal(target: Path) -> None:
    assert known_rows(target) == {} and not target.exists()


def test_entries_are_kept(target: Path) -> None:
    with Journal(target) as journal:
        assert journal.note("source") == ""
        assert journal.note("source", "/a") == "/a"
    with Journal(target) as journal:
        assert journal.note("source") == "/a"


def test_notes_are_kept_once_each(target: Path) -> None:
    with Journal(target) as journal:
        journal.put([ROW.with_notes(("Pages: 3.", "é", "Pages: 3."))])
        assert [row.notes for row in journal.rows()] == [("Pages: 3.", "é")]


COLUMNS_OF_VERSION_3 = (
    "path TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, recipe TEXT NOT NULL, "
    "output TEXT NOT NULL, state TEXT NOT NULL, steps TEXT NOT NULL, verdict TEXT NOT NULL, detector TEXT NOT NULL, "
    "override TEXT NOT NULL, model TEXT NOT NULL, device TEXT NOT NULL, seconds REAL NOT NULL, error TEXT NOT NULL, "
    "pixels INTEGER NOT NULL, staged TEXT NOT NULL, output_size INTEGER NOT NULL, output_mtime_ns INTEGER NOT NULL, "
    "outdated TEXT NOT NULL, notes TEXT NOT NULL, sidecars TEXT NOT NULL, updated REAL NOT NULL, "
    "checksum TEXT NOT NULL"
)
"""Copied from the program that created such journals."""


def columns_of_version(version: int) -> list[str]:
    """Definitions of the columns: version 1 had no outdated results, 2 no notes, sidecars and checksums."""
    missing = {1: ("outdated", "notes", "sidecars", "checksum"), 2: ("notes", "sidecars", "checksum")}.get(version, ())
    return [column for column in COLUMNS_OF_VERSION_3.split(", ") if column.split()[0] not in missing]


def turn_into_version(target: Path, version: int) -> None:
    """Make the journal in ``target`` one of an earlier version: with plain texts instead of messages."""
    rows = known_rows(target)
    base = sqlite3.connect(target / FILE)
    base.text_factory = os.fsdecode
    columns = columns_of_version(version)
    names = [column.split()[0] for column in columns]
    now = ", ".join({"recipe": "fingerprint"}.get(name, name) for name in names)
    stored = base.execute(f"SELECT {now} FROM files").fetchall()
    meta = base.execute("SELECT name, value FROM meta").fetchall()
    base.execute("DROP TABLE files")
    base.execute("DROP TABLE meta")
    base.execute(f"CREATE TABLE files ({', '.join(columns)}) WITHOUT ROWID")
    for values in stored:
        entry = dict(zip(names, values, strict=True))
        entry["error"] = str(rows[entry["path"]].error or "")
        if version == 3:
            given = tuple(value for name, value in entry.items() if name != "checksum")
            entry["checksum"] = hashlib.blake2b(repr(given).encode(), digest_size=8).hexdigest()
        places = ", ".join("CAST(? AS TEXT)" if isinstance(value, str) else "?" for value in entry.values())
        encoded = [os.fsencode(value) if isinstance(value, str) else value for value in entry.values()]
        base.execute(f"INSERT INTO files VALUES ({places})", encoded)
    if version == 3:
        base.execute(
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT '')"
        )
        for pair in meta:
            checksum = hashlib.blake2b(repr(pair).encode(), digest_size=8).hexdigest()
            base.execute("INSERT INTO meta VALUES (?, ?, ?)", (*pair, checksum))
    else:
        base.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        base.executemany("INSERT INTO meta VALUES (?, ?)", meta)
    base.execute(f"PRAGMA user_version = {version}")
    base.commit()
    base.close()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_batch_of_an_earlier_version_is_continued(
    source: Path,
    target: Path,
    make,
    config: "FakeConfig",
    tree: Callable[[Path], dict[str, bytes]],
    version: int,
) -> None:
    make("a.png")
    make("b.png").rename(source / os.fsdecode(b"caf\xe9.png"))
    (source / "broken.png").write_bytes(b"?")
    run(source, target, config)
    error = str(known_rows(target)["broken.png"].error)
    turn_into_version(target, version)
    before = tree(target)
    make("new.png")
    read = known_rows(target)
    with sqlite3.connect(target / FILE) as base:  # reading changes nothing
        assert base.execute("PRAGMA user_version").fetchone()[0] == version
        assert base.execute("SELECT error FROM files WHERE path = 'broken.png'").fetchone()[0] == error
    base.close()
    summary = run(source, target, config)
    assert summary.lines == [("restored", 1), ("skipped, done before", 2), ("skipped, failed before", 1)]
    assert len(config.calls) == 3 and set(tree(target)) == {*before, "new.png"}
    now = known_rows(target)
    assert {path: now[path] for path in read} == read
    assert now["broken.png"].error == error and now["broken.png"].error.template == "{text}"
    with Journal(target) as journal:
        assert journal.note("source") == str(source)


def test_a_journal_without_warnings_is_continued(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    (source / "broken.png").write_bytes(b"?")
    run(source, target, config)
    before = known_rows(target)
    base = sqlite3.connect(target / FILE)  # version 4 had neither column
    base.text_factory = os.fsdecode
    for name in ("warnings", "suggested"):
        base.execute(f"ALTER TABLE files DROP COLUMN {name}")
    names = [found[1] for found in base.execute("PRAGMA table_info(files)")][:-1]
    for values in base.execute(f"SELECT {', '.join(names)} FROM files").fetchall():
        checksum = hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()
        base.execute("UPDATE files SET checksum = ? WHERE path = ?", (checksum, values[0]))
    base.execute("PRAGMA user_version = 4")
    base.commit()
    base.close()
    without = {path: replace(row, warnings=(), suggested=None) for path, row in before.items()}
    assert known_rows(target) == without
    assert run(source, target, config).lines == [("skipped, done before", 1), ("skipped, failed before", 1)]
    assert {path: replace(row, updated=0.0) for path, row in known_rows(target).items()} == {
        path: replace(row, updated=0.0) for path, row in without.items()
    }


def test_damaged_row_of_an_earlier_version_is_refused(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    run(source, target, config)
    turn_into_version(target, 3)
    with sqlite3.connect(target / FILE) as base:
        base.execute("UPDATE files SET output = 'b.png'")
    base.close()
    for open_journal in (Journal, known_rows):
        with pytest.raises(BatchError, match="checksum"):
            open_journal(target)


def test_messages_keep_template_and_parameters(target: Path) -> None:
    name = message("noise (σ {sigma:.0f})", sigma=23.4)
    error = message("{file}: {verdicts} at {share:.0%}.", file="ä.jpg", verdicts=[name, "rain"], share=0.7)
    with Journal(target) as journal:
        journal.put([replace(ROW, error=error).with_notes((error, "a plain note"))])
        (row,) = journal.rows()
    assert row.error == "ä.jpg: noise (σ 23), rain at 70%."
    assert row.error is not None and row.error.template == error.template
    assert row.error.parameters["verdicts"][0].parameters == {"sigma": 23.4}
    assert [note.template for note in row.notes] == [error.template, "{text}"] and row.notes[1] == "a plain note"


@pytest.mark.parametrize(
    ("template", "parameters"),
    [
        ("{name:>999999999}", {"name": "x"}),
        ("{name.__class__}", {"name": "x"}),
        ("{name[0]}", {"name": "x"}),
        ("{}", {"name": "x"}),
        ("{other}", {"name": "x"}),
        ("{name", {"name": "x"}),
        ("{name}", {"name": {"template": "{inner:>999999999}", "parameters": {"inner": "x"}}}),
        ("{name}", [1]),
        (5, {}),
    ],
)
def test_message_that_does_more_than_insert_parameters_is_refused(
    target: Path, template: object, parameters: object
) -> None:
    """A hostile journal may have correct checksums."""
    with Journal(target) as journal:
        journal.put([ROW])
    values = json.dumps({"template": template, "parameters": parameters})
    with sqlite3.connect(target / FILE) as base:
        base.execute("UPDATE files SET error = ?", (values,))
        base.text_factory = os.fsdecode
        names = [column[1] for column in base.execute("PRAGMA table_info(files)")][:-1]
        stored = base.execute(f"SELECT {', '.join(names)} FROM files").fetchone()
        checksum = hashlib.blake2b(repr(stored).encode(), digest_size=8).hexdigest()
        base.execute("UPDATE files SET checksum = ?", (checksum,))
    base.close()
    with pytest.raises(BatchError, match="is damaged: "):
        known_rows(target)


def run(source: Path, target: Path, config: "FakeConfig"):
    with Batch(Layout(source, target), HAZE, config) as batch:
        return batch.run(batch.plan())


def flipped(target: Path, file: Path, bit: int) -> None:
    data = bytearray(file.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    (target / file.name).write_bytes(data)


def outcome(source: Path, target: Path, config: "FakeConfig", tree, whole: dict[str, bytes]) -> str:
    """Whether a run with a damaged journal continues or is refused; the results must be unchanged in both cases."""
    try:
        known_rows(target)
        run(source, target, config)
        result = "continued"
    except BatchError as error:
        result = "damaged" if "damaged" in str(error) and "move" in str(error) and FILE in str(error) else str(error)
    assert tree(target) == whole
    return result


def test_flipped_bit_is_detected_and_never_changes_results(
    source: Path, tmp_path: Path, make, config: "FakeConfig", tree
) -> None:
    for name in "abc":
        make(f"{name}.png")
    good = tmp_path / "good"
    run(source, good, config)
    whole, size = tree(good), (good / FILE).stat().st_size
    rows = (good / FILE).read_bytes().find(b"a.png")
    chance = random.Random(3)
    # The file's own header, the bytes of a row, and any other place; the rest of a page is unused.
    bits = [
        *range(0, 100 * 8, 11),
        *range(rows * 8, rows * 8 + 400, 9),
        *(chance.randrange(size * 8) for _ in range(20)),
    ]
    outcomes = []
    for bit in bits:
        target = tmp_path / "flipped"
        shutil.copytree(good, target)
        flipped(target, good / FILE, bit)
        outcomes.append(outcome(source, target, config, tree, whole))
        shutil.rmtree(target)
    assert set(outcomes) == {"continued", "damaged"} and outcomes.count("damaged") > 50
    assert len(config.calls) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="a killed process is stood for by one that ends at once")
def test_flipped_bit_in_the_log_of_a_killed_run_undoes_nothing(
    source: Path, tmp_path: Path, make, config: "FakeConfig", tree
) -> None:
    for name in "abc":
        make(f"{name}.png")
    good = tmp_path / "good"
    program = (
        "import os, sys; from pathlib import Path; from core.batch import Batch, Layout, BatchSettings; "
        "from core.steps import Step; from tests.unit.core.batch.conftest import FakeConfig; "
        "layout, haze = Layout(Path(sys.argv[1]), Path(sys.argv[2])), BatchSettings(steps=(Step('haze'),)); "
        "batch = Batch(layout, haze, FakeConfig()); "
        "batch.run(batch.plan()); os._exit(0)"
    )
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", program, source, good], cwd=root, check=True)
    log = good / f"{FILE}-wal"
    whole, size = tree(good), log.stat().st_size
    chance = random.Random(5)
    outcomes = []
    for bit in (*range(0, 32 * 8, 13), *(chance.randrange(size * 8) for _ in range(20))):
        target = tmp_path / "flipped"
        shutil.copytree(good, target)
        flipped(target, log, bit)
        outcomes.append(outcome(source, target, config, tree, whole))
        shutil.rmtree(target)
    assert set(outcomes) == {"continued", "damaged"} and outcomes.count("damaged") > outcomes.count("continued")
    assert outcome(source, good, config, tree, whole) == "continued" and config.calls == []


def test_checksum_covers_every_column(target: Path) -> None:
    with Journal(target) as journal:
        journal.put([ROW])
    for field in fields(Row):
        other = target.with_name(field.name)
        shutil.copytree(target, other)
        with sqlite3.connect(other / FILE) as base:
            value = "8" if field.type in (int, float) else "'other'"
            base.execute(f"UPDATE files SET {field.name} = {value}")
        base.close()
        with Journal(other) as journal, pytest.raises(BatchError, match=r"checksum.*move it away"):
            list(journal.rows())
    assert len(astuple(ROW)) == len(fields(Row))


def test_journal_can_be_read_from_a_read_only_folder(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(target) as journal:
        journal.put([ROW])
    before = {file.name: file.read_bytes() for file in target.iterdir()}
    connect = sqlite3.connect

    def refuse(file: Path, *arguments: object, **options: object) -> sqlite3.Connection:
        if Path(file).parent == target:
            raise_it = sqlite3.OperationalError("unable to open database file")
            raise_it.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise raise_it
        return connect(file, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sqlite3, "connect", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in (target, target / FILE))
    assert [replace(row, updated=0.0) for row in known_rows(target).values()] == [ROW]
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before


def test_every_commit_is_synchronised_to_the_disk(target: Path) -> None:
    with Journal(target) as journal:
        assert journal._base.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL: synced at every commit
        assert journal._base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
