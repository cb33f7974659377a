"""Prevents unsaved results from being lost: asks before they are dropped, and stops work before the window closes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from core.photo import Photo
from dfpir_gui.session import Change, Document, Session, State

Callback = Callable[[], None]


class CloseDialogs(Protocol):
    """The dialogs that are needed; see :class:`dfpir_gui.dialogs.standard_dialogs.StandardDialogs`."""

    def choose_save_path(self, photo: Photo, then: Callable[[Path], None]) -> None:
        """Ask where to save a photo."""

    def confirm_unsaved(self, save: Callback, discard: Callback, names: Sequence[str]) -> None:
        """Ask whether to save or discard unsaved results."""

    def confirm_stopping_restoration(self, stop: Callback) -> None:
        """Ask whether to stop the restoration and close."""


class CloseGuard:
    """Runs a callback as soon as no unsaved work would be lost by it.

    At most one callback waits; a new one replaces it.

    Args:
        session: the open photos.
        dialogs: ask the user.
        save_all: saves the results of several photos without asking for their names.
    """

    def __init__(
        self, session: Session, dialogs: CloseDialogs, save_all: Callable[[Sequence[Document]], None] = lambda _: None
    ) -> None:
        self._session = session
        self._dialogs = dialogs
        self._save_all = save_all
        self._waiting: tuple[Callable[[], bool], Callback] | None = None
        session.subscribe(self._on_change)

    def save(self, then: Callback | None = None, document: Document | None = None) -> None:
        """Ask where to save a result, by default that of the current photo; call ``then`` when it is saved.

        A result that is being updated is saved when it is up to date.
        """
        document = document or self._session.current
        if document is not None and document.updating:
            self._run_when(lambda: not document.updating, lambda: self.save(then, document))
            return
        if document is None or document.result is None or not document.can_save:
            return

        def write(path: Path) -> None:
            self._session.save(path, overwrite=path.exists(), document=document)
            if then is not None:
                self._run_when(self._nothing_saving, lambda: None if document.unsaved else then())

        self._dialogs.choose_save_path(document.result.photo, write)

    def close_photo(self) -> None:
        """Close the current photo, after asking about an unsaved result."""
        document = self._session.current
        if document is not None:
            self.before_removing(document, lambda: self._session.remove(document))

    def before_removing(self, document: Document, then: Callback) -> None:
        """Call ``then`` when the result of ``document`` was saved or the user discards it."""
        if not self._nothing_saving():
            self._run_when(self._nothing_saving, lambda: self.before_removing(document, then))
        elif document.unsaved:
            self._show(
                document,
                lambda: self._dialogs.confirm_unsaved(lambda: self.save(then, document), then, [document.name]),
            )
        else:
            then()

    def remove(self, documents: Sequence[Document]) -> None:
        """Close photos, after asking once about all unsaved results. Those that could not be saved stay open."""
        unsaved = [document for document in documents if document.unsaved]
        if not self._nothing_saving():
            self._run_when(self._nothing_saving, lambda: self.remove(documents))
        elif len(unsaved) < 2:
            rest = [document for document in documents if document not in unsaved]

            def remove_rest() -> None:
                self._remove_open([*unsaved, *rest])

            self.before_removing(unsaved[0], remove_rest) if unsaved else remove_rest()
        else:

            def save() -> None:
                self._save_all(unsaved)
                self._run_when(
                    self._nothing_saving, lambda: self._remove_open([each for each in documents if not each.unsaved])
                )

            names = [document.name for document in unsaved]
            self._dialogs.confirm_unsaved(save, lambda: self._remove_open(documents), names)

    def _remove_open(self, documents: Sequence[Document]) -> None:
        for document in documents:
            if document in self._session.documents:
                self._session.remove(document)

    def before_closing(self, then: Callback) -> None:
        """Call ``then`` when all results were saved or discarded and the worker threads are idle."""
        session = self._session
        unsaved = [document for document in session.documents if document.unsaved]
        if any(document.state in _RUNNING for document in session.documents):
            self._dialogs.confirm_stopping_restoration(lambda: self._stop_and_retry(then))
        elif not self._nothing_saving():
            self._run_when(self._nothing_saving, lambda: self.before_closing(then))
        elif unsaved:
            first = next((document for document in unsaved if document is session.current), unsaved[0])
            names = [first.name, *(document.name for document in unsaved if document is not first)]

            def save() -> None:
                self._session.stop()
                self.save(lambda: self.before_closing(then), first)

            self._show(
                first, lambda: self._dialogs.confirm_unsaved(save, lambda: self._stop_and_wait_until_idle(then), names)
            )
        else:
            self._stop_and_wait_until_idle(then)

    def _show(self, document: Document, then: Callback) -> None:
        """Show ``document`` and call ``then`` when it is visible, unless the user selects another one meanwhile."""
        session = self._session
        session.show(document)
        self._run_when(
            lambda: document.swap_file is None or session.selected is not document,
            lambda: then() if session.current is document else None,
        )

    def _stop_and_retry(self, then: Callback) -> None:
        self._session.stop()
        self.before_closing(then)

    def _stop_and_wait_until_idle(self, then: Callback) -> None:
        self._session.stop()
        self._run_when(lambda: not self._session.busy, then)

    def _nothing_saving(self) -> bool:
        return all(document.state is not State.SAVING for document in self._session.documents)

    def _run_when(self, ready: Callable[[], bool], then: Callback) -> None:
        self._waiting = None
        if ready():
            then()
        else:
            self._waiting = (ready, then)

    def _on_change(self, changed: Change) -> None:
        if any(document.state in _STARTED and document.swap_file is None for document in self._session.documents):
            self._waiting = None  # the user has started something else
        if self._waiting is not None and self._waiting[0]():
            then = self._waiting[1]
            self._waiting = None
            then()


_RUNNING = (State.QUEUED, State.RUNNING)
_STARTED = (State.LOADING, *_RUNNING)
