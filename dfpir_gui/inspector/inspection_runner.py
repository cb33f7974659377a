"""Runs inspections on the session's worker lane. No toolkit in here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from core.errors import Cancelled
from core.inspection import Inspector
from core.progress import CancelToken
from core.prompts import OpenClipEncoder
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.workers.worker_thread import Progress, Report

T = TypeVar("T")

Inspection = Callable[[Inspector, Report, CancelToken], T]
"""Called on the worker thread; returns what was found, or raises."""


class InspectionRunner:
    """Hands inspections to the session's worker and their results back; of each kind, only the newest counts.

    The inspector is made on the worker thread, of the model that the session restores with, and made anew when
    that is another one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inspector: Inspector | None = None  # for the worker's thread only
        self._tokens: dict[str, CancelToken] = {}

    def ask(
        self,
        kind: str,
        work: Inspection[T],
        done: Callable[[T], None],
        *,
        ended: Callable[[], None] = lambda: None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Do ``work``; what was asked before under the same ``kind`` is cancelled and never arrives.

        Args:
            kind: names what is asked.
            work: the inspection.
            done: gets the result, unless something newer was asked meanwhile. Errors go to the window's error bar.
            ended: called after ``done``, after an error and after a cancel, but not when something newer is under way.
            progress: gets the progress.
        """
        self.drop(kind)

        def found(value: T) -> None:
            if self._finish(kind, token):
                done(value)
                ended()

        def failed(error: BaseException) -> None:
            newest = self._finish(kind, token)
            if newest and not isinstance(error, Cancelled):
                self._session.show_notice(notice_from_error(error, translate("Inspector", "looking inside the model")))
            if newest:
                ended()

        token = self._session.submit(
            lambda report, cancel: work(self._current(), report, cancel),
            found,
            failed,
            lambda told: progress(told) if progress and self._tokens.get(kind) is token else None,
        )
        self._tokens[kind] = token

    def refuses_to_replace(self, path: Path) -> bool:
        """See :meth:`dfpir_gui.session.Session.refuses_to_replace`."""
        return self._session.refuses_to_replace(path)

    def stop(self, kind: str) -> None:
        """Cancel what was asked under ``kind``; its ``ended`` is still called."""
        if token := self._tokens.get(kind):
            token.cancel()

    def drop(self, kind: str) -> None:
        """Cancel what was asked under ``kind`` and forget it."""
        if token := self._tokens.pop(kind, None):
            token.cancel()

    def is_busy(self, kind: str) -> bool:
        """Whether something asked under ``kind`` is under way."""
        return kind in self._tokens

    def end(self) -> None:
        """Cancel everything."""
        for kind in tuple(self._tokens):
            self.drop(kind)

    def judge(self, photo: Any) -> tuple[str, ...]:
        """Keys of what the detector finds in a photo. To be called from inspections."""
        return tuple(self._session.detector().detect(photo).steps())

    def _finish(self, kind: str, token: CancelToken) -> bool:
        if self._tokens.get(kind) is not token:
            return False
        del self._tokens[kind]
        return True

    def _current(self) -> Inspector:
        restorer = self._session.restorer()
        if self._inspector is None or self._inspector.checkpoint is not restorer.checkpoint:
            self._inspector = None  # the memory of the one before is free while the next one is built
            self._inspector = Inspector(
                restorer.checkpoint,
                device=restorer.device,
                text_encoder=lambda: OpenClipEncoder(download=False),  # only the model manager downloads, after asking
            )
        return self._inspector
