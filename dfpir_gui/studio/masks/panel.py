"""The panel with which the mask of a step is edited."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import MaskError
from core.masks import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    Picture,
    RadialGradient,
    Shape,
    Sky,
)
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.masks.editor import LARGEST_BRUSH, SMALLEST_BRUSH, BrushSettings, MaskEditor
from dfpir_gui.studio.masks.overlay import Rendering
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import heading, quiet, small_button
from dfpir_gui.widgets.slider import Slider
from dfpir_gui.widgets.wheel import let_wheel_scroll

Unit = tuple[float, float]
"""The photo's width and height, as shares of the longer side."""

_NAMES: dict[type, str] = {
    Brush: tr("Brush"),
    LinearGradient: tr("Linear gradient"),
    RadialGradient: tr("Radial gradient"),
    LuminanceRange: tr("Lightness range"),
    ColourRange: tr("Colour range"),
    Sky: tr("Sky"),
    Picture: tr("Picture"),
}

_ICONS: dict[type, str] = {
    Brush: "brush",
    LinearGradient: "linear",
    RadialGradient: "radial",
    LuminanceRange: "lightness",
    ColourRange: "colour-range",
    Sky: "sky",
    Picture: "photo",
}

_MODES = {Mode.ADD: tr("Add"), Mode.SUBTRACT: tr("Subtract"), Mode.INTERSECT: tr("Intersect")}
_SIGNS = {Mode.ADD: "+", Mode.SUBTRACT: "−", Mode.INTERSECT: "∩"}

_LABEL_WIDTH = 9 * GRID
_NUMBER_WIDTH = 5 * GRID
_MAX_ROWS_SHOWN = 5
_MAX_FEATHER = 0.1


class MaskActions(Protocol):
    """The actions for which the panel has buttons."""

    mask_brush: QAction
    mask_linear: QAction
    mask_radial: QAction
    mask_luminance: QAction
    mask_colour: QAction
    mask_sky: QAction
    mask_all_but_sky: QAction
    mask_picture: QAction


@dataclass(frozen=True)
class Parameter:
    """A number of a component, from 0 to 1 on its slider.

    Attributes:
        label: marked for translation.
        tip: what it does, marked for translation.
        read: the place of the slider for a shape.
        write: the shape with the number of that place.
        show: the number in words.
    """

    label: str
    tip: str
    read: Callable[[Any, Unit], float]
    write: Callable[[Any, float, Unit], Shape]
    show: Callable[[Any, Unit], str]


def _percent(value: float) -> str:
    return f"{round(value * 100)} %"


def _plain(label: str, tip: str, name: str, high: float = 1.0) -> Parameter:
    """A parameter that is an attribute of the shape, from 0 to ``high``."""
    return Parameter(
        label,
        tip,
        lambda shape, unit: getattr(shape, name) / high,
        lambda shape, place, unit: replace(shape, **{name: place * high}),
        lambda shape, unit: _percent(getattr(shape, name)) if high == 1 else f"{getattr(shape, name):.0f}",
    )


def _set_low(shape: LuminanceRange, place: float, unit: Unit) -> LuminanceRange:
    return replace(shape, low=place, high=max(shape.high, place))


def _set_high(shape: LuminanceRange, place: float, unit: Unit) -> LuminanceRange:
    return replace(shape, high=place, low=min(shape.low, place))


def _linear_parts(shape: LinearGradient, unit: Unit) -> tuple[float, float, float, float]:
    """Centre in shares of the sides, direction in degrees, and length in shares of the longer side."""
    (ax, ay), (bx, by) = shape.start, shape.end
    dx, dy = (bx - ax) * unit[0], (by - ay) * unit[1]
    return (ax + bx) / 2, (ay + by) / 2, math.degrees(math.atan2(dy, dx)), math.hypot(dx, dy)


def _linear(x: float, y: float, angle: float, length: float, unit: Unit) -> LinearGradient:
    dx = math.cos(math.radians(angle)) * length / 2 / unit[0]
    dy = math.sin(math.radians(angle)) * length / 2 / unit[1]
    return LinearGradient((x - dx, y - dy), (x + dx, y + dy))


def _linear_parameter(label: str, tip: str, index: int, low: float, high: float, unit_text: str) -> Parameter:
    def write(shape: LinearGradient, place: float, unit: Unit) -> LinearGradient:
        parts = list(_linear_parts(shape, unit))
        parts[index] = low + place * (high - low)
        return _linear(parts[0], parts[1], parts[2], max(parts[3], 0.01), unit)

    def show(shape: LinearGradient, unit: Unit) -> str:
        value = _linear_parts(shape, unit)[index]
        return f"{value:.0f}°" if unit_text == "°" else _percent(value)

    return Parameter(
        label, tip, lambda shape, unit: (_linear_parts(shape, unit)[index] - low) / (high - low), write, show
    )


def _radial_parameter(label: str, tip: str, name: str, index: int) -> Parameter:
    """A coordinate of the centre, or a radius."""
    high = 1.0 if name == "centre" else 0.8

    def write(shape: RadialGradient, place: float, unit: Unit) -> RadialGradient:
        pair = list(getattr(shape, name))
        pair[index] = max(place * high, 0.0 if name == "centre" else 0.005)
        changes: dict[str, Any] = {name: (pair[0], pair[1])}
        return replace(shape, **changes)

    return Parameter(
        label,
        tip,
        lambda shape, unit: getattr(shape, name)[index] / high,
        write,
        lambda shape, unit: _percent(getattr(shape, name)[index]),
    )


_ANGLE = Parameter(
    tr("Angle"),
    tr("Direction of the gradient"),
    lambda shape, unit: (math.remainder(shape.angle, 360) + 180) / 360,
    lambda shape, place, unit: replace(shape, angle=place * 360 - 180),
    lambda shape, unit: f"{math.remainder(shape.angle, 360):.0f}°",
)

_SOFTNESS_TIP = tr("How gradually the mask ends")

PARAMETERS: dict[type, tuple[Parameter, ...]] = {
    LinearGradient: (
        _linear_parameter(tr("Across"), tr("Horizontal position of the middle"), 0, 0.0, 1.0, "%"),
        _linear_parameter(tr("Down"), tr("Vertical position of the middle"), 1, 0.0, 1.0, "%"),
        _linear_parameter(tr("Angle"), tr("Direction of the gradient"), 2, -180.0, 180.0, "°"),
        _linear_parameter(tr("Length"), tr("Length of the transition"), 3, 0.0, 1.2, "%"),
    ),
    RadialGradient: (
        _radial_parameter(tr("Across"), tr("Horizontal position of the middle"), "centre", 0),
        _radial_parameter(tr("Down"), tr("Vertical position of the middle"), "centre", 1),
        _radial_parameter(tr("Width"), tr("Radius along the angle"), "radii", 0),
        _radial_parameter(tr("Height"), tr("Radius across the angle"), "radii", 1),
        _ANGLE,
        _plain(tr("Softness"), _SOFTNESS_TIP, "feather"),
    ),
    LuminanceRange: (
        Parameter(
            tr("From"),
            tr("The darkest lightness"),
            lambda shape, unit: shape.low,
            _set_low,
            lambda shape, unit: _percent(shape.low),
        ),
        Parameter(
            tr("To"),
            tr("The brightest lightness"),
            lambda shape, unit: shape.high,
            _set_high,
            lambda shape, unit: _percent(shape.high),
        ),
        _plain(tr("Softness"), _SOFTNESS_TIP, "softness"),
    ),
    ColourRange: (
        _plain(tr("Tolerance"), tr("How much colours may differ from the picked one"), "tolerance", 100.0),
        _plain(tr("Softness"), _SOFTNESS_TIP, "softness", 100.0),
    ),
    Sky: (_plain(tr("Sensitivity"), tr("How far the sky reaches across rougher and darker parts"), "sensitivity"),),
}
"""The parameters of each kind of shape that has some."""


class ParameterRow(QWidget):
    """A label, a slider from 0 to 1 and the number in words.

    Attributes:
        moved: emitted with the place of the slider when the user moves it.
        released: emitted when the user releases it.
    """

    moved = Signal(float)
    released = Signal()

    def __init__(self, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = QLabel(label, indent=0)
        name.setProperty("role", "quiet")
        name.setFixedWidth(_LABEL_WIDTH)
        self.slider = Slider()
        self.slider.setRange(0, 200)
        self.slider.setPageStep(20)
        self.slider.setAccessibleName(label)
        self.slider.setToolTip(tip)
        name.setBuddy(self.slider)
        self.text = QLabel(alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.text.setFixedWidth(_NUMBER_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.text)
        self.slider.valueChanged.connect(lambda value: self.moved.emit(value / 200))
        self.slider.sliderReleased.connect(self.released)

    def show_value(self, place: float, text: str) -> None:
        """Show a number without emitting signals."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(min(max(place, 0.0), 1.0) * 200))
        self.slider.blockSignals(False)
        self.text.setText(text)


class MaskPanel(QFrame):
    """Edits the mask of one step; hidden while none is edited.

    Args:
        editor: does the edits.
        actions: of the tools.
    """

    def __init__(self, editor: MaskEditor, actions: MaskActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "step")
        self._editor = editor
        self._built_for: type | None = None
        self.title = heading("")
        self.done = QPushButton(self.tr("Done"))
        self.done.setProperty("role", "link")
        self.done.setToolTip(self.tr("Stop editing the mask (Esc)"))
        self.tools = self._tool_buttons(actions)
        self.hint = quiet()
        self.all_but_sky = QPushButton(actions.mask_all_but_sky.iconText())
        self.all_but_sky.setProperty("role", "link")
        self.all_but_sky.setToolTip(actions.mask_all_but_sky.toolTip())
        self.all_but_sky.clicked.connect(actions.mask_all_but_sky.trigger)
        self.warning = QLabel(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        self._warning_icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        self._warning_icon.setPixmap(icons.pixmap("warning", theme.WARNING, 2 * GRID, self.devicePixelRatioF()))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Parts of the mask"))
        self.list.setToolTip(self.tr("Parts of the mask, combined from top to bottom"))
        self.mode = ComboBox()
        for widget in (self.mode, self.mode.view()):
            widget.setAccessibleName(self.tr("How this part is combined with those above"))
            widget.setToolTip(widget.accessibleName())
        for mode, text in _MODES.items():
            self.mode.addItem(translated(text), mode)
        self.invert_part = QCheckBox(self.tr("Invert part"))
        self.invert_part.setToolTip(self.tr("Let this part select the opposite"))
        self.remove = small_button(
            "close", self.tr("Remove this part of the mask"), self.tr("Remove this part of the mask (Delete)")
        )
        self.brush_size = ParameterRow(self.tr("Brush size"), self.tr("Diameter of the brush ([ and ])"))
        self.hardness = ParameterRow(self.tr("Hardness"), self.tr("How sharply a stroke ends"))
        self.erase = QCheckBox(self.tr("Erase"))
        self.erase.setToolTip(self.tr("Remove from the mask while painting (X)"))
        self.swatch = QLabel()
        self.swatch.setFixedSize(3 * GRID, 3 * GRID)
        self.eyedropper = QPushButton(self.tr("Pick colour"))
        self.eyedropper.setIcon(icons.icon("eyedropper"))
        self.eyedropper.setCheckable(True)
        self.eyedropper.setToolTip(self.tr("Click into the photo to choose the colour"))
        self.rows: list[ParameterRow] = []
        self.feather = ParameterRow(self.tr("Feather"), self.tr("Blur the whole mask"))
        self.invert = QCheckBox(self.tr("Invert mask"))
        self.invert.setToolTip(self.tr("Apply the step outside the mask instead (Shift+I)"))
        self.overlay = QCheckBox(self.tr("Show mask"))
        self.overlay.setToolTip(self.tr("Show the mask in red over the photo (O)"))
        self.everywhere = QPushButton(self.tr("Remove mask"))
        self.everywhere.setProperty("role", "link")
        self.everywhere.setToolTip(self.tr("Apply the step everywhere"))
        self._build()
        self._connect()
        let_wheel_scroll(self)
        editor.changed.connect(self._refresh)
        self._refresh()

    @property
    def focus_order(self) -> list[QWidget]:
        """The widgets in the order of the Tab key."""
        order: list[QWidget] = [
            self.done,
            *self.tools,
            self.all_but_sky,
            self.list,
            self.mode,
            self.invert_part,
            self.remove,
        ]
        order += [self.brush_size.slider, self.hardness.slider, self.erase, self.eyedropper]
        order += [row.slider for row in self.rows]
        return [*order, self.feather.slider, self.invert, self.overlay, self.everywhere]

    # Construction

    def _tool_buttons(self, actions: MaskActions) -> list[QToolButton]:
        buttons = []
        for action in (
            actions.mask_brush,
            actions.mask_linear,
            actions.mask_radial,
            actions.mask_luminance,
            actions.mask_colour,
            actions.mask_sky,
            actions.mask_picture,
        ):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAccessibleName(action.iconText())
            button.setAutoRaise(True)
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setProperty("role", "small")
            button.setFixedSize(4 * GRID, 4 * GRID)
            buttons.append(button)
        return buttons

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.done)
        tools = QHBoxLayout()
        tools.setSpacing(GRID // 2)
        for button in self.tools:
            tools.addWidget(button)
        tools.addStretch(1)
        warning = QHBoxLayout()
        warning.setSpacing(GRID // 2)
        warning.addWidget(self._warning_icon)
        warning.addWidget(self.warning, 1)
        part = QHBoxLayout()
        part.addWidget(self.mode)
        part.addWidget(self.invert_part, 1)
        part.addWidget(self.remove)
        colour = QHBoxLayout()
        colour.addWidget(self.swatch)
        colour.addWidget(self.eyedropper, 1)
        self._parameters = QVBoxLayout()
        self._parameters.setSpacing(GRID // 2)
        whole = QHBoxLayout()
        whole.addWidget(self.invert)
        whole.addWidget(self.overlay)
        whole.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID // 2)
        layout.addLayout(top)
        layout.addLayout(tools)
        layout.addWidget(self.hint)
        layout.addWidget(self.all_but_sky, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(warning)
        layout.addWidget(self.list)
        layout.addLayout(part)
        for widget in (self.brush_size, self.hardness, self.erase):
            layout.addWidget(widget)
        layout.addLayout(colour)
        layout.addLayout(self._parameters)
        layout.addWidget(self.feather)
        layout.addLayout(whole)
        layout.addWidget(self.everywhere, 0, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        editor = self._editor
        self.done.clicked.connect(editor.finish)
        self.list.currentRowChanged.connect(lambda row: editor.select(row) if row >= 0 else None)
        self.mode.activated.connect(lambda index: editor.set_mode(self.mode.itemData(index)))
        self.invert_part.clicked.connect(editor.invert_component)
        self.remove.clicked.connect(editor.remove)
        delete = QShortcut(QKeySequence("Del"), self.list, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(editor.remove)
        self.brush_size.moved.connect(lambda place: editor.set_brush(replace(editor.brush, size=_brush_size(place))))
        self.hardness.moved.connect(lambda place: editor.set_brush(replace(editor.brush, hardness=place)))
        self.erase.clicked.connect(lambda on: editor.set_brush(replace(editor.brush, erase=on)))
        self.eyedropper.clicked.connect(editor.pick)
        self.feather.moved.connect(lambda place: editor.set_feather(_MAX_FEATHER * place**2))
        self.feather.released.connect(editor.finish_drag)
        self.invert.clicked.connect(editor.invert)
        self.overlay.clicked.connect(editor.show_overlay)
        self.everywhere.clicked.connect(editor.clear)

    # Contents

    def _refresh(self) -> None:
        editor = self._editor
        appears = editor.editing and self.isHidden()
        self.setVisible(editor.editing)
        if not editor.editing:
            return
        mask, shape = editor.mask, editor.shape
        name = names.label(editor.step_name)
        self.title.setText(self.tr("Mask of {name}").format(name=name))
        self.setAccessibleName(self.title.text())
        self._show_hint(mask)
        self._show_warning(editor.rendering)
        parts = mask.components if mask else ()
        self._show_parts(parts)
        for part_of_mask in (self.list, self.feather, self.invert, self.overlay, self.everywhere):
            part_of_mask.setVisible(mask is not None)
        selected = parts[editor.component] if editor.component is not None and parts else None
        for part_control in (self.mode, self.invert_part, self.remove):
            part_control.setVisible(selected is not None)
        if selected is not None:
            self.mode.setCurrentIndex(list(_MODES).index(selected.mode))
            self.invert_part.setChecked(selected.inverted)
        if mask is not None:
            self.invert.setChecked(mask.inverted)
            self.feather.show_value((mask.feather / _MAX_FEATHER) ** 0.5, f"{mask.feather:.1%}".replace("%", " %"))
        self.overlay.setChecked(editor.overlay_shown)
        self._show_brush(editor.brush, editor.painting)
        self._show_colour(shape, editor.picking)
        self._show_parameters(shape)
        if appears:  # or the Delete key would remove the step whose button was pressed
            (self.tools[0] if mask is None else self.list).setFocus()

    def _show_hint(self, mask: Mask | None) -> None:
        excludes = mask is not None and mask.inverted != (mask.components[0].mode is Mode.SUBTRACT)
        self.hint.setVisible(mask is None or excludes)
        self.hint.setText(
            self.tr("The step applies everywhere. Choose a tool to limit it.")
            if mask is None
            else self.tr("The step applies everywhere except here:")
        )
        self.all_but_sky.setVisible(mask is None)

    def _show_warning(self, rendering: Rendering | None) -> None:
        """Say that the sky was not found, or that the mask is empty."""
        text = ""
        if rendering is not None and rendering.exact and rendering.lacks_sky:
            if rendering.extent.is_empty:
                text = self.tr("No sky was found, so the step changes nothing. Use a gradient or the brush instead.")
            elif rendering.extent.is_everywhere:
                text = self.tr(
                    "No sky was found, so the step applies everywhere. Use a gradient or the brush to keep the sky out."
                )
            else:
                text = self.tr("No sky was found: the mask is without one. Use a gradient or the brush instead.")
        elif rendering is not None and rendering.exact and rendering.extent.is_empty:
            text = self.tr("The mask is empty: the step changes nothing.")
        if text or not self.warning.isHidden():
            self.warning.setText(text)
        for widget in (self.warning, self._warning_icon):
            widget.setVisible(bool(text))

    def _show_parts(self, parts: tuple[Component, ...]) -> None:
        texts = [_part_text(index, part) for index, part in enumerate(parts)]
        self.list.blockSignals(True)
        if texts != [self.list.item(row).text() for row in range(self.list.count())]:
            self.list.clear()
            self.list.addItems(texts)
            for row, part in enumerate(parts):
                self.list.item(row).setIcon(icons.icon(_ICONS[type(part.shape)]))
            height = self.list.sizeHintForRow(0) if texts else 3 * GRID
            self.list.setFixedHeight(min(max(len(texts), 1), _MAX_ROWS_SHOWN) * height + GRID)
        self.list.setCurrentRow(-1 if self._editor.component is None else self._editor.component)
        self.list.blockSignals(False)

    def _show_brush(self, brush: BrushSettings, shown: bool) -> None:
        for widget in (self.brush_size, self.hardness, self.erase):
            widget.setVisible(shown)
        self.brush_size.show_value(_brush_place(brush.size), f"{brush.size:.1%}".replace("%", " %"))
        self.hardness.show_value(brush.hardness, _percent(brush.hardness))
        self.erase.setChecked(brush.erase)

    def _show_colour(self, shape: Shape | None, picking: bool) -> None:
        shown = isinstance(shape, ColourRange)
        self.swatch.setVisible(shown)
        self.eyedropper.setVisible(shown)
        self.eyedropper.setChecked(picking)
        if isinstance(shape, ColourRange):
            pixmap = QPixmap(self.swatch.size())
            pixmap.fill(QColor.fromRgbF(*shape.colour))
            self.swatch.setPixmap(pixmap)
            red, green, blue = (round(channel * 255) for channel in shape.colour)
            text = self.tr("Picked colour: {red}, {green}, {blue}").format(red=red, green=green, blue=blue)
            self.swatch.setAccessibleName(text)
            self.swatch.setToolTip(text)

    def _show_parameters(self, shape: Shape | None) -> None:
        kind = type(shape) if shape is not None else None
        parameters = PARAMETERS.get(kind, ()) if kind is not None else ()
        if kind is not self._built_for:
            self._built_for = kind
            for row in self.rows:
                self._parameters.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [self._parameter_row(number, parameter) for number, parameter in enumerate(parameters)]
            let_wheel_scroll(self)
        for row, parameter in zip(self.rows, parameters, strict=True):
            row.show_value(parameter.read(shape, self._unit), parameter.show(shape, self._unit))

    def _parameter_row(self, number: int, parameter: Parameter) -> ParameterRow:
        row = ParameterRow(translated(parameter.label), translated(parameter.tip))

        def move(place: float) -> None:
            shape = self._editor.shape
            if shape is None:
                return
            try:
                changed = parameter.write(shape, place, self._unit)
            except MaskError:  # such as a gradient of no length
                return
            self._editor.set_shape(changed, merge=number)

        row.moved.connect(move)
        row.released.connect(self._editor.finish_drag)
        self._parameters.addWidget(row)
        row.show()
        return row

    @property
    def _unit(self) -> Unit:
        width, height = self._editor.photo_size
        return width / max(width, height), height / max(width, height)


def _brush_size(place: float) -> float:
    return SMALLEST_BRUSH * math.exp(place * math.log(LARGEST_BRUSH / SMALLEST_BRUSH))


def _brush_place(size: float) -> float:
    return math.log(size / SMALLEST_BRUSH) / math.log(LARGEST_BRUSH / SMALLEST_BRUSH)


def _part_text(index: int, part: Component) -> str:
    name = translated(_NAMES[type(part.shape)])
    if isinstance(part.shape, Brush):
        name = translate("Masks", "{name}, strokes: {count}").format(name=name, count=len(part.shape.strokes))
    if part.inverted:
        name = translate("Masks", "{name}, inverted").format(name=name)
    return name if index == 0 and part.mode is Mode.ADD else f"{_SIGNS[part.mode]} {name}"
