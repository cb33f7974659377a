"""A simulated disk that is full from its n-th write on."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHANGES = ("REPLACE", "BEGIN", "COMMIT", "CREATE")
"""Beginnings of the statements that make SQLite write."""


class Disk:
    """Counts writes, and lets them fail from the n-th on.

    Attributes:
        written: number of writes.
        failed: whether a write has failed.
    """

    def __init__(self, full_at: int, code: int = errno.ENOSPC) -> None:
        self.written = 0
        self.failed = False
        self._full_at = full_at
        self._code = code

    def write(self, path: object = None) -> None:
        """Raise an error if the disk is full."""
        self.written += 1
        if self.written >= self._full_at:
            self.failed = True
            raise OSError(self._code, os.strerror(self._code), str(path) if path is not None else None)


class Base:
    """A connection to SQLite on that disk."""

    def __init__(self, base: sqlite3.Connection, disk: Disk) -> None:
        object.__setattr__(self, "_base", base)
        object.__setattr__(self, "_disk", disk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._base, name, value)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        self._write(statement)
        return self._base.execute(statement, *values)

    def executemany(self, statement: str, *values: object) -> sqlite3.Cursor:
        self._write(statement)
        return self._base.executemany(statement, *values)

    def _write(self, statement: str) -> None:
        if statement.lstrip().startswith(CHANGES):
            try:
                self._disk.write()
            except OSError as error:
                raise sqlite3.OperationalError("database or disk is full") from error


@contextmanager
def full_disk(patch: pytest.MonkeyPatch, full_at: int, code: int = errno.ENOSPC) -> Iterator[Disk]:
    """Let all writes fail from the ``full_at``-th on, 1 being the first."""
    disk = Disk(full_at, code)

    def guarded(function: Callable[..., Any], writes: Callable[..., bool] = lambda *a, **k: True) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            if writes(*arguments, **options):
                disk.write(arguments[0] if not isinstance(arguments[0], int) else None)
            return function(*arguments, **options)

        return called

    def half(handle: int) -> None:
        # The bytes were accepted, but do not all reach the disk.
        try:
            disk.write()
        except OSError:
            os.ftruncate(handle, os.fstat(handle).st_size // 2)
            raise

    def for_writing(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> bool:
        return bool(set(mode) & set("wax+"))

    with patch.context() as patched:
        connect = sqlite3.connect
        patched.setattr(sqlite3, "connect", lambda *a, **k: Base(connect(*a, **k), disk))
        patched.setattr(os, "open", guarded(os.open, lambda path, flags, *a, **k: bool(flags & os.O_CREAT)))
        patched.setattr(os, "fsync", lambda handle: half(handle) if os.fstat(handle).st_mode & 0o100000 else None)
        patched.setattr(os, "link", guarded(os.link))
        patched.setattr(os, "mkdir", guarded(os.mkdir))
        patched.setattr(Path, "open", guarded(Path.open, for_writing))
        patched.setattr(Path, "replace", guarded(Path.replace))
        yield disk
