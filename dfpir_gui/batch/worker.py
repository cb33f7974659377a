"""What the page's worker thread does: plan, analyse, set steps, restore, write reports."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from core.batch import BackendConfig, Batch, BatchSettings, Control, Layout, Progress, Row, Summary, Why, make_plan
from core.batch.batch import Decision
from core.batch.journal import known_rows
from core.batch.report import Report, write_report
from core.batch.scan import PassedOver
from core.batch.settings import Steps
from core.batch.watch import watch
from core.errors import Cancelled
from core.messages import Message
from core.progress import CancelToken
from dfpir_gui.workers import worker_thread
from dfpir_gui.workers.worker_thread import Post

ValueT = TypeVar("ValueT")


class Task(Enum):
    """Kinds of requests."""

    PLAN = auto()
    ANALYSE = auto()
    RUN = auto()
    WATCH = auto()
    REPORT = auto()


@dataclass(frozen=True, eq=False)
class Request:
    """One thing to do.

    Attributes:
        task: its kind.
        layout: which photos, and where to.
        settings: what is done to them.
        config: model and devices.
        control: to pause and stop.
        retry_failed: whether photos that failed before are tried again.
        selected: paths of the photos whose steps are set first.
        only: paths of the photos that are restored; empty for all that wait.
        steps: for these photos; None removes an earlier setting.
        decision: on the selected photos, whose results may do harm, instead of ``steps``; or None. Accepted results
            that are complete already are written at once.
        report: to be written.
        file: where to.
    """

    task: Task
    layout: Layout
    settings: BatchSettings
    config: BackendConfig
    control: Control
    retry_failed: bool = False
    selected: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    steps: Steps | None = None
    decision: Decision | None = None
    report: Report | None = None
    file: Path = Path()


@dataclass(frozen=True, eq=False)
class Listing:
    """The photos of a folder as they are now.

    Attributes:
        rows: one for each photo, in the order of their paths.
        why: path -> why it would be worked on next, or why not.
        bytes: estimated size of the results.
        unreadable: folders that could not be read.
        summary: of the run, if there was one.
        passed_over: pictures that are not restored, with the reason.
        settings: what is done to the photos.
    """

    rows: tuple[Row, ...]
    why: dict[str, Why]
    bytes: int
    unreadable: tuple[str, ...]
    summary: Summary | None = None
    passed_over: tuple[PassedOver, ...] = ()
    settings: BatchSettings = field(default_factory=BatchSettings)


def report_from(layout: Layout, listing: Listing) -> Report:
    """The report on the photos as they are now; duration and idle time are those of the last run."""
    summary = Summary(len(listing.rows), unreadable=list(listing.unreadable), passed_over=list(listing.passed_over))
    for row in listing.rows:
        summary.count(row)
        summary.outdated += bool(row.outdated)
    if listing.summary is not None:
        summary.seconds, summary.idle = listing.summary.seconds, listing.summary.idle
    return Report(layout.source, layout.target, summary, listing.rows, {})


class Worker:
    """Handles requests, one at a time.

    Args:
        post: runs a callable on the main thread.
        on_rows: called on the main thread with rows that have changed, several at a time.
        on_progress: called on the main thread.
        on_note: called on the main thread with what a run waits for.
    """

    def __init__(
        self,
        post: Post,
        on_rows: Callable[[list[Row]], None],
        on_progress: Callable[[Progress], None],
        on_note: Callable[[Message], None] = lambda text: None,
    ) -> None:
        self._rows: _Collector[Row] = _Collector(post, on_rows)
        self._progress: _Collector[Progress] = _Collector(post, lambda values: on_progress(values[-1]))
        self._on_note: Callable[[Message], None] = lambda text: post(lambda: on_note(text))

    def __call__(self, request: Request, report: worker_thread.Report, cancel: CancelToken) -> Listing | Path:
        """Do ``request``; returns the photos as they are then, or the file of the report.

        Raises:
            DFPIRError: it cannot be done.
        """
        if request.report is not None:
            write_report(
                request.report,
                request.file,
                progress=lambda fraction: report(worker_thread.Progress("", fraction)),
                cancel=request.control,
            )
            return request.file
        if request.task is Task.PLAN and not request.selected:
            return _list(request)  # without locking or creating the target
        summary = None
        with Batch(request.layout, request.settings, request.config) as batch:
            plan = batch.plan(retry_failed=request.retry_failed)
            if request.selected:
                if request.steps is not None:  # decisions, and settings to be removed, are about known photos
                    batch.remember(plan)
                if request.decision is None:
                    batch.set_steps(request.selected, request.steps)
                else:
                    batch.decide(request.selected, request.decision)
                plan = batch.plan(retry_failed=request.retry_failed)
            on_row, on_progress, on_note = self._rows.add, self._progress.add, self._on_note
            if request.decision is not None and (decided := batch.decided(plan, request.selected)).items:
                batch.run(decided, request.control, on_row=on_row)
            if request.task is Task.ANALYSE:
                with suppress(Cancelled):  # the verdicts so far are kept, and listed below
                    batch.triage(plan, request.control, on_row=on_row, on_progress=on_progress)
            elif request.task is Task.RUN:
                if request.only:
                    plan = replace(plan, items=[item for item in plan.items if item.row.path in request.only])
                summary = batch.run(plan, request.control, on_row=on_row, on_progress=on_progress, on_note=on_note)
            elif request.task is Task.WATCH:
                watch(
                    batch,
                    request.control,
                    on_row=on_row,
                    on_progress=on_progress,
                    on_summary=lambda summary: None,
                    on_note=on_note,
                    retry_failed=request.retry_failed,
                )
        return _list(request, summary)


def _list(request: Request, summary: Summary | None = None) -> Listing:
    """The photos as the journal has them, and what would be done next; nothing is written."""
    plan = make_plan(
        request.layout,
        request.settings,
        known_rows(request.layout.target),
        model=request.config.model_hash(),
        detector=request.config.detector_hash(),
    )
    rows = tuple(item.row for item in plan.items)
    why = {item.row.path: item.why for item in plan.items}
    return Listing(rows, why, plan.bytes, tuple(plan.unreadable), summary, tuple(plan.passed_over), request.settings)


class _Collector(Generic[ValueT]):
    """Delivers values to the main thread: all that were added since it last had time."""

    def __init__(self, post: Post, deliver: Callable[[list[ValueT]], None]) -> None:
        self._post = post
        self._deliver = deliver
        self._lock = Lock()
        self._values: list[ValueT] = []

    def add(self, value: ValueT) -> None:
        """Add a value; may be called from any thread."""
        with self._lock:
            self._values.append(value)
            first = len(self._values) == 1
        if first:
            self._post(self._deliver_all)

    def _deliver_all(self) -> None:
        with self._lock:
            values, self._values = self._values, []
        self._deliver(values)
