"""Hints for the first steps: one at a time, below the photo, each shown only once."""

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.session import Change, Session, State
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

FIRST_PHOTO, FIRST_RESULT, FIRST_SAVE = "photo", "result", "save"

_TEXTS = {
    FIRST_PHOTO: tr(
        "Ticked problems become steps. Enter restores the photo; P previews the visible area, T tries every step on it."
    ),
    FIRST_RESULT: tr(
        "Drag the line to compare, hold Space to see the original, and press 1 to 4 for other comparisons. A lower "
        "strength often looks more natural."
    ),
    FIRST_SAVE: tr(
        "Saved next to the original, which is never changed. Ctrl+Shift+S asks for a name, Ctrl+E also for the format."
    ),
}
"""The hints by their keys, in the order in which they come up."""


HINTS = tuple(_TEXTS)
"""The keys of all hints."""


class HintBar(QFrame):
    """Shows the hint that suits what the user has just reached; hidden if there is none. It blocks nothing.

    A hint goes away when its button is pressed or when the next one comes up.

    Args:
        session: tells what the user has reached.
        seen: keys of hints that are not shown any more.
        on_seen: called with the keys of all hints that were seen.
        parent: the page.
    """

    def __init__(
        self,
        session: Session,
        seen: Collection[str],
        on_seen: Callable[[Collection[str]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("hintBar")
        self._session = session
        self._seen = set(seen)
        self._on_seen = on_seen
        self.current: str | None = None
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self._icon.setPixmap(icons.pixmap("info", theme.ACCENT, 20, self.devicePixelRatioF()))
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.close_button = QPushButton(self.tr("Got it"))
        self.close_button.setToolTip(self.tr("Do not show this hint again; the Help menu shows the hints again"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self.tr("Hint"))
        self.close_button.clicked.connect(self.dismiss)
        session.subscribe(self._on_change)
        self._show(None)

    def dismiss(self) -> None:
        """Remove the hint for good."""
        self._note_seen()
        self._show(None)

    def show_again(self) -> None:
        """Show all hints again, beginning with the one that suits what is shown now."""
        self._seen.clear()
        self._on_seen(())
        self._show(self._suitable())

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.PHOTO | Change.RESULT | Change.STATE | Change.DETECTION):
            return
        suitable = self._suitable()
        if suitable is None and self._session.photo is None:
            self._show(None)
        elif suitable is not None and suitable != self.current:
            self._note_seen()  # the user has gone on
            self._show(suitable if suitable not in self._seen else None)

    def _suitable(self) -> str | None:
        session = self._session
        if session.current is None or session.state in (State.LOADING, State.DETECTING):
            return None
        if session.saved_as is not None:
            return FIRST_SAVE
        if session.result is not None:
            return FIRST_RESULT
        return FIRST_PHOTO

    def _note_seen(self) -> None:
        if self.current is not None:
            self._seen.add(self.current)
            self._on_seen(sorted(self._seen))

    def _show(self, hint: str | None) -> None:
        self.current = hint if hint not in self._seen else None
        self.setVisible(self.current is not None)
        if self.current is not None:
            self.text.setText(translated(_TEXTS[self.current]))
            self.setAccessibleDescription(self.text.text())
