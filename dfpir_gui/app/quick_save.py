"""Saves results under their suggested names, without a dialog."""

from collections.abc import Iterable

from dfpir_gui.dialogs.standard_dialogs import suggested_path
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Document, Session


class QuickSave:
    """Saves the results of photos next to their sources. Existing files are never replaced: a number is added."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, documents: Iterable[Document]) -> None:
        """Save the results of ``documents`` that can be saved and are not saved yet."""
        for document in documents:
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
