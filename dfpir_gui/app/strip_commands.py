"""What the filmstrip, its context menu and the Edit menu do with the selected photos."""

from collections.abc import Sequence

from dfpir_gui.app.close_guard import CloseGuard
from dfpir_gui.app.quick_save import QuickSave
from dfpir_gui.session import Document, Session
from dfpir_gui.studio.filmstrip import Filmstrip, StripCommand
from dfpir_gui.widgets.file_manager import show_in_folder


class StripCommands:
    """Runs the commands of the filmstrip.

    Args:
        session: the open photos.
        strip: selects photos.
        quick_save: saves results without a dialog.
        close_guard: asks before unsaved results are lost.
    """

    def __init__(self, session: Session, strip: Filmstrip, quick_save: QuickSave, close_guard: CloseGuard) -> None:
        self._session = session
        self._strip = strip
        self._quick_save = quick_save
        self._close_guard = close_guard
        strip.command_wanted.connect(self.run)

    def run(self, command: StripCommand, documents: Sequence[Document] | None = None) -> None:
        """Run a command on ``documents``, or on the selected photos. Photos that were closed meanwhile are left out."""
        chosen = self._strip.selected_documents if documents is None else documents
        chosen = [document for document in chosen if document in self._session.documents]
        if not chosen:
            return
        match command:
            case StripCommand.RESTORE:
                self._session.restore_all(chosen)
            case StripCommand.SAVE:
                self._quick_save.save(chosen)
            case StripCommand.COPY_STEPS:
                self._session.copy_steps(chosen[0])
            case StripCommand.PASTE_STEPS:
                self._session.paste_steps(chosen)
            case StripCommand.SHOW_IN_FOLDER:
                saved = chosen[0].saved_as
                show_in_folder(saved if saved is not None and saved.exists() else chosen[0].path)
            case StripCommand.REMOVE:
                self._close_guard.remove(chosen)
