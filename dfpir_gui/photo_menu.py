"""What the actions on the photo do: undo, preview, trying all prompts."""

from PySide6.QtWidgets import QWidget

from dfpir_gui.actions import Actions
from dfpir_gui.panels.try_all import TryAll
from dfpir_gui.session import Session
from dfpir_gui.views.studio import Studio


class PhotoMenu:
    """Wires the actions that work on the photo that is shown."""

    def __init__(self, window: QWidget, session: Session, actions: Actions, studio: Studio) -> None:
        self._window = window
        self._session = session
        self._studio = studio
        actions.undo.triggered.connect(session.editing.undo)
        actions.redo.triggered.connect(session.editing.redo)
        actions.restore.triggered.connect(session.restore)
        actions.restore_all.triggered.connect(session.restore_all)
        actions.stop.triggered.connect(session.stop)
        actions.preview.triggered.connect(lambda: session.preview(studio.canvas.viewport.region))
        actions.try_all.triggered.connect(self.try_all)
        actions.next_photo.triggered.connect(lambda: session.show_next(1))
        actions.previous_photo.triggered.connect(lambda: session.show_next(-1))

    def try_all(self) -> None:
        """Open the contact sheet for what is in sight."""
        if self._session.photo is not None:
            TryAll(self._session, self._studio.canvas.viewport.region, self._window).show()
