"""Gives results their final names so that a crash at any point neither loses nor duplicates one.

A result is first written completely under a private name, then the journal records it as being written, then it gets
its final name, then the journal records it as done. After a crash at any point the journal shows what is left to do.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core.batch.job import DISK_FULL, JobResult
from core.batch.journal import Journal
from core.batch.kept_pixels import pixels_beside
from core.batch.layout import Layout, split_ending
from core.batch.rows import Row, State
from core.batch.scan import PRIVATE, FolderId, folder_id
from core.batch.sidecars import copy_sidecars
from core.errors import BatchError, DFPIRError, PhotoError
from core.io import atomic, temp_files
from core.io.os_errors import display_path, read_failure, write_failure
from core.messages import Message, message
from core.photo import Photo

PARTS = f"{PRIVATE}.parts"
"""Folder in the target for results that do not have their final names yet."""

REVIEW = f"{PRIVATE}.review"
"""Folder in the target for results that wait for the user's decision; see :func:`withheld_file`."""

_NEW, _REPLACE = "n-", "r-"


class Results:
    """Stores the results of workers in the target and the journal. Used by one thread at a time.

    Args:
        layout: which photos, and where to.
        journal: of the target.
        model: SHA-256 of the model's file, for the rows.
        detector: SHA-256 of the detector's file, for the rows.
        keep_times: whether sidecars get the times of their sources, as results do.
    """

    def __init__(self, layout: Layout, journal: Journal, model: str, detector: str, *, keep_times: bool) -> None:
        self._run = secrets.token_hex(4)  # a worker that survived a killed run must not write among our results
        self._layout = layout
        self._target = target = layout.target
        self.parts = target / PARTS
        self._keep_times = keep_times
        self._folders: dict[Path, FolderId] = {}  # must stay where they are while results are written
        self._real_target = Path(os.path.realpath(target))
        self._journal = journal
        self._model, self._detector = model, detector
        self._checked_folders: set[Path] = set()

    def make_folder(self) -> Path:
        """Create the folder that workers write to, and return it.

        Raises:
            BatchError: it cannot be created.
        """
        folder = self.parts / self._run
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BatchError(write_failure(error, folder)) from error
        self._folders = {place: folder_id(place) for place in (self._target, folder)}
        return folder

    def fault(self) -> Message | None:
        """Why no further result can be written: the target no longer exists or is not writable; else None."""
        for folder in self._folders:
            probe = folder / f"{PRIVATE}.probe-{self._run}"
            if self._is_moved(folder):
                break
            try:
                os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                probe.unlink()
            except OSError as error:
                return write_failure(error, folder)
        return self._moved_target()

    def _is_moved(self, folder: Path) -> bool:
        return not folder.is_dir() or folder_id(folder) != self._folders[folder]

    def _moved_target(self) -> Message | None:
        if not any(map(self._is_moved, self._folders)):
            return None
        return message(
            "{folder} is no longer the folder that results were written to: it was renamed or removed, or its disk was "
            "disconnected. Restore it, and start again.",
            folder=display_path(self._target),
        )

    def private_name(self, number: int, output: str, *, replaces: bool) -> str:
        """A name within :attr:`parts` for the result of the photo with this number.

        Args:
            number: different for every photo of a run.
            output: the result's path; its ending is kept, since it gives the format.
            replaces: whether a file of that path is to be replaced.
        """
        return f"{self._run}/{_REPLACE if replaces else _NEW}{number:08}{split_ending(output)[1]}"

    def store(self, row: Row, staged: str, result: JobResult) -> Row:
        """Store the result of one photo; returns its row, which is then in the journal.

        Args:
            row: as planned.
            staged: the private name of its file.
            result: from the worker.

        Raises:
            BatchError: the journal or the target cannot be written; the next run does this photo again.
        """
        row = replace(
            row,
            state=result.state,
            steps=result.steps,
            verdict=result.verdict,
            detector=self._detector if result.verdict else "",
            device=result.device,
            model=self._model if result.device else "",
            seconds=round(result.seconds, 4),
            error=result.error,
            pixels=result.pixels or row.pixels,
            warnings=result.warnings,
            suggested=result.suggested,
        ).with_notes(result.notes)
        file = self.parts / staged
        if not result.state.has_result:
            if not (row.may_be_accepted and self._withhold(file, row)):
                for unused in (file, pixels_beside(file)):
                    with contextlib.suppress(OSError):
                        unused.unlink(missing_ok=True)
            self._journal.put([row])
            return row
        self._end_run_for(self._moved_target())
        try:
            status = file.stat()
        except OSError as error:
            # The worker has written it, so it is no fault of the photo: someone is removing files from the target.
            raise _run_ended(self.fault() or read_failure(error, file)) from error
        if (changed := self._changed_meanwhile(row, staged)) is not None:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            row = replace(row, state=State.FAILED, error=changed)
            self._journal.put([row])
            return row
        row = replace(row, output_size=status.st_size, output_mtime_ns=status.st_mtime_ns, staged=staged)
        self._journal.put([replace(row, state=State.WRITING)])
        row = self._with_sidecars(self._with_final_name(row, result.state))
        self._journal.put([row])
        return row

    def _changed_meanwhile(self, row: Row, staged: str) -> Message | None:
        """Why the earlier result of a photo must not be replaced: someone has changed it since the plan was made."""
        output = self._target / row.output
        replaces_own = Path(staged).name.startswith(_REPLACE) and row.output_mtime_ns
        if not replaces_own or not os.path.lexists(output) or _is_result(output, row):
            return None
        return message(
            "{file} was changed meanwhile and was not replaced. Start again to save this result with a number.",
            file=display_path(output),
        )

    def _withhold(self, file: Path, row: Row) -> bool:
        """Keep a result for the user's decision. Without it the result can be computed again, so nothing fails."""
        withheld = withheld_file(self._target, row)
        try:
            withheld.parent.mkdir(exist_ok=True)
            if withheld.parent.is_symlink():
                return False
            atomic.replace(file, withheld)
        except OSError:
            return False
        with contextlib.suppress(OSError):  # there are none if its suggestion needs the network
            atomic.replace(pixels_beside(file), pixels_beside(withheld))
        return True

    def take_withheld(self, row: Row, staged: str) -> bool:
        """Move the withheld result of a row to a private name; returns whether there was a complete one.

        It may have been kept for long, and was not synchronised with the disk: after a power failure it may be empty.
        """
        withheld = withheld_file(self._target, row)
        if not has_review_folder(self._target):
            return False
        try:
            Photo.open(withheld)
            atomic.replace(withheld, self.parts / staged)
        except (OSError, DFPIRError, MemoryError):
            return False
        return True

    def remove_decided(self, rows: Iterable[Row]) -> None:
        """Remove withheld results that wait for no decision, as far as possible.

        Args:
            rows: of the whole journal.
        """
        folder = self._target / REVIEW
        if not has_review_folder(self._target):
            return
        files = [withheld_file(self._target, row) for row in rows if row.may_be_accepted]
        waiting = {name for file in files for name in (file.name, pixels_beside(file).name)}
        with contextlib.suppress(OSError):
            for file in list(folder.iterdir()):
                if file.name not in waiting:
                    file.unlink()
            if not waiting:
                folder.rmdir()

    def _end_run_for(self, fault: Message | None) -> None:
        """Raise an error if there is a fault that is not the photo's."""
        if fault:
            raise _run_ended(fault)

    def _with_sidecars(self, row: Row) -> Row:
        if not row.state.has_result:
            return row
        try:
            copies, notes = copy_sidecars(
                self._layout.source / row.path,
                self._target,
                row.output,
                row.sidecars,
                replace=self._layout.collision == "replace",
                keep_times=self._keep_times,
            )
        except OSError as error:
            fault = write_failure(error, self._target / row.output)
            self._end_run_for(fault if error.errno in DISK_FULL else self.fault())
            reason = error.strerror or str(error)
            return row.with_notes((*row.notes, message("The sidecar could not be copied: {reason}.", reason=reason)))
        return replace(row, sidecars=tuple(copies)).with_notes((*row.notes, *notes))

    def recover(self, rows: Iterable[Row]) -> int:
        """Complete the naming that a killed run had begun, remove partial files, and return how many were completed."""
        completed = 0
        rows = list(rows)
        temp_files.remove_leftovers(self._target)
        self.remove_decided(rows)
        for row in rows:
            if row.state is not State.WRITING:
                continue
            temp_files.remove_leftovers((self._target / row.output).parent)
            state = State.RESTORED if row.steps else State.COPIED
            staged, output = self.parts / row.staged, self._target / row.output
            # With the times of its source, an earlier result may look like the new one that is to replace it.
            is_earlier = staged.name.startswith(_REPLACE) and _is_result(staged, row)
            if _is_result(output, row) and not is_earlier:
                row = replace(row, state=state, staged="").without_current()
            elif row.staged and _is_result(staged, row):
                _remove_placeholder(output)
                row = self._with_final_name(row, state)
            else:
                row = replace(row, state=State.WAITING, staged="")
            row = self._with_sidecars(row)
            completed += row.state.has_result
            self._journal.put([row])
        self.clear()
        return completed

    def clear(self) -> None:
        """Remove the folder of private names with its contents, as far as possible."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def _with_final_name(self, row: Row, state: State) -> Row:
        staged, output = self.parts / row.staged, self._target / row.output
        try:
            status = self._rename(staged, output)
        except FileExistsError:
            reason = message(
                "{file} appeared meanwhile and was not replaced. Start again to save this result with a number.",
                file=display_path(output),
            )
            return replace(row, state=State.FAILED, error=reason, staged="")
        except PhotoError as error:
            return replace(row, state=State.FAILED, error=error.message, staged="")
        except OSError as error:
            reason = write_failure(error, output)
            ends_run = error.errno in DISK_FULL or not staged.exists()
            self._end_run_for(reason if ends_run else self.fault())
            return replace(row, state=State.FAILED, error=reason, staged="")
        row = replace(row, state=state, staged="", output_size=status.st_size, output_mtime_ns=status.st_mtime_ns)
        return row.without_current()

    def _rename(self, staged: Path, output: Path) -> os.stat_result:
        replaces = staged.name.startswith(_REPLACE)
        self._make_output_folder(output.parent)
        try:
            return _rename(staged, output, replaces=replaces)
        except FileNotFoundError:
            if not staged.exists() or output.parent.is_dir():
                raise
            self._checked_folders.discard(output.parent)  # someone has removed the folder meanwhile
            self._make_output_folder(output.parent)
            return _rename(staged, output, replaces=replaces)

    def _make_output_folder(self, folder: Path) -> None:
        if folder in self._checked_folders:
            return
        # A link in the target could lead anywhere, even back to the sources.
        if not Path(os.path.realpath(folder)).is_relative_to(self._real_target):
            raise PhotoError(
                message(
                    "{folder} points outside the target. Remove the link, and start again.", folder=display_path(folder)
                )
            )
        folder.mkdir(parents=True, exist_ok=True)
        self._checked_folders.add(folder)


def has_review_folder(target: Path) -> bool:
    """Whether there is a folder of withheld results; a link is none, since it could lead to files of the user."""
    folder = target / REVIEW
    return folder.is_dir() and not folder.is_symlink()


def withheld_file(target: Path, row: Row) -> Path:
    """Where the result of a row is kept that waits for the user's decision; it need not exist.

    The name follows from the photo and from all that decides what the result looks like, so that a result of an
    earlier photo or of other settings is never taken for it.
    """
    identity = repr((row.path, row.size, row.mtime_ns, row.fingerprint)).encode("utf-8", "surrogateescape")
    return target / REVIEW / f"{hashlib.sha256(identity).hexdigest()[:32]}{split_ending(row.output)[1]}"


def _run_ended(fault: Message) -> BatchError:
    return BatchError(
        message("{reason} This photo and those that were not reached wait for the next run.", reason=fault)
    )


def _rename(staged: Path, output: Path, *, replaces: bool) -> os.stat_result:
    try:
        if replaces:
            atomic.replace(staged, output)
        else:
            atomic.rename_if_free(staged, output)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Another disk is mounted below the target. The times are copied as well: they identify a result.
        status = staged.stat()
        atomic.publish(staged.read_bytes(), output, overwrite=replaces, mode=status.st_mode & 0o666)
        os.utime(output, ns=(status.st_atime_ns, status.st_mtime_ns))
    with contextlib.suppress(OSError):
        staged.unlink()
    return output.stat()


def _remove_placeholder(output: Path) -> None:
    # Without hard links, an empty file reserves the name until the result is moved there.
    with contextlib.suppress(OSError):
        if output.lstat().st_size == 0:
            output.unlink()


def _is_result(file: Path, row: Row) -> bool:
    try:
        status = file.lstat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (row.output_size, row.output_mtime_ns)
