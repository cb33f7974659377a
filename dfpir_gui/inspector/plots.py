"""pyqtgraph, dressed for this window."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from matplotlib import colormaps
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QWheelEvent
from PySide6.QtWidgets import QWidget

from dfpir_gui.settings import theme

SMALL = 8
"""Points of the writing in plots."""

NAMES = 9 * theme.GRID
"""Width in logical pixels that the names of prompts take."""


Part = tuple[float, float, float, float]
"""x, y, width and height in pixels of the photo."""


class Plots(pg.GraphicsLayoutWidget):
    """A grid of plots. The wheel scrolls the panel, unless the plots can be zoomed.

    Attributes:
        zoomable: whether wheel and mouse move the plots.
        scrolled: whether the plots lie in something that the wheel scrolls; it zooms with the control key then.
    """

    def __init__(self, parent: QWidget | None = None, *, zoomable: bool = False, scrolled: bool = True) -> None:
        super().__init__(parent)
        self.zoomable, self.scrolled = zoomable, scrolled
        self.setBackground(None)
        self.setFrameShape(self.Shape.NoFrame)
        self.setStyleSheet("background: transparent; border: none;")
        self.ci.layout.setSpacing(theme.GRID)
        self.ci.layout.setContentsMargins(0, theme.GRID, theme.GRID, theme.GRID)  # numbers at the ends reach beyond

    def call(self, name: str, words: str = "") -> None:
        """Name the plots for screen readers, and describe them."""
        for widget in (self, self.viewport()):
            widget.setAccessibleName(name)
            widget.setAccessibleDescription(words)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt's
        if self.zoomable and (not self.scrolled or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            super().wheelEvent(event)
        else:
            event.ignore()

    def plot_at(self, row: int, column: int, title: str = "") -> pg.PlotItem:
        """A new plot with the window's colours, its y axis pointing down."""
        plot = self.addPlot(row, column)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(self.zoomable, self.zoomable)
        plot.invertY(True)
        plot.setDefaultPadding(0)
        if title:
            plot.setTitle(title, color=theme.TEXT, size=f"{SMALL + 1}pt")
        font = QFont()
        font.setPointSize(SMALL)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(theme.QUIET_TEXT)
            axis.setTextPen(theme.QUIET_TEXT)
            axis.setTickFont(font)
        return plot

    def picture_at(self, row: int, column: int, title: str, values: NDArray[Any], **options: Any) -> pg.PlotItem:
        """A new plot that holds one picture with square pixels and no axes; ``options`` as for :func:`picture`."""
        plot = self.plot_at(row, column, title)
        plot.hideAxis("left")
        plot.hideAxis("bottom")
        plot.setAspectLocked(True)
        plot.addItem(picture(values, **options))
        return plot


def part_in_sight(box: pg.ViewBox) -> Part:
    """What a view of pictures in pixels of the photo shows of it."""
    (left, right), (top, bottom) = box.viewRange()
    return left, top, right - left, bottom - top


def show_in(box: pg.ViewBox, part: Part) -> None:
    """Let a view show a part of the photo, and more of it where the view has another shape."""
    x, y, width, height = part
    box.setRange(xRange=(x, x + width), yRange=(y, y + height), padding=0)


def covers(part: Part, other: Part) -> bool:
    """Whether ``part`` holds all of ``other``."""
    return overlap(part, other) == other


def overlap(part: Part, other: Part) -> Part | None:
    """What two parts have in common, or None."""
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
    """An array as a picture.

    Args:
        values: (h, w) numbers, or (h, w, 3) float in [0, 1].
        colours: matplotlib's name of a colour map, for (h, w).
        levels: the values at the ends of the colour map.
        rect: x, y, width and height that it fills; else one unit per pixel, pixel 0 centred at 0.
    """
    if values.ndim == 3:
        pixels = (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        item = pg.ImageItem(pixels, axisOrder="row-major", levels=(0, 255))  # else the contrast would be stretched
    else:
        item = pg.ImageItem(np.asarray(values, np.float32), axisOrder="row-major", levels=levels)
        item.setLookupTable(lookup(colours or "viridis"))
    item.setRect(QRectF(*(rect or (-0.5, -0.5, values.shape[1], values.shape[0]))))
    return item


def lookup(colours: str) -> NDArray[np.uint8]:
    """The colours of one of matplotlib's maps, (256, 3)."""
    return (colormaps[colours](np.linspace(0, 1, 256))[:, :3] * 255 + 0.5).astype(np.uint8)


def write_numbers(plot: pg.PlotItem, values: NDArray[np.float64], form: str, light_above: float) -> None:
    """Write numbers into the cells of a matrix, in white where their absolute value is above ``light_above``."""
    for row, column in np.ndindex(*values.shape):
        colour = "#FFFFFF" if abs(values[row, column]) > light_above else "#202020"
        text = pg.TextItem(format(values[row, column], form), color=QColor(colour), anchor=(0.5, 0.5))
        font = QFont()
        font.setPointSize(SMALL - 1)
        text.setFont(font)
        text.setPos(column, row)
        plot.addItem(text)


def name_cells(plot: pg.PlotItem, names: tuple[str, ...]) -> None:
    """Name the rows and columns of a matrix between prompts."""
    name_rows(plot, names)
    plot.getAxis("bottom").setTicks([list(enumerate(map(_short, names)))])


def name_rows(plot: pg.PlotItem, names: Sequence[str]) -> None:
    """Name the rows of a matrix, all of them."""
    axis = plot.getAxis("left")
    axis.setTicks([list(enumerate(names))])
    axis.setStyle(hideOverlappingLabels=False)
    axis.setWidth(NAMES)


def _short(name: str) -> str:
    return name.replace("noise", "n").replace("low-light", "low")
