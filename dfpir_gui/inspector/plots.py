"""Plots in the style of the window, by pyqtgraph."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyqtgraph as pg
from matplotlib import colormaps
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsGridLayout, QSizePolicy, QWidget

from core.inspection.charts import number_text
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

_LOWEST_MATRIX, _HIGHEST_MATRIX = 232, 400
_LOWEST_PICTURE, _HIGHEST_PICTURE = 96, 400
"""Limits of the heights of rows of matrices, and of pictures without their titles, in logical pixels."""

_MAX_TICKS = 4
"""Numbers along an axis of a matrix; more would run together in narrow windows."""

NAMES = 7 * theme.GRID
"""Smallest width in logical pixels for the names of prompts."""

Part = tuple[float, float, float, float]
"""x, y, width and height in pixels of the photo."""


def matrix_height(width: int) -> int:
    """Height of a row of matrices in columns of ``width`` logical pixels: square cells, within limits."""
    return min(max(width - _MATRIX_LEFT - bar_width() + _TITLE + _MATRIX_BOTTOM, _LOWEST_MATRIX), _HIGHEST_MATRIX)


def picture_height(width: int, aspect: float, *, bar: bool = False) -> int:
    """Height of a row of pictures in columns of ``width`` logical pixels.

    Args:
        width: of a column.
        aspect: height of the pictures by their width.
        bar: whether they have colour bars.
    """
    height = round((width - (bar_width() if bar else 0)) * aspect)
    return min(max(height, _LOWEST_PICTURE), _HIGHEST_PICTURE) + _TITLE


def bar_width() -> int:
    """Width of a colour bar with its numbers and the space before it, in logical pixels."""
    return _BAR + 2 * theme.GRID + _text_width([_WIDEST_NUMBER])


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
        self._columns = self._rows = 0
        self._height_of_row: Callable[[int], int] = matrix_height

    def share_width(self, columns: int, rows: int = 0, height_of_row: Callable[[int], int] | None = None) -> None:
        """Give ``columns`` columns the same width, whatever is in them; 0 leaves the widths to their contents.

        Args:
            columns: number of columns.
            rows: number of rows, all as high as ``height_of_row`` says; 0 leaves the height of the plots as it is.
            height_of_row: width of a column -> height of a row, in logical pixels; by default :func:`matrix_height`.
        """
        layout = self.ci.layout
        self._rows, self._height_of_row = rows, height_of_row or matrix_height
        for column in range(max(columns, self._columns, layout.columnCount())):
            layout.setColumnMinimumWidth(column, 0)
            layout.setColumnMaximumWidth(column, _UNLIMITED)
        self._columns = columns
        if rows:
            # A fixed height that changed with every width would be set while the plots are being resized.
            self.setMinimumHeight(0)
            self.setMaximumHeight(_UNLIMITED)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self._set_widths()
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:  # noqa: D102 - Qt's
        if not self._rows or not self._columns:
            height: int = super().heightForWidth(width)
            return height
        _, top, _, bottom = self.ci.layout.getContentsMargins()
        gaps = (self._rows - 1) * self.ci.layout.verticalSpacing()
        return round(self._rows * self._height_of_row(self._width_of_column(width)) + float(gaps + top + bottom))

    def _width_of_column(self, width: int) -> int:
        layout = self.ci.layout
        left, _, right, _ = layout.getContentsMargins()
        free = width - left - right - (self._columns - 1) * layout.horizontalSpacing()
        return int(max(free // self._columns, 1))

    def _set_widths(self) -> None:
        if not self._columns:
            return
        for column in range(self._columns):
            self.ci.layout.setColumnFixedWidth(column, self._width_of_column(self.viewport().width()))

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

    def plot_at(self, row: int, column: int, title: str = "", sides: Sequence[str] = ("left", "bottom")) -> "Plot":
        """Add a plot with axes at ``sides``."""
        plot = Plot(title, sides)
        plot.view.setMouseEnabled(self.zoomable, self.zoomable)
        self.addItem(plot, row, column)
        return plot

    def picture_at(self, row: int, column: int, title: str, values: NDArray[Any], **options: Any) -> "Plot":
        """Add a plot with one picture, square pixels and no axes; ``options`` as for :func:`picture`."""
        plot = self.plot_at(row, column, title, sides=())
        plot.view.setAspectLocked(True)
        plot.add(picture(values, **options))
        return plot

    def tile_at(
        self, row: int, column: int, title: str, values: NDArray[Any], colours: str, levels: tuple[float, float]
    ) -> None:
        """Add a picture of (h, w) numbers that cannot be zoomed; ``colours`` and ``levels`` as for :func:`picture`."""
        self.addItem(Tile(title, values, colours, levels), row, column)

    def matrix_at(
        self,
        row: int,
        column: int,
        title: str,
        values: NDArray[Any],
        colours: str,
        levels: tuple[float, float],
        axes: tuple[str, str] | None = None,
        steps: int = 0,
        *,
        compact: bool = False,
    ) -> "Plot":
        """Add a plot with a matrix and its colour bar.

        Args:
            row: of the grid.
            column: of the grid.
            title: of the plot.
            values: (h, w) numbers.
            colours: name of a colour map of matplotlib.
            levels: values at the ends of the colour map.
            axes: names of the left and the bottom axis, if they need any.
            steps: as for :class:`ColourBar`.
            compact: as for :class:`ColourBar`.
        """
        plot = self.plot_at(row, column, title)
        item = picture(values, colours=colours, levels=levels)
        plot.add(item)
        plot.axes["left"].setWidth(_MATRIX_LEFT)
        if axes is not None:
            plot.axes["bottom"].setHeight(_MATRIX_BOTTOM)
            for side, name, count in zip(("left", "bottom"), axes, values.shape, strict=True):
                plot.name_axis(side, name, font_size=SMALL)
                axis = plot.axes[side]
                axis.setTicks([[(place, str(place)) for place in sparse_ticks(count)]])
                axis.setStyle(hideOverlappingLabels=False)
        plot.add_colour_bar(colours, levels, steps, compact=compact)
        return plot


class Plot(pg.GraphicsWidget):  # type: ignore[misc]
    """One plot in the colours of the window, with the y axis pointing down.

    pyqtgraph's ``PlotItem`` makes fifty controls for the menu of every plot, even without a menu. They take several
    times as long as all the rest, which the user would notice.

    Attributes:
        view: the part with the contents, whose range can be changed.
        axes: the axes by their sides, ``"left"`` and ``"bottom"``.
        title: above the contents.
        colour_bar: right of the contents, or None.
        contents: what was added, in this order.
    """

    def __init__(self, title: str = "", sides: Sequence[str] = ("left", "bottom")) -> None:
        super().__init__()
        self.title = title
        self.colour_bar: ColourBar | None = None
        self.contents: list[pg.GraphicsObject] = []
        self._cells = QGraphicsGridLayout(self)
        self._cells.setContentsMargins(1, 1, 1, 1)
        self._cells.setSpacing(0)
        self.view = pg.ViewBox(parent=self, enableMenu=False, invertY=True, defaultPadding=0)
        self._cells.addItem(self.view, 1, 1)
        self._cells.setRowStretchFactor(1, 1)
        self._cells.setColumnStretchFactor(1, 1)
        self.axes = {side: self._axis(side) for side in sides}
        if title:
            label = pg.LabelItem(parent=self)
            label.updateMin = lambda: None  # a long title must not make its plot wider than the others
            label.setText(title, color=theme.TEXT, size=f"{SMALL + 1}pt")
            self._cells.addItem(label, 0, 1)
            self._cells.setRowFixedHeight(0, _TITLE)

    def _axis(self, side: str) -> pg.AxisItem:
        axis = pg.AxisItem(side, parent=self)
        axis.linkToView(self.view)
        axis.setZValue(0.5)  # above the contents
        axis.setPen(theme.QUIET_TEXT)
        axis.setTextPen(theme.QUIET_TEXT)
        axis.setTickFont(small_font())
        axis.setStyle(tickLength=_TICK)  # outwards: by default they are drawn over the contents
        self._cells.addItem(axis, *_PLACES[side])
        return axis

    def add(self, item: pg.GraphicsObject, *, ignore_bounds: bool = False) -> None:
        """Add contents; with ``ignore_bounds`` they do not determine the range that is shown."""
        self.contents.append(item)
        self.view.addItem(item, ignoreBounds=ignore_bounds)

    def add_colour_bar(
        self, colours: str, levels: tuple[float, float], steps: int = 0, *, compact: bool = False
    ) -> None:
        """Add a colour bar with numbers at the right.

        Args:
            colours: name of a colour map of matplotlib.
            levels: values at the ends of the colour map.
            steps: as for :class:`ColourBar`.
            compact: as for :class:`ColourBar`.
        """
        self.colour_bar = ColourBar(colours, levels, steps, compact=compact)
        self._cells.addItem(self.colour_bar, 1, 3)
        self._cells.setColumnSpacing(2, theme.GRID)

    def name_axis(self, side: str, text: str, *, font_size: int | None = None) -> None:
        """Name an axis, in a font of ``font_size`` points."""
        style = {} if font_size is None else {"font-size": f"{font_size}pt"}
        self.axes[side].setLabel(text, color=theme.QUIET_TEXT, **style)


_PLACES = {"left": (1, 0), "bottom": (2, 1)}
_TITLE = 30
"""Height of the title of a plot in logical pixels."""

_TICK = 3
"""Length of a tick in logical pixels."""


class Tile(pg.GraphicsWidget):  # type: ignore[misc]
    """A picture with a title and square pixels, without axes or zoom: a plot for each of many takes too long to make.

    Attributes:
        title: above the picture, shortened where it does not fit.
        pixels: (h, w, 3) uint8.
    """

    def __init__(self, title: str, values: NDArray[Any], colours: str, levels: tuple[float, float]) -> None:
        super().__init__()
        low, high = levels
        places = (values - low) * (255 / (high - low)) if high > low else np.zeros_like(values)
        self.title = title
        self.pixels = np.ascontiguousarray(lookup(colours)[np.rint(places.clip(0, 255)).astype(np.uint8)])
        height, width = values.shape
        self._image = QImage(self.pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)

    def paint(self, painter: QPainter, *_: object) -> None:  # noqa: D102 - Qt's
        size, font = self.size(), small_font(SMALL + 1)
        metrics = QFontMetrics(font)
        title = metrics.elidedText(self.title, Qt.TextElideMode.ElideRight, int(size.width()))
        top = metrics.height() + theme.GRID / 2
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(
            QRectF(0, 0, size.width(), top), Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, title
        )
        height, width = self.pixels.shape[:2]
        scale = min(size.width() / width, max(size.height() - top, 1) / height)
        left = (size.width() - scale * width) / 2
        painter.drawImage(QRectF(left, top, scale * width, scale * height), self._image)


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
        values: (h, w) numbers, or (h, w, 3) uint8, or (h, w, 3) float in [0, 1].
        colours: name of a colour map of matplotlib, for (h, w).
        levels: values at the ends of the colour map.
        rect: x, y, width and height of the picture; by default one unit per pixel, pixel 0 centred at 0.
    """
    if values.ndim == 3:
        pixels = values if values.dtype == np.uint8 else (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        item = pg.ImageItem(pixels, axisOrder="row-major", levels=(0, 255))  # fixed levels: no contrast stretch
    else:
        item = pg.ImageItem(np.asarray(values, np.float32), axisOrder="row-major", levels=levels)
        item.setLookupTable(lookup(colours or "viridis"))
    item.setRect(QRectF(*(rect or (-0.5, -0.5, values.shape[1], values.shape[0]))))
    return item


class ColourBar(pg.GraphicsWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A colour bar with numbers at both ends and in the middle: others would need a width that changes with them.

    That of pyqtgraph is a plot with axes and takes ten times as long to make.

    Args:
        colours: name of a colour map of matplotlib.
        levels: values at the ends of the colour map.
        steps: number of values, if there are only two or three, such as 0 and 1; 0 for a continuous range.
        compact: whether it is only as wide as its numbers need, instead of as wide as other bars.

    Attributes:
        levels: values at the ends of the colour map.
        numbers: beside the bar, from above.
    """

    def __init__(self, colours: str, levels: tuple[float, float], steps: int = 0, *, compact: bool = False) -> None:
        super().__init__()
        low, high = levels if levels[1] > levels[0] else (levels[0], levels[0] + 1.0)
        self.levels = (low, high)
        places = np.linspace(255, 0, steps or 256).round().astype(int)
        rows = np.ascontiguousarray(lookup(colours)[places])
        self._image = QImage(rows.data, 1, len(rows), 3, QImage.Format.Format_RGB888).copy()
        self.numbers = [_short_number(value) for value in np.linspace(high, low, steps or 3).tolist()]
        # The same width for all, unless a number is unusually long.
        width = _BAR + theme.GRID + _text_width([*([] if compact else [_WIDEST_NUMBER]), *self.numbers])
        self.setMinimumWidth(width)
        self.setMaximumWidth(width)

    def paint(self, painter: QPainter, *_: object) -> None:  # noqa: D102 - Qt's
        size = self.size()
        bar = QRectF(0, 0, _BAR, size.height())
        painter.drawImage(bar, self._image)
        painter.setPen(QPen(QColor(theme.EDGE), 0))
        painter.drawRect(bar)
        painter.setFont(small_font())
        painter.setPen(QColor(theme.QUIET_TEXT))
        text = QRectF(_BAR + theme.GRID / 2, 0, size.width() - _BAR, size.height())
        ends = (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom)
        places = ends if len(self.numbers) == 2 else (ends[0], Qt.AlignmentFlag.AlignVCenter, ends[1])
        for number, place in zip(self.numbers, places, strict=True):
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | place, number)


class CellNumbers(pg.GraphicsObject):  # type: ignore[misc]
    """The numbers in the cells of a matrix, where they fit.

    They are painted at once: an item for each takes as long as the whole plot.

    Attributes:
        texts: the numbers, row by row.
        colours: of the numbers.
    """

    def __init__(self, texts: Sequence[Sequence[str]], colours: Sequence[Sequence[str]]) -> None:
        super().__init__()
        self.texts, self.colours = texts, colours
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:  # noqa: D102 - Qt's
        return QRectF(-0.5, -0.5, max(map(len, self.texts), default=0), len(self.texts))

    def paint(self, painter: QPainter, *_: object) -> None:  # noqa: D102 - Qt's
        cells = painter.transform()
        painter.resetTransform()
        font = small_font(SMALL - 1)
        widest = max((QFontMetrics(font).horizontalAdvance(text) for row in self.texts for text in row), default=0)
        if cells.mapRect(QRectF(0, 0, 1, 1)).width() < widest:
            return  # they would run together
        painter.setFont(font)
        for row, texts in enumerate(self.texts):
            for column, text in enumerate(texts):
                cell = cells.mapRect(QRectF(column - 0.5, row - 0.5, 1, 1))
                painter.setPen(QColor(self.colours[row][column]))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)


class Slopes(pg.GraphicsObject):  # type: ignore[misc]
    """Lines from x = 0 to x = 1, painted at once: curves of pyqtgraph take a second for some hundred of them.

    Args:
        left: (n) y at x = 0.
        right: (n) y at x = 1.
        colours: (m, 3) uint8, for m groups of neighbouring lines of equal size.
    """

    def __init__(self, left: NDArray[Any], right: NDArray[Any], colours: NDArray[np.uint8]) -> None:
        super().__init__()
        self._height = float(max(left.max(initial=0), right.max(initial=0)))
        self._groups: list[tuple[QPen, list[QLineF]]] = []
        groups = np.arange(len(left)) * len(colours) // max(len(left), 1)
        for number, colour in enumerate(colours.tolist()):
            pen = pg.mkPen((*colour, 170), width=1)
            members = np.flatnonzero(groups == number)
            lines = [QLineF(0, y, 1, z) for y, z in zip(left[members].tolist(), right[members].tolist(), strict=True)]
            self._groups.append((pen, lines))
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def lines(self) -> list[QLineF]:
        """All lines, in the order of their numbers."""
        return [line for _, lines in self._groups for line in lines]

    def boundingRect(self) -> QRectF:  # noqa: D102 - Qt's
        return QRectF(0, 0, 1, self._height)

    def paint(self, painter: QPainter, *_: object) -> None:  # noqa: D102 - Qt's
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, lines in self._groups:
            painter.setPen(pen)
            painter.drawLines(lines)


def small_font(size: int = SMALL) -> QFont:
    """The font of plots."""
    font = QFont()
    font.setPointSize(size)
    return font


@lru_cache
def lookup(colours: str) -> NDArray[np.uint8]:
    """Return the colours of a colour map of matplotlib, (256, 3)."""
    colours_8_bit: NDArray[np.uint8] = (colormaps[colours](np.linspace(0, 1, 256))[:, :3] * 255 + 0.5).astype(np.uint8)
    colours_8_bit.setflags(write=False)
    return colours_8_bit


def write_numbers(
    plot: Plot, values: NDArray[np.float64], form: str, limit: float, *, dark_is_high: bool = True
) -> None:
    """Write the values into the cells of a matrix, in white where they are dark: beyond ``limit``, or below it."""
    dark = np.abs(values) > limit if dark_is_high else values < limit
    texts = [[number_text(value, form) for value in row] for row in values.tolist()]
    plot.add(CellNumbers(texts, np.where(dark, "#FFFFFF", "#202020").tolist()))


def name_cells(plot: Plot, prompts: Sequence[str]) -> None:
    """Label rows and columns of a matrix with prompts, given by their keys."""
    name_rows(plot, list(map(prompt_name, prompts)))
    names = list(map(_short_name, prompts))
    axis = plot.axes["bottom"]
    axis.setTicks([list(enumerate(names))])
    axis.setStyle(hideOverlappingLabels=False, tickLength=0)
    lines = 1 + max((name.count("\n") for name in names), default=0)
    axis.setHeight(lines * QFontMetrics(small_font()).lineSpacing() + theme.GRID)


def name_rows(plot: Plot, names: Sequence[str]) -> None:
    """Label all rows of a matrix; the axis is as wide as the longest name needs."""
    axis = plot.axes["left"]
    axis.setTicks([list(enumerate(names))])
    axis.setStyle(hideOverlappingLabels=False, tickLength=0)
    axis.setWidth(max(_text_width(names) + 2 * theme.GRID, NAMES))


def _text_width(texts: Sequence[str]) -> int:
    """Width of the longest text in plots, in logical pixels."""
    return max(map(QFontMetrics(small_font()).horizontalAdvance, texts), default=0)


def _short_number(value: float) -> str:
    """Three digits, as short as possible: ``"24.4"``, ``"8230"``, ``"1.2e5"``."""
    if 1000 <= abs(value) < 100_000:
        return number_text(float(f"{value:.3g}"), ".0f")
    return number_text(value, ".3g").replace("e+0", "e").replace("e−0", "e−").replace("e+", "e")


def prompt_name(prompt: str) -> str:
    """Name of a prompt in charts, in the language of the window."""
    return translated_message(prompt_label(prompt))


def _short_name(prompt: str) -> str:
    """The shortest name of a prompt, for narrow columns."""
    if prompt.startswith("noise"):
        return prompt.replace("noise", "σ")
    return translated(_SHORT[prompt]) if prompt in _SHORT else prompt


_SHORT = {"rain": tr("rain"), "haze": tr("haze"), "blur": tr("blur"), "low-light": tr("low\nlight")}
"""Key of a prompt -> its name in columns that are wide enough for four letters, or two Chinese characters."""
