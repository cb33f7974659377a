"""The entry point: a folder, its journal, and runs over it."""

import contextlib
import gc
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from filelock import FileLock, Timeout

from core.batch.backends import Backend, BackendConfig, InProcess, create_backend
from core.batch.control import Control
from core.batch.job import Job, JobResult, PhotoRestorer, keep_times
from core.batch.journal import Journal
from core.batch.kept_pixels import KeptPixels, differs_in_strength, pixels_beside
from core.batch.layout import Layout, split_ending
from core.batch.plan import Item, Plan, Why, make_plan, taken_names
from core.batch.progress import Meter, Progress, Summary
from core.batch.results import Results, has_review_folder, withheld_file
from core.batch.rows import Row, State
from core.batch.scan import PRIVATE, SourceFile
from core.batch.settings import BatchSettings, Steps, without_mask_contents
from core.batch.triage import Group, detect_all, group_rows
from core.errors import BatchError, DFPIRError
from core.io.os_errors import display_path, write_failure
from core.messages import Message, message
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback

if TYPE_CHECKING:
    from core.inference import RestorationResult

LOCK = f"{PRIVATE}.lock"


Decision = Literal["accept", "suggested", "dismiss", "keep"]
"""On a result that may do harm; see :meth:`Batch.decide`."""


def ignore(_: object) -> None:
    """No-op callback."""


class Batch:
    """A source and its target, locked by this program until :meth:`close`.

    What a killed run has left is recovered at once.

    Args:
        layout: which photos, and where to.
        settings: what is done to them.
        config: model and devices.

    Raises:
        BatchError: another run holds the target, or its journal cannot be used.
        CheckpointError: the model cannot be found.
    """

    def __init__(self, layout: Layout, settings: BatchSettings, config: BackendConfig) -> None:
        self.layout = layout
        self.settings = settings
        self.config = config
        self._model, self._detector_hash = config.model_hash(), config.detector_hash()
        self._taken: dict[str, str] | None = None
        self._lock = lock_target(layout.target)
        try:
            self.journal = Journal(layout.target)
            try:
                self._check_source()
                self._results = Results(
                    layout, self.journal, self._model, self._detector_hash, keep_times=settings.keep_times
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
                message(
                    "{folder} holds results of another source, {source}. Name another folder for these, or remove the "
                    "results and the files whose names begin with .dfpir-batch.",
                    folder=display_path(self.layout.target),
                    source=before,
                )
            )
        with contextlib.suppress(UnicodeEncodeError):  # a path that is not valid text is not stored
            self.journal.note("source", source)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the target."""
        with contextlib.suppress(DFPIRError):  # the journal may be lost with the target
            if has_review_folder(self.layout.target):
                self._results.remove_decided(self.journal.rows())
        self._results.clear()
        self.journal.close()
        self._lock.release()

    def plan(self, *, retry_failed: bool = False, only: Iterable[SourceFile] | None = None) -> Plan:
        """What :meth:`run` would do; see :func:`core.batch.plan.make_plan`."""
        if only is None or self._taken is None:
            known = {row.path: row for row in self.journal.rows()}
            self._taken = taken_names(known.values())
        else:
            only = list(only)
            known = {row.path: row for row in (self.journal.row(file.path) for file in only) if row is not None}
        return make_plan(
            self.layout,
            self.settings,
            known,
            model=self._model,
            detector=self._detector_hash,
            retry_failed=retry_failed,
            only=only,
            taken=self._taken,
        )

    def remember(self, plan: Plan) -> None:
        """Store the rows of the photos that a plan works on, so that steps can be set for them.

        Rows of withheld results stay as they are until there is another result: they may become valid again, as when
        the settings are changed back.
        """
        rows = (item.row for item in plan.items if item.why.runs or item.why is Why.TAKEN)
        self.journal.put([row for row in rows if self._withheld_row(row.path) is None])

    def _withheld_row(self, path: str) -> Row | None:
        row = self.journal.row(path)
        return row if row is not None and row.may_be_accepted else None

    def set_steps(self, paths: Iterable[str], steps: Steps | None) -> None:
        """Set steps for single photos; plan again afterwards.

        Args:
            paths: of photos in the journal.
            steps: for these photos whatever is found in them; ``()`` copies them as they are, None removes an earlier
                setting. Of their masks only what makes sense on other photos is used.
        """
        if steps is not None:
            steps = without_mask_contents(steps)
        rows = (self.journal.row(path) for path in paths)
        self.journal.put([replace(row, override=steps) for row in rows if row is not None])

    def decide(self, paths: Iterable[str], decision: Decision) -> None:
        """Decide on photos whose results may do harm; plan and run again afterwards.

        Args:
            paths: of photos in the journal; those that the decision is not about are left as they are.
            decision: ``"accept"`` writes a withheld result, ``"dismiss"`` treats the photo of one as clean;
                ``"suggested"`` restores the photo with the suggested steps, and replaces a result that was written,
                unless someone has changed it; ``"keep"`` removes the warnings of a result that was written.
        """
        chosen: list[Row] = []
        for row in filter(None, map(self.journal.row, paths)):
            if row.may_be_accepted and decision != "keep":
                steps = {"accept": row.steps, "suggested": row.suggested, "dismiss": ()}[decision]
                chosen.append(replace(row, override=steps or ()))
            elif row.may_be_revised and decision == "suggested":
                chosen.append(replace(row, override=row.suggested or ()))
            elif row.may_be_revised and decision == "keep":
                chosen.append(replace(row, warnings=(), suggested=None))
        self.journal.put(chosen)

    def accepted(self, plan: Plan) -> Plan:
        """The part of a plan whose results are complete already: they were withheld and then accepted.

        To run it takes hardly any time, and no model is loaded unless one of them turns out to be damaged.
        """
        withheld = self._withheld(plan)
        return replace(plan, items=[item for item in plan.items if item.row.path in withheld])

    def decided(self, plan: Plan, paths: Iterable[str]) -> Plan:
        """The part of a plan that decisions have settled, so that to run it loads no model.

        Args:
            plan: of this batch.
            paths: of photos that were decided on; of these, the ones to be left unchanged belong to it.

        Returns:
            Those, and the results that :meth:`accepted` returns.
        """
        chosen, withheld = set(paths), self._withheld(plan)
        return replace(
            plan,
            items=[
                item
                for item in plan.to_run
                if item.row.path in withheld or (item.row.path in chosen and item.row.override == ())
            ],
        )

    def _withheld(self, plan: Plan) -> dict[str, Row]:
        """Path -> row of the photos of a plan whose withheld results exist and are those that the plan would make."""
        if not has_review_folder(self.layout.target):
            return {}
        found: dict[str, Row] = {}
        for planned, row in self._reviewed(plan):
            accepted = planned.override == row.steps or (planned.override is None and not self.settings.review_harm)
            same_format = split_ending(row.output)[1] == split_ending(planned.output)[1]
            if accepted and same_format and withheld_file(self.layout.target, row).is_file():
                found[row.path] = row
        return found

    def _kept_pixels(self, plan: Plan) -> dict[str, KeptPixels]:
        """Path -> withheld result of the photos of a plan for which the user wants the same step, only weaker."""
        if not has_review_folder(self.layout.target):
            return {}
        found: dict[str, KeptPixels] = {}
        for planned, row in self._reviewed(plan):
            file = pixels_beside(withheld_file(self.layout.target, row))
            if differs_in_strength(row.steps, planned.override) and row.steps and file.is_file():
                found[row.path] = KeptPixels(file.absolute(), row.steps[0].strength, row.device)
        return found

    def _reviewed(self, plan: Plan) -> Iterator[tuple[Row, Row]]:
        """Rows of a plan, each with that of its withheld result, if photo, model and settings are still the same."""
        fingerprint = self.settings.fingerprint(self._model, self._detector_hash)
        for item in plan.to_run:
            row, planned = self.journal.row(item.row.path), item.row
            if row is None or not row.may_be_accepted or row.steps is None:
                continue
            if (row.size, row.mtime_ns) == (planned.size, planned.mtime_ns) and row.fingerprint == fingerprint:
                yield planned, row

    def triage(
        self,
        plan: Plan,
        control: Control | None = None,
        *,
        on_row: Callable[[Row], None] = ignore,
        on_progress: Callable[[Progress], None] = ignore,
    ) -> list[Group]:
        """Run the detector on all photos of a plan that have no verdict yet. Nothing is restored.

        Args:
            plan: of this batch.
            control: to pause, resume and stop.
            on_row: called with the row of each analysed photo.
            on_progress: called after each photo.

        Returns:
            The plan's photos, grouped by what was found in them.

        Raises:
            Cancelled: it was stopped; the verdicts so far are kept.
            CheckpointError: the detector cannot be loaded.
        """
        self.remember(plan)
        control = control or Control()
        waiting = [item.row for item in plan.to_run if not item.row.verdict]
        meter = Meter(waiting, BatchSettings(), lambda: control.paused_seconds)

        def store(row: Row) -> None:
            withheld = self._withheld_row(row.path)
            kept = row if withheld is None else replace(withheld, verdict=row.verdict, detector=row.detector)
            self.journal.put([kept])
            on_row(row)
            on_progress(meter.finish(row.path))

        detector = self.config.make_detector()
        detect_all(self.layout.source, waiting, self.settings.limits, detector, self._detector_hash, control, store)
        planned = {item.row.path for item in plan.items}
        return group_rows((row for row in self.journal.rows() if row.path in planned), self.settings)

    def run(
        self,
        plan: Plan,
        control: Control | None = None,
        *,
        on_row: Callable[[Row], None] = ignore,
        on_progress: Callable[[Progress], None] = ignore,
        on_note: Callable[[Message], None] = ignore,
    ) -> Summary:
        """Carry out a plan. Photos that fail are recorded with their reasons, and the run continues.

        Args:
            plan: of this batch, made after its last run.
            control: to pause, resume and stop.
            on_row: called with the row of each photo that has ended, on another thread than this.
            on_progress: called on this thread and on others.
            on_note: called on this thread with what the run waits for.

        Raises:
            BatchError: nothing more can be written, or the source is missing. Photos that were not reached wait for
                the next run.
            CheckpointError: the model cannot be loaded.
            RestorationError: there is no such device.
        """
        withheld, kept = self._withheld(plan), self._kept_pixels(plan)
        self.remember(plan)
        run = _Run(
            self.layout,
            self.settings,
            self.config,
            self._results,
            plan,
            withheld,
            kept,
            control or Control(),
            on_row,
            on_progress,
            on_note,
        )
        return run.carry_out()


class _Postponed:
    """A restorer that loads its model when the first photo is restored.

    Args:
        make: loads it.
    """

    def __init__(self, make: Callable[[], PhotoRestorer]) -> None:
        self._make = make
        self._restorer: PhotoRestorer | None = None

    @property
    def device(self) -> str:
        """Name of the torch device."""
        return "" if self._restorer is None else self._restorer.device

    def restore(
        self,
        photo: Photo,
        steps: Steps,
        *,
        progress: ProgressCallback,
        cancel: CancelToken | None,
        quality_mode: str | None,
    ) -> "RestorationResult":
        """Restore one photo."""
        if self._restorer is None:
            self._restorer = self._make()
        return self._restorer.restore(photo, steps, progress=progress, cancel=cancel, quality_mode=quality_mode)


class _Run:
    """One pass over a plan: hands out the jobs, stores the results, and counts. See :meth:`Batch.run`."""

    def __init__(
        self,
        layout: Layout,
        settings: BatchSettings,
        config: BackendConfig,
        results: Results,
        plan: Plan,
        withheld: dict[str, Row],
        kept: dict[str, KeptPixels],
        control: Control,
        on_row: Callable[[Row], None],
        on_progress: Callable[[Progress], None],
        on_note: Callable[[Message], None],
    ) -> None:
        self._layout, self._settings, self._config = layout, settings, config
        self._results, self._control = results, control
        self._on_row, self._on_progress, self._on_note = on_row, on_progress, on_note
        self._items = {item.row.path: item for item in plan.to_run}
        self._staged = {
            path: results.private_name(number, item.row.output, replaces=item.replaces)
            for number, (path, item) in enumerate(self._items.items())
        }
        self._summary = Summary.from_plan(plan)
        self._meter = Meter((item.row for item in self._items.values()), settings, lambda: control.paused_seconds)
        self._withheld, self._kept = withheld, kept
        self._retries: list[Item] = []  # did not fit into memory, or their device failed
        self._fault: Message | None = None

    def carry_out(self) -> Summary:
        """Work on all photos of the plan.

        Raises:
            BatchError: nothing more can be written, or the source is missing.
        """
        begun = time.monotonic()
        if self._items:
            folder = self._results.make_folder().resolve()
            try:
                published = self._publish_withheld()
                self._work(folder, [item for path, item in self._items.items() if path not in published])
                self._retry_alone()
            except DFPIRError as error:
                self._fault = self._fault or self._results.fault()
                if self._fault is None:
                    raise
                raise self._broken_off(self._fault) from error
            if self._summary.counts[State.WAITING] and not self._control.cancelled:
                self._fault = self._fault or self._results.fault()  # remote workers stop if they do not see the target
        self._summary.seconds = time.monotonic() - begun
        self._summary.stopped = self._summary.counts[State.WAITING] > 0
        if self._fault is not None:
            raise self._broken_off(self._fault)
        return self._summary

    def _broken_off(self, fault: Message) -> BatchError:
        return BatchError(message("{reason} The photos that were not reached wait for the next run.", reason=fault))

    def _publish_withheld(self) -> set[str]:
        """Give the results that were withheld and then accepted their names; returns the paths of their photos."""
        published: set[str] = set()
        for path, row in self._withheld.items():
            if self._control.cancelled:
                break
            staged = self._staged[path]
            if not self._results.take_withheld(row, staged):
                continue
            published.add(path)
            if self._settings.keep_times:
                keep_times(self._layout.source / path, self._results.parts / staged)
            self._accept(
                JobResult(
                    path,
                    State.RESTORED,
                    steps=row.steps,
                    verdict=row.verdict,
                    device=row.device,
                    seconds=row.seconds,
                    pixels=row.pixels,
                    notes=row.notes,
                    warnings=row.warnings,
                    suggested=row.suggested,
                )
            )
        return published

    def _work(self, folder: Path, items: list[Item]) -> None:
        if not items:
            return
        # Without a model, neither processes nor a cluster are needed.
        if all(item.row.override == () or item.row.path in self._kept for item in items):
            make_restorer, make_detector = self._config.careful_restorer, self._config.make_detector
            with InProcess(lambda: _Postponed(make_restorer), make_detector, self._settings, self._control) as backend:
                self._do(backend, items, self._on_result)
            return
        with create_backend(self._config, self._settings, folder, self._control, self._on_note) as backend:
            self._do(backend, items, self._on_result)

    def _retry_alone(self) -> None:
        """Repeat jobs for which memory or the device failed: one by one, and in small tiles on the CPU."""
        if not self._retries or self._control.cancelled:
            return
        make_restorer, make_detector = self._config.careful_restorer, self._config.make_detector
        with InProcess(make_restorer, make_detector, self._settings, self._control) as backend:
            for item in self._retries:
                gc.collect()
                self._do(backend, [item], self._accept)

    def _do(self, backend: Backend, items: Iterable[Item], on_result: Callable[[JobResult], None]) -> None:
        self._summary.idle.add(backend.run(self._jobs(items), on_result, self._on_job_progress))

    def _jobs(self, items: Iterable[Item]) -> Iterator[Job]:
        for item in items:
            row, layout = item.row, self._layout
            staged = self._results.parts / self._staged[row.path]
            source, output = layout.source / row.path, layout.target / row.output
            kept = self._kept.get(row.path)
            yield Job(row.path, source.absolute(), staged.absolute(), output, row.verdict, row.override, kept)

    def _on_job_progress(self, path: str, share: float) -> None:
        self._on_progress(self._meter.update(path, share))

    def _on_result(self, result: JobResult) -> None:
        if result.retry_alone and result.state is State.FAILED:
            self._retries.append(self._items[result.path])
        else:
            self._accept(result)

    def _accept(self, result: JobResult) -> None:
        if result.state is State.WAITING:
            return
        if result.state is State.FAILED:
            ends_run = result.fatal or not self._layout.source.is_dir()
            self._fault = self._results.fault() or (result.error if ends_run else None)
            if self._fault is not None:
                self._control.cancel()
                return
        planned = self._items[result.path].row
        row = self._results.store(planned, self._staged[result.path], result)
        self._summary.count_ended(planned, row)
        self._on_row(row)
        self._on_progress(self._meter.finish(result.path))


def lock_target(target: Path) -> FileLock:
    """Lock the target for this program; the lock of a program that was killed is free.

    Raises:
        BatchError: another program, or another part of this one, holds it.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target / LOCK, timeout=0, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise BatchError(
            message(
                "Another batch is writing to {folder}. Wait until it ends, stop it, or name another folder.",
                folder=display_path(target),
            )
        ) from error
    except OSError as error:
        raise BatchError(write_failure(error, target)) from error
    return lock
