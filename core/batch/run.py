"""One pass over a plan: hands out the photos, takes the results in, and counts."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

from core.batch.backends.config import BackendConfig
from core.batch.control import Control
from core.batch.job import Detects, Done, Restores, Task
from core.batch.journal import Row, State
from core.batch.layout import Layout
from core.batch.pipeline import Pipeline, Waiting
from core.batch.plan import Item, Plan
from core.batch.progress import Meter, Progress
from core.batch.results import Results
from core.batch.settings import BatchSettings
from core.batch.summary import Summary
from core.errors import BatchError, DFPIRError


class MachineLike(Protocol):
    """What a batch needs of a :class:`core.batch.backends.config.BackendConfig`."""

    def chosen_devices(self) -> tuple[str, ...]:
        """Names of the devices to use."""

    def restorer(self, device: str) -> Restores:
        """The model on a device."""

    def careful_restorer(self) -> Restores:
        """The model for photos that did not fit into memory, or whose device failed."""

    def make_detector(self) -> Detects:
        """The detector."""

    def model_hash(self) -> str:
        """SHA-256 of the model's file."""

    def detector_hash(self) -> str:
        """SHA-256 of the detector's file."""


class Run:
    """One pass over a plan; see :meth:`core.batch.batch.Batch.run` for the arguments."""

    def __init__(
        self,
        layout: Layout,
        treatment: BatchSettings,
        machine: MachineLike,
        results: Results,
        plan: Plan,
        control: Control,
        on_row: Callable[[Row], None],
        on_progress: Callable[[Progress], None],
        on_note: Callable[[str], None],
    ) -> None:
        self._layout, self._treatment, self._machine = layout, treatment, machine
        self._results, self._control = results, control
        self._on_row, self._on_progress, self._on_note = on_row, on_progress, on_note
        self._items = {item.row.path: item for item in plan.to_run}
        self._staged = {
            path: results.private_name(number, item.row.output, replaces=item.replaces)
            for number, (path, item) in enumerate(self._items.items())
        }
        self._summary = Summary.of(plan.items, plan.unreadable, plan.passed_over)
        self._meter = Meter((item.row for item in self._items.values()), treatment, lambda: control.paused_seconds)
        self._short: list[Item] = []  # did not fit into memory, or their device failed; tried again alone
        self._fault: str | None = None

    def carry_out(self) -> Summary:
        """Work on all photos of the plan.

        Raises:
            BatchError: nothing more can be written, or the source is gone.
        """
        begun = time.monotonic()
        if self._items:
            self._results.make_folder()
            try:
                self._work()
                self._one_by_one()
            except DFPIRError as error:
                self._fault = self._fault or self._results.fault()
                if self._fault is None:
                    raise
                raise self._broken_off(self._fault) from error
            if self._summary.counts[State.WAITING] and not self._control.cancelled:
                self._fault = self._fault or self._results.fault()  # workers elsewhere end when they do not see it
        self._summary.seconds = time.monotonic() - begun
        self._summary.stopped = self._summary.counts[State.WAITING] > 0
        if self._fault is not None:
            raise self._broken_off(self._fault)
        return self._summary

    def _broken_off(self, fault: str) -> BatchError:
        return BatchError(f"{fault} The photos that were not reached wait for the next run.")

    def _work(self) -> None:
        machine = self._machine
        far = isinstance(machine, BackendConfig) and machine.scheduler
        devices = ("auto",) if far else machine.chosen_devices()  # what is here says nothing about other machines
        if isinstance(machine, BackendConfig) and (machine.scheduler or len(devices) > 1):
            from core.batch.backends.pool import Setup, cluster_crew, local_crew

            folder, model = self._results.make_folder().resolve(), machine.model_hash()
            setups = [Setup(machine, device, self._treatment, folder, model) for device in devices]
            with ExitStack() as stack:
                if machine.scheduler:
                    crew = cluster_crew(stack, machine.scheduler, setups[0], self._control, self._on_note)
                else:
                    crew = local_crew(stack, setups, self._control)
                self._waited(crew.run(self._tasks(), self._take))
        else:
            restorer = machine.restorer(devices[0])
            self._waited(self._pipeline(restorer).run(self._tasks(), self._take, self._progress))

    def _pipeline(self, restorer: Restores) -> Pipeline:
        return Pipeline(restorer, self._machine.make_detector, self._treatment, self._control)

    def _tasks(self) -> Iterator[Task]:
        for item in self._items.values():
            yield self._task(item)

    def _task(self, item: Item) -> Task:
        row, layout = item.row, self._layout
        staged = self._results.parts / self._staged[row.path]
        source, output = layout.source / row.path, layout.target / row.output
        return Task(row.path, source.absolute(), staged.absolute(), output, row.verdict, row.override)

    def _one_by_one(self) -> None:
        """Try those again that want of memory or of a device has failed: alone, and in small tiles on the CPU."""
        if not self._short or self._control.cancelled:
            return
        pipeline = self._pipeline(self._machine.careful_restorer())
        for item in self._short:
            gc.collect()
            self._waited(pipeline.run([self._task(item)], self._accept, self._progress))

    def _waited(self, waiting: Waiting) -> None:
        self._summary.waiting.add(waiting)

    def _progress(self, path: str, share: float) -> None:
        self._on_progress(self._meter.running(path, share))

    def _take(self, done: Done) -> None:
        if done.alone and done.state is State.FAILED:
            self._short.append(self._items[done.path])
        else:
            self._accept(done)

    def _accept(self, done: Done) -> None:
        if done.state is State.WAITING:
            return
        if done.state is State.FAILED:
            lost = done.fatal or not self._layout.source.is_dir()
            self._fault = done.error if lost else self._results.fault()
            if self._fault is not None:
                self._control.cancel()
                return
        planned = self._items[done.path].row
        row = self._results.take(planned, self._staged[done.path], done)
        self._summary.ended(planned, row)
        self._on_row(row)
        self._on_progress(self._meter.ended(done.path))
