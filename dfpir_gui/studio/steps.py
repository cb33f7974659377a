"""The stack of steps: what is done to the photo, in which order, how strongly."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QInputDialog, QMenu, QToolButton, QVBoxLayout, QWidget

from core.degradations import DEGRADATIONS, FREE_TEXT, text_key
from core.errors import RestorationError
from dfpir_gui.i18n import names
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.session import Change, Session, StackStep
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.step_grip import DropLine, gap_at
from dfpir_gui.studio.step_row import StepRow, kind_of
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet


class StepsPanel(QWidget):
    """Mirrors the stack of the photo that is shown, and edits it.

    Attributes:
        rows: one for each step, in their order.
        drop_line: tells where a row that is dragged would go.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.rows: list[StepRow] = []
        self.hint = quiet()
        self.add = QToolButton(text=self.tr("Add step"), icon=icons.icon("add"), autoRaise=True)
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setToolTip(self.tr("Put one more step at the end"))
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add.setProperty("role", "flat")
        self._menu = QMenu(self.add)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._show_menu)
        self.add.setMenu(self._menu)
        self._fill_menu()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(heading(self.tr("Steps")))
        layout.addWidget(self.hint)
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID // 2)
        layout.addLayout(self._list)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(GRID)
        self.foot.addWidget(self.add)
        self.foot.addStretch(1)
        layout.addLayout(self.foot)
        self.drop_line = DropLine(self)
        self._gap: int | None = None  # where the row that is dragged would go
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    @property
    def focus_chain(self) -> list[QWidget]:
        """What the tab key visits, in order."""
        return [widget for row in self.rows for widget in row.focus_chain] + [self.add]

    def _fill_menu(self) -> None:
        self._menu.clear()
        known = self._session.supported_degradations
        for entry in DEGRADATIONS:
            action = self._menu.addAction(names.label(entry.key))
            action.setData(entry.key)
            action.setToolTip(self.tr("Prompt: “{prompt}”").format(prompt=entry.prompt))
            if known is not None and entry.key not in known:
                action.setEnabled(False)
                action.setToolTip(self.tr("The model that is loaded does not know this prompt"))
            action.triggered.connect(lambda _=False, key=entry.key: self._session.editor.add(key))
        self._menu.addSeparator()
        own = self._menu.addAction(self.tr("Own prompt…"))
        own.setData(FREE_TEXT)
        reason = self._session.why_no_text
        own.setEnabled(reason == "")
        own.setToolTip(
            self.tr("The model is being looked at; open this menu again in a moment.")
            if reason is None
            else translated_sentence(reason) or self.tr("Say in your own words what is wrong with the photo")
        )
        own.triggered.connect(self._ask_prompt)

    def _show_menu(self) -> None:
        self._session.load_model_info()
        self._fill_menu()

    def _ask_prompt(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Own prompt"))
        dialog.setLabelText(
            self.tr("What is wrong with the photo? The model was trained with a few sentences only, so try it out.")
        )
        dialog.textValueSelected.connect(self._take_prompt)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_prompt(self, words: str) -> None:
        try:
            self._session.editor.add(text_key(words))
        except RestorationError as error:
            self._session.show_notice(notice_from_error(error, self.tr("adding a prompt")))

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.STEPS | Change.PHOTO | Change.DETECTION):
            return
        document = self._session.current
        stack = document.edit.stack if document else ()
        if [row.kind for row in self.rows] != [kind_of(entry) for entry in stack]:
            self._rebuild()
        for place, (row, entry) in enumerate(zip(self.rows, stack, strict=True)):
            row.mirror(entry, place == 0, place == len(stack) - 1)
        self.add.setEnabled(document is not None)
        self.hint.setVisible(not stack)
        self.hint.setText(self.tr("None. Tick what to remove, or add a step.") if document else self.tr("None yet."))

    def _rebuild(self) -> None:
        focused = QApplication.focusWidget()
        self._gap = None
        self.drop_line.hide()
        place = next((n for n, row in enumerate(self.rows) if focused and row.isAncestorOf(focused)), None)
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        document = self._session.current
        self.rows = [self._row(n, entry) for n, entry in enumerate(document.edit.stack if document else ())]
        for row in self.rows:
            self._list.addWidget(row)
            row.show()  # at once, to take the focus
        if place is not None:  # the keyboard goes on where it was
            target = self.rows[min(place, len(self.rows) - 1)].box if self.rows else self.add
            target.setFocus()

    def _row(self, place: int, entry: StackStep) -> StepRow:
        row = StepRow(place, entry)
        edit = self._session.editor
        row.enabled_set.connect(lambda on: edit.enable(place, on))
        row.strength_set.connect(lambda strength: edit.set_strength(place, strength))
        row.key_set.connect(lambda key: edit.set_degradation(place, key))
        row.let_go.connect(edit.finish_drag)
        row.moved.connect(lambda by: self._move(place, by))
        row.removed.connect(lambda: edit.remove(place))
        row.grip.dragged.connect(lambda at: self._drag(place, at))
        row.grip.dropped.connect(lambda: self._drop(place))
        return row

    def _move(self, place: int, by: int) -> None:
        self._session.editor.move(place, place + by)
        if 0 <= place + by < len(self.rows):
            self.rows[place + by].box.setFocus()

    def _drag(self, place: int, at: QPoint) -> None:
        gap = gap_at(self.rows, self.mapFromGlobal(at).y())
        self._gap = None if gap in (place, place + 1) else gap  # it would stay where it is
        self.drop_line.setVisible(self._gap is not None)
        if self._gap is not None:
            self.drop_line.show_at(self.rows, self._gap)

    def _drop(self, place: int) -> None:
        gap, self._gap = self._gap, None
        self.drop_line.hide()
        if gap is not None:
            self._session.editor.move(place, gap - (gap > place))
