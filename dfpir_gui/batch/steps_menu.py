"""The menu that sets the steps of the selected photos, and decides on their results."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from core.batch import Row
from core.batch.batch import Decision
from core.degradations import DEGRADATIONS
from core.errors import RecipeError
from core.presets import Presets
from core.steps import Step
from dfpir_gui.dialogs.presets_dialog import add_presets
from dfpir_gui.i18n import names


def is_about(decision: Decision, row: Row) -> bool:
    """Whether a decision has an effect on a row."""
    if decision == "suggested":
        return row.may_be_accepted or row.may_be_revised
    return row.may_be_revised if decision == "keep" else row.may_be_accepted


class StepsMenu(QMenu):
    """Decisions, single degradations, presets, and the steps of the Studio.

    Args:
        stored: the presets to offer.
        selected: returns the rows that a choice is about.
        parent: of the menu.

    Attributes:
        steps_chosen: carries the steps, or None for those of the whole batch.
        studio_steps_wanted: the steps of the Studio were chosen.
        decided: carries the :data:`core.batch.batch.Decision`.
        failed: a preset cannot be read; carries the error.
        presets: the submenu of presets.
    """

    steps_chosen = Signal(object)
    studio_steps_wanted = Signal()
    decided = Signal(str)
    failed = Signal(object)

    def __init__(self, stored: Presets, selected: Callable[[], Sequence[Row]], parent: QWidget) -> None:
        super().__init__(parent)
        self._stored = stored
        self._selected = selected
        decisions: dict[Decision, str] = {
            "accept": self.tr("Accept the result: write it"),
            "suggested": self.tr("Use what the warning suggests"),
            "dismiss": self.tr("Dismiss the result: treat the photo as clean"),
            "keep": self.tr("Dismiss the warning: keep the result"),
        }
        self._actions = {decision: self.addAction(text) for decision, text in decisions.items()}
        for decision, action in self._actions.items():
            action.triggered.connect(partial(self._decide, decision))
        self.addSeparator()
        for entry in DEGRADATIONS:
            self._add(names.label(entry.key), (Step(entry.key),))
        self.addSeparator()
        self.presets = self.addMenu(self.tr("Presets"))
        self.presets.setToolTipsVisible(True)
        self.presets.menuAction().setToolTip(self.tr("Only their steps; the quality is that of the batch"))
        same = self.addAction(self.tr("Steps as in the Studio"))
        same.setToolTip(
            self.tr("Only the steps; “As in the Studio” on the left takes rotation, crop and export as well")
        )
        same.triggered.connect(lambda: self.studio_steps_wanted.emit())
        self._add(self.tr("Leave unchanged"), ())
        self._add(self.tr("Use batch settings"), None)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offer the presets that are stored now, and enable the decisions that have an effect on a selected row."""
        rows = self._selected()
        for decision, action in self._actions.items():  # hidden ones would move the others to where these were clicked
            action.setEnabled(any(is_about(decision, row) for row in rows))
        self.presets.clear()
        self.presets.menuAction().setEnabled(bool(add_presets(self.presets, self._stored, self._use_preset)))

    def _add(self, text: str, steps: tuple[Step, ...] | None) -> None:
        self.addAction(text).triggered.connect(lambda: self.steps_chosen.emit(steps))

    def _decide(self, decision: Decision, checked: bool = False) -> None:
        self.decided.emit(decision)

    def _use_preset(self, name: str) -> None:
        try:
            recipe = self._stored.load(name)
        except RecipeError as error:
            self.failed.emit(error)
            return
        self.steps_chosen.emit(recipe.steps)
