"""From a result under a private name to one under its own, so that no moment of death loses or doubles anything.

A result is first written complete under a private name; then the journal says so; then it gets its name; then the
journal says that it is done. Whoever finds the journal after a death at any point knows what is left to do.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core import atomic, parts
from core.batch import outdated
from core.batch.journal import Journal, Row, State
from core.batch.layout import split_ending
from core.batch.walk import PRIVATE
from core.batch.work import NO_ROOM, Done
from core.errors import BatchError, PhotoError
from core.photo.files import failure, shown

PARTS = f"{PRIVATE}.parts"
"""Folder in the target in which results lie until they get their names."""

_NEW, _REPLACE = "n-", "r-"


class Results:
    """Takes what workers have made into the target and the journal. Used by one thread at a time.

    Args:
        target: the folder of the results.
        journal: its journal.
        model: SHA-256 of the model's file, for the rows.
        detector: SHA-256 of the detector's file, for the rows.
    """

    def __init__(self, target: Path, journal: Journal, model: str, detector: str) -> None:
        self._run = secrets.token_hex(4)  # a worker that outlived a killed run must not write among ours
        self.parts = target / PARTS
        self._target = target
        self._real_target = Path(os.path.realpath(target))
        self._journal = journal
        self._model, self._detector = model, detector
        self._checked: set[Path] = set()

    def make_folder(self) -> Path:
        """Make the folder that results are written to, and return it.

        Raises:
            BatchError: it cannot be made.
        """
        folder = self.parts / self._run
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BatchError(str(failure(error, folder, "written"))) from error
        return folder

    def private_name(self, number: int, output: str, *, replaces: bool) -> str:
        """A name within :attr:`parts` for the result of the photo with this number.

        Args:
            number: different for every photo of a run.
            output: the result's path; its ending is kept, since it tells the format.
            replaces: whether a file of that path is to be replaced.
        """
        return f"{self._run}/{_REPLACE if replaces else _NEW}{number:08}{split_ending(output)[1]}"

    def take(self, row: Row, staged: str, done: Done) -> Row:
        """Bring one photo to its end; returns its row, which is in the journal.

        Args:
            row: as planned.
            staged: the private name of its result.
            done: what the worker says.

        Raises:
            BatchError: the journal or the target cannot be written; the next run does this photo again.
        """
        row = replace(
            row,
            state=done.state,
            steps=done.steps,
            verdict=done.verdict,
            detector=self._detector if done.verdict else "",
            device=done.device,
            model=self._model if done.device else "",
            seconds=round(done.seconds, 4),
            error=done.error,
            pixels=done.pixels or row.pixels,
        )
        file = self.parts / staged
        if not done.state.has_result:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            self._journal.put([row])
            return row
        try:
            status = file.stat()
        except OSError as error:
            row = replace(row, state=State.FAILED, error=str(failure(error, file, "read")))
            self._journal.put([row])
            return row
        row = replace(row, output_size=status.st_size, output_mtime_ns=status.st_mtime_ns, staged=staged)
        self._journal.put([replace(row, state=State.WRITING)])
        row = self._named(row, done.state)
        self._journal.put([row])
        return row

    def recover(self, rows: Iterable[Row]) -> int:
        """Finish what a killed run had begun to name, remove what it left half made, and count what was finished."""
        finished = 0
        parts.sweep(self._target)
        for row in rows:
            if row.state is not State.WRITING:
                continue
            parts.sweep((self._target / row.output).parent)
            ending = State.RESTORED if row.steps not in ("", "[]") else State.COPIED
            if _is(self._target / row.output, row):
                row = outdated.replaced(replace(row, state=ending, staged=""))
            elif row.staged and _is(self.parts / row.staged, row):
                _remove_claim(self._target / row.output)
                row = self._named(row, ending)
            else:
                row = replace(row, state=State.WAITING, staged="")
            finished += row.state.has_result
            self._journal.put([row])
        self.clear()
        return finished

    def clear(self) -> None:
        """Remove the private folder with all that is in it, as far as that is possible."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def _named(self, row: Row, ending: State) -> Row:
        staged, output = self.parts / row.staged, self._target / row.output
        try:
            self._make_folder(output.parent)
            status = _rename(staged, output, replaces=staged.name.startswith(_REPLACE))
        except FileExistsError:
            error = f"{shown(output)} appeared meanwhile, and was left as it is. Start again to number this one."
            return replace(row, state=State.FAILED, error=error, staged="")
        except PhotoError as caught:
            return replace(row, state=State.FAILED, error=str(caught), staged="")
        except OSError as caught:
            told = str(failure(caught, output, "written"))
            if caught.errno in NO_ROOM:  # which is no fault of this photo
                raise BatchError(
                    f"{told} This photo and those that were not reached wait for the next run."
                ) from caught
            return replace(row, state=State.FAILED, error=told, staged="")
        row = replace(row, state=ending, staged="", output_size=status.st_size, output_mtime_ns=status.st_mtime_ns)
        return outdated.replaced(row)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._checked:
            return
        # A link in the target could lead anywhere, even back to the sources.
        if not Path(os.path.realpath(folder)).is_relative_to(self._real_target):
            raise PhotoError(f"{shown(folder)} leads out of the target. Remove the link, and start again.")
        folder.mkdir(parents=True, exist_ok=True)
        self._checked.add(folder)


def _rename(staged: Path, output: Path, *, replaces: bool) -> os.stat_result:
    try:
        if replaces:
            atomic.replace(staged, output)
        else:
            atomic.claim(staged, output)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # A disk of its own below the target. The times are copied as well: a result is known by them.
        status = staged.stat()
        atomic.publish(staged.read_bytes(), output, overwrite=replaces)
        os.utime(output, ns=(status.st_atime_ns, status.st_mtime_ns))
    with contextlib.suppress(OSError):
        staged.unlink()
    return output.stat()


def _remove_claim(output: Path) -> None:
    # Where there are no hard links, an empty file holds the name until the result takes it.
    with contextlib.suppress(OSError):
        if output.lstat().st_size == 0:
            output.unlink()


def _is(file: Path, row: Row) -> bool:
    try:
        status = file.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (row.output_size, row.output_mtime_ns)
