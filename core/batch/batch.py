"""The one entry point: a folder, its journal, and the run."""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from core.batch.control import Control
from core.batch.journal import Journal, Row
from core.batch.layout import Layout
from core.batch.plan import Plan, Why, make_plan, taken_names
from core.batch.progress import Meter, Progress
from core.batch.results import Results
from core.batch.run import MachineLike, Run
from core.batch.scan import PRIVATE, Found
from core.batch.settings import BatchSettings, Steps, written
from core.batch.summary import Summary
from core.batch.triage import Group, grouped, look
from core.errors import BatchError
from core.io.os_errors import display_path, write_failure

LOCK = f"{PRIVATE}.lock"


def nobody(_: object) -> None:
    """For those who do not want to know."""


class Batch:
    """A source and its target, held by this program alone until :meth:`close`.

    What a killed run has left is put in order at once.

    Args:
        layout: which photos, and where to.
        treatment: what is done to them.
        machine: what does it.

    Raises:
        BatchError: another run holds the target, or its journal cannot be used.
        CheckpointError: the model cannot be found.
    """

    def __init__(self, layout: Layout, treatment: BatchSettings, machine: MachineLike) -> None:
        self.layout = layout
        self.treatment = treatment
        self.machine = machine
        self._model, self._detector_hash = machine.model_hash(), machine.detector_hash()
        self._taken: dict[str, str] | None = None
        self._lock = hold(layout.target)
        try:
            self.journal = Journal(layout.target)
            try:
                self._check_source()
                self._results = Results(
                    layout, self.journal, self._model, self._detector_hash, keep_times=treatment.keep_times
                )
                self.recovered = self._results.recover(list(self.journal.rows()))
            except BaseException:
                self.journal.close()
                raise
        except BaseException:
            self._lock.release()
            raise

    def _check_source(self) -> None:
        source = str(self.layout.source.resolve())
        before = self.journal.note("source")
        if before and before != source:
            raise BatchError(
                f"{display_path(self.layout.target)} holds results of another source, {before}. Name another "
                "folder for "
                "these, or remove the results and the files whose names begin with .dfpir-batch."
            )
        with contextlib.suppress(UnicodeEncodeError):  # a path that is no text is not remembered
            self.journal.note("source", source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the target."""
        self._results.clear()
        self.journal.close()
        self._lock.release()

    def plan(self, *, retry_failed: bool = False, only: Iterable[Found] | None = None) -> Plan:
        """What :meth:`run` would do; see :func:`core.batch.plan.make_plan`."""
        if only is None or self._taken is None:
            known = {row.path: row for row in self.journal.rows()}
            self._taken = taken_names(known.values())
        else:
            only = list(only)
            known = {row.path: row for row in (self.journal.row(found.path) for found in only) if row is not None}
        return make_plan(
            self.layout,
            self.treatment,
            known,
            model=self._model,
            detector=self._detector_hash,
            retry_failed=retry_failed,
            only=only,
            taken=self._taken,
        )

    def remember(self, plan: Plan) -> None:
        """Store the rows of the photos that a plan will work on, so that steps can be set for them."""
        self.journal.put(item.row for item in plan.items if item.why.runs or item.why is Why.TAKEN)

    def set_steps(self, paths: Iterable[str], steps: Steps | None) -> None:
        """Set steps for single photos; plan again afterwards.

        Args:
            paths: of photos in the journal.
            steps: what is done to them whatever is found; ``()`` hands them on as they are, None takes the setting
                back.
        """
        override = "" if steps is None else written(steps)
        rows = (self.journal.row(path) for path in paths)
        self.journal.put([replace(row, override=override) for row in rows if row is not None])

    def triage(
        self,
        plan: Plan,
        control: Control | None = None,
        *,
        on_row: Callable[[Row], None] = nobody,
        on_progress: Callable[[Progress], None] = nobody,
    ) -> list[Group]:
        """Let the detector look at all photos of a plan that it has not judged yet. Nothing is restored.

        Args:
            plan: of this batch.
            control: to pause, resume and stop.
            on_row: called with the row of each photo that was looked at.
            on_progress: called after each photo.

        Returns:
            The plan's photos by what was found in them.

        Raises:
            Cancelled: it was stopped; what was found so far is kept.
            CheckpointError: the detector cannot be loaded.
        """
        self.remember(plan)
        control = control or Control()
        waiting = [item.row for item in plan.to_run if not item.row.verdict]
        meter = Meter(waiting, BatchSettings(), lambda: control.paused_seconds)
        detector = self.machine.make_detector()
        source, judge = self.layout.source, self._detector_hash
        look(source, waiting, self.treatment.limits, self.journal, detector, judge, control, meter, on_row, on_progress)
        planned = {item.row.path for item in plan.items}
        return grouped((row for row in self.journal.rows() if row.path in planned), self.treatment)

    def run(
        self,
        plan: Plan,
        control: Control | None = None,
        *,
        on_row: Callable[[Row], None] = nobody,
        on_progress: Callable[[Progress], None] = nobody,
        on_note: Callable[[str], None] = nobody,
    ) -> Summary:
        """Carry out a plan. Photos that fail are recorded with their reasons, and the run goes on.

        Args:
            plan: of this batch, made after its last run.
            control: to pause, resume and stop.
            on_row: called with the row of each photo that has ended, on another thread than this.
            on_progress: called on this thread and on others.
            on_note: called on this thread with sentences about what the run waits for.

        Raises:
            BatchError: nothing more can be written, or the source is gone. What was not reached waits for the next run.
            CheckpointError: the model cannot be loaded.
            RestorationError: there is no such device.
        """
        self.remember(plan)
        run = Run(
            self.layout,
            self.treatment,
            self.machine,
            self._results,
            plan,
            control or Control(),
            on_row,
            on_progress,
            on_note,
        )
        return run.carry_out()


def hold(target: Path) -> FileLock:
    """Take the target for this program; the lock of a program that was killed is free.

    Raises:
        BatchError: another program, or another part of this one, has it.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target / LOCK, timeout=0, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise BatchError(
            f"Another batch is writing to {display_path(target)}. Wait until it ends, stop it, or name another folder."
        ) from error
    except OSError as error:
        raise BatchError(write_failure(error, target)) from error
    return lock
