"""How photos come in: read, shown, looked at."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Cancelled
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.state import Change, State
from dfpir_gui.session.steps import Edit, PhotoToOpen, stack_of
from dfpir_gui.session.swap_folder import PuttingAway, SwapFolder
from dfpir_gui.workers.requests import DetectRequest, OpenRequest, Request, SwapInRequest, SwappedIn
from dfpir_gui.workers.worker_thread import Outcome, Progress

if TYPE_CHECKING:
    from dfpir_gui.session.session import Session


_MOST_IN_HAND = 4
"""Photos that are read or wait for a network at the same time: more would fill the memory to no purpose."""


class Opening:
    """Reads photos on the lane for files and has them judged on the lane for networks.

    Args:
        session: that the photos belong to.
        ready: is told of a photo that was to be restored as soon as it was judged.
        room: bytes that photos and results may take before those that were not shown for longest are let go.
        choices: the steps that were chosen for photos before, or None.
        store: where photos with results are put away; None keeps all of them in memory.

    Attributes:
        awaited: the photo that will be shown as soon as it is read, or None.
    """

    def __init__(
        self,
        session: "Session",
        ready: Callable[[Document], None],
        room: int,
        choices: RememberedSteps | None,
        store: SwapFolder | None,
    ) -> None:
        self.awaited: Document | None = None
        self._session = session
        self._ready = ready
        self._room = room
        self._choices = choices
        self._away = None if store is None else PuttingAway(session, store)
        self._waiting: list[Document] = []  # to be read
        self._tending = False
        self._unreadable: list[str] = []

    def open(self, wanted: Sequence[PhotoToOpen], shown: int = 0) -> None:
        """Read photos. One that is open already is not read again.

        Args:
            wanted: the photos, with their steps and results.
            shown: place of the one to show.
        """
        session = self._session
        self._unreadable.clear()
        session.notice = None
        session.set_status("")
        self.awaited = None
        for number, photo in enumerate(wanted):
            document = next((d for d in session.documents if _same_file(d.path, photo.path)), None)
            if document is None:
                document = self._new(photo)
                session.add(document)
                self.read(document)
            if number == shown:
                session.show(document)
        session.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _new(self, wanted: PhotoToOpen) -> Document:
        document, stack = Document(wanted.path), wanted.stack
        if stack is None and self._choices is not None:
            stack = self._choices.of(wanted.path)
        document.user_edited = stack is not None
        document.edit = Edit(stack or ())
        if wanted.result is not None and self._away is not None and self._away.holds(wanted.result):
            document.swap_file = wanted.result
        return document

    def read(self, document: Document) -> None:
        """Have a photo read, the awaited one before the others."""
        document.activity = State.LOADING
        document.progress = Progress(translate("Session", "Opening"))
        self._waiting.append(document)

    def tend(self) -> None:
        """Read on where there is room, and let photos go where there is none. Called after every change."""
        if self._tending:
            return
        self._tending = True
        documents, awaited = self._session.documents, self.awaited
        if awaited is not None and awaited.photo is None and awaited.activity is None:
            self.read(awaited)  # it was being saved when it was asked for
        self._waiting = [d for d in self._waiting if d in documents and d.activity is State.LOADING]
        self._waiting.sort(key=lambda document: document is not self.awaited)
        while self._waiting and sum(map(_in_hand, documents)) < _MOST_IN_HAND:
            self._submit(self._waiting.pop(0))
        self._make_room(documents)
        self._tending = False

    def forget(self, document: Document) -> None:
        """Take away what was put away of a photo that is closed."""
        if document.swap_file is not None and self._away is not None:
            self._away.forget(document.swap_file)

    def _make_room(self, documents: Sequence[Document]) -> None:
        used = sum(document.bytes for document in documents if not document.leaving)
        for document in sorted(documents, key=lambda document: document.shown_last):
            if used <= self._room:
                return
            if document is self._session.current:
                continue
            if document.can_park:
                used -= document.bytes
                self._session.passes.forget(document)
                document.park()
            elif self._away is not None and self._away.can(document):
                used -= document.bytes
                self._away.put(document)

    def _submit(self, document: Document) -> None:
        request = OpenRequest(document.path) if document.swap_file is None else SwapInRequest(document.swap_file)
        document.request = request
        document.token = self._session.file_worker.submit(
            request, lambda p: None, lambda outcome: self._take_photo(document, outcome)
        )

    def _take_photo(self, document: Document, outcome: Outcome[Request]) -> None:
        if document.request is not outcome.request:
            return
        session = self._session
        document.activity = document.progress = document.token = document.request = None
        if outcome.error is not None:
            self._refuse(document, outcome.error)
            return
        document.photo, document.before = outcome.value.photo, outcome.value.pyramid
        document.small = document.before.levels[-1]
        if isinstance(outcome.value, SwappedIn):
            self.forget(document)
            document.take_back(outcome.value)
            if document.edit.applied is None:  # another run of the program has made it
                document.edit = Edit(document.edit.stack, outcome.value.result.steps)
        elif document.photo.notes:
            session.notice = Notice(" ".join(map(translated_sentence, document.photo.notes)), severity=Severity.WARNING)
        if document.detection is None:
            self._detect(document)
        if self.awaited is document or (self.awaited is None and session.current is None):
            session.show(document)
        session.notify(Change.DOCUMENTS | Change.STATE | Change.NOTICE)
        if document.restore_when_ready and not document.detecting:
            self._ready(document)

    def _refuse(self, document: Document, error: BaseException) -> None:
        if document.swap_file is not None and not isinstance(error, Cancelled | MemoryError):
            self._read_anew(document, error)
            return
        if document.parked:  # its file has gone meanwhile; what is known of it stays
            document.restore_when_ready = False
            document.failure = notice_from_error(
                error, translate("Session", "opening {name}").format(name=document.name)
            ).what
            self.awaited = None if self.awaited is document else self.awaited
        else:
            self._session.remove(document)
        if not isinstance(error, Cancelled):
            self._warn_of(document, error)
        self._session.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def _read_anew(self, document: Document, error: BaseException) -> None:
        """Read the photo from its own file, since the one that held its result is of no use."""
        words = translate("Session", "The result of {name} could not be read back from the disk. Restore it again.")
        details = notice_from_error(error, translate("Session", "opening {name}").format(name=document.name)).details
        self._session.show_notice(Notice(words.format(name=document.name), "", details))
        document.drop_result()
        self.read(document)
        self._session.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def _warn_of(self, document: Document, error: BaseException) -> None:
        self._unreadable.append(document.name)
        notice = notice_from_error(error, translate("Session", "opening {name}").format(name=document.name))
        if len(self._unreadable) > 1:
            names = ", ".join(self._unreadable)
            notice = Notice(
                translate("Session", "{count} photos could not be opened: {names}.").format(
                    count=len(self._unreadable), names=names
                ),
                "",
                notice.details,
            )
        self._session.show_notice(notice)

    def _detect(self, document: Document) -> None:
        document.detecting = True
        self._session.lane.submit(
            DetectRequest(document.photo), lambda p: None, lambda outcome: self._take_detection(document, outcome)
        )

    def _take_detection(self, document: Document, outcome: Outcome[Request]) -> None:
        session = self._session
        document.detecting = False
        if document not in session.documents:
            return
        changed = Change.STATE | Change.DETECTION | Change.PROGRESS
        if outcome.error is not None:
            session.show_notice(
                notice_from_error(
                    outcome.error, translate("Session", "looking for damage in {name}").format(name=document.name)
                )
            )
        else:
            document.detection = outcome.value
            if not document.user_edited:
                known = session.supported_degradations
                wanted = [s for s in document.proposed_steps if known is None or s.degradation in known]
                document.edit = Edit(stack_of(wanted))
                changed |= Change.STEPS
        session.changed(document, changed)
        if document.restore_when_ready:
            self._ready(document)


def _in_hand(document: Document) -> bool:
    """Whether a photo is on its way through the lanes and cannot be let go."""
    reading = document.activity is State.LOADING and document.request is not None
    return reading or document.detecting or document.activity in (State.QUEUED, State.RUNNING)


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return path == other
