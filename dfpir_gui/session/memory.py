"""Keeps photos and results within a limit of memory: photos are unloaded, results swapped out to files."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from core.inference.passes import PassCache
from core.progress import CancelToken
from dfpir_gui.session.document import Document
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.workers.requests import SwapOutRequest, WorkRequest
from dfpir_gui.workers.worker_thread import Report

_log = logging.getLogger(__name__)


class SwapFiles(Protocol):
    """Where results are swapped out to; see :class:`dfpir_gui.session.swap_folder.SwapFolder`."""

    def new_file(self, size: int) -> Path | None:
        """A path for a new file of ``size`` bytes, or None if there is no space for it."""

    def holds(self, file: Path) -> bool:
        """Whether a swap file exists and belongs to this window."""


class MemoryManager:
    """Removes photos from memory that were not shown for longest.

    A photo without a result is unloaded and read again from its own file. One with a result is swapped out.

    Args:
        jobs: write and delete the files.
        passes: the kept passes of photos that leave the memory are dropped.
        limit: bytes that photos and results may take together.
        swap_files: where results go; None keeps all of them in memory.
        in_use: whether a photo must stay in memory.
        on_swapped_out: called after a photo was swapped out.
    """

    def __init__(
        self,
        jobs: Jobs,
        passes: PassCache,
        limit: int,
        swap_files: SwapFiles | None,
        in_use: Callable[[Document], bool],
        on_swapped_out: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._passes = passes
        self._limit = limit
        self._swap_files = swap_files
        self._in_use = in_use
        self._on_swapped_out = on_swapped_out
        self._refused: set[Document] = set()  # the disk was full, or writing failed

    def owns(self, file: Path) -> bool:
        """Whether a swap file exists and belongs to this window."""
        return self._swap_files is not None and self._swap_files.holds(file)

    def enforce(self, documents: Sequence[Document]) -> None:
        """Unload and swap out photos until the others are within the limit."""
        used = sum(document.memory_bytes for document in documents if not document.swapping_out)
        for document in sorted(documents, key=lambda document: document.last_shown):
            if used <= self._limit:
                return
            if self._in_use(document):
                continue
            if document.can_unload:
                used -= document.memory_bytes
                forget_passes(self._passes, document)
                document.unload()
            elif self._swap_files is not None and document.can_swap_out and document not in self._refused:
                used -= document.memory_bytes
                self._swap_out(document, self._swap_files)

    def delete(self, file: Path) -> None:
        """Delete a swap file, after all jobs that may still read it."""

        def work(report: Report, cancel: CancelToken) -> None:
            file.unlink(missing_ok=True)

        self._jobs.run_file(
            WorkRequest(work),
            lambda nothing: None,
            lambda error: _log.warning("A swap file could not be deleted: %s", error),
        )

    def _swap_out(self, document: Document, swap_files: SwapFiles) -> None:
        photo, result, file = document.photo, document.result, swap_files.new_file(document.memory_bytes)
        if photo is None or result is None or file is None:
            self._refused.add(document)
            return
        document.swapping_out = True
        request = SwapOutRequest(file, photo, result, document.source_size)
        self._jobs.run_file(
            request, lambda nothing: self._swapped_out(document, request), lambda error: self._refuse(document, error)
        )

    def _swapped_out(self, document: Document, request: SwapOutRequest) -> None:
        document.swapping_out = False
        if self._in_use(document) or document.result is not request.result or not document.can_swap_out:
            self.delete(request.path)  # it was shown, closed or changed meanwhile
            return
        forget_passes(self._passes, document)
        document.swap_out(request.path)
        self._on_swapped_out()

    def _refuse(self, document: Document, error: BaseException) -> None:
        document.swapping_out = False
        _log.warning("%s could not be swapped out: %s", document.name, error)
        self._refused.add(document)


def forget_passes(passes: PassCache, document: Document) -> None:
    """Drop the kept passes of a photo, of every geometry."""
    for key in document.pass_keys:
        passes.forget(key)
    document.pass_keys.clear()
