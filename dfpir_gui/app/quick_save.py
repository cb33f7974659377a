"""Saves results under their suggested names, without a dialog."""

from collections.abc import Iterable

from dfpir_gui.dialogs.standard_dialogs import suggested_path
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Change, Document, Session


class QuickSave:
    """Saves the results of photos next to their sources. Existing files are never replaced: a number is added."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[Document] = []
        session.subscribe(self._on_change)

    def save(self, documents: Iterable[Document]) -> None:
        """Save the results of ``documents`` that can be saved and are not saved yet.

        A result that is being updated, as after a change of strength, is saved as soon as it is up to date.
        """
        for document in documents:
            if document.updating:
                if document not in self._waiting:
                    self._waiting.append(document)
                continue
            saved = document.saved_as
            if document.result is None or not document.can_save:
                continue
            if saved is not None and saved.is_file():
                self._session.set_status(
                    translate("QuickSave", "Already saved as {name}").format(name=saved.name), saved
                )
                continue
            path = suggested_path(document.result.photo, self._session.names_being_written)
            self._session.save(path, document=document)

    def _on_change(self, changed: Change) -> None:
        ready = [document for document in self._waiting if not document.updating]
        if ready:
            self._waiting = [document for document in self._waiting if document.updating]
            # One whose steps cannot be blended any more has no result of them: there is nothing to save.
            self.save([each for each in ready if each in self._session.documents and not each.outdated])
