"""Jobs in this process, on one device."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from core.batch.job import Job, PhotoDetector, PhotoRestorer
from core.batch.pipeline import IdleTime, OnJobProgress, OnResult, Pipeline
from core.batch.settings import BatchSettings
from core.progress import CancelToken


class InProcess:
    """A :class:`core.batch.backends.Backend` without other processes.

    Args:
        make_restorer: loads the model when the work starts.
        make_detector: loads the detector when it is first needed.
        settings: what is done to the photos.
        control: pauses and stops the work.
    """

    def __init__(
        self,
        make_restorer: Callable[[], PhotoRestorer],
        make_detector: Callable[[], PhotoDetector],
        settings: BatchSettings,
        control: CancelToken,
    ) -> None:
        self._make_restorer = make_restorer
        self._make_detector = make_detector
        self._settings = settings
        self._control = control

    def __enter__(self) -> Self:
        self._pipeline = Pipeline(self._make_restorer(), self._make_detector, self._settings, self._control)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._pipeline  # frees the model

    def run(self, jobs: Iterable[Job], on_result: OnResult, on_progress: OnJobProgress) -> IdleTime:
        """Do all jobs; see :meth:`core.batch.backends.Backend.run`."""
        return self._pipeline.run(jobs, on_result, on_progress)
