"""The menu of presets next to the steps: two clicks apply one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from core.errors import RecipeError
from core.presets import Presets, preset_recipe
from core.recipes import Recipe
from dfpir_gui.dialogs.presets_dialog import PresetsDialog, add_presets, ask_name, confirm_replacing
from dfpir_gui.session import Change, Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.settings.settings import Settings


class PresetsButton(QToolButton):
    """Opens a menu with the presets, which are read anew each time."""

    def __init__(self, session: Session, parent: QWidget | None = None, presets: Presets | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._presets = presets or Presets()
        self.setText(self.tr("Presets"))
        self.setToolTip(self.tr("Apply named steps, or save these steps under a name"))
        self.setAutoRaise(True)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "flat")
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.fill)
        self.setMenu(self._menu)
        session.subscribe(self._on_change)
        self._on_change(Change.PHOTO)

    def fill(self) -> None:
        """Fill the menu."""
        menu = self._menu
        menu.clear()
        document = self._session.current
        for action in add_presets(menu, self._presets, self._apply):
            action.setEnabled(document is not None)
        menu.addSeparator()
        save = menu.addAction(self.tr("Save as preset…"))
        save.setEnabled(document is not None and bool(document.edit.steps))
        save.triggered.connect(lambda: ask_name(self, self.tr("Save as preset"), "", self.save))
        menu.addAction(self.tr("Manage presets…")).triggered.connect(lambda: PresetsDialog(self._presets, self).show())

    def save(self, name: str) -> None:
        """Store the steps of the current photo under a name; an existing preset is replaced only after a question."""
        document = self._session.current
        if document is None:
            return
        try:
            recipe = preset_recipe(document.edit.steps, Settings().engine.quality_mode)
            known = next((k for k in self._presets.names() if k.casefold() == " ".join(name.split()).casefold()), None)
            if known is not None:
                confirm_replacing(self, known, lambda: self._store(known, recipe, overwrite=True))
                return
        except RecipeError as error:
            self._warn(error)
            return
        self._store(name, recipe)

    def _store(self, name: str, recipe: Recipe, *, overwrite: bool = False) -> None:
        try:
            stored = self._presets.save(name, recipe, overwrite=overwrite)
        except RecipeError as error:
            self._warn(error)
            return
        self._session.set_status(self.tr("Saved as preset “{name}”").format(name=stored))

    def _apply(self, name: str) -> None:
        try:
            recipe = self._presets.load(name)
        except RecipeError as error:
            self._warn(error)
            return
        self._session.editor.replace(recipe.steps, self.tr("Apply preset “{name}”").format(name=name))

    def _warn(self, error: RecipeError) -> None:
        self._session.show_notice(notice_from_error(error, self.tr("using a preset")))

    def _on_change(self, changed: Change) -> None:
        if changed & Change.PHOTO:
            self.setEnabled(self._session.current is not None)
