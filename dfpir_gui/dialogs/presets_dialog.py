"""The dialog that stores the steps as a preset, and the one that manages presets."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QMenu,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import RecipeError
from core.presets import Presets
from core.recipes import SUFFIX, Recipe
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import listed, translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.enter_key import leave_enter_to
from dfpir_gui.widgets.headings import quiet

_MAX_SHOWN = 30
"""Presets in a menu; the dialog has all."""

_MAX_READ = 64 * 1024
"""Bytes of a preset that is read for its tool tip: one with the picture of a mask takes longer."""


def steps_text(recipe: Recipe) -> str:
    """The steps of a recipe for people, e.g. ``"Haze, Noise (σ 25) 70 %"``."""
    steps = (
        names.label(step.degradation) + ("" if step.strength == 1 else f" {wording.percent(step.strength)}")
        for step in recipe.steps
    )
    best = translate("Presets", "best quality") if recipe.quality_mode == "best" else ""
    return wording.SEPARATOR.join(filter(None, (listed(steps), best)))


def add_presets(menu: QMenu, presets: Presets, use: Callable[[str], None]) -> list[QAction]:
    """Add an action for each stored preset to a menu; its data is the name, its tool tip shows the steps.

    Args:
        menu: to add to; the dialog has also those that do not fit into it.
        presets: read anew each time, since the command line may change them.
        use: called with the name of the chosen preset.
    """
    actions = []
    for name in presets.names()[:_MAX_SHOWN]:
        action = menu.addAction(name.replace("&", "&&"))
        action.setData(name)
        with suppress(RecipeError, OSError):  # choosing it tells why
            if presets.path(name).stat().st_size <= _MAX_READ:
                action.setToolTip(steps_text(presets.load(name)))
        action.triggered.connect(partial(_call_with, use, name))
        actions.append(action)
    return actions


def _call_with(use: Callable[[str], None], name: str, checked: bool = False) -> None:
    use(name)


class PresetsDialog(QDialog):
    """Lists the presets; renames, deletes, imports and exports them.

    Attributes:
        list: names of the presets.
        changed: emitted when a preset was added, renamed or deleted.
    """

    changed = Signal()

    def __init__(self, presets: Presets, parent: QWidget) -> None:
        super().__init__(parent)
        self._presets = presets
        self.setWindowTitle(self.tr("Presets"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Presets"))
        self.details = quiet()
        self.fault = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.fault.setProperty("role", "error")
        self.fault.hide()
        self.rename = QPushButton(self.tr("Rename…"))
        self.delete = QPushButton(self.tr("Delete…"))
        self.import_button = QPushButton(self.tr("Import…"))
        self.import_button.setToolTip(self.tr("Store recipe files as presets"))
        self.export = QPushButton(self.tr("Export…"))
        self.export.setToolTip(self.tr("Save the preset as a recipe file, for other computers and people"))
        self._lay_out()
        self.list.currentRowChanged.connect(self._show_details)
        self.rename.clicked.connect(self._ask_name)
        self.delete.clicked.connect(self._confirm_delete)
        self.import_button.clicked.connect(self._ask_files)
        self.export.clicked.connect(self._ask_export)
        self._refresh()

    @property
    def name(self) -> str:
        """Name of the selected preset; empty if there is none."""
        item = self.list.currentItem()
        return item.text() if item is not None else ""

    def import_files(self, files: list[Path]) -> None:
        """Store recipe files as presets; the first that cannot be read is told."""
        self._try(lambda: [self._presets.import_file(file) for file in files][-1] if files else "")

    def rename_to(self, name: str) -> None:
        """Give the selected preset another name."""
        old = self.name
        self._try(lambda: self._presets.rename(old, name))

    def delete_selected(self) -> None:
        """Delete the selected preset."""
        name = self.name

        def delete() -> str:
            self._presets.delete(name)
            return ""

        self._try(delete)

    def export_to(self, file: Path) -> None:
        """Write the selected preset as a recipe file."""
        name = self.name
        if not file.name.endswith(SUFFIX):
            file = file.with_name(file.name.removesuffix(".json") + SUFFIX)

        def export() -> str:
            self._presets.export_file(name, file)
            return name

        self._try(export)

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.rename, self.delete, self.export, self.import_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self.list, 1)
        row.addLayout(buttons)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(row, 1)
        layout.addWidget(self.details)
        layout.addWidget(self.fault)
        layout.addWidget(box)
        leave_enter_to(self, box.button(QDialogButtonBox.StandardButton.Close))
        self.resize(56 * GRID, 44 * GRID)

    def _try(self, change: Callable[[], str]) -> None:
        """Do ``change``, which returns the name to select; an error is shown in the dialog."""
        row = self.list.currentRow()
        try:
            selected = change()
        except RecipeError as error:
            self.fault.setText(translated_message(error.message))
            self.fault.show()
            self._refresh(self.name)
            return
        self.fault.clear()
        self.fault.hide()
        self._refresh(selected, row)
        self.changed.emit()

    def _refresh(self, selected: str = "", row: int = 0) -> None:
        stored = self._presets.names()
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems(stored)
        self.list.setCurrentRow(stored.index(selected) if selected in stored else min(max(row, 0), len(stored) - 1))
        self.list.blockSignals(False)
        self._show_details()

    def _show_details(self) -> None:
        name = self.name
        for button in (self.rename, self.delete, self.export):
            button.setEnabled(bool(name))
        if not name:
            self.details.setText(self.tr("No presets. Choose “Save as preset” next to the steps, or import a recipe."))
            return
        try:
            self.details.setText(steps_text(self._presets.load(name)))
        except RecipeError as error:
            self.details.setText(translated_message(error.message))

    def _ask_name(self) -> None:
        ask_name(self, self.tr("Rename preset"), self.name, self.rename_to)

    def _confirm_delete(self) -> None:
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Delete preset"), "", parent=self)
        box.setText(self.tr("Delete the preset “{name}”?").format(name=self.name))
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.finished.connect(lambda _: self.delete_selected() if box.clickedButton() is delete else None)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _ask_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Import presets"), "", self.tr("Recipes") + f" (*{SUFFIX} *.json)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda chosen: self.import_files([Path(name) for name in chosen]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_export(self) -> None:
        dialog = QFileDialog(self, self.tr("Export preset"), "", self.tr("Recipes") + f" (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.selectFile(self._presets.path(self.name).name)
        dialog.fileSelected.connect(lambda file: self.export_to(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def ask_name(parent: QWidget, title: str, name: str, then: Callable[[str], None]) -> None:
    """Ask for the name of a preset; ``name`` is proposed."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(translate("Presets", "Name of the preset, for example “my scanner”"))
    dialog.setTextValue(name)
    dialog.textValueSelected.connect(then)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def confirm_replacing(parent: QWidget, name: str, then: Callable[[], None]) -> None:
    """Ask whether a preset of this name is to be replaced."""
    box = QMessageBox(QMessageBox.Icon.Question, translate("Presets", "Save as preset"), "", parent=parent)
    box.setText(translate("Presets", "There is a preset “{name}” already. Replace it?").format(name=name))
    replace = box.addButton(translate("Presets", "Replace"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.finished.connect(lambda _: then() if box.clickedButton() is replace else None)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
