"""Sees to it that no work is lost: asks before a result is replaced, and ends a run before the window closes."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from core.photo import Photo
from dfpir_gui.session import Change, Session, State

Then = Callable[[], None]


class Asks(Protocol):
    """The questions that the guard needs; see :class:`dfpir_gui.questions.Questions`."""

    def ask_save(self, photo: Photo, then: Callable[[Path], None]) -> None:
        """Ask where to save."""

    def ask_unsaved(self, save: Then, discard: Then) -> None:
        """Ask what to do with a result that was not saved."""

    def ask_stop(self, stop: Then) -> None:
        """Ask whether to stop and close."""


class Guard:
    """Lets things happen once nothing is lost by them. At most one thing is waited for; a new one takes its place."""

    def __init__(self, session: Session, asks: Asks) -> None:
        self._session = session
        self._asks = asks
        self._waiting: tuple[Callable[[], bool], Then] | None = None
        session.subscribe(self._on_change)

    def save(self, then: Then | None = None) -> None:
        """Ask where to save the result, and do ``then`` when it is saved."""
        result = self._session.result
        if result is None or not self._session.can_save:
            return

        def write(path: Path) -> None:
            self._session.save(path, overwrite=path.exists())
            if then is not None:
                self._when(self._saved_or_not, lambda: then() if not self._session.unsaved else None)

        self._asks.ask_save(result.photo, write)

    def before_replacing(self, then: Then) -> None:
        """Do ``then`` when the result may be replaced."""
        if self._session.state is State.SAVING:
            self._when(self._saved_or_not, lambda: self.before_replacing(then))
        elif self._session.unsaved:
            self._asks.ask_unsaved(lambda: self._save_first(then), then)
        else:
            then()

    def before_closing(self, then: Then) -> None:
        """Do ``then`` when the window may close: nothing is lost and the worker is at rest."""
        if self._session.state is State.RUNNING:
            self._asks.ask_stop(lambda: self._stop_first(then))
        elif self._session.state is State.SAVING:
            self._when(self._saved_or_not, lambda: self.before_closing(then))
        elif self._session.unsaved:
            self._asks.ask_unsaved(lambda: self._save_first(then), lambda: self._wind_down(then))
        else:
            self._wind_down(then)

    def _save_first(self, then: Then) -> None:
        """Save, stopping what would be in the way, and do ``then`` if that went well."""
        self._session.stop()
        self.save(then)

    def _stop_first(self, then: Then) -> None:
        self._session.stop()
        self.before_closing(then)

    def _wind_down(self, then: Then) -> None:
        self._session.stop()
        self._when(lambda: not self._session.busy, then)

    def _saved_or_not(self) -> bool:
        return self._session.state is not State.SAVING

    def _when(self, ready: Callable[[], bool], then: Then) -> None:
        self._waiting = None
        if ready():
            then()
        else:
            self._waiting = (ready, then)

    def _on_change(self, changed: Change) -> None:
        if self._session.can_stop:
            self._waiting = None  # the user has begun something new instead
        if self._waiting is not None and self._waiting[0]():
            then = self._waiting[1]
            self._waiting = None
            then()
