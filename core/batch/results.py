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

from core.batch import sidecars, stale_results
from core.batch.job import NO_ROOM, Done
from core.batch.journal import Journal, Row, State, notes_of, with_notes
from core.batch.layout import Layout, split_ending
from core.batch.scan import PRIVATE, Identity, identity
from core.errors import BatchError, PhotoError
from core.io import atomic, temp_files
from core.io.os_errors import display_path, read_failure, write_failure

PARTS = f"{PRIVATE}.parts"
"""Folder in the target in which results lie until they get their names."""

_NEW, _REPLACE = "n-", "r-"


class Results:
    """Takes what workers have made into the target and the journal. Used by one thread at a time.

    Args:
        layout: which photos, and where to.
        journal: of the target.
        model: SHA-256 of the model's file, for the rows.
        detector: SHA-256 of the detector's file, for the rows.
        keep_times: whether sidecars get the times of their sources, as results do.
    """

    def __init__(self, layout: Layout, journal: Journal, model: str, detector: str, *, keep_times: bool) -> None:
        self._run = secrets.token_hex(4)  # a worker that outlived a killed run must not write among ours
        self._layout = layout
        self._target = target = layout.target
        self.parts = target / PARTS
        self._keep_times = keep_times
        self._folders: dict[Path, Identity] = {}  # that must stay where they are while results are written
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
            raise BatchError(write_failure(error, folder)) from error
        self._folders = {place: identity(place) for place in (self._target, folder)}
        return folder

    def fault(self) -> str | None:
        """Why no further result could be written: the target is gone, or may not be written any more; else None."""
        for folder in self._folders:
            probe = folder / f"{PRIVATE}.probe-{self._run}"
            if self._moved(folder):
                break
            try:
                os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                probe.unlink()
            except OSError as error:
                return write_failure(error, folder)
        return self._gone()

    def _moved(self, folder: Path) -> bool:
        return not folder.is_dir() or identity(folder) != self._folders[folder]

    def _gone(self) -> str | None:
        if not any(map(self._moved, self._folders)):
            return None
        return (
            f"{display_path(self._target)} is no longer the folder that results were written to: it was renamed "
            "or removed, "
            "or its disk was taken away. Bring it back, and start again."
        )

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
        row = with_notes(row, done.notes)
        file = self.parts / staged
        if not done.state.has_result:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            self._journal.put([row])
            return row
        self._check_target(self._gone())
        try:
            status = file.stat()
        except OSError as error:
            self._check_target(self.fault())
            row = replace(row, state=State.FAILED, error=read_failure(error, file))
            self._journal.put([row])
            return row
        row = replace(row, output_size=status.st_size, output_mtime_ns=status.st_mtime_ns, staged=staged)
        self._journal.put([replace(row, state=State.WRITING)])
        row = self._with_sidecars(self._named(row, done.state))
        self._journal.put([row])
        return row

    def _check_target(self, fault: str | None) -> None:
        if fault:
            raise BatchError(f"{fault} This photo and those that were not reached wait for the next run.")

    def _with_sidecars(self, row: Row) -> Row:
        if not row.state.has_result:
            return row
        try:
            carried, notes = sidecars.carry(
                self._layout.source / row.path,
                self._target,
                row.output,
                sidecars.read(row.sidecars),
                replace=self._layout.collision == "replace",
                keep_times=self._keep_times,
            )
        except OSError as error:
            told = write_failure(error, self._target / row.output)
            self._check_target(told if error.errno in NO_ROOM else self.fault())
            reason = error.strerror or str(error)
            return with_notes(row, (*notes_of(row), f"The sidecar could not be copied: {reason}."))
        row = replace(row, sidecars=sidecars.written(carried))
        return with_notes(row, (*notes_of(row), *notes))

    def recover(self, rows: Iterable[Row]) -> int:
        """Finish what a killed run had begun to name, remove what it left half made, and count what was finished."""
        finished = 0
        temp_files.remove_leftovers(self._target)
        for row in rows:
            if row.state is not State.WRITING:
                continue
            temp_files.remove_leftovers((self._target / row.output).parent)
            ending = State.RESTORED if row.steps not in ("", "[]") else State.COPIED
            staged, output = self.parts / row.staged, self._target / row.output
            # With the times of its source, an earlier result may look like the new one, which is to replace it.
            earlier = staged.name.startswith(_REPLACE) and _is(staged, row)
            if _is(output, row) and not earlier:
                row = stale_results.replaced(replace(row, state=ending, staged=""))
            elif row.staged and _is(staged, row):
                _remove_claim(output)
                row = self._named(row, ending)
            else:
                row = replace(row, state=State.WAITING, staged="")
            row = self._with_sidecars(row)
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
            status = self._rename(staged, output)
        except FileExistsError:
            error = f"{display_path(output)} appeared meanwhile, and was left as it is. Start again to number this one."
            return replace(row, state=State.FAILED, error=error, staged="")
        except PhotoError as caught:
            return replace(row, state=State.FAILED, error=str(caught), staged="")
        except OSError as caught:
            told = write_failure(caught, output)
            self._check_target(told if caught.errno in NO_ROOM else self.fault())  # which is no fault of this photo
            return replace(row, state=State.FAILED, error=told, staged="")
        row = replace(row, state=ending, staged="", output_size=status.st_size, output_mtime_ns=status.st_mtime_ns)
        return stale_results.replaced(row)

    def _rename(self, staged: Path, output: Path) -> os.stat_result:
        replaces = staged.name.startswith(_REPLACE)
        self._make_folder(output.parent)
        try:
            return _rename(staged, output, replaces=replaces)
        except FileNotFoundError:
            if not staged.exists() or output.parent.is_dir():
                raise
            self._checked.discard(output.parent)  # a folder that someone has removed meanwhile
            self._make_folder(output.parent)
            return _rename(staged, output, replaces=replaces)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._checked:
            return
        # A link in the target could lead anywhere, even back to the sources.
        if not Path(os.path.realpath(folder)).is_relative_to(self._real_target):
            raise PhotoError(f"{display_path(folder)} leads out of the target. Remove the link, and start again.")
        folder.mkdir(parents=True, exist_ok=True)
        self._checked.add(folder)


def _rename(staged: Path, output: Path, *, replaces: bool) -> os.stat_result:
    try:
        if replaces:
            atomic.replace(staged, output)
        else:
            atomic.rename_if_free(staged, output)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # A disk of its own below the target. The times are copied as well: a result is known by them.
        status = staged.stat()
        atomic.publish(staged.read_bytes(), output, overwrite=replaces, mode=status.st_mode & 0o666)
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
