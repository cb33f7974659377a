"""One step of the stack: on or off, what it removes, how strongly, its place."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from core.degradations import DEGRADATIONS, FREE_TEXT, degradation
from dfpir_gui.i18n import names
from dfpir_gui.session import StackStep, wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.step_grip import Grip
from dfpir_gui.widgets.headings import small_button
from dfpir_gui.widgets.wheel import let_wheel_scroll

_NUMBER = 5 * GRID


def kind_of(entry: StackStep) -> str:
    """What a row cannot change: the family, or the user's own words."""
    return entry.degradation if entry.family == FREE_TEXT else entry.family


class StepRow(QFrame):
    """Shows one entry of the stack.

    Attributes:
        enabled_set: switched on or off.
        strength_set: the strength, 0.0 to 1.0.
        key_set: key of another degradation of the same family.
        let_go: a slider was let go.
        moved: by this many places, -1 or 1.
        removed: to be taken out.
        grip: what the mouse drags the row by.
    """

    enabled_set = Signal(bool)
    strength_set = Signal(float)
    key_set = Signal(str)
    let_go = Signal()
    moved = Signal(int)
    removed = Signal()

    def __init__(self, place: int, entry: StackStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "step")
        self.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.sizePolicy().verticalPolicy().Fixed)
        name = names.label(entry.degradation) if entry.family == FREE_TEXT else names.family_label(entry.family)
        step = {"number": place + 1, "name": name}
        self.kind = kind_of(entry)
        self._levels = [other.key for other in DEGRADATIONS if other.family == entry.family]
        self.grip = Grip()
        self.box = QCheckBox(f"{place + 1}  {name}")
        self.box.setToolTip(self.tr("Let this step take part, or leave it out"))
        self.box.setAccessibleName(self.tr("Step {number}, {name}, takes part").format(**step))
        self.strength, self.strength_text = self._slider(
            0, 100, self.tr("Strength of step {number}, {name}, in percent").format(**step)
        )
        self.strength.setToolTip(self.tr("How much of the correction is applied: 0 % is the photo as it was"))
        self.level, self.level_text = self._slider(
            0, max(len(self._levels) - 1, 1), self.tr("Noise level of step {number}").format(**step)
        )
        self.level.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.level.setPageStep(1)
        self.level.setToolTip(self._level_tip())
        self.up = small_button(
            "up", self.tr("Move step {number} up").format(**step), self.tr("Do this step earlier (Alt+Up)")
        )
        self.down = small_button(
            "down",
            self.tr("Move step {number} down").format(**step),
            self.tr("Do this step later (Alt+Down)"),
        )
        self.remove = small_button(
            "close", self.tr("Remove step {number}").format(**step), self.tr("Take this step out (Delete)")
        )
        self._build()
        self._connect()
        let_wheel_scroll(self)

    def mirror(self, entry: StackStep, first: bool, last: bool) -> None:
        """Show ``entry``, which is of the same family as before, without telling that it was set."""
        for widget in (self.box, self.strength, self.level):
            widget.blockSignals(True)
        self.box.setChecked(entry.enabled)
        self.strength.setValue(round(entry.strength * 100))
        self.strength.setEnabled(entry.enabled)
        self.strength_text.setText(wording.percent(entry.strength))
        if len(self._levels) > 1:
            self.level.setValue(self._levels.index(entry.degradation))
            self.level.setEnabled(entry.enabled)
            self.level_text.setText(f"σ {degradation(entry.degradation).sigma:.0f}")
        for widget in (self.box, self.strength, self.level):
            widget.blockSignals(False)
        self.grip.setVisible(not (first and last))
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    @property
    def focus_chain(self) -> list[QWidget]:
        """What the tab key visits, in order."""
        return [self.box, self.up, self.down, self.remove, self.strength, self.level]

    def _slider(self, low: int, high: int, name: str) -> tuple[QSlider, QLabel]:
        slider = QSlider(Qt.Orientation.Horizontal, self, minimum=low, maximum=high, singleStep=1, pageStep=10)
        slider.setAccessibleName(name)
        text = QLabel(self, alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        text.setFixedWidth(_NUMBER)
        return slider, text

    def _level_tip(self) -> str:
        known = ", ".join(f"{degradation(key).sigma:.0f}" for key in self._levels if degradation(key).sigma)
        return self.tr("How strong the noise is. The network knows σ {known}; take the nearest one.").format(
            known=known
        )

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self.grip)
        top.addWidget(self.box, 1)
        for button in (self.up, self.down, self.remove):
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(top)
        layout.addLayout(_line(self.tr("Strength"), self.strength, self.strength_text))
        if len(self._levels) > 1:
            layout.addLayout(_line(self.tr("Level"), self.level, self.level_text))
        else:
            self.level.hide()
            self.level_text.hide()

    def _connect(self) -> None:
        self.box.toggled.connect(self.enabled_set)
        self.strength.valueChanged.connect(lambda value: self.strength_set.emit(value / 100))
        self.strength.sliderReleased.connect(self.let_go)
        self.level.valueChanged.connect(lambda value: self.key_set.emit(self._levels[value]))
        self.up.clicked.connect(lambda: self.moved.emit(-1))
        self.down.clicked.connect(lambda: self.moved.emit(1))
        self.remove.clicked.connect(self.removed)
        for key, button in (("Alt+Up", self.up), ("Alt+Down", self.down), ("Del", self.remove)):
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)


def _line(label: str, slider: QSlider, text: QLabel) -> QHBoxLayout:
    name = QLabel(label, indent=0)
    name.setProperty("role", "quiet")
    name.setFixedWidth(7 * GRID)
    name.setBuddy(slider)
    row = QHBoxLayout()
    row.setSpacing(GRID // 2)
    row.addWidget(name)
    row.addWidget(slider, 1)
    row.addWidget(text)
    return row
