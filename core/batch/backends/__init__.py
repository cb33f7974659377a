"""Where the jobs of a batch are done: in this process, in processes of this machine, or on a Dask cluster.

Every backend does the jobs that :class:`Backend` describes; only :func:`create_backend` knows which one it is. The
journal and the target are written by the parent process alone, so a crash loses nothing with any of them.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from core.batch.backends.config import BackendConfig
from core.batch.backends.dask import DaskCluster
from core.batch.backends.in_process import InProcess
from core.batch.backends.pool import WorkerSetup
from core.batch.backends.processes import Processes
from core.batch.control import Control
from core.batch.job import Job
from core.batch.pipeline import IdleTime, OnJobProgress, OnResult
from core.batch.settings import BatchSettings
from core.messages import Message

__all__ = ["Backend", "BackendConfig", "DaskCluster", "InProcess", "Processes", "create_backend"]


class Backend(Protocol):
    """Does jobs. A context manager: model and workers are started when the block is entered, and stopped at its end."""

    def __enter__(self) -> Self:
        """Start.

        Raises:
            DFPIRError: the model, the device or the workers are not available.
        """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""

    def run(self, jobs: Iterable[Job], on_result: OnResult, on_progress: OnJobProgress) -> IdleTime:
        """Do all jobs; when the control is cancelled, the rest is left out.

        Args:
            jobs: taken as workers become free, on any thread.
            on_result: called once for each job that was begun, on one thread.
            on_progress: called with the progress of jobs in this process; other processes report none.

        Returns:
            How long devices waited for the disk.

        Raises:
            DFPIRError: no further jobs can be done.
            Exception: whatever ``jobs`` or ``on_result`` raise, after all work has ended.
        """


def create_backend(
    config: BackendConfig, settings: BatchSettings, folder: Path, control: Control, on_note: Callable[[Message], None]
) -> Backend:
    """The backend that a configuration asks for: a cluster, a process for each of several devices, or this process.

    Args:
        config: model, devices and scheduler.
        settings: what is done to the photos.
        folder: that results are written to; all workers must see it under this path.
        control: pauses and stops the work.
        on_note: called with what the work waits for.
    """
    if config.scheduler:
        # Devices of this machine say nothing about those of others.
        setup = WorkerSetup(config, "auto", settings, folder, config.model_hash())
        return DaskCluster(config.scheduler, setup, control, on_note)
    devices = config.chosen_devices()
    if len(devices) > 1:
        model = config.model_hash()
        return Processes([WorkerSetup(config, device, settings, folder, model) for device in devices], control)
    return InProcess(lambda: config.restorer(devices[0]), config.make_detector, settings, control)
