"""Sees to it that no work is lost: asks before a result is replaced, and ends a run before the window closes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from core.photo import Photo
from dfpir_gui.session import Change, Document, Session, State

Then = Callable[[], None]


class Asks(Protocol):
    """The questions that the guard needs; see :class:`dfpir_gui.dialogs.questions.Questions`."""

    def ask_save(self, photo: Photo, then: Callable[[Path], None]) -> None:
        """Ask where to save."""

    def ask_unsaved(self, save: Then, discard: Then, names: Sequence[str]) -> None:
        """Ask what to do with results that were not saved."""

    def ask_stop(self, stop: Then) -> None:
        """Ask whether to stop and close."""


class CloseGuard:
    """Lets things happen once nothing is lost by them. At most one thing is waited for; a new one takes its place."""

    def __init__(self, session: Session, asks: Asks) -> None:
        self._session = session
        self._asks = asks
        self._waiting: tuple[Callable[[], bool], Then] | None = None
        session.subscribe(self._on_change)

    def save(self, then: Then | None = None, document: Document | None = None) -> None:
        """Ask where to save a result, by default that of the photo that is shown; do ``then`` when it is saved."""
        document = document or self._session.current
        if document is None or document.result is None or not document.can_save:
            return

        def write(path: Path) -> None:
            self._session.save(path, overwrite=path.exists(), document=document)
            if then is not None:
                self._when(lambda: not self._saving(), lambda: then() if not document.unsaved else None)

        self._asks.ask_save(document.result.photo, write)

    def close_photo(self) -> None:
        """Close the photo that is shown, once nothing is lost by it."""
        document = self._session.current
        if document is not None:
            self.before_removing(document, lambda: self._session.remove(document))

    def before_removing(self, document: Document, then: Then) -> None:
        """Do ``then`` when the photo may be closed: its result is saved, or not wanted."""
        if self._saving():
            self._when(lambda: not self._saving(), lambda: self.before_removing(document, then))
        elif document.unsaved:
            self._show(
                document, lambda: self._asks.ask_unsaved(lambda: self.save(then, document), then, [document.name])
            )
        else:
            then()

    def before_closing(self, then: Then) -> None:
        """Do ``then`` when the window may close: nothing is lost and the worker is at rest."""
        session = self._session
        unsaved = [document for document in session.documents if document.unsaved]
        if any(document.state in _RUNNING for document in session.documents):
            self._asks.ask_stop(lambda: self._stop_first(then))
        elif self._saving():
            self._when(lambda: not self._saving(), lambda: self.before_closing(then))
        elif unsaved:
            first = next((document for document in unsaved if document is session.current), unsaved[0])
            save, discard = lambda: self._save_first(first, then), lambda: self._wind_down(then)
            names = [first.name, *(document.name for document in unsaved if document is not first)]
            self._show(first, lambda: self._asks.ask_unsaved(save, discard, names))
        else:
            self._wind_down(then)

    def _show(self, document: Document, then: Then) -> None:
        """Show a photo and do ``then`` when it is in sight, unless the user goes to another one meanwhile."""
        session = self._session
        session.show(document)
        self._when(
            lambda: document.swap_file is None or session.selected is not document,
            lambda: then() if session.current is document else None,
        )

    def _save_first(self, document: Document, then: Then) -> None:
        """Save, stopping what would be in the way, and go on with the next one if that went well."""
        self._session.stop()
        self.save(lambda: self.before_closing(then), document)

    def _stop_first(self, then: Then) -> None:
        self._session.stop()
        self.before_closing(then)

    def _wind_down(self, then: Then) -> None:
        self._session.stop()
        self._when(lambda: not self._session.busy, then)

    def _saving(self) -> bool:
        return any(document.state is State.SAVING for document in self._session.documents)

    def _when(self, ready: Callable[[], bool], then: Then) -> None:
        self._waiting = None
        if ready():
            then()
        else:
            self._waiting = (ready, then)

    def _on_change(self, changed: Change) -> None:
        if any(document.state in _BEGUN and document.swap_file is None for document in self._session.documents):
            self._waiting = None  # the user has begun something new instead
        if self._waiting is not None and self._waiting[0]():
            then = self._waiting[1]
            self._waiting = None
            then()


_RUNNING = (State.QUEUED, State.RUNNING)
_BEGUN = (State.LOADING, *_RUNNING)
