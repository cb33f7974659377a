"""Plots in the style of the window, by pyqtgraph."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from matplotlib import colormaps
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from core.inspection.labels import prompt_label
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.settings import theme

_UNLIMITED = 16_777_215  # Qt's QWIDGETSIZE_MAX

SMALL = 8
"""Font size in plots, in points."""

_BAR, _WIDEST_NUMBER = theme.GRID, "-0.0000"
"""Width in logical pixels of a colour bar, and the number that all bars have space for, so that all are as wide."""

_MATRIX_LEFT, _MATRIX_BOTTOM = 5 * theme.GRID, 5 * theme.GRID
"""Width and height in logical pixels of the axes of a matrix: the same for all, so that the pictures have one size."""

_MAX_TICKS = 4
"""Numbers along an axis of a matrix; more would run together in narrow windows."""

NAMES = 7 * theme.GRID
"""Smallest width in logical pixels for the names of prompts."""

Part = tuple[float, float, float, float]
"""x, y, width and height in pixels of the photo."""


class Plots(pg.GraphicsLayoutWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A grid of plots. The wheel scrolls the panel, unless the plots can be zoomed.

    Attributes:
        zoomable: whether wheel and mouse zoom and move the plots.
        scrolled: whether the plots are in a scroll area; then the wheel zooms only with the Ctrl key.
    """

    def __init__(self, parent: QWidget | None = None, *, zoomable: bool = False, scrolled: bool = True) -> None:
        super().__init__(parent)
        self.zoomable, self.scrolled = zoomable, scrolled
        self.setBackground(None)
        self.setFrameShape(self.Shape.NoFrame)
        self.setStyleSheet("background: transparent; border: none;")
        self.ci.layout.setSpacing(theme.GRID)
        # Space for the last numbers of the axes.
        self.ci.layout.setContentsMargins(0, theme.GRID, theme.GRID, theme.GRID)
        self._columns = 0

    def share_width(self, columns: int) -> None:
        """Give ``columns`` columns the same width, whatever is in them; 0 leaves the widths to their contents."""
        layout = self.ci.layout
        for column in range(max(columns, self._columns, layout.columnCount())):
            layout.setColumnMinimumWidth(column, 0)
            layout.setColumnMaximumWidth(column, _UNLIMITED)
        self._columns = columns
        self._set_widths()

    def _set_widths(self) -> None:
        if not self._columns:
            return
        layout = self.ci.layout
        left, _, right, _ = layout.getContentsMargins()
        free = self.viewport().width() - left - right - (self._columns - 1) * layout.horizontalSpacing()
        for column in range(self._columns):
            layout.setColumnFixedWidth(column, max(free // self._columns, 1))

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        if hasattr(self, "_columns"):  # pyqtgraph calls this while it constructs the widget
            self._set_widths()

    def set_accessible_texts(self, name: str, description: str = "") -> None:
        """Set name and description of the plots for screen readers."""
        for widget in (self, self.viewport()):
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(description)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt's
        if self.zoomable and (not self.scrolled or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            super().wheelEvent(event)
        else:
            event.ignore()

    def plot_at(self, row: int, column: int, title: str = "") -> pg.PlotItem:
        """Add a plot in the colours of the window, with the y axis pointing down."""
        plot = self.addPlot(row, column, enableMenu=False)  # its menus take longer to make than all the rest
        plot.hideButtons()
        plot.setMouseEnabled(self.zoomable, self.zoomable)
        plot.invertY(True)
        plot.setDefaultPadding(0)
        if title:
            plot.titleLabel.updateMin = lambda: None  # a long title must not make its plot wider than the others
            plot.setTitle(title, color=theme.TEXT, size=f"{SMALL + 1}pt")
        for side in ("left", "bottom"):
            style_axis(plot.getAxis(side))
        return plot

    def name_axes(self, plot: pg.PlotItem, left: str, bottom: str) -> None:
        """Name both axes of a plot."""
        for side, text in (("left", left), ("bottom", bottom)):
            plot.setLabel(side, text, color=theme.QUIET_TEXT, **{"font-size": f"{SMALL}pt"})

    def picture_at(self, row: int, column: int, title: str, values: NDArray[Any], **options: Any) -> pg.PlotItem:
        """Add a plot with one picture, square pixels and no axes; ``options`` as for :func:`picture`."""
        plot = self.plot_at(row, column, title)
        plot.hideAxis("left")
        plot.hideAxis("bottom")
        plot.setAspectLocked(True)
        plot.addItem(picture(values, **options))
        return plot

    def matrix_at(
        self,
        row: int,
        column: int,
        title: str,
        values: NDArray[Any],
        colours: str,
        levels: tuple[float, float],
        axes: tuple[str, str] | None = None,
    ) -> pg.PlotItem:
        """Add a plot with a matrix and its colour bar.

        Args:
            row: of the grid.
            column: of the grid.
            title: of the plot.
            values: (h, w) numbers.
            colours: name of a colour map of matplotlib.
            levels: values at the ends of the colour map.
            axes: names of the left and the bottom axis, if they need any.
        """
        plot = self.plot_at(row, column, title)
        item = picture(values, colours=colours, levels=levels)
        plot.addItem(item)
        plot.getAxis("left").setWidth(_MATRIX_LEFT)
        if axes is not None:
            self.name_axes(plot, *axes)
            plot.getAxis("bottom").setHeight(_MATRIX_BOTTOM)
            for side, count in (("left", values.shape[0]), ("bottom", values.shape[1])):
                axis = plot.getAxis(side)
                axis.setTicks([[(place, str(place)) for place in sparse_ticks(count)]])
                axis.setStyle(hideOverlappingLabels=False)
        add_colour_bar(plot, item, colours, levels)
        return plot


def sparse_ticks(count: int) -> range:
    """Places of at most :data:`_MAX_TICKS` numbers along an axis of ``count`` cells: multiples of 1, 2 or 5 × 10ⁿ."""
    steps = (factor * 10**power for power in range(9) for factor in (1, 2, 5))
    return range(0, count, next(step for step in steps if -(-count // step) <= _MAX_TICKS))


def part_in_sight(box: pg.ViewBox) -> Part:
    """Return the visible part of a view in pixels of the photo."""
    (left, right), (top, bottom) = box.viewRange()
    return left, top, right - left, bottom - top


def show_in(box: pg.ViewBox, part: Part) -> None:
    """Show a part of the photo in a view; more of it if the view has another aspect ratio."""
    x, y, width, height = part
    box.setRange(xRange=(x, x + width), yRange=(y, y + height), padding=0)


def covers(part: Part, other: Part) -> bool:
    """Whether ``part`` contains ``other``."""
    return overlap(part, other) == other


def overlap(part: Part, other: Part) -> Part | None:
    """Return the intersection of two parts, or None."""
    left, top = max(part[0], other[0]), max(part[1], other[1])
    right = min(part[0] + part[2], other[0] + other[2])
    bottom = min(part[1] + part[3], other[1] + other[3])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def picture(
    values: NDArray[Any],
    *,
    colours: str | None = None,
    levels: tuple[float, float] | None = None,
    rect: tuple[float, float, float, float] | None = None,
) -> pg.ImageItem:
    """Make a picture of an array.

    Args:
        values: (h, w) numbers, or (h, w, 3) float in [0, 1].
        colours: name of a colour map of matplotlib, for (h, w).
        levels: values at the ends of the colour map.
        rect: x, y, width and height of the picture; by default one unit per pixel, pixel 0 centred at 0.
    """
    if values.ndim == 3:
        pixels = (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        item = pg.ImageItem(pixels, axisOrder="row-major", levels=(0, 255))  # fixed levels: no contrast stretch
    else:
        item = pg.ImageItem(np.asarray(values, np.float32), axisOrder="row-major", levels=levels)
        item.setLookupTable(lookup(colours or "viridis"))
    item.setRect(QRectF(*(rect or (-0.5, -0.5, values.shape[1], values.shape[0]))))
    return item


def add_colour_bar(plot: pg.PlotItem, item: pg.ImageItem, colours: str, levels: tuple[float, float]) -> None:
    """Add a colour bar with numbers at the right of a plot with one picture, whose colours and levels it shows.

    Args:
        plot: holds the picture.
        item: the picture, of :func:`picture`.
        colours: name of its colour map of matplotlib.
        levels: values at the ends of the colour map.
    """
    low, high = levels if levels[1] > levels[0] else (levels[0], levels[0] + 1.0)
    bar = pg.ColorBarItem(
        values=(low, high), colorMap=pg.ColorMap(None, lookup(colours)), interactive=False, width=_BAR, pen=theme.EDGE
    )
    bar.setImageItem(item, insert_in=plot)
    axis = bar.getAxis("right")
    style_axis(axis)
    axis.setStyle(tickLength=2, tickTextOffset=2, maxTickLevel=0, hideOverlappingLabels=False)
    # The numbers at both ends and in the middle: others would need a width that changes with them.
    margin = 0.04 * (high - low)  # a number at the very end would be cut off
    ends = ((low + margin, low), ((low + high) / 2, (low + high) / 2), (high - margin, high))
    numbers = [(place, _short_number(value)) for place, value in ends]
    axis.setTicks([numbers])
    # pyqtgraph leaves out numbers that do not fit.
    width = _text_width([_WIDEST_NUMBER, *(number for _, number in numbers)]) + theme.GRID
    axis.setWidth(width)
    for set_width in (bar.setMinimumWidth, bar.setMaximumWidth):  # otherwise a long title takes it from the bar
        set_width(_BAR + width + 2)


def style_axis(axis: pg.AxisItem) -> None:
    """Give an axis the colours and the small font of the window."""
    font = QFont()
    font.setPointSize(SMALL)
    axis.setPen(theme.QUIET_TEXT)
    axis.setTextPen(theme.QUIET_TEXT)
    axis.setTickFont(font)


def lookup(colours: str) -> NDArray[np.uint8]:
    """Return the colours of a colour map of matplotlib, (256, 3)."""
    colours_8_bit: NDArray[np.uint8] = (colormaps[colours](np.linspace(0, 1, 256))[:, :3] * 255 + 0.5).astype(np.uint8)
    return colours_8_bit


def write_numbers(
    plot: pg.PlotItem, values: NDArray[np.float64], form: str, limit: float, *, dark_is_high: bool = True
) -> None:
    """Write the values into the cells of a matrix, in white where they are dark: beyond ``limit``, or below it."""
    for row, column in np.ndindex(*values.shape):
        is_dark = abs(values[row, column]) > limit if dark_is_high else values[row, column] < limit
        colour = "#FFFFFF" if is_dark else "#202020"
        text = pg.TextItem(format(values[row, column], form), color=QColor(colour), anchor=(0.5, 0.5))
        font = QFont()
        font.setPointSize(SMALL - 1)
        text.setFont(font)
        text.setPos(column, row)
        plot.addItem(text)


def name_cells(plot: pg.PlotItem, prompts: Sequence[str]) -> None:
    """Label rows and columns of a matrix with prompts, given by their keys."""
    name_rows(plot, list(map(prompt_name, prompts)))
    axis = plot.getAxis("bottom")
    axis.setTicks([list(enumerate(map(_short_name, prompts)))])
    axis.setStyle(hideOverlappingLabels=False)


def name_rows(plot: pg.PlotItem, names: Sequence[str]) -> None:
    """Label all rows of a matrix; the axis is as wide as the longest name needs."""
    axis = plot.getAxis("left")
    axis.setTicks([list(enumerate(names))])
    axis.setStyle(hideOverlappingLabels=False)
    axis.setWidth(max(_text_width(names) + 2 * theme.GRID, NAMES))


def _text_width(texts: Sequence[str]) -> int:
    """Width of the longest text in plots, in logical pixels."""
    font = QFont()
    font.setPointSize(SMALL)
    return max(map(QFontMetrics(font).horizontalAdvance, texts), default=0)


def _short_number(value: float) -> str:
    """Three digits, as short as possible: ``"24.4"``, ``"1.2e3"``."""
    text = f"{value:.3g}"
    return text.replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def prompt_name(prompt: str) -> str:
    """Name of a prompt in charts, in the language of the window."""
    return translated_message(prompt_label(prompt))


def _short_name(prompt: str) -> str:
    """The shortest name of a prompt, for narrow columns."""
    if prompt.startswith("noise"):
        return prompt.replace("noise", "σ")
    return translated(_SHORT[prompt]) if prompt in _SHORT else prompt


_SHORT = {"rain": tr("rain"), "haze": tr("haze"), "blur": tr("blur"), "low-light": tr("dark")}
"""Key of a prompt -> its name in columns that are wide enough for four letters."""
