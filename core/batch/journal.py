"""The memory of a batch: an SQLite file beside the results, with a row for every photo."""

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from core.batch.journal_damage import checksum, damaged_log
from core.batch.scan import PRIVATE
from core.errors import BatchError
from core.io.os_errors import display_path

FILE = f"{PRIVATE}.sqlite"
_VERSION = 3  # 1 had no column for outdated results, 2 none for notes and sidecars, and no checksums
_LATER = {"outdated", "notes", "sidecars", "checksum"}
"""Columns that journals of earlier versions may lack."""

_NOT_DAMAGE = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "PROTOCOL")
)
"""What SQLite says when the file is sound, and the system does not let it be used."""


class State(StrEnum):
    """What has become of a photo; the value is also the word for people.

    ``WRITING`` lasts from the moment that a result lies complete under a private name until it has its own name.
    """

    WAITING = "waiting"
    WRITING = "writing"
    RESTORED = "restored"
    COPIED = "copied"
    LEFT = "left"
    REVIEW = "review"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more will be done for the photo unless it changes or someone asks."""
        return self not in (State.WAITING, State.WRITING)

    @property
    def has_result(self) -> bool:
        """Whether there is a file in the target for it."""
        return self in (State.RESTORED, State.COPIED)


@dataclass(frozen=True, slots=True)
class Row:
    """What the journal knows about one photo.

    Attributes:
        path: within the source, with slashes.
        size: of the source, bytes.
        mtime_ns: of the source, nanoseconds since 1970.
        recipe: hash of all that decides what the result looks like; see ``BatchSettings.recipe``.
        output: path of the result within the target, with slashes.
        state: see :class:`State`.
        steps: what was done, as JSON, or ``""``.
        verdict: what the detector found, as JSON, or ``""``.
        detector: SHA-256 of the file of the detector that found it, or ``""``.
        override: steps that a person has set for this photo alone, as JSON, or ``""``.
        model: SHA-256 of the model's file, or ``""``.
        device: that it was restored on, or ``""``.
        seconds: that the work took, without waiting.
        error: why it failed, or why it waits for review; ``""`` otherwise.
        pixels: in the photo, 0 while unknown.
        staged: private name that a result lies under while ``state`` is ``WRITING``.
        output_size: of the result, bytes.
        output_mtime_ns: of the result, nanoseconds since 1970.
        outdated: results that are no longer current, as JSON, or ``""``; see :mod:`core.batch.stale_results`.
        notes: sentences about what could not be read or kept as it is, as a JSON list, or ``""``.
        sidecars: files that were carried along with the result, as JSON, or ``""``; see :mod:`core.batch.sidecars`.
        updated: seconds since 1970.
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    recipe: str = ""
    output: str = ""
    state: State = State.WAITING
    steps: str = ""
    verdict: str = ""
    detector: str = ""
    override: str = ""
    model: str = ""
    device: str = ""
    seconds: float = 0.0
    error: str = ""
    pixels: int = 0
    staged: str = ""
    output_size: int = 0
    output_mtime_ns: int = 0
    outdated: str = ""
    notes: str = ""
    sidecars: str = ""
    updated: float = 0.0


def with_notes(row: Row, notes: Iterable[str]) -> Row:
    """The row with these notes."""
    listed = list(dict.fromkeys(notes))
    return replace(row, notes=json.dumps(listed, ensure_ascii=False) if listed else "")


def notes_of(row: Row) -> tuple[str, ...]:
    """The row's notes."""
    return tuple(json.loads(row.notes)) if row.notes else ()


_NAMES = tuple(field.name for field in fields(Row))
_ALL = attrgetter(*_NAMES)
_STATE = _NAMES.index("state")
_KINDS = {str: "TEXT", int: "INTEGER", float: "REAL", State: "TEXT"}
_COLUMNS = {field.name: f"{_KINDS[field.type]} NOT NULL" for field in fields(Row)} | {"checksum": "TEXT NOT NULL"}  # type: ignore[index]
_TABLE = ", ".join(f"{name} {kind}" + (" PRIMARY KEY" if name == "path" else "") for name, kind in _COLUMNS.items())
# Names of files need not be text. Their bytes are stored as they are, and looked at as text by other programs.
_PLACES = ", ".join("CAST(? AS TEXT)" if kind.startswith("TEXT") else "?" for kind in _COLUMNS.values())
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM files"
_REPLACE = f"REPLACE INTO files ({', '.join(_COLUMNS)}) VALUES ({_PLACES})"


class Journal:
    """The rows of one target folder. Safe to share between threads; every change is on the disk when a call returns.

    Every call raises :class:`core.errors.BatchError` if the file can no longer be read or written, be it that the disk
    is full, or that it is damaged; what was to be changed is then as before.

    Args:
        target: the folder of the results; it is made if need be.

    Raises:
        BatchError: the file is damaged, of a later program, or cannot be opened.
    """

    def __init__(self, target: Path) -> None:
        self.file = target / FILE
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BatchError(f"{display_path(self.file)} cannot be opened: {error}. Choose another folder.") from error
        self._connect()
        with self._closed_on_error():
            self._prepare()

    def _connect(self) -> None:
        self._lock = threading.Lock()
        if damaged_log(self.file):
            raise self._damaged("its log of changes")
        try:
            self._base = sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise BatchError(f"{display_path(self.file)} cannot be opened: {error}. Choose another folder.") from error

    @contextlib.contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            with self._refusing():
                yield
        except BaseException:
            self._base.close()
            raise

    def _prepare(self) -> None:
        columns = self._checked_columns()
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")  # a row that says "done" must not vanish with the power
        if columns == set(_COLUMNS):
            return
        with self._transaction():  # a program that is killed here must not leave half of it
            if not columns:
                self._base.execute(f"CREATE TABLE files ({_TABLE}) WITHOUT ROWID")
                self._base.execute(
                    "CREATE TABLE IF NOT EXISTS meta "
                    "(name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL DEFAULT '')"
                )
            else:
                self._bring_up_to_date(set(_COLUMNS) - columns)
            self._base.execute(f"PRAGMA user_version = {_VERSION}")

    def _bring_up_to_date(self, missing: set[str]) -> None:
        """Give the file of an earlier version the columns of this one."""
        for name in missing:
            self._base.execute(f"ALTER TABLE files ADD COLUMN {name} {_COLUMNS[name]} DEFAULT ''")
        if "checksum" not in missing:
            return
        self._base.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        self._base.execute("ALTER TABLE meta ADD COLUMN checksum TEXT NOT NULL DEFAULT ''")
        rows = [self._row(values, checked=False) for values in self._base.execute(_SELECT).fetchall()]
        self._base.executemany(_REPLACE, [_values(row) for row in rows])
        notes = self._base.execute("SELECT name, value FROM meta").fetchall()
        self._base.executemany("REPLACE INTO meta VALUES (?, ?, ?)", [(*note, checksum(note)) for note in notes])

    def _checked_columns(self) -> set[str]:
        """The columns of the table of rows; empty if the file is a new one.

        Raises:
            BatchError: the file is damaged, or of a later program.
            sqlite3.Error: likewise, or it cannot be used.
        """
        self._base.text_factory = os.fsdecode
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise BatchError(
                f"{display_path(self.file)} was written by a later version of this program, or is damaged. "
                "Update DFPIR "
                "Studio; if that does not help, move the file away and name a new folder for the results."
            )
        told = self._base.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if told != "ok":
            raise self._damaged(" ".join(told.split()))
        columns = {found[1] for found in self._base.execute("PRAGMA table_info(files)")}
        others = self._base.execute("SELECT count(*) FROM sqlite_master WHERE name != 'meta'").fetchone()[0]
        if version == 0 and columns and not self._base.execute("SELECT 1 FROM files LIMIT 1").fetchone():
            self._base.execute("DROP TABLE files")  # of an earlier version that was killed while it made the file
            return set()
        sound = set(_COLUMNS) - _LATER <= columns <= set(_COLUMNS) if columns else not version and not others
        if not sound or (columns and not version) or (version == _VERSION and columns != set(_COLUMNS)):
            raise self._damaged("its tables are not those of a batch")
        return columns

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; further calls fail."""
        with self._lock:
            self._base.close()

    def _unusable(self, error: sqlite3.Error) -> BatchError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_FULL) & 0xFF
        # A file that the system lets be written, and SQLite does not, says of itself that it may only be read.
        writable = os.access(self.file, os.W_OK) and os.access(self.file.parent, os.W_OK)
        if code not in _NOT_DAMAGE or (code == sqlite3.SQLITE_READONLY and writable):
            return self._damaged(str(error))
        return BatchError(
            f"{display_path(self.file)} cannot be used: {error}. See that its disk has room and can be written; "
            "the same "
            "batch then goes on."
        )

    def _damaged(self, reason: str) -> BatchError:
        return BatchError(
            f"{display_path(self.file)} is damaged: {reason}. The results are whole, but nobody knows any more "
            "which photos "
            "are done, and which steps were set for single ones. To go on, move it away with the files whose names "
            "begin like it, and name a new folder for the results: all photos are then restored again."
        )

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        except UnicodeError as error:  # what SQLite says of a damaged schema may be no text
            raise self._damaged("its names are no text") from error

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock, self._refusing():
            yield

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        with self._open(), self._transaction():
            yield

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite may have taken it back by itself
                self._base.execute("ROLLBACK")
            raise

    def rows(self) -> Iterator[Row]:
        """All rows as they are now, in the order of their paths."""
        with self._open():
            found = self._base.execute(f"{_SELECT} ORDER BY path").fetchall()
        return iter([self._row(values) for values in found])

    def row(self, path: str) -> Row | None:
        """The row of the photo at ``path``, or None."""
        with self._open():
            found = self._base.execute(f"{_SELECT} WHERE path = CAST(? AS TEXT)", (os.fsencode(path),)).fetchone()
        return self._row(found) if found else None

    def _row(self, values: tuple[Any, ...], *, checked: bool = True) -> Row:
        *fields, told = values
        try:
            if checked and told != checksum(tuple(fields)):
                raise ValueError("a row of it does not fit its checksum")
            fields[_STATE] = State(fields[_STATE])
        except ValueError as error:
            raise self._damaged(str(error)) from error
        return Row(*fields)

    def put(self, rows: Iterable[Row]) -> None:
        """Store rows, in place of those of the same paths; all of them or none."""
        now = time.time()
        values = (_values(replace(row, updated=now)) for row in rows)
        with self._change():
            self._base.executemany(_REPLACE, values)

    def forget(self, paths: Iterable[str]) -> None:
        """Remove the rows of these paths."""
        names = ((os.fsencode(path),) for path in paths)
        with self._change():
            self._base.executemany("DELETE FROM files WHERE path = CAST(? AS TEXT)", names)

    def counts(self) -> dict[State, int]:
        """How many photos there are in each state, every state being named."""
        with self._open():
            found = dict(self._base.execute("SELECT state, count(*) FROM files GROUP BY state").fetchall())
        return {state: found.get(state.value, 0) for state in State}

    def note(self, name: str, value: str | None = None) -> str:
        """Remember a text under ``name`` if one is given; return what is remembered, ``""`` at first."""
        with self._open():
            if value is not None:
                self._base.execute("REPLACE INTO meta VALUES (?, ?, ?)", (name, value, checksum((name, value))))
            found = self._base.execute("SELECT name, value, checksum FROM meta WHERE name = ?", (name,)).fetchone()
        if found and checksum(tuple(found[:2])) != found[2]:
            raise self._damaged("a note in it does not fit its checksum")
        return str(found[1]) if found else ""


class _Reading(Journal):
    """A journal that is only looked at: nothing is made, and a file of an earlier version stays one."""

    def __init__(self, file: Path, target: Path) -> None:
        self.file = file
        self._connect()
        self.file = target / FILE  # for messages
        with self._closed_on_error():
            self._columns = self._checked_columns()

    def rows(self) -> Iterator[Row]:
        """All rows as they are now, in the order of their paths."""
        names = ", ".join(name if name in self._columns else "''" for name in _COLUMNS)
        with self._open():
            found = self._base.execute(f"SELECT {names} FROM files ORDER BY path").fetchall() if self._columns else []
        return iter([self._row(values, checked="checksum" in self._columns) for values in found])


def known_rows(target: Path) -> dict[str, Row]:
    """Path -> row of the journal in ``target``, without making or changing one; empty if there is none.

    Raises:
        BatchError: it is damaged, or cannot be read.
    """
    file = target / FILE
    if not file.is_file():
        return {}
    try:
        return _read(file, target)
    except BatchError as error:
        cause = error.__cause__
        if not isinstance(cause, sqlite3.OperationalError) or os.access(target, os.W_OK):
            raise
    # SQLite wants to make files beside the journal. Where it may not, a copy is read.
    with tempfile.TemporaryDirectory(prefix="dfpir-") as folder:
        try:
            for name in (FILE, f"{FILE}-wal"):
                if (target / name).exists():
                    shutil.copyfile(target / name, Path(folder, name))
        except OSError as error:
            raise BatchError(f"{display_path(file)} cannot be opened: {error}. Choose another folder.") from error
        return _read(Path(folder, FILE), target)


def _read(file: Path, target: Path) -> dict[str, Row]:
    with contextlib.closing(_Reading(file, target)) as journal:
        return {row.path: row for row in journal.rows()}


def _values(row: Row) -> tuple[Any, ...]:
    values = tuple(value.value if isinstance(value, State) else value for value in _ALL(row))
    return tuple(os.fsencode(value) if isinstance(value, str) else value for value in (*values, checksum(values)))
