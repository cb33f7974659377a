"""The journal of a batch: an SQLite file beside the results, with one row for each photo."""

import contextlib
import hashlib
import os
import shutil
import sqlite3
import struct
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from core.batch.rows import COLUMNS, Row, State, row_from_columns, row_to_columns
from core.batch.scan import PRIVATE
from core.errors import BatchError
from core.io.os_errors import display_path
from core.messages import message

FILE = f"{PRIVATE}.sqlite"

_VERSION = 5
_SCHEMA = (
    """
    CREATE TABLE files (
        path            TEXT NOT NULL PRIMARY KEY,  -- of the photo within the source, with slashes
        size            INTEGER NOT NULL,           -- of the photo, bytes
        mtime_ns        INTEGER NOT NULL,           -- of the photo, nanoseconds since 1970
        fingerprint     TEXT NOT NULL,              -- hash of everything that decides what the result looks like
        output          TEXT NOT NULL,              -- path of the result within the target, with slashes
        state           TEXT NOT NULL,              -- see State
        steps           TEXT NOT NULL,              -- that were done: JSON list of {degradation, strength}, or ''
        verdict         TEXT NOT NULL,              -- of the detector: JSON object, or ''
        detector        TEXT NOT NULL,              -- SHA-256 of the detector that gave the verdict, or ''
        override        TEXT NOT NULL,              -- steps set for this photo alone, as in steps; '' if none were set
        model           TEXT NOT NULL,              -- SHA-256 of the model that restored the photo, or ''
        device          TEXT NOT NULL,              -- that it was restored on, or ''
        seconds         REAL NOT NULL,              -- of work, without waiting
        error           TEXT NOT NULL,              -- why it failed or needs review: JSON of a Message, or ''
        pixels          INTEGER NOT NULL,           -- of the photo, 0 while unknown
        staged          TEXT NOT NULL,              -- private name of the result while the state is 'writing'
        output_size     INTEGER NOT NULL,           -- of the result, bytes
        output_mtime_ns INTEGER NOT NULL,           -- of the result, nanoseconds since 1970
        outdated        TEXT NOT NULL,              -- results that are no longer current: JSON list of paths, or ''
        notes           TEXT NOT NULL,              -- JSON list of Messages, or ''
        sidecars        TEXT NOT NULL,              -- copied along: JSON list of [path, size, mtime_ns], or ''
        warnings        TEXT NOT NULL,              -- why the result may be worse: JSON list of Messages, or ''
        suggested       TEXT NOT NULL,              -- steps that do less harm, as in steps; '' without warnings
        updated         REAL NOT NULL,              -- time of the last change of this row, seconds since 1970
        checksum        TEXT NOT NULL               -- of all columns above, in this order; see checksum()
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS meta (
        name            TEXT PRIMARY KEY,           -- 'source' is the only one
        value           TEXT NOT NULL,              -- path of the folder of the photos
        checksum        TEXT NOT NULL DEFAULT ''    -- of name and value
    )
    """,
)
_MIGRATIONS = {
    2: ("ALTER TABLE files ADD COLUMN outdated TEXT NOT NULL DEFAULT ''",),
    3: (
        "ALTER TABLE files ADD COLUMN notes TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE files ADD COLUMN sidecars TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE files ADD COLUMN checksum TEXT NOT NULL DEFAULT ''",
        "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "ALTER TABLE meta ADD COLUMN checksum TEXT NOT NULL DEFAULT ''",
    ),
    # Version 4 also writes the column error as JSON, where earlier ones have plain text; see core.batch.rows.
    4: ("ALTER TABLE files RENAME COLUMN recipe TO fingerprint",),
    5: (
        "ALTER TABLE files ADD COLUMN warnings TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE files ADD COLUMN suggested TEXT NOT NULL DEFAULT ''",
    ),
}
"""Version -> statements that bring a journal of the version before up to it."""

_CHECKSUMS_SINCE = 3  # version
_ADDED = {"warnings": 5, "suggested": 5}
"""Columns within the checksum -> the version since which they are."""

_NOT_DAMAGE = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "PROTOCOL")
)
"""Error codes of SQLite for a sound file that the system does not let it use."""


_INTEGERS = ("size", "mtime_ns", "pixels", "output_size", "output_mtime_ns")
_NUMBERS = (*_INTEGERS, "seconds", "updated")
# File names need not be valid text. Their bytes are stored as they are, and read as text by other programs.
_PLACES = ", ".join("?" if name in _NUMBERS else "CAST(? AS TEXT)" for name in (*COLUMNS, "checksum"))
_SELECT = f"SELECT {', '.join(COLUMNS)}, checksum FROM files"
_REPLACE = f"REPLACE INTO files ({', '.join(COLUMNS)}, checksum) VALUES ({_PLACES})"


class Journal:
    """The rows of one target folder. Safe to share between threads; every change is on the disk when a call returns.

    Every call raises :class:`core.errors.BatchError` if the file can no longer be read or written, for example because
    the disk is full or the file is damaged; nothing is then changed.

    Args:
        target: the folder of the results; created if needed.

    Raises:
        BatchError: the file is damaged, was written by a later version, or cannot be opened.
    """

    def __init__(self, target: Path) -> None:
        self.file = target / FILE
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._not_opened(error) from error
        self._connect()
        with self._closed_on_error():
            version = self._checked_version()
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")  # a row that says "done" must survive a power cut
            self._update(version)

    def _connect(self) -> None:
        self._lock = threading.Lock()
        if log_is_damaged(self.file):
            raise self._damaged(message("its write-ahead log is damaged"))
        try:
            self._base = sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise self._not_opened(error) from error
        self._base.text_factory = os.fsdecode

    @contextlib.contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            with self._translated_errors():
                yield
        except BaseException:
            self._base.close()
            raise

    def _checked_version(self) -> int:
        """The version of the file's schema; 0 for a new file.

        Raises:
            BatchError: the file is damaged, or was written by a later version.
            sqlite3.Error: likewise, or it cannot be used.
        """
        version = int(self._base.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise BatchError(
                message(
                    "{file} was written by a later version of this program, or is damaged. Update DFPIR Studio; if "
                    "that does not help, move the file away and name a new folder for the results.",
                    file=display_path(self.file),
                )
            )
        result = self._base.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if result != "ok":
            raise self._damaged(" ".join(result.split()))
        columns = {found[1] for found in self._base.execute("PRAGMA table_info(files)")}
        if version:
            expected = columns == _columns_of(version)
        elif columns:  # left by an early version that was killed while it created the file
            expected = not self._base.execute("SELECT 1 FROM files LIMIT 1").fetchone()
        else:
            expected = not self._base.execute("SELECT count(*) FROM sqlite_master WHERE name != 'meta'").fetchone()[0]
        if not expected:
            raise self._damaged(message("its tables are not those of a batch"))
        return version

    def _update(self, version: int) -> None:
        """Create the tables, or migrate those of an earlier version; both completely or not at all."""
        if version == _VERSION:
            return
        with self._transaction():
            if version:
                self._migrate(version)
            else:
                self._base.execute("DROP TABLE IF EXISTS files")
                for statement in _SCHEMA:
                    self._base.execute(statement)
            self._base.execute(f"PRAGMA user_version = {_VERSION}")

    def _migrate(self, version: int) -> None:
        for later in range(version + 1, _VERSION + 1):
            for statement in _MIGRATIONS[later]:
                self._base.execute(statement)
        rows = [self._row(values, version) for values in self._base.execute(_SELECT).fetchall()]
        self._base.executemany(_REPLACE, map(_values, rows))
        if version < _CHECKSUMS_SINCE:
            entries = self._base.execute("SELECT name, value FROM meta").fetchall()
            self._base.executemany(
                "REPLACE INTO meta VALUES (?, ?, ?)", [(*entry, checksum(entry)) for entry in entries]
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; further calls fail."""
        with self._lock:
            self._base.close()

    def _not_opened(self, error: Exception) -> BatchError:
        return BatchError(
            message(
                "{file} cannot be opened: {reason}. Choose another folder.",
                file=display_path(self.file),
                reason=str(error),
            )
        )

    def _unusable(self, error: sqlite3.Error) -> BatchError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_FULL) & 0xFF
        # SQLite also reports a damaged file as read-only, even if the system lets it be written.
        writable = os.access(self.file, os.W_OK) and os.access(self.file.parent, os.W_OK)
        if code not in _NOT_DAMAGE or (code == sqlite3.SQLITE_READONLY and writable):
            return self._damaged(str(error))
        return BatchError(
            message(
                "{file} cannot be used: {reason}. Check that its disk has free space and can be written to; then start "
                "the same batch again.",
                file=display_path(self.file),
                reason=str(error),
            )
        )

    def _damaged(self, reason: str) -> BatchError:
        return BatchError(
            message(
                "{file} is damaged: {reason}. The results are intact, but it is unknown which photos are done and "
                "which steps were set for single photos. To continue, move it away with the files whose names begin "
                "with the same characters, and name a new folder for the results: all photos are then restored again.",
                file=display_path(self.file),
                reason=reason,
            )
        )

    @contextlib.contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        except UnicodeError as error:  # SQLite's message about a damaged schema need not be valid text
            raise self._damaged(message("its names are not valid text")) from error

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock, self._translated_errors():
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
            with contextlib.suppress(sqlite3.Error):  # SQLite may have rolled back by itself
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

    def _row(self, values: tuple[Any, ...], version: int = _VERSION) -> Row:
        *columns, stored = values
        covered = (value for name, value in zip(COLUMNS, columns, strict=True) if _ADDED.get(name, 0) <= version)
        if version >= _CHECKSUMS_SINCE and stored != checksum(tuple(covered)):
            raise self._damaged(message("the checksum of a row does not match"))
        try:
            return row_from_columns(columns, version)
        except ValueError as error:
            raise self._damaged(str(error)) from error

    def put(self, rows: Iterable[Row]) -> None:
        """Store rows, replacing those of the same paths; all of them or none."""
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
        """Number of photos in each state, 0 included."""
        with self._open():
            found = dict(self._base.execute("SELECT state, count(*) FROM files GROUP BY state").fetchall())
        return {state: found.get(state.value, 0) for state in State}

    def note(self, name: str, value: str | None = None) -> str:
        """Store a text under ``name`` if one is given; return the stored text, ``""`` at first."""
        with self._open():
            if value is not None:
                self._base.execute("REPLACE INTO meta VALUES (?, ?, ?)", (name, value, checksum((name, value))))
            found = self._base.execute("SELECT name, value, checksum FROM meta WHERE name = ?", (name,)).fetchone()
        if found and checksum(tuple(found[:2])) != found[2]:
            raise self._damaged(message("the checksum of an entry does not match"))
        return str(found[1]) if found else ""


class _ReadOnlyJournal(Journal):
    """A journal that is only read: no file is created, and one of an earlier version stays as it is."""

    def __init__(self, file: Path, target: Path) -> None:
        self.file = file
        self._connect()
        self.file = target / FILE  # for messages
        with self._closed_on_error():
            version = self._checked_version()
            if version != _VERSION:
                self._copy_to_memory()
                self._update(version)

    def _copy_to_memory(self) -> None:
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        copy.text_factory = os.fsdecode
        self._base.backup(copy)
        self._base.close()
        self._base = copy


def known_rows(target: Path) -> dict[str, Row]:
    """Path -> row of the journal in ``target``, without creating or changing one; empty if there is none.

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
    # SQLite needs to create files beside the journal. Where it may not, a copy is read.
    with tempfile.TemporaryDirectory(prefix="dfpir-") as folder:
        try:
            for name in (FILE, f"{FILE}-wal"):
                if (target / name).exists():
                    shutil.copyfile(target / name, Path(folder, name))
        except OSError as error:
            raise BatchError(
                message(
                    "{file} cannot be opened: {reason}. Choose another folder.",
                    file=display_path(file),
                    reason=str(error),
                )
            ) from error
        return _read(Path(folder, FILE), target)


def _read(file: Path, target: Path) -> dict[str, Row]:
    with contextlib.closing(_ReadOnlyJournal(file, target)) as journal:
        return {row.path: row for row in journal.rows()}


def _columns_of(version: int) -> set[str]:
    columns = {name for name in (*COLUMNS, "checksum") if _ADDED.get(name, 0) <= version}
    if version < 4:
        columns = (columns - {"fingerprint"}) | {"recipe"}
    if version < 3:
        columns -= {"notes", "sidecars", "checksum"}
    return columns - {"outdated"} if version < 2 else columns


def _values(row: Row) -> tuple[Any, ...]:
    """The columns of a row with their checksum; texts as bytes, since file names need not be valid text."""
    columns = row_to_columns(row)
    columns.append(checksum(tuple(columns)))
    return tuple(os.fsencode(value) if isinstance(value, str) else value for value in columns)


def checksum(values: tuple[Any, ...]) -> str:
    """16 hexadecimal digits that depend on all values: texts, numbers or None."""
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()


# Format of the write-ahead log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
_LOG_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_LOG_MAGIC = (0x377F0682, 0x377F0683)
_WORD_MASK = 0xFFFFFFFF
_DEFAULT_PAGE_BYTES = 4096
_PAGE_SIZES = {1} | {1 << power for power in range(9, 16)}  # 1 stands for 65536


def log_is_damaged(journal: Path) -> bool:
    """Whether the write-ahead log beside a journal is damaged before its last change.

    SQLite reads such a log up to the damage and ignores the rest. That is right for the last change, which a power cut
    may have left half written, but would silently undo all changes that follow the damage.

    Args:
        journal: the file of the journal; neither it nor the log need exist.
    """
    # Another program may be writing the log at this moment, so damage counts only if it is found twice.
    return _has_damaged_frame(*_read_log(journal)) and _has_damaged_frame(*_read_log(journal))


def _read_log(journal: Path) -> tuple[bytes, int]:
    """The log, and the size of a page in bytes."""
    try:
        data = journal.with_name(f"{journal.name}-wal").read_bytes()
        with journal.open("rb") as file:
            page = int.from_bytes(file.read(18)[16:], "big")
    except OSError:
        return b"", _DEFAULT_PAGE_BYTES
    return data, {1: 65536}.get(page, page) if page in _PAGE_SIZES else _DEFAULT_PAGE_BYTES


def _has_damaged_frame(data: bytes, page: int) -> bool:
    frames = range(_LOG_HEADER_BYTES, len(data) - _FRAME_HEADER_BYTES - page + 1, _FRAME_HEADER_BYTES + page)
    if not frames:
        return False
    magic = struct.unpack_from(">I", data)[0]
    order = ">" if magic & 1 else "<"
    state = _log_checksum(order, data[:24], (0, 0))
    sound = magic in _LOG_MAGIC and state == struct.unpack_from(">II", data, 24)
    salts = data[16:24] if sound else data[_LOG_HEADER_BYTES + 8 : _LOG_HEADER_BYTES + 16]
    current = [at for at in frames if data[at + 8 : at + 16] == salts]  # frames behind them are of an earlier round
    # Frames that end a change carry the size of the file after it.
    ends = [at for at in current if data[at + 4 : at + 8] != bytes(4)]
    if not sound:
        return len(ends) > 1  # the header was flushed with the first change, so it was intact at the second
    for at in frames[: frames.index(current[-1]) + 1] if current else ():
        content = at + _FRAME_HEADER_BYTES
        state = _log_checksum(order, data[at : at + 8], state)
        state = _log_checksum(order, data[content : content + page], state)
        if data[at + 8 : at + 16] != salts or state != struct.unpack_from(">II", data, at + 16):
            return next((end for end in ends if end >= at), current[-1]) < current[-1]
    return False


def _log_checksum(order: str, data: bytes, state: tuple[int, int]) -> tuple[int, int]:
    first, second = state
    for even, odd in struct.iter_unpack(f"{order}II", data):
        first = (first + even + second) & _WORD_MASK
        second = (second + odd + first) & _WORD_MASK
    return first, second
