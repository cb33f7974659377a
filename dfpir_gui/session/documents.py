"""The open photos: which are open, which one is current, and how they are read and kept in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.detection import Detection
from core.errors import Cancelled, RestorationError
from core.geometry import UNCHANGED
from core.inference.passes import PassCache
from dfpir_gui.i18n.language import listed, translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session.document import Document
from dfpir_gui.session.feedback import Feedback
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.session.memory import MemoryManager, SwapFiles, forget_passes
from dfpir_gui.session.notices import Notice, Severity, notice_from_error
from dfpir_gui.session.remembered_steps import RememberedSteps
from dfpir_gui.session.state import NEW_CURRENT, Change, State
from dfpir_gui.session.steps import PhotoToOpen
from dfpir_gui.workers.requests import DetectRequest, Opened, OpenRequest, Request, SwapInRequest, SwappedIn
from dfpir_gui.workers.worker_thread import Progress

_MAX_IN_PROGRESS = 4
"""Photos that are read or wait for a network at the same time: more would only fill the memory."""


class Documents:
    """The list of open photos.

    Commands and finished jobs call :meth:`schedule`, which alone starts to read photos and removes others from
    memory. Notifying observers does neither.

    Args:
        jobs: read the photos and detect their degradations.
        notify: calls the observers.
        feedback: shows what could not be read.
        passes: the kept passes of the photos.
        memory_limit: bytes that photos and results may take.
        swap_files: where results are swapped out to; None keeps all of them in memory.
        remembered_steps: steps, rotation and crop that the user chose for photos before, or None.
        is_supported: whether the model supports the degradation with this key, as far as is known.
        on_ready: called for a photo with ``restore_when_ready`` as soon as its steps are known.
        on_removed: called with the path of a photo that was closed.

    Attributes:
        notify: calls the observers.
        current: the photo that is shown, or None.
        awaited: the photo that becomes current as soon as it is read, or None.
    """

    def __init__(
        self,
        jobs: Jobs,
        notify: Callable[[Change], None],
        feedback: Feedback,
        passes: PassCache,
        *,
        memory_limit: int,
        swap_files: SwapFiles | None,
        remembered_steps: RememberedSteps | None,
        is_supported: Callable[[str], bool],
        on_ready: Callable[[Document], None],
        on_removed: Callable[[Path], None],
    ) -> None:
        self.current: Document | None = None
        self.awaited: Document | None = None
        self._jobs = jobs
        self.notify = notify
        self._feedback = feedback
        self._passes = passes
        self._remembered_steps = remembered_steps
        self._is_supported = is_supported
        self._on_ready = on_ready
        self._on_removed = on_removed
        self._memory = MemoryManager(
            jobs, passes, memory_limit, swap_files, self._in_use, lambda: notify(Change.DOCUMENTS)
        )
        self._documents: list[Document] = []
        self._to_read: list[Document] = []
        self._times_shown = 0
        self._unreadable: list[str] = []  # names, since the last call of open()

    @property
    def all(self) -> tuple[Document, ...]:
        """The open photos, in the order in which they were opened."""
        return tuple(self._documents)

    @property
    def selected(self) -> Document | None:
        """The photo that is shown, or that will be as soon as it is read."""
        return self.awaited or self.current

    # Commands

    def open(self, photos: Sequence[PhotoToOpen], shown: int = 0) -> None:
        """Open photos and show one of them as soon as it is read. Photos that are open already are not read again.

        Args:
            photos: the photos.
            shown: index in ``photos`` of the one to show.
        """
        self._unreadable.clear()
        self._feedback.clear()
        self.awaited = None
        for index, photo in enumerate(photos):
            document = next((d for d in self._documents if is_same_file(d.path, photo.path)), None)
            if document is None:
                document = self._new(photo)
                self._documents.append(document)
                self.read(document)
            if index == shown:
                self.show(document)
        self.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS | Change.NOTICE)

    def show(self, document: Document) -> None:
        """Make an open photo the current one, as soon as it is read."""
        if document.photo is None:
            self.awaited = document
            if document.activity is None:
                self.read(document)
            self.notify(Change.STATE | Change.PROGRESS)
            return
        self.awaited = None
        if document is not self.current:
            self._times_shown += 1
            document.last_shown = self._times_shown
            self.current = document
            self._feedback.status = ""
            self.notify(NEW_CURRENT)

    def show_next(self, by: int) -> None:
        """Show the photo that is ``by`` places after the current one, counting from the start again at the end."""
        if self.current is not None:
            self.show(self._documents[(self._documents.index(self.current) + by) % len(self._documents)])

    def remove(self, document: Document) -> None:
        """Close a photo; an unsaved result is lost. If it was current, its neighbour is shown instead."""
        document.cancel()
        forget_passes(self._passes, document)
        if document.swap_file is not None and self._memory.owns(document.swap_file):
            self._memory.delete(document.swap_file)
        self._on_removed(document.path)
        place = self._documents.index(document)
        self._documents.remove(document)
        if document is self.awaited:
            self.awaited = None
        if document is self.current or self.current is None:
            neighbours = self._documents[place:] + self._documents[:place][::-1]
            readable = [other for other in neighbours if other.photo is not None or other.unloaded]
            self.current = None
            if readable:
                self.show(readable[0])
            self.notify(NEW_CURRENT)
        else:
            self.notify(Change.DOCUMENTS | Change.STATE)

    def read(self, document: Document) -> None:
        """Put a photo into the queue of those to be read; :meth:`schedule` starts them."""
        document.begin(State.LOADING, Progress(translate("Session", "Opening")))
        self._to_read.append(document)

    def schedule(self) -> None:
        """Start to read photos where that is possible, and keep the others within the limit of memory."""
        awaited = self.awaited
        if awaited is not None and awaited.photo is None and awaited.activity is None:
            self.read(awaited)  # it was being saved when it was asked for
        self._to_read = [d for d in self._to_read if d in self._documents and d.activity is State.LOADING]
        self._to_read.sort(key=lambda document: document is not self.awaited)
        while self._to_read and sum(map(_in_progress, self._documents)) < _MAX_IN_PROGRESS:
            self._start_reading(self._to_read.pop(0))
        self._memory.enforce(self._documents)

    def changed(self, document: Document, changed: Change) -> None:
        """Notify the observers of a change of ``document``; of one that is not current, they only see the list."""
        current_only = Change.PHOTO | Change.DETECTION | Change.STEPS | Change.RESULT
        self.notify((changed if document is self.current else changed & ~current_only) | Change.DOCUMENTS)

    # Reading

    def _new(self, photo: PhotoToOpen) -> Document:
        stack, geometry = photo.stack, photo.geometry
        if stack is None and self._remembered_steps is not None:
            remembered = self._remembered_steps.find(photo.path)
            if remembered is not None and (geometry.is_identity or geometry == remembered.geometry):
                stack, geometry = remembered.stack, remembered.geometry
        swapped = photo.result is not None and self._memory.owns(photo.result)
        return Document(photo.path, stack, photo.result if swapped else None, geometry)

    def _start_reading(self, document: Document) -> None:
        def done(opened: Opened) -> None:
            if document.request is request:
                self._opened(document, opened)

        def failed(error: BaseException) -> None:
            if document.request is request:
                self._not_opened(document, error)

        request: Request[Opened] | Request[SwappedIn]
        if document.swap_file is None:
            request = OpenRequest(document.path, document.edit.geometry)
            document.submitted(request, self._jobs.run_file(request, done, failed))
        else:
            request = SwapInRequest(document.swap_file)
            document.submitted(request, self._jobs.run_file(request, done, failed))

    def _opened(self, document: Document, opened: Opened) -> None:
        swap_file = document.swap_file
        document.finish()
        document.set_photo(opened)
        if isinstance(opened, SwappedIn):
            if swap_file is not None:
                self._memory.delete(swap_file)
        elif opened.photo.notes:
            notes = " ".join(map(translated_message, opened.photo.notes))
            self._feedback.notice = Notice(notes, severity=Severity.WARNING)
        if document.detection is None:
            self.detect(document, opened)
        if self.awaited is document or (self.awaited is None and self.current is None):
            self.show(document)
        self.notify(Change.DOCUMENTS | Change.STATE | Change.NOTICE)
        if document.restore_when_ready and not document.detecting:
            self._on_ready(document)

    def _not_opened(self, document: Document, error: BaseException) -> None:
        document.finish()
        if document.swap_file is not None and not isinstance(error, Cancelled | MemoryError):
            self._read_source(document, error)
            return
        if isinstance(error, RestorationError) and not document.edit.geometry.is_identity:
            self._read_whole(document, error)
            return
        if document.unloaded:  # the file was deleted meanwhile; what is known of the photo stays
            document.restore_when_ready = False
            document.failure = notice_from_error(error, _opening(document)).what
            self.awaited = None if self.awaited is document else self.awaited
        else:
            self.remove(document)
        if not isinstance(error, Cancelled):
            self._show_unreadable(document, error)
        self.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def _read_source(self, document: Document, error: BaseException) -> None:
        """Read the photo from its own file, because its swap file cannot be used; the result is lost."""
        text = translate("Session", "The result of {name} could not be read back from the disk. Restore it again.")
        details = notice_from_error(error, _opening(document)).details
        self._feedback.show(Notice(text.format(name=document.name), "", details))
        document.drop_result()
        self.read(document)
        self.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def _read_whole(self, document: Document, error: RestorationError) -> None:
        """Read the photo without its crop, which does not fit: the file was replaced by another photo."""
        self._feedback.show(notice_from_error(error, _opening(document)))
        document.restore_edit(replace(document.edit, geometry=UNCHANGED, applied=None))
        self.read(document)
        self.notify(Change.DOCUMENTS | Change.STATE | Change.PROGRESS)

    def _show_unreadable(self, document: Document, error: BaseException) -> None:
        self._unreadable.append(document.name)
        notice = notice_from_error(error, _opening(document))
        if len(self._unreadable) > 1:
            text = translate("Session", "{count} photos could not be opened: {names}.")
            text = text.format(count=len(self._unreadable), names=listed(self._unreadable))
            notice = Notice(text, "", notice.details)
        self._feedback.show(notice)

    # Detection

    def detect(self, document: Document, opened: Opened) -> None:
        """Detect the problems of a photo that was opened, rotated or cropped."""
        document.detecting = True
        self._jobs.run_network(
            DetectRequest(opened.photo),
            lambda detection: self._detected(document, detection),
            lambda error: self._not_detected(document, error),
        )

    def _detected(self, document: Document, detection: Detection) -> None:
        document.set_detection(detection)
        if document not in self._documents:
            return
        changed = Change.STATE | Change.DETECTION | Change.PROGRESS
        # Undo may have brought a result back; and the steps of one that was removed are to be restored again.
        if not document.user_edited and document.edit.applied is None and document.removed is None:
            document.propose(tuple(s for s in document.proposed_steps if self._is_supported(s.degradation)))
            changed |= Change.STEPS
        self._after_detection(document, changed)

    def _not_detected(self, document: Document, error: BaseException) -> None:
        document.set_detection(None)
        if document not in self._documents:
            return
        doing = translate("Session", "detecting problems in {name}").format(name=document.name)
        self._feedback.show(notice_from_error(error, doing))
        self._after_detection(document, Change.STATE | Change.DETECTION | Change.PROGRESS)

    def _after_detection(self, document: Document, changed: Change) -> None:
        self.changed(document, changed)
        if document.restore_when_ready:
            self._on_ready(document)

    def _in_use(self, document: Document) -> bool:
        return document is self.selected or document is self.current or document not in self._documents


def is_same_file(path: Path, other: Path) -> bool:
    """Whether two paths lead to the same file; if one of them does not exist, whether the paths are equal."""
    try:
        return path.samefile(other)
    except OSError:
        return path == other


def _opening(document: Document) -> str:
    return translate("Session", "opening {name}").format(name=document.name)


def _in_progress(document: Document) -> bool:
    """Whether a photo is with a worker thread, so that it cannot be removed from memory."""
    reading = document.activity is State.LOADING and document.request is not None
    return reading or document.detecting or document.activity in (State.QUEUED, State.RUNNING)
