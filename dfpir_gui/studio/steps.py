"""The panel of steps: what is removed, in which order and how strongly."""

from collections.abc import Sequence
from weakref import ReferenceType, ref

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.degradations import DEGRADATIONS, FREE_TEXT, degradation, text_key
from core.errors import RestorationError
from core.masks.rendering import MaskRenderer
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import listed
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Change, Session, StackStep, wording
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.masks.overlay import RenderedMasks, Rendering, renderer_of, thumbnail
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet, small_button
from dfpir_gui.widgets.slider import Slider
from dfpir_gui.widgets.wheel import let_wheel_scroll

_DROP_LINE_WIDTH = 2
_MASK_ICON = QSize(4 * GRID, 3 * GRID)


class DragHandle(QWidget):
    """A handle with which the mouse moves a row; for the keyboard there are buttons.

    Attributes:
        dragged: emitted with the screen position of the mouse while it is dragged.
        dropped: emitted when the mouse button is released after dragging.
    """

    dragged = Signal(QPoint)
    dropped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed = self._moved = False
        self.setFixedSize(2 * GRID, 3 * GRID)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(self.tr("Drag to move this step"))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        pixmap = icons.pixmap("grip", theme.QUIET_TEXT, 2 * GRID, self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, (self.height() - 2 * GRID) // 2, pixmap)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._moved = True, False
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._pressed:
            self._moved = True
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        dropped = self._pressed and self._moved
        self._pressed = self._moved = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if dropped:
            self.dropped.emit()


class DropLine(QFrame):
    """The line that shows where a dragged row would be inserted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dropLine")
        self.hide()

    def show_at(self, rows: Sequence[QWidget], index: int) -> None:
        """Show the line above the row at ``index``, or below the last row."""
        below_last = index == len(rows)
        middle = rows[-1].geometry().bottom() + GRID // 4 if below_last else rows[index].y() - GRID // 4
        self.setGeometry(rows[0].x(), max(middle - _DROP_LINE_WIDTH // 2, 0), rows[0].width(), _DROP_LINE_WIDTH)
        self.show()
        self.raise_()


def insertion_index(rows: Sequence[QWidget], y: int) -> int:
    """Return the index at which a row dropped at ``y``, in coordinates of the parent, is inserted."""
    return sum(row.geometry().center().y() < y for row in rows)


_NUMBER_WIDTH = 5 * GRID


def row_key(entry: StackStep) -> str:
    """Return what cannot be changed in a row: the family, or the text of a custom prompt."""
    return entry.degradation if entry.family == FREE_TEXT else entry.family


class StepRow(QFrame):
    """Shows one step.

    Attributes:
        enabled_set: emitted with whether the step is enabled.
        strength_set: emitted with the strength, 0.0 to 1.0.
        key_set: emitted with the key of another degradation of the same family.
        slider_released: emitted when the strength slider is released.
        moved: emitted with -1 to move the step up, 1 to move it down.
        removed: emitted to remove the step.
        mask_wanted: emitted to edit where the step applies.
        drag_handle: moves the row with the mouse.
    """

    enabled_set = Signal(bool)
    strength_set = Signal(float)
    key_set = Signal(str)
    slider_released = Signal()
    moved = Signal(int)
    removed = Signal()
    mask_wanted = Signal()

    def __init__(self, index: int, entry: StackStep, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "step")
        self.setSizePolicy(self.sizePolicy().horizontalPolicy(), self.sizePolicy().verticalPolicy().Fixed)
        name = names.label(entry.degradation) if entry.family == FREE_TEXT else names.family_label(entry.family)
        step = {"number": index + 1, "name": name}
        self.key = row_key(entry)
        self._levels = [other.key for other in DEGRADATIONS if other.family == entry.family]
        self.drag_handle = DragHandle()
        self.checkbox = QCheckBox(f"{index + 1}  {name}")
        self.checkbox.setToolTip(self.tr("Enable or disable this step"))
        self.checkbox.setAccessibleName(self.tr("Step {number}, {name}, enabled").format(**step))
        self.strength, self.strength_text = self._slider(
            0, 100, self.tr("Strength of step {number}, {name}, in percent").format(**step)
        )
        self.strength.setToolTip(self.tr("How much of the correction is applied; 0 % leaves the photo unchanged"))
        self.level, self.level_text = self._slider(
            0, max(len(self._levels) - 1, 1), self.tr("Noise level of step {number}").format(**step)
        )
        self.level.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.level.setPageStep(1)
        self.level.setToolTip(self._level_tip())
        self.up = small_button(
            "up", self.tr("Move step {number} up").format(**step), self.tr("Move this step up (Alt+Up)")
        )
        self.down = small_button(
            "down",
            self.tr("Move step {number} down").format(**step),
            self.tr("Move this step down (Alt+Down)"),
        )
        self.remove = small_button(
            "close", self.tr("Remove step {number}").format(**step), self.tr("Remove this step (Delete)")
        )
        self.mask_button = QToolButton()
        self.mask_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.mask_button.setIconSize(_MASK_ICON)
        self.mask_button.setAutoRaise(True)
        self.mask_button.setCheckable(True)
        self.mask_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.mask_button.setProperty("role", "flat")
        self.mask_button.setToolTip(self.tr("Where this step applies: click to edit its mask (M)"))
        self.mask_button.setIcon(icons.icon("mask"))
        self._thumbnail_of: ReferenceType[MaskRenderer] | None = None
        self._mask_name = self.tr("Where step {number}, {name}, applies: {place}")
        self._step = step
        self._build()
        self._connect()
        let_wheel_scroll(self)

    def refresh(self, entry: StackStep, first: bool, last: bool) -> None:
        """Show ``entry``, which has the same :func:`row_key`, without emitting signals."""
        for widget in (self.checkbox, self.strength, self.level):
            widget.blockSignals(True)
        self.checkbox.setChecked(entry.enabled)
        self.strength.setValue(round(entry.strength * 100))
        self.strength.setEnabled(entry.enabled)
        self.strength_text.setText(wording.percent(entry.strength))
        if len(self._levels) > 1:
            self.level.setValue(self._levels.index(entry.degradation))
            self.level.setEnabled(entry.enabled)
            self.level_text.setText(f"σ {degradation(entry.degradation).sigma:.0f}")
        for widget in (self.checkbox, self.strength, self.level):
            widget.blockSignals(False)
        self.show_place(self.tr("Everywhere") if entry.mask is None else self.tr("Mask"))
        if entry.mask is None:
            self.forget_thumbnail(None)
        self.drag_handle.setVisible(not (first and last))
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    def show_thumbnail(self, values: np.ndarray, photo: MaskRenderer | None) -> None:
        """Show a mask, (H, W) float32 in [0, 1], that was rendered for ``photo``."""
        self.mask_button.setIcon(QIcon(thumbnail(values, _MASK_ICON)))
        self._thumbnail_of = None if photo is None else ref(photo)

    def forget_thumbnail(self, photo: MaskRenderer | None) -> None:
        """Show no mask if the one shown is not of ``photo`` but of another one, or of this one before a rotation."""
        if self._thumbnail_of is not None and (photo is None or self._thumbnail_of() is not photo):
            self.mask_button.setIcon(icons.icon("mask"))
            self._thumbnail_of = None

    def show_place(self, place: str) -> None:
        """Show where the step applies."""
        self.mask_button.setText(place)
        self.mask_button.setAccessibleName(self._mask_name.format(**self._step, place=place))

    @property
    def focus_order(self) -> list[QWidget]:
        """The widgets in the order of the Tab key."""
        return [self.checkbox, self.up, self.down, self.remove, self.strength, self.level, self.mask_button]

    def _slider(self, low: int, high: int, name: str) -> tuple[QSlider, QLabel]:
        slider = Slider(self)
        slider.setRange(low, high)
        slider.setPageStep(10)
        slider.setAccessibleName(name)
        text = QLabel(self)
        text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        text.setFixedWidth(_NUMBER_WIDTH)
        return slider, text

    def _level_tip(self) -> str:
        levels = listed(f"{degradation(key).sigma:.0f}" for key in self._levels if degradation(key).sigma)
        return self.tr("Noise level. The model supports σ {levels}; choose the nearest.").format(levels=levels)

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(0)
        top.addWidget(self.drag_handle)
        top.addWidget(self.checkbox, 1)
        for button in (self.up, self.down, self.remove):
            top.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(top)
        layout.addLayout(_labelled(self.tr("Strength"), self.strength, self.strength_text))
        if len(self._levels) > 1:
            layout.addLayout(_labelled(self.tr("Level"), self.level, self.level_text))
        else:
            self.level.hide()
            self.level_text.hide()
        where = QLabel(self.tr("Where"), indent=0)
        where.setProperty("role", "quiet")
        where.setFixedWidth(7 * GRID)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        row.addWidget(where)
        row.addWidget(self.mask_button)
        row.addStretch(1)
        layout.addLayout(row)

    def _connect(self) -> None:
        self.checkbox.toggled.connect(self.enabled_set)
        self.strength.valueChanged.connect(lambda value: self.strength_set.emit(value / 100))
        self.strength.sliderReleased.connect(self.slider_released)
        self.level.valueChanged.connect(lambda value: self.key_set.emit(self._levels[value]))
        self.up.clicked.connect(lambda: self.moved.emit(-1))
        self.down.clicked.connect(lambda: self.moved.emit(1))
        self.remove.clicked.connect(self.removed)
        self.mask_button.clicked.connect(self.mask_wanted)
        for key, button in (("Alt+Up", self.up), ("Alt+Down", self.down), ("Del", self.remove)):
            shortcut = QShortcut(QKeySequence(key), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(button.click)


def _labelled(label: str, slider: QSlider, text: QLabel) -> QHBoxLayout:
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


class StepsPanel(QWidget):
    """Shows and edits the steps of the current photo.

    Attributes:
        rows: one row for each step, in their order.
        drop_line: shows where a dragged row would be inserted.
        mask_wanted: emitted with the index of the step whose mask is to be edited.
    """

    mask_wanted = Signal(int)

    def __init__(self, session: Session, masks: RenderedMasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._masks = masks
        self._edited_mask: int | None = None
        masks.rendered.connect(lambda document, mask: self._show_thumbnails())
        self.rows: list[StepRow] = []
        self.hint = quiet()
        self.add = QToolButton()
        self.add.setText(self.tr("Add step"))
        self.add.setIcon(icons.icon("add"))
        self.add.setAutoRaise(True)
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setToolTip(self.tr("Add a step"))
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
        self.header = QHBoxLayout()
        self.header.setSpacing(GRID)
        self.header.addWidget(heading(self.tr("Steps")), 1)
        layout.addLayout(self.header)
        layout.addWidget(self.hint)
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID // 2)
        layout.addLayout(self._list)
        self.footer = QHBoxLayout()
        self.footer.setSpacing(GRID)
        self.footer.addWidget(self.add)
        self.footer.addStretch(1)
        layout.addLayout(self.footer)
        self.drop_line = DropLine(self)
        self._drop_index: int | None = None  # where the dragged row would be inserted
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    @property
    def focus_order(self) -> list[QWidget]:
        """The widgets in the order of the Tab key."""
        return [widget for row in self.rows for widget in row.focus_order] + [self.add]

    def _fill_menu(self) -> None:
        self._menu.clear()
        supported = self._session.supported_degradations
        for entry in DEGRADATIONS:
            action = self._menu.addAction(names.label(entry.key))
            action.setData(entry.key)
            action.setToolTip(self.tr("Prompt: “{prompt}”").format(prompt=entry.prompt))
            if supported is not None and entry.key not in supported:
                action.setEnabled(False)
                action.setToolTip(self.tr("The current model does not support this prompt"))
            action.triggered.connect(lambda _=False, key=entry.key: self._session.editor.add(key))
        self._menu.addSeparator()
        custom = self._menu.addAction(self.tr("Custom prompt…"))
        custom.setData(FREE_TEXT)
        reason = self._session.why_no_text
        custom.setEnabled(reason == "")
        custom.setToolTip(
            self.tr("Reading the model… try again in a moment.")
            if reason is None
            else translated_message(reason) or self.tr("Describe the problem in your own words")
        )
        custom.triggered.connect(self._ask_prompt)

    def _show_menu(self) -> None:
        self._session.load_model_info()
        self._fill_menu()

    def _ask_prompt(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Custom prompt"))
        dialog.setLabelText(
            self.tr("Describe the problem. The model was trained with a few prompts only, so results vary.")
        )
        dialog.textValueSelected.connect(self._add_prompt)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add_prompt(self, text: str) -> None:
        try:
            self._session.editor.add(text_key(text))
        except RestorationError as error:
            self._session.show_notice(notice_from_error(error, self.tr("adding a prompt")))

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.STEPS | Change.PHOTO | Change.DETECTION):
            return
        document = self._session.current
        stack = document.edit.stack if document else ()
        if [row.key for row in self.rows] != [row_key(entry) for entry in stack]:
            self._rebuild()
        for index, (row, entry) in enumerate(zip(self.rows, stack, strict=True)):
            row.refresh(entry, index == 0, index == len(stack) - 1)
        self._show_thumbnails()
        self.show_edited_mask(self._edited_mask)
        self.add.setEnabled(document is not None)
        self.hint.setVisible(not stack)
        self.hint.setText(
            self.tr("No steps. Tick a problem above, or add a step.") if document else self.tr("No photo.")
        )

    def show_edited_mask(self, index: int | None) -> None:
        """Mark the step whose mask is being edited."""
        self._edited_mask = index
        for number, row in enumerate(self.rows):
            row.mask_button.setChecked(number == index)

    def _show_thumbnails(self) -> None:
        document = self._session.current
        for row, entry in zip(self.rows, document.edit.stack if document else (), strict=False):
            if document is None or entry.mask is None:
                continue
            if document.photo is not None and not document.has_its_geometry:
                continue  # being rotated or cropped: the previous photo is shown, and its mask
            rendering = self._masks.find_any(document, entry.mask)
            if rendering is None or not rendering.exact:
                self._masks.request(document, entry.mask)
            if rendering is None:
                row.forget_thumbnail(renderer_of(document))
            else:
                row.show_thumbnail(rendering.values, renderer_of(document))
                problem = self._problem(rendering) if rendering.exact else ""
                if problem:
                    row.show_place(problem)

    def _problem(self, rendering: Rendering) -> str:
        """Why a mask does not do what it seems to, for the button of its step; empty if it does."""
        if rendering.lacks_sky:
            return self.tr("Mask: no sky found")
        return self.tr("Mask: empty") if rendering.extent.is_empty else ""

    def _rebuild(self) -> None:
        focused = QApplication.focusWidget()
        self._drop_index = None
        self.drop_line.hide()
        focused_index = next((n for n, row in enumerate(self.rows) if focused and row.isAncestorOf(focused)), None)
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        document = self._session.current
        self.rows = [self._row(n, entry) for n, entry in enumerate(document.edit.stack if document else ())]
        for row in self.rows:
            self._list.addWidget(row)
            row.show()  # a hidden row cannot receive the focus
        if focused_index is not None:  # keep the focus at the same place
            target = self.rows[min(focused_index, len(self.rows) - 1)].checkbox if self.rows else self.add
            target.setFocus()

    def _row(self, index: int, entry: StackStep) -> StepRow:
        row = StepRow(index, entry)
        edit = self._session.editor
        row.enabled_set.connect(lambda on: edit.enable(index, on))
        row.strength_set.connect(lambda strength: edit.set_strength(index, strength))
        row.key_set.connect(lambda key: edit.set_degradation(index, key))
        row.slider_released.connect(edit.finish_drag)
        row.moved.connect(lambda by: self._move(index, by))
        row.removed.connect(lambda: edit.remove(index))
        row.mask_wanted.connect(lambda: self.mask_wanted.emit(index))
        row.drag_handle.dragged.connect(lambda position: self._drag(index, position))
        row.drag_handle.dropped.connect(lambda: self._drop(index))
        return row

    def _move(self, index: int, by: int) -> None:
        self._session.editor.move(index, index + by)
        if 0 <= index + by < len(self.rows):
            self.rows[index + by].checkbox.setFocus()

    def _drag(self, index: int, position: QPoint) -> None:
        target = insertion_index(self.rows, self.mapFromGlobal(position).y())
        self._drop_index = None if target in (index, index + 1) else target  # None: the row would not move
        self.drop_line.setVisible(self._drop_index is not None)
        if self._drop_index is not None:
            self.drop_line.show_at(self.rows, self._drop_index)

    def _drop(self, index: int) -> None:
        target, self._drop_index = self._drop_index, None
        self.drop_line.hide()
        if target is not None:
            self._session.editor.move(index, target - (target > index))
