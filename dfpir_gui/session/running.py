"""Restorations: queued, run, stopped; and results kept in line with the steps."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import Cancelled
from dfpir_gui.i18n.language import translate, translated
from dfpir_gui.session.document import Document
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.state import STOPPED, Change, State
from dfpir_gui.workers.regions import Region, central_part
from dfpir_gui.workers.requests import BlendRequest, Preview, PreviewRequest, Request, Restored, RestoreRequest
from dfpir_gui.workers.worker_thread import Outcome, Progress

if TYPE_CHECKING:
    from dfpir_gui.session.session import Session

LARGEST_PREVIEW = 768
"""Side in pixels of a preview, at most: it is to take seconds."""

_ASKED = (State.QUEUED, State.RUNNING)


class Running:
    """Has photos restored on the lane for networks, one after the other.

    Args:
        session: that the photos belong to.
        read: has a photo read again that was let go.
    """

    def __init__(self, session: "Session", read: Callable[[Document], None]) -> None:
        self._session = session
        self._read = read

    def lacks_result(self, document: Document) -> bool:
        """Whether the photo could have a result of its steps and has not: it has none, or one that is out of date."""
        if document.activity in (*_ASKED, State.SAVING) or document.restore_when_ready:
            return False
        if document.parked:
            return any(step.strength > 0 for step in document.edit.steps)
        return document.photo is None or document.detecting or document.lacks_result

    def restore(self, document: Document) -> None:
        """Queue the restoration of a photo; one that is still read or judged comes as soon as it has steps."""
        session = self._session
        if document.can_restore:
            self._submit(document, self._whole(document))
        elif document.photo is None or document.detecting:
            document.restore_when_ready = True
            if document.parked and document.activity is None:
                self._read(document)
        else:
            return
        session.notice = None
        session.set_status("")
        session.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def preview(self, document: Document, region: Region) -> None:
        """Queue the restoration of the middle of ``region``."""
        if document.can_restore and document.photo is not None:
            part = central_part(region, LARGEST_PREVIEW)
            self._submit(document, PreviewRequest(document.photo, document.edit.steps, part))
            self._session.notice = None
            self._session.set_status("")
            self._session.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def restore_later(self, document: Document) -> None:
        """Do what :meth:`restore` put off. A photo without steps looks clean and is left as it is."""
        document.restore_when_ready = False
        if document.can_restore:
            self._submit(document, self._whole(document))
        self._session.changed(document, Change.STATE | Change.PROGRESS)

    def stop(self) -> None:
        """Stop what runs and what waits, photos that are still read among them."""
        session = self._session
        if not session.can_stop:
            return
        for document in session.documents:
            document.restore_when_ready = False
            again = document.parked or document.swap_file is not None  # it can be read later
            if document.activity in _ASKED or (document.activity is State.LOADING and again):
                self.abandon(document)
            elif document.activity is State.LOADING:
                session.remove(document)
        session.set_status(translated(STOPPED))
        session.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def abandon(self, document: Document) -> None:
        """Make whatever was asked for ``document`` stale, without telling. A file is written to its end, though."""
        if document.activity is State.SAVING:
            return
        if document.token is not None:
            document.token.cancel()
        document.request = document.token = document.activity = document.progress = None

    def reconcile(self, document: Document) -> Change:
        """Bring the result of ``document`` in line with its edit; return what has changed by that at once.

        A result that can be blended from passes follows a little later, and the one before is shown until then. One
        whose passes are gone is dropped; the steps stay, to be restored again.
        """
        document.preview = None
        steps = document.edit.applied
        if document.result is not None and document.result.steps == steps:
            document.blend = None
            return Change.RESULT
        if not steps or document.photo is None or not self._session.can_blend(document, steps):
            document.drop_result()
            return Change.RESULT
        if document.blend is None:
            self._blend(document)
        return Change.RESULT  # the preview, if there was one, is gone

    def _blend(self, document: Document) -> None:
        steps = document.edit.applied
        if steps is None or document.photo is None or document.engine is None:
            return
        passes = self._session.passes.of(document)
        document.blend = request = BlendRequest(document.photo, document.engine, steps, passes)
        self._session.file_worker.submit(request, lambda p: None, lambda outcome: self._take_blend(document, outcome))

    def _take_blend(self, document: Document, outcome: Outcome[Request]) -> None:
        if document.blend is not outcome.request:
            return
        document.blend = None
        if outcome.error is not None:
            self._session.show_notice(notice_from_error(outcome.error, translate("Session", "changing the strength")))
        else:
            document.take_result(outcome.value)
        # The slider may have moved on; only the newest place counts.
        self._session.changed(document, Change.RESULT | Change.STATE | self.reconcile(document))

    def _submit(self, document: Document, request: RestoreRequest | PreviewRequest) -> None:
        session = self._session
        document.activity = State.QUEUED if session.lane.busy else State.RUNNING
        document.progress = Progress(translate("Session", "Waiting"))
        document.failure = ""
        document.request = request
        document.token = session.lane.submit(
            request,
            lambda p: self._on_progress(document, request, p),
            lambda outcome: self._take(document, outcome),
        )

    def _whole(self, document: Document) -> RestoreRequest:
        passes = self._session.passes.of(document)
        return RestoreRequest(document.photo, document.edit.steps, passes, document.detection)

    def _on_progress(self, document: Document, request: object, progress: Progress) -> None:
        if document.request is request:
            began = document.activity is not State.RUNNING
            document.activity, document.progress = State.RUNNING, progress
            self._session.notify(Change.PROGRESS | (Change.STATE | Change.DOCUMENTS if began else Change(0)))

    def _take(self, document: Document, outcome: Outcome[Request]) -> None:
        session = self._session
        if document.request is not outcome.request:
            session.notify(Change.STATE)  # a run that was stopped has come to its end
            return
        document.request = document.token = document.activity = document.progress = None
        if isinstance(outcome.value, Preview):
            document.preview = outcome.value
            if outcome.value.factory is session.factory:
                session.supported_degradations = outcome.value.known
            session.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT)
            return
        if outcome.error is None:
            self._take_result(document, outcome.value)
            return
        changed = Change.STATE | Change.PROGRESS
        if not isinstance(outcome.error, Cancelled):
            notice = notice_from_error(
                outcome.error, translate("Session", "restoring {name}").format(name=document.name)
            )
            document.failure = notice.what
            session.notice = notice
            changed |= Change.NOTICE
        session.changed(document, changed)

    def _take_result(self, document: Document, value: Restored) -> None:
        session = self._session
        document.engine, document.other_engine = value.engine, value.factory is not session.factory
        if not document.other_engine:
            session.supported_degradations = value.known
            session.passes.put(document, value.passes)
        document.failure = ""
        document.saved.clear()
        document.blend = None
        document.take_result(value)
        session.editor.apply(document, value.result.steps)
        session.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.STEPS)
