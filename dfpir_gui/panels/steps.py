"""The panel beside the photo: what to remove, how strongly, and what came of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core.degradations import DEGRADATIONS
from dfpir_gui import wording
from dfpir_gui.session import Change, Session, State
from dfpir_gui.theme import GRID

_WIDTH = 33 * GRID
_NOTHING_YET = "Nothing restored yet."


class StepsPanel(QFrame):
    """Mirrors the steps of the session and its result.

    Attributes:
        chosen: key of the degradation that the user has picked.
        strength_set: the strength that the user has set, 0.0 to 1.0.
    """

    chosen = Signal(str)
    strength_set = Signal(float)

    def __init__(self, session: Session, restore: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="sidePanel")
        self._session = session
        self._restore = restore
        self.setFixedWidth(_WIDTH)
        self._buttons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self.strength = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, singleStep=1, pageStep=10)
        self._strength_text = QLabel(alignment=Qt.AlignmentFlag.AlignRight)
        self.restore_button = QPushButton()
        self.hint = QLabel(wordWrap=True)
        self.result_text = QLabel(_NOTHING_YET, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._build()
        self.strength.valueChanged.connect(lambda value: self.strength_set.emit(value / 100))
        self.restore_button.clicked.connect(restore.trigger)
        restore.changed.connect(self._mirror_restore)
        session.subscribe(self._on_change)
        self._on_change(Change.STEPS | Change.RESULT | Change.STATE)
        self._mirror_restore()

    def button(self, key: str) -> QRadioButton:
        """Return the button of the degradation called ``key``."""
        return self._buttons[key]

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(0)
        layout.addWidget(_heading("Remove"))
        layout.addSpacing(GRID)
        for entry in DEGRADATIONS:
            button = QRadioButton(entry.label)
            button.setToolTip(f"Prompt: “{entry.prompt}”")
            button.setAccessibleDescription(f"Remove this from the photo. Prompt: {entry.prompt}")
            button.toggled.connect(lambda on, key=entry.key: self.chosen.emit(key) if on else None)
            self._buttons[entry.key] = button
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addSpacing(2 * GRID)
        row = QHBoxLayout()
        row.addWidget(_heading("Strength", buddy=self.strength))
        row.addWidget(self._strength_text)
        layout.addLayout(row)
        layout.addSpacing(GRID)
        self.strength.setAccessibleName("Strength in percent")
        self.strength.setToolTip("How much of the correction is applied: 0 % is the photo as it was")
        layout.addWidget(self.strength)
        layout.addSpacing(2 * GRID)
        self.restore_button.setProperty("role", "primary")
        layout.addWidget(self.restore_button)
        layout.addSpacing(GRID)
        for text in (self.hint, self.result_text):
            text.setProperty("role", "quiet")
            text.setIndent(0)
        layout.addWidget(self.hint)
        layout.addSpacing(2 * GRID)
        layout.addWidget(_heading("Result"))
        layout.addSpacing(GRID)
        layout.addWidget(self.result_text)
        layout.addStretch(1)

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.STEPS | Change.RESULT):
            self._mirror_steps()
        if changed & (Change.RESULT | Change.STATE):
            self.result_text.setText(self._result_words())
        if changed & (Change.STEPS | Change.STATE):
            self.hint.setText(self._hint_words())
            self.hint.setVisible(bool(self.hint.text()))

    def _mirror_steps(self) -> None:
        chosen = {step.degradation for step in self._session.steps}
        known = self._session.known
        for key, button in self._buttons.items():
            if button.isChecked() != (key in chosen):
                button.setChecked(key in chosen)
            button.setEnabled(known is None or key in known)
            # Tab enters the group at the chosen button; Qt sees to that only once one of them had the focus.
            entered = key in chosen or not chosen
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if entered else Qt.FocusPolicy.ClickFocus)
        self.strength.setValue(round((self._session.steps[0].strength if self._session.steps else 1.0) * 100))
        self._strength_text.setText(wording.percent(self._session.steps[0].strength if self._session.steps else 1.0))

    def _mirror_restore(self) -> None:
        self.restore_button.setText(self._restore.iconText())
        self.restore_button.setIcon(self._restore.icon())
        self.restore_button.setToolTip(self._restore.toolTip())
        self.restore_button.setEnabled(self._restore.isEnabled())

    def _result_words(self) -> str:
        result = self._session.result
        if result is None:
            return _NOTHING_YET
        saved = self._session.saved_as
        where = f"Saved as {saved.name}." if saved else "Not saved yet."
        return "\n".join([wording.steps_line(result.steps), wording.result_line(result), where])

    def _hint_words(self) -> str:
        if self._session.state is State.NEW:
            return "Open a photo first."
        return "" if self._session.steps else "Choose what to remove."


def _heading(text: str, buddy: QWidget | None = None) -> QLabel:
    label = QLabel(text, indent=0)
    label.setProperty("role", "heading")
    if buddy is not None:
        label.setBuddy(buddy)
    return label
