"""What the page's own thread does: plan, look through, set steps, restore, write reports.

It talks to the main thread by a lane.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from threading import Lock

from core.batch import Batch, BatchSettings, Control, Layout, Progress, Row, Summary, Why, make_plan
from core.batch.journal import known_rows
from core.batch.report import Report, write_report
from core.batch.run import MachineLike
from core.batch.scan import PassedOver
from core.batch.settings import Steps
from core.batch.watch import watch
from core.errors import Cancelled
from core.progress import CancelToken
from dfpir_gui.workers import worker_thread
from dfpir_gui.workers.worker_thread import Post


class Task(Enum):
    """What can be asked for."""

    PLAN = auto()
    LOOK = auto()
    RUN = auto()
    WATCH = auto()
    REPORT = auto()


@dataclass(frozen=True, eq=False)
class Request:
    """One thing to do.

    Attributes:
        task: what.
        layout: which photos, and where to.
        treatment: what is done to them.
        machine: what does it.
        control: to pause and stop.
        retry_failed: whether photos that failed before are tried again.
        chosen: paths whose steps are set first.
        steps: for these photos; None takes an earlier setting back.
        report: to be written.
        file: where to.
    """

    task: Task
    layout: Layout
    treatment: BatchSettings
    machine: MachineLike
    control: Control
    retry_failed: bool = False
    chosen: tuple[str, ...] = ()
    steps: Steps | None = None
    report: Report | None = None
    file: Path = Path()


@dataclass(frozen=True, eq=False)
class Listing:
    """The photos of a folder as they are now.

    Attributes:
        rows: one for each photo, in the order of their paths.
        why: path -> why it would be worked on next, or not.
        bytes: that the results will take, about.
        unreadable: folders that could not be looked into.
        summary: of the run, if one was made.
        passed_over: pictures that are not restored, with the reason.
    """

    rows: tuple[Row, ...]
    why: dict[str, Why]
    bytes: int
    unreadable: tuple[str, ...]
    summary: Summary | None = None
    passed_over: tuple[PassedOver, ...] = ()


class Worker:
    """Handles the requests of the lane, one at a time.

    Args:
        post: runs a callable on the main thread.
        on_rows: called on the main thread with rows that have changed, several at a time.
        on_progress: called on the main thread.
        on_note: called on the main thread with sentences about what a run waits for.
    """

    def __init__(
        self,
        post: Post,
        on_rows: Callable[[list[Row]], None],
        on_progress: Callable[[Progress], None],
        on_note: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._rows = _Bundle(post, on_rows)
        self._progress = _Bundle(post, lambda told: on_progress(told[-1]))
        self._on_note = lambda text: post(lambda: on_note(text))

    def __call__(self, request: Request, report: worker_thread.Report, cancel: CancelToken) -> Listing | Path:
        """Do ``request``: the photos as they are then, or the file of the report.

        Raises:
            DFPIRError: it cannot be done.
        """
        if request.report is not None:
            told = lambda fraction: report(worker_thread.Progress("", fraction))  # noqa: E731
            write_report(request.report, request.file, progress=told, cancel=request.control)
            return request.file
        if request.task is Task.PLAN and not request.chosen:
            return _planned(request)  # without holding the target, nor making it
        summary = None
        with Batch(request.layout, request.treatment, request.machine) as batch:
            plan = batch.plan(retry_failed=request.retry_failed)
            if request.chosen:
                batch.remember(plan)
                batch.set_steps(request.chosen, request.steps)
                plan = batch.plan(retry_failed=request.retry_failed)
            told = {"on_row": self._rows.add, "on_progress": self._progress.add}
            noted = {**told, "on_note": self._on_note}
            if request.task is Task.LOOK:
                with suppress(Cancelled):  # what was found so far is kept, and listed below
                    batch.triage(plan, request.control, **told)
            elif request.task is Task.RUN:
                summary = batch.run(plan, request.control, **noted)
            elif request.task is Task.WATCH:
                again = request.retry_failed
                watch(batch, request.control, on_summary=lambda summary: None, retry_failed=again, **noted)
        return _planned(request, summary)


def _planned(request: Request, summary: Summary | None = None) -> Listing:
    """The photos as the journal knows them, and what would be done next; nothing is written."""
    known = known_rows(request.layout.target)
    plan = make_plan(
        request.layout,
        request.treatment,
        known,
        model=request.machine.model_hash(),
        detector=request.machine.detector_hash(),
    )
    rows = tuple(item.row for item in plan.items)
    why = {item.row.path: item.why for item in plan.items}
    return Listing(rows, why, plan.bytes, tuple(plan.unreadable), summary, tuple(plan.passed_over))


class _Bundle:
    """Carries values to the main thread, all that have gathered since it last had time."""

    def __init__(self, post: Post, deliver: Callable[[list], None]) -> None:
        self._post = post
        self._deliver = deliver
        self._lock = Lock()
        self._waiting: list = []

    def add(self, value: object) -> None:
        """Called from any thread."""
        with self._lock:
            self._waiting.append(value)
            first = len(self._waiting) == 1
        if first:
            self._post(self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            values, self._waiting = self._waiting, []
        self._deliver(values)
