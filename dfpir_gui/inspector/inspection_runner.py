"""Runs inspections on the session's worker thread. Without Qt."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import Cancelled
from core.inspection import Inspector
from core.photo import Photo
from core.progress import CancelToken
from core.prompts import OpenClipEncoder
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.workers.worker_thread import Progress, Report

T = TypeVar("T")

Inspection = Callable[[Inspector, Report, CancelToken], T]
"""Called on the worker thread; returns a result or raises an error."""


class InspectionRunner:
    """Runs inspections in the background; of each kind only the newest one delivers a result.

    The inspector is made on the worker thread for the session's model, and again when the model changes.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inspector: Inspector | None = None  # used on the worker thread only
        self._tokens: dict[str, CancelToken] = {}

    def run(
        self,
        kind: str,
        work: Inspection[T],
        done: Callable[[T], None],
        *,
        ended: Callable[[], None] = lambda: None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Start ``work``; an earlier inspection of the same ``kind`` is cancelled and delivers nothing.

        Args:
            kind: kind of the inspection.
            work: the inspection.
            done: called with the result, unless a newer inspection was started. Errors go to the window's error bar.
            ended: called after ``done``, an error or a cancellation, but not if a newer inspection is running.
            progress: called with the progress.
        """
        self.discard(kind)

        def succeeded(value: T) -> None:
            if self._finish(kind, token):
                done(value)
                ended()

        def failed(error: BaseException) -> None:
            if not self._finish(kind, token):
                return
            if not isinstance(error, Cancelled):
                self._session.show_notice(notice_from_error(error, translate("Inspector", "inspecting the model")))
            ended()

        token = self._session.submit(
            lambda report, cancel: work(self._current(), report, cancel),
            succeeded,
            failed,
            lambda report: progress(report) if progress and self._tokens.get(kind) is token else None,
        )
        self._tokens[kind] = token

    def refuses_to_replace(self, path: Path) -> bool:
        """See :meth:`dfpir_gui.session.Session.refuses_to_replace`."""
        return self._session.refuses_to_replace(path)

    def stop(self, kind: str) -> None:
        """Cancel the inspection of a kind; its ``ended`` is still called."""
        if token := self._tokens.get(kind):
            token.cancel()

    def discard(self, kind: str) -> None:
        """Cancel the inspection of a kind without calling its ``ended``."""
        if token := self._tokens.pop(kind, None):
            token.cancel()

    def is_busy(self, kind: str) -> bool:
        """Whether an inspection of a kind is running."""
        return kind in self._tokens

    def end(self) -> None:
        """Cancel all inspections."""
        for kind in tuple(self._tokens):
            self.discard(kind)

    def detect_steps(self, photo: Photo) -> tuple[str, ...]:
        """Return the keys of the degradations detected in a photo; called from inspections."""
        return self._session.detector().detect(photo).likely_steps()

    def _finish(self, kind: str, token: CancelToken) -> bool:
        if self._tokens.get(kind) is not token:
            return False
        del self._tokens[kind]
        return True

    def _current(self) -> Inspector:
        restorer = self._session.restorer()
        if self._inspector is None or self._inspector.checkpoint is not restorer.checkpoint:
            self._inspector = None  # frees its memory before the next one is built
            self._inspector = Inspector(
                restorer.checkpoint,
                device=restorer.device,
                text_encoder=lambda: OpenClipEncoder(download=False),  # only the model manager downloads
            )
        return self._inspector
