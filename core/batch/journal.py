"""The memory of a batch: an SQLite file beside the results, with a row for every photo."""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from core.batch.walk import PRIVATE
from core.errors import BatchError
from core.photo.files import shown

FILE = f"{PRIVATE}.sqlite"
_VERSION = 2  # 1 had no column for outdated results


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
        recipe: hash of all that decides what the result looks like; see :meth:`core.batch.treatment.Treatment.recipe`.
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
        outdated: results that are no longer current, as JSON, or ``""``; see :mod:`core.batch.outdated`.
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
    updated: float = 0.0


_NAMES = tuple(field.name for field in fields(Row))
_ALL = attrgetter(*_NAMES)
_STATE = _NAMES.index("state")
_KINDS = {str: "TEXT", int: "INTEGER", float: "REAL", State: "TEXT"}
_TABLE = ", ".join(
    f"{field.name} {_KINDS[field.type]} NOT NULL" + (" PRIMARY KEY" if field.name == "path" else "")  # type: ignore[index]
    for field in fields(Row)
)
# Names of files need not be text. Their bytes are stored as they are, and looked at as text by other programs.
_PLACES = ", ".join("CAST(? AS TEXT)" if field.type in (str, State) else "?" for field in fields(Row))


class Journal:
    """The rows of one target folder. Safe to share between threads; every change is on the disk when a call returns.

    Every call raises :class:`core.errors.BatchError` if the file can no longer be read or written, be it that the disk
    is full; what was to be changed is then as before.

    Args:
        target: the folder of the results; it is made if need be.

    Raises:
        BatchError: the file is damaged, of a later program, or cannot be opened.
    """

    def __init__(self, target: Path) -> None:
        self.file = target / FILE
        self._lock = threading.Lock()
        try:
            target.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.file, timeout=30, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise BatchError(f"{shown(self.file)} cannot be opened: {error}. Choose another folder.") from error
        try:
            self._prepare()
        except sqlite3.OperationalError as error:  # the file is sound, and the system does not let it be used
            self._base.close()
            raise self._unusable(error) from error
        except sqlite3.Error as error:
            self._base.close()
            raise BatchError(
                f"{shown(self.file)} cannot be used: {error}. If it is damaged, move it away; the folder is then "
                "worked through anew."
            ) from error
        except BatchError:
            self._base.close()
            raise

    def _prepare(self) -> None:
        self._base.text_factory = os.fsdecode
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise BatchError(f"{shown(self.file)} was written by a later version of this program. Update DFPIR Studio.")
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")  # a row that says "done" must not vanish with the power
        self._base.execute(f"CREATE TABLE IF NOT EXISTS files ({_TABLE}) WITHOUT ROWID")
        if version == 1:
            self._base.execute("ALTER TABLE files ADD COLUMN outdated TEXT NOT NULL DEFAULT ''")
        self._base.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        self._base.execute(f"PRAGMA user_version = {_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; further calls fail."""
        with self._lock:
            self._base.close()

    def _unusable(self, error: sqlite3.Error) -> BatchError:
        return BatchError(
            f"{shown(self.file)} cannot be used: {error}. See that its disk has room and can be written; the same "
            "batch then goes on."
        )

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        with self._open():
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
            found = self._base.execute(f"SELECT {', '.join(_NAMES)} FROM files ORDER BY path").fetchall()
        return map(_row, found)

    def row(self, path: str) -> Row | None:
        """The row of the photo at ``path``, or None."""
        with self._open():
            found = self._base.execute(
                f"SELECT {', '.join(_NAMES)} FROM files WHERE path = CAST(? AS TEXT)", (os.fsencode(path),)
            ).fetchone()
        return _row(found) if found else None

    def put(self, rows: Iterable[Row]) -> None:
        """Store rows, in place of those of the same paths; all of them or none."""
        now = time.time()
        values = (_values(replace(row, updated=now)) for row in rows)
        with self._change():
            self._base.executemany(f"REPLACE INTO files ({', '.join(_NAMES)}) VALUES ({_PLACES})", values)

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
                self._base.execute("REPLACE INTO meta VALUES (?, ?)", (name, value))
            found = self._base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""


def known_rows(target: Path) -> dict[str, Row]:
    """Path -> row of the journal in ``target``, without making one; empty if there is none.

    Raises:
        BatchError: it is damaged.
    """
    if not (target / FILE).is_file():
        return {}
    with Journal(target) as journal:
        return {row.path: row for row in journal.rows()}


def _values(row: Row) -> tuple[Any, ...]:
    return tuple(os.fsencode(value) if isinstance(value, str) else value for value in _ALL(row))


def _row(values: tuple[Any, ...]) -> Row:
    fields = list(values)
    fields[_STATE] = State(fields[_STATE])
    return Row(*fields)
